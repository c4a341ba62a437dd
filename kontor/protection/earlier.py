"""Tables published before: what everybody knows of them already, and what new and old say together."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from kontor.engines.disclosure.cube import equations_of
from kontor.engines.disclosure.problem import Axis, Bools, Cube, Floats, Ints
from kontor.errors import BadRow, Invalid

from .assembling import Cells, Draft
from .recipe import Known, Recipe
from .tabulating import axes_of, groups_of, protected

SAME = 1e-6  # figures that differ by less were rounded when they were written
MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Earlier:
    """A table published before. values: response -> cells, nan where they were hidden or not published."""

    name: str
    recipe: Recipe
    axes: tuple[Axis, ...]
    values: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Found:
    """What earlier tables said of the cells of this one. revised: cells published before with another value."""

    same: int
    revised: int
    open_now: int


def read_earlier(recipe: Recipe) -> tuple[Earlier, ...]:
    """The tables that the recipe says are known. Invalid names what in their files is not as their recipe has it."""
    return tuple(_read(known) for known in recipe.known)


def _read(known: Known) -> Earlier:
    recipe, name = known.recipe, known.file.name
    header, rows = _rows(known.file)
    several = len(recipe.responses) + len(recipe.rates) > 1
    expected = [*recipe.variables, *(["response"] if several else []), "value", "confidentiality"]
    if header != expected:
        facts = {"file": name, "expected": ",".join(expected), "found": ",".join(header)}
        raise Invalid([BadRow("header_wrong", 1, None, facts)])
    bad = [number for number, row in enumerate(rows, start=2) if len(row) != len(expected)]
    if bad:
        raise Invalid([BadRow("known_row_wrong", row, None, {"file": name}) for row in bad[:MOST_FAULTS]])
    count = len(recipe.variables)
    inner = {
        variable: {row[place] for row in rows} - groups_of(recipe, variable)
        for place, variable in enumerate(recipe.variables)
    }
    axes = axes_of(recipe, inner)
    places = [{code: place for place, code in enumerate(axis.codes)} for axis in axes]
    values = {name: np.full([len(axis.codes) for axis in axes], np.nan) for name in recipe.responses}
    for number, row in enumerate(rows, start=2):
        response = row[count] if several else recipe.responses[0]
        text = row[-2]
        if response not in values or not text:
            continue
        at = tuple(place[code] for place, code in zip(places, row[:count], strict=True))
        try:
            values[response][at] = float(text)
        except ValueError:
            raise Invalid([BadRow("known_row_wrong", number, "value", {"file": name})]) from None
    return Earlier(name, recipe, axes, values)


def _rows(file: Path) -> tuple[list[str], list[list[str]]]:
    try:
        rows = [row for row in csv.reader(file.read_text(encoding="utf-8-sig").splitlines()) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        facts = {"file": file.name, "reason": str(error)[:120]}
        raise Invalid([BadRow("file_damaged", None, None, facts)]) from None
    if not rows:
        raise Invalid([BadRow("file_empty", None, None, {"file": file.name})])
    return rows[0], rows[1:]


def add_earlier(draft: Draft, cells: Cells, earlier: Sequence[Earlier]) -> tuple[Found, ...]:
    """Put what is known into the draft: a figure published before with the same value is known and stays published; one
    with another value was revised, and the old one says nothing of the new; a cell hidden before is the same unknown,
    unless the old sums say that it was revised.

    Cells that only the old tables have get values with which their sums hold: an attacker has no more either.
    """
    first, found, added = draft.count, list[Found](), list[tuple[Cube, float]]()
    for table in earlier:
        for response, values in table.values.items():
            if protected(table.recipe, response):
                cube, what = _add(draft, cells, table, response, values, first)
                found.append(what)
                added.append((cube, _least(table.recipe)))
    _solve(draft, added, first, [table.name for table in earlier])
    draft.cubes += [cube for cube, _ in added]
    return tuple(found)


def _add(
    draft: Draft, cells: Cells, table: Earlier, response: str, values: Floats, first: int
) -> tuple[Cube, Found]:
    """One response of one table; cells below `first` are those of the tables that are published now."""
    numbers = cells.shared(response, table.axes)
    flat, at = values.ravel(), numbers.ravel().copy()
    draft.grow(cells.count)
    told, now = ~np.isnan(flat), at < first
    equal = np.isclose(flat, draft.values[at], rtol=SAME, atol=SAME)
    decided = told & (now | draft.known[at])
    same, other = decided & equal, decided & ~equal
    open_now = int((same & draft.primary[at]).sum())
    draft.known[at[same]] = True
    _renumber(draft, cells, at, other)
    fresh = at[told & ~same]
    draft.values[fresh], draft.known[fresh], draft.absent[fresh] = flat[told & ~same], True, False
    _unlink(draft, cells, at, ~told & now, Cube(table.axes, at.reshape(numbers.shape)), first)
    cube = Cube(table.axes, at.reshape(numbers.shape))
    return cube, Found(int((same & now).sum()), int((other & now).sum()), open_now)


def _least(recipe: Recipe) -> float:
    """What a hidden cell has at least."""
    return 1.0 if recipe.kind == "frequency" and recipe.publish.zeros else 0.0


def _renumber(draft: Draft, cells: Cells, at: Ints, which: Bools) -> None:
    """Cells of the old table that are not those of the new one after all."""
    size = int(which.sum())
    at[which] = np.arange(cells.count, cells.count + size)
    cells.count += size
    draft.grow(cells.count)


def _unlink(draft: Draft, cells: Cells, at: Ints, linked: Bools, cube: Cube, before: int) -> None:
    """Hidden cells in a sum that does not hold with today's values were revised: repeat until all others hold."""
    while linked.any():
        equations = csr_array(equations_of([Cube(cube.axes, at.reshape(cube.cells.shape))], draft.count))
        unknown = draft.absent.copy()
        unknown[:before] = False
        decided = abs(equations) @ unknown.astype(float) == 0
        scale = np.maximum(abs(equations) @ np.abs(draft.values), 1.0)
        wrong = decided & (np.abs(equations @ draft.values) > SAME * scale)
        touched = (
            (abs(equations[wrong]).sum(axis=0) > 0) if wrong.any() else np.zeros(draft.count, dtype=bool)
        )
        apart = linked & np.asarray(touched).ravel()[at]
        if not apart.any():
            return
        _renumber(draft, cells, at, apart)
        linked &= ~apart


def _solve(draft: Draft, added: Sequence[tuple[Cube, float]], first: int, names: Sequence[str]) -> None:
    """Values of the old tables' own hidden cells with which all their sums hold."""
    own = np.flatnonzero(draft.absent)
    own = own[own >= first]
    if not own.size:
        return
    for cube, least in added:
        draft.low[cube.cells] = np.maximum(
            draft.low[cube.cells], np.where(draft.absent[cube.cells], least, 0.0)
        )
    equations = csr_array(equations_of([cube for cube, _ in added], draft.count))
    rest = draft.values.copy()
    rest[own] = 0.0
    due, part = -(equations @ rest), equations[:, own]
    rows = np.flatnonzero(abs(part).sum(axis=1) > 0)
    margin = SAME * np.maximum(np.abs(due[rows]), 1.0)
    solved = milp(
        np.zeros(own.size),
        constraints=LinearConstraint(part[rows], due[rows] - margin, due[rows] + margin),
        bounds=Bounds(draft.low[own], np.inf),
        integrality=np.full(own.size, int(draft.integral)),
    )
    if solved.x is None:
        raise Invalid([BadRow("known_table_contradicts", None, None, {"file": ", ".join(names)})])
    draft.values[own] = np.round(solved.x) if draft.integral else solved.x
