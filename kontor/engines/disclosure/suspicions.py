"""What somebody must suspect who does not know the counts: a hidden class that can be 1 may be one person, who then
sees others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .attacker import TINY, Attacker, Reach
from .checks import Component, Leak
from .problem import Bools, Floats, Ints

NEAR = 1e-4
STRETCHED = 4.0
"""Points are stretched so many times at most."""
SPREADS = (-1.0, 1.0)
"""Programmes that move all classes that are still open down, and up."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """If `known` held one person, `cell` would have one value left: `told`, at most the threshold.

    rows: the equations that show it. conditions: classes that must be hidden for it, besides always hidden ones.
    """

    known: int
    cell: int
    told: float
    rows: Ints
    conditions: tuple[int, ...]

    @property
    def leak(self) -> Leak:
        return Leak(self.cell, self.rows, (self.known,), self.conditions)


class Suspicions:
    """The search in one component; its points spare most programmes."""

    def __init__(self, component: Component, threshold: float, *, suspected: bool = False) -> None:
        self.component, self.threshold, self.suspected = component, threshold, suspected
        far = 4 * float(component.value.max()) + 100
        self._low, self._high = -np.minimum(component.fall, far), np.minimum(component.rise, far)
        self._attacker = Attacker(component.equations)
        self._attacker.bound(self._low, self._high)
        self._points: list[Floats] = list(component.points)

    def found(self, *, once: bool = False) -> Iterator[list[Suspicion]]:
        """Per class that might be one person what it would tell; with `once` no class is told of twice.

        One person is supposed of classes that everybody can tell not to exceed the threshold, and where `suspected`
        of all that can be 1.
        """
        told: set[int] = set()
        for place in self._able().tolist():
            self.component.asked()
            shown = self._shown(place)
            if self.suspected or shown is not None:
                yield list(self._alone(place, shown, told if once else set()))

    def _able(self) -> Ints:
        part = self.component
        able = np.flatnonzero(part.judged & (part.value - part.fall <= 1 + NEAR))
        if not self.suspected:
            reached = part.value + part.points.max(axis=0, initial=0.0)
            able = able[reached[able] < self.threshold + 1 - NEAR]
        return able

    def _shown(self, place: int) -> Ints | None:
        """The equations that show everybody that the class does not exceed the threshold; None if nothing does."""
        if self.suspected:
            return None
        way = self._attacker.farthest(place, 1)
        if way is None or self.component.value[place] + way.point[place] >= self.threshold + 1 - NEAR:
            return None
        return way.rows

    def _alone(self, place: int, shown: Ints | None, told: set[int]) -> Iterator[Suspicion]:
        part = self.component
        held = 1.0 - float(part.value[place])
        way = self._attacker.farthest(place, _towards(held))
        if way is None or not _reaches(way.point[place], held):
            return
        self._attacker.bound_one(place, held, held)
        lowest, highest = self._seen(place, held, way.point)
        own = part.inside(place)
        for sign in SPREADS:
            waiting = self._one_left(lowest, highest, own)
            if waiting.size:
                cost = np.zeros(lowest.size)
                cost[waiting] = sign
                self._widen(self._attacker.spread(cost), lowest, highest)
        open_ = [other for other in self._one_left(lowest, highest, own).tolist() if other not in told]
        proofs = {other: self._determined(own, other, lowest, highest) for other in open_}
        self._attacker.bound_one(place, float(self._low[place]), float(self._high[place]))
        needed = (
            self._needed(place, held, way.point)
            if any(proof is not None for proof in proofs.values())
            else ()
        )
        for other, rows in proofs.items():
            if rows is not None:
                told.add(other)
                known, cell = int(part.cells[place]), int(part.cells[other])
                value = max(np.floor(part.value[other] + highest[other] + NEAR), 0.0)
                rows = part.rows[rows if shown is None else np.union1d(rows, shown)]
                yield Suspicion(known, cell, float(value), rows, (known, cell, *needed))

    def _seen(self, place: int, held: float, point: Floats) -> tuple[Floats, Floats]:
        """Between which deviations the classes can be while this one holds one person, by the points known so far:
        those where it does, and the others stretched from one of them if they leave it alone.
        """
        start = point * (held / point[place]) if held else np.zeros(point.size)
        points = np.array(self._points).reshape(-1, point.size)
        there = points[np.abs(points[:, place] - held) < TINY]
        ways = points[points[:, place] == 0]
        room = np.full(ways.shape, STRETCHED)
        np.divide((self._low - start)[None, :], ways, out=room, where=ways < -TINY)
        np.divide((self._high - start)[None, :], ways, out=room, where=ways > TINY)
        moved = start + ways * np.clip(room.min(axis=1, initial=STRETCHED), 0.0, STRETCHED)[:, None]
        both = np.vstack([start, there, moved])
        return both.min(axis=0), both.max(axis=0)

    def _needed(self, place: int, held: float, point: Floats) -> tuple[int, ...]:
        """The classes that must be hidden so that the class can be 1: none, or those that move at the point.

        A class known to lie between 1 and the threshold can be 1 in any case if its interval must be that wide.
        """
        part, always = self.component, self.component.always
        if not self.suspected and part.width[place] >= self.threshold - 1:
            return ()
        self._attacker.bound(np.where(always, self._low, 0.0), np.where(always, self._high, 0.0))
        way = self._attacker.farthest(place, _towards(held))
        self._attacker.bound(self._low, self._high)
        if way is not None and _reaches(way.point[place], held):
            return ()
        return tuple(part.cells[(np.abs(point) > TINY) & ~always].tolist())

    def _determined(self, own: Bools, other: int, lowest: Floats, highest: Floats) -> Ints | None:
        """The equations that show that the class has one value left; None if it has more."""
        proofs = []
        for direction in (1, -1):
            if other not in self._one_left(lowest, highest, own):
                return None
            self.component.asked()
            way = self._attacker.farthest(other, direction)
            self._widen(way, lowest, highest)
            proofs.append(np.arange(self.component.rows.size) if way is None else way.rows)
        return np.unique(np.concatenate(proofs)) if other in self._one_left(lowest, highest, own) else None

    def _one_left(self, lowest: Floats, highest: Floats, own: Bools) -> Ints:
        """The judged classes with one value left, at most the threshold, but for what one knows from himself."""
        value = self.component.value
        top, bottom = np.floor(value + highest + NEAR), np.ceil(value + lowest - NEAR)
        one = self.component.judged & (top - bottom <= 0) & (top <= self.threshold)
        return np.flatnonzero(one & ~own)

    def _widen(self, way: Reach | None, lowest: Floats, highest: Floats) -> None:
        if way is not None:
            self._points.append(way.point)
            np.minimum(lowest, way.point, out=lowest)
            np.maximum(highest, way.point, out=highest)


def _towards(held: float) -> int:
    """Up only from a hidden zero."""
    return 1 if held > 0 else -1


def _reaches(way: float, held: float) -> bool:
    return bool(way >= held - NEAR if held > 0 else way <= held + NEAR)
