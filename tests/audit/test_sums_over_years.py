"""A cell that a table does not publish means something within that table only: sums over other years are other sums."""

from __future__ import annotations

import pytest

from kontor.audit import Result
from kontor.audit.scopes import other_scopes
from tests.audit.conftest import RECIPE, Made, cells

YEARS = RECIPE.replace('"row", "column"', '"year", "area"')
KNOWN = '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
HEAD = "year,area,value,confidentiality\n"
NOW = (
    HEAD
    + "2024,a,,C\n2024,b,,C\n2024,c,,C\n2024,_T,40,F\n2025,a,9,F\n2025,b,5,F\n2025,c,11,F\n2025,_T,25,F\n"
)
THEN = HEAD + "2024,a,,C\n2024,b,,C\n2024,c,22,F\n2024,_T,40,F\n"


def _margins(*kept: str) -> str:
    return YEARS + f"[publish]\nmargins = [{', '.join(kept)}]\n"


def _audited(audited: Made, now: str, then: str, asked: str, before: str) -> Result:
    return audited(now, asked + KNOWN, {"before.toml": before, "before.csv": then})


def _years(counts: dict[str, tuple[int, ...]], hidden: set[str]) -> str:
    """Four areas, all years of one table, all sums; of the hidden years the first two areas are hidden."""
    sums = [sum(one) for one in zip(*counts.values(), strict=True)]
    lines = [
        f"{year},{area},,C" if year in hidden and area in "ab" else f"{year},{area},{count},F"
        for year, one in counts.items()
        for area, count in zip("abcd", one, strict=True)
    ]
    lines += [f"{year},_T,{sum(one)},F" for year, one in counts.items()]
    lines += [f"_T,{area},{value},F" for area, value in zip("abcd", sums, strict=True)]
    return HEAD + "\n".join([*lines, f"_T,_T,{sum(sums)},F"]) + "\n"


def test_years_that_roll_on_are_the_same_years(audited: Made) -> None:
    """The sums of 2016 to 2018 are larger here and smaller there than those of 2017 to 2019; the years themselves agree.
    What 2017 and 2018 have together is known from then, so 2019 is what is left of the new sum."""
    counts = {"2016": (30, 20, 9, 9), "2017": (8, 30, 8, 7), "2018": (12, 25, 6, 5), "2019": (2, 40, 9, 6)}
    then = _years({year: counts[year] for year in ("2016", "2017", "2018")}, {"2017", "2018"})
    now = _years({year: counts[year] for year in ("2017", "2018", "2019")}, {"2017", "2018", "2019"})
    assert audited(now, YEARS).safe
    assert cells(_audited(audited, now, then, YEARS, YEARS), "A") == {"2019/a", "2019/b"}


def test_years_that_roll_on_are_the_same_years_though_most_common_figures_are_sums(audited: Made) -> None:
    """Of 2025 three figures agree, of the sums over years all five are others. Then 2025/b was hidden, now it is told."""
    then = _rows({"2024": ". . 20 8 39", "2025": ". . 6 7 20", "_T": "11 7 26 15 59"})
    now = _rows({"2025": ". 5 6 . 20", "2026": ". 9 10 . 29", "_T": "10 14 16 9 49"})
    found = _audited(audited, now, then, YEARS, YEARS)
    assert {"2025/a", "2025/d"} <= cells(found, "A")


def test_tables_of_other_years_say_nothing_of_each_other(audited: Made) -> None:
    """Their sums over all years are others, and nobody takes one for a correction of the other."""
    then = _rows({"2024": ". . 20 8 39", "2025": ". . 6 7 20", "_T": "11 7 26 15 59"})
    now = _rows({"2026": ". . 6 9 29", "2027": ". . 8 9 30", "_T": "12 15 14 18 59"})
    found = _audited(audited, now, then, YEARS, YEARS)
    assert found.safe == audited(now, YEARS).safe
    assert "revision_one_way" not in dict(found.assumptions)


def _rows(years: dict[str, str]) -> str:
    """Per year the counts of a, b, c, d and all; a point is hidden."""
    lines = [
        f"{year},{area},{'' if count == '.' else count},{'C' if count == '.' else 'F'}"
        for year, counts in years.items()
        for area, count in zip(("a", "b", "c", "d", "_T"), counts.split(), strict=True)
    ]
    return HEAD + "\n".join(lines) + "\n"


def test_sums_over_years_that_neither_table_publishes(audited: Made) -> None:
    """The cells of 2024 are the same: what was published then is known now, what was hidden is one unknown."""
    recipe = _margins('["year"]')
    found = _audited(audited, NOW, THEN, recipe, recipe)
    assert cells(found, "A") == {"2024/c"}
    assert not found.attackers["C"]
    assert "revision_one_way" not in dict(found.assumptions)


def test_sums_over_years_that_one_of_the_tables_publishes(audited: Made) -> None:
    """Sums of today less those of 2025 are those of 2024, and the old sums are those of 2024 alone."""
    without, with_sums = _margins('["year"]'), _margins('["year"]', '["area"]')
    now = NOW + "_T,a,13,F\n_T,b,19,F\n_T,c,33,F\n"
    assert cells(_audited(audited, now, THEN, with_sums, without), "A") == {"2024/a", "2024/b", "2024/c"}
    then = THEN + "_T,a,,C\n_T,b,,C\n_T,c,22,F\n"
    assert cells(_audited(audited, NOW, then, without, with_sums), "A") == {"2024/c"}


def test_sums_over_the_same_years_are_the_same(audited: Made) -> None:
    """The old table gives the sum of a by kinds, and the new one those of b and c by years."""
    recipe = _margins('["year"]')
    other = recipe.replace('"year", "area"]', '"year", "area", "kind"]', 1)
    now = HEAD + "2024,a,,C\n2024,b,,C\n2025,a,,C\n2025,b,,C\n2024,_T,20,F\n2025,_T,30,F\n"
    kinds = "year,area,kind,value,confidentiality\n"
    rows = [f"{year},{area},{kind}," for year in ("2024", "2025") for area in "ab" for kind in "kl"]
    then = kinds + "".join(f"{row}5,F\n" for row in rows if ",b," not in row)
    then += "".join(f"{row},C\n" for row in rows if ",b," in row) + "2024,_T,_T,20,F\n2025,_T,_T,30,F\n"
    found = _audited(audited, now, then, recipe, other)
    assert {"2024/a", "2024/b", "2025/a", "2025/b"} <= cells(found, "A")


def test_a_release_is_compared_first_with_the_one_that_shares_its_years(audited: Made) -> None:
    """2024 is gone from today's table. The second release corrected it, and says of 2025 what today's hides."""
    recipe = _margins('["year"]')
    known = "".join(
        f'[[known]]\nfile = "{name}.csv"\nrecipe = "before.toml"\n' for name in ("first", "second")
    )
    second = HEAD + "2024,a,8,F\n2024,b,10,F\n2024,c,23,F\n2024,_T,41,F\n"
    second += "2025,a,9,F\n2025,b,5,F\n2025,c,11,F\n2025,_T,25,F\n"
    now = (
        HEAD
        + "2025,a,,C\n2025,b,,C\n2025,c,,C\n2025,_T,25,F\n2026,a,9,F\n2026,b,7,F\n2026,c,4,F\n2026,_T,20,F\n"
    )
    first = THEN.replace("a,,C", "a,8,F").replace("b,,C", "b,10,F")
    found = audited(now, recipe + known, {"before.toml": recipe, "first.csv": first, "second.csv": second})
    assert cells(found, "A") == {"2025/a", "2025/b", "2025/c"}


@pytest.mark.parametrize(
    ("codes", "sums", "other"),
    [
        (("a", "b", "_T"), (("_T", ("a", "b")),), {}),
        (("a", "_T"), (("_T", ("a",)),), {("area", "_T"): {"a"}}),
        (("a", "b1", "b2", "b", "_T"), (("b", ("b1", "b2")), ("_T", ("a", "b"))), {}),
        (("a", "b1", "g", "_T"), (("g", ("b1",)), ("_T", ("a", "g"))), {("area", "_T"): {"a", "b1"}}),
    ],
    ids=["the same", "less", "more closely", "other codes"],
)
def test_what_a_total_covers(
    codes: tuple[str, ...], sums: tuple[tuple[str, tuple[str, ...]], ...], other: dict[object, set[str]]
) -> None:
    today = {"area": (("a", "b", "_T"), (("_T", ("a", "b")),))}
    assert other_scopes([today, {"area": (codes, sums)}], 1) == [{}, other]
