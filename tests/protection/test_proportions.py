"""Denominators that are protected themselves: what whoever knows that no part is larger than the whole makes of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from kontor.audit import Result, audit
from kontor.engines.disclosure.boxes import Boxes
from kontor.engines.disclosure.merging import merged
from kontor.protection import operations
from kontor.protection.operations import Places, protect
from tests.protection.inputs import cell, prepared

LETHALITY = """
[table]
kind = "frequency"
input = "table"
variables = ["area", "sex"]
count = "dead"
[primary]
threshold = 3
[[rate]]
numerator = "dead"
denominator = "ill"
name = "lethality"
per = 100
decimals = 0
"""
PROTECTED = LETHALITY + "protect_denominator = true\n"
INCIDENCE = (
    '[[rate]]\nnumerator = "ill"\ndenominator = "people"\nname = "incidence"\nper = 1000\ndecimals = 0\n'
)
RATIO = "proportion = false\n"
QUICK = '[secondary]\nmethod = "heuristic"\n'
ASKED = (QUICK, QUICK + "suspected = true\n", "")
COUNTED = ("dead", "ill")
Cell = tuple[str, str, str]

SHARED_ROW = {  # (area, sex): dead, ill
    ("a", "x"): (6, 6),
    ("a", "y"): (7, 8),
    ("b", "x"): (0, 1),
    ("b", "y"): (0, 9),
    ("d", "x"): (5, 5),
    ("d", "y"): (2, 20),
    ("g", "x"): (50, 100),
    ("g", "y"): (50, 100),
}
WITH_ROOM = {place: counts for place, counts in SHARED_ROW.items() if place[0] in "dg"}
Counts = dict[tuple[str, str], tuple[int, int]]


def _input(counts: Counts) -> str:
    rows = (f"{area},{sex},{dead},{ill},9000\n" for (area, sex), (dead, ill) in counts.items())
    return "area,sex,dead,ill,people\n" + "".join(rows)


def _drawn(seed: int) -> Counts:
    """Nearly all who are ill die, or nobody: then one count tells the most of the other."""
    draws = np.random.default_rng(seed)
    counts = {}
    for place in product("abcd"[: draws.integers(3, 5)], "xyz"[: draws.integers(2, 4)]):
        ill = int(draws.choice([1, 2, 4, 5, 6, 8, 9, 20]))
        counts[place] = int(draws.choice([ill, ill, ill, max(0, ill - 1), 0, min(ill, 2)])), ill
    return counts


def _protected(folder: Path, recipe: str, counts: Counts, name: str = "SAFE") -> Path:
    (folder / f"{name}.toml").write_text(recipe, encoding="utf-8")
    (folder / f"{name}-input.csv").write_text(_input(counts), encoding="utf-8")
    safe = folder / f"{name}.csv"
    places = Places(safe, folder / f"{name}.html", local=folder / f"{name}.local")
    protect(input=folder / f"{name}-input.csv", recipe=folder / f"{name}.toml", places=places)
    return safe


def _values(safe: Path) -> dict[Cell, float]:
    """What the file tells of counts; nan where they are hidden."""
    with safe.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        (row["area"], row["sex"], row["response"]): float(row["value"] or "nan")
        for row in rows
        if row["response"] in COUNTED
    }


def _pinned(values: dict[Cell, float], *, proportion: bool) -> list[Cell]:
    """Hidden counts of which one whole number is left: sums, zeros published, and dead <= ill."""
    number = {place: at for at, place in enumerate(values)}
    rows: list[tuple[dict[Cell, float], float]] = []
    areas, sexes = ({place[axis] for place in values} for axis in (0, 1))
    for response in COUNTED:
        for sex in sexes:
            rows.append(({(area, sex, response): -1.0 if area == "_T" else 1.0 for area in areas}, 0.0))
        for area in areas:
            rows.append(({(area, sex, response): -1.0 if sex == "_T" else 1.0 for sex in sexes}, 0.0))
    if proportion:
        for area, sex in product(areas, sexes):
            rows.append(({(area, sex, "ill"): 1.0, (area, sex, "dead"): -1.0}, np.inf))
    matrix = np.zeros((len(rows), len(values)))
    for row, (factors, _) in enumerate(rows):
        for place, factor in factors.items():
            matrix[row, number[place]] = factor
    given = np.array(list(values.values()))
    hidden = np.isnan(given)
    sums = LinearConstraint(matrix, np.zeros(len(rows)), np.array([most for _, most in rows]))
    bounds = Bounds(np.where(hidden, 1.0, given), np.where(hidden, 5000.0, given))

    low, high = np.full(len(values), np.inf), np.full(len(values), -np.inf)
    for at, sign in product(np.flatnonzero(hidden), (1.0, -1.0)):
        if high[at] <= low[at] or np.isinf(low[at]):  # no table found so far shows two values
            cost = np.zeros(len(values))
            cost[at] = sign
            solved = milp(cost, constraints=sums, bounds=bounds, integrality=np.ones(len(values)))
            assert solved.x is not None
            low, high = np.minimum(low, np.round(solved.x)), np.maximum(high, np.round(solved.x))
    return [place for place, at in number.items() if hidden[at] and low[at] == high[at]]


@pytest.fixture
def audits(monkeypatch: pytest.MonkeyPatch) -> list[Result]:
    """What the auditor said of each pattern of a run."""
    found: list[Result] = []

    def listened(*given: object, **how: object) -> Result:
        found.append(audit(*given, **how))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(operations, "audit", listened)
    return found


@pytest.mark.parametrize("recipe", [PROTECTED, LETHALITY + INCIDENCE])
def test_two_squares_that_share_a_row(tmp_path: Path, audits: list[Result], recipe: str) -> None:
    """Of 14 ill 13 died: whoever knows sums alone may hide a square of either, not both."""
    safe = _protected(tmp_path, recipe, SHARED_ROW)
    assert not _pinned(_values(safe), proportion=True)
    assert len(audits) == 1  # the engine knew it too


def test_without_the_inequality_the_squares_would_do(tmp_path: Path) -> None:
    safe = _protected(tmp_path, PROTECTED + RATIO, SHARED_ROW)
    assert not _pinned(_values(safe), proportion=False)
    assert _pinned(_values(safe), proportion=True)


@pytest.mark.parametrize("seed", range(20))
def test_no_hidden_count_is_pinned(tmp_path: Path, audits: list[Result], seed: int) -> None:
    counts = _drawn(seed)
    safe = _protected(tmp_path, PROTECTED + ASKED[seed % 3], counts)
    assert len(audits) == 1
    values = _values(safe)
    assert not _pinned(values, proportion=True)
    ratio = _protected(tmp_path, PROTECTED + RATIO + QUICK, counts, "RATIO")
    assert not _pinned(_values(ratio), proportion=False)
    assert audit(safe, tmp_path / "SAFE.toml", local=tmp_path / "SAFE.local").safe


@pytest.mark.parametrize("seed", [2, 5])
def test_the_same_counts_a_year_later(tmp_path: Path, seed: int) -> None:
    """What was hidden then is part of the same denominators."""
    counts = _drawn(seed)
    _protected(tmp_path, PROTECTED, counts, "old")
    known = '[[known]]\nfile = "old.csv"\nrecipe = "old.toml"\n'
    safe = _protected(tmp_path, PROTECTED + known, counts, "new")
    old, new = _values(tmp_path / "old.csv"), _values(safe)
    both = {place: old[place] if np.isnan(value) else value for place, value in new.items()}
    assert not _pinned(both, proportion=True)


def test_the_rest_of_a_denominator_stands_nowhere(tmp_path: Path) -> None:
    """It has neither a name nor a row, weighs nothing, and nobody knows more of it than that it is not negative."""
    found = prepared(tmp_path, PROTECTED, _input(SHARED_ROW))
    problem, (dead, ill) = found.problem, found.tables[0].cubes
    named = np.zeros(problem.values.size, dtype=bool)
    named[dead.cells], named[ill.cells] = True, True
    rest = ~named
    nobody_died = int((problem.values[dead.cells] == 0).sum())
    assert rest.sum() == dead.cells.size - nobody_died
    assert problem.absent[rest].all() and not (problem.known | problem.primary)[rest].any()
    assert set(zip(problem.low[rest], problem.high[rest], strict=True)) == {(0.0, np.inf)}
    assert not np.any(problem.equations @ problem.values)
    tied = _equations(problem.equations, cell(found, "a", "y"), cell(found, "a", "y", response=1))
    assert [float(problem.values[np.setdiff1d(row, np.flatnonzero(named))][0]) for row in tied] == [1.0]
    public = prepared(tmp_path, LETHALITY, _input(WITH_ROOM))
    assert public.problem.values.size == sum(cube.cells.size for cube in public.tables[0].cubes)


def _equations(equations: object, *cells: int) -> Iterable[np.ndarray]:
    rows = [equations[[row], :].indices for row in range(equations.shape[0])]  # type: ignore[attr-defined,index]
    return [row for row in rows if set(cells) <= set(row.tolist())]


def test_nothing_of_it_is_in_any_file(tmp_path: Path) -> None:
    safe = _protected(tmp_path, PROTECTED, SHARED_ROW)
    with safe.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 3 * 15
    local = json.loads((tmp_path / "SAFE.local" / "LOCAL.json").read_text(encoding="utf-8"))
    hidden = sum(np.isnan(value) for value in _values(safe).values())
    assert len(local["cells"]) == hidden
    assert sum(local["pattern"]["primaries"].values()) + local["pattern"]["secondaries"] == hidden
    with np.load(tmp_path / "SAFE.local" / "WITNESSES.npz") as file:
        names = [json.loads(name)["response"] for name in file["cells"].tolist()]
        assert len(names) == hidden and set(names) <= set(COUNTED)
        assert file["cell"].size == local["pattern"]["primaries"]["threshold"]


def test_one_more_who_died_is_one_more_who_was_ill(tmp_path: Path) -> None:
    """And one more who was ill may be one who did not die: what a large table is protected by when time is short."""
    problem = prepared(tmp_path, PROTECTED, _input(WITH_ROOM)).problem
    classes = merged(problem)
    boxes = Boxes(problem.cubes, classes)
    for one in np.flatnonzero(classes.judged).tolist():
        raised = boxes.rising(one)
        assert raised is not None and one in raised
        assert not classes.equations[:, np.unique(raised)].sum(axis=1).any()
