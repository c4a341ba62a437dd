"""Publishes again what need not be hidden, as long as points prove that every demand still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .checks import FAR, NEAR, Component, components
from .merging import Classes
from .problem import Bools, Floats, Ints

Supposed = tuple[int, int, float, float]
"""(cell, known, held, least): where `known` deviates by `held`, `cell` must be able to deviate by `least` or more."""
SLACK = 1e-6


def cleaned(
    classes: Classes, hidden: Bools, price: Floats, coalition: int, go_on: Callable[[], bool]
) -> Bools:
    """A safe pattern inside a safe pattern, dear classes given back first.

    Hiding more never hurts these demands, so each class is tried once.
    """
    out = hidden.copy()
    for cells in components(classes, hidden):
        if not go_on():
            break
        cleaning = Cleaning(classes, cells, coalition)
        out[cleaning.publish(price, go_on)] = False
    return out


class Seeded(Component):
    """A component of which some points are known already."""

    def keep(self, points: Floats) -> None:
        """Adds possible points, points x classes."""
        for point in points:
            self._keep(point)


class Cleaning(Seeded):
    """A component from which one class after the other is published."""

    def __init__(
        self, classes: Classes, cells: Ints, coalition: int = 1, supposed: Iterable[Supposed] = ()
    ) -> None:
        super().__init__(classes, cells, coalition)
        self._free = ~classes.always[cells]
        self._protected = classes.protected[cells]
        self._columns = self.equations.tocsc()
        self._hidden_in_row = np.diff(self.equations.indptr)
        places = {int(cell): place for place, cell in enumerate(cells)}
        self._supposed = [
            (places[cell], places[known], held, least)
            for cell, known, held, least in supposed
            if cell in places and known in places
        ]

    def publish(self, price: Floats, go_on: Callable[[], bool]) -> Ints:
        """The classes that can be published, dear ones tried first."""
        self.narrow()
        self.determined()
        for place in np.argsort(-price[self.cells], kind="stable").tolist():
            if not go_on():
                break
            if self._free[place] and not self.gone[place]:
                self.publishes(place)
        return self.cells[self.gone & self._free]

    def publishes(self, place: int) -> bool:
        """Whether a class can be published without opening a demand; if so it is gone, with all that then follows."""
        drawn = self._follow(place)
        if self._protected[drawn].any():
            return False
        lost = self.points[:, drawn].any(axis=1)
        self.gone[drawn] = True
        if lost.any():
            before, self._store = self.points, self.points[~lost]
            self._kept = left = self._store.shape[0]
            if not self._holds(drawn):
                self.gone[drawn] = False
                self._store = np.vstack([before, self.points[left:]])
                self._kept = self._store.shape[0]
                return False
        np.subtract.at(self._hidden_in_row, self._columns[:, drawn].indices, 1)
        return True

    def _follow(self, place: int) -> Ints:
        """The class, and whatever everybody can then compute because it is alone in an equation."""
        drawn, waiting, left = {place}, [place], self._hidden_in_row.copy()
        while waiting:
            rows = self._of(self._columns, waiting.pop())
            left[rows] -= 1
            for row in rows[left[rows] == 1].tolist():
                alone = [cell for cell in self._of(self.equations, row).tolist() if cell not in drawn]
                fresh = [cell for cell in alone if not self.gone[cell]]
                drawn.update(fresh)
                waiting += fresh
        return np.array(sorted(drawn), dtype=np.int64)

    @staticmethod
    def _of(matrix, at: int) -> Ints:  # type: ignore[no-untyped-def]
        part: Ints = matrix.indices[matrix.indptr[at] : matrix.indptr[at + 1]]
        return part

    def _holds(self, drawn: Ints) -> bool:
        """Whether every demand still holds: those are asked first that are next to what is gone."""
        lowest = np.minimum(self.points.min(axis=0, initial=0.0), 0.0)
        highest = np.maximum(self.points.max(axis=0, initial=0.0), 0.0)
        asked = self.demanding[~self.gone[self.demanding]]
        waiting = asked[~self.enough(asked, lowest[asked], highest[asked])]
        rows = np.unique(self._columns[:, drawn].indices)
        near = np.zeros(self.cells.size, dtype=bool)
        near[self.equations[rows].indices] = True
        order = np.lexsort((self.value[waiting], ~near[waiting]))
        bounded = 0.0
        for place in waiting[order].tolist():
            for far in (NEAR, FAR):
                if bounded != far * self.units[place]:
                    bounded = far * self.units[place]
                    self._attacker.bound(*self.limits(bounded))
                if self._moves(place, lowest, highest):
                    break
            else:
                return False
        return all(self._supposes(*pair) for pair in self._supposed) and not self.determined(first=True)

    def _supposes(self, cell: int, known: int, held: float, least: float) -> bool:
        if self.gone[cell] or self.gone[known]:
            return True
        ways = self.points[:, [known, cell]]
        if ((np.abs(ways[:, 0] - held) <= SLACK) & (ways[:, 1] >= least - SLACK)).any():
            return True
        low, high = self.limits(FAR * float(self.units.max()))
        low[known] = high[known] = held
        self._attacker.bound(low, high)
        way = self._attacker.farthest(cell, 1)
        if way is None or way.point[cell] < least - SLACK:
            return False
        self._keep(way.point)
        return True
