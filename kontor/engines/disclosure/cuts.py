"""Inequalities that every safe pattern satisfies (Fischetti & Salazar 2001), and the pool that keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from .problem import Bools, Floats, Ints

SLIGHT = 1e-9
GRAIN = 5_040
"""Factors are rounded up to such fractions (a number with many divisors): tiny ones upset the master programme."""


@dataclass(frozen=True, slots=True)
class Cut:
    """sum of factors * hidden[cells] >= least, with hidden 0 or 1 per class.

    demanded: every safe pattern satisfies it; otherwise only those do that hide nothing in vain.
    """

    cells: Ints
    factors: Floats
    least: float = 1.0
    demanded: bool = True

    def missing(self, hidden: Floats) -> float:
        """How much a (fractional) pattern falls short of it."""
        return self.least - float(self.factors @ hidden[self.cells])


def rounded(factors: Floats) -> Floats:
    """Factors of a cut with right side 1: larger ones stay valid, and none needs to exceed 1."""
    return np.minimum(np.ceil(factors * GRAIN - 1e-4) / GRAIN, 1.0)


def cut_of(shares: Floats, need: float, cells: Ints, always: Bools, asked_of: int = -1) -> Cut | None:
    """The cut that follows from: the way of a cell is at most the sum of the shares of hidden cells, and must be
    `need`.

    shares, cells and always are parallel: what each class contributes (infinite: no limit), its number, and whether
    every pattern hides it. asked_of: the place of the class whose demand holds only if it is hidden itself, else -1.
    None: what is always hidden suffices. A cut without cells cannot be satisfied: nothing protects that cell.
    """
    given = always.copy()
    if asked_of >= 0:
        given[asked_of] = True
    left = need - float(shares[given].sum())
    if not left > 1e-6 * max(need, 1.0):
        return None
    used = np.flatnonzero((shares > SLIGHT) & ~given)
    factors = rounded(shares[used] / left)
    if asked_of < 0:
        return Cut(cells[used], factors)
    return Cut(np.append(cells[used], cells[asked_of]), np.append(factors, -1.0), 0.0)


def support_cut(support: Bools, cells: Ints, conditions: Ints) -> Cut:
    """At least one class of the support must be hidden if all the conditions are."""
    used = cells[np.flatnonzero(support)]
    used = used[~np.isin(used, conditions)]
    factors = np.concatenate([np.ones(used.size), -np.ones(conditions.size)])
    return Cut(np.concatenate([used, conditions]), factors, 1.0 - conditions.size)


@dataclass(slots=True)
class Pool:
    """All cuts found, each once."""

    columns: int
    cuts: list[Cut] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def add(self, cut: Cut) -> bool:
        """False if it was there before."""
        order = np.argsort(cut.cells)
        key = cut.cells[order].tobytes() + np.round(cut.factors[order], 6).tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        self.cuts.append(cut)
        return True

    def demanded(self) -> Bools:
        """Which cuts every safe pattern satisfies."""
        return np.array([cut.demanded for cut in self.cuts], dtype=bool)

    def matrix(self, start: int = 0) -> tuple[csr_array, Floats]:
        """The cuts from `start` on as rows, and what each row must reach."""
        cuts = self.cuts[start:]
        ends = np.cumsum([0, *(cut.cells.size for cut in cuts)])
        if not cuts:
            return csr_array((0, self.columns)), np.zeros(0)
        cells = np.concatenate([cut.cells for cut in cuts])
        factors = np.concatenate([cut.factors for cut in cuts])
        rows = csr_array((factors, cells, ends), shape=(len(cuts), self.columns))
        return rows, np.array([cut.least for cut in cuts])
