"""Ways from one possible point of a large group to another, each by a change of a few classes that follow from no other."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .published import Floats, Ints
from .system import CLOSE


class Moves:
    """Changes against one base, which stays possible with any one of them added."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._at: list[Ints] = []
        self._by: list[Floats] = []

    def add(self, at: Ints, by: Floats) -> None:
        """A change of the classes `at`."""
        moved = np.abs(by) > CLOSE
        if moved.any():
            self._at.append(at[moved])
            self._by.append(by[moved])

    def add_all(self, table: csr_array) -> None:
        """One change per row."""
        for row in np.flatnonzero(np.diff(table.indptr)):
            part = slice(table.indptr[row], table.indptr[row + 1])
            self.add(table.indices[part].astype(np.int64), table.data[part])

    def table(self) -> csr_array:
        """One change per row, one class per column."""
        starts = np.concatenate([[0], np.cumsum([one.size for one in self._at])]).astype(np.int64)
        at = np.concatenate([np.zeros(0, dtype=np.int64), *self._at])
        by = np.concatenate([np.zeros(0), *self._by])
        return csr_array((by, at, starts), shape=(len(self._at), self.size))
