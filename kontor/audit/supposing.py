"""Attacker C in large groups: what still moves while somebody who may be alone is, found by short ways in windows.

Every point found holds for the whole: a short way changes a few classes of a possible point, the base, and two ways that
leave no class beyond its bounds can be gone together. What is far from somebody keeps moving, whether he is alone or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array

from .bounds import Contradiction
from .group import Group, Told
from .points import NEAR, stuck
from .programme import Programme
from .published import Bools, Floats, Ints
from .system import CLOSE, open_classes
from .windows import NOTHING

SIZES = (400, 1_500, 3_000)  # classes of a window
WIDEST = 6_000  # the same for who reaches 1 in no other
PULLS = (1.0, 0.5, 0.2)  # how far the other bases lie from the first one; nearer ones leave more room


@dataclass(slots=True)
class Held:
    """Somebody knows the classes that follow from the places `held`. at, by: a change of the first base to a point at
    which they have their values. left: classes in doubt; low, high: between which values each of them was found meanwhile.
    """

    held: Ints
    at: Ints
    by: Floats
    left: Ints
    low: Floats
    high: Floats

    def keep(self, kept: Bools) -> None:
        """Forget the others."""
        self.left, self.low, self.high = self.left[kept], self.low[kept], self.high[kept]


def supposed(group: Group, able: Ints, told: Told) -> dict[int, Ints]:
    """Class that may be alone -> classes it may see as small counts; all others it does not see."""
    supposing = Supposing(group)
    size, parts = group.columns.size, 2 * max(1, able.size)
    supposing.prepare()
    suspects, found = {}, {}
    for number, place in enumerate(able.tolist()):
        suspects[place] = supposing.alone(place)
        told("C", size * number // parts, size)
    supposing.go_round([one for one in suspects.values() if one is not None])
    unmoved = supposing.unmoved(able)
    for number, (place, held) in enumerate(suspects.items()):
        left = supposing.others(place) if held is None else supposing.looked(held)
        left = np.union1d(left, [other for other, seers in unmoved.items() if place in seers]).astype(
            np.int64
        )
        if left.size:
            found[place] = left
        told("C", size * (able.size + number) // parts, size)
    return found


class Supposing:
    """The bases of a group, and short ways from the first one for all that does not move between them."""

    def __init__(self, group: Group) -> None:
        self.group, self.routes = group, group.routes()
        self.folded = group.neighbourhoods().folded
        self.system = self.folded.system
        self.bases = [self.folded.fewer(base) for base in group.bases()]
        bases = np.array(group.bases())
        self.low, self.high = bases.min(axis=0), bases.max(axis=0)
        points, self.small = group.points, group.system.small
        told_anyway = stuck(points.low, points.high, self.small)
        self.open: Bools = open_classes(group.system) & ~told_anyway
        self.hard = np.flatnonzero(self.open & self._stuck(self.low, self.high))
        self.ways, self.needs = csc_array((0, self.system.size)), csr_array((self.hard.size, 0))
        self.helpless: Bools = np.ones(self.hard.size, dtype=bool)

    def others(self, place: int) -> Ints:
        """All classes that somebody could see."""
        others = self.open.copy()
        others[place] = False
        return np.flatnonzero(others)

    def _stuck(self, low: Floats, high: Floats, places: Ints | slice = slice(None)) -> Bools:
        found: Bools = stuck(low, high, self.small[places])
        return found

    def prepare(self) -> None:
        """Short ways for the classes that need one and have none yet; then which ones each of them needs."""
        self._read()
        for size in SIZES:
            for column in self.hard[self.helpless].tolist():
                self._find(column, size)
            self._read()

    def _find(self, column: int, size: int, held: Ints = NOTHING) -> None:
        """Short ways for a class while those in `held` stay, up, and down if that does not suffice."""
        low, high = self.low[column], self.high[column]
        place, sign, first = int(self.folded.place[column]), float(self.folded.sign[column]), self.bases[0]
        here = float(self.group.bases()[0][column])
        for way in (1.0, -1.0):
            far = (_goal(low, high, self.small[column], way) - here) * way
            chosen, change = self.routes.route(first, place, way * sign, max(far, 0.0), size, held)
            self.group.moves.add(chosen, change)
            value = here + sign * float(change[np.searchsorted(chosen, place)])
            low, high = min(low, value), max(high, value)
            if not stuck(low, high, self.small[column]):
                return

    def _read(self) -> None:
        table = self.group.moves.table()
        lengths = np.diff(table.indptr)
        self.ways = csc_array(table)
        needed = []
        for column in self.hard.tolist():
            place = self.folded.place[column]
            part = slice(self.ways.indptr[place], self.ways.indptr[place + 1])
            values = self.group.bases()[0][column] + self.folded.sign[column] * self.ways.data[part]
            rows = self.ways.indices[part]
            needed.append(rows[self._enough(column, values, lengths[rows])].astype(np.int64))
        starts = np.concatenate([[0], np.cumsum([one.size for one in needed])]).astype(np.int64)
        at = np.concatenate([NOTHING, *needed])
        self.needs = csr_array((np.ones(at.size), at, starts), shape=(self.hard.size, table.shape[0]))
        self.helpless = np.diff(starts) == 0

    def _enough(self, column: int, values: Floats, lengths: Ints) -> Ints:
        """The shortest way to one of these values after which the class is no longer stuck, or two; none if none do."""
        if not values.size:
            return NOTHING
        low, high, small = self.low[column], self.high[column], self.small[column]
        alone = np.flatnonzero(~stuck(np.minimum(values, low), np.maximum(values, high), small))
        if alone.size:
            return alone[[np.argmin(lengths[alone])]]
        both = np.array([np.argmin(values), np.argmax(values)])
        return NOTHING if stuck(values[both[0]], values[both[1]], small) else both

    def alone(self, place: int) -> Held | None:
        """Every base with the class at 1 by a short way, and what is then in doubt; None where one has no such way.

        Classes that have no way of their own are left out, see `unmoved`.
        """
        at = int(self.folded.place[place])
        first = self._at_one(place, self.bases[0], (*SIZES, WIDEST))
        if first is None:
            nobody = self.group.solver().extreme(place, -1.0)[place] > 1 + NEAR
            return (
                Held(np.array([at]), NOTHING, np.zeros(0), NOTHING, np.zeros(0), np.zeros(0))
                if nobody
                else None
            )
        starts, ends, pulled = [self.bases[0]], [first], False
        for base in self.bases[1:]:
            for pull in PULLS:
                start = self.bases[0] + pull * (base - self.bases[0])
                end = self._at_one(place, start, SIZES)
                if end is not None:
                    starts.append(start)
                    ends.append(end)
                    break
            pulled |= end is None or pull < 1
        touched: Bools = np.abs(np.array(ends) - np.array(starts)).max(axis=0) > CLOSE
        low, high = self._between(ends, self.folded.place) if pulled else self._changed(ends, touched)
        changed = np.flatnonzero(np.abs(first - self.bases[0]) > CLOSE)
        held = Held(np.array([at]), changed, (first - self.bases[0])[changed], NOTHING, low, high)
        barred = self._barred(held)
        doubtful = self.open & self._stuck(low, high)
        if not pulled:  # then what is far from him moves by its own way
            near = touched[self.folded.place]
            far_off = np.zeros(near.size, dtype=bool)
            far_off[self.hard[self.needs @ barred > 0]] = True
            doubtful &= near | far_off
        doubtful[place] = False
        doubtful[self.hard[self.helpless]] = False
        held.left = np.flatnonzero(doubtful)
        held.low, held.high = low[held.left], high[held.left]
        self._go(held, barred)
        return held

    def _at_one(self, place: int, base: Floats, sizes: Iterable[int]) -> Floats | None:
        """A base with the class at 1 by a short way."""
        at, sign = int(self.folded.place[place]), float(self.folded.sign[place])
        far = (1.0 - float(self.folded.offset[place] + sign * base[at])) * sign
        for size in sizes:
            chosen, change = self.routes.route(base, at, np.sign(far) or 1.0, abs(far), size)
            if abs(change[np.searchsorted(chosen, at)] - far) < CLOSE:
                end = base.copy()
                end[chosen] += change
                return end
        return None

    def _changed(self, ends: list[Floats], touched: Bools) -> tuple[Floats, Floats]:
        """Between which values all classes are at these points, which differ from the bases in what they touched."""
        low, high = self.low.copy(), self.high.copy()
        members, _ = self.routes.windows.members(np.flatnonzero(touched))
        low[members], high[members] = self._between(ends, self.folded.place[members], members)
        return low, high

    def _between(
        self, ends: list[Floats], places: Ints, members: Ints | slice = slice(None)
    ) -> tuple[Floats, Floats]:
        values = self.folded.offset[members] + self.folded.sign[members] * np.array(ends)[:, places]
        return values.min(axis=0), values.max(axis=0)

    def go_round(self, suspects: list[Held]) -> None:
        """Further ways from the first base for what is in doubt, past all at once who leave it in doubt."""
        seers: dict[int, list[int]] = {}
        for held in suspects:
            for place in held.left.tolist():
                seers.setdefault(place, []).extend(held.held.tolist())
        for place, by in seers.items():
            self._find(place, SIZES[0], np.unique(by))
        self._read()
        for held in suspects:
            self._go(held, self._barred(held))

    def _go(self, held: Held, barred: Bools) -> None:
        """The classes in doubt moved by each of the ways that can be gone."""
        base = self._base(held)
        for number, place in enumerate(held.left.tolist()):
            at = self.folded.place[place]
            part = slice(self.ways.indptr[at], self.ways.indptr[at + 1])
            by = self.ways.data[part][~barred[self.ways.indices[part]]]
            if by.size:
                values = self.folded.offset[place] + self.folded.sign[place] * (base[at] + by)
                held.low[number] = min(held.low[number], values.min())
                held.high[number] = max(held.high[number], values.max())
        held.keep(self._stuck(held.low, held.high, held.left))

    def _base(self, held: Held) -> Floats:
        base = self.bases[0].copy()
        base[held.at] += held.by
        return base

    def _barred(self, held: Held) -> Bools:
        """The ways that cannot be gone from his point, or that move what he knows."""
        barred = np.zeros(self.ways.shape[0], dtype=bool)
        places = np.union1d(held.at, held.held)
        part = csc_array(self.ways[:, places]).tocoo()
        columns = places[part.coords[1]]
        after = self._base(held)[columns] + part.data
        out = (after < self.system.low[columns] - CLOSE) | (after > self.system.high[columns] + CLOSE)
        barred[part.coords[0][out | np.isin(columns, held.held)]] = True
        return barred

    def looked(self, held: Held) -> Ints:
        """The classes that stay in doubt after short ways for each that is left, from his own point."""
        base = self._base(held)
        low, high = np.full(self.small.size, np.inf), np.full(self.small.size, -np.inf)
        low[held.left], high[held.left] = held.low, held.high
        left = held.left
        for size in SIZES:
            for place in left.tolist():
                for way in (1.0, -1.0):
                    if stuck(low[place], high[place], self.small[place]):
                        self._look(held, base, low, high, place, way, size)
            left = left[self._stuck(low[left], high[left], left)]
        return left

    def _note(self, chosen: Ints, values: Floats, low: Floats, high: Floats) -> None:
        members, of = self.routes.windows.members(chosen)
        seen = self.folded.offset[members] + self.folded.sign[members] * values[of]
        low[members] = np.minimum(low[members], seen)
        high[members] = np.maximum(high[members], seen)

    def _look(
        self, held: Held, base: Floats, low: Floats, high: Floats, place: int, way: float, size: int
    ) -> None:
        at, sign = int(self.folded.place[place]), float(self.folded.sign[place])
        here = float(self.folded.offset[place] + sign * base[at])
        far = (_goal(low[place], high[place], self.small[place], way) - here) * way
        chosen, change = self.routes.route(base, at, way * sign, max(far, 0.0), size, held.held)
        self._note(chosen, base[chosen] + change, low, high)

    def unmoved(self, able: Ints) -> dict[int, set[int]]:
        """Class without a way of its own -> who may see it, by programmes over the whole group in which as many as
        possible are 1 at once."""
        seers: dict[int, set[int]] = {place: set() for place in self.hard[self.helpless].tolist()}
        solver, waiting = self.group.solver(), able
        while waiting.size and seers:
            point = solver.spread(NOTHING, waiting)
            together = waiting[np.abs(point[waiting] - 1) < CLOSE]
            if not together.size:
                break
            stay = [place for place in seers if self._stays(solver, place, together, point)]
            for place in stay:
                seers[place].update(together.tolist())
            waiting = np.setdiff1d(waiting, together)
        for place, seen in seers.items():
            seen.update(waiting.tolist())
            seen.discard(place)
        return seers

    def _stays(self, solver: Programme, place: int, together: Ints, point: Floats) -> bool:
        """Whether a class stays stuck while all of these are 1, as they are at `point`."""
        values = [point[place]]
        try:
            for one in together.tolist():
                solver.hold(one, 1.0)
            for way in (1.0, -1.0):
                if stuck(min(values), max(values), self.small[place]):
                    values.append(solver.extreme(place, way)[place])
        except Contradiction:
            return True  # the solver gave up; each of them will be asked
        finally:
            for one in together.tolist():
                solver.free(one)
        return bool(stuck(min(values), max(values), self.small[place]))


def _goal(low: float, high: float, small: float, way: float) -> float:
    """The nearest value in one direction at which a class is no longer stuck."""
    if way > 0:
        return float(min(np.floor(small) + 1, np.ceil(low - NEAR) + 1))
    return float(np.floor(high + NEAR) - 1)
