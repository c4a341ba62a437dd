"""Which cells of earlier tables are those of today: whoever has both takes as little as can be for corrected.

Of each cell that stands in two tables, the difference of its values counts by its size. Two cells are the same unless
they differ somewhere among all values that make the sum of the differences least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, coo_array, csr_array, eye_array, vstack
from scipy.sparse.csgraph import connected_components

from kontor.engines.disclosure.problem import Bools, Floats, Ints

SAME, CLOSE = 1e-9, 1e-6  # by less, in parts of a figure or at all, differs only what was rounded
LARGEST = 1e5  # amounts are brought into the range in which programmes are exact
MOVED = 1e-3
LOST = 1e-6  # of the least sum of differences


@dataclass(frozen=True, slots=True)
class Tables:
    """All cells of all tables, each table with its own. values: nan where hidden. low: what is hidden has at least.
    equations: the sums of earlier tables. twins: pairs of cells with one name, one row each. integral: counts."""

    values: Floats
    low: Floats
    equations: csr_array
    twins: Ints
    integral: bool


def close(one: Floats, other: Floats) -> Bools:
    """Whether figures are the same but for their rounding."""
    found: Bools = np.isclose(one, other, rtol=SAME, atol=CLOSE)
    return found


def same_cells(tables: Tables) -> Bools | None:
    """Per pair of twins whether they are the same cell; None where no values fit the earlier tables."""
    one, other = tables.twins.T
    hidden = np.isnan(tables.values)
    open_ = hidden[one] | hidden[other]
    same: Bools = open_ | close(tables.values[one], tables.values[other])
    part = _troubled(tables)
    if not part.any():
        return same
    looked = open_ & (part[one] | part[other])
    moving = _moving(tables, np.flatnonzero(part), tables.twins[looked])
    if moving is None:
        return None
    same[looked] = ~moving
    return same


def _troubled(tables: Tables) -> Bools:
    """Hidden cells that hang together with a sum or a bound that does not hold if each is what its twin is."""
    hidden, guess = np.isnan(tables.values), tables.values.copy()
    wrong = np.zeros(hidden.size, dtype=bool)
    for one, other in (tables.twins.T, tables.twins.T[::-1]):
        told = hidden[one] & ~hidden[other]
        at, value = one[told], tables.values[other[told]]
        guess[at] = np.where(np.isnan(guess[at]), value, guess[at])
        wrong[at[~close(guess[at], value)]] = True
    wrong |= hidden & ~(guess >= tables.low)  # nan: nobody says what it is
    slack = np.maximum(SAME * (abs(tables.equations) @ np.abs(np.nan_to_num(guess))), CLOSE)
    off = np.abs(tables.equations @ np.nan_to_num(guess)) > slack
    touched = csr_array(abs(tables.equations)[np.flatnonzero(off)])
    wrong[touched.indices] = True
    pairs = _sides(tables.twins, hidden.size)
    rows = csr_array(vstack([tables.equations, pairs])[:, np.flatnonzero(hidden)])
    count, columns = rows.shape
    entries = rows.tocoo()
    graph = coo_array(
        (np.ones(entries.nnz), (entries.coords[0], entries.coords[1] + count)),
        (count + columns, count + columns),
    )
    labels = connected_components(graph, directed=False)[1][count:]
    found = np.zeros(hidden.size, dtype=bool)
    found[hidden] = np.isin(labels, labels[wrong[hidden]])
    return found


def _sides(pairs: Ints, size: int) -> csr_array:
    """Rows `first - second`."""
    rows = np.repeat(np.arange(len(pairs)), 2)
    return csr_array(coo_array((np.tile([1.0, -1.0], len(pairs)), (rows, pairs.ravel())), (len(pairs), size)))


def _moving(tables: Tables, free: Ints, pairs: Ints) -> Bools | None:
    """Which of the pairs differ in some least solution. The variables: the free cells, what each pair differs upwards
    and downwards, and how much of that is looked for."""
    known = np.nan_to_num(tables.values)
    scale = 1.0 if tables.integral else float(known.max(initial=0.0)) / LARGEST or 1.0
    sums = csr_array(tables.equations[:, free])
    rows = np.flatnonzero(np.diff(sums.indptr))
    due = -(tables.equations @ known)[rows] / scale
    sides = _sides(pairs, known.size)
    gap = -(sides @ known) / scale
    count, size, one = gap.size, free.size, eye_array(gap.size)
    matrix = block_array(
        [
            [sums[rows], csr_array((rows.size, count)), csr_array((rows.size, count)), None],
            [sides[:, free], -one, one, None],
            [None, -one, -one, one],
        ]
    )
    margin = np.maximum(SAME * np.abs(due), 0.0 if tables.integral else CLOSE)
    low = np.concatenate([due - margin, gap, np.full(count, -np.inf)])
    high = np.concatenate([due + margin, gap, np.zeros(count)])
    least = np.concatenate([tables.low[free] / scale, np.zeros(3 * count)])
    cost = np.concatenate([np.zeros(size), np.ones(2 * count), np.zeros(count)])
    look = np.zeros(count)

    def solved(objective: Floats, most: float) -> Floats | None:
        sought = Bounds(least, np.concatenate([np.full(size + 2 * count, np.inf), look]))
        within = [LinearConstraint(csr_array(matrix), low, high), LinearConstraint(cost[None], -np.inf, most)]
        point: Floats | None = milp(objective, constraints=within, bounds=sought).x
        return point

    point = solved(cost, np.inf)
    if point is None:
        return None
    total, moving = float(cost @ point), np.zeros(count, dtype=bool)
    while point is not None and total > LOST and not moving.all():
        found = ~moving & (point[size : size + count] + point[size + count : size + 2 * count] > MOVED)
        if look.any() and not found.any():
            break
        moving |= found
        look[:] = ~moving
        point = solved(np.concatenate([np.zeros(size + 2 * count), -np.ones(count)]), total + LOST)
    return moving
