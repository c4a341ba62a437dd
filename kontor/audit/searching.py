"""How far the classes of one group can move: programmes over all of it where it is small, over windows where it is large."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from .group import Group
from .points import width
from .programme import Programme
from .published import Floats, Ints
from .system import CLOSE, open_classes
from .windows import NOTHING

FEW = 4  # classes that are searched one by one at once
MANY = 100  # classes that are sooner searched in windows than by a further programme over all
SIZES = (400, 1_500)  # classes of a window; a larger one takes as long as a programme over all
ROUNDS = 24  # of points with very many classes moved at once
IDLE = 0.15  # share of the classes that are left a round must show to be wide, or windows are the better way
OUTSIDE = (300, 2_000)  # entries of the equations that are kept
SEED = 20261123  # of what is moved which way; any will do


def search(group: Group, asked: Floats) -> Iterator[None]:
    """Until every class is as wide as asked, or its extremes are known; yields now and then.

    That a class is too narrow is only ever said on a proof over all equations, or over some, which leave more room.
    """
    if group.points.complete or not group.narrow(asked).size:
        return
    known = NOTHING
    if group.large:
        yield from _first_points(group, asked)
        for size in SIZES:
            yield from _widened(group, asked, size)
        known = yield from _outside(group, asked)
    else:
        yield from _spread(group, asked)
    points = group.points
    for column in np.setdiff1d(group.narrow(asked), known):
        for sign in (1.0, -1.0):
            if column in group.narrow(asked):
                points.add(group.solver().extreme(int(column), sign))
        yield


def _first_points(group: Group, asked: Floats) -> Iterator[None]:
    """Whole points until few classes are left, or hardly any gets wide by another one."""
    group.points.add(group.start())
    yield
    random, before, turns = np.random.default_rng(SEED), np.inf, np.ones(group.columns.size)
    for _ in range(ROUNDS):
        need = _needs(group, asked)
        if not MANY < need.size <= (1 - IDLE) * before:
            break
        before = need.size
        group.points.add(group.solver().spread(*_ways(group, asked, need, random), worth=turns))
        turns[need] += 1  # whose turn did not come counts more in the next
        yield


def _needs(group: Group, asked: Floats) -> Ints:
    """The classes that are left, and small counts not yet seen above their threshold, though nothing forbids it: up there
    nobody takes them for one person."""
    system, high = group.system, group.points.high
    small = open_classes(system) & (high <= system.small + CLOSE) & (system.high > system.small + CLOSE)
    return np.union1d(group.narrow(asked), np.flatnonzero(small))


def _ways(
    group: Group, asked: Floats, need: Ints, random: np.random.Generator
) -> tuple[Ints, Ints, Floats, Ints]:
    """Which classes to lift, which to lower so that they get wide, up to which values to lift, and what is 1 meanwhile.

    Half of those that cannot be more than small stay one person meanwhile: that tells of what he may see.
    """
    system, points = group.system, group.points
    low, high = np.ceil(points.low[need] - CLOSE), np.floor(points.high[need] + CLOSE)
    rising = open_classes(system)[need] & (points.high[need] <= system.small[need] + CLOSE)
    goals = np.where(rising, np.floor(system.small[need]) + 1, low + asked[need])
    above = goals <= system.high[need] + CLOSE
    below = high - asked[need] >= system.low[need] - CLOSE
    down = below & ~(rising & above) & (~above | (random.random(need.size) < 0.5))
    single = np.flatnonzero(open_classes(system) & (system.low <= 1) & (system.high <= system.small + CLOSE))
    single = np.setdiff1d(single[random.random(single.size) < 0.5], need)
    return need[~down], need[down], goals[~down], single


def _spread(group: Group, asked: Floats) -> Iterator[None]:
    """Lift all classes that are left, then lower them: two programmes show most to be wide."""
    left = group.narrow(asked)
    while left.size > FEW:
        for up, down in ((left, NOTHING), (NOTHING, left)):
            group.points.add(group.solver().spread(up, down))
            yield
        before, left = left.size, group.narrow(asked)
        if left.size > 0.9 * before:
            break


def _widened(group: Group, asked: Floats, size: int) -> Iterator[None]:
    """Short ways from the base for the classes that are left, up as far as asked, then down."""
    points, counts, system = group.points, group.system.counts, group.system
    for column in group.narrow(asked).tolist():
        for way in (1.0, -1.0):
            low, high = points.low[column], points.high[column]
            if counts[column]:
                low, high = np.ceil(low - CLOSE), np.floor(high + CLOSE)
            goal = min(low + asked[column], system.high[column])
            if way < 0:
                goal = max(high - asked[column], system.low[column])
            known = low - CLOSE <= goal <= high + CLOSE
            if not known and high - low < asked[column] * (1 - CLOSE):
                pushed(group, column, way, goal, size)
        yield


def pushed(group: Group, column: int, way: float, goal: float, size: int) -> None:
    """One class moved towards a value, from the base by a short way in a window; what moves with it is noted."""
    routes, folded = group.routes(), group.neighbourhoods().folded
    first, place, sign = group.start(), int(folded.place[column]), float(folded.sign[column])
    far = (goal - first[column]) * way
    if far <= 0:
        return
    chosen, change = routes.route(folded.fewer(first), place, way * sign, far, size)
    members, of = routes.windows.members(chosen)
    values = first[members] + folded.sign[members] * change[of]
    group.points.widen(members, values, values)


def _outside(group: Group, asked: Floats) -> Generator[None, None, Ints]:
    """The classes that are left whose extremes are known: a part of the equations leaves no more than was found."""
    known: list[int] = []
    for column in group.narrow(asked).tolist():
        for size in OUTSIDE:
            if _bounded(group, column, size):
                known.append(column)
                break
        yield
    return np.array(known, dtype=np.int64)


def _bounded(group: Group, column: int, size: int) -> bool:
    """Whether some of the equations leave no more than was found."""
    windows = group.neighbourhoods()
    folded = windows.folded
    chosen, system = windows.outside(int(folded.place[column]), size)
    programme, place = Programme(system, group.room), int(np.searchsorted(chosen, folded.place[column]))
    ends = [programme.extreme(place, sign)[place] for sign in (1.0, -1.0)]
    low, high = np.sort(folded.offset[column] + folded.sign[column] * np.array(ends))
    points, one = group.points, np.array([column])
    counts = group.system.counts[one]
    most = width(np.array([low]), np.array([high]), counts)
    tiny = np.where(counts, 0.0, CLOSE * max(1.0, abs(high)))
    return bool(most[0] <= width(points.low[one], points.high[one], counts)[0] + tiny[0])
