"""The engines against scipy.stats: exact Poisson limits of 1.62 million cells, funnel limits of 319 and 10,000
cities.

The peer writes the same formulas with the distributions of scipy.stats (chi2, poisson, nbinom, binom, betabinom)
and their quantiles; each line says how far the two answers lie apart.
Run: `make bench`, or `.venv/bin/python bench/engines.py` on an otherwise idle machine.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kontor.engines import funnel, rates  # noqa: E402
from kontor.engines.funnel import Funnel, Kind  # noqa: E402

Array = NDArray[np.float64]
Limits = tuple[Array, Array]

CELLS = 1_620_000
CITIES = (319, 10_000)
LEVELS = (0.95, 0.998)
TARGET, VARIATION = 0.02, 0.3
"""The rate of all cities, and the coefficient of variation between their true rates."""
DISTRIBUTIONS: tuple[tuple[str, Kind, float], ...] = (
    ("Poisson", "poisson", 0.0),
    ("negative binomial", "poisson", VARIATION),
    ("binomial", "binomial", 0.0),
    ("beta-binomial", "binomial", VARIATION),
)


def seconds(call: Callable[[], list[Limits]]) -> tuple[float, list[Limits]]:
    """The best of three runs, and the answer."""
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - begin)
    return best, answer


def apart(ours: list[Limits], theirs: list[Limits]) -> float:
    """Largest difference in relation to the larger of the two."""
    a, b = np.ravel(ours), np.ravel(theirs)
    return float(np.max(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-300)))


def report(name: str, ours: Callable[[], list[Limits]], theirs: Callable[[], list[Limits]] | None) -> None:
    mine, answer = seconds(ours)
    if theirs is None:
        print(f"{name:<54}{mine * 1000:>10.1f} ms          -")
        return
    peer, expected = seconds(theirs)
    print(
        f"{name:<54}{mine * 1000:>10.1f} ms{peer * 1000:>11.1f} ms{peer / mine:>9.1f} x"
        f"   apart {apart(answer, expected):.0e}"
    )


def garwood(count: Array, exposure: Array) -> Limits:
    """The peer: chi2.ppf."""
    low = np.where(count > 0, stats.chi2.ppf(0.025, 2 * np.maximum(count, 1)) / 2, 0.0)
    return low / exposure, stats.chi2.ppf(0.975, 2 * count + 2) / 2 / exposure


def interpolated(counts: Any, size: Array, level: float, top: Array | float) -> Limits:
    """The peer: quantiles of a frozen scipy.stats distribution, interpolated as in `funnel.limits`."""
    q = (1 - level) / 2
    r = counts.ppf(q)
    low = r - (counts.cdf(r) - q) / counts.pmf(r)
    r = counts.isf(q)
    high = r + (counts.sf(r - 1) - q) / counts.pmf(r)
    return np.maximum(low, 0) / size, np.minimum(high, top) / size


def distribution(group: Funnel, exposure: Array) -> Any:
    target, tau2 = group.target, group.tau2
    if group.kind == "poisson":
        if not tau2:
            return stats.poisson(target * exposure)
        shape = target**2 / tau2
        return stats.nbinom(shape, shape / (shape + target * exposure))
    if not tau2:
        return stats.binom(exposure, target)
    size = target * (1 - target) / tau2 - 1
    return stats.betabinom(exposure, target * size, (1 - target) * size)


def report_funnel(name: str, kind: Kind, variation: float, exposure: Array, peer: bool) -> None:
    group = Funnel(kind, TARGET, 1.0, (variation * TARGET) ** 2, exposure.size)
    top = exposure if kind == "binomial" else np.inf

    def ours() -> list[Limits]:
        return [funnel.limits(group, exposure, level) for level in LEVELS]

    def theirs() -> list[Limits]:
        return [interpolated(distribution(group, exposure), exposure, level, top) for level in LEVELS]

    report(f"funnel limits, {name}, {exposure.size:,} cities", ours, theirs if peer else None)


def main() -> None:
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}")
    print(f"{'':<54}{'kontor':>13}{'scipy.stats':>14}{'ratio':>10}")
    random = np.random.default_rng(1)
    exposure = random.lognormal(np.log(2e5), 1.0, CELLS)
    count = random.poisson(exposure * random.lognormal(np.log(1e-4), 1.5, CELLS)).astype(np.float64)
    report(
        f"exact Poisson limits, {CELLS:,} cells",
        lambda: [rates.poisson_limits(count, exposure)],
        lambda: [garwood(count, exposure)],
    )
    for cities in CITIES:
        trials = np.rint(random.lognormal(np.log(5000), 1.0, cities)) + 1
        for name, kind, variation in DISTRIBUTIONS:
            # betabinom.ppf sums from 0 at every step of its search, city by city.
            peer = name != "beta-binomial" or cities == CITIES[0]
            report_funnel(name, kind, variation, trials, peer)
    report_funnel("beta-binomial of 100,000", "binomial", VARIATION, np.full(CITIES[0], 1e5), peer=False)


if __name__ == "__main__":
    main()
