"""The engine's own full check of a pattern of hidden classes, component by component, with points as proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from .attacker import TINY, Attacker, Reach
from .merging import Classes
from .problem import Bools, Floats, Ints
from .respondents import respondents, told_by_others

NEAR, FAR = 4.0, 1000.0
"""How far cells may go in units of the demand: near first, so that points move few cells."""
SLACK = 1e-6
"""Of its own demand, a class may fall short by so much: rounding."""
LEVEL = 3.0
"""Demands within so many powers of ten share one polytope; a small one beside a huge one has its own."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A protected class that a pattern leaves open.

    rows: the equations that show it. known: classes whose owners join to find it (attacker C). conditions: classes
    without which it would not be open (besides always hidden ones).
    """

    cell: int
    rows: Ints
    known: tuple[int, ...] = ()
    conditions: tuple[int, ...] = ()


def components(classes: Classes, hidden: Bools) -> list[Ints]:
    """Hidden classes that are tied to each other by equations, largest first; not where nobody asks for any of them."""
    places = np.flatnonzero(hidden)
    if not places.size:
        return []
    part = csr_array(csc_array(classes.equations)[:, places])
    part = abs(part)
    group = connected_components(part.T @ part, directed=False)[1]
    order = np.argsort(group, kind="stable")
    ends = np.flatnonzero(np.diff(group[order])) + 1
    asked = (places[piece] for piece in np.split(order, ends) if classes.judged[places[piece]].any())
    return sorted(asked, key=lambda cells: -cells.size)


class Component:
    """Hidden classes tied to each other, and points (possible deviations) that show how far each may be off.

    Classes in `gone` are published after all: points that move them are no longer among `points`. `asked` is called
    before every programme; what it raises ends the check.
    """

    def __init__(
        self, classes: Classes, cells: Ints, coalition: int = 1, asked: Callable[[], None] = lambda: None
    ) -> None:
        self.cells, self.asked, self._sums = cells, asked, classes.sums
        part = csr_array(csc_array(classes.equations)[:, cells])
        self.rows = np.flatnonzero(np.diff(part.indptr))
        self.equations = part[self.rows]
        self.value = classes.value[cells]
        self.fall, self.rise = classes.fall[cells], classes.rise[cells]
        self.width = np.maximum(classes.width, classes.asks)[cells]
        self.down, self.up = classes.down[cells], classes.up[cells]
        self.always, self.judged = classes.always[cells], classes.judged[cells]
        self.targets = np.flatnonzero(classes.protected[cells])
        self.need = np.maximum(np.maximum(self.width, self.down), self.up)
        self.demanding = np.flatnonzero(self.need > 0)
        self._sets = [
            (known, told_by_others(classes, cells, self.targets, known, names))
            for known, names in (respondents(classes, cells, coalition) if self.targets.size else ())
        ]
        self.units = _units(self.need)
        self.gone: Bools = np.zeros(cells.size, dtype=bool)
        self._store: Floats = np.zeros((64, cells.size))
        self._kept = 0
        self._proofs: dict[int, list[Ints]] = {}
        self._attacker, self._single = Attacker(self.equations), Attacker(self.equations)

    @property
    def points(self) -> Floats:
        return self._store[: self._kept]

    def inside(self, place: int) -> Bools:
        """The class, and what adds up to it: who is alone there knows it from himself."""
        own: Bools = np.isin(self.cells, list(self._sums.inside(int(self.cells[place]))))
        return own

    def leaks(self) -> list[Leak]:
        """All demands that the component leaves open."""
        found = [Leak(int(self.cells[place]), self._proof(place)) for place in self.narrow()]
        for known, place, rows in self.determined():
            names = tuple(int(self.cells[cell]) for cell in known)
            found.append(Leak(int(self.cells[place]), rows, names))
        return found

    def _proof(self, place: int) -> Ints:
        return self._rows(self._proofs[place])

    def _rows(self, parts: list[Ints]) -> Ints:
        return self.rows[np.unique(np.concatenate(parts))]

    def narrow(self) -> list[int]:
        """Places of classes whose interval is too narrow; points are gathered on the way."""
        lowest = np.minimum(self.points.min(axis=0, initial=0.0), 0.0)
        highest = np.maximum(self.points.max(axis=0, initial=0.0), 0.0)
        asked = self.demanding[~self.gone[self.demanding]]
        open_ = asked[~self.enough(asked, lowest[asked], highest[asked])]
        found: list[int] = []
        for unit in np.unique(self.units[open_]).tolist():
            waiting = open_[self.units[open_] == unit].tolist()
            for far in (NEAR * unit, FAR * unit):
                if waiting:
                    self._attacker.bound(*self.limits(far))
                    waiting = [cell for cell in waiting if not self._moves(cell, lowest, highest)]
            found += waiting
        return sorted(found)

    def limits(self, far: float) -> tuple[Floats, Floats]:
        """Between which deviations every class may be, `far` away from its value at most."""
        low = np.where(self.gone, 0.0, -np.minimum(self.fall, far))
        return low, np.where(self.gone, 0.0, np.minimum(self.rise, far))

    def enough(self, cells: Ints, lowest: Floats, highest: Floats) -> Bools:
        """Whether intervals of deviations meet the demands of these classes."""
        slack = SLACK * self.need[cells]
        wide = highest - lowest >= self.width[cells] - slack
        return wide & (highest >= self.up[cells] - slack) & (-lowest >= self.down[cells] - slack)

    def _moves(self, cell: int, lowest: Floats, highest: Floats) -> bool:
        one = np.array([cell])
        self._proofs[cell] = []
        for direction in (1, -1):
            if self.enough(one, lowest[one], highest[one])[0]:
                return True
            self.asked()
            way = self._attacker.farthest(cell, direction)
            if way is None:  # no answer is no proof that it moves
                self._proofs[cell].append(np.arange(self.rows.size))
                continue
            self._proofs[cell].append(way.rows)
            if way.way > TINY:
                self._keep(way.point)
                np.minimum(lowest, way.point, out=lowest)
                np.maximum(highest, way.point, out=highest)
        return bool(self.enough(one, lowest[one], highest[one])[0])

    def _keep(self, point: Floats) -> None:
        if self._kept == self._store.shape[0]:
            self._store = np.vstack([self._store, np.zeros((max(64, self._kept), self.cells.size))])
        self._store[self._kept] = point
        self._kept += 1

    def determined(self, *, first: bool = False) -> list[tuple[Ints, int, Ints]]:
        """(places that one respondent or a coalition knows, place they determine, equations that show it).

        Every place that is determined is told of once.
        """
        found: list[tuple[Ints, int, Ints]] = []
        told: set[int] = set()
        if not self._sets:
            return found
        moves = (self.points != 0).astype(np.float32)
        touched = np.stack([moves[:, known].any(axis=1) for known, _ in self._sets], axis=1)
        shown = (~touched).T.astype(np.float32) @ moves[:, self.targets] > 0
        for number, (_, asked) in enumerate(self._sets):
            shown[number] |= ~np.isin(self.targets, asked) | self.gone[self.targets]
        for number in np.flatnonzero(~shown.all(axis=1)).tolist():
            known = self._sets[number][0]
            waiting = set(self.targets[~shown[number]].tolist()) - told
            still = self._still(known, waiting)
            found += [(known, cell, rows) for cell, rows in still.items()]
            told.update(still)
            if found and first:
                break
        return found

    def _still(self, known: Ints, waiting: set[int]) -> dict[int, Ints]:
        """Those of the waiting places that cannot move while the known ones stand still."""
        low = np.where(self.gone | (self.fall <= TINY), 0.0, -1.0)
        high = np.where(self.gone | (self.rise <= TINY), 0.0, 1.0)
        low[known] = high[known] = 0.0
        self._single.bound(low, high)
        for sign in (-1.0, 1.0):
            if waiting:
                cost = np.zeros(self.cells.size)
                cost[list(waiting)] = sign
                self._gather(self._single.spread(cost), waiting)
        still = {}
        for cell in sorted(waiting):
            ways = []
            for direction in (1, -1):
                if cell in waiting:
                    self.asked()
                    way = self._single.farthest(cell, direction)
                    ways.append(np.arange(self.rows.size) if way is None else way.rows)
                    self._gather(way, waiting)
            if cell in waiting:
                still[cell] = self._rows(ways)
        return still

    def _gather(self, way: Reach | None, waiting: set[int]) -> None:
        if way is not None and way.point.any():
            self._keep(way.point * min(1.0, _room(way.point, self.fall, self.rise)))
            waiting.difference_update(np.flatnonzero(way.point).tolist())


def _room(point: Floats, fall: Floats, rise: Floats) -> float:
    """By how much a direction may be multiplied before it leaves the bounds."""
    down, up = point < 0, point > 0
    room = np.concatenate([fall[down] / -point[down], rise[up] / point[up]])
    return float(room.min(initial=np.inf))


def _units(need: Floats) -> Floats:
    """Per class the largest demand of the order of magnitude of its own."""
    units = np.ones(need.size)
    places = np.flatnonzero(need > 0)
    levels = np.floor(np.log10(need[places]) / LEVEL)
    for level in np.unique(levels):
        group = places[levels == level]
        units[group] = need[group].max()
    return units
