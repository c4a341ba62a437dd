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
MANY = 60  # the same in groups that are searched by windows
SMALL = 4_000  # classes of a group that needs no windows
SIZES = (400, 1_500)  # classes of a window
PUSHED = 0.9  # how far from the centre the other bases go towards what was lifted and lowered
OUTSIDE = (300, 2_000)  # entries of the equations that are kept
SUSPECT = (
    50.0  # what it costs more to move those who may be alone: what moves without them tells them nothing
)


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
        _spare_suspects(group)
        for size in SIZES:
            yield from _widened(group, asked, size)
        yield from _spread(group, asked)
        known = yield from _outside(group, asked)
    points = group.points
    for column in np.setdiff1d(group.narrow(asked), known):
        for sign in (1.0, -1.0):
            if column in group.narrow(asked):
                points.add(group.solver().extreme(int(column), sign))
        yield


def _first_points(group: Group, asked: Floats) -> Iterator[None]:
    """Bases for windows: a centre with room on all sides, and what is left of it with most classes moved one way.

    Where the office has told a point, that one.
    """
    if group.starts:
        return
    middle = group.solver().middle()
    if middle is not None:
        group.points.add(middle)
        yield
    left, moved = group.narrow(asked), []
    for up, down in ((left, NOTHING), (NOTHING, left)):
        moved.append(group.solver().spread(up, down))
        group.points.add(moved[-1])
        yield
    centre = group.bases()[0]
    group.starts += [PUSHED * point + (1 - PUSHED) * centre for point in moved]


def _spread(group: Group, asked: Floats) -> Iterator[None]:
    """Lift all classes that are left, then lower them: two programmes show most to be wide."""
    left = group.narrow(asked)
    few = FEW if group.columns.size <= SMALL else MANY
    while left.size > few:
        for up, down in ((left, NOTHING), (NOTHING, left)):
            group.points.add(group.solver().spread(up, down))
            yield
        before, left = left.size, group.narrow(asked)
        if left.size > (0.9 if few == FEW else 0.5) * before:
            break


def _spare_suspects(group: Group) -> None:
    """Short ways shall go round the classes that may be one person and have not been seen to be more than a few."""
    system, routes = group.system, group.routes()
    suspect = open_classes(system) & (system.low <= 1) & (group.points.high <= system.small + CLOSE)
    np.maximum.at(routes.dear, routes.windows.folded.place, np.where(suspect, SUSPECT, 0.0))


def _widened(group: Group, asked: Floats, size: int) -> Iterator[None]:
    """Short ways from the first base for the classes that are left, up as far as asked, then down."""
    points, counts = group.points, group.system.counts
    for column in group.narrow(asked).tolist():
        for way in (1.0, -1.0):
            low, high = points.low[column], points.high[column]
            if counts[column]:
                low, high = np.ceil(low - CLOSE), np.floor(high + CLOSE)
            if high - low < asked[column] * (1 - CLOSE):
                pushed(group, column, way, low + asked[column] if way > 0 else high - asked[column], size)
        yield


def pushed(group: Group, column: int, way: float, goal: float, size: int) -> None:
    """One class moved towards a value, from the first base by a short way in a window; what moves with it is noted."""
    routes, folded = group.routes(), group.neighbourhoods().folded
    first, place, sign = group.bases()[0], int(folded.place[column]), float(folded.sign[column])
    far = (goal - first[column]) * way
    if far <= 0:
        return
    chosen, change = routes.route(folded.fewer(first), place, way * sign, far, size)
    members, of = routes.windows.members(chosen)
    values = first[members] + folded.sign[members] * change[of]
    group.points.widen(members, values, values)
    group.moves.add(chosen, change)


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
