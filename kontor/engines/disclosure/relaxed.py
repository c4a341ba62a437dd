"""A lower bound for tables of any size, within a share of the time: cuts from equations, then from small windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .alone import Alone
from .cuts import Pool
from .master import Relaxation, prices, untied
from .merging import Classes
from .problem import Budget, Floats, Problem, Step
from .seeds import seeds
from .separation import Separator
from .windows import Window, joined, windows

FLAT, SMALL = 160, 300
"""Windows of so many classes come first (mostly two variables), then the larger ones with the intervals alone: their
programmes cost more than they tell when there are thousands of them."""
JOINED = 1_000
"""Windows of several levels have so many classes at most; they are asked when the small ones are quiet."""
WARM = 300
"""So many windows keep their models from round to round; thousands of them would take gigabytes."""
ROUNDS = 60
BATCH = 20
QUIET = 1e-3
"""A round that raises the bound by a smaller share is the last one with its windows."""


@dataclass(frozen=True, slots=True)
class Bound:
    """hidden: 0 to 1 per class, the relaxed pattern. cost, count: no safe pattern costs less or has fewer cells."""

    hidden: Floats
    cost: float
    count: int


def relaxed(
    problem: Problem, classes: Classes, budget: Budget, go_on: Callable[[], bool], pool: Pool | None = None
) -> Bound:
    """The relaxation over small windows and then over larger ones, for as long as `go_on` says; its cuts go into the
    pool.
    """
    price = prices(classes.weight, classes.value, int(classes.protected.sum()))
    search = _Search(classes, price, budget, go_on, Pool(classes.count) if pool is None else pool)
    search.run(windows(problem, classes, FLAT), problem.coalition)
    if go_on():
        search.run(windows(problem, classes, SMALL), 0)
    if go_on():
        search.run(joined(problem, classes, JOINED), problem.coalition)
    cost = untied(classes, price, search.bound)
    return Bound(search.hidden, cost, _count(problem, cost))


class _Search:
    """The master programme with its cuts, and the solution it has at the moment."""

    def __init__(
        self, classes: Classes, price: Floats, budget: Budget, go_on: Callable[[], bool], pool: Pool
    ) -> None:
        self._classes, self._price, self._budget, self._go_on = classes, price, budget, go_on
        self._pool, self._alone = pool, Alone(classes)
        for cut in seeds(classes):
            self._pool.add(cut)
        self._master = Relaxation(self._pool, price, classes.always)
        solution = self._master.solve()
        self.bound, self.hidden = solution.bound, solution.hidden

    def run(self, asked: list[Window], coalition: int) -> None:
        """Asks windows for cuts, those again that had some, until the bound hardly rises."""
        warm = len(asked) <= WARM
        waiting: list[Window | Separator] = sorted(asked, key=lambda window: window.cells.size)
        for round_ in range(ROUNDS):
            before = self.bound
            waiting = self._searched(waiting, coalition, warm=warm)
            fresh = self._alone.add(self._pool, self.hidden)
            if not waiting and not fresh:
                return
            solution = self._master.solve()
            self.bound, self.hidden = max(self.bound, solution.bound), solution.hidden
            best = untied(self._classes, self._price, self.bound)
            self._budget.told(Step("relaxation", round_ + 1, ROUNDS, None, best))
            if not self._go_on() or self.bound - before < QUIET * self.bound:
                return

    def _searched(
        self, waiting: list[Window | Separator], coalition: int, *, warm: bool
    ) -> list[Window | Separator]:
        """Adds the violated cuts of the windows to the pool; answers with the windows that had some."""
        active: list[Window | Separator] = []
        for place, window in enumerate(waiting):
            if place % BATCH == 0:
                self._budget.cancelled()
                self._budget.told(Step("windows", place, len(waiting)))
            if not self._go_on():
                return active
            asked = window if isinstance(window, Separator) else Separator(self._classes, window, coalition)
            if sum([self._pool.add(cut) for cut in asked.cuts(self.hidden, self._go_on)]):
                active.append(asked if warm else window)
        return active


def _count(problem: Problem, cost: float) -> int:
    """In cells instead of prices: none costs more than the dearest."""
    dearest = float(
        np.max(problem.weight, initial=1.0, where=~(problem.known | problem.primary | problem.absent))
    )
    return int(np.ceil(cost / dearest - 1e-6))
