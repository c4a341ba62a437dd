"""Possible tables found so far, and which demands of the hidden classes they already prove."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from .merging import Classes
from .problem import Floats, Ints

SLACK = 1e-6


class Points:
    """Deviations that no attacker can rule out, each with the classes it moves.

    A class is protected by them if they move it far enough, and if for everybody who knows some hidden classes one of
    them moves it while those stand still.
    """

    def __init__(self, classes: Classes, coalition: int = 1, *, whole: bool = False) -> None:
        """`whole`: an interval is as wide as the whole numbers in it."""
        self._classes, self._coalition, self._whole = classes, coalition, whole
        self._width = np.maximum(classes.width, classes.asks)
        self._cells: dict[int, Ints] = {}
        self._deviations: dict[int, Floats] = {}
        self._knowers: dict[int, frozenset[int]] = {}
        self._through: defaultdict[int, dict[int, float]] = defaultdict(dict)
        self._own: defaultdict[int, list[int]] = defaultdict(list)
        for cell in np.flatnonzero(classes.contributor >= 0):
            self._own[int(classes.contributor[cell])].append(int(cell))
        self._persons = dict(zip(classes.contributor.tolist(), classes.persons.tolist(), strict=True))
        self._next = 0

    def add(self, cells: Ints, deviations: Floats) -> None:
        moved = deviations != 0
        if not moved.any():
            return
        cells, deviations = cells[moved], deviations[moved]
        contributor = self._classes.contributor[cells]
        self._knowers[self._next] = frozenset(contributor[contributor >= 0].tolist())
        self._set(self._next, cells, deviations)
        self._next += 1

    def _set(self, name: int, cells: Ints, deviations: Floats) -> None:
        self._cells[name], self._deviations[name] = cells, deviations
        for cell, way in zip(cells.tolist(), deviations.tolist(), strict=True):
            self._through[cell][name] = way

    def through(self, cell: int) -> int:
        """How many points move a class."""
        return len(self._through[cell])

    def neighbours(self, cell: int) -> list[int]:
        """The classes that move together with this one in the two points that move it furthest, ascending."""
        low, high = self.ends(cell)
        found: list[int] = np.union1d(low[0], high[0]).tolist()
        return found

    def without(self, cells: Iterable[int]) -> dict[int, tuple[Ints, Floats]]:
        """Takes out all points that move one of these classes, and answers with them (for `put_back`)."""
        names = {name for cell in cells for name in self._through[cell]}
        taken = {}
        for name in names:
            taken[name] = self._cells.pop(name), self._deviations.pop(name)
            for cell in taken[name][0].tolist():
                del self._through[cell][name]
        return taken

    def put_back(self, taken: dict[int, tuple[Ints, Floats]]) -> None:
        for name, (cells, deviations) in taken.items():
            self._set(name, cells, deviations)

    def moved(self) -> Ints:
        """All classes that some point moves, ascending."""
        return np.array(sorted(cell for cell, names in self._through.items() if names), dtype=np.int64)

    def within(self, cells: Ints) -> Floats:
        """The points that move some of these classes and no others, points x classes; classes ascending."""
        names = sorted({name for cell in cells.tolist() for name in self._through[cell]})
        found = np.zeros((len(names), cells.size))
        for row, name in enumerate(names):
            places = np.minimum(np.searchsorted(cells, self._cells[name]), cells.size - 1)
            if np.array_equal(cells[places], self._cells[name]):
                found[row, places] = self._deviations[name]
        return found[found.any(axis=1)]

    def wide(self, cell: int) -> bool:
        """Whether the points show the interval that a class must have if it is hidden."""
        return self._reaches(cell, whole=self._whole)

    def only_fractions(self, cell: int) -> bool:
        """Whether the interval is wide enough, but not in whole numbers."""
        return self._whole and self._reaches(cell, whole=False) and not self._reaches(cell, whole=True)

    def _reaches(self, cell: int, *, whole: bool) -> bool:
        ways = self._through[cell].values()
        high, low = max(ways, default=0.0), min(ways, default=0.0)
        high, low = max(high, 0.0), min(low, 0.0)
        known = self._classes
        slack = SLACK * max(1.0, float(self._width[cell]))
        if whole:
            high, low = np.floor(high + slack), np.ceil(low - slack)
        return bool(
            high - low >= self._width[cell] - slack
            and high >= known.up[cell] - slack
            and -low >= known.down[cell] - slack
        )

    def determined_by(self, cell: int) -> list[int] | None:
        """Classes whose owners, at most as many as a coalition has, could find out this one for all that is shown."""
        sets = [self._knowers[name] for name in self._through[cell]]
        own = {int(self._classes.contributor[cell]), *self._classes.implied.get(cell, ())}
        filling = self._classes.known_to.get(cell, frozenset())
        sets = [found - own for found in sets]
        names = _hitting(sets, self._coalition, self._persons, filling) if sets else None
        if names is None:
            return None
        return sorted(cell for name in names for cell in self._own[name])

    def ends(self, cell: int) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
        """The points that move a class furthest down and up (the truth itself where none does)."""
        none = np.zeros(0, dtype=np.int64), np.zeros(0)
        ways = self._through[cell]
        if not ways:
            return none, none
        down, up = min(ways, key=ways.__getitem__), max(ways, key=ways.__getitem__)
        low = (self._cells[down], self._deviations[down]) if ways[down] < 0 else none
        high = (self._cells[up], self._deviations[up]) if ways[up] > 0 else none
        return low, high

    def supposed(self, cell: int, known: int, held: float, least: float) -> bool:
        """Whether in some point `known` deviates by `held` and `cell` by at least `least`."""
        ways = self._through[cell]
        if held == 0:
            return any(way >= least - SLACK for name, way in ways.items() if name not in self._through[known])
        return any(
            abs(way - held) <= SLACK and ways.get(name, 0.0) >= least - SLACK
            for name, way in self._through[known].items()
        )

    def stuck(self, known: int, tight: Ints) -> Ints:
        """Classes that no point moves at which `known` stands still and no class of `tight` falls, ascending."""
        bad = set(self._through[known])
        for cell in tight.tolist():
            bad.update(name for name, way in self._through[cell].items() if way < 0)
        near = {cell for name in bad for cell in self._cells[name].tolist()} - {known}
        return np.array(sorted(cell for cell in near if self._through[cell].keys() <= bad), dtype=np.int64)

    def factor(self, cell: int, known: int) -> float | None:
        """By how much a class moves when another moves by one, in a point that moves both."""
        both = self._through[cell].keys() & self._through[known].keys()
        return next((self._through[cell][name] / self._through[known][name] for name in both), None)

    def combined(self, random: np.random.Generator, count: int) -> Floats:
        """Random sums of all points, classes x count: classes tied to each other move in proportion in each of them."""
        total = np.zeros((self._classes.count, count))
        for name, cells in self._cells.items():
            total[cells] += self._deviations[name][:, None] * random.uniform(1.0, 2.0, count)
        return total


def _hitting(
    sets: list[frozenset[int]],
    size: int,
    persons: Mapping[int, int],
    filling: frozenset[frozenset[int]],
    chosen: frozenset[int] = frozenset(),
) -> tuple[int, ...] | None:
    """Names of at most `size` persons together such that every set contains one of them, or None.

    filling: those together know it from themselves, so names that contain one of these are no answer.
    """
    if any(names <= chosen for names in filling):
        return None
    if not sets:
        return ()
    if size == 1:
        common = [name for name in sets[0].intersection(*sets) if persons[name] == 1]
        common = [name for name in common if not any(names <= chosen | {name} for names in filling)]
        return (min(common),) if common else None
    for name in sorted(one for one in min(sets, key=len) if persons[one] <= size):
        rest = [found for found in sets if name not in found]
        more = _hitting(rest, size - persons[name], persons, filling, chosen | {name})
        if more is not None:
            return (name, *more)
    return None
