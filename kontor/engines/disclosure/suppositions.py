"""What an auditor must suspect who does not know the counts: hidden cells that can be 1 may be one person."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .attacker import TINY, Attacker, Reach
from .checks import Component, Leak
from .problem import Floats, Ints

NEAR = 1e-4
EXHAUSTIVE = 40
"""In larger components only classes that move in proportion are looked at, not those that bounds alone tie."""


def suppositions(
    component: Component, threshold: float, exhaustive: int = EXHAUSTIVE, *, suspected: bool = False
) -> Iterator[Leak]:
    """Leaks of this kind: if class `known` held one person, `cell` would have one value left, at most `threshold`.

    Supposed of classes that everybody can tell to be small, and where `suspected` of all that can be 1.
    """
    able = np.flatnonzero((component.value - component.fall <= 1 + NEAR) & ~component.gone)
    if not suspected:
        able = able[
            component.value[able] + component.points.max(axis=0, initial=0.0)[able] <= threshold + NEAR
        ]
    elif component.cells.size > exhaustive:
        able = np.intersect1d(able, _proportional(component.points))
    if able.size:
        search = _Search(component, threshold)
        for place in able:
            if suspected or search.small(int(place)):
                yield from search.alone(int(place))


def _proportional(points: Floats) -> Ints:
    """Classes that move in proportion to another one in all points."""
    if not points.shape[0]:
        return np.arange(points.shape[1])
    scaled = points.copy()
    first = np.argmax(scaled != 0, axis=0)
    lead = scaled[first, np.arange(scaled.shape[1])]
    scaled /= np.where(lead == 0, 1.0, lead)
    _, group, count = np.unique(np.round(scaled + 0.0, 6), axis=1, return_inverse=True, return_counts=True)
    return np.flatnonzero((count[group.ravel()] > 1) & (lead != 0))


class _Search:
    def __init__(self, component: Component, threshold: float) -> None:
        self.component, self.threshold = component, threshold
        far = 4 * float(component.value.max()) + 100
        self.low = np.where(component.gone, 0.0, -np.minimum(component.fall, far))
        self.high = np.where(component.gone, 0.0, np.minimum(component.rise, far))
        self.attacker = Attacker(component.equations)
        self.attacker.bound(self.low, self.high)

    def small(self, place: int) -> bool:
        """Whether everybody can tell that the class does not exceed the threshold."""
        way = self.attacker.farthest(place, 1)
        return way is not None and bool(
            self.component.value[place] + way.point[place] <= self.threshold + NEAR
        )

    def alone(self, place: int) -> Iterator[Leak]:
        """What is determined if the class holds one person."""
        held = 1.0 - float(self.component.value[place])
        way = self.attacker.farthest(place, -1)
        if way is None or way.point[place] > held + NEAR:
            return
        self.attacker.bound_one(place, held, held)
        lowest, highest = way.point.copy(), way.point.copy()
        waiting = self._open(lowest, highest, place)
        for sign in (-1.0, 1.0):
            if waiting.size:
                cost = np.zeros(lowest.size)
                cost[waiting] = sign
                _widen(self.attacker.spread(cost), lowest, highest)
                waiting = self._open(lowest, highest, place)
        for other in waiting:
            yield from self._determined(place, int(other), way.point, lowest, highest)
        self.attacker.bound_one(place, float(self.low[place]), float(self.high[place]))

    def _determined(
        self, place: int, other: int, point: Floats, lowest: Floats, highest: Floats
    ) -> Iterator[Leak]:
        proofs = []
        for direction in (1, -1):
            way = self.attacker.farthest(other, direction)
            _widen(way, lowest, highest)
            if way is None or other not in self._open(lowest, highest, place):
                return
            proofs.append(way.rows)
        component = self.component
        moving = np.union1d(np.flatnonzero(np.abs(point) > TINY), [place, other])
        rows = component.rows[np.unique(np.concatenate(proofs))]
        names = tuple(component.cells[moving].tolist())
        yield Leak(int(component.cells[other]), rows, (int(component.cells[place]),), names)

    def _open(self, lowest: Floats, highest: Floats, place: int) -> Ints:
        value = self.component.value
        top, bottom = np.floor(value + highest + NEAR), np.ceil(value + lowest - NEAR)
        stuck = (top - bottom <= 0) & (top <= self.threshold) & ~self.component.gone
        stuck[place] = False
        return np.flatnonzero(stuck)


def _widen(way: Reach | None, lowest: Floats, highest: Floats) -> None:
    if way is not None:
        np.minimum(lowest, way.point, out=lowest)
        np.maximum(highest, way.point, out=highest)
