"""How far the classes of one group can move: programmes over all of it where it is small, over windows where it is large."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np

from .bounds import Contradiction
from .group import Group
from .points import width
from .programme import Programme
from .published import Floats, Ints
from .system import CLOSE

FEW = 4  # classes that are searched one by one at once
SMALL = 1_000  # classes of a group that needs no windows
SIZES = (700, 2_000)  # classes of a window
OUTSIDE = (300, 2_000)  # entries of the equations that are kept
NOTHING: Ints = np.zeros(0, dtype=np.int64)


def search(group: Group, asked: Floats) -> Iterator[None]:
    """Until every class is as wide as asked, or its extremes are known; yields now and then.

    That a class is too narrow is only ever said on a proof over all equations, or over some, which leave more room.
    """
    if group.points.complete or not group.narrow(asked).size:
        return
    known = NOTHING
    if group.columns.size <= SMALL:
        yield from _spread(group, asked)
    else:
        yield from _first_points(group, asked)
        for size in SIZES:
            yield from looked_into(group, lambda: group.narrow(asked), size)
        known = yield from _outside(group, asked)
    points = group.points
    for column in np.setdiff1d(group.narrow(asked), known):
        for sign in (1.0, -1.0):
            if column in group.narrow(asked):
                points.add(group.solver().extreme(int(column), sign))
        yield


def _first_points(group: Group, asked: Floats) -> Iterator[None]:
    """Points of a large group whose centre leaves room on all sides: one from within, and two with most classes moved."""
    known = len(group.points.table()) > 0
    middle = group.solver().middle()
    if middle is not None:
        group.points.add(middle)
        yield
    if known:
        return
    left = group.narrow(asked)
    for up, down in ((left, NOTHING), (NOTHING, left)):
        group.points.add(group.solver().spread(up, down))
        yield


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


def looked_into(group: Group, left: Callable[[], Ints], size: int) -> Iterator[None]:
    """Windows around the classes that are left, all else held at the centre of the points so far."""
    windows = group.neighbourhoods()
    centre = windows.folded.fewer(group.points.centre())
    for column in left().tolist():
        now = left()
        if column not in now:
            continue
        chosen = windows.near(int(windows.folded.place[column]), size)
        members, of = windows.members(chosen)
        programme = Programme(windows.inside(chosen, centre), group.room)
        here = np.unique(of[np.isin(members, now)])
        place = int(np.searchsorted(chosen, windows.folded.place[column]))
        for point in _moved(programme, here, place):
            values = windows.folded.offset[members] + windows.folded.sign[members] * point[of]
            group.points.widen(members, values, values)
            if column not in left():
                break
        yield


def _moved(programme: Programme, here: Ints, place: int) -> Iterator[Floats]:
    """Points of a window: those that are left in it lifted, lowered, then the one in question alone."""
    try:
        yield programme.spread(here, NOTHING)
        yield programme.spread(NOTHING, here)
        yield programme.extreme(place, 1.0)
        yield programme.extreme(place, -1.0)
    except Contradiction:
        return  # the solver gave up; the whole will be asked


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
