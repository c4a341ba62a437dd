"""Bounds that follow from one equation at a time, passed on until nothing changes: no linear programme needed."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .published import Bools, Floats, Ints
from .system import CLOSE, System

MOST_ROUNDS = 60


class Contradiction(Exception):
    """No values satisfy the equations within the bounds. `columns`: unknown classes of an equation that fails."""

    def __init__(self, columns: Ints) -> None:
        super().__init__("no solution")
        self.columns = columns


def tightened(system: System) -> System:
    """The same system with the bounds that its single equations imply. Raises Contradiction."""
    if not system.matrix.nnz:
        return system
    matrix = system.matrix
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.argsort(matrix.indices, kind="stable")
    starts = np.searchsorted(matrix.indices[order], np.arange(system.size))
    touched = np.bincount(matrix.indices, minlength=system.size) > 0
    low, high = _whole(system, system.low.copy(), system.high.copy())
    for _ in range(MOST_ROUNDS):
        least, most = _implied(matrix, rows, system, low, high)
        lower, upper = low.copy(), high.copy()
        lower[touched] = np.maximum(low[touched], np.maximum.reduceat(least[order], starts[touched]))
        upper[touched] = np.minimum(high[touched], np.minimum.reduceat(most[order], starts[touched]))
        lower, upper = _whole(system, lower, upper)
        failed = np.flatnonzero(lower > upper + CLOSE * np.maximum(1.0, np.abs(upper)))
        if failed.size:
            raise Contradiction(matrix.indices[rows == rows[matrix.indices == failed[0]][0]])
        upper = np.maximum(lower, upper)
        same = np.array_equal(lower, low) and np.array_equal(upper, high)
        low, high = lower, upper
        if same:
            break
    return system.between(low, high)


def _whole(system: System, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    counts = system.counts
    return np.where(counts, np.ceil(low - CLOSE), low), np.where(counts, np.floor(high + CLOSE), high)


def _implied(
    matrix: csr_array, rows: Ints, system: System, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Per entry of the matrix the least and the most that its row leaves to its column."""
    factor, columns = matrix.data, matrix.indices
    rising = factor > 0
    small = np.where(rising, factor * low[columns], factor * high[columns])
    large = np.where(rising, factor * high[columns], factor * low[columns])
    rest_small = _without_own(small, rows, matrix.shape[0])
    rest_large = _without_own(large, rows, matrix.shape[0])
    one = (system.most[rows] - rest_small) / factor
    other = (system.least[rows] - rest_large) / factor
    return np.where(rising, other, one), np.where(rising, one, other)


def _without_own(parts: Floats, rows: Ints, count: int) -> Floats:
    """Per entry the sum of the other entries of its row, infinite where one of them is."""
    endless = ~np.isfinite(parts)
    finite = np.where(endless, 0.0, parts)
    totals = np.bincount(rows, weights=finite, minlength=count)
    many = np.bincount(rows, weights=endless, minlength=count)
    sign = np.inf if np.any(parts[endless] > 0) else -np.inf
    others = many[rows] - endless
    found: Floats = np.where(others > 0, sign, totals[rows] - finite)
    return found


def settled(system: System) -> Bools:
    """Classes with one value left."""
    found: Bools = system.high - system.low <= CLOSE
    return found
