"""Attacker C in large groups: many who may be alone are supposed to be so at once.

Sound for each of them: a table in which all of them are 1 and a class moves is a table in which any one of them is 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from .bounds import Contradiction, settled, tightened
from .group import Group, Told
from .points import NEAR, Points, stuck
from .programme import Programme
from .published import Bools, Floats, Ints
from .searching import looked_into
from .system import CLOSE

SIZES = (700, 2_000)  # classes of a window
NOTHING: Ints = np.zeros(0, dtype=np.int64)
Pairs = dict[int, set[int]]


def supposed(group: Group, able: Ints, open_: Ints, threshold: int, told: Told) -> dict[int, Ints]:
    """Class that may be alone -> classes it may see at or below the threshold; all others it does not see."""
    pairs: Pairs = {}
    left = able
    while left.size:
        point = group.solver().spread(NOTHING, left)
        group.points.add(point)
        together = left[np.abs(point[left] - 1) < CLOSE]
        if not together.size:  # lowered together none gets there, so the next one alone
            point = group.solver().extreme(int(left[0]), -1.0)
            together = left[:1]
        done = group.columns.size * (able.size - left.size) // able.size
        left = np.setdiff1d(left, together)
        if point[together[0]] <= 1 + CLOSE:
            tick = partial(told, "C", done, group.columns.size)
            _suppose(group, together, point, open_, threshold, pairs, tick)
    return _as_arrays(pairs)


def _as_arrays(pairs: Pairs) -> dict[int, Ints]:
    return {alone: np.array(sorted(seen), dtype=np.int64) for alone, seen in pairs.items() if seen}


def _suppose(
    group: Group,
    together: Ints,
    point: Floats,
    open_: Ints,
    threshold: int,
    pairs: Pairs,
    tick: Callable[[], None],
) -> None:
    """Add the pairs that stay in doubt among those who are alone `together` at `point`."""
    system = group.system
    low, high = system.low.copy(), system.high.copy()
    low[together] = high[together] = 1.0
    try:
        held = tightened(system.between(low, high))
        loose = np.flatnonzero(~settled(held))
        rest = held.without(settled(held))
        part = Group(loose, rest, Points(rest), group.room)
        if (np.abs(point[together] - 1) < CLOSE).all():
            part.points.add(np.clip(point[loose], rest.low, rest.high))
        elif loose.size:  # he is below 1 at that point: it shows nothing of who is 1
            part.points.add(part.solver().extreme(0, 1.0))
    except Contradiction:
        return  # nobody can be alone there; those together at a point are so in that table
    middle = part.solver().middle()
    if middle is not None:
        part.points.add(middle)
    asked = np.isin(loose, open_)

    def left(points: Points) -> Bools:
        found: Bools = asked & stuck(points.low, points.high, threshold)
        return found

    for size in SIZES:
        for _ in looked_into(part, lambda: np.flatnonzero(left(part.points)), size):
            tick()
    centre = held.low.copy()
    centre[loose] = part.points.centre()
    unsure = loose[left(part.points)]
    small = settled(held) & (held.high <= threshold + NEAR)
    for place in np.union1d(unsure, np.intersect1d(np.flatnonzero(small), open_)).tolist():
        for alone in culprits(group, place, together[together != place], centre, threshold):
            pairs.setdefault(alone, set()).add(place)
        tick()


def culprits(group: Group, place: int, together: Ints, centre: Floats, threshold: int) -> list[int]:
    """Who of those together may still see a class, after windows in which ever fewer of them are held at 1."""
    windows = group.neighbourhoods()
    fewer = windows.folded.fewer(centre)
    left = together
    for size in SIZES:
        chosen = windows.near(int(windows.folded.place[place]), size)
        view = _View(group, chosen, place, left[np.isin(windows.folded.place[left], chosen)], fewer)
        if view.moved(NOTHING, threshold):  # those outside of the window are 1 in all of this
            left = view.left(threshold)
        if not left.size:
            break
    return [int(one) for one in left]


class _View:
    """One class in a window, and between which values it was found where each of those in the window was 1."""

    def __init__(self, group: Group, chosen: Ints, place: int, alone: Ints, fewer: Floats) -> None:
        windows = group.neighbourhoods()
        self.alone, self._folded = alone, windows.folded
        self._programme = Programme(windows.inside(chosen, fewer), group.room)
        self._own, self._fewer = fewer[chosen], fewer
        self._at = int(np.searchsorted(chosen, self._folded.place[place]))
        self._place = place
        self._columns = np.searchsorted(chosen, self._folded.place[alone])
        now = self._value(place, fewer[chosen[self._at]])
        self.low, self.high = np.full(alone.size, now), np.full(alone.size, now)

    def _value(self, place: int | Ints, folded: float | Floats) -> Floats:
        return np.asarray(self._folded.offset[place] + self._folded.sign[place] * folded)

    def moved(self, held: Ints, threshold: int) -> bool:
        """Whether the class moves while these (places in `alone`) are held; whoever is 1 meanwhile is told of it."""
        columns = np.unique(self._columns[held]).tolist()
        seen = []
        try:
            for column in columns:
                self._programme.hold(column, float(self._own[column]))
            for way in (1.0, -1.0):
                point = self._programme.extreme(self._at, way)
                seen.append(float(self._value(self._place, point[self._at])))
                ones = np.abs(self._value(self.alone, point[self._columns]) - 1) < CLOSE
                self.low[ones] = np.minimum(self.low[ones], seen[-1])
                self.high[ones] = np.maximum(self.high[ones], seen[-1])
        except Contradiction:
            return False
        finally:
            for column in columns:
                self._programme.free(column)
        return not bool(stuck(min(seen), max(seen), threshold))

    def left(self, threshold: int) -> Ints:
        """Those who, held at 1 one by one, leave no movement."""
        for one in range(self.alone.size):
            if stuck(self.low[one], self.high[one], threshold):
                self.moved(np.array([one]), threshold)
        found: Ints = self.alone[stuck(self.low, self.high, threshold)]
        return found
