"""Classes that follow from one another: of two that add up to a known sum, one is unknown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from .bounds import Contradiction
from .published import Floats, Ints
from .system import CLOSE, System, distinct


@dataclass(frozen=True, slots=True)
class Folded:
    """`x = offset + sign * y[place]` for the classes x of a system; `system` is what is left of it for the fewer y.

    first: of each y a class x that follows from it.
    """

    system: System
    place: Ints
    sign: Floats
    offset: Floats
    first: Ints

    def all(self, point: Floats) -> Floats:
        """All classes from the fewer."""
        found: Floats = self.offset + self.sign * point[self.place]
        return found

    def fewer(self, point: Floats) -> Floats:
        """The other way round."""
        found: Floats = (point[self.first] - self.offset[self.first]) * self.sign[self.first]
        return found


def folded(system: System) -> Folded:
    """Every equation of two classes with factors of one size used up, repeated until none is left.

    Raises Contradiction where the bounds of classes that follow from each other exclude one another.
    """
    size = system.size
    place, sign, offset = np.arange(size), np.ones(size), np.zeros(size)
    matrix, constant = system.matrix, np.zeros(system.matrix.shape[0])
    while True:
        of, factor, shift = _pairs(system, matrix, constant)
        if (of == np.arange(of.size)).all():
            break
        kept, number = np.unique(of, return_inverse=True)
        offset, sign, place = offset + sign * shift[place], sign * factor[place], number[place]
        matrix = _onto(system.matrix, place, sign, kept.size)
        constant = system.matrix @ offset
    low, high = _bounds(system, place, sign, offset, matrix.shape[1])
    least, most = system.least - constant, system.most - constant
    rows = distinct(matrix, np.round(least, 9), np.round(most, 9))
    first = np.zeros(matrix.shape[1], dtype=np.int64)
    first[place[::-1]] = np.arange(size)[::-1]
    judged, counts = np.zeros(first.size, dtype=bool), np.ones(first.size, dtype=bool)
    np.logical_or.at(judged, place, system.judged)
    np.logical_and.at(counts, place, system.counts)
    small = np.zeros(first.size)
    np.maximum.at(small, place, system.small)
    fewer = System(csr_array(matrix[rows]), least[rows], most[rows], low, high, judged, counts, small)
    return Folded(fewer, place, sign, offset, first)


def unfolded(system: System) -> Folded:
    """Every class for itself."""
    places = np.arange(system.size)
    return Folded(system, places, np.ones(system.size), np.zeros(system.size), places)


def _pairs(system: System, matrix: csr_array, constant: Floats) -> tuple[Ints, Floats, Floats]:
    """Per class another one from which it follows, x = shift + factor * x[of]; itself where there is none.

    No class is used twice, so that nothing follows from what follows.
    """
    of, factor, shift = np.arange(matrix.shape[1]), np.ones(matrix.shape[1]), np.zeros(matrix.shape[1])
    equal = system.least == system.most
    rows = np.flatnonzero((np.diff(matrix.indptr) == 2) & equal)
    start = matrix.indptr[rows]
    ones, others = matrix.indices[start].tolist(), matrix.indices[start + 1].tolist()
    used: set[int] = set()
    for row, one, other, at in zip(rows.tolist(), ones, others, start.tolist(), strict=True):
        u, v = matrix.data[at], matrix.data[at + 1]
        if one in used or other in used or abs(abs(u) - abs(v)) > CLOSE * abs(u):
            continue
        used |= {one, other}
        of[other], factor[other] = one, -np.sign(u * v)
        shift[other] = (system.least[row] - constant[row]) / v
    return of, factor, shift


def _onto(matrix: csr_array, place: Ints, sign: Floats, count: int) -> csr_array:
    size = matrix.shape[1]
    summed = csr_array(matrix @ csr_array((sign, place, np.arange(size + 1)), shape=(size, count)))
    summed.data[np.abs(summed.data) < CLOSE] = 0.0
    summed.eliminate_zeros()
    summed.sort_indices()
    return summed


def _bounds(system: System, place: Ints, sign: Floats, offset: Floats, count: int) -> tuple[Floats, Floats]:
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    one, other = (system.low - offset) * sign, (system.high - offset) * sign
    np.maximum.at(low, place, np.minimum(one, other))
    np.minimum.at(high, place, np.maximum(one, other))
    failed = np.flatnonzero(low > high + CLOSE * np.maximum(1.0, np.abs(high)))
    if failed.size:
        raise Contradiction(np.flatnonzero(place == failed[0]))
    return low, np.maximum(low, high)
