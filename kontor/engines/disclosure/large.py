"""Tables of any size: a safe pattern by routes, made cheaper while time is left, with a bound by small windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .checks import components
from .construct import Construction
from .cuts import Pool
from .master import prices
from .merging import Classes, merged
from .problem import Bools, Budget, Floats, Ints, Pattern, Problem, Step, Witness
from .relaxed import Bound, relaxed
from .reroute import cleaned, idle, rebuilt
from .singles import separated
from .trimming import LARGEST, trimmed

BOUNDING = 0.3
"""The share of the time for the bound; what it relaxes guides the construction."""
REST = 0.2
"""The share kept for the last search for pairs that clean-up has opened again."""
MANY = 20_000
"""Above so many classes the bound has a smaller share, and boxes are only as large as the time allows."""
BOUNDING_MANY = 0.1
BUILDING, CLEANING = 0.55, 0.05
"""There, the shares of the time that is left for building and for cleaning up; the rest is for pairs."""
FIRST, PAIRED = 8, 4
"""Codes of each equation in the first boxes, and in the first ones of pairs."""
AGAIN = 3
SETTLING = 5


def construct_large(problem: Problem, *, budget: Budget | None = None, pool: Pool | None = None) -> Pattern:
    """A pattern that is safe against attackers A, B and C whenever time runs out, with witnesses and a proven bound.

    Short of time it hides more, never less. Cuts go into `pool` (of merged classes). Raises whatever
    `budget.cancelled` raises.
    """
    budget = budget or Budget()
    classes = merged(problem)
    many = classes.count > MANY
    share = BOUNDING_MANY if many else BOUNDING
    bound = relaxed(problem, classes, budget, _until(budget, 1 - share), pool)
    made = constructed(problem, classes, budget, bound.hidden)
    return _pattern(problem, classes, made, bound)


def constructed(
    problem: Problem, classes: Classes, budget: Budget, hidden: Floats | None = None
) -> Construction:
    """The pattern over classes; `hidden`: 0 to 1 per class, what a relaxation would hide."""
    price = prices(classes.weight, classes.value, int(classes.protected.sum()))
    made = Construction(problem, classes, price, budget, hidden)
    suspect = problem.threshold if problem.integral else -1.0
    if classes.count > MANY and np.isfinite(budget.left()):
        _hurried(made)
    else:
        _carefully(made, suspect, suspected=problem.suspected)
    for _ in range(SETTLING):
        idle(made)
        if not separated(made, suspect, problem.coalition, suspected=problem.suspected):
            break
    return made


def _hurried(made: Construction) -> None:
    """Builds, and cleans up, in boxes as large as the time allows."""
    budget, left = made.budget, made.budget.left()
    made.few = FIRST
    made.build(rest=(1 - BUILDING) * left)
    made.budget = replace(budget, left=lambda: budget.left() - (1 - BUILDING - CLEANING) * left)
    cleaned(made)
    made.few, made.budget = PAIRED, budget


def _carefully(made: Construction, suspect: float, *, suspected: bool) -> None:
    """Builds, and makes the pattern cheaper and safe against suspicions in turn."""
    budget = made.budget
    rest = 0.0 if np.isinf(budget.left()) else budget.left() * REST
    reserved = replace(budget, left=lambda: budget.left() - rest)
    made.budget = reserved
    made.build()
    for _ in range(AGAIN):
        before = made.hidden.copy()
        made.budget = budget
        separated(made, suspect, made.coalition, suspected=suspected)
        made.budget = reserved
        if any(cells.size > LARGEST for cells in components(made.classes, made.hidden)):
            cleaned(made)
            rebuilt(made)
        trimmed(made)
        if reserved.left() <= 0 or np.array_equal(made.hidden, before):
            break
    made.budget = budget


def _until(budget: Budget, share: float) -> Callable[[], bool]:
    """Whether more than that share of the time that is left now is still left."""
    end = budget.left() * share
    return lambda: budget.left() > end or np.isinf(end)


def _pattern(problem: Problem, classes: Classes, made: Construction, bound: Bound) -> Pattern:
    hidden: Bools = problem.primary | problem.absent
    hidden[classes.of >= 0] |= made.hidden[classes.of[classes.of >= 0]]
    secondary = hidden & ~problem.primary & ~problem.absent
    cost = float(problem.weight[secondary].sum())
    settled = not any(made.hidden[cell] and made.hidden[known] for cell, known in made.given_up)
    lost = np.unique([names[0] for names in made.lost]).astype(np.int64)
    open_ = np.flatnonzero(problem.primary & np.isin(classes.of, lost)).tolist()
    return Pattern(
        hidden=hidden,
        secondary=secondary,
        cost=cost,
        bound=min(bound.cost, cost),
        count_bound=min(bound.count, int(secondary.sum())),
        optimal=cost <= bound.cost and settled,
        settled=settled,
        steps=(Step("large", best=cost, bound=bound.cost),),
        witnesses=tuple(_witnesses(problem, classes, made)),
        unprotectable=tuple(sorted({*classes.unprotectable, *open_})),
    )


def _witnesses(problem: Problem, classes: Classes, made: Construction) -> list[Witness]:
    """For every primary cell the two points that move it furthest, over cells instead of classes."""
    order = np.argsort(classes.of, kind="stable")
    starts = np.searchsorted(classes.of[order], np.arange(classes.count + 1))
    out = []
    for cell in np.flatnonzero(problem.primary & (classes.of >= 0)).tolist():
        (down, low), (up, high) = made.points.ends(int(classes.of[cell]))
        both = np.union1d(down, up)
        ways = np.zeros((2, both.size))
        ways[0, np.searchsorted(both, down)] = low
        ways[1, np.searchsorted(both, up)] = high
        cells, times = _members(order, starts, both)
        out.append(Witness(cell, cells, np.repeat(ways[0], times), np.repeat(ways[1], times)))
    return out


def _members(order: Ints, starts: Ints, classes: Ints) -> tuple[Ints, Ints]:
    """The cells of some classes, and how many each has."""
    times = starts[classes + 1] - starts[classes]
    ends = np.cumsum(times)
    taken = np.repeat(starts[classes] - (ends - times), times) + np.arange(int(times.sum()))
    return order[taken], times
