"""Funnel plots by adding up probabilities one count after the other."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kontor.engines.funnel import FEWEST_CITIES, Array, Funnel, Kind


def fit(count: ArrayLike, exposure: ArrayLike, kind: Kind, winsor: float = 0.1) -> Funnel:
    """See `kontor.engines.funnel.fit`."""
    pairs = [(x, e) for x, e in zip(_list(count), _list(exposure), strict=True) if _computable(kind, x, e)]
    cities = len(pairs)
    if not cities:
        return Funnel(kind, math.nan, math.nan, 0.0, 0)
    target = math.fsum(x for x, _ in pairs) / math.fsum(e for _, e in pairs)
    variance = target * (1 - target) if kind == "binomial" else target
    if cities < FEWEST_CITIES or variance <= 0:
        return Funnel(kind, target, math.nan, 0.0, cities)
    errors = [math.sqrt(variance / e) for _, e in pairs]
    z = [(x / e - target) / s for (x, e), s in zip(pairs, errors, strict=True)]
    lowest, highest = _quantile(z, winsor), _quantile(z, 1 - winsor)
    phi = math.fsum(min(max(v, lowest), highest) ** 2 for v in z) / cities
    w = [1 / s**2 for s in errors]
    between = (cities * phi - (cities - 1)) / (math.fsum(w) - math.fsum(v * v for v in w) / math.fsum(w))
    return Funnel(kind, target, phi, max(0.0, between), cities)


def limits(funnel: Funnel, exposure: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """See `kontor.engines.funnel.limits`."""
    shape = np.asarray(exposure).shape
    pairs = [_limits(funnel, e, (1 - level) / 2) for e in _list(exposure)]
    low, high = (np.array([pair[i] for pair in pairs], dtype=np.float64).reshape(shape) for i in range(2))
    return low, high


def place(funnel: Funnel, count: ArrayLike, exposure: ArrayLike) -> NDArray[np.str_]:
    """See `kontor.engines.funnel.place`."""
    cells = zip(_list(count), _list(exposure), strict=True)
    return np.array([_place(funnel, x, e) for x, e in cells], dtype="<U9").reshape(np.asarray(count).shape)


def _place(funnel: Funnel, x: float, e: float) -> str:
    low95, high95 = _limits(funnel, e, 0.025)
    low998, high998 = _limits(funnel, e, (1 - 0.998) / 2)
    if not _computable(funnel.kind, x, e) or math.isnan(low95):
        return ""
    if x / e < low998:
        return "below_998"
    if x / e > high998:
        return "above_998"
    if x / e < low95:
        return "below_95"
    return "above_95" if x / e > high95 else "inside"


def _limits(funnel: Funnel, e: float, tail: float) -> tuple[float, float]:
    if not 0 < e < math.inf or math.isnan(funnel.target):
        return math.nan, math.nan
    if funnel.kind == "poisson":
        probability = _poisson(funnel.target, funnel.tau2, e)
        return _lower(probability, tail, math.inf) / e, _upper(probability, tail, math.inf) / e
    n = round(e)
    if n < 1:
        return math.nan, math.nan
    probability = _binomial(funnel.target, funnel.tau2, n)
    return _lower(probability, tail, n) / n, min(_upper(probability, tail, n), n) / n


def _lower(probability: Callable[[int], float], q: float, last: float) -> float:
    """From the smallest count r with P(R <= r) >= q as much of a count down as this tail exceeds q."""
    r, tail = 0, probability(0)
    while tail < q and r < last:
        r += 1
        tail += probability(r)
    return max(0.0, r - (tail - q) / probability(r))


def _upper(probability: Callable[[int], float], q: float, last: float) -> float:
    """From the largest count r with P(R >= r) >= q as much of a count up as this tail exceeds q."""
    r, tail = 0, 1.0
    while r < last and (beyond := tail - probability(r)) >= q:
        r, tail = r + 1, beyond
    return r + (tail - q) / probability(r)


def _poisson(target: float, tau2: float, e: float) -> Callable[[int], float]:
    mean = target * e
    if mean == 0:
        return lambda k: float(k == 0)
    if tau2 == 0:
        return lambda k: math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
    s = target**2 / tau2
    return lambda k: math.exp(
        math.lgamma(k + s)
        - math.lgamma(s)
        - math.lgamma(k + 1)
        + s * math.log(s / (s + mean))
        + k * math.log(mean / (s + mean))
    )


def _binomial(target: float, tau2: float, n: int) -> Callable[[int], float]:
    if target in (0, 1):
        return lambda k: float(k == n * target)
    if tau2 == 0:
        odds, none = math.log(target / (1 - target)), n * math.log1p(-target)
        return lambda k: math.exp(_log_choose(n, k) + k * odds + none)
    size = target * (1 - target) / tau2 - 1
    if size <= 0:
        return lambda k: {0: 1 - target, n: target}.get(k, 0.0)
    a, b = target * size, (1 - target) * size
    return lambda k: math.exp(_log_choose(n, k) + _log_beta(k + a, n - k + b) - _log_beta(a, b))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def _computable(kind: Kind, x: float, e: float) -> bool:
    return 0 <= x < math.inf and 0 < e < math.inf and (kind == "poisson" or x <= e)


def _list(values: ArrayLike) -> list[float]:
    floats: list[float] = np.asarray(values, dtype=np.float64).ravel().tolist()
    return floats
