"""What the auditor found becomes a demand on the next pattern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from kontor.audit import Leak, Result
from kontor.engines.disclosure.problem import Bools, Ints, Pattern, Problem

from .naming import Found


def opened(pattern: Pattern, result: Result, asked: Problem, found: Found) -> Pattern | None:
    """The pattern without the secondary cells that follow from the published ones: to publish them tells nothing new.

    None where there is no such cell.
    """
    exact = [leak for name in ("A", "B") for leak in result.attackers.get(name) or ()]
    cells = found.of(exact)
    cells = np.unique(cells[pattern.secondary[cells]])
    if not cells.size:
        return None
    hidden, secondary = pattern.hidden.copy(), pattern.secondary.copy()
    hidden[cells] = secondary[cells] = False
    cost, count = float(asked.weight[secondary].sum()), int(secondary.sum())
    bound, count_bound = min(pattern.bound, cost), min(pattern.count_bound, count)
    return replace(
        pattern, hidden=hidden, secondary=secondary, cost=cost, bound=bound, count_bound=count_bound
    )


def stricter(problem: Problem, leaks: Iterable[Leak], found: Found, *, hidden: Bools, more: bool) -> Problem:
    """The same problem in which what was found is protected too, by a wider interval where it was already.

    Who sees a cell because he may be alone in another one counts as alone there from now on. `more`: that did not
    suffice before, so in each equation of a found cell its smallest published neighbour is hidden as well.
    """
    primary, width, alone = problem.primary.copy(), problem.width.copy(), problem.contributor.copy()
    for leak in leaks:
        cell = found.cell(leak.codes, leak.response, leak.known)
        if cell < 0:
            continue
        width[cell] = width[cell] + problem.default_width if primary[cell] else problem.default_width
        primary[cell] = not problem.known[cell]
        for one in leak.by:
            place = found.cell(one["codes"], one["response"], one.get("known", 0))
            if place >= 0 and alone[place] < 0:
                alone[place] = alone.max() + 1
        if more:
            primary[_neighbours(problem, cell, hidden)] = True
    return replace(problem, primary=primary, width=np.where(primary, width, 0.0), contributor=alone)


def _neighbours(problem: Problem, cell: int, hidden: Bools) -> Ints:
    """In each equation of a cell, the smallest of the others that is published and may be hidden."""
    equations = problem.equations
    free = ~hidden & ~problem.known
    found = []
    for row in equations[:, [cell]].nonzero()[0]:
        others = equations.indices[equations.indptr[row] : equations.indptr[row + 1]]
        others = others[free[others] & (others != cell)]
        if others.size:
            found.append(others[np.argmin(problem.values[others])])
    return np.array(found, dtype=np.int64)


def as_asked(pattern: Pattern, asked: Problem, first: Pattern) -> Pattern:
    """The pattern in terms of what the recipe asks: whatever its rules do not name is secondary.

    `first` answered the problem as asked; its bounds hold for every later one too.
    """
    secondary = pattern.hidden & ~asked.primary & ~asked.absent
    return replace(
        pattern,
        secondary=secondary,
        cost=float(asked.weight[secondary].sum()),
        bound=first.bound,
        count_bound=first.count_bound,
        optimal=pattern.optimal and pattern is first,
    )
