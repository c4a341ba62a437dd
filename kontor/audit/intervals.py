"""Attackers A and B: the interval in which each hidden cell must lie, as far as it takes to call it wide enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .bounds import settled, tightened
from .integers import solutions
from .points import Points, width
from .programme import Programme
from .published import Bools, Floats, Ints
from .system import CLOSE, System, components

Told = Callable[[str, int, int], None]


FEW = 4  # classes that are searched one by one at once


@dataclass(slots=True)
class Group:
    """Classes tied together: `columns` of the whole system, their own system, and the points found so far."""

    columns: Ints
    system: System
    points: Points
    room: float
    programme: Programme | None = None

    def solver(self) -> Programme:
        """The group's linear programme, made when it is first needed."""
        if self.programme is None:
            self.programme = Programme(self.system, self.room)
        return self.programme


@dataclass(frozen=True, slots=True)
class Ranges:
    """low and high hold the true extremes where a class is narrow, elsewhere extremes that prove it wide enough."""

    system: System
    low: Floats
    high: Floats
    groups: list[Group]

    @property
    def widths(self) -> Floats:
        """Of a count the number of whole numbers in the interval, less one."""
        return width(self.low, self.high, self.system.counts)


class Seeds(Protocol):
    """What is proven before: per class the extremes reached, and some points, one per row."""

    @property
    def low(self) -> Floats: ...
    @property
    def high(self) -> Floats: ...
    @property
    def points(self) -> Floats: ...


def ranges(
    system: System, wanted: Floats, seeds: Seeds | None, room: float, told: Told, stage: str
) -> Ranges:
    """How far each class can move, searched until it is known to be `wanted` wide or its extremes are exact.

    `wanted` is 0 or less for classes that nobody asks about; `room`: how far a class is lifted when many are at
    once. Raises Contradiction.
    """
    system = tightened(system)
    low, high = system.low.copy(), system.high.copy()
    fixed = settled(system)
    rest = _without(system, fixed)
    loose = np.flatnonzero(~fixed)
    groups, done = [], 0
    for columns in components(rest):
        group = _group(rest.part(columns), loose[columns], seeds, room)
        asked = wanted[group.columns]
        for _ in _search(group, asked):
            told(stage, done + int(np.sum(group.points.widths() >= asked)), loose.size)
        done += columns.size
        low[group.columns], high[group.columns] = group.points.low, group.points.high
        groups.append(group)
        told(stage, done, loose.size)
    return Ranges(system, low, high, groups)


def _without(system: System, fixed: Bools) -> System:
    """The system of the classes that are not settled yet; settled ones move to the right side."""
    constant = system.matrix @ np.where(fixed, system.low, 0.0)
    matrix = system.matrix[:, np.flatnonzero(~fixed)]
    return System(
        matrix,
        system.least - constant,
        system.most - constant,
        system.low[~fixed],
        system.high[~fixed],
        system.judged[~fixed],
        system.counts[~fixed],
    )


def _group(system: System, columns: Ints, seeds: Seeds | None, room: float) -> Group:
    points = Points(system)
    if seeds is not None:
        for point in seeds.points[:, columns]:
            points.add(point)
        np.minimum(points.low, seeds.low[columns], out=points.low)
        np.maximum(points.high, seeds.high[columns], out=points.high)
    group = Group(columns, system, points, room)
    found = solutions(system)
    if found is not None and len(found):
        points.add_all(found)
    return group


def _search(group: Group, asked: Floats) -> Iterator[None]:
    """Programmes until every class is as wide as asked, or its extremes are known."""
    points = group.points
    if points.complete:
        return
    left = _narrow(points, asked)
    if not left.size:
        return
    programme, nothing = group.solver(), np.zeros(0, dtype=np.int64)
    while left.size > FEW:
        for up, down in ((left, nothing), (nothing, left)):
            points.add(programme.spread(up, down))
            yield
        before, left = left.size, _narrow(points, asked)
        if left.size > 0.9 * before:
            break
    for column in left:
        for sign in (1.0, -1.0):
            if column in _narrow(points, asked):
                points.add(programme.extreme(int(column), sign))
        yield


def _narrow(points: Points, asked: Floats) -> Ints:
    """The classes that have not yet been seen to be as wide as asked."""
    return np.flatnonzero((asked > 0) & (points.widths() < asked * (1 - CLOSE)))
