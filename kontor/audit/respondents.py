"""Attackers C and D: respondents who know their own cells, alone or together, and look at all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .bounds import Contradiction
from .doubts import Doubts, cleared
from .group import Group, Told
from .points import NEAR, stuck, whole
from .published import Floats, Ints
from .searching import looked_into
from .singles import seen_by_singles
from .supposing import supposed
from .system import System

LARGE = 4_000  # classes of a group in which respondents are supposed alone together, see `supposing.py`
WINDOW = 700  # classes
LARGEST = 60  # classes of a group in which every coalition is tried


@dataclass(frozen=True, slots=True)
class Sight:
    """Who is behind the classes `by` (class -> persons) knows that class `seen` holds exactly `value`."""

    by: Mapping[int, int]
    seen: int
    value: float


def sights(
    group: Group, threshold: int, coalition: int, told: Told, *, suspected: bool = False
) -> Iterator[Sight]:
    """What each respondent who may be alone in a class of this group sees, then what up to `coalition` see together.

    Who is alone is not published. Taken for it are classes that everybody can tell to be small, and where `suspected`
    all that might be 1.
    """
    system, columns = group.system, group.columns
    able = _able(group, 1, threshold, suspected)
    found: Iterator[tuple[dict[int, int], list[tuple[int, float]]]]
    if group.points.complete:
        found = ((by, _listed(group, by, threshold)) for by in ({int(place): 1} for place in able))
    else:
        found = _alone(group, able, threshold, told)
    together = (
        ()
        if coalition == 1
        else (
            (by, _seen(group, by, threshold))
            for by in _coalitions(system, _able(group, coalition, threshold, suspected), coalition)
            if sum(by.values()) > 1
        )
    )
    for part in (found, together):
        for by, seen in part:
            persons = {int(columns[place]): count for place, count in by.items()}
            yield from (Sight(persons, int(columns[place]), value) for place, value in seen)


def true_sights(
    group: Group, alone: Ints, doubts: list[tuple[int, Ints]], true: Floats, threshold: int
) -> Iterator[Sight]:
    """What those see who are alone in a class, as the office knows them; places and `true` are those of the group."""
    if group.points.complete:
        pairs = {int(place): _listed(group, {int(place): 1}, threshold) for place in alone}
    else:
        left = seen_by_singles(group, doubts, true, threshold)
        pairs = {place: _searched(group, {place: 1}, seen, threshold) for place, seen in left.items()}
    for place, found in pairs.items():
        for seen, value in found:
            yield Sight({int(group.columns[place]): 1}, int(group.columns[seen]), value)


def _able(group: Group, persons: int, threshold: int, suspected: bool) -> Ints:
    """The classes that may hold so few persons and, unless all are suspected, are small whoever looks.

    Two cells of one sum: if `persons` are all of the first and the second is small, neither exceeds the limit here.
    """
    system, points = group.system, group.points
    able = np.flatnonzero(system.judged & (system.low <= persons))
    if suspected:
        return able
    most = threshold + persons - 1 + NEAR

    def unsure() -> Ints:
        return able[(points.high[able] <= most) & (system.high[able] > most)]

    if system.size > LARGE and not points.complete:
        for _ in looked_into(group, unsure, WINDOW):
            pass
    for place in unsure().tolist():
        if not points.complete and points.high[place] <= most:
            points.add(group.solver().extreme(place, 1.0))
    return able[points.high[able] <= most]


def _alone(
    group: Group, able: Ints, threshold: int, told: Told
) -> Iterator[tuple[dict[int, int], list[tuple[int, float]]]]:
    """Attacker C by programmes: points that clear almost all pairs first, then a search for each that is left."""
    known: set[int] = set()  # seen by somebody already; once is enough
    doubts = Doubts(group, able, threshold)
    if group.system.size > LARGE:
        left_over = supposed(group, able, doubts.open, threshold, told)
    else:
        left_over = cleared(group, doubts, told)
    for place, doubtful in left_over.items():
        left = np.array([one for one in doubtful.tolist() if one not in known], dtype=np.int64)
        seen = _searched(group, {place: 1}, left, threshold)
        known.update(one for one, _ in seen)
        yield {place: 1}, seen


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


def _open(group: Group, by: Mapping[int, int], threshold: int) -> Ints:
    """Classes that may be small counts, but for those that are known."""
    open_ = group.system.judged & (group.system.low <= threshold)
    open_[list(by)] = False
    return np.flatnonzero(open_)


def _listed(group: Group, by: Mapping[int, int], threshold: int) -> list[tuple[int, float]]:
    """Where all points are known: the classes with one value left, at or below the threshold."""
    matching = _matching(group, by)
    if not len(matching):
        return []
    places = _open(group, by, threshold)
    low, high = matching[:, places].min(axis=0), matching[:, places].max(axis=0)
    single = (low == high) & (high <= threshold)
    return [(int(place), float(value)) for place, value in zip(places[single], low[single], strict=True)]


def _seen(group: Group, by: Mapping[int, int], threshold: int) -> list[tuple[int, float]]:
    """Classes with one value left, at or below the threshold, once the classes `by` are known."""
    if group.points.complete:
        return _listed(group, by, threshold)
    matching, places = _matching(group, by), _open(group, by, threshold)
    if len(matching):
        low, high = matching[:, places].min(axis=0), matching[:, places].max(axis=0)
        places = places[stuck(low, high, threshold)]
    return _searched(group, by, places, threshold)


def _searched(group: Group, by: Mapping[int, int], places: Ints, threshold: int) -> list[tuple[int, float]]:
    """The same by linear programmes, for the classes that the points found so far leave in doubt."""
    if not places.size:
        return []
    programme, nothing, found = group.solver(), np.zeros(0, dtype=np.int64), []
    low, high = np.full(group.columns.size, np.inf), np.full(group.columns.size, -np.inf)

    def add(point: Floats) -> None:
        group.points.add(point)
        np.minimum(low, point, out=low)
        np.maximum(high, point, out=high)

    try:
        # Holding them then starts feasible.
        if len(by) == 1:
            group.points.add(programme.extreme(next(iter(by)), -1.0))
        else:
            group.points.add(programme.spread(nothing, np.array(list(by))))
        for place, count in by.items():
            programme.hold(place, float(count))
        if places.size > 1:
            add(programme.spread(places, nothing))
        if places.size > 1 and stuck(low[places], high[places], threshold).any():
            add(programme.spread(nothing, places))
        for place in places[stuck(low[places], high[places], threshold)].tolist():
            for sign in (1.0, -1.0):
                if stuck(low[place], high[place], threshold):
                    add(programme.extreme(place, sign))
            if stuck(low[place], high[place], threshold):
                found.append((place, float(whole(low[place]))))
    except Contradiction:
        if not np.isfinite(low).any():
            return []  # nobody can be alone there
        told = {place for place, _ in found}  # no answer after there were some: said rather than passed over
        left = [
            place
            for place in places[stuck(low[places], high[places], threshold)].tolist()
            if place not in told
        ]
        found += [(place, float(whole(low[place]))) for place in left]
    finally:
        for place in by:
            programme.free(place)
    return found
