"""The gap between one city and the median of its peers, with an interval for the difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

FEWEST_FOR_LIMITS = 6
"""With five values not even the interval from the smallest to the largest reaches 95 % (1 - 2/2**5 =
0.9375)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A value less the median of its peers; all in the unit of the value, nan where not computable."""

    gap: float
    low: float
    high: float
    median: float
    median_low: float
    median_high: float
    count: int
    quartile_low: float
    quartile_high: float


def median_limits(values: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Median of the finite values and its distribution-free limits (Thompson 1936): (median, low, high).

    The limits are the r-th smallest and r-th largest value with the greatest r whose coverage 1 - 2
    P(Binomial(n, 1/2) < r) still reaches `level`. Fewer than 6 values, or too few for the level, give nan
    limits.
    """
    ordered = np.sort(_finite(values))
    n = ordered.size
    if n == 0:
        return math.nan, math.nan, math.nan
    median = float(np.median(ordered))
    if n < FEWEST_FOR_LIMITS:
        return median, math.nan, math.nan
    ranks = np.arange(1, n // 2 + 1)
    reaches = 1.0 - 2.0 * special.bdtr(ranks - 1, n, 0.5) >= level
    r = int(np.count_nonzero(reaches))  # coverage falls with r, so the ranks that reach the level come first
    if r == 0:
        return median, math.nan, math.nan
    return median, float(ordered[r - 1]), float(ordered[n - r])


def gap(value: float, low: float, high: float, peers: ArrayLike, level: float = 0.95) -> Gap:
    """Difference of `value` (with its limits `low`, `high`) to the median of `peers` (one value per peer,
    1-d).

    The interval is MOVER (Zou & Donner 2008): it combines the limits of the value with those of the median,
    so that both may be asymmetric. Where either pair of limits is nan the interval is nan and the gap still
    given. Quartiles are interpolated linearly between order statistics.
    """
    finite = _finite(peers)
    median, median_low, median_high = median_limits(finite, level)
    quartile_low, quartile_high = (
        (float(q) for q in np.quantile(finite, [0.25, 0.75])) if finite.size else (math.nan, math.nan)
    )
    difference = value - median
    return Gap(
        gap=difference,
        low=difference - math.hypot(value - low, median_high - median),
        high=difference + math.hypot(high - value, median - median_low),
        median=median,
        median_low=median_low,
        median_high=median_high,
        count=int(finite.size),
        quartile_low=quartile_low,
        quartile_high=quartile_high,
    )


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile, interpolated linearly between order statistics; nan for no values.

    A peer group has twenty values, for which plain Python is thirty times faster than an array.
    """
    ordered = sorted(values)
    if not ordered:
        return math.nan, math.nan, math.nan
    return _quantile(ordered, 0.25), _quantile(ordered, 0.5), _quantile(ordered, 0.75)


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _finite(values: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]
