"""Interpolated quantiles of the distributions of counts that a funnel plot needs, for many cities at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

WALK = 12
"""Steps from the first guess to the quantile that are taken one by one; beyond these the interval is
bisected."""
BLOCK = 16_384
"""Probabilities that are summed in one go, over all cities: about what stays in the processor's cache."""
SPAN = (16, 4096)
"""The fewest and the most of them per city."""
NEGLIGIBLE = 1e-22
STIRLING = 20.0


class Counts(Protocol):
    """The counts of n cities under their targets."""

    def quantile(self, p: float) -> Array:
        """(n,): r - (P(R <= r) - p) / P(R = r) with r the smallest count whose cumulative probability reaches
        p (Spiegelhalter 2005a, appendix); between r - 1 and r, below 0 where r is 0."""
        ...


@dataclass(frozen=True, slots=True)
class Poisson:
    """`mean` (n,)."""

    mean: Array

    def quantile(self, p: float) -> Array:
        return _interpolated(self, p)

    def cdf(self, k: Array, at: NDArray[np.int64]) -> Array:
        return np.where(k < 0, 0.0, special.gammaincc(np.maximum(k, 0) + 1, self.mean[at]))

    def ratio(self, k: Array, at: NDArray[np.int64]) -> Array:
        """P(k + 1) / P(k)."""
        return np.asarray(self.mean[at] / (k + 1))

    def guess(self, p: float) -> Array:
        z = special.ndtri(p)
        return np.asarray(self.mean + z * np.sqrt(self.mean) + (z * z - 1) / 6)

    def top(self) -> Array:
        return np.full(self.mean.shape, np.inf)


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """Poisson counts whose rates are gamma distributed with this shape and mean; `mean` (n,)."""

    mean: Array
    shape: float

    def quantile(self, p: float) -> Array:
        return _interpolated(self, p)

    def cdf(self, k: Array, at: NDArray[np.int64]) -> Array:
        # From the upper tail, which keeps its digits where the shape is huge, that is, where the mixture is
        # almost Poisson. (1 - betainc is ten times faster than betaincc.)
        x = self.mean[at] / (self.mean[at] + self.shape)
        return np.where(k < 0, 0.0, 1 - special.betainc(np.maximum(k, 0) + 1, self.shape, x))

    def ratio(self, k: Array, at: NDArray[np.int64]) -> Array:
        return np.asarray((k + self.shape) / (k + 1) * self.mean[at] / (self.mean[at] + self.shape))

    def guess(self, p: float) -> Array:
        spread = 1 + self.mean / self.shape
        return np.asarray(special.gammaincinv(self.mean / spread, p) * spread)

    def top(self) -> Array:
        return np.full(self.mean.shape, np.inf)


@dataclass(frozen=True, slots=True)
class Binomial:
    """`trials` (n,) whole numbers, one probability for all."""

    trials: Array
    probability: float

    def quantile(self, p: float) -> Array:
        return _interpolated(self, p)

    def cdf(self, k: Array, at: NDArray[np.int64]) -> Array:
        n = self.trials[at]
        inner = np.clip(k, 0, n - 1)
        below = 1 - special.betainc(inner + 1, n - inner, self.probability)
        return np.where(k < 0, 0.0, np.where(k >= n, 1.0, below))

    def ratio(self, k: Array, at: NDArray[np.int64]) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.divide(self.probability, 1 - self.probability)
            return np.asarray((self.trials[at] - k) / (k + 1) * odds)

    def guess(self, p: float) -> Array:
        z = special.ndtri(p)
        q = self.probability
        spread = np.sqrt(self.trials * q * (1 - q))
        return np.asarray(self.trials * q + z * spread + (z * z - 1) * (1 - 2 * q) / 6)

    def top(self) -> Array:
        return self.trials


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Binomial counts whose probabilities are beta distributed with this mean and variance; `trials` (n,).

    Its cumulative probability has no fast closed form, so the probabilities are summed upwards from a count
    below which there is next to nothing: the work grows with the spread of the counts.
    """

    trials: Array
    mean: float
    variance: float

    def quantile(self, p: float) -> Array:
        size = self.mean * (1 - self.mean) / self.variance - 1
        if size <= 0:  # no distribution on [0, 1] varies more than between its ends
            none = 1 - self.mean
            return np.where(p <= none, p / none - 1, self.trials - (1 - p) / self.mean)
        a, b = self.mean * size, (1 - self.mean) * size
        result = np.empty(self.trials.shape)
        at, n, first = np.arange(self.trials.size), self.trials, self._first(a, b)
        below, log_mass = np.zeros(n.size), _log_beta_binomial(first, n, a, b)  # P(R < first), P(R = first)
        while at.size:
            span = int(np.clip(BLOCK // at.size, *SPAN))
            log_masses = _continued(log_mass, first, n, a, b, span)
            mass = np.exp(log_masses[:, :-1])
            total = below + mass.sum(axis=1)
            done = (total >= p) | (first + span > n)
            last = np.minimum(n - first, span - 1)[done]
            result[at[done]] = first[done] + _reached(mass[done], p - below[done], last)
            at, n, first = at[~done], n[~done], first[~done] + span
            below, log_mass = total[~done], log_masses[~done, -1]
        return result

    def _first(self, a: float, b: float) -> Array:
        """P(R < first) is negligible: the probability would have to lie below `floor`, or the count so far
        below what `floor` leads one to expect that Bernstein's inequality allows exp(-50)."""
        floor = float(special.betaincinv(a, b, NEGLIGIBLE))
        slack = 10 * np.sqrt(self.trials * floor * (1 - floor)) + 34
        return np.asarray(np.maximum(0.0, np.floor(self.trials * floor - slack)))


def _log_beta_binomial(k: Array, n: Array, a: float, b: float) -> Array:
    """ln P(R = k)."""
    ends = _rise(np.asarray(a), k) + _rise(np.asarray(b), n - k) - _rise(np.asarray(a + b), n)
    return np.asarray(ends + _rise(n - k + 1, k) - special.gammaln(k + 1))


def _continued(log_mass: Array, first: Array, n: Array, a: float, b: float, span: int) -> Array:
    """(cities, span + 1): ln P(R = first), ..., ln P(R = first + span) by the ratios of neighbours; -inf
    beyond n."""
    k = first[:, None] + np.arange(span)
    left = np.maximum(n[:, None] - k, 0.0)
    result = np.empty((n.size, span + 1))
    result[:, 0] = log_mass
    with np.errstate(divide="ignore"):
        np.log(left * (k + a) / ((k + 1) * (np.maximum(left - 1, 0.0) + b)), out=result[:, 1:])
    return np.asarray(np.cumsum(result, axis=1, out=result))


def _reached(mass: Array, p: Array, last: Array) -> Array:
    """In rows of probabilities the interpolated place where their sum reaches p, at the latest in column
    `last`: rounding may keep the sum of all a little below p."""
    total = np.cumsum(mass, axis=1)
    row = np.arange(p.size)
    column = np.minimum((total < p[:, None]).sum(axis=1), last.astype(np.int64))
    return np.asarray(column - np.maximum(total[row, column] - p, 0.0) / mass[row, column])


def _rise(z: Array, m: Array) -> Array:
    """ln G(z + m) - ln G(z), with the digits that the difference of two log-gammas of millions would lose."""
    big = np.maximum(z, STIRLING)
    series = m * np.log(big + m) + (big - 0.5) * np.log1p(m / big) - m + _stirling(big + m) - _stirling(big)
    return np.asarray(np.where(z < STIRLING, special.gammaln(z + m) - special.gammaln(z), series))


def _stirling(z: Array) -> Array:
    """What Stirling's formula for ln G(z) leaves over; beyond STIRLING the series is exact to the last
    bits."""
    inverse = 1 / (z * z)
    return np.asarray((1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z)


class _Invertible(Protocol):
    def cdf(self, k: Array, at: NDArray[np.int64]) -> Array: ...
    def ratio(self, k: Array, at: NDArray[np.int64]) -> Array: ...
    def guess(self, p: float) -> Array: ...
    def top(self) -> Array: ...


def _interpolated(counts: _Invertible, p: float) -> Array:
    """From the guess a walk by the ratios of neighbouring probabilities; what it does not reach is
    bisected."""
    top = counts.top()
    everyone = np.arange(top.size)
    k = np.clip(np.rint(counts.guess(p)), 0, top)
    reach = counts.cdf(k, everyone)
    mass = reach - counts.cdf(k - 1, everyone)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(WALK):
            short = reach < p
            mass = np.where(short, mass * counts.ratio(k, everyone), mass)
            reach = np.where(short, reach + mass, reach)
            k = np.where(short, k + 1, k)
        for _ in range(WALK):
            far = (reach - mass >= p) & (k > 0)
            reach = np.where(far, reach - mass, reach)
            mass = np.where(far, mass / counts.ratio(k - 1, everyone), mass)
            k = np.where(far, k - 1, k)
        # Where next to nothing is expected, the walk to 0 divides rounding errors by each other.
        mass = np.where(k == 0, reach, mass)
        lost = np.flatnonzero(~((reach >= p) & (reach - mass < p) & (k <= top)))
    if lost.size:
        k[lost] = _bisected(counts, p, lost, np.where(np.isfinite(k[lost]), k[lost], 0.0), top[lost])
        reach[lost] = counts.cdf(k[lost], lost)
        mass[lost] = reach[lost] - counts.cdf(k[lost] - 1, lost)
    return np.asarray(k - (reach - p) / mass)


def _bisected(counts: _Invertible, p: float, at: NDArray[np.int64], start: Array, top: Array) -> Array:
    """The smallest counts whose cumulative probability reaches p, for the cities `at`."""
    low, high, stride = np.full(at.size, -1.0), np.clip(start, 0, top), 1.0
    while (short := (counts.cdf(high, at) < p) & (high < top)).any():
        low = np.where(short, high, low)
        high = np.where(short, np.minimum(high + stride, top), high)
        stride *= 2
    while (open_ := high - low > 1).any():
        middle = np.where(open_, np.floor((low + high) / 2), high)
        reaches = counts.cdf(middle, at) >= p
        high = np.where(open_ & reaches, middle, high)
        low = np.where(open_ & ~reaches, middle, low)
    return high
