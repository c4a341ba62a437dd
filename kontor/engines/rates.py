"""Exact limits of counts, proportions and ratios of rates.

Everything is vectorised over NumPy arrays that broadcast against each other. Where a limit is not defined
(a negative count, no exposure, more events than trials, nan) the answer is nan, never an error, because one
bad cell must not take the whole table with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]


def poisson_limits(count: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Exact limits of a Poisson rate, per unit of exposure (Garwood 1936).

    The limits of the mean are chi2(a/2; 2x)/2 and chi2(1-a/2; 2x+2)/2, which are quantiles of the gamma
    distributions with shapes x and x+1. A count of 0 has the lower limit 0.
    """
    x, e = _arrays(count, exposure)
    tail = (1.0 - level) / 2.0
    usable = (x >= 0) & (e > 0) & np.isfinite(x) & np.isfinite(e)
    x, e = np.where(usable, x, np.nan), np.where(usable, e, np.nan)
    low = np.where(x == 0, 0.0, special.gammaincinv(np.where(x == 0, 1.0, x), tail))
    high = special.gammainccinv(x + 1.0, tail)
    return low / e, high / e


def binomial_limits(count: ArrayLike, total: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Exact limits of a proportion (Clopper & Pearson 1934), as quantiles of beta distributions.

    No event gives the lower limit 0, nothing but events the upper limit 1. A count above its total gives nan.
    """
    x, n = _arrays(count, total)
    tail = (1.0 - level) / 2.0
    usable = (x >= 0) & (x <= n) & (n > 0) & np.isfinite(n)
    x, n = np.where(usable, x, np.nan), np.where(usable, n, np.nan)
    none, all_of_them = x == 0, x == n
    low = special.betaincinv(np.where(none, 1.0, x), n - x + 1.0, tail)
    high = special.betainccinv(x + 1.0, np.where(all_of_them, 1.0, n - x), tail)
    return np.where(none, 0.0, low), np.where(all_of_them, 1.0, high)


def rate_ratio_limits(
    count1: ArrayLike, exposure1: ArrayLike, count0: ArrayLike, exposure0: ArrayLike, level: float = 0.95
) -> tuple[Array, Array, Array]:
    """Ratio of two Poisson rates (first over second) with conditional exact limits: (ratio, low, high).

    Given the sum of the two counts the first is binomial with odds rate1*exposure1 : rate0*exposure0
    (Przyborowski & Wilenski 1940), so that the limits of Clopper & Pearson carry over to the ratio. No event
    in the second gives an infinite ratio and upper limit; no event in either gives nan.
    """
    x1, e1, x0, e0 = _arrays(count1, exposure1, count0, exposure0)
    usable = (x1 >= 0) & (x0 >= 0) & (x1 + x0 > 0) & (e1 > 0) & (e0 > 0) & np.isfinite(e1) & np.isfinite(e0)
    x1, x0 = np.where(usable, x1, np.nan), np.where(usable, x0, np.nan)
    scale = np.where(usable, e0, np.nan) / np.where(usable, e1, np.nan)
    low, _ = binomial_limits(x1, x1 + x0, level)
    # The upper odds are the inverse of the lower odds of the complement; p / (1 - p) would lose digits near
    # 1.
    low_of_second, _ = binomial_limits(x0, x1 + x0, level)
    with np.errstate(divide="ignore"):
        ratio = x1 / x0 * scale
        high = (1.0 - low_of_second) / low_of_second * scale
    return ratio, low / (1.0 - low) * scale, high


def rate_ratio_p(count1: ArrayLike, exposure1: ArrayLike, count0: ArrayLike, exposure0: ArrayLike) -> Array:
    """Two-sided p-value that two Poisson rates are the same: twice the smaller tail of the conditional binomial
    (Przyborowski & Wilenski 1940), at most 1. It is below 1 - level exactly where `rate_ratio_limits` leave out 1.

    No event in either gives 1; unusable input gives nan.
    """
    x1, e1, x0, e0 = _arrays(count1, exposure1, count0, exposure0)
    usable = (x1 >= 0) & (x0 >= 0) & (e1 > 0) & (e0 > 0) & np.isfinite(e1) & np.isfinite(e0)
    x1, x0 = np.where(usable, x1, 0.0), np.where(usable, x0, 0.0)
    share = np.where(usable, e1, 1.0) / np.where(usable, e1 + e0, 2.0)
    # P(X <= x1) and P(X >= x1) for X ~ Binomial(x1 + x0, share), as regularised incomplete beta functions
    below = special.betainc(np.maximum(x0, 0.5), x1 + 1.0, 1.0 - share)
    above = special.betainc(np.maximum(x1, 0.5), x0 + 1.0, share)
    below, above = np.where(x0 == 0, 1.0, below), np.where(x1 == 0, 1.0, above)
    return np.where(usable, np.minimum(1.0, 2.0 * np.minimum(below, above)), np.nan)


def _arrays(*values: ArrayLike) -> list[Array]:
    return list(np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values)))
