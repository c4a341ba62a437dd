"""A safe pattern of any size of table, built class by class: each takes the cheapest route that protects it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_array

from .boxes import ALL, CHOSEN, FEW, WIDEST, Boxes
from .merging import Classes
from .points import Points
from .problem import Bools, Budget, Floats, Ints, Problem, Step
from .routes import Route, Router

HIDDEN = 0.02
"""What moving a hidden class costs, in prices of hiding one: routes stay short."""
GUIDE = 1.05
"""A class costs its price times (GUIDE - its value in the relaxation)."""
DOUBTFUL = 1.5
"""How much dearer a class is that must itself be protected once it is hidden."""
TURNS = 20
"""So many inner cells below a class are tried when there is no time for a programme."""
ONLY_HIDDEN = ((0, False),)
ONLY_HIDDEN_QUICK = ((CHOSEN, False),)
WAYS = (*ONLY_HIDDEN, *((size, True) for size in range(WIDEST + 1)))
"""Sizes of the boxes that are tried one after the other, and whether more may be hidden in them."""
QUICK = ((CHOSEN, False), (CHOSEN, True))
"""What is tried before them where there are too many classes for the time."""
TOLD = 200
EASIER = 3.0
"""By how much the first classes take longer than those that find a route through what is hidden already."""
PACE = 1.5
"""Boxes become larger or smaller by this factor at most, each time the pace is looked at."""
SLIGHT = 1e-9

Solve = Callable[[int, Ints, Floats], Route | None]
Ways = tuple[tuple[int, bool], ...]


class Construction:
    """The pattern as it grows, and the points that prove what is protected so far."""

    def __init__(
        self, problem: Problem, classes: Classes, price: Floats, budget: Budget, relaxed: Floats | None = None
    ) -> None:
        self.classes, self.budget, self.coalition = classes, budget, problem.coalition
        self.boxes = Boxes(problem.cubes, classes)
        self.router = Router(classes)
        self.points = Points(classes, problem.coalition, whole=problem.integral and problem.threshold >= 0)
        self.hidden: Bools = classes.always.copy()
        self._relaxed: Floats = np.zeros(classes.count) if relaxed is None else relaxed
        self.weight = price
        cost = price * np.where(classes.asks > 0, DOUBTFUL, 1.0)
        self._open = cost if relaxed is None else cost * (GUIDE - relaxed)
        self.price = np.where(self.hidden, HIDDEN, self._open)
        self.lost: set[tuple[int, ...]] = set()
        self.journal: list[int] = []
        self.blind = False
        self.few: int | None = None
        """Where the time is short: so many codes of each equation make a box. Otherwise boxes have all of them."""
        self.alone: dict[int, Route] = {}
        """Possible tables in which a class holds 1."""
        self.pairs: defaultdict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
        self.given_up: set[tuple[int, int]] = set()
        self.settled: dict[str, set[bytes]] = defaultdict(set)
        """Components, by their classes, with which a stage has nothing left to do."""
        self.component = np.zeros(0, dtype=np.int64)
        """Hidden classes that routes may take besides those of a box."""
        self._columns = csc_array(classes.equations)

    def demanding(self) -> Ints:
        """Hidden classes with a demand, small values first: they have the least room."""
        known = self.classes
        cells = np.flatnonzero(self.hidden & (known.protected | (known.asks > 0)))
        return cells[np.argsort(known.value[cells], kind="stable")]

    def build(self, rest: float = 0.0) -> None:
        """Hides what the demands need. Without time left, all cells above protect what is still open.

        rest: the seconds that should be left then; boxes become as large as that allows.
        """
        waiting = deque(self.demanding().tolist())
        done, before = 0, self.budget.left()
        while waiting:
            waiting.extend(self.protect(waiting.popleft()))
            done += 1
            if done % TOLD == 0:
                left = self.budget.left()
                if self.few is not None and waiting:
                    given = EASIER * (left - rest) * TOLD / len(waiting)
                    self.few = paced(self.few, before - left, given)
                before = left
                self.budget.told(Step("construct", done, done + len(waiting)))

    def met(self, cell: int) -> bool:
        """Whether the points prove every demand of a hidden class."""
        if not self.points.wide(cell) or self._told(cell):
            return False
        return not self.classes.protected[cell] or self.points.determined_by(cell) is None

    def suppose(self, cell: int, known: int, held: float, least: float) -> list[int]:
        """From now on, if `known` deviated by `held`, `cell` must be able to deviate by `least` or more.

        That holds as long as both are hidden. Answers with newly hidden classes that have demands.
        """
        self.pairs[cell][known] = held, least
        return self.protect(cell)

    def demands(self, cell: int) -> bool:
        """Whether a class has demands once it is hidden."""
        return bool(self.classes.protected[cell] or self.classes.asks[cell] > 0 or self.pairs.get(cell))

    def _told(self, cell: int) -> list[int]:
        """Hidden classes that would tell this one if they held what was supposed."""
        return [
            known
            for known, (held, least) in self.pairs.get(cell, {}).items()
            if self.hidden[known]
            and (cell, known) not in self.given_up
            and not self.points.supposed(cell, known, held, least)
        ]

    def protect(self, cell: int, *, hidden_only: bool = False) -> list[int]:
        """Meets all demands of one class; answers with the classes newly hidden that have demands themselves.

        hidden_only: only if nothing more need be hidden, otherwise the demands stay open.
        """
        self.budget.cancelled()
        nobody = np.zeros(0, dtype=np.int64)
        fresh: list[int] = []
        if not self.points.wide(cell):
            fresh += self._follow(cell, nobody, self.router.interval, hidden_only)
        if self.points.only_fractions(cell):
            fresh += self._follow(cell, nobody, self.router.upwards, hidden_only)
        while self.classes.protected[cell] and self.points.wide(cell):
            known = self.points.determined_by(cell)
            if known is None or (cell, *known) in self.lost:
                break
            before = self.points.through(cell)
            fresh += self._follow(cell, np.array(known, dtype=np.int64), self.router.movement, hidden_only)
            if self.points.through(cell) == before:
                break
        for other in self._told(cell):
            fresh += self._supposed(cell, other, hidden_only)
        return fresh

    def quoted(self, cell: int, known: int, held: float, least: float) -> float:
        """What it would cost to meet such a demand; infinite if no box has a way."""
        route = self._way(cell, known, held, least, self._ways(False)[:-1])
        return np.inf if route is None else float(self.weight[route.cells[~self.hidden[route.cells]]].sum())

    def _supposed(self, cell: int, known: int, hidden_only: bool) -> list[int]:
        held, least = self.pairs[cell][known]
        route = self._way(cell, known, held, least, self._ways(hidden_only)[: None if hidden_only else -1])
        if route is not None:
            return self.take(route)
        if not hidden_only:
            self.given_up.add((cell, known))
        return []

    def _way(self, cell: int, known: int, held: float, least: float, ways: Ways) -> Route | None:
        for size, free in ways:
            if self.budget.left() <= 0:
                break
            box = np.union1d(self.box(cell, size, free), self.box(known, size, free))
            route = self.router.supposed(cell, known, held, least, box, self.price)
            if route is not None:
                return route
        return None

    def box(self, cell: int, size: int, free: bool) -> Ints:
        """The classes of a box, ascending: all of them, or those that are hidden."""
        if size == CHOSEN:
            box = self.boxes.chosen(cell, np.maximum(self.hidden, self._relaxed), self.few or FEW)
        else:
            box = self.boxes.around(cell, size)
        box = box if free else box[self.hidden[box]]
        return np.union1d(box, self.component[self.hidden[self.component]]) if self.component.size else box

    def _follow(self, cell: int, known: Ints, solve: Solve, hidden_only: bool) -> list[int]:
        for size, free in self._ways(hidden_only):
            if self.budget.left() <= 0:
                return [] if hidden_only else self._rise(cell, known)
            box = self.box(cell, size, free)
            if known.size:
                box = np.setdiff1d(box, known, assume_unique=True)
            route = solve(cell, box, self.price)
            if route is not None:
                return self.take(route)
        if not hidden_only:
            self.lost.add((cell, *known.tolist()))
        return []

    def _ways(self, hidden_only: bool) -> Ways:
        if self.few is None:
            return ONLY_HIDDEN if hidden_only else WAYS
        return ONLY_HIDDEN_QUICK if hidden_only else (*QUICK, *WAYS)

    def take(self, route: Route) -> list[int]:
        """Hides all classes of a route; answers with those that have demands themselves."""
        self.points.add(route.cells, route.high)
        self.points.add(route.cells, route.low)
        return self.hide(route.cells)

    def hide(self, cells: Ints) -> list[int]:
        new = cells[~self.hidden[cells]]
        self.hidden[new] = True
        self.price[new] = HIDDEN
        self.journal += new.tolist()
        return [int(cell) for cell in new[self.classes.asks[new] > 0]]

    def publish(self, cells: Ints) -> None:
        self.hidden[cells] = False
        self.price[cells] = self._open[cells]

    def _rise(self, cell: int, known: Ints) -> list[int]:
        """Protects a class without any programme: one inner cell and all cells above it could be larger."""
        classes = self.classes
        way = max(float(classes.width[cell]), float(classes.asks[cell]), float(classes.up[cell]), 1.0)
        found = None if classes.down[cell] > 0 else self.lifted(cell, way, known)
        if found is None:
            self.blind = True
            return self.hide(np.flatnonzero(~self.hidden))
        return found

    def lifted(self, cell: int, way: float, known: Ints) -> list[int] | None:
        """Lets a class be larger by `way`, and all cells above one inner cell of it, while `known` stand still.

        Answers with newly hidden classes that have demands; None if some bound is in the way.
        """
        for turn in range(TURNS):
            raised = self.boxes.rising(cell, turn)
            if raised is None:
                break
            cells = np.unique(raised)
            residue = self._columns[:, cells] @ np.full(cells.size, way)
            fits = np.abs(residue).max(initial=0.0) <= SLIGHT and np.all(way <= self.classes.rise[cells])
            if fits and not np.isin(known, cells).any():
                self.points.add(cells, np.full(cells.size, way))
                return self.hide(cells)
        return None


def paced(few: int, spent: float, given: float) -> int:
    """How many codes a box may have from now on, if boxes of `few` took so long and so much time is given."""
    wanted = few * given / spent if spent > 0 else ALL
    return int(np.clip(wanted, max(FEW, few / PACE), min(few * PACE, ALL)))
