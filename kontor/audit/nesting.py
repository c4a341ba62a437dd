"""Which hidden classes contain which: who is in a cell is in all its totals too."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from .cells import Cells
from .equations import Equations
from .published import Ints
from .unknowns import Unknowns


class Nesting:
    """Class -> the classes of totals above it and of members below it, over any number of sums."""

    def __init__(self, cells: Cells, equations: Equations, hidden: Unknowns) -> None:
        number = np.full(len(cells.names), -1, dtype=np.int64)
        number[hidden.cells] = hidden.classes
        entries = equations.matrix.tocoo()
        member, total = number[entries.coords[1]], number[equations.totals[entries.coords[0]]]
        kept = (member >= 0) & (total >= 0) & (member != total)
        size = hidden.informed.size
        self._above = csr_array(coo_array((np.ones(kept.sum()), (member[kept], total[kept])), (size, size)))
        self._below = csr_array(self._above.T)

    def above(self, column: int) -> set[int]:
        """Everything that contains a class."""
        return _reached(self._above, column)

    def below(self, column: int) -> set[int]:
        """Everything that a class contains."""
        return _reached(self._below, column)


def nesting(cells: Cells, equations: Equations, hidden: Unknowns) -> Nesting | None:
    """None where it tells nothing: if every hidden cell holds somebody, a total of one person is one cell."""
    system = hidden.informed
    if (system.low[system.judged & system.counts] >= 1).all():
        return None
    return Nesting(cells, equations, hidden)


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
