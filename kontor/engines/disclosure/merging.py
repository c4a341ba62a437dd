"""Cells that are equal for everybody become one class; what is determined from outside the table drops out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from .problem import Bools, Floats, Ints, Problem
from .respondents import KnownTo, People, Sums, known_by, known_from_themselves, people_of, sizes, sums_of


@dataclass(frozen=True, slots=True)
class Classes:
    """The problem in deviations from the true values, one variable per class of equal cells.

    of: cell -> class, -1 where everybody has the value. equations: rows of at least two classes, sum zero.
    fall, rise: how far a deviation may go down and up by what is known beforehand (both >= 0, perhaps infinite).
    always: hidden in every pattern. judged: it has a cell of a published table; the others nobody is told of in any case.
    protected: primary classes; width, down, up: what their interval must reach.
    asks: the width that a secondary class must have once it is hidden, because it could be taken for a primary one.
    contributor: the only respondent of a class, or -1; a class of so few persons that a coalition may be all of them has
    a number of its own. persons: how many stand behind that number. implied: class -> who knows it without the table: if
    he is alone in a total, all else in it is 0. people, known_to, known_by, size, sums: see `respondents.py`.
    value: the smallest true value in the class, of cells in published tables where there are any.
    weight: the price of hiding a class. base: the price of secondary cells that are equal to primary ones.
    """

    of: Ints
    equations: csr_array
    value: Floats
    fall: Floats
    rise: Floats
    always: Bools
    judged: Bools
    protected: Bools
    width: Floats
    down: Floats
    up: Floats
    asks: Floats
    contributor: Ints
    persons: Ints
    implied: Mapping[int, frozenset[int]]
    people: People
    known_to: KnownTo
    known_by: Mapping[frozenset[int], Ints]
    size: Mapping[int, int]
    sums: Sums
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
    least, most = _by_class(of, size)
    protected = most(np.where(problem.primary, 1.0, 0.0)) > 0
    always = protected | (least(np.where(problem.absent, 1.0, 0.0)) > 0)
    price = np.where(problem.absent | problem.primary, 0.0, problem.weight)
    weight = np.bincount(of[of >= 0], weights=price[of >= 0], minlength=size)
    value = least(np.where(problem.absent & ~problem.primary, np.inf, problem.values))
    judged = np.isfinite(value)
    value = np.where(judged, value, least(problem.values))
    fall = least(problem.values - problem.low)
    low = np.full(size, problem.threshold) if problem.small is None else most(problem.small)
    doubtful = ~always & _doubtful(problem, value, fall, low)
    alone = most(problem.contributor.astype(float)).astype(np.int64)
    contributor, persons = _few(problem, alone, np.where(protected, value, 0.0))
    sums = sums_of(equations, value)
    people = people_of(sums, value, contributor, persons, problem.coalition)
    known_to = known_from_themselves(sums, people)
    return Classes(
        of=of,
        equations=equations,
        value=value,
        fall=fall,
        rise=least(problem.high - problem.values),
        always=always,
        judged=judged,
        protected=protected,
        width=most(np.where(problem.primary, problem.width, 0.0)),
        down=most(np.where(problem.primary, problem.down, 0.0)),
        up=most(np.where(problem.primary, problem.up, 0.0)),
        asks=np.where(doubtful, problem.default_width, 0.0),
        contributor=contributor,
        persons=persons,
        implied=_alone(people, known_to, contributor),
        people=people,
        known_to=known_to,
        known_by=known_by(known_to, people),
        size=sizes(contributor, persons),
        sums=sums,
        weight=np.asarray(weight, dtype=np.float64),
        base=float(weight[always].sum()),
        unprotectable=tuple(np.flatnonzero(problem.primary & (of < 0)).tolist()),
    )


def _by_class(of: Ints, size: int) -> tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]:
    """What gives the least, and what gives the most, of the amounts of the cells of each class."""
    kept = np.flatnonzero(of >= 0)

    def least(amounts: Floats) -> Floats:
        out = np.full(size, np.inf)
        np.minimum.at(out, of[kept], amounts[kept])
        return out

    return least, lambda amounts: -least(-amounts)


def _doubtful(problem: Problem, value: Floats, fall: Floats, low: Floats) -> Bools:
    """Classes whose interval could lie among the small values, so that they would be taken for primary ones."""
    near = (value > low) & (value < low + problem.default_width) & (value - fall <= low)
    return np.asarray(near & (low >= 0) & (problem.threshold >= 0))


def _few(problem: Problem, alone: Ints, small: Floats) -> tuple[Ints, Ints]:
    """Numbers of respondents, those of several persons after those of single ones, and for how many each stands."""
    few = (alone < 0) & (small >= 2) & (small <= problem.coalition) & problem.integral
    numbers = np.arange(alone.size) + alone.max(initial=0) + 1
    contributor: Ints = np.where(few, numbers, alone)
    return contributor, np.where(few, small, contributor >= 0).astype(np.int64)


def _alone(classes: People, known_to: KnownTo, contributor: Ints) -> dict[int, frozenset[int]]:
    """Class -> the numbers of `contributor` that alone suffice to know it from oneself, those of several persons too."""
    numbers: dict[frozenset[int], set[int]] = {}
    for cell, names in classes.items():
        if contributor[cell] >= 0:
            numbers.setdefault(names, set()).add(int(contributor[cell]))
    found = {
        cell: frozenset(one for names in sets for one in numbers.get(names, ()))
        for cell, sets in known_to.items()
    }
    return {cell: names for cell, names in found.items() if names}
