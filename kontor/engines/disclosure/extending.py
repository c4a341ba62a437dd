"""From a pattern to one that meets demands which were found later: what is hidden stays so, and little is added."""

from __future__ import annotations

import numpy as np

from .large import construct_large
from .problem import Bools, Budget, Pattern, Problem
from .suppress import SEARCHED, Search, TimeUp


def extended(problem: Problem, hidden: Bools, *, budget: Budget | None = None) -> Pattern:
    """A safe pattern that hides the cells in `hidden` too, where nobody finds a cheaper one in the time that is left.

    Its bound is 0. Built anew where that does not work, or takes too long: above SEARCHED cells.
    """
    budget = budget or Budget()
    if problem.values.size > SEARCHED:
        return construct_large(problem, budget=budget)
    search = Search(problem, budget)
    start = search.hides(hidden)
    try:
        safe = search.repaired(start, np.zeros(start.size))
        if safe is None:
            return construct_large(problem, budget=budget)
        search.improve(safe)
    except TimeUp:
        pass  # it is safe, and dearer than it might be
    return search.pattern()
