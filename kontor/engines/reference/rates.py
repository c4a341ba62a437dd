"""Exact limits by bisection on plain sums of probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from kontor.engines.rates import Array


def poisson_limits(count: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The means under which the count or more, and the count or less, has the probability of one tail."""
    return _each(lambda x, e: _poisson(x, e, (1 - level) / 2), count, exposure)


def binomial_limits(count: ArrayLike, total: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The probabilities under which the count or more, and the count or less, has that of one tail."""
    return _each(lambda x, n: _binomial(x, n, (1 - level) / 2), count, total)


def rate_ratio_p(count1: ArrayLike, exposure1: ArrayLike, count0: ArrayLike, exposure0: ArrayLike) -> Array:
    """Twice the smaller sum of binomial probabilities on either side of the first count."""
    cells = np.broadcast(*map(np.asarray, (count1, exposure1, count0, exposure0)))
    return np.array([_two_sided(int(x1), float(e1), int(x0), float(e0)) for x1, e1, x0, e0 in cells])


def _two_sided(x1: int, e1: float, x0: int, e0: float) -> float:
    n, share = x1 + x0, e1 / (e1 + e0)
    chances = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    return min(1.0, 2 * min(math.fsum(chances[: x1 + 1]), math.fsum(chances[x1:])))


def rate_ratio_limits(
    count1: ArrayLike, exposure1: ArrayLike, count0: ArrayLike, exposure0: ArrayLike, level: float = 0.95
) -> tuple[Array, Array, Array]:
    """Limits of the share of the first count in both, turned into odds and divided by the odds of
    exposure."""
    shape = np.broadcast(*map(np.asarray, (count1, exposure1, count0, exposure0))).shape
    cells = zip(
        *(np.broadcast_to(v, shape).ravel().tolist() for v in (count1, exposure1, count0, exposure0)),
        strict=True,
    )
    rows = [_ratio(x1, e1, x0, e0, (1 - level) / 2) for x1, e1, x0, e0 in cells]
    ratio, low, high = (np.array([row[i] for row in rows], dtype=np.float64).reshape(shape) for i in range(3))
    return ratio, low, high


def _ratio(x1: float, e1: float, x0: float, e0: float, tail: float) -> tuple[float, float, float]:
    if not (x1 >= 0 and x0 >= 0 and x1 + x0 > 0 and 0 < e1 < math.inf and 0 < e0 < math.inf):
        return math.nan, math.nan, math.nan
    low, high = _binomial(x1, x1 + x0, tail)
    scale = e0 / e1
    ratio = x1 / x0 * scale if x0 else math.inf
    return ratio, low / (1 - low) * scale, high / (1 - high) * scale if x0 else math.inf


def _poisson(x: float, e: float, tail: float) -> tuple[float, float]:
    if not (0 <= x < math.inf and 0 < e < math.inf):
        return math.nan, math.nan
    most = 2 * x + 60  # beyond every limit that is asked for
    low = 0.0 if x == 0 else _root(lambda m: 1 - _poisson_sum(int(x) - 1, m) - tail, 0.0, most)
    return low / e, _root(lambda m: tail - _poisson_sum(int(x), m), 0.0, most) / e


def _binomial(x: float, n: float, tail: float) -> tuple[float, float]:
    if not (0 <= x <= n and 0 < n < math.inf):
        return math.nan, math.nan
    low = 0.0 if x == 0 else _root(lambda p: 1 - _binomial_sum(int(x) - 1, int(n), p) - tail, 0.0, 1.0)
    return low, 1.0 if x == n else _root(lambda p: tail - _binomial_sum(int(x), int(n), p), 0.0, 1.0)


def _poisson_sum(last: int, mean: float) -> float:
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(last + 1))


def _binomial_sum(last: int, n: int, p: float) -> float:
    return math.fsum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(last + 1))


def _root(rises: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(100):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if rises(middle) > 0 else (middle, high)
    return (low + high) / 2


def _each(
    limits: Callable[[float, float], tuple[float, float]], first: ArrayLike, second: ArrayLike
) -> tuple[Array, Array]:
    shape = np.broadcast(np.asarray(first), np.asarray(second)).shape
    cells = zip(*(np.broadcast_to(v, shape).ravel().tolist() for v in (first, second)), strict=True)
    pairs = [limits(a, b) for a, b in cells]
    low, high = (np.array([pair[i] for pair in pairs], dtype=np.float64).reshape(shape) for i in range(2))
    return low, high
