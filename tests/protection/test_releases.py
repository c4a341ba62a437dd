"""Whole runs with tables that belong together: protect, audit, and give one hidden cell back."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kontor.audit import audit
from kontor.cli.app import app
from kontor.errors import Invalid
from kontor.protection.operations import Places, protect

Row = Sequence[str]

ALONE = 4
AREAS, KINDS, MODES = ("d1", "d2", "d3", "d4"), ("a", "b"), ("car", "foot")


def drawn(count: int, seed: int = 3) -> list[Row]:
    """Accidents by district, severity and mode, most of them in d1."""
    draws = np.random.default_rng(seed)
    areas = draws.choice(AREAS, count, p=[0.6, 0.2, 0.15, 0.05])
    kinds, modes = draws.choice(KINDS, count, p=[0.8, 0.2]), draws.choice(MODES, count, p=[0.7, 0.3])
    return [tuple(map(str, row)) for row in zip(areas, kinds, modes, strict=True)]


def rules(*variables: str, kind: str = "frequency", more: str = "") -> str:
    limit = (
        "p_percent = 20\n[secondary]\ntime_limit = 3"
        if kind == "magnitude"
        else "threshold = 3\n[secondary]\ntime_limit = 3"
    )
    response = 'response = "kwh"\n' if kind == "magnitude" else ""
    return (
        f'[table]\nkind = "{kind}"\n{response}variables = {json.dumps(variables)}\n[primary]\n{limit}\n{more}'
    )


@dataclass
class Office:
    """A folder in which tables are protected one after the other."""

    folder: Path

    def write(self, name: str, header: str, rows: Sequence[Row]) -> Path:
        path = self.folder / name
        path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
        return path

    def protect(self, name: str, input: Path, recipe: str, **linked: str) -> Path:
        """The safe file, which the auditor has to find safe."""
        for stem, text in linked.items():
            (self.folder / f"{stem}.toml").write_text(text, encoding="utf-8")
        path = self.folder / f"{name}.toml"
        path.write_text(recipe, encoding="utf-8")
        safe = self.folder / f"{name}.csv"
        places = Places(safe, self.folder / f"{name}.html", local=self.folder / f"{name}.local")
        protect(input=input, recipe=path, places=places)
        assert audit(safe, path).safe
        return safe

    def leaking(self, safe: Path) -> list[str]:
        """The hidden cells, by name, that cannot be given back one by one: whoever has them infers something."""
        recipe = self.folder / f"{safe.stem}.toml"
        local = json.loads((self.folder / f"{safe.stem}.local" / "LOCAL.json").read_text())
        whole = safe.read_bytes()
        found = []
        for cell in local["cells"]:
            if given_back(safe, cell["cell"], cell["value"]) and not still_safe(safe, recipe):
                found.append(f"{'/'.join(cell['cell'].values())} ({cell['rule']})")
            safe.write_bytes(whole)
        return found


def given_back(safe: Path, cell: Mapping[str, str], value: float) -> bool:
    """Put a value into a hidden cell; whether the file has that cell."""
    with safe.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    found = False
    for row in rows:
        codes = dict(zip(header, row, strict=True))
        if all(codes[name] == cell.get(name, "_T") for name in header[:-2]):
            row[-2:], found = [f"{value:g}" if value < 1e6 else f"{value:.0f}", "F"], True
    with safe.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return found


def still_safe(safe: Path, recipe: Path) -> bool:
    try:
        return audit(safe, recipe).safe
    except Invalid:  # the file is no table of the recipe any more: exit 1 as well
        return False


def known(*names: str) -> str:
    return "".join(f'[[known]]\nfile = "{name}.csv"\nrecipe = "{name}.toml"\n' for name in names)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


HEADER = "area,kind,mode"


def test_last_year_is_known_and_the_same_people_are_counted_more_closely(office: Office) -> None:
    records = office.write("input.csv", HEADER, drawn(150))
    office.protect("old", records, rules("area", "kind"))
    safe = office.protect("new", records, rules("area", "kind", "mode", more=known("old")))
    leaking = office.leaking(safe)
    assert any("secondary" in name for name in leaking)
    assert any("threshold" in name for name in leaking)


@pytest.mark.parametrize("seed", [2, 21])
def test_a_revision_by_three_records_more(office: Office, seed: int) -> None:
    rows = drawn(123, seed)
    office.protect("old", office.write("old-input.csv", HEADER, rows[:120]), rules("area", "kind", "mode"))
    new = office.write("new-input.csv", HEADER, rows)
    safe = office.protect("new", new, rules("area", "kind", "mode", more=known("old")))
    assert office.leaking(safe)


def test_what_is_safe_alone_is_not_beside_the_last_release(office: Office) -> None:
    rows = drawn(123, ALONE)
    office.protect("old", office.write("old-input.csv", HEADER, rows[:120]), rules("area", "kind"))
    new = office.write("new-input.csv", HEADER, rows)
    alone = office.protect("alone", new, rules("area", "kind"))
    text = rules("area", "kind", more=known("old"))
    (office.folder / "alone.toml").write_text(text)
    assert not still_safe(alone, office.folder / "alone.toml")
    office.protect("new", new, text)


def test_an_area_that_was_split(office: Office) -> None:
    rows = drawn(200)
    office.protect("old", office.write("old-input.csv", HEADER, rows), rules("area", "kind"))
    halves = [(area + "ab"[number % 5 == 0], *rest) for number, (area, *rest) in enumerate(rows)]
    parts = "[hierarchy.area]\n" + "".join(f'{area}{half} = "{area}"\n' for area in AREAS for half in "ab")
    new = office.write("new-input.csv", HEADER, halves)
    safe = office.protect("new", new, rules("area", "kind", more=parts + known("old")))
    assert any("secondary" in name for name in office.leaking(safe))


def test_rates_with_published_denominators(office: Office) -> None:
    draws = np.random.default_rng(4)
    rows = [
        (area, str(year), str(int(draws.poisson(lam))), str(1000 * lam + 7 * int(area[1:])))
        for area, lam in (("d1", 30), ("d2", 12), ("d3", 4), ("d4", 2))
        for year in (2023, 2024)
    ]
    records = office.write("input.csv", "area,year,deaths,people", rows)
    rate = '[[rate]]\nnumerator = "deaths"\ndenominator = "people"\nname = "rate"\nper = 1000\ndecimals = 3\n'
    safe = office.protect("safe", records, rules("area", "year", more=rate))
    hidden = [row for row in safe.read_text().splitlines() if row.endswith(",C")]
    assert {row.split(",")[2] for row in hidden} == {"deaths", "rate"}
    assert any("deaths" in name for name in office.leaking(safe))
    # the rate alone: 3 decimals of a thousandth tell the count
    truth = {(area, year): (int(deaths), int(people)) for area, year, deaths, people in rows}
    for row in hidden:
        area, year, response, *_ = row.split(",")
        if response == "rate" and (area, year) in truth:
            deaths, people = truth[area, year]
            cell = {"area": area, "year": year, "response": "rate"}
            assert given_back(safe, cell, round(1000 * deaths / people, 3))
            assert not still_safe(safe, office.folder / "safe.toml")
            return
    raise AssertionError("no rate of an inner cell is hidden")


def test_two_linked_tables_of_a_finished_one(office: Office) -> None:
    """Of a table of three variables two shorter ones are published."""
    counted = Counter(drawn(150))
    table = office.write("input.csv", f"{HEADER},n", [(*row, str(count)) for row, count in counted.items()])
    finished = rules("area", "kind").replace("[primary]", 'input = "table"\ncount = "n"\n[primary]')
    linked = '[[linked]]\nrecipe = "bymode.toml"\n'
    safe = office.protect("safe", table, finished + linked, bymode=finished.replace('kind"]', 'mode"]'))
    assert safe.with_name("safe.bymode.csv").is_file()


def test_two_linked_tables(office: Office) -> None:
    records = office.write("input.csv", HEADER, drawn(150))
    other = rules("area", "mode")
    linked = '[[linked]]\nrecipe = "bymode.toml"\n'
    safe = office.protect("safe", records, rules("area", "kind", more=linked), bymode=other)
    assert (office.folder / "safe.bymode.csv").exists()
    assert any("secondary" in name for name in office.leaking(safe))


def test_cells_that_only_the_old_table_has(office: Office) -> None:
    rows = drawn(60)
    records = office.write("input.csv", HEADER, rows)
    office.protect("old", records, rules("area", "mode"))
    safe = office.protect("new", records, rules("area", "kind", more=known("old")))
    assert any("secondary" in name for name in office.leaking(safe))


def test_an_area_that_is_gone(office: Office) -> None:
    rows = drawn(90)
    gone = [*rows, *[("d5", "a", "car")] * 9, *[("d5", "b", "car")] * 2]
    office.protect("old", office.write("old-input.csv", HEADER, gone), rules("area", "kind"))
    new = office.write("new-input.csv", HEADER, rows)
    safe = office.protect("new", new, rules("area", "kind", more=known("old")))
    assert any("secondary" in name for name in office.leaking(safe))


def test_amounts_after_an_earlier_release(office: Office) -> None:
    draws = np.random.default_rng(9)
    rows = [(*row[:2], str(int(draws.pareto(1.2) * 1000) + 10)) for row in drawn(90)]
    header, asked = "area,kind,kwh", rules("area", "kind", kind="magnitude")
    office.protect("old", office.write("old-input.csv", header, rows[:87]), asked)
    records = office.write("new-input.csv", header, rows)
    safe = office.protect("new", records, rules("area", "kind", kind="magnitude", more=known("old")))
    assert any("secondary" in name for name in office.leaking(safe))


def test_the_command_tells_a_cell_that_was_given_back(office: Office) -> None:
    records = office.write("input.csv", HEADER, drawn(150))
    office.protect("old", records, rules("area", "kind"))
    safe = office.protect("new", records, rules("area", "kind", "mode", more=known("old")))
    words = ["audit", str(safe), "--recipe", str(office.folder / "new.toml")]
    assert CliRunner().invoke(app, words).exit_code == 0
    local = json.loads((office.folder / "new.local" / "LOCAL.json").read_text())
    primary = next(cell for cell in local["cells"] if cell["rule"] == "threshold")
    assert given_back(safe, primary["cell"], primary["value"])
    assert CliRunner().invoke(app, words).exit_code == 1


LEAKING = (
    "area,kind,value,confidentiality\n"
    "d1,a,9,F\nd1,b,,C\nd1,_T,11,F\nd2,a,8,F\nd2,b,7,F\nd2,_T,15,F\n_T,a,17,F\n_T,b,9,F\n_T,_T,26,F\n"
)
COUNTED = [("d1", "a")] * 9 + [("d1", "b")] * 2 + [("d2", "a")] * 8 + [("d2", "b")] * 7
LATER = {
    "the same": COUNTED,
    "more": [*COUNTED, *[("d1", "a")] * 3, *[("d2", "b")] * 2],
    "more and fewer": [*COUNTED[:-1], *[("d1", "a")] * 3],
    "an area is gone": [*[("d5", kind) for _, kind in COUNTED], *[("d2", "a")] * 8, *[("d6", "a")] * 4],
}


@pytest.mark.parametrize("rows", LATER.values(), ids=LATER)
def test_an_earlier_table_that_leaks_by_itself_is_named_and_what_leaked_may_be_conceded(
    office: Office, rows: list[Row]
) -> None:
    records = office.write("input.csv", "area,kind", rows)
    (office.folder / "old.toml").write_text(rules("area", "kind"))
    (office.folder / "old.csv").write_text(LEAKING)
    asked = rules("area", "kind", more=known("old") + "revised = true\n")
    with pytest.raises(Invalid) as caught:
        office.protect("new", records, asked)
    assert [(row.code, row.facts) for row in caught.value.rows] == [
        ("known_leaks_itself", {"cell": "area d1, kind b", "file": "old.csv"})
    ]
    assert not (office.folder / "new.csv").exists()
    (office.folder / "old.csv").write_text(LEAKING.replace("d1,b,,C", "d1,b,2,F"))
    office.protect("new", records, asked)


def test_what_two_earlier_tables_give_away_together_is_no_fault_of_either(office: Office) -> None:
    records = office.write("input.csv", "area,kind", COUNTED)
    patterns = {"old": ("d1,a", "d1,b", "d2,a", "d2,b"), "second": ("d1,b", "d1,_T", "d2,b", "d2,_T")}
    for name, hidden in patterns.items():
        lines = LEAKING.replace("d1,b,,C", "d1,b,2,F").splitlines()
        lines = [f"{line[: line.index(',', 3)]},,C" if line.startswith(hidden) else line for line in lines]
        (office.folder / f"{name}.toml").write_text(rules("area", "kind"))
        (office.folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        assert audit(office.folder / f"{name}.csv", office.folder / f"{name}.toml").safe
    with pytest.raises(Invalid) as caught:
        office.protect("new", records, rules("area", "kind", more=known("old", "second")))
    assert [(row.code, row.facts) for row in caught.value.rows] == [
        ("cell_known_before", {"cell": "area d1, kind b", "files": "old.csv, second.csv"})
    ]
