"""Which hidden classes contain which: who is in a cell is in all its totals too."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import coo_array, csr_array

from .cells import Cells
from .equations import Equations
from .published import Bools, Ints
from .system import System, empty
from .unknowns import Unknowns, hidden_wholes


class Nesting:
    """Class -> the classes of totals above it and of members below it, over any number of sums. Who is counted in part
    of a denominator is in all of it too.

    nested: somebody can be alone both in a class and in a total of it. (Of a denominator with one person a numerator that
    is not 0 is that person anyway.)
    """

    def __init__(self, cells: Cells, equations: Equations, hidden: Unknowns, *, nested: bool) -> None:
        self.nested = nested
        number = np.full(len(cells.names), -1, dtype=np.int64)
        number[hidden.cells] = hidden.classes
        entries = equations.matrix.tocoo()
        row, cell = entries.coords
        total, member = number[equations.totals[row]], number[cell]
        shared = (np.nan_to_num(cells.values)[cell] != 0) & (cell != equations.totals[row])
        kept = (member >= 0) & (total >= 0) & (member != total)
        size = hidden.informed.size
        inside, around = _tied(number, hidden_wholes(cells))
        inside, around = np.append(member[kept], inside), np.append(total[kept], around)
        self._above = csr_array(coo_array((np.ones(inside.size), (inside, around)), (size, size)))
        self._below = csr_array(self._above.T)
        kept &= ~np.isin(row, row[shared])  # beside what is published there is somebody else
        kept[kept] = ~_empty(hidden.informed)[member[kept]]
        shape = (equations.matrix.shape[0], size)
        self._members = csr_array(coo_array((np.ones(kept.sum()), (row[kept], member[kept])), shape))
        self._size = np.asarray(self._members.sum(axis=1)).ravel()
        self._total = number[equations.totals]

    def above(self, column: int) -> set[int]:
        """Everything that contains a class."""
        return _reached(self._above, column)

    def below(self, column: int) -> set[int]:
        """Everything that a class contains."""
        return _reached(self._below, column)

    def filled(self, columns: Iterable[int]) -> set[int]:
        """These classes, all that they contain, and the totals that contain nothing else."""
        found = set(columns)
        found = found.union(*(self.below(column) for column in found))
        while True:
            own = np.zeros(self._members.shape[1])
            own[list(found)] = 1.0
            inside = self._members @ own
            fresh = set(self._total[(inside > 0) & (inside == self._size)].tolist()) - found
            if not fresh:
                return found
            found |= fresh.union(*(self.below(column) for column in fresh))


def nesting(cells: Cells, equations: Equations, hidden: Unknowns, coalition: int) -> Nesting | None:
    """None where it tells nothing: if nobody joins, every hidden cell holds somebody, so that a total of one person is
    one cell, and nothing hidden is counted part of what is hidden.
    """
    system = hidden.informed
    nested = bool((system.low[system.judged & system.counts] < 1).any())
    parts = bool(np.isnan(cells.values[hidden_wholes(cells)[0]]).any())
    found = nested or parts or coalition > 1
    return Nesting(cells, equations, hidden, nested=nested) if found else None


def _tied(number: Ints, pairs: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """The classes of pairs of cells, where both have one of their own."""
    one, other = number[pairs[0]], number[pairs[1]]
    kept = (one >= 0) & (other >= 0) & (one != other)
    return one[kept], other[kept]


def _empty(system: System) -> Bools:
    """Classes of which everybody can tell that nobody is there."""
    return empty(system.matrix, np.where(system.least == system.most, system.least, np.inf))


def _reached(graph: csr_array, column: int) -> set[int]:
    found: set[int] = set()
    waiting: list[int] = [column]
    while waiting:
        one = waiting.pop()
        near: Ints = graph.indices[graph.indptr[one] : graph.indptr[one + 1]]
        fresh = set(near.tolist()) - found
        found |= fresh
        waiting += fresh
    return found - {column}
