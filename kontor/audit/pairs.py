"""Pairs in doubt (a person who is alone in classes, a class he may see), and what the points found so far say of them."""

from __future__ import annotations

import numpy as np

from .points import NEAR, stuck, whole
from .published import Floats, Ints
from .system import System
from .windows import NOTHING

LOWERED = 0.4  # share of what may be seen that is lowered instead of lifted: some classes cannot be larger
LEAST = 0.2  # that a class counts, against 1 for the middle one of them


class Pairs:
    """Pairs in doubt: a person, who is alone in the classes `own`, and a class he may see; and between which values it was
    found where his were 1."""

    def __init__(self, system: System, own: list[Ints], person: Ints, seen: Ints) -> None:
        self.system, self.person, self.seen = system, person, seen
        self._own = np.concatenate([NOTHING, *own])
        self._of = np.repeat(np.arange(len(own)), [one.size for one in own])
        self._count = len(own)
        self._low = np.full(person.size, np.inf)
        self._high = np.full(person.size, -np.inf)

    def add(self, points: np.ndarray) -> None:
        """Forget the pairs that these points clear."""
        for point in points:
            others = np.abs(point[self._own] - 1) >= NEAR
            ones = np.bincount(self._of[others], minlength=self._count) == 0
            here = np.flatnonzero(ones[self.person])
            values = point[self.seen[here]]
            self._low[here] = np.minimum(self._low[here], values)
            self._high[here] = np.maximum(self._high[here], values)
        kept = stuck(self._low, self._high, self.system.small[self.seen])
        self.person, self.seen = self.person[kept], self.seen[kept]
        self._low, self._high = self._low[kept], self._high[kept]

    def own(self, person: int) -> Ints:
        """The classes in which somebody is alone."""
        found: Ints = self._own[self._of == person]
        return found

    def ends(self, person: int, seen: int) -> tuple[float, float] | None:
        """Two values either of which, beside those found, would clear a pair; None where it is no pair in doubt, or was
        found nowhere yet."""
        here = np.flatnonzero((self.person == person) & (self.seen == seen))
        if not here.size or not np.isfinite(self._low[here[0]]):
            return None
        return float(whole(self._low[here[0]])) + 1, float(np.floor(self._high[here[0]] + NEAR)) - 1

    def ways(self, random: np.random.Generator) -> tuple[Ints, Ints, Floats, Ints]:
        """What to lift, what to lower, up to which values to lift (one more than was seen is enough, and leaves room for
        others), and what is to be 1 meanwhile.

        A class that is both held and seen is now this, now that.
        """
        held = self._own[np.isin(self._of, self.person)]
        seen = np.unique(self.seen)
        held = held[~np.isin(held, seen) | (random.random(held.size) < 0.5)]
        seen = np.setdiff1d(seen, held)
        down = random.random(seen.size) < LOWERED
        values = np.where(np.isfinite(self._low), whole(self._low), self.system.low[self.seen])
        goals = np.zeros(self.system.size)
        np.maximum.at(goals, self.seen, np.minimum(values + 1, np.floor(self.system.small[self.seen]) + 1))
        return seen[~down], seen[down], goals[seen[~down]], np.unique(held)

    def worth(self) -> Floats:
        """What it counts to move each class, against the others: the root of how many doubts that may settle. Where all
        counted the same, those in the way of many others would never have their turn."""
        found = _share(np.bincount(self.seen, minlength=self.system.size))
        np.maximum.at(found, self._own, _share(np.bincount(self.person, minlength=self._count))[self._of])
        return found

    def by_person(self) -> dict[int, Ints]:
        """Number of a person -> classes he may see."""
        if not self.person.size:
            return {}
        order = np.argsort(self.person, kind="stable")
        persons, starts = np.unique(self.person[order], return_index=True)
        return dict(zip(persons.tolist(), np.split(self.seen[order], starts[1:]), strict=True))


def _share(doubts: Ints) -> Floats:
    """The roots of these numbers, against the middle one of those that are not 0."""
    middle = float(np.median(doubts[doubts > 0])) if doubts.any() else 1.0
    return np.maximum(np.sqrt(doubts / middle), LEAST)
