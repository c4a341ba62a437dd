"""Sums of hidden amounts that everybody can compute: no contributor may estimate another one from them too well."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kontor.errors import Invalid
from kontor.protection.operations import Outcome, Places, protect
from kontor.protection.sums import HiddenSums

P = 15
HEAD = '[table]\nkind = "magnitude"\nresponse = "v"\ncontributor = "f"\nvariables = ["d", "s"]\n'
RULE = f"[primary]\np_percent = {P}\n"
AMOUNTS = {
    "a,x": (100, 1),
    "a,y": (100, 2),
    "a,z": (30, 35, 40),
    "b,x": (100, 1),
    "b,y": (100, 2),
    **dict.fromkeys(("b,z", "c,x", "c,y", "c,z"), (30, 35, 40)),
}
ROWS = [f"{at},{v},{at[0]}{at[2]}{number}" for at, parts in AMOUNTS.items() for number, v in enumerate(parts)]
Row = tuple[str, str, float, str]
Shown = dict[tuple[str, str], float | None]


def made(folder: Path, rows: list[str], text: str = HEAD + RULE, header: str = "d,s,v,f") -> Outcome:
    (folder / "in.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (folder / "r.toml").write_text(text, encoding="utf-8")
    places = Places(folder / "S.csv", folder / "S.html", local=folder / "office")
    return protect(input=folder / "in.csv", recipe=folder / "r.toml", places=places)


def shown(folder: Path) -> Shown:
    with (folder / "S.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["d"], row["s"]): float(row["value"]) if row["value"] else None for row in rows}


# ---- an attacker of the test's own: linear algebra over the hidden cells, and what each contributor knows


def lines(codes: list[list[str]]) -> Iterator[list[tuple[str, str]]]:
    """Every equation: the total first, then its members."""
    rows, columns = codes
    for row in rows:
        yield [(row, "_T"), *((row, column) for column in columns if column != "_T")]
    for column in columns:
        yield [("_T", column), *((row, column) for row in rows if row != "_T")]


def computable(table: Shown) -> Iterator[frozenset[tuple[str, str]]]:
    """Sums of hidden members of one equation that are a combination of all equations."""
    codes = [sorted({cell[axis] for cell in table}) for axis in (0, 1)]
    hidden = [cell for cell, value in table.items() if value is None]
    at = {cell: number for number, cell in enumerate(hidden)}
    system = np.zeros((0, len(hidden)))
    for total, *members in lines(codes):
        row = np.zeros(len(hidden))
        for cell, sign in [(total, -1.0), *((member, 1.0) for member in members)]:
            if cell in at:
                row[at[cell]] = sign
        system = np.vstack([system, row])
    _, sizes, space = np.linalg.svd(system)
    space = space[: int((sizes > 1e-9).sum())]
    for _, *members in lines(codes):
        own = [member for member in members if member in at]
        for count in range(1, len(own) + 1):
            for chosen in itertools.combinations(own, count):
                wanted = np.zeros(len(hidden))
                wanted[[at[cell] for cell in chosen]] = 1.0
                if np.allclose(space.T @ (space @ wanted), wanted, atol=1e-7):
                    yield frozenset(chosen)


def too_close(records: list[Row], cells: frozenset[tuple[str, str]], percent: float = P) -> bool:
    """Whether one contributor, who subtracts himself, estimates another's amount to less than so many percent."""
    amounts = {"nobody": 0.0}
    for district, sector, amount, firm in records:
        inside = [(one in ("_T", district)) and (other in ("_T", sector)) for one, other in cells]
        amounts[firm] = amounts.get(firm, 0.0) + amount * sum(inside)
    total = sum(amounts.values())
    return any(
        total - own - other < other * percent / 100 - 1e-9
        for (firm, own), (rival, other) in itertools.permutations(amounts.items(), 2)
        if firm != rival and other > 0
    )


def attacked(folder: Path, rows: list[str]) -> list[list[tuple[str, str]]]:
    records = [(one, two, float(v), firm) for one, two, v, firm in (row.split(",") for row in rows)]
    return [sorted(cells) for cells in computable(shown(folder)) if too_close(records, cells)]


# ---- tests


def test_the_sum_of_two_hidden_amounts_must_pass_the_rule_itself(tmp_path: Path) -> None:
    found = made(tmp_path, ROWS)
    assert attacked(tmp_path, ROWS) == []
    assert found.hidden == 8  # 4 would do if nobody subtracted
    assert found.pattern is not None
    assert (found.pattern.optimal, found.pattern.count_bound) == (True, 4)


def test_the_attacker_of_this_test_finds_the_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HiddenSums, "_told", lambda *_: [])
    made(tmp_path, ROWS)
    assert [("a", "x"), ("a", "y")] in attacked(tmp_path, ROWS)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from("xyz"),
            st.sampled_from([1, 5, 30, 100]),
            st.integers(1, 9),
        ),
        min_size=2,
        max_size=40,
    )
)
def test_no_contributor_estimates_another_from_any_sum(
    tmp_path: Path, drawn: list[tuple[str, str, int, int]]
) -> None:
    """Every combination of all equations that is a sum of hidden members of one of them."""
    rows = [f"{district},{sector},{amount},f{firm}" for district, sector, amount, firm in drawn]
    try:
        made(tmp_path, rows, HEAD + RULE + "[secondary]\ntime_limit = 2\n")
    except Invalid as error:
        assert {row.code for row in error.rows} <= {"cell_unprotectable", "sum_unprotectable"}
        return
    assert attacked(tmp_path, rows) == []


@pytest.mark.parametrize(("of_one", "row"), [(False, ["a,x", "a,y"]), (True, ["a,x", "a,y", "a,z"])])
def test_firms_of_one_holding_are_one_contributor_of_a_sum(
    tmp_path: Path, of_one: bool, row: list[str]
) -> None:
    """70 of 100 in either cell are too much; in their sum they are one half each, or 70 % if one holding has both."""
    amounts = {f"{one},{other}": [50, 50, 50] for one in "abc" for other in "xyz"}
    amounts["a,x"] = amounts["a,y"] = [70, 20, 10]
    rows = [
        f"{cell},{amount},{cell[0]}{cell[2]}{number},{'h' if of_one and amount == 70 else ''}"
        for cell, parts in amounts.items()
        for number, amount in enumerate(parts)
    ]
    text = HEAD.replace("variables", 'holding = "h"\nvariables') + "[primary]\ndominance = {n = 1, k = 60}\n"
    made(tmp_path, rows, text, "d,s,v,f,h")
    hidden = [f"{one},{other}" for (one, other), value in shown(tmp_path).items() if value is None]
    assert [cell for cell in hidden if cell.startswith("a")] == row


def test_a_sum_that_nothing_can_protect_is_named(tmp_path: Path) -> None:
    text = HEAD + RULE + '[secondary]\nmethod = "none"\n'
    rows = [row for row in ROWS if row[:3] in ("a,x", "a,y", "a,z")]
    with pytest.raises(Invalid) as caught:
        made(tmp_path, rows, text + '[publish]\nmargins = [["d"]]\n')
    named = [row.facts["cells"] for row in caught.value.rows if row.code == "sum_unprotectable"]
    assert "d a, s x; d a, s y" in named
    assert not (tmp_path / "S.csv").exists()


def test_of_a_finished_table_those_behind_its_amounts_are_counted(tmp_path: Path) -> None:
    """One and two contributors are three in the sum, which the threshold forbids like a published cell of three."""
    persons = {f"{one},{other}": 5 for one in "abc" for other in "xyz"} | {"a,x": 1, "a,y": 2}
    text = HEAD.replace('contributor = "f"', 'input = "table"\ncount = "n"') + "[primary]\nthreshold = 3\n"
    made(tmp_path, [f"{cell},{number * 10},{number}" for cell, number in persons.items()], text, "d,s,v,n")
    table = shown(tmp_path)
    assert [table["a", code] for code in "xyz"] == [None, None, None]
