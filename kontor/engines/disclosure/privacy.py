"""Differential privacy: discrete Laplace noise on every inner count, margins by summation, an account over releases.

Dwork, McSherry, Nissim & Smith 2006 (noise, composition); Ghosh, Roughgarden & Sundararajan 2012 (discrete noise). The
noise is drawn by OpenDP from the system's secure randomness. It takes no seed, on purpose: whoever has the seed takes
the noise off. It is the one engine here whose values cannot be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from kontor.errors import Refused

from .problem import Axis, Floats, Ints
from .statements import Statement

WIDEST = 2**21
FINEST = 1e-3
SMALL = 9
"""Relative errors are stated for counts of 1 up to this."""


@dataclass(frozen=True, slots=True)
class Noisy:
    """Noisy inner counts (parallel to the input) and the published cells that they add up to; they may be negative."""

    inner: Ints
    cells: Ints
    epsilon: float
    contribution: int


@dataclass(frozen=True, slots=True)
class Expected:
    """The error that noise will have, known before any is drawn.

    errors: the expected absolute error of each published cell; inner: of an inner one; largest: of the worst.
    relative: mean of expected error / count over the published counts of 1..9, nan without any. It depends on the
    counts, so it is not for the public; the others depend on epsilon and the shape of the table alone.
    """

    errors: Floats
    inner: float
    largest: float
    relative: float


@dataclass(frozen=True, slots=True)
class Spent:
    """One release from a data set, and its epsilon. A ledger is a sequence of these."""

    data_set: str
    release: str
    epsilon: Decimal


def guarantees(epsilon: float, contribution: int = 1) -> tuple[Statement, ...]:
    """What holds of every release with this epsilon, and what it takes; no value goes in."""
    facts = {"epsilon": epsilon, "contribution": contribution}
    return (
        Statement("privacy_pure", facts),
        Statement("privacy_additive"),
        Statement("privacy_unbiased"),
        Statement("privacy_codes_known", facts),
        Statement("privacy_adds_up_over_releases", facts),
    )


def inner_codes(axes: Sequence[Axis]) -> list[list[str]]:
    """Every combination of inner codes, one column per axis, also those with nobody: which are empty must not show."""
    groups = [{parent for parent, _ in axis.sums} for axis in axes]
    leaves = [
        [code for place, code in enumerate(axis.codes) if place not in inside]
        for axis, inside in zip(axes, groups, strict=True)
    ]
    return [list(column) for column in zip(*product(*leaves), strict=True)]


def check_contribution(contributors: ArrayLike, contribution: int) -> None:
    """Whether nobody stands behind more records than the noise covers. `contributors`: a number from 0 per record.

    Raises Refused("privacy_contribution_exceeded") with the most that anybody has: not for the public.
    """
    numbers = np.asarray(contributors, dtype=np.int64)
    most = int(np.bincount(numbers).max()) if numbers.size else 0
    if most > contribution:
        raise Refused("privacy_contribution_exceeded", most=most, contribution=contribution)


def noisy(counts: ArrayLike, published: csr_array, epsilon: float, contribution: int = 1) -> Noisy:
    """Inner counts with discrete Laplace noise, and their sums.

    `counts` over all `inner_codes`, zeros included; `published` is inner cells x published cells (`incidence`).
    contribution: how many units counted one person stands behind at most. Guarantee: without a person, every possible
    table is at most exp(epsilon) times more or less probable. It covers one release; see `charged`.
    Raises Refused("privacy_extra_missing") without OpenDP, Refused("privacy_epsilon"), Refused("privacy_counts_only").
    """
    values = np.asarray(counts, dtype=np.float64)
    if (values < 0).any() or (values != np.rint(values)).any():
        raise Refused("privacy_counts_only")
    _check(epsilon, contribution)
    opendp = _opendp()
    space = opendp.vector_domain(opendp.atom_domain(T="i64")), opendp.l1_distance(T="i64")
    laplace = opendp.m.make_laplace(*space, scale=contribution / epsilon)
    if laplace.map(contribution) > epsilon * (1 + 1e-9):
        raise Refused("privacy_epsilon", epsilon=epsilon, contribution=contribution)
    inner: Ints = np.array(laplace(values.astype(np.int64)), dtype=np.int64).reshape(values.shape)
    return Noisy(inner, published.T @ inner, epsilon, contribution)


def expected(counts: ArrayLike, published: csr_array, epsilon: float, contribution: int = 1) -> Expected:
    """The errors that `noisy` would have. Nothing is drawn, and nothing is spent: keep `relative` in the office."""
    _check(epsilon, contribution)
    values = np.asarray(counts, dtype=np.float64)
    parts: Ints = np.asarray(published.T @ np.ones(published.shape[0], dtype=np.int64), dtype=np.int64)
    sizes, at = np.unique(parts, return_inverse=True)
    by_size = np.array([mean_absolute(int(size), epsilon, contribution) for size in sizes])
    errors: Floats = by_size[at]
    cells = published.T @ values
    small = (cells >= 1) & (cells <= SMALL)
    relative = float((errors[small] / cells[small]).mean()) if small.any() else float("nan")
    inner = mean_absolute(1, epsilon, contribution)
    return Expected(errors, inner, float(errors.max(initial=0.0)), relative)


def mean_absolute(cells: int, epsilon: float, contribution: int = 1) -> float:
    """The mean of |sum of `cells` independent discrete Laplace variables|, where one has the chances
    P(k) = (1 - a)/(1 + a) a**|k| with a = exp(-epsilon/contribution).

    The characteristic function ((1 - a)**2 / (1 - 2 a cos t + a**2))**cells turned back; beyond `WIDEST` outcomes the
    normal limit with the next term of its expansion, 1 - 1/(8 cells).
    """
    rate = epsilon / contribution
    if cells == 0:
        return 0.0
    if rate < FINEST:  # so wide that the steps do not matter: the noise scales with 1 / rate
        return mean_absolute(cells, FINEST) * FINEST / rate
    a = float(np.exp(-rate))
    deviation = float(np.sqrt(cells * 2 * a) / (1 - a))
    size = 1 << int(np.ceil(np.log2(2 * (14 * deviation + 40 / rate + 8))))
    if size > WIDEST:
        return deviation * float(np.sqrt(2 / np.pi)) * (1 - 1 / (8 * cells))
    angle = 2 * np.pi * np.arange(size // 2 + 1) / size
    # 1 - 2a cos t + a**2 without the cancellation near 0.
    ratio = (1 - a) ** 2 / ((1 - a) ** 2 + 4 * a * np.sin(angle / 2) ** 2)
    chances = np.fft.irfft(ratio**cells, size)
    steps = np.minimum(np.arange(size), size - np.arange(size))
    return float(chances @ steps)


def left(ledger: Iterable[Spent], data_set: str, budget: Decimal | str) -> Decimal:
    """What may still be spent on a data set. Epsilons of releases about the same people add up (Dwork et al. 2006)."""
    return Decimal(budget) - sum((each.epsilon for each in ledger if each.data_set == data_set), Decimal(0))


def charged(
    ledger: Sequence[Spent], data_set: str, release: str, epsilon: Decimal | str, budget: Decimal | str
) -> tuple[Spent, ...]:
    """The ledger with one more release; written down before the noise is drawn, so that no draw goes unaccounted.

    A data set is everybody whose data may be in it, so releases about the same people name the same one.
    Raises Refused("privacy_budget_exceeded"), Refused("privacy_release_known") for a name that is in it already: each
    drawing costs anew, and publishing what was drawn before costs nothing and needs no entry.
    """
    price = Decimal(epsilon)
    if not price.is_finite() or price <= 0:
        raise Refused("privacy_epsilon", epsilon=str(epsilon), contribution=1)
    if any(each.data_set == data_set and each.release == release for each in ledger):
        raise Refused("privacy_release_known", data_set=data_set, release=release)
    rest = left(ledger, data_set, budget)
    if price > rest:
        raise Refused(
            "privacy_budget_exceeded",
            data_set=data_set,
            epsilon=str(price),
            left=str(max(rest, Decimal(0))),
            budget=str(budget),
        )
    return (*ledger, Spent(data_set, release, price))


def _check(epsilon: float, contribution: int) -> None:
    if not 0 < epsilon < float("inf") or contribution < 1:
        raise Refused("privacy_epsilon", epsilon=epsilon, contribution=contribution)


def _opendp() -> Any:
    try:
        opendp: Any = import_module("opendp.prelude")
    except ImportError as missing:
        raise Refused("privacy_extra_missing") from missing
    opendp.enable_features("contrib")
    return opendp
