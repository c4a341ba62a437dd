"""What an attacker has to solve: classes of equal hidden cells, and the equations and bounds that are left for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from .published import Bools, Floats, Ints

CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class System:
    """`least <= matrix @ x <= most` and `low <= x <= high` for the unknown classes x.

    judged: classes with a hidden cell; the others were never to be published. counts: x is whole. small: up to which
    value it is a small count by its own rules.
    """

    matrix: csr_array
    least: Floats
    most: Floats
    low: Floats
    high: Floats
    judged: Bools
    counts: Bools
    small: Floats

    @property
    def size(self) -> int:
        """How many unknown classes there are."""
        return int(self.low.size)

    def between(self, low: Floats, high: Floats) -> System:
        """The same equations with other bounds."""
        return replace(self, low=low, high=high)

    def rows(self, rows: Ints) -> System:
        """The same classes with these equations alone."""
        return replace(
            self, matrix=csr_array(self.matrix[rows]), least=self.least[rows], most=self.most[rows]
        )

    def without(self, fixed: Bools) -> System:
        """The system of the classes that are not settled yet; settled ones move to the right side."""
        constant = self.matrix @ np.where(fixed, self.low, 0.0)
        matrix = csr_array(self.matrix[:, np.flatnonzero(~fixed)])
        return System(
            matrix,
            self.least - constant,
            self.most - constant,
            self.low[~fixed],
            self.high[~fixed],
            self.judged[~fixed],
            self.counts[~fixed],
            self.small[~fixed],
        )

    def part(self, columns: Ints) -> System:
        """The equations of these classes alone; they must share none with any other class."""
        matrix = self.matrix[:, columns]
        rows = np.flatnonzero(np.diff(matrix.indptr))
        return System(
            csr_array(matrix[rows]),
            self.least[rows],
            self.most[rows],
            self.low[columns],
            self.high[columns],
            self.judged[columns],
            self.counts[columns],
            self.small[columns],
        )


def open_classes(system: System) -> Bools:
    """Hidden classes that may be small counts."""
    found: Bools = system.judged & (system.small > 0) & (system.low <= system.small)
    return found


class Forest:
    """Sets that are joined two by two (union-find with path halving)."""

    def __init__(self, size: int) -> None:
        self.above = list(range(size))

    def top(self, one: int) -> int:
        above = self.above
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    def join(self, one: int, other: int) -> None:
        self.above[self.top(one)] = self.top(other)

    def labels(self) -> Ints:
        """Numbers 0, 1, ... of the sets."""
        tops = [self.top(one) for one in range(len(self.above))]
        found: Ints = np.unique(tops, return_inverse=True)[1].astype(np.int64)
        return found


def merged(matrix: csr_array, right: Floats) -> Ints:
    """The class of each unknown: what an equation of two cells makes equal, repeated until nothing changes. Cells that
    everybody can tell to be 0 do not count."""
    labels = np.arange(matrix.shape[1], dtype=np.int64)
    while True:
        count = int(labels.max(initial=-1)) + 1
        reduced = onto(matrix, labels, count)
        reduced = _without(reduced, empty(reduced, right))
        pairs = np.flatnonzero((np.diff(reduced.indptr) == 2) & (np.abs(right) <= CLOSE))
        forest = Forest(count)
        for row in pairs:
            start = reduced.indptr[row]
            if abs(reduced.data[start] + reduced.data[start + 1]) < CLOSE:
                forest.join(int(reduced.indices[start]), int(reduced.indices[start + 1]))
        joined = forest.labels()
        if int(joined.max(initial=-1)) + 1 == count:
            return labels
        labels = joined[labels]


def empty(matrix: csr_array, right: Floats) -> Bools:
    """Unknowns that must be 0 because all of an equation adds up to 0, one after the other."""
    nothing = np.zeros(matrix.shape[1], dtype=bool)
    zero = np.abs(right) <= CLOSE
    while True:
        left = _without(matrix, nothing)
        size = np.diff(left.indptr)
        one_way = np.abs(left @ np.ones(left.shape[1])) >= abs(left) @ np.ones(left.shape[1]) - CLOSE
        rows = np.flatnonzero(zero & (size > 0) & one_way)
        if not rows.size:
            return nothing
        nothing[left[rows].indices] = True


def _without(matrix: csr_array, columns: Bools) -> csr_array:
    """The same rows with nothing in these columns."""
    found = csr_array(matrix, copy=True)
    found.data[columns[found.indices]] = 0.0
    found.eliminate_zeros()
    return found


def onto(matrix: csr_array, labels: Ints, count: int) -> csr_array:
    """The columns of each class added up; entries that cancel are gone."""
    size = matrix.shape[1]
    shape = (size, count)
    summed = csr_array(matrix @ csr_array(coo_array((np.ones(size), (np.arange(size), labels)), shape)))
    summed.data[np.abs(summed.data) < CLOSE] = 0.0
    summed.eliminate_zeros()
    summed.sort_indices()
    return summed


def distinct(matrix: csr_array, least: Floats, most: Floats) -> Ints:
    """The rows that are neither empty nor repeat another one."""
    seen: dict[tuple[bytes, bytes, float, float], int] = {}
    for row in np.flatnonzero(np.diff(matrix.indptr)):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        key = matrix.indices[part].tobytes(), matrix.data[part].tobytes(), least[row], most[row]
        seen.setdefault(key, int(row))
    return np.array(list(seen.values()), dtype=np.int64)


def components(system: System) -> list[Ints]:
    """Classes that are tied together by equations, small groups first."""
    rows, columns = system.matrix.shape
    if not columns:
        return []
    entries = system.matrix.tocoo()
    graph = coo_array(
        (np.ones(entries.nnz), (entries.coords[0], entries.coords[1] + rows)),
        (rows + columns, rows + columns),
    )
    labels = connected_components(graph, directed=False)[1][rows:]
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    return sorted(np.split(order.astype(np.int64), cuts), key=len)
