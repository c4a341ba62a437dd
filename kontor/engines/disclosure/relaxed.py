"""A lower bound for tables of any size, within a share of the time: cuts from equations, then from small windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .cuts import Pool
from .master import Relaxation, prices
from .merging import Classes
from .problem import Budget, Floats, Problem, Step
from .seeds import seeds
from .separation import Separator
from .windows import Window, windows

SMALL = 160
"""The programmes of larger windows cost more than they tell when there are thousands of them."""
ROUNDS = 12
BATCH = 200


@dataclass(frozen=True, slots=True)
class Bound:
    """hidden: 0 to 1 per class, the relaxed pattern. cost, count: no safe pattern costs less or has fewer cells."""

    hidden: Floats
    cost: float
    count: int


def relaxed(problem: Problem, classes: Classes, budget: Budget, go_on: Callable[[], bool]) -> Bound:
    """The relaxation over all windows of at most SMALL classes, for as long as `go_on` says."""
    price = prices(classes.weight, classes.value, int(classes.protected.sum()))
    pool = Pool(classes.count)
    for cut in seeds(classes):
        pool.add(cut)
    master = Relaxation(pool, price, classes.always)
    solution = master.solve()
    bound, hidden = solution.bound, solution.hidden
    waiting = sorted(windows(problem, classes, SMALL), key=lambda window: window.cells.size)
    for round_ in range(ROUNDS):
        waiting = _searched(problem, classes, pool, waiting, hidden, budget, go_on)
        if not waiting:
            break
        solution = master.solve()
        bound, hidden = max(bound, solution.bound), solution.hidden
        budget.told(Step("relaxation", round_ + 1, ROUNDS, None, _cost(classes, price, bound)))
        if not go_on():
            break
    cost = _cost(classes, price, bound)
    return Bound(hidden, cost, _count(problem, cost))


def _searched(
    problem: Problem,
    classes: Classes,
    pool: Pool,
    waiting: list[Window],
    hidden: Floats,
    budget: Budget,
    go_on: Callable[[], bool],
) -> list[Window]:
    """Adds the violated cuts of the windows to the pool; answers with the windows that had some.

    Models are built anew in each round: thousands of warm ones would take gigabytes.
    """
    active: list[Window] = []
    for place, window in enumerate(waiting):
        if place % BATCH == 0:
            budget.cancelled()
            budget.told(Step("windows", place, len(waiting)))
        if not go_on():
            return active
        found = Separator(classes, window, problem.coalition).cuts(hidden)
        if sum([pool.add(cut) for cut in found]):
            active.append(window)
    return active


def _cost(classes: Classes, price: Floats, bound: float) -> float:
    """The bound in the units of the weights; where all of them are whole numbers, it is one too."""
    free = ~classes.always & (classes.weight > 0)
    raised = float(np.max(price[free] / classes.weight[free], initial=1.0))
    cost = bound / raised
    if np.all(classes.weight[free] == np.round(classes.weight[free])):
        cost = float(np.ceil(cost - 1e-6))
    return classes.base + cost


def _count(problem: Problem, cost: float) -> int:
    """In cells instead of prices: none costs more than the dearest."""
    dearest = float(
        np.max(problem.weight, initial=1.0, where=~(problem.known | problem.primary | problem.absent))
    )
    return int(np.ceil(cost / dearest - 1e-6))
