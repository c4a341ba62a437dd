"""Sums of hidden cells that follow from what is published: whoever subtracts has them as if they were printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from math import comb

import numpy as np
from scipy.linalg import null_space
from scipy.sparse import csr_array

from .problem import Bools, Floats
from .respondents import Sums, sums_of

MOST = 50
"""Ways to take one sum apart; a cell that is the total of several equations multiplies them."""
FEW = 600
"""Hidden cells of a table in which combinations of all equations are looked at."""
TRIED = 3_000
"""Sums of members of one equation that are tried there, the smallest first."""
SAME = 1e-8
SEED = 7

Cells = frozenset[int]


def remainders(equations: csr_array, values: Floats, hidden: Bools) -> list[Cells]:
    """The sets of hidden cells of which everybody can compute the sum, each once.

    What is left of a published total once its published members are subtracted; in it hidden totals are replaced by
    what is left of their own members, in every way but for more than MOST; and where one such sum contains another,
    their difference. Up to FEW hidden cells also whatever all equations together tell of members of one of them.
    """
    sums = sums_of(equations, values)
    found, open_ = _followed(equations, hidden)
    apart = _Apart(sums, values, open_)
    for row in np.flatnonzero((sums.total >= 0) & (equations.shape[1] > 0)).tolist():
        if not open_[sums.total[row]]:
            left = frozenset(cell for cell in sums.members(row).tolist() if open_[cell])
            if left:
                found.update(dict.fromkeys(apart.ways(left)))
    return list(dict.fromkeys([*found, *_differences(found), *_of_all_equations(sums, open_)]))


def _followed(equations: csr_array, hidden: Bools) -> tuple[dict[Cells, None], Bools]:
    """Hidden cells that are alone in an equation, each for itself, and those that then remain."""
    open_, found = hidden.copy(), dict[Cells, None]()
    counted = csr_array((np.ones(equations.nnz), equations.indices, equations.indptr), shape=equations.shape)
    while True:
        rows = counted[counted @ open_.astype(float) == 1]
        alone = np.unique(rows.indices[open_[rows.indices]])
        if not alone.size:
            return found, open_
        found |= {frozenset([cell]): None for cell in alone.tolist()}
        open_[alone] = False


class _Apart:
    """Replaces hidden totals by what is left of their members.

    To take away what is published, and passes the rules, makes a sum more telling and never less (the rules are
    subadditive: Cox 1981), so only sums count of which nothing more can be taken away.
    """

    def __init__(self, sums: Sums, values: Floats, open_: Bools) -> None:
        self._sums, self._values, self._open = sums, values, open_
        self._known: dict[int, list[Cells]] = {}

    def ways(self, start: Cells) -> Iterator[Cells]:
        waiting, seen = [start], {start}
        while waiting:
            one = waiting.pop()
            total = next((cell for cell in one if self._parts(cell)), None)
            if total is None:
                yield one
                continue
            for members in self._parts(total):
                fresh = (one - {total}) | members
                if fresh not in seen and len(seen) < MOST:
                    seen.add(fresh)
                    waiting.append(fresh)
                elif fresh not in seen:
                    yield fresh

    def _parts(self, total: int) -> list[Cells]:
        """The hidden members of each equation of a total, where something published can be taken away."""
        if total not in self._known:
            rows = self._sums.order[self._sums.starts[total] : self._sums.starts[total + 1]].tolist()
            self._known[total] = [part for part in map(self._part, rows) if part is not None]
        return self._known[total]

    def _part(self, row: int) -> Cells | None:
        members = self._sums.members(row)
        left = members[self._open[members]].tolist()
        less = self._values[members[~self._open[members]]].sum() > 0 or any(map(self._parts, left))
        return frozenset(left) if less else None


def _differences(found: Iterable[Cells]) -> Iterator[Cells]:
    """What one sum has more than another that is part of it."""
    by_cell: dict[int, list[Cells]] = {}
    for one in found:
        for cell in one:
            by_cell.setdefault(cell, []).append(one)
    for one in found:
        for larger in by_cell[next(iter(one))]:
            if one < larger:
                yield larger - one


def _of_all_equations(sums: Sums, open_: Bools) -> Iterator[Cells]:
    """Sums of hidden members of one equation that do not move, whatever way all hidden cells may move together.

    Random sums of all such ways show it: what cancels in them cancels in all.
    """
    cells = np.flatnonzero(open_)
    if not 1 < cells.size <= FEW:
        return
    part = csr_array(sums.equations[:, cells])
    part = part[np.diff(part.indptr) > 0]
    ways = null_space(part.toarray())
    moves = np.zeros((open_.size, 3))
    moves[cells] = ways @ np.random.default_rng(SEED).normal(size=(ways.shape[1], 3))
    for row in np.flatnonzero(sums.total >= 0).tolist():
        members = sums.members(row)
        members = members[open_[members]]
        left = TRIED
        for size in range(1, members.size + 1):
            left -= comb(members.size, size)
            if left < 0:
                break
            chosen = np.array(list(combinations(members.tolist(), size)))
            still = np.abs(moves[chosen].sum(axis=1)).max(axis=1) < SAME
            yield from (frozenset(one) for one in chosen[still].tolist())
