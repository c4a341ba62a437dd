"""Attackers A and B: the interval in which each hidden cell must lie, as far as it takes to call it wide enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .bounds import Contradiction, settled, tightened
from .group import Group, Told
from .integers import solutions
from .points import Points, width
from .published import Floats, Ints
from .searching import search
from .system import System, components


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
    rest = system.without(fixed)
    loose = np.flatnonzero(~fixed)
    groups, done = [], 0
    for columns in components(rest):
        group = _group(rest.part(columns), loose[columns], seeds, room)
        asked = wanted[group.columns]
        with group.named():
            for _ in search(group, asked):
                told(stage, done + int(np.sum(group.points.widths() >= asked)), loose.size)
        done += columns.size
        low[group.columns], high[group.columns] = group.points.low, group.points.high
        groups.append(group)
        told(stage, done, loose.size)
    return Ranges(system, low, high, groups)


def _group(system: System, columns: Ints, seeds: Seeds | None, room: float) -> Group:
    points = Points(system)
    if seeds is not None:
        for point in seeds.points[:, columns]:
            points.add(point)
        np.minimum(points.low, seeds.low[columns], out=points.low)
        np.maximum(points.high, seeds.high[columns], out=points.high)
    group = Group(columns, system, points, room)
    found = solutions(system)
    if found is not None:
        if not len(found):
            raise Contradiction(columns)
        points.add_all(found)
    return group
