"""Which cells were corrected since an earlier table: as few persons as can be, cell by cell; all others are the same.

Whoever holds two tables takes them for one wherever he can. Of each cell that both have, the difference of its two
values counts by its size; the least sum of all differences with which the figures and the sums of every table hold is a
linear programme. Two cells are the same unless some least solution has them differ, so no table comes first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import block_array, coo_array, csr_array, eye_array, hstack

from .bounds import Contradiction, tightened
from .cells import Cells, Revised, differ
from .equations import Equations
from .published import Bools, Floats, Ints
from .system import Forest, System, onto
from .unknowns import Bands, rate_bands, together, unknowns

LITTLE = 1e-3  # in units of the programmes: by more a cell has moved
LOSS = 1e-6  # of the least sum of differences
FEWEST, LEAST = 5, 0.5  # figures, and share of them that are the same, of a table that was but corrected


def corrected(cells: Cells, equations: Equations) -> Cells:
    """The cells with those that are the same as one, and with the others in `revised`."""
    if not cells.twins.size:
        return cells
    return _joined(cells, ~_differing(cells, equations))


def hardly_alike(cells: Cells) -> dict[int, tuple[int, int]]:
    """Earlier table -> how many of its figures are the same today, of how many, where that are few. They may be about
    other people. What is 0 both times does not count."""
    if not cells.twins.size:
        return {}
    now, then = cells.twins[cells.owner[cells.twins[:, 0]] < cells.first_known].T
    told = ~np.isnan(cells.values[now] + cells.values[then])
    told &= (cells.values[now] != 0) | (cells.values[then] != 0)
    equal, owner = ~differ(cells.values[now], cells.values[then]) & told, cells.owner[then]
    counted = {
        number: (int(equal[owner == number].sum()), int(told[owner == number].sum()))
        for number in range(cells.first_known, len(cells.tables))
    }
    return {
        number: (same, compared)
        for number, (same, compared) in counted.items()
        if compared >= FEWEST and same < LEAST * compared
    }


def _differing(cells: Cells, equations: Equations) -> Bools:
    """Which twins are not the same. Where no values fit at all, all of them."""
    one, other = cells.twins.T
    open_ = np.isnan(cells.values[one] + cells.values[other])
    found = differ(cells.values[one], cells.values[other])
    if not open_.any():
        return found
    hidden = unknowns(cells, equations, rate_bands(cells))
    sides = _sides(cells, cells.twins[open_])
    apart = onto(csr_array(sides[:, hidden.cells]), hidden.classes, hidden.informed.size)
    moved = _moving(hidden.informed, apart, sides @ (np.nan_to_num(cells.values) / hidden.scale))
    found[open_] = True if moved is None else moved
    return found


def _sides(cells: Cells, pairs: Ints) -> csr_array:
    """Rows `first - second` over all cells."""
    rows = np.repeat(np.arange(len(pairs)), 2)
    signs = np.tile([1.0, -1.0], len(pairs))
    return csr_array(coo_array((signs, (rows, pairs.ravel())), (len(pairs), len(cells.names))))


def _moving(system: System, apart: csr_array, offset: Floats) -> Bools | None:
    """Which of the differences `apart @ x + offset` some least solution has other than 0; None where there is none.

    The variables are x, each difference as what it is above and below 0, and how much of it counts as a sign that it
    moves; the signs' sum is made large until no further difference has one.
    """
    count, size = offset.size, system.size
    one, none = eye_array(count), csr_array((count, size))
    matrix = csr_array(
        block_array([[system.matrix, None, None, None], [apart, -one, one, None], [none, -one, -one, one]])
    )
    least = np.concatenate([system.least, -offset, np.full(count, -np.inf)])
    most = np.concatenate([system.most, -offset, np.zeros(count)])
    cost = np.concatenate([np.zeros(size), np.ones(2 * count), np.zeros(count)])
    low = np.concatenate([system.low, np.zeros(3 * count)])
    high = np.concatenate([system.high, np.full(2 * count, np.inf), np.zeros(count)])
    found = _solved(cost, matrix, (least, most), (low, high))
    if found.x is None:
        return None
    moved = _differences(found.x, size, count)
    if found.fun <= LOSS:
        return moved
    matrix = csr_array(hstack([matrix.T, csr_array(cost[:, None])]).T)
    least, most = np.append(least, -np.inf), np.append(most, found.fun + LOSS)
    while not moved.all():
        high[-count:] = np.where(moved, 0.0, 1.0)
        signs = np.concatenate([np.zeros(size + 2 * count), -np.ones(count)])
        found = _solved(signs, matrix, (least, most), (low, high))
        if found.x is None or -found.fun <= LITTLE:
            break
        moved |= _differences(found.x, size, count)
    return moved


def _differences(point: Floats, size: int, count: int) -> Bools:
    found: Bools = point[size : size + count] + point[size + count : size + 2 * count] > LITTLE
    return found


def _solved(
    cost: Floats, matrix: csr_array, rows: tuple[Floats, Floats], bounds: tuple[Floats, Floats]
) -> OptimizeResult:
    return milp(cost, constraints=LinearConstraint(matrix, *rows), bounds=Bounds(*bounds))


def _joined(cells: Cells, same: Bools) -> Cells:
    """Twins that are the same as one cell, which stands where the first of them stands."""
    forest = Forest(len(cells.names))
    for one, other in cells.twins[same].tolist():
        forest.join(other, one)
    tops = np.array([forest.top(cell) for cell in range(len(cells.names))])
    firsts, place = np.unique(tops, return_inverse=True)
    first = np.full(firsts.size, len(tops))
    np.minimum.at(first, place, np.arange(len(tops)))
    order = np.argsort(first)
    labels = np.argsort(order)[place]
    first = first[order]
    stands = _first(labels, cells.table >= 0, first)
    told = _first(labels, ~np.isnan(cells.values), first)
    return replace(
        cells,
        blocks=[replace(block, cells=labels[block.cells]) for block in cells.blocks],
        names=[cells.names[cell] for cell in first.tolist()],
        table=cells.table[stands],
        row=cells.row[stands],
        owner=cells.owner[first],
        values=cells.values[told],
        hidden=_any(labels, cells.hidden),
        secondary=_any(labels, cells.secondary),
        before=_any(labels, cells.before),
        hidden_before=_any(labels, cells.hidden_before),
        twins=np.zeros((0, 2), dtype=np.int64),
        revised=_revised(cells, ~same, labels),
    )


def _first(labels: Ints, wanted: Bools, otherwise: Ints) -> Ints:
    """Per class its first cell that is wanted."""
    found = np.full(otherwise.size, labels.size)
    np.minimum.at(found, labels[wanted], np.flatnonzero(wanted))
    return np.where(found < labels.size, found, otherwise)


def _any(labels: Ints, which: Bools) -> Bools:
    found: Bools = np.zeros(int(labels.max()) + 1, dtype=bool)
    found[labels[which]] = True
    return found


def _revised(cells: Cells, differing: Bools, labels: Ints) -> list[Revised]:
    """Per earlier table and response the corrected cells that today's tables have too."""
    pairs: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for now, then in cells.twins[differing].tolist():
        if cells.owner[now] < cells.first_known:
            found = pairs.setdefault((int(cells.owner[then]), cells.names[then][0]), [])
            found.append((int(labels[now]), int(labels[then])))
    return [Revised(table, found) for (table, _), found in pairs.items()]


def one_way(cells: Cells, equations: Equations) -> list[Revised]:
    """The responses of earlier tables whose corrections of published cells all go the same way, each pair turned so that
    the first cell is not the smaller one. Where no published figure differs, nobody knows the way; where the tables
    contradict it, hidden cells went the other way."""
    tied = []
    for revised in cells.revised:
        now, then = np.array(revised.pairs).T
        gaps = cells.values[now] - cells.values[then]
        gaps = gaps[~np.isnan(gaps)]
        turned = Revised(revised.table, [(other, one) for one, other in revised.pairs])
        one = revised if (gaps >= 0).all() else turned if (gaps <= 0).all() else None
        if gaps.any() and one is not None and _possible(cells, equations, [one]):
            tied.append(one)
    return tied if len(tied) < 2 or _possible(cells, equations, tied) else []


def _possible(cells: Cells, equations: Equations, tied: list[Revised]) -> bool:
    system = unknowns(cells, equations, together(rate_bands(cells), revision_bands(cells, tied))).informed
    try:
        tightened(system)
    except Contradiction:
        return False
    rows, bounds = (system.least, system.most), (system.low, system.high)
    return not system.size or _solved(np.zeros(system.size), system.matrix, rows, bounds).x is not None


def revision_bands(cells: Cells, tied: list[Revised]) -> Bands | None:
    """Hidden cells go the same way as all published ones. None where there is nothing to be said."""
    pairs = [pair for revised in tied for pair in revised.pairs]
    if not pairs:
        return None
    sides = _sides(cells, np.array(pairs))
    return Bands(sides, np.zeros(len(pairs)), np.full(len(pairs), np.inf))
