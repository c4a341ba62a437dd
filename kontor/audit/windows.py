"""Small windows into a large group of tied classes: most questions about one class are settled among its neighbours.

Two one-sided answers, each sound for the whole group. Inside: all classes but a few keep the values of a point known
to be possible; what moves then is a possible point of the whole, so freedom found inside is freedom. Outside: all
equations but a few are forgotten; no point of the whole is lost by that, so a bound found outside is a bound.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, csr_array

from .folding import folded
from .published import Floats, Ints
from .system import System

GROWTH = 3  # a window grows by this part of itself
FEWEST = 4  # equations that outside programmes start with
NOTHING: Ints = np.zeros(0, dtype=np.int64)


class Windows:
    """The neighbourhoods of the classes of one system, of which those that follow from one another count as one."""

    def __init__(self, system: System) -> None:
        self.folded = folded(system)
        self.system = self.folded.system
        matrix = self.system.matrix
        self._columns = csc_array(matrix)
        self._degree = np.diff(self._columns.indptr)
        self._inside = np.zeros(self.system.size, dtype=bool)
        self._count = np.zeros(matrix.shape[0], dtype=np.int64)
        self._order = np.argsort(self.folded.place, kind="stable")
        self._starts = np.searchsorted(self.folded.place[self._order], np.arange(self.system.size + 1))

    def members(self, chosen: Ints) -> tuple[Ints, Ints]:
        """The classes that follow from these, and for each the place in `chosen` of what it follows from."""
        starts, ends = self._starts[chosen], self._starts[chosen + 1]
        of = np.repeat(np.arange(chosen.size), ends - starts)
        return self._order[_ranges(starts, ends)], of

    def near(self, column: int, most: int) -> Ints:
        """Up to `most` classes around one, in ascending order.

        Something moves only in circles: no equation may have a single class here. Where one has, that class is joined by
        the one that brings the fewest new equations along; where none has, the circle is widened in the same way.
        """
        inside, count = self._inside, self._count
        new = chosen = np.array([column])
        rows = np.zeros(0, dtype=np.int64)
        while True:
            inside[new] = True
            entered = _entries(self._columns, new)
            np.add.at(count, entered, 1)
            rows = np.union1d(rows, entered)
            single = rows[count[rows] == 1]
            found = _entries(self.system.matrix, single if single.size else rows)
            candidates, hits = np.unique(found[~inside[found]], return_counts=True)
            room = min(most - chosen.size, max(1, chosen.size // GROWTH))
            if room <= 0 or not candidates.size:
                inside[chosen], count[rows] = False, 0
                return np.sort(chosen)
            fresh = (count[_entries(self._columns, candidates)] == 0).astype(np.int64)
            degree = self._degree[candidates]
            brought = np.add.reduceat(fresh, np.cumsum(degree) - degree)
            new = candidates[np.lexsort((-hits, brought))[:room]]
            chosen = np.concatenate([chosen, new])

    def inside(self, chosen: Ints, point: Floats) -> System:
        """The system of these classes with all others held at the values of `point`."""
        system, here = self.system, point[chosen]
        rows = np.unique(_entries(self._columns, chosen))
        part = csr_array(self._columns[:, chosen].tocsr()[rows])
        own = part @ here
        rest = system.matrix[rows] @ point - own
        low, high = np.minimum(system.low[chosen], here), np.maximum(system.high[chosen], here)
        # The point itself stays possible, whatever the last digits of its sums are.
        least = np.minimum(system.least[rows] - rest, own)
        most = np.maximum(system.most[rows] - rest, own)
        judged, counts, small = system.judged[chosen], system.counts[chosen], system.small[chosen]
        return System(part, least, most, low, high, judged, counts, small)

    def outside(self, column: int, most: int) -> tuple[Ints, System]:
        """The equations around a class, with `most` entries at most, and all the classes in them."""
        matrix = self.system.matrix
        chosen, rows = np.array([column]), np.zeros(0, dtype=np.int64)
        while True:
            more = np.setdiff1d(_entries(self._columns, chosen), rows)
            lengths = np.diff(matrix.indptr)[more]
            order = np.argsort(lengths, kind="stable")[: max(FEWEST, rows.size)]
            fits = np.cumsum(lengths[order]) + int(np.diff(matrix.indptr)[rows].sum()) <= most
            if not fits.any():
                return chosen, self.system.rows(rows).part(chosen)
            rows = np.union1d(rows, more[order[fits]])
            chosen = np.union1d(chosen, _entries(matrix, rows))


def _entries(matrix: csr_array | csc_array, lines: Ints) -> Ints:
    """The places of the entries in these rows of a row-wise matrix, or these columns of a column-wise one."""
    found: Ints = matrix.indices[_ranges(matrix.indptr[lines], matrix.indptr[lines + 1])].astype(np.int64)
    return found


def _ranges(starts: Ints, ends: Ints) -> Ints:
    """start, start + 1, ... end - 1 of each, one after the other."""
    lengths = (ends - starts).astype(np.int64)
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts.astype(np.int64) - before, lengths) + np.arange(int(lengths.sum()))
