"""Tables published before: what everybody has of them already, and what it says together with the new ones."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from kontor.engines.disclosure.cube import equations_of
from kontor.engines.disclosure.problem import Axis, Bools, Cube, Floats, Ints
from kontor.errors import BadRow, Invalid

from .assembling import Apart, Cell, Cells, Draft, Scope, cells_of, published
from .meanings import Scopes
from .recipe import Known, Recipe
from .tabulating import axes_of, groups_of, protected

SAME = 1e-6  # figures that differ by less were rounded when they were written
MOST_FAULTS = 100
SLIGHT = 1e-3  # of an amount: by less it counts as told


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
        raise Invalid([BadRow("input_empty", None, None, {"file": file.name})])
    return rows[0], rows[1:]


def add_earlier(
    draft: Draft, cells: Cells, earlier: Sequence[Earlier], scopes: Sequence[Scopes]
) -> tuple[tuple[Found, ...], tuple[Before, ...]]:
    """Put what everybody has into the draft, and answer with what was found and where the old cells are.

    A response of which no figure differs counts the same as the new one: what was published of it is known and stays
    public, what was hidden is the same unknown. A response of which any figure differs was revised: its cells are those
    of another vintage, and if all differences go one way, those of hidden cells are taken to go the same way. What was
    hidden before must stay so; cells that only old tables have get values with which their sums hold: an attacker has
    no more either. scopes: per table the codes that cover something else than they do in others.

    Those come first that share the most figures with today's: a year that is gone from today's is compared with the
    release that still has it.
    """
    first, found, placed, vintages = draft.count, dict[int, Found](), list[_Placed](), 1
    unpublished = draft.absent.copy()
    tables = [
        [_response(draft, cells, unpublished, (number, table, name, other)) for name in table.values]
        for number, (table, other) in enumerate(zip(earlier, scopes, strict=True), start=1)
    ]
    shared = [sum(_moved(draft, cells, one).size for one in responses) for responses in tables]
    for number in sorted(range(len(tables)), key=lambda one: -shared[one]):
        table, responses = earlier[number], tables[number]
        moved = [_moved(draft, cells, one) for one in responses]
        chosen = [_vintage(draft, cells, one, vintages) for one in responses]
        vintages = max(vintages, *(vintage + 1 for vintage in chosen))
        opened = 0
        for one, differences, vintage in zip(responses, moved, chosen, strict=True):
            if protected(table.recipe, one.name):
                new = _placed(draft, cells, one, differences, vintage)
                opened += _tell(draft, new) if vintage else _tell_same(draft, new)
                placed.append(new)
        figures = np.concatenate(moved)
        found[number] = Found(int((figures == 0).sum()), int((figures != 0).sum()), opened)
    _solve(draft, placed, first)
    for new in placed:
        _keep(draft, new)
        if new.way:
            _tie(draft, cells, new, first)
    draft.cubes += [new.cube for new in placed]
    notes = tuple(found[number] for number in sorted(found))
    return notes, tuple(Before(new.number, new.table.name, new.response, new.cube) for new in placed)


@dataclass(frozen=True, slots=True)
class Before:
    """Where the cells of a table published before are in the problem. known: which of the recipe's [[known]] tables it
    is, counted from 1."""

    known: int
    file: str
    response: str
    cube: Cube


@dataclass(frozen=True, slots=True)
class _Placed:
    """One response of one old table in the draft. now: the cells of the same name, -1 where there are none; those of
    `cube`, if no figure was revised. values: nan where unknown. way: +1 or -1 where nothing went down or up since."""

    number: int
    table: Earlier
    response: str
    cube: Cube
    now: Ints
    values: Floats
    way: int

    @property
    def least(self) -> float:
        """What a hidden cell had at least."""
        return 1.0 if self.table.recipe.kind == "frequency" and self.table.recipe.publish.zeros else 0.0


@dataclass(frozen=True, slots=True)
class _Response:
    """One response of the old table with this number in the recipe. today: how many cells today's tables have."""

    number: int
    table: Earlier
    name: str
    apart: Apart
    today: int


def _response(
    draft: Draft, cells: Cells, unpublished: Bools, named: tuple[int, Earlier, str, Scopes]
) -> _Response:
    """If no figure differs but sums that cover something else on either side, as years roll on, and at least as many
    agree, these sums are set apart."""
    number, table, name, other = named
    one = _Response(number, table, name, _apart(cells, unpublished, table, name, other), unpublished.size)
    if _moved(draft, cells, one).any():
        apart = replace(one, apart=_apart(cells, unpublished, table, name, other, every=True))
        if not _moved(draft, cells, apart).any() and _adds_up(draft, cells, apart):
            return apart
    return one


def _apart(
    cells: Cells, unpublished: Bools, table: Earlier, response: str, other: Scopes, *, every: bool = False
) -> dict[Cell, Scope]:
    """The cells that are not those of the same name, and what they cover: that is something else, and nobody published
    both (or did, with `every`). A sum over years that only the table itself knows is no sum over the years of another.
    """
    covered = [[(axis.name, other.get((axis.name, code))) for code in axis.codes] for axis in table.axes]
    shown, found = published(table.recipe, table.axes).ravel(), dict[Cell, Scope]()
    for name, codes, then in zip(cells_of(response, table.axes), product(*covered), shown, strict=True):
        if scope := frozenset((variable, leaves) for variable, leaves in codes if leaves is not None):
            now = cells.numbers.get((0, name, None), unpublished.size)
            if every or not then or (now < unpublished.size and unpublished[now]):
                found[name] = scope
    return found


def _placed(draft: Draft, cells: Cells, one: _Response, moved: Floats, vintage: int) -> _Placed:
    """With cells of that vintage."""
    table, way = one.table, 0 if (moved > 0).any() and (moved < 0).any() else int(np.sign(moved.sum()))
    now = cells.known(one.name, table.axes, 0, one.apart)
    own = cells.shared(one.name, table.axes, vintage, one.apart)
    draft.grow(cells.count)
    values = table.values[one.name].ravel()
    return _Placed(one.number, table, one.name, Cube(table.axes, own), now.ravel(), values, way)


def _vintage(draft: Draft, cells: Cells, one: _Response, vintages: int) -> int:
    """The first vintage whose figures a response shares without any difference: that of today, or of older tables."""
    if not _moved(draft, cells, one).any() and _adds_up(draft, cells, one):
        return 0
    for vintage in range(1, vintages):
        moved = _moved(draft, cells, one, vintage)
        if moved.size and not moved.any():
            return vintage
    return vintages


def _adds_up(draft: Draft, cells: Cells, one: _Response) -> bool:
    """Whether the sums that were published then hold for what was hidden, as it is today: a late report may show in
    hidden cells alone. Of sums with a cell that today's tables have not nothing is said."""
    at = cells.known(one.name, one.table.axes, 0, one.apart)
    values = one.table.values[one.name].copy()
    today = np.isnan(values) & (at >= 0) & (at < one.today)
    values[today] = draft.values[at[today]]
    size = values.size
    sums = equations_of([Cube(one.table.axes, np.arange(size).reshape(values.shape))], size)
    whole = abs(sums) @ np.isnan(values.ravel()) == 0
    off = sums @ np.nan_to_num(values.ravel())
    margin = SAME * np.maximum(abs(sums) @ np.abs(np.nan_to_num(values.ravel())), 1.0)
    return not (whole & (np.abs(off) > margin)).any()


def _moved(draft: Draft, cells: Cells, one: _Response, vintage: int = 0) -> Floats:
    """By how much each figure differs that was published then and stands in that vintage; rounding is no difference."""
    at = cells.known(one.name, one.table.axes, vintage, one.apart).ravel()
    flat = one.table.values[one.name].ravel()
    both = ~np.isnan(flat) & (at >= 0)
    both[both] &= draft.known[at[both]] | ~draft.absent[at[both]]
    now, then = draft.values[at[both]], flat[both]
    return np.where(np.isclose(now, then, rtol=SAME, atol=SAME), 0.0, now - then)


def _tell_same(draft: Draft, one: _Placed) -> int:
    """What was published is known; how many cells the rules would hide but everybody has."""
    at, told = one.cube.cells.ravel(), ~np.isnan(one.values)
    opened = int(draft.primary[at[told]].sum())
    fresh = at[told & draft.absent[at] & ~draft.known[at]]
    draft.values[fresh] = one.values[told & draft.absent[at] & ~draft.known[at]]
    draft.known[at[told]], draft.absent[fresh] = True, False
    return opened


def _tell(draft: Draft, one: _Placed) -> int:
    """A revised table: its figures are constants of their own, and limits of today's where all went one way."""
    values = _deduced(one)
    at, told = one.cube.cells.ravel(), ~np.isnan(values)
    draft.values[at[told]], draft.known[at[told]], draft.absent[at[told]] = values[told], True, False
    both = told & (one.now >= 0)
    if one.way > 0:
        np.maximum.at(draft.low, one.now[both], values[both])
    elif one.way < 0:
        np.minimum.at(draft.high, one.now[both], values[both])
    return 0


def _deduced(one: _Placed) -> Floats:
    """The figures of a table with those that a single sum gives: totals that nobody published, for example."""
    size = one.values.size
    places = np.arange(size, dtype=np.int64).reshape(one.cube.cells.shape)
    equations = csr_array(equations_of([Cube(one.cube.axes, places)], size))
    values = one.values.copy()
    while True:
        gap = np.isnan(values)
        single = np.flatnonzero(abs(equations) @ gap.astype(float) == 1)
        if not single.size:
            return values
        part = equations[single]
        due = part @ np.nan_to_num(values)
        for row in range(single.size):
            span = slice(part.indptr[row], part.indptr[row + 1])
            open_ = gap[part.indices[span]]
            values[part.indices[span][open_]] = -due[row] / part.data[span][open_]


def _solve(draft: Draft, placed: Sequence[_Placed], first: int) -> None:
    """Values of the old tables' own hidden cells with which all their sums hold, and the one way of a revision if it
    can be."""
    own = np.flatnonzero(draft.absent)
    own = own[own >= first]
    if not own.size:
        return
    highest = np.full(draft.count, np.inf)
    lowest = np.zeros(draft.count)
    for one in placed:
        at, now = one.cube.cells.ravel(), one.now
        hidden = draft.absent[at] & (at >= first)
        shown = hidden & published(one.table.recipe, one.cube.axes).ravel()
        draft.low[at[shown]] = np.maximum(draft.low[at[shown]], one.least)
        seen = hidden & (now >= 0) & (now < first)
        if one.way > 0:
            highest[at[seen]] = draft.values[now[seen]]
        elif one.way < 0:
            lowest[at[seen]] = draft.values[now[seen]]
    equations = csr_array(equations_of([one.cube for one in placed], draft.count))
    found = _fitting(draft, equations, own, np.maximum(lowest, draft.low), highest)
    if found is None:
        found = _fitting(draft, equations, own, draft.low, np.full(draft.count, np.inf))
    if found is None:
        names = ", ".join(dict.fromkeys(one.table.name for one in placed))
        raise Invalid([BadRow("known_table_contradicts", None, None, {"file": names})])
    draft.values[own] = found


def _fitting(draft: Draft, equations: csr_array, own: Ints, low: Floats, high: Floats) -> Floats | None:
    rest = draft.values.copy()
    rest[own] = 0.0
    due, part = -(equations @ rest), csr_array(equations[:, own])
    rows = np.flatnonzero(np.diff(part.indptr))
    margin = SAME * np.maximum(np.abs(due[rows]), 1.0)
    if (low[own] > high[own]).any():
        return None
    solved = milp(
        np.zeros(own.size),
        constraints=LinearConstraint(part[rows], due[rows] - margin, due[rows] + margin),
        bounds=Bounds(low[own], high[own]),
        integrality=np.full(own.size, int(draft.integral)),
    )
    if solved.x is None:
        return None
    found: Floats = np.round(solved.x) if draft.integral else solved.x
    return found


def _keep(draft: Draft, one: _Placed) -> None:
    """What was hidden before and is in no table now must not become known now."""
    at, recipe = one.cube.cells.ravel(), one.table.recipe
    hidden = np.isnan(one.values) & draft.absent[at] & published(recipe, one.cube.axes).ravel()
    if draft.integral:
        draft.keep(
            at[hidden & (draft.values[at] <= recipe.primary.threshold)], recipe.secondary.interval_width
        )
        return
    least = SLIGHT**3 * float(np.nanmax(one.values, initial=0.0))
    draft.keep(at[hidden], np.maximum(SLIGHT * draft.values[at[hidden]], least))


def _tie(draft: Draft, cells: Cells, one: _Placed, first: int) -> None:
    """Where all figures of a table went one way, its hidden ones did: their difference is a cell of its own, not below
    `base`. That is more than the threshold, so nobody takes a difference for a small count.
    """
    at, now = one.cube.cells.ravel(), one.now
    tied = draft.absent[at] & (now >= 0) & (now < first)
    equal = tied & (draft.values[at] == draft.values[now])
    draft.contributor[at[equal]] = draft.contributor[now[equal]]  # who is alone now was alone then
    larger, smaller = (now[tied], at[tied]) if one.way > 0 else (at[tied], now[tied])
    base = 2.0 + max(one.table.recipe.primary.threshold, 0)
    constant, slack = cells.count, np.arange(cells.count + 1, cells.count + 1 + larger.size)
    cells.count += 1 + larger.size
    draft.grow(cells.count)
    draft.values[constant], draft.known[constant], draft.absent[constant] = base, True, False
    draft.values[slack] = base + draft.values[larger] - draft.values[smaller]
    draft.low[slack] = base
    draft.ties.append((larger, smaller, slack, constant))
