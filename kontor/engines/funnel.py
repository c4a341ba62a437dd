"""Funnel plots with over-dispersion: which cities lie beyond what chance and ordinary differences explain.

Spiegelhalter 2005a, Funnel plots for comparing institutional performance (limits), and 2005b, Handling
over-dispersion of performance indicators (winsorised z, phi, additive tau2). One standard error, that under
the target, serves both z and tau2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kontor.engines.counts import BetaBinomial, Binomial, Counts, NegativeBinomial, Poisson

Array = NDArray[np.float64]
Kind = Literal["poisson", "binomial"]

FEWEST_CITIES = 10
"""Below this number the over-dispersion of a group is not estimated: winsorising 10 % would not touch one
city."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """The target (rate per unit of exposure), the over-dispersion factor phi (nan below 10 cities), the
    variance tau2 of true rates between cities (in squared units of the rate) and the number of cities they
    were estimated from."""

    kind: Kind
    target: float
    phi: float
    tau2: float
    cities: int


def fit(count: ArrayLike, exposure: ArrayLike, kind: Kind, winsor: float = 0.1) -> Funnel:
    """Target and over-dispersion of a group of cities (one count and exposure each; nan and impossible pairs
    are left out).

    z is winsorised at the quantiles `winsor` and 1 - `winsor` (linear interpolation), phi is its mean square,
    and tau2 = max(0, (I phi - (I - 1)) / (sum w - sum w**2 / sum w)) with w = 1/s**2 (DerSimonian & Laird
    1986).
    """
    x, e = np.broadcast_arrays(np.asarray(count, dtype=np.float64), np.asarray(exposure, dtype=np.float64))
    usable = _usable(x, e, kind)
    x, e = x[usable], e[usable]
    cities = int(x.size)
    target = float(x.sum() / e.sum()) if cities else float("nan")
    variance = target * (1.0 - target) if kind == "binomial" else target
    if cities < FEWEST_CITIES or not variance > 0:
        return Funnel(kind=kind, target=target, phi=float("nan"), tau2=0.0, cities=cities)
    w = e / variance
    z = (x / e - target) * np.sqrt(w)
    phi = float(np.mean(np.clip(z, *np.quantile(z, [winsor, 1.0 - winsor])) ** 2))
    excess = cities * phi - (cities - 1)
    tau2 = max(0.0, excess / float(w.sum() - (w**2).sum() / w.sum()))
    return Funnel(kind=kind, target=target, phi=phi, tau2=tau2, cities=cities)


def limits(funnel: Funnel, exposure: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Control limits around the target per unit of exposure: (low, high); nan where exposure is not positive.

    Each tail is at most nominal, by the exact distribution of the count R: with q = (1 - level) / 2 a count x
    lies below the lower limit only if P(R <= x) < q, and above the upper only if P(R >= x) < q. Between these
    counts each limit is interpolated from its own tail: the lower is r - (P(R <= r) - q) / P(R = r) with r
    the smallest count whose lower tail reaches q (Spiegelhalter 2005a, appendix), the upper its mirror image,
    r + (P(R >= r) - q) / P(R = r) with r the largest count whose upper tail reaches q.

    Spiegelhalter interpolates the upper limit from the lower tail as well, at 1 - q. That limit lies exactly
    one count lower and marks q or more: in Poisson counts 0.025 to 0.034 at 95 % where 50 or more events
    are expected, up to 0.10 from one event on and up to 0.22 below. Manktelow & Seaton 2012 compare three
    interpolations; like their first, this one never marks more than q. See docs/adr/0011-funnel-limits.md.

    Poisson or binomial when tau2 is 0, else the same mixed over rates with mean `target` and variance `tau2`
    (gamma: negative binomial; beta: beta-binomial). Limits below 0 are raised to 0, binomial limits above 1
    lowered to 1: no count can lie beyond either. A binomial exposure is a number of trials and is rounded to
    an integer for its distribution.
    """
    e = np.asarray(exposure, dtype=np.float64)
    usable = (e > 0) & np.isfinite(e) & np.isfinite(funnel.target)
    if funnel.kind == "binomial":
        usable &= np.rint(e) >= 1
    low, high = np.full(e.shape, np.nan), np.full(e.shape, np.nan)
    if usable.any():
        counts, size = _counts(funnel, e[usable])
        tail = (1.0 - level) / 2.0
        low[usable] = np.maximum(counts.quantile(tail), 0.0) / size
        # P(R >= r) - q = 1 - q - P(R < r): the mirrored interpolation is that at 1 - q, one count further.
        highest = counts.quantile(1.0 - tail) + 1.0
        high[usable] = (np.minimum(highest, size) if funnel.kind == "binomial" else highest) / size
    return low, high


def place(funnel: Funnel, count: ArrayLike, exposure: ArrayLike) -> NDArray[np.str_]:
    """Where each city lies: "below_998", "below_95", "inside", "above_95", "above_998", or "" where not
    computable.

    Beyond means strictly outside the limit of `limits` at that level; a rate on the limit is inside.
    """
    x, e = np.broadcast_arrays(np.asarray(count, dtype=np.float64), np.asarray(exposure, dtype=np.float64))
    result = np.full(x.shape, "", dtype="<U9")
    usable = _usable(x, e, funnel.kind) & np.isfinite(funnel.target)
    rate = np.where(usable, x, np.nan) / np.where(usable, e, np.nan)
    low95, high95 = limits(funnel, e, 0.95)
    low998, high998 = limits(funnel, e, 0.998)
    result[usable & ~np.isnan(low95)] = "inside"
    result[rate < low95] = "below_95"
    result[rate > high95] = "above_95"
    result[rate < low998] = "below_998"
    result[rate > high998] = "above_998"
    return result


def _usable(x: Array, e: Array, kind: Kind) -> NDArray[np.bool_]:
    usable: NDArray[np.bool_] = (x >= 0) & (e > 0) & np.isfinite(x) & np.isfinite(e)
    return usable & (x <= e) if kind == "binomial" else usable


def _counts(funnel: Funnel, exposure: Array) -> tuple[Counts, Array]:
    """The distribution of the count of each city, and what its quantiles are to be divided by."""
    target, tau2 = funnel.target, funnel.tau2
    if funnel.kind == "poisson":
        mean = target * exposure
        if tau2 > 0 and target > 0:
            return NegativeBinomial(mean, shape=target * target / tau2), exposure
        return Poisson(mean), exposure
    trials = np.rint(exposure)
    if tau2 > 0 and 0 < target < 1:
        return BetaBinomial(trials, target, tau2), trials
    return Binomial(trials, target), trials
