"""Median limits by counting coin tosses, the gap by writing out the two square roots."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from kontor.engines.gaps import FEWEST_FOR_LIMITS, Gap


def median_limits(values: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """The narrowest pair of order statistics, symmetric in rank, that covers the median often enough."""
    ordered = _ordered(values)
    n = len(ordered)
    median = _at(ordered, 0.5)
    best = (math.nan, math.nan)
    for r in range(1, n // 2 + 1):
        missed = 2 * sum(math.comb(n, j) for j in range(r))
        if n >= FEWEST_FOR_LIMITS and float(1 - Fraction(missed, 2**n)) >= level:
            best = (ordered[r - 1], ordered[n - r])
    return median, *best


def gap(value: float, low: float, high: float, peers: ArrayLike, level: float = 0.95) -> Gap:
    """Value less median; each side of the interval joins the two errors that push in its direction."""
    ordered = _ordered(peers)
    median, median_low, median_high = median_limits(ordered, level)
    return Gap(
        gap=value - median,
        low=value - median - math.sqrt((value - low) ** 2 + (median_high - median) ** 2),
        high=value - median + math.sqrt((high - value) ** 2 + (median - median_low) ** 2),
        median=median,
        median_low=median_low,
        median_high=median_high,
        count=len(ordered),
        quartile_low=_at(ordered, 0.25),
        quartile_high=_at(ordered, 0.75),
    )


def _ordered(values: ArrayLike) -> list[float]:
    return sorted(v for v in np.asarray(values, dtype=np.float64).ravel().tolist() if math.isfinite(v))


def _at(ordered: list[float], share: float) -> float:
    """The value at this share of the way from the first to the last."""
    if not ordered:
        return math.nan
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
