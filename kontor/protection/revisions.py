"""What tables published before say together with the new ones: which cells are the same, and which were corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, coo_array, csr_array, eye_array
from scipy.sparse.csgraph import connected_components

from kontor.engines.disclosure.cube import equations_of
from kontor.engines.disclosure.problem import Bools, Cube, Floats, Ints
from kontor.errors import BadRow, Invalid

from .assembling import Cell, Cells, Draft, cells_of, published
from .differences import Both, Difference, difference
from .earlier import Before, Earlier
from .meanings import Scopes
from .same_cells import CLOSE, SAME, Tables, close, same_cells
from .tabulating import protected

SLIGHT = 1e-3  # of an amount: by less it counts as told
Scope = frozenset[tuple[str, frozenset[str]]]  # variable, and the inner codes that are counted
NOWHERE = -1
NEAR = 1e-3  # of all differences: what it may be off
HOPS = 2  # from a corrected figure to its sums, and on to theirs


@dataclass(frozen=True, slots=True)
class Found:
    """What an earlier table said of the cells of today's. same: figures published then that are the same today; sums that
    cover something else today are other cells. open_now: cells that the rules would hide."""

    same: int
    revised: Difference
    open_now: int


def add_earlier(
    draft: Draft, cells: Cells, earlier: Sequence[Earlier], scopes: Sequence[Scopes], *, loose: bool = False
) -> tuple[tuple[Found, ...], tuple[Before, ...]]:
    """Put what everybody has into the draft, and answer with what was found and where the old cells are.

    As little as possible counts as corrected (`same_cells`). A cell that was not is the same: published then, it is
    known and stays public; hidden then, it is the same unknown. A corrected one is a cell of its own. If all
    figures of a response went one way, its corrected hidden cells are taken to have done so too, if they can. What was
    hidden before must stay so; cells that only old tables have get values with which their sums hold: an attacker has
    no more either. scopes: per table the codes that cover something else than they do in others. loose: figures in one
    sum with a corrected one may be hidden again, for an attacker cannot know then which of them was corrected.
    """
    if not earlier:
        return (), ()
    first = draft.count
    olds = _olds(draft, cells, earlier, scopes)
    both = [[_both(draft, one) for one in olds if one.table is table] for table in earlier]
    revised = [difference(table, figures) for table, figures in zip(earlier, both, strict=True)]
    placed = _numbered(
        draft, cells, [one for one in olds if protected(one.table.recipe, one.response)], loose=loose
    )
    opened = [(one.number, _tell(draft, one, first)) for one in placed]
    for one in _solved(draft, placed, first):
        _keep(draft, one)
        if one.way:
            _limit(draft, one, first)
            _tie(draft, cells, one, first)
    draft.cubes += [one.cube for one in placed]
    notes = []
    for number, (figures, found) in enumerate(zip(both, revised, strict=True), start=1):
        same = sum(one.at.size for one in figures) - len(found.cells)
        notes.append(Found(same, found, sum(count for of, count in opened if of == number)))
    return tuple(notes), tuple(Before(one.number, one.table.name, one.response, one.cube) for one in placed)


@dataclass(frozen=True, slots=True)
class _Old:
    """One response of the earlier table with this number in the recipe. names: of its cells, with what a sum covers if
    that is something else. now: today's cells of the same name, or -1. values: nan where unknown. cube: where its cells
    are. way: +1 or -1 where nothing went down or up since."""

    number: int
    table: Earlier
    response: str
    names: Sequence[tuple[Cell, Scope]]
    now: Ints
    values: Floats
    cube: Cube = field(default_factory=lambda: Cube((), np.zeros(0, dtype=np.int64)))
    way: int = 0

    @property
    def shown(self) -> Bools:
        """Which cells the table published or hid."""
        return published(self.table.recipe, self.table.axes).ravel()

    @property
    def low(self) -> Floats:
        """What a hidden cell had at least."""
        zeros = self.table.recipe.kind == "frequency" and self.table.recipe.publish.zeros
        return np.where(self.shown, float(zeros), 0.0)


def _olds(draft: Draft, cells: Cells, earlier: Sequence[Earlier], scopes: Sequence[Scopes]) -> list[_Old]:
    """A sum that covers something else than today, as years roll on, is another cell if nobody published both, or if any
    such sum of its response has another figure."""
    today = cells.numbers
    figure = draft.known | ~draft.absent
    plain = []
    for number, (table, other) in enumerate(zip(earlier, scopes, strict=True), start=1):
        covered = [[(axis.name, other.get((axis.name, code))) for code in axis.codes] for axis in table.axes]
        covers = [
            frozenset((variable, leaves) for variable, leaves in one if leaves is not None)
            for one in product(*covered)
        ]
        for response, values in table.values.items():
            names = list(zip(cells_of(response, table.axes), covers, strict=True))
            now = np.array([today.get(name, NOWHERE) for name, _ in names], dtype=np.int64)
            one = _Old(number, table, response, names, now, values.ravel())
            unseen = ~one.shown | ((now >= 0) & ~figure[now])
            plain.append((one, np.array([bool(scope) for _, scope in names]), unseen))
    rolled = _rolled_on(draft, today, plain)
    return [_apart(one, scoped & (unseen | (one.response in rolled))) for one, scoped, unseen in plain]


def _apart(one: _Old, apart: Bools) -> _Old:
    names = [
        (name, scope if own else frozenset()) for (name, scope), own in zip(one.names, apart, strict=True)
    ]
    return replace(one, names=names, now=np.where(apart, NOWHERE, one.now))


def _rolled_on(
    draft: Draft, today: Mapping[Cell, int], plain: Sequence[tuple[_Old, Bools, Bools]]
) -> set[str]:
    """Responses whose sums that cover something else have another figure somewhere."""
    seen = draft.known | ~draft.absent
    figures = {name: [draft.values[cell]] for name, cell in today.items() if seen[cell]}
    for one, scoped, _ in plain:
        for at in np.flatnonzero(~scoped & ~np.isnan(one.values)).tolist():
            figures.setdefault(one.names[at][0], []).append(one.values[at])
    return {
        one.response
        for one, scoped, unseen in plain
        for at in np.flatnonzero(scoped & ~unseen & ~np.isnan(one.values)).tolist()
        if not close(np.array(figures.get(one.names[at][0], [])), one.values[at]).all()
    }


def _both(draft: Draft, one: _Old) -> Both:
    """The figures that were published then and are counted today."""
    both = ~np.isnan(one.values) & (one.now >= 0)
    both[both] &= draft.known[one.now[both]] | ~draft.absent[one.now[both]]
    now, then = draft.values[one.now[both]], one.values[both]
    return Both(one.table.axes, one.response, np.flatnonzero(both), then, now)


def _numbered(draft: Draft, cells: Cells, olds: Sequence[_Old], *, loose: bool) -> list[_Old]:
    """Which of their cells are those of today or of each other, and new numbers for the rest. Invalid where a table
    contradicts itself."""
    first = draft.count
    sizes = [one.values.size for one in olds]
    starts = first + np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    count = int(starts[-1])
    spans = [np.arange(start, start + size) for start, size in zip(starts, sizes, strict=False)]
    twins = np.array(list(_twins(olds, spans)), dtype=np.int64).reshape(-1, 2)
    cubes = [
        Cube(one.table.axes, span.reshape([len(axis.codes) for axis in one.table.axes]))
        for one, span in zip(olds, spans, strict=True)
    ]
    tables = Tables(
        np.concatenate([draft.values, *(one.values for one in olds)]),
        np.concatenate([draft.low, *(one.low for one in olds)]),
        csr_array(equations_of(cubes, count)),
        twins,
        draft.integral,
    )
    same = same_cells(tables)
    if same is None:
        raise _contradicting(olds)
    if loose:
        same &= ~_beside_corrected(tables, same, draft.primary)
    joined = coo_array((np.ones(int(same.sum())), twins[same].T), (count, count))
    labels = connected_components(joined, directed=False)[1]
    number = np.full(labels.max(initial=-1) + 1, NOWHERE)
    number[labels[:first]] = np.arange(first)
    fresh = np.flatnonzero(number < 0)
    number[fresh] = cells.count + np.arange(fresh.size)
    cells.count += fresh.size
    draft.grow(cells.count)
    return [
        _directed(draft, replace(one, cube=Cube(cube.axes, number[labels[cube.cells]])))
        for one, cube in zip(olds, cubes, strict=True)
    ]


def _beside_corrected(tables: Tables, same: Bools, primary: Bools) -> Bools:
    """Pairs of today's and an old figure that are the same but stand in a sum with a corrected figure. What the rules
    would hide is known already."""
    now, then = tables.twins.T
    figures = (now < primary.size) & ~np.isnan(tables.values[then])
    figures[figures] &= ~primary[now[figures]]
    corrected = np.zeros(tables.values.size)
    corrected[then[figures & ~same]] = 1.0
    sums = abs(tables.equations)
    beside = corrected
    for _ in range(HOPS):
        beside = (sums.T @ (sums @ beside) > 0).astype(float)
    apart = np.zeros(tables.values.size, dtype=bool)
    apart[then[figures & same & (beside[then] > 0)]] = True
    found: Bools = apart[now] | apart[then]  # nor are they the same by way of another table
    return found


def _twins(olds: Sequence[_Old], spans: Sequence[Ints]) -> Iterator[tuple[int, int]]:
    """Pairs of cells of one name in two tables."""
    places: dict[tuple[Cell, Scope], list[int]] = {}
    for one, span in zip(olds, spans, strict=True):
        for name, now, at in zip(one.names, one.now.tolist(), span.tolist(), strict=True):
            found = places.setdefault(name, [now] if now >= 0 else [])
            found.append(at)
    for found in places.values():
        yield from combinations(found, 2)


def _directed(draft: Draft, one: _Old) -> _Old:
    """With the way that all its figures went, those too that follow from a single sum."""
    gaps = _both(draft, replace(one, values=_deduced(one))).gaps
    one_way = _both(draft, one).gaps.any() and not ((gaps > 0).any() and (gaps < 0).any())
    return replace(one, way=int(np.sign(gaps.sum())) if one_way else 0)


def _tell(draft: Draft, one: _Old, first: int) -> int:
    """What was published is known, and what was hidden had at least so much; how many cells the rules would hide but
    everybody has."""
    at = one.cube.cells.ravel()
    np.maximum.at(draft.low, at, np.where(np.isnan(one.values), one.low, 0.0))
    values = np.where(at < first, one.values, _deduced(one))
    told = ~np.isnan(values)
    opened = int(draft.primary[at[told & (at < first)]].sum())
    fresh = told & draft.absent[at] & ~draft.known[at]
    draft.values[at[fresh]] = values[fresh]
    draft.known[at[told]], draft.absent[at[fresh]] = True, False
    return opened


def _limit(draft: Draft, one: _Old, first: int) -> None:
    """A corrected figure is a limit of today's, where all went one way."""
    at = one.cube.cells.ravel()
    both = draft.known[at] & (at >= first) & (one.now >= 0)
    if one.way > 0:
        np.maximum.at(draft.low, one.now[both], draft.values[at[both]])
    else:
        np.minimum.at(draft.high, one.now[both], draft.values[at[both]])


def _deduced(one: _Old) -> Floats:
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


def _solved(draft: Draft, placed: Sequence[_Old], first: int) -> Sequence[_Old]:
    """Values of the old tables' own hidden cells with which all their sums hold, and the one way of a correction; if that
    cannot be, no table has a way. Of such values those nearest to today's, whichever table comes first; a correction is
    sooner found where many are.
    """
    own = np.flatnonzero(draft.absent)
    own = own[own >= first]
    if not own.size:
        return placed
    highest = np.full(draft.count, np.inf)
    lowest = np.zeros(draft.count)
    near = np.full(draft.count, np.nan)
    for one in placed:
        at = one.cube.cells.ravel()
        hidden = draft.absent[at] & (at >= first)
        seen = hidden & (one.now >= 0)
        near[at[seen]] = draft.values[one.now[seen]]
        if one.way > 0:
            np.minimum.at(highest, at[seen], draft.values[one.now[seen]])
        elif one.way < 0:
            np.maximum.at(lowest, at[seen], draft.values[one.now[seen]])
    equations = csr_array(equations_of([one.cube for one in placed], draft.count))
    found = _fitting(draft, equations, near, own, np.maximum(lowest, draft.low), highest)
    if found is None:
        placed = [replace(one, way=0) for one in placed]
        found = _fitting(draft, equations, near, own, draft.low, np.full(draft.count, np.inf))
    if found is None:
        raise _contradicting(placed)
    draft.values[own] = found
    return placed


def _contradicting(olds: Sequence[_Old]) -> Invalid:
    names = ", ".join(dict.fromkeys(one.table.name for one in olds))
    return Invalid([BadRow("known_table_contradicts", None, None, {"file": names})])


def _fitting(
    draft: Draft, equations: csr_array, near: Floats, own: Ints, low: Floats, high: Floats
) -> Floats | None:
    rest = draft.values.copy()
    rest[own] = 0.0
    due, part = -(equations @ rest), csr_array(equations[:, own])
    rows = np.flatnonzero(np.diff(part.indptr))
    margin = np.maximum(SAME * np.abs(due[rows]), CLOSE)
    if (low[own] > high[own]).any():
        return None
    told = np.flatnonzero(~np.isnan(near[own]))
    goal, one, size = near[own[told]], eye_array(told.size), own.size
    chosen = csr_array(eye_array(size))[told]
    solved = milp(
        np.concatenate([np.zeros(size), *2 * [1.0 + 1.0 / (1.0 + goal)]]),
        constraints=LinearConstraint(
            csr_array(block_array([[part[rows], None, None], [chosen, one, -one]])),
            np.concatenate([due[rows] - margin, goal]),
            np.concatenate([due[rows] + margin, goal]),
        ),
        bounds=Bounds(
            np.append(low[own], np.zeros(2 * told.size)), np.append(high[own], np.full(2 * told.size, np.inf))
        ),
        integrality=np.append(np.full(size, int(draft.integral)), np.zeros(2 * told.size)),
        options={"mip_rel_gap": NEAR},
    )
    if solved.x is None:
        return None
    found: Floats = np.round(solved.x[:size]) if draft.integral else solved.x[:size]
    return found


def _keep(draft: Draft, one: _Old) -> None:
    """What was hidden before and is in no table now must not become known now."""
    at, recipe = one.cube.cells.ravel(), one.table.recipe
    hidden = np.isnan(one.values) & draft.absent[at] & one.shown
    if draft.integral:
        draft.keep(
            at[hidden & (draft.values[at] <= recipe.primary.threshold)], recipe.secondary.interval_width
        )
        return
    least = SLIGHT**3 * float(np.nanmax(one.values, initial=0.0))
    draft.keep(at[hidden], np.maximum(SLIGHT * draft.values[at[hidden]], least))


def _tie(draft: Draft, cells: Cells, one: _Old, first: int) -> None:
    """Where all figures of a table went one way, its hidden ones did: their difference is a cell of its own, not below
    `base`. That is more than the threshold, so nobody takes a difference for a small count.
    """
    at, now = one.cube.cells.ravel(), one.now
    tied = draft.absent[at] & (at >= first) & (now >= 0)
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
