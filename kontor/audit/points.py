"""Points that an attacker cannot rule out, and how far each class moves between them: what moved needs no search."""

from __future__ import annotations

import numpy as np

from .published import Bools, Floats, Ints
from .system import CLOSE, System

NEAR = 1e-4  # points are kept in single precision
MOST_NUMBERS = 60_000_000  # kept at the same time, all points of one group together
LEAST_FIRST = 64


class Points:
    """Feasible points of one group. low and high are the extremes so far; `complete` where they are all there are."""

    def __init__(self, system: System) -> None:
        size = system.size
        self.low: Floats = np.full(size, np.inf)
        self.high: Floats = np.full(size, -np.inf)
        self.complete = False
        self._counts = system.counts
        self._kept = np.empty((LEAST_FIRST, size), dtype=np.float32)
        self._number = 0
        self._most = max(50, MOST_NUMBERS // max(1, size))

    def add(self, point: Floats) -> None:
        """Remember a point."""
        np.minimum(self.low, point, out=self.low)
        np.maximum(self.high, point, out=self.high)
        if self._number == self._most:
            return
        if self._number == len(self._kept):
            more = min(self._number, self._most - self._number)
            self._kept = np.concatenate([self._kept, np.empty((more, point.size), dtype=np.float32)])
        self._kept[self._number] = point
        self._number += 1

    def widen(self, places: Ints, low: Floats, high: Floats) -> None:
        """These classes have been seen that far apart, at points that are not worth keeping."""
        self.low[places] = np.minimum(self.low[places], low)
        self.high[places] = np.maximum(self.high[places], high)

    def add_all(self, points: Floats) -> None:
        """These points, one per row, are all there are."""
        self.low, self.high = points.min(axis=0), points.max(axis=0)
        self._kept, self._number = points.astype(np.float32), len(points)
        self.complete = True

    def table(self) -> np.ndarray:
        """The kept points, one per row."""
        return self._kept[: self._number]

    def widths(self) -> Floats:
        """How far each class moves, counts between whole numbers."""
        return width(self.low, self.high, self._counts)


def width(low: Floats, high: Floats, counts: Bools) -> Floats:
    """The length of intervals; of a count that of the whole numbers inside, below 0 where there is none."""
    found: Floats = np.where(counts, np.floor(high + CLOSE) - np.ceil(low - CLOSE), high - low)
    return found


def whole(low: np.ndarray | float) -> np.ndarray:
    """The least whole number not below; points are kept in single precision."""
    return np.asarray(np.ceil(np.asarray(low) - NEAR))


def stuck(low: np.ndarray | float, high: np.ndarray | float, small: np.ndarray | float) -> np.ndarray:
    """At most one whole number lies between, and none above what is a small count."""
    top = np.floor(np.asarray(high) + NEAR)
    return np.asarray((top - whole(low) <= 0) & (top <= small))
