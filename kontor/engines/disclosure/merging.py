"""Cells that are equal for everybody become one class; what is determined from outside the table drops out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from .problem import Bools, Floats, Ints, Problem


@dataclass(frozen=True, slots=True)
class Classes:
    """The problem in deviations from the true values, one variable per class of equal cells.

    of: cell -> class, -1 where everybody has the value. equations: rows of at least two classes, sum zero.
    fall, rise: how far a deviation may go down and up by what is known beforehand (both >= 0, perhaps infinite).
    always: hidden in every pattern. protected: primary classes; width, down, up: what their interval must reach.
    asks: the width that a secondary class must have once it is hidden, because it could be taken for a primary one.
    contributor: the only respondent of a class, or -1; a class of so few persons that a coalition may be all of them has
    a number of its own. persons: how many stand behind that number. implied: class -> who knows it without the table: if
    he is alone in a total, all else in it is 0. value: the smallest true value in the class.
    weight: the price of hiding a class. base: the price of secondary cells that are equal to primary ones.
    """

    of: Ints
    equations: csr_array
    value: Floats
    fall: Floats
    rise: Floats
    always: Bools
    protected: Bools
    width: Floats
    down: Floats
    up: Floats
    asks: Floats
    contributor: Ints
    persons: Ints
    implied: Mapping[int, frozenset[int]]
    weight: Floats
    base: float
    unprotectable: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.value)


def merged(problem: Problem) -> Classes:
    """Classes of cells that are equal by two-cell equations once known values are taken out, repeatedly."""
    of = np.where(problem.known, -1, np.arange(problem.values.size, dtype=np.int64))
    of = _numbered(of)
    while True:
        equations = _equations(problem.equations, of)
        filled = np.diff(equations.indptr)
        single = equations.indices[equations.indptr[:-1][filled == 1]]
        pairs = equations.indptr[:-1][filled == 2]
        same = np.abs(equations.data[pairs] + equations.data[pairs + 1]) < 1e-12
        pairs = pairs[same]
        if not single.size and not pairs.size:
            break
        classes = equations.shape[1]
        ends = equations.indices[pairs], equations.indices[pairs + 1]
        links = coo_array((np.ones(pairs.size), ends), shape=(classes, classes))
        group = connected_components(links, directed=False)[1]
        fixed = np.zeros(classes, dtype=bool)
        fixed[np.isin(group, group[single])] = True
        group = np.where(fixed, -1, group)
        of = _numbered(np.where(of >= 0, group[of], -1))
    keep = filled > 1
    return _classes(problem, of, equations[keep] if not keep.all() else equations)


def _numbered(of: Ints) -> Ints:
    _, numbers = np.unique(of[of >= 0], return_inverse=True)
    out = np.full(of.size, -1, dtype=np.int64)
    out[of >= 0] = numbers
    return out


def _equations(equations: csr_array, of: Ints) -> csr_array:
    """The equations over classes; coefficients of one class add up, and what cancels is gone."""
    kept = np.flatnonzero(of >= 0)
    size = int(of.max(initial=-1)) + 1
    into = csr_array((np.ones(kept.size), (kept, of[kept])), shape=(of.size, size))
    product = csr_array(equations @ into)
    product.data[np.abs(product.data) < 1e-12] = 0.0
    product.eliminate_zeros()
    product.sort_indices()
    return product


def _classes(problem: Problem, of: Ints, equations: csr_array) -> Classes:
    size = equations.shape[1]
    kept = np.flatnonzero(of >= 0)
    at = of[kept]

    def least(amounts: Floats) -> Floats:
        out = np.full(size, np.inf)
        np.minimum.at(out, at, amounts[kept])
        return out

    def most(amounts: Floats) -> Floats:
        return -least(-amounts)

    primary = np.where(problem.primary, 1.0, 0.0)
    protected = most(primary) > 0
    absent = least(np.where(problem.absent, 1.0, 0.0)) > 0
    always = protected | absent
    price = np.where(problem.absent | problem.primary, 0.0, problem.weight)
    weight = np.bincount(at, weights=price[kept], minlength=size)
    value = least(problem.values)
    fall = least(problem.values - problem.low)
    low, high = problem.threshold, problem.threshold + problem.default_width
    doubtful = ~always & (value > low) & (value < high) & (value - fall <= low) & (low >= 0)
    contributor = most(problem.contributor.astype(float)).astype(np.int64)
    few = (contributor < 0) & protected & (value >= 2) & (value <= problem.coalition) & problem.integral
    numbers = np.arange(size) + contributor.max(initial=0) + 1
    contributor = np.where(few, numbers, contributor)
    return Classes(
        of=of,
        equations=equations,
        value=value,
        fall=fall,
        rise=least(problem.high - problem.values),
        always=always,
        protected=protected,
        width=most(np.where(problem.primary, problem.width, 0.0)),
        down=most(np.where(problem.primary, problem.down, 0.0)),
        up=most(np.where(problem.primary, problem.up, 0.0)),
        asks=np.where(doubtful, problem.default_width, 0.0),
        contributor=contributor,
        persons=np.where(few, value, contributor >= 0).astype(np.int64),
        implied=_implied(equations, (value == 0) & (fall <= 0), contributor),
        weight=np.asarray(weight, dtype=np.float64),
        base=float(weight[always].sum()),
        unprotectable=tuple(np.flatnonzero(problem.primary & (of < 0)).tolist()),
    )


def _implied(equations: csr_array, nothing: Bools, contributor: Ints) -> dict[int, frozenset[int]]:
    """Which respondents know of a class that it is 0 because they are alone in a total: class -> their numbers."""
    found: dict[int, set[int]] = {}
    if not nothing.any():
        return {}
    columns = equations.tocsc()
    for name in np.unique(contributor[contributor >= 0]).tolist():
        own: Ints = np.flatnonzero(contributor == name)
        waiting = own
        while waiting.size:
            rows = np.unique(columns[:, waiting].indices)
            fresh = [_left(equations, row, own, nothing) for row in rows.tolist()]
            waiting = np.setdiff1d(np.concatenate(fresh), own).astype(np.int64)
            own = np.union1d(own, waiting)
        for cell in own[contributor[own] != name].tolist():
            found.setdefault(cell, set()).add(name)
    return {cell: frozenset(names) for cell, names in found.items()}


def _left(equations: csr_array, row: int, own: Ints, nothing: Bools) -> Ints:
    """What stands in an equation beside what is known, if that must be 0 because all of it adds up."""
    part = slice(equations.indptr[row], equations.indptr[row + 1])
    cells, signs = equations.indices[part], equations.data[part]
    open_ = ~np.isin(cells, own)
    zero = nothing[cells[open_]].all() and np.unique(np.sign(signs[open_])).size == 1
    return cells[open_].astype(np.int64) if zero else np.zeros(0, dtype=np.int64)


def respondents(classes: Classes, cells: Ints, coalition: int) -> list[tuple[Ints, frozenset[int]]]:
    """Per respondent or coalition of them: the places in `cells` of what they know, and their numbers."""
    contributor = classes.contributor[cells]
    names = np.unique(contributor[contributor >= 0])
    own = {name: np.flatnonzero(contributor == name) for name in names.tolist()}
    size = {name: int(classes.persons[cells[places[0]]]) for name, places in own.items()}
    return [
        (np.concatenate([own[name] for name in joined]), frozenset(joined))
        for count in range(1, coalition + 1)
        for joined in combinations(own, count)
        if sum(size[name] for name in joined) <= coalition
    ]


def told_by_others(classes: Classes, cells: Ints, places: Ints, known: Ints, names: frozenset[int]) -> Ints:
    """Those of some places in `cells` that respondents do not know from themselves."""
    left = np.setdiff1d(places, known)
    if classes.implied:
        left = left[[not names & classes.implied.get(cell, frozenset()) for cell in cells[left].tolist()]]
    return left.astype(np.int64)
