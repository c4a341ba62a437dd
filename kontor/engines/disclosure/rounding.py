"""Additive rounding: small inner counts become 0 or the base, every published cell is the sum of its inner cells.

The idea that only inner cells are changed, and chosen so that the published sums stay close: Langsrud & Heldal 2018,
An algorithm for small count rounding of tabular data. Controlled rounding as a programme: Cox 1987.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from kontor.errors import Refused

from .problem import Bools, Budget, Floats, Ints, Step
from .statements import Statement

MOST_EXACT = 60
"""Up to so many rounded inner cells the best rounding is looked for by a programme with whole numbers."""
MOST_NODES = 400
"""How far that search goes; a number of nodes and not of seconds, so that the same input has the same output."""
PATIENCE = 300
"""So many exchanges in a row may fail before no more are tried."""
NO_GAIN = -0.5
"""Sums of squared errors are whole numbers; ties are told apart by less than that."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """Rounded inner counts and the published cells that they add up to.

    rounded: which inner cells the method was free to change. errors: published minus true; not for the public, like
    every number below. largest, mean: of the absolute errors of all published cells; bias: their mean with sign.
    optimal: no choice of roundings has a smaller largest + mean.
    """

    inner: Ints
    cells: Ints
    rounded: Bools
    errors: Ints
    base: int
    largest: int
    mean: float
    bias: float
    optimal: bool


def guarantees(base: int, *, every: bool = False) -> tuple[Statement, ...]:
    """What holds of every table rounded to this base, and what does not; no value goes in."""
    facts = {"base": base, "most": base - 1}
    inner = "rounding_every_count" if every else "rounding_zero_or_base"
    kept = () if every else (Statement("rounding_large_counts_exact", facts),)
    return (
        Statement("rounding_additive"),
        Statement("rounding_no_small_counts", facts),
        Statement(inner, facts),
        *kept,
        Statement("rounding_error_of_sums_unbounded"),
        Statement("rounding_no_true_sums_elsewhere"),
    )


def rounded(
    counts: ArrayLike,
    published: csr_array,
    base: int,
    seed: int,
    *,
    every: bool = False,
    budget: Budget | None = None,
) -> Rounded:
    """Rounds inner counts so that no published cell is 1..base-1 and all of them stay close and additive.

    `published` is inner cells x published cells (`incidence`; linked tables side by side: hstack). Inner cells of
    1..base-1 that are part of a small published cell become 0 or `base`; with `every`, each inner count becomes one of
    the two multiples around it. `seed` decides among equally good choices.
    Guarantee: an inner cell moves by less than `base`, a published zero stands for 0..base-1 in every inner cell of
    it, a published inner cell of `base` for 1..base (with `every`: 1..2 base - 1). Nothing bounds the errors of sums;
    they are measured. Which counts go up follows from the fit and not from chance, so true sums that are known from
    elsewhere, or another rounding of the same people, narrow the small counts.
    Raises Refused("rounding_base_too_small") below 2, Refused("rounding_counts_only").
    """
    values = np.asarray(counts, dtype=np.float64)
    if base < 2:
        raise Refused("rounding_base_too_small", base=base)
    if (values < 0).any() or (values != np.rint(values)).any():
        raise Refused("rounding_counts_only")
    budget = budget or Budget()
    true: Ints = values.astype(np.int64)
    free = (
        true % base > 0 if every else _small(true, true, published, base, np.zeros(true.size, dtype=np.bool_))
    )
    while True:
        budget.cancelled()
        inner, optimal = _chosen(true, free, published, base, seed, budget)
        again = free if every else _small(true, inner, published, base, free)
        if (again == free).all():
            return _measured(true, inner, free, published, base, optimal)
        free = again


def _small(true: Ints, now: Ints, published: csr_array, base: int, free: Bools) -> Bools:
    """The inner cells that must be rounded: those already free, and those in a published cell that is small now."""
    cells = published.T @ now
    small = ((cells > 0) & (cells < base)).astype(np.int64)
    touched: Bools = (published @ small > 0) & (true % base > 0)
    return free | touched


def _chosen(
    true: Ints, free: Bools, published: csr_array, base: int, seed: int, budget: Budget
) -> tuple[Ints, bool]:
    places = np.flatnonzero(free)
    lower = true[places] // base * base
    rest = true[places] - lower
    matrix = csr_array(published[places].astype(np.int64))
    up = _greedy(rest, matrix, base, seed, budget)
    optimal = not places.size
    if 0 < places.size <= MOST_EXACT:
        better, optimal = _exact(rest, matrix, base)
        if better is not None and _cost(better, rest, matrix, base) <= _cost(up, rest, matrix, base):
            up = better
    inner = true.copy()
    inner[places] = lower + base * up
    return inner, optimal


def _cost(up: Bools, rest: Ints, matrix: csr_array, base: int) -> float:
    errors = np.abs(matrix.T @ (base * up - rest))
    return float(errors.max() + errors.mean())


def _greedy(rest: Ints, matrix: csr_array, base: int, seed: int, budget: Budget) -> Bools:
    """Flips one inner cell after the other, always the one that lowers the sum of squared errors most, as long as one
    does; then exchanges pairs."""
    fit = _Fit(rest, matrix, base, seed)
    for done in range(2 * rest.size):
        if done % 256 == 0:
            budget.cancelled()
            budget.told(Step("rounding", done, rest.size))
        gain = fit.gains()
        place = int(gain.argmin())
        if gain[place] >= NO_GAIN:
            break
        fit.flip(place)
    if rest.size > 1:
        fit.exchange(budget)
    return fit.up


class _Fit:
    """A choice of roundings under improvement. `pull` is, per inner cell, the sum of the errors it is part of."""

    def __init__(self, rest: Ints, matrix: csr_array, base: int, seed: int) -> None:
        self.up = np.zeros(rest.size, dtype=np.bool_)
        self.matrix, self.members, self.base = matrix, csr_array(matrix.T), base
        self.pull = (matrix @ -(self.members @ rest)).astype(np.float64)
        self.parts = np.diff(matrix.indptr) * float(base * base)
        self.ties = np.random.default_rng(seed).random(rest.size) * 1e-3

    def gains(self) -> Floats:
        """What the sum of squared errors changes by when an inner cell is flipped; below 0 is better."""
        found: Floats = np.where(self.up, -2.0, 2.0) * self.base * self.pull + self.parts + self.ties
        return found

    def flip(self, place: int) -> None:
        step = -self.base if self.up[place] else self.base
        self.up[place] = not self.up[place]
        start, end = self.matrix.indptr[place : place + 2]
        indices, ends = self.members.indices, self.members.indptr
        for cell in self.matrix.indices[start:end]:
            self.pull[indices[ends[cell] : ends[cell + 1]]] += step

    def exchange(self, budget: Budget) -> None:
        """One goes up and another down, while that helps; the most promising are tried first."""
        tried = np.zeros(self.up.size, dtype=np.bool_)
        while not tried.all() and tried.sum() < PATIENCE:
            budget.cancelled()
            gain = self.gains()
            first = int(np.where(tried, np.inf, gain).argmin())
            side = self.up[first]
            self.flip(first)
            others = np.where(self.up == side, np.inf, self.gains())
            others[first] = np.inf
            second = int(others.argmin())
            if gain[first] + others[second] < NO_GAIN:
                self.flip(second)
                tried[:] = False
            else:
                self.flip(first)
                tried[first] = True


def _exact(rest: Ints, matrix: csr_array, base: int) -> tuple[Bools | None, bool]:
    """The choice with the smallest largest + mean absolute error, and whether that is proven.

    Variables: the choices (0 or 1), the absolute errors, their largest. Published cells with the same rounded inner
    cells have the same error, and those without any have none.
    """
    cells, times = _distinct(csr_array(matrix.T.astype(np.float64)))
    count, size = cells.shape
    eye, ones = eye_array(count), csr_array(np.ones((count, 1)))
    none = csr_array((count, 1))
    offset = cells @ rest.astype(np.float64)
    rows = [
        LinearConstraint(hstack([base * cells, -eye, none]), -np.inf, offset),
        LinearConstraint(hstack([base * cells, eye, none]), offset, np.inf),
        LinearConstraint(hstack([csr_array((count, size)), eye, -ones]), -np.inf, 0.0),
    ]
    found = milp(
        np.r_[np.zeros(size), times / matrix.shape[1], 1.0],
        integrality=np.r_[np.ones(size), np.zeros(count + 1)],
        bounds=Bounds(0, np.r_[np.ones(size), np.full(count + 1, np.inf)]),
        constraints=rows,
        options={"node_limit": MOST_NODES, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None, False
    return np.asarray(found.x[:size] > 0.5, dtype=np.bool_), found.status == 0


def _distinct(cells: csr_array) -> tuple[csr_array, Floats]:
    """Rows that differ and have entries, and how often each occurs."""
    cells.sort_indices()
    rows: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(np.diff(cells.indptr)).tolist():
        rows.setdefault(cells.indices[cells.indptr[row] : cells.indptr[row + 1]].tobytes(), []).append(row)
    first = [same[0] for same in rows.values()]
    return csr_array(cells[first]), np.array([len(same) for same in rows.values()], dtype=np.float64)


def _measured(
    true: Ints, inner: Ints, free: Bools, published: csr_array, base: int, optimal: bool
) -> Rounded:
    cells: Ints = published.T @ inner
    errors: Ints = cells - published.T @ true
    size = max(1, errors.size)
    return Rounded(
        inner=inner,
        cells=cells,
        rounded=free,
        errors=errors,
        base=base,
        largest=int(np.abs(errors).max(initial=0)),
        mean=float(np.abs(errors).sum() / size),
        bias=float(errors.sum() / size),
        optimal=optimal,
    )
