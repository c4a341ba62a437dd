"""Whole runs over several releases: a year more, a year less, other denominators."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from kontor.audit import audit
from kontor.errors import Invalid
from kontor.protection.operations import Places, protect
from kontor.protection.preparing import prepare
from kontor.protection.recipe_file import read_recipe
from tests.protection.test_releases import Office, drawn, known, rules

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "protect" / "small"
NO_SUMS = '[publish]\nmargins = [["year", "{0}"], ["year", "{1}"], ["year"]]\n'


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_the_years_of_the_guide_without_sums_over_them(tmp_path: Path) -> None:
    for year in ("2024", "2025"):
        text = (GUIDE / f"year-{year}.toml").read_text(encoding="utf-8")
        recipe, safe = tmp_path / f"year-{year}.toml", tmp_path / f"SAFE-{year}.csv"
        recipe.write_text(text.replace("[primary]", NO_SUMS.format("district", "mode") + "[primary]"))
        shutil.copy(GUIDE / f"accidents-{year}.csv", tmp_path)
        made = protect(
            input=tmp_path / f"accidents-{year}.csv", recipe=recipe, places=Places(safe, tmp_path / "R.html")
        )
        assert audit(safe, recipe).safe
    [facts] = [note.facts for note in made.notes if note.code == "known_before"]
    assert (facts["same"], facts["revised"], facts["open"]) == (20, 0, 0)


def test_a_year_more_without_the_year_as_a_variable_is_refused(office: Office) -> None:
    """Whoever knows that the second table holds a year more subtracts: nothing that is hidden in it helps."""
    rows = {seed: [row[:2] for row in drawn(200, seed)] for seed in (1, 2)}
    office.protect("first", office.write("first-in.csv", "area,kind", rows[1]), rules("area", "kind"))
    both, asked = office.write("both.csv", "area,kind", [*rows[1], *rows[2]]), rules("area", "kind")
    with pytest.raises(Invalid) as caught:
        office.protect("second", both, asked + known("first"))
    [row] = caught.value.rows
    assert (row.code, row.facts["file"]) == ("known_other_people", "first.csv")
    assert row.facts["same"] * 2 < row.facts["compared"] >= 5
    assert not (office.folder / "second.csv").exists()
    safe = office.protect("second", both, asked + known("first") + "revised = true\n")
    found = audit(safe, office.folder / "second.toml")
    assert "mostly_corrected" in dict(found.assumptions)
    report = (office.folder / "second.html").read_text(encoding="utf-8")
    assert "is about the same people and the same period, though only" in report
    late = office.write("late.csv", "area,kind", [*rows[1], *rows[2][:2]])
    office.protect("second", late, asked + known("first"))


@pytest.mark.parametrize("late", [0, 2])
def test_a_third_release_without_the_first_year(office: Office, late: int) -> None:
    """2024, then both years with late reports, then 2025 and 2026: the second release is what the third one shares."""
    rows = {
        year: [(year, *row[:2]) for row in drawn(144, 7 + int(year))] for year in ("2024", "2025", "2026")
    }
    given = {
        "first": rows["2024"][late:],
        "second": [*rows["2024"], *rows["2025"]],
        "third": [*rows["2025"], *rows["2026"]],
    }
    before: list[str] = []
    for name, records in given.items():
        asked = rules("year", "area", "kind", more=NO_SUMS.format("area", "kind") + known(*before))
        office.protect(name, office.write(f"{name}-input.csv", "year,area,kind", records), asked)
        before.append(name)


@pytest.mark.parametrize("seed", [1, 4])
def test_years_that_roll_on(office: Office, seed: int) -> None:
    """Sums over years fall here and rise there; the years that both tables have are the same, and their cells tied."""
    rows = {
        str(year): [(str(year), *row[:2]) for row in drawn(90, seed + year)] for year in range(2016, 2020)
    }
    before: list[str] = []
    for first in (2016, 2017):
        records = [row for year in range(first, first + 3) for row in rows[str(year)]]
        asked = rules("year", "area", "kind", more=known(*before))
        office.protect(f"from-{first}", office.write(f"{first}-in.csv", "year,area,kind", records), asked)
        before.append(f"from-{first}")
    prepared = prepare(office.folder / "2017-in.csv", read_recipe(office.folder / "from-2017.toml"))
    [facts] = [note.facts for note in prepared.notes if note.code == "known_before"]
    assert facts["revised"] == 0 and facts["same"] > 0


RATE = '[[rate]]\nnumerator = "deaths"\ndenominator = "people"\nname = "rate"\nper = 1000\ndecimals = 1\n'
REGIONS = '[hierarchy.area]\nd1 = "n"\nd2 = "n"\nd3 = "s"\nd4 = "s"\nd5 = "s"\n'


@pytest.mark.parametrize("seed", [2, 5])
def test_other_denominators_do_not_untie_the_numerators(office: Office, seed: int) -> None:
    """The population was counted anew; the deaths are the same, and what was hidden of them is hidden otherwise now."""
    draws = np.random.default_rng(seed)
    cells = [(area, kind) for area in ("d1", "d2", "d3", "d4", "d5") for kind in "abc"]
    expected = np.outer((30, 12, 4, 2, 5), (1, 0.5, 0.3)).ravel()
    deaths, people = draws.poisson(expected), draws.integers(500, 3000, len(cells))
    header, regions = "area,kind,deaths,people", ("", REGIONS) if seed % 2 == 0 else (REGIONS, "")
    for name, counted, groups, more in (
        ("old", people, regions[0], ""),
        ("new", people + draws.integers(-60, 60, len(cells)), regions[1], known("old")),
    ):
        lines = [(*cell, str(n), str(p)) for cell, n, p in zip(cells, deaths, counted, strict=True)]
        asked = rules("area", "kind", more=groups + more + RATE)
        asked = asked.replace("[primary]", 'count = "deaths"\ninput = "table"\n[primary]')
        office.protect(name, office.write(f"{name}-input.csv", header, lines), asked)
