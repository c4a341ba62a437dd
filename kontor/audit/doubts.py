"""Pairs (who may be alone, what he may see) that no point found so far clears, and points that clear many at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .group import Group, Told
from .pairs import Pairs
from .points import NEAR
from .published import Ints
from .searching import SIZES, pushed
from .system import open_classes
from .windows import NOTHING

BLOCK = 512
NEWEST = 48  # points that all pairs are held against; the pairs that are left, against every point
ROUNDS = 12  # of random halves
MANY = 50_000_000  # pairs that are cleared by random halves first, as they do not all fit into memory
ENOUGH = 0.02  # share of the pairs a round must clear, or it was idle
PATIENCE = 6  # idle rounds before the rest is searched pair by pair
FEW = 1_000  # pairs that are sooner searched one by one, each in a window of its own
SEED = 20261122  # of the random halves; any will do


class Doubts:
    """Of each class in `able` the classes that may be determined at or below the threshold once it is known to be 1."""

    def __init__(self, group: Group, able: Ints) -> None:
        self.group, self.able = group, able
        self.open = np.flatnonzero(open_classes(group.system))
        self.small = group.system.small[self.open]

    def pairs(self) -> tuple[Ints, Ints]:
        """The pairs in doubt: class known to be 1, class seen. A class that was 1 at no point doubts all others."""
        table = self.group.points.table()[-NEWEST:]
        known = np.abs(table[:, self.able] - 1) < NEAR
        values = table[:, self.open]
        evidence: list[tuple[np.ndarray, ...]] = [(np.floor(values + NEAR) > self.small,)]
        evidence += [
            (values <= below + NEAR, values >= below + 1 - NEAR)
            for below in range(int(min(self.small.max(initial=0), 3)))
        ]
        packed = [tuple(one.astype(np.float32) for one in part) for part in evidence]
        found = [
            self._block(known[:, start : start + BLOCK], packed, start)
            for start in range(0, self.able.size, BLOCK)
        ]
        alone = np.concatenate([one for one, _ in found]) if found else np.zeros(0, dtype=np.int64)
        seen = np.concatenate([other for _, other in found]) if found else alone
        kept = alone != seen
        return alone[kept], seen[kept]

    def _block(
        self, known: np.ndarray, evidence: list[tuple[np.ndarray, ...]], start: int
    ) -> tuple[Ints, Ints]:
        ones = known.T.astype(np.float32)
        cleared_ = np.zeros((ones.shape[0], self.open.size), dtype=bool)
        for part in evidence:
            both = np.ones_like(cleared_)
            for one in part:
                both &= (ones @ one) > 0
            cleared_ |= both
        rows, columns = np.nonzero(~cleared_)
        return self.able[start + rows], self.open[columns]


def cleared(group: Group, able: Ints, told: Told) -> dict[int, Ints]:
    """Find points until few doubts are left: class that may be alone -> classes it may see."""
    doubts = Doubts(group, _reached(group, able))
    if not doubts.able.size or not doubts.open.size:
        return {}
    random = np.random.default_rng(SEED)
    if doubts.able.size * doubts.open.size > MANY:
        for up, single in _halves(doubts, random):
            group.points.add(group.solver().spread(up, NOTHING, None, single))
            told("C", 0, group.columns.size)
    alone, seen = doubts.pairs()
    left = Pairs(group.system, [np.array([one]) for one in doubts.able], _number(doubts.able, alone), seen)
    left.add(group.points.table())
    search(group, left, random, told)
    return {int(doubts.able[person]): classes for person, classes in left.by_person().items()}


def search(group: Group, left: Pairs, random: np.random.Generator, told: Told) -> None:
    """Points in which persons hold their number and what they may see is moved, until they clear hardly any doubt."""
    idle, size = 0, group.columns.size
    while left.person.size and idle < PATIENCE:
        before = left.person.size
        if group.large and before <= FEW:
            _one_by_one(group, left)
        point = group.solver().spread(*left.ways(random), left.worth())
        group.points.add(point)
        left.add(point[None, :])
        told("C", size - np.unique(left.person).size, size)
        idle = idle + 1 if left.person.size > (1 - ENOUGH) * before else 0


def _one_by_one(group: Group, left: Pairs) -> None:
    """For each doubt a short way for what is seen, from a point where the person holds his number and still does after."""
    routes, folded = group.routes(), group.neighbourhoods().folded
    for person, seen in zip(left.person.tolist(), left.seen.tolist(), strict=True):
        own, ends = left.own(person), left.ends(person, seen)
        table = group.points.table()
        rows = np.flatnonzero((np.abs(table[:, own] - 1) < NEAR).all(axis=1))
        if ends is None or not rows.size:
            continue
        first = table[rows[-1]].astype(float)
        for goal in ends:
            way = 1.0 if goal > first[seen] else -1.0
            chosen, change = routes.route(
                folded.fewer(first),
                int(folded.place[seen]),
                way * float(folded.sign[seen]),
                abs(goal - first[seen]),
                SIZES[-1],
                folded.place[own],
            )
            members, of = routes.windows.members(chosen)
            point = first.copy()
            point[members] += folded.sign[members] * change[of]
            left.add(point[None, :])


def _reached(group: Group, able: Ints) -> Ints:
    """The classes that can be 1 at all."""
    for size in SIZES if group.large else ():
        for place in able[group.points.low[able] > 1 + NEAR].tolist():
            pushed(group, place, -1.0, 1.0, size)
    for place in able.tolist():
        if group.points.low[place] > 1 + NEAR:
            group.points.add(group.solver().extreme(place, -1.0))
    return able[group.points.low[able] <= 1 + NEAR]


def _number(of: Ints, values: Ints) -> Ints:
    """The place of each value in an array of different ones."""
    order = np.argsort(of)
    found: Ints = order[np.searchsorted(of, values, sorter=order)]
    return found


def _halves(doubts: Doubts, random: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
    for _ in range(ROUNDS):
        side = random.random(doubts.group.columns.size) < 0.5
        yield doubts.open[~side[doubts.open]], doubts.able[side[doubts.able]]
