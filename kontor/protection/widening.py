"""The last resort: everything around the cells that are still open is hidden, ever further."""

from __future__ import annotations

import numpy as np

from kontor.engines.disclosure.problem import Bools, Pattern, Problem


def around(problem: Problem, region: Bools) -> Bools:
    """The region with all cells that share an equation with one of its cells."""
    touched = np.asarray(abs(problem.equations) @ region) > 0
    return region | (np.asarray(abs(problem.equations).T @ touched) > 0)


def widened(problem: Problem, hidden: Bools, region: Bools) -> Pattern:
    """A pattern that hides the region too, as far as its values are not known; nothing is proven of it."""
    wider = hidden | (region & ~problem.known)
    nothing = np.zeros_like(wider)
    return Pattern(wider, nothing, 0.0, 0.0, 0, optimal=False)
