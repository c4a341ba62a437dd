"""Attackers C and D: respondents who know their own cells, alone or together, and look at all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from .bounds import Contradiction
from .doubts import cleared
from .group import Group, Told
from .nesting import Nesting
from .points import NEAR, stuck, whole
from .published import Floats, Ints
from .searching import FEW, IDLE, SIZES, pushed
from .singles import seen_by_singles
from .system import System, open_classes
from .windows import NOTHING

LARGEST = 60  # classes of a group in which every coalition is tried
NESTED = 4  # classes around one of which every choice is tried


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the attackers C and D are taken for. coalition: so many persons join. suspected: whoever might be alone is.

    nesting: None where nobody can be alone both in a cell and in another one that contains it, and nobody joins.
    """

    coalition: int = 1
    suspected: bool = False
    nesting: Nesting | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """Who is behind the classes `by` (class -> persons) knows that class `seen` holds exactly `value`. alone: it is
    one person, be it in several classes at once."""

    by: Mapping[int, int]
    seen: int
    value: float
    alone: bool


Seen = tuple[Mapping[int, int], list[tuple[int, float]]]


def sights(group: Group, asked: Asked, told: Told) -> Iterator[Sight]:
    """What each respondent who may be alone in a class of this group sees, then what up to `coalition` see together.

    Who is alone is not published. Taken for it are classes that everybody can tell to be small, and where `suspected`
    all that might be 1. Where zeros are hidden, one person can be alone in a cell and in totals of it at once: he is in
    all of them, and each that holds nobody else is known to him, so he knows them together, not one at a time. What
    such a total contains beside him is empty, which the table does not have to tell him.
    """
    able = _able(group, 1, asked.suspected)
    found: Iterable[Seen]
    if group.points.complete:
        found = ((by, _listed(group, by)) for by in ({int(place): 1} for place in able))
    else:
        found = _alone(group, able, asked, told)
    inside = (
        (by, _confirmed(group, by, _seen(group, by), asked, 1)) for by in _nested(group, able, asked.nesting)
    )
    for by, seen in chain(found, inside):
        yield from _sights(group, by, seen, asked.nesting, alone=True)
    for by, seen in _together_seen(group, asked):
        yield from _sights(group, by, seen, asked.nesting, alone=False)


def _together_seen(group: Group, asked: Asked) -> Iterator[Seen]:
    """What several persons see together."""
    if asked.coalition == 1:
        return
    able = _able(group, asked.coalition, asked.suspected)
    for by in _coalitions(group.system, able, asked.coalition):
        if (persons := sum(by.values())) > 1:
            yield by, _confirmed(group, by, _seen(group, by), asked, persons)


def _confirmed(
    group: Group, by: Mapping[int, int], seen: list[tuple[int, float]], asked: Asked, persons: int
) -> list[tuple[int, float]]:
    """Nothing where somebody else cannot tell that these classes are small."""
    if not seen or asked.suspected:
        return seen
    return seen if all(_is_small(group, place, persons) for place in by) else []


def _sights(
    group: Group,
    by: Mapping[int, int],
    seen: list[tuple[int, float]],
    nesting: Nesting | None,
    *,
    alone: bool,
) -> Iterator[Sight]:
    columns = group.columns
    persons = {int(columns[place]): count for place, count in by.items()}
    for place, value in _of_others(group, by, seen, nesting):
        yield Sight(persons, int(columns[place]), value, alone)


def _of_others(
    group: Group, by: Iterable[int], seen: list[tuple[int, float]], nesting: Nesting | None
) -> list[tuple[int, float]]:
    """Without what contains nobody else: the classes of which they are all, what is in those, and what they make up."""
    if nesting is None or not seen:
        return seen
    themselves = nesting.filled(int(group.columns[place]) for place in by)
    return [(place, value) for place, value in seen if int(group.columns[place]) not in themselves]


def true_sights(
    group: Group, alone: list[Ints], doubts: list[tuple[int, Ints]], nesting: Nesting | None, told: Told
) -> Iterator[Sight]:
    """What those see who are alone in classes, as the office knows them; places are those of the group.

    alone: per person his classes. doubts: class -> numbers of persons who may tell it.
    """
    every = [dict.fromkeys(own.tolist(), 1) for own in alone]
    if group.points.complete:
        pairs = {one: _listed(group, by) for one, by in enumerate(every) if by}
    else:
        left = seen_by_singles(group, alone, doubts, told)
        pairs = {one: _searched(group, every[one], seen) for one, seen in left.items()}
    for one, found in pairs.items():
        yield from _sights(group, every[one], found, nesting, alone=True)


def _able(group: Group, persons: int, suspected: bool) -> Ints:
    """The classes that may hold so few persons and, unless all are suspected, are small whoever looks.

    Two cells of one sum: if `persons` are all of the first and the second is small, neither exceeds the limit here. In
    large groups classes of which no point has shown that they are larger are taken along, see `_is_small`.
    """
    system, points = group.system, group.points
    able = np.flatnonzero(system.judged & (system.low <= persons) & (system.small > 0))
    if suspected:
        return able

    def unsure() -> Ints:
        most = system.small[able] + persons - 1 + NEAR
        return able[(points.high[able] <= most) & (system.high[able] > most)]

    if group.large and not points.complete:
        for place in unsure().tolist():
            pushed(group, place, 1.0, float(np.floor(system.small[place])) + persons, SIZES[0])
        _lift(group, able, unsure, persons)
    elif not points.complete:
        for place in unsure().tolist():
            _is_small(group, place, persons)
    return able[points.high[able] <= system.small[able] + persons - 1 + NEAR]


def _lift(group: Group, able: Ints, unsure: Callable[[], Ints], persons: int) -> None:
    """All of them at once, as often as that shows at least a few to be larger; the others hold one person meanwhile."""
    left, before, turns = unsure(), np.inf, np.ones(group.columns.size)
    while left.size > FEW and left.size <= (1 - IDLE) * before:
        goals = np.floor(group.system.small[left]) + persons
        group.points.add(group.solver().spread(left, NOTHING, goals, np.setdiff1d(able, left), turns))
        turns[left] += 1
        left, before = unsure(), left.size


def _is_small(group: Group, place: int, persons: int) -> bool:
    """Whether everybody can tell that a class is small: its largest value is, over all equations."""
    system, points = group.system, group.points
    most = float(system.small[place]) + persons - 1 + NEAR
    if not points.complete and points.high[place] <= most < system.high[place]:
        points.add(group.solver().extreme(place, 1.0))
    return bool(points.high[place] <= most)


def _alone(group: Group, able: Ints, asked: Asked, told: Told) -> Iterator[Seen]:
    """Attacker C by programmes: points that clear almost all pairs first, then a search for each that is left."""
    known: set[int] = set()  # seen by somebody already; once is enough
    for place, doubtful in cleared(group, able, told).items():
        left = np.array([one for one in doubtful.tolist() if one not in known], dtype=np.int64)
        if left.size and (asked.suspected or _is_small(group, place, 1)):
            seen = _searched(group, {place: 1}, left)
            known.update(one for one, _ in _of_others(group, (place,), seen, asked.nesting))
            yield {place: 1}, seen


def _nested(group: Group, able: Ints, nesting: Nesting | None) -> Iterator[dict[int, int]]:
    """A class and others around it, all of one person."""
    if nesting is None or not nesting.nested:
        return
    places = {int(group.columns[place]): place for place in able.tolist()}
    for place in able.tolist():
        around = sorted(places[one] for one in nesting.above(int(group.columns[place])) if one in places)
        sizes = range(1, len(around) + 1) if len(around) <= NESTED else (1, len(around))
        for size in sizes:
            for chosen in combinations(around, size):
                yield dict.fromkeys((place, *chosen), 1)


def _coalitions(system: System, able: Ints, most: int) -> Iterator[dict[int, int]]:
    """Classes whose every member belongs to the coalition: class -> persons, `most` persons at most in all.

    In large groups only classes of one equation are put together.
    """
    for size in range(1, most + 1):
        for places in _together(system, able.tolist(), size):
            for persons in _shares(size, most):
                if all(system.low[place] <= count for place, count in zip(places, persons, strict=True)):
                    yield dict(zip(places, persons, strict=True))


def _shares(size: int, most: int) -> Iterator[tuple[int, ...]]:
    """Numbers of persons, one or more in each of `size` classes, `most` in all."""
    if size == 0:
        yield ()
        return
    for first in range(1, most - size + 2):
        for rest in _shares(size - 1, most - first):
            yield (first, *rest)


def _together(system: System, able: list[int], size: int) -> Iterator[tuple[int, ...]]:
    if size == 1 or system.size <= LARGEST:
        yield from combinations(able, size)
        return
    members, matrix = set(able), system.matrix
    found: dict[tuple[int, ...], None] = {}
    for row in range(matrix.shape[0]):
        columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        found.update(dict.fromkeys(combinations(sorted(members.intersection(columns.tolist())), size)))
    yield from found


def _matching(group: Group, by: Mapping[int, int]) -> np.ndarray:
    """The points at which these classes have these values."""
    table = group.points.table()
    persons = np.array(list(by.values()), dtype=float)
    found: np.ndarray = table[(np.abs(table[:, list(by)] - persons) < NEAR).all(axis=1)]
    return found


def _open(group: Group, by: Mapping[int, int]) -> Ints:
    """Classes that may be small counts, but for those that are known."""
    open_ = open_classes(group.system)
    open_[list(by)] = False
    return np.flatnonzero(open_)


def _listed(group: Group, by: Mapping[int, int]) -> list[tuple[int, float]]:
    """Where all points are known: the classes with one value left, at or below the threshold."""
    matching = _matching(group, by)
    if not len(matching):
        return []
    places = _open(group, by)
    low, high = matching[:, places].min(axis=0), matching[:, places].max(axis=0)
    single = (low == high) & (high <= group.system.small[places])
    return [(int(place), float(value)) for place, value in zip(places[single], low[single], strict=True)]


def _seen(group: Group, by: Mapping[int, int]) -> list[tuple[int, float]]:
    """Classes with one value left, at or below the threshold, once the classes `by` are known."""
    if group.points.complete:
        return _listed(group, by)
    matching, places = _matching(group, by), _open(group, by)
    if len(matching):
        low, high = matching[:, places].min(axis=0), matching[:, places].max(axis=0)
        places = places[stuck(low, high, group.system.small[places])]
    return _searched(group, by, places)


def _searched(group: Group, by: Mapping[int, int], places: Ints) -> list[tuple[int, float]]:
    """The same by linear programmes, for the classes that the points found so far leave in doubt."""
    if not places.size:
        return []
    programme, found, small = group.solver(), [], group.system.small
    low, high = np.full(group.columns.size, np.inf), np.full(group.columns.size, -np.inf)

    def add(point: Floats) -> None:
        group.points.add(point)
        np.minimum(low, point, out=low)
        np.maximum(high, point, out=high)

    def left() -> Ints:
        open_: Ints = places[stuck(low[places], high[places], small[places])]
        return open_

    try:
        # Holding them then starts feasible.
        if len(by) == 1:
            group.points.add(programme.extreme(next(iter(by)), -1.0))
        else:
            group.points.add(programme.spread(NOTHING, np.array(list(by))))
        for place, count in by.items():
            programme.hold(place, float(count))
        if places.size > 1:
            add(programme.spread(places, NOTHING))
        if places.size > 1 and left().size:
            add(programme.spread(NOTHING, places))
        for place in left().tolist():
            for sign in (1.0, -1.0):
                if stuck(low[place], high[place], small[place]):
                    add(programme.extreme(place, sign))
            if stuck(low[place], high[place], small[place]):
                found.append((place, float(whole(low[place]))))
    except Contradiction:
        if not np.isfinite(low).any():
            return []  # nobody can be alone there
        told = {place for place, _ in found}  # no answer after there were some: said rather than passed over
        found += [(place, float(whole(low[place]))) for place in left().tolist() if place not in told]
    finally:
        for place in by:
            programme.free(place)
    return found
