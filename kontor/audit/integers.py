"""All whole solutions of a small group of tied cells, by trying every value of the free ones."""

from __future__ import annotations

import numpy as np

from .published import Bools, Floats
from .system import CLOSE, System

MOST_CLASSES = 12
MOST_TRIED = 200_000


def solutions(system: System) -> Floats | None:
    """Every whole solution, one per row; None where they are too many to be tried or some class is no count.

    The equations are brought into echelon form; the classes with the smallest ranges are the free ones.
    """
    if system.size > MOST_CLASSES or not system.counts.all() or not np.isfinite(system.high).all():
        return None
    ranges = system.high - system.low + 1
    equal = system.least == system.most
    dense = np.column_stack([system.matrix.toarray(), system.least])[equal]
    order = np.argsort(-ranges, kind="stable")
    echelon, pivots = _echelon(dense[:, [*order, system.size]])
    bound = {int(order[place]) for place in pivots}
    free = [column for column in range(system.size) if column not in bound]
    if np.prod(ranges[free]) > MOST_TRIED:
        return None
    axes = [np.arange(system.low[column], system.high[column] + 1) for column in free]
    grid = (
        np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(free))
        if free
        else np.zeros((1, 0))
    )
    found = np.zeros((len(grid), system.size))
    found[:, free] = grid
    back = {int(column): place for place, column in enumerate(order)}
    for row, place in enumerate(pivots):
        others = [back[column] for column in free]
        found[:, order[place]] = echelon[row, -1] - grid @ echelon[row, others]
    return np.round(found[_fits(found, system)])


def _fits(found: Floats, system: System) -> Bools:
    whole = np.abs(found - np.round(found)) < CLOSE
    inside = (found >= system.low - CLOSE) & (found <= system.high + CLOSE)
    sums = found @ system.matrix.toarray().T
    kept = (sums >= system.least - CLOSE) & (sums <= system.most + CLOSE)
    fits: Bools = (whole & inside).all(axis=1) & kept.all(axis=1)
    return fits


def _echelon(rows: Floats) -> tuple[Floats, list[int]]:
    """Reduced row echelon form of equations with their right sides in the last column, and the pivots' places."""
    rows, pivots, done = rows.copy(), [], 0
    for column in range(rows.shape[1] - 1):
        if done == len(rows):
            break
        best = done + int(np.argmax(np.abs(rows[done:, column])))
        if abs(rows[best, column]) < CLOSE:
            continue
        rows[[done, best]] = rows[[best, done]]
        rows[done] /= rows[done, column]
        others = np.arange(len(rows)) != done
        rows[others] -= np.outer(rows[others, column], rows[done])
        pivots.append(column)
        done += 1
    return rows[:done], pivots
