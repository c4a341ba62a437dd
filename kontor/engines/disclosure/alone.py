"""A class that is hidden alone in an equation is hidden in vain: everybody can compute it."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .cuts import Cut, Pool
from .merging import Classes
from .problem import Bools, Floats

ALONE = 0.02
"""By so much a (fractional) class must exceed all others of its equation for a cut."""


class Alone:
    """The equations without a class that every pattern hides, and who is alone in them.

    Whoever publishes such a class tells nothing new, so for every safe pattern there is one at most as dear that hides
    none, and the bound may count on it.
    """

    def __init__(self, classes: Classes) -> None:
        equations = classes.equations
        ones = np.ones(equations.nnz)
        plain = csr_array((ones, equations.indices, equations.indptr), shape=equations.shape)
        self._equations = csr_array(plain[(plain @ classes.always.astype(float)) == 0])

    def add(self, pool: Pool, hidden: Floats) -> int:
        """Adds what a (fractional) pattern violates to the pool; how many cuts are new."""
        rows, ends = self._equations, self._equations.indptr
        row_of = np.repeat(np.arange(rows.shape[0]), np.diff(ends))
        excess = 2 * hidden[rows.indices] - (rows @ hidden)[row_of]
        fresh = 0
        for at in np.flatnonzero(excess > ALONE).tolist():
            cells = rows.indices[ends[row_of[at]] : ends[row_of[at] + 1]].astype(np.int64)
            alone = int(rows.indices[at])
            others = cells[cells != alone]
            factors = np.append(np.ones(others.size), -1.0)
            fresh += pool.add(Cut(np.append(others, alone), factors, 0.0, demanded=False))
        return fresh


def near(classes: Classes, cells: Bools, hidden: Bools | None = None) -> Bools:
    """These classes and all that share an equation with one of them (with one that is hidden, if `hidden` is given)."""
    equations = classes.equations
    start = cells if hidden is None else cells & hidden
    rows = abs(equations) @ start.astype(float) > 0
    beside: Bools = cells | (abs(equations).T @ rows.astype(float) > 0)
    return beside
