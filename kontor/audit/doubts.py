"""Pairs (who may be alone, what he may see) that no point found so far clears, and points that clear many at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .group import Group, Told
from .points import NEAR, stuck
from .published import Floats, Ints
from .system import open_classes

BLOCK = 512
NEWEST = 48  # points that all pairs are held against; the pairs that are left, against every point
ROUNDS = 12  # of random halves
ENOUGH = 0.02  # share of the pairs a round must clear, or it was idle
PATIENCE = 6  # idle rounds before the rest is searched pair by pair
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
    for up, down in _halves(doubts, random):
        group.points.add(group.solver().spread(up, down))
    left = Pairs(group.system.small, *doubts.pairs())
    left.add(group.points.table())
    idle = 0
    while left.alone.size and idle < PATIENCE:
        before = left.alone.size
        side = random.random(group.columns.size) < 0.5
        chosen = side[left.alone] & ~side[left.seen]
        point = group.solver().spread(np.unique(left.seen[chosen]), np.unique(left.alone[chosen]))
        group.points.add(point)
        left.add(point[None, :])
        told("C", group.columns.size - np.unique(left.alone).size, group.columns.size)
        idle = idle + 1 if left.alone.size > (1 - ENOUGH) * before else 0
    return left.by_class()


def _reached(group: Group, able: Ints) -> Ints:
    """The classes that can be 1 at all."""
    for place in able.tolist():
        if group.points.low[place] > 1 + NEAR:
            group.points.add(group.solver().extreme(place, -1.0))
    return able[group.points.low[able] <= 1 + NEAR]


class Pairs:
    """Pairs in doubt, and between which values the class seen was found where the other one was 1."""

    def __init__(self, small: Floats, alone: Ints, seen: Ints) -> None:
        self.small, self.alone, self.seen = small, alone, seen
        self._low = np.full(alone.size, np.inf)
        self._high = np.full(alone.size, -np.inf)

    def add(self, points: np.ndarray) -> None:
        """Forget the pairs that these points clear."""
        for point in points:
            ones = np.abs(point - 1) < NEAR
            here = np.flatnonzero(ones[self.alone])
            values = point[self.seen[here]]
            self._low[here] = np.minimum(self._low[here], values)
            self._high[here] = np.maximum(self._high[here], values)
        kept = stuck(self._low, self._high, self.small[self.seen])
        self.alone, self.seen = self.alone[kept], self.seen[kept]
        self._low, self._high = self._low[kept], self._high[kept]

    def by_class(self) -> dict[int, Ints]:
        """Class that may be alone -> classes it may see."""
        if not self.alone.size:
            return {}
        order = np.argsort(self.alone, kind="stable")
        places, starts = np.unique(self.alone[order], return_index=True)
        return dict(zip(places.tolist(), np.split(self.seen[order], starts[1:]), strict=True))


def _halves(doubts: Doubts, random: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
    for _ in range(ROUNDS):
        side = random.random(doubts.group.columns.size) < 0.5
        yield doubts.open[~side[doubts.open]], doubts.able[side[doubts.able]]
