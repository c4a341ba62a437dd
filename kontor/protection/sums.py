"""Sums of hidden amounts that everybody can compute are as good as published: the rules hold for them too.

Hundepool et al. 2012, chapter 4; what GaussSuppression 1.2 does for sole contributors of two cells (`sub2Sum`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from kontor.engines.disclosure.incidence import expanded, places_of
from kontor.engines.disclosure.primary import Contributions, of_sums
from kontor.engines.disclosure.problem import Bools, Ints, Pattern, Problem, Witness
from kontor.engines.disclosure.subtraction import Cells, remainders
from kontor.errors import BadRow, Invalid

from .naming import places
from .preparing import Prepared
from .recipe import Recipe
from .tabulating import Behind, depth_of, primary_amounts, summed

ROUNDS = 12  # patterns, each of which protects the sums that the ones before gave away
SMALL = 1_000  # cells of a table that is searched anew once its sums are found
NAMED = 10  # cells of a sum that a refusal names

Levels = tuple[float, float]
"""How far down and how far up it must be unknown."""

Solve = Callable[[Problem, Bools | None], Pattern]


@dataclass(frozen=True, slots=True)
class _Source:
    """One response of one table, and who contributed to it.

    place: number of a cell in the problem -> its place in the flattened table, else -1. within: places x inner cells,
    1 where an inner cell is part of the cell there; rows: inner cells x rows of `behind`.
    """

    recipe: Recipe
    place: Ints
    within: csr_array
    rows: csr_array
    behind: Behind


class HiddenSums:
    """What the rules ask of sums; `demanded` grows with every pattern that gives one away."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._sources = list(_sources(prepared))
        self.demanded: dict[Cells, Levels] = {}

    def pattern(
        self, problem: Problem, solve: Solve, before: Bools | None = None, *, anew: Solve | None = None
    ) -> Pattern:
        """A pattern that gives no sum away that the rules name, as far as one is found in ROUNDS.

        Sums are cells that nobody publishes, and primary: no pattern may tell them, so a bound of the larger problem
        holds. anew: asked in the end of small tables, for a cheaper pattern or a higher bound. Raises Invalid where
        nothing can protect such a sum.
        """
        found = self._solved(problem, solve, before)
        for _ in range(ROUNDS):
            fresh = self._fresh(found.hidden)
            if not fresh or found.unprotectable:
                break
            self.demanded |= fresh
            more = self._solved(problem, solve, found.hidden)
            found = replace(more, bound=found.bound, count_bound=found.count_bound, optimal=False)
        if anew is None or not self.demanded or found.unprotectable or problem.values.size > SMALL:
            return found
        other = self._solved(problem, anew, None)
        if other.unprotectable:
            return found
        if other.cost < found.cost and not self._fresh(other.hidden):
            found = replace(other, bound=found.bound, count_bound=found.count_bound)
        return replace(
            found,
            bound=max(found.bound, other.bound),
            count_bound=max(found.count_bound, other.count_bound),
            optimal=other.optimal and found.cost <= other.cost,
        )

    def cells(self, hidden: Bools) -> Ints:
        """The cells of all sums that everybody can compute and the rules name."""
        found = {cell for cells, _ in self._told(hidden) for cell in cells}
        return np.array(sorted(found), dtype=np.int64)

    def refused(self, hidden: Bools) -> Invalid:
        """The same as faults, one per sum."""
        return self._invalid([cells for cells, _ in self._told(hidden)])

    def _solved(self, problem: Problem, solve: Solve, before: Bools | None) -> Pattern:
        hidden = None if before is None else np.append(before, np.ones(len(self.demanded), dtype=np.bool_))
        found = solve(_with_sums(problem, self.demanded), hidden)
        self._check_protected(problem, found)
        return _without_sums(found, problem.values.size)

    def _fresh(self, hidden: Bools) -> dict[Cells, Levels]:
        """Sums that are not demanded yet."""
        return {cells: levels for cells, levels in self._told(hidden) if cells not in self.demanded}

    def _check_protected(self, problem: Problem, found: Pattern) -> None:
        size, sums = problem.values.size, list(self.demanded)
        open_ = [sums[cell - size] for cell in found.unprotectable if cell >= size]
        if open_ and len(open_) == len(found.unprotectable):
            raise self._invalid(open_)

    def _invalid(self, sums: Sequence[Cells]) -> Invalid:
        names = places(self._prepared.tables)
        rows = []
        for cells in sums:
            named = [names[cell] for cell in sorted(cells)[:NAMED] if cell in names]
            facts = {"cells": "; ".join(named), "count": len(cells)}
            rows.append(BadRow("sum_unprotectable", None, None, facts))
        return Invalid(rows)

    def _told(self, hidden: Bools) -> list[tuple[Cells, Levels]]:
        """Sums that everybody can compute although a rule names them, and how far down and up it asks to be unsure."""
        if not self._sources:
            return []
        problem = self._prepared.problem
        primary = problem.primary
        found = remainders(problem.equations, problem.values, hidden)
        sums = [cells for cells in found if len(cells) > 1 or not primary[list(cells)].any()]
        return [(sums[at], levels) for at, levels in _named(self._sources, sums, primary.size).items()]


def _sources(prepared: Prepared) -> Iterator[_Source]:
    for table, found in zip(prepared.tables, prepared.behind, strict=True):
        for response, cube in zip(table.responses, table.cubes, strict=True):
            if response not in found:
                continue
            behind = found[response]
            place: Ints = np.full(prepared.problem.values.size, -1, dtype=np.int64)
            place[cube.cells.ravel()] = np.arange(cube.cells.size)
            inner, inner_of = np.unique(places_of(cube.axes, behind.codes), return_inverse=True)
            numbers, cells = np.arange(inner.size), inner
            for dimension in range(len(cube.axes)):
                row, cells = expanded(cube.axes, dimension, cells)
                numbers = numbers[row]
            within = _ones(cells, numbers, (cube.cells.size, inner.size))
            rows = _ones(inner_of, np.arange(inner_of.size), (inner.size, inner_of.size))
            yield _Source(table.recipe, place, within, rows, behind)


def _ones(rows: Ints, columns: Ints, shape: tuple[int, int]) -> csr_array:
    return csr_array((np.ones(rows.size), (rows, columns)), shape=shape)


def _named(sources: Sequence[_Source], sums: list[Cells], size: int) -> dict[int, Levels]:
    """Number of a sum -> how far down and up it must be protected, where any rule of its tables names it."""
    covered = np.logical_or.reduce([source.place >= 0 for source in sources])
    members = _members(sums, size)
    whole = members @ (~covered).astype(float) == 0
    given = _given(sources, members)
    found: dict[int, Levels] = {}
    for source in sources:
        asked = primary_amounts(source.recipe, given)
        own = members @ (source.place >= 0).astype(float) > 0
        for at in np.flatnonzero(asked.cells & (given.total > 0) & whole & own).tolist():
            down, up = found.get(at, (0.0, 0.0))
            found[at] = max(down, float(asked.down[at])), max(up, float(asked.up[at]))
    return found


def _members(sums: Iterable[Cells], size: int) -> csr_array:
    """Sums x cells: 1 where a cell is part of a sum."""
    lists = [sorted(cells) for cells in sums]
    lengths = [len(cells) for cells in lists]
    columns = np.array([cell for cells in lists for cell in cells], dtype=np.int64)
    return _ones(np.repeat(np.arange(len(lists)), lengths), columns, (len(lists), size))


def _given(sources: Sequence[_Source], members: csr_array) -> Contributions:
    """Who stands behind each sum: what a contributor has in several of its cells is added up."""
    count = members.shape[0]
    taken = np.zeros(members.shape[1], dtype=np.bool_)
    sums, holding, amounts, persons = [], [], [], []
    for source in sources:
        cells = np.flatnonzero((source.place >= 0) & ~taken)
        taken[cells] = True
        at = coo_array(csr_array(members[:, cells]) @ source.within[source.place[cells]] @ source.rows)
        behind = source.behind
        sums.append(at.row.astype(np.int64))
        holding.append(behind.holding[at.col])
        amounts.append(behind.amounts[at.col])
        persons.append((np.ones(behind.holding.size) if behind.persons is None else behind.persons)[at.col])
    rows, given = np.concatenate(sums), np.concatenate(amounts)
    if any(source.behind.persons is not None for source in sources):
        total = np.bincount(rows, given, count).astype(np.float64)
        return summed(total, np.bincount(rows, np.concatenate(persons), count).astype(np.float64))
    depth = max(depth_of(source.recipe) for source in sources)
    return of_sums(count, rows, np.concatenate(holding), given, depth)


def _with_sums(problem: Problem, demanded: Mapping[Cells, Levels]) -> Problem:
    """The problem with one more cell per sum, which nobody publishes."""
    if not demanded:
        return problem
    size, more = problem.values.size, len(demanded)
    members = _members(demanded, size)
    down, up = np.array(list(demanded.values())).T
    equations = problem.equations
    nothing = csr_array((equations.shape[0], more))
    ties = hstack([members, -_ones(np.arange(more), np.arange(more), (more, more))])
    grown = {
        "values": members @ problem.values,
        "primary": np.ones(more, dtype=np.bool_),
        "known": np.zeros(more, dtype=np.bool_),
        "absent": np.ones(more, dtype=np.bool_),
        "low": np.zeros(more),
        "high": np.full(more, np.inf),
        "width": down + up,
        "down": down,
        "up": up,
        "contributor": np.full(more, -1, dtype=np.int64),
        "weight": np.ones(more),
    } | ({} if problem.small is None else {"small": np.full(more, -1.0)})
    arrays: dict[str, Any] = {name: np.append(getattr(problem, name), added) for name, added in grown.items()}
    return replace(problem, equations=csr_array(vstack([hstack([equations, nothing]), ties])), **arrays)


def _without_sums(pattern: Pattern, size: int) -> Pattern:
    """The pattern of the cells that are there."""
    return replace(
        pattern,
        hidden=pattern.hidden[:size],
        secondary=pattern.secondary[:size],
        witnesses=tuple(_cut(one, size) for one in pattern.witnesses if one.cell < size),
        unprotectable=tuple(cell for cell in pattern.unprotectable if cell < size),
    )


def _cut(witness: Witness, size: int) -> Witness:
    kept = witness.cells < size
    return Witness(witness.cell, witness.cells[kept], witness.low[kept], witness.high[kept])
