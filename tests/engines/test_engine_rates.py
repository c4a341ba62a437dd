"""Exact limits: published answers, the slow twin, coverage by exact summation, scaling and order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from kontor.engines import rates
from kontor.engines.reference import rates as twin

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.998])
QUICK = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [  # Garwood 1936; the same figures stand in every table of exact Poisson limits
        (0, 0.0, 3.6889),
        (1, 0.0253, 5.5716),
        (2, 0.2422, 7.2247),
        (10, 4.7954, 18.3904),
        (100, 81.3640, 121.6268),
    ],
)
def test_poisson_limits_are_those_of_the_published_table(count: int, low: float, high: float) -> None:
    found = rates.poisson_limits(count, 1.0)
    assert found == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(4, 10, 0.1216, 0.7376), (0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (1, 2, 0.0126, 0.9874)],
)
def test_binomial_limits_are_those_of_clopper_and_pearson(
    count: int, total: int, low: float, high: float
) -> None:
    assert rates.binomial_limits(count, total) == pytest.approx((low, high), abs=6e-5)


def test_rate_ratio_of_breast_cancer_after_fluoroscopy() -> None:
    """Boice & Monson 1977: 41 cases in 28,010 person-years against 15 in 19,017; the exact limits are those
    that the Stata manual prints for `iri 41 15 28010 19017`."""
    found = rates.rate_ratio_limits(41, 28_010, 15, 19_017)
    assert found == pytest.approx((1.855759, 1.005684, 3.6093), abs=6e-6)


def test_edges_and_impossible_cells() -> None:
    low, high = rates.poisson_limits([0, -1, np.nan, 3, 3, 3], [10, 10, 10, 0, -1, np.nan])
    assert low[0] == 0 and high[0] == pytest.approx(0.36889, abs=1e-5)
    assert np.isnan(low[1:]).all() and np.isnan(high[1:]).all()
    low, high = rates.binomial_limits([0, 5, 6, -1, np.nan, 0], [5, 5, 5, 5, 5, 0])
    assert low[0] == 0 and high[1] == 1 and 0 < high[0] < 1 and 0 < low[1] < 1
    assert np.isnan(low[2:]).all() and np.isnan(high[2:]).all()
    ratio, low, high = rates.rate_ratio_limits([3, 0, 0, 3, 3], [1, 1, 1, 0, 1], [0, 3, 0, 3, -1], [1] * 5)
    assert ratio[0] == high[0] == np.inf and 0 < low[0] < np.inf
    assert ratio[1] == low[1] == 0 and 0 < high[1] < np.inf
    assert np.isnan([ratio[2:], low[2:], high[2:]]).all()


@given(st.integers(0, 120), st.floats(1e-3, 1e7), LEVELS)
@QUICK
def test_poisson_limits_agree_with_summed_probabilities(count: int, exposure: float, level: float) -> None:
    expected = twin.poisson_limits(count, exposure, level)
    np.testing.assert_allclose(rates.poisson_limits(count, exposure, level), expected, rtol=1e-9)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), LEVELS)
@QUICK
def test_binomial_limits_agree_with_summed_probabilities(cell: tuple[int, int], level: float) -> None:
    expected = twin.binomial_limits(*cell, level)
    np.testing.assert_allclose(rates.binomial_limits(*cell, level), expected, rtol=1e-9)


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.01, 100), st.floats(0.01, 100), LEVELS)
@QUICK
def test_rate_ratio_limits_agree_with_their_twin(
    x1: int, x0: int, e1: float, e0: float, level: float
) -> None:
    expected = twin.rate_ratio_limits(x1, e1, x0, e0, level)
    found = rates.rate_ratio_limits(x1, e1, x0, e0, level)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@given(st.integers(0, 100_000), st.integers(0, 100_000), st.floats(1, 1e7), st.floats(1, 1e7))
@QUICK
def test_the_ratio_turned_round_has_the_limits_turned_round(x1: int, x0: int, e1: float, e0: float) -> None:
    ratio, low, high = rates.rate_ratio_limits(x1 + 1, e1, x0 + 1, e0)
    inverse, inverse_low, inverse_high = rates.rate_ratio_limits(x0 + 1, e0, x1 + 1, e1)
    assert low < ratio < high
    turned = (1 / inverse, 1 / inverse_high, 1 / inverse_low)
    np.testing.assert_allclose(turned, (ratio, low, high), rtol=1e-9)


@given(st.floats(0.01, 60), LEVELS)
@QUICK
def test_poisson_limits_cover_every_mean_at_least_as_often_as_promised(mean: float, level: float) -> None:
    counts = np.arange(300)
    low, high = rates.poisson_limits(counts, 1.0, level)
    mass = np.exp(counts * np.log(mean) - mean - special.gammaln(counts + 1))
    assert mass[(low <= mean) & (mean <= high)].sum() >= level - 1e-12


@given(st.integers(1, 80), st.floats(0, 1), LEVELS)
@QUICK
def test_binomial_limits_cover_every_probability_at_least_as_often_as_promised(
    n: int, p: float, level: float
) -> None:
    counts = np.arange(n + 1)
    low, high = rates.binomial_limits(counts, n, level)
    mass = special.binom(n, counts) * p**counts * (1 - p) ** (n - counts)
    assert mass[(low <= p) & (p <= high)].sum() >= level - 1e-12


def test_limits_rise_with_the_count_and_widen_with_the_level() -> None:
    counts = np.arange(0, 2_000)
    for low, high in (rates.poisson_limits(counts, 7.0), rates.binomial_limits(counts, 2_000)):
        assert (np.diff(low) > 0).all() and (np.diff(high) > 0).all()
    narrow, wide = rates.poisson_limits(counts, 7.0, 0.95), rates.poisson_limits(counts, 7.0, 0.998)
    assert (wide[0][1:] < narrow[0][1:]).all() and (wide[1] > narrow[1]).all()


@given(st.integers(0, 10_000), st.floats(0.1, 1e6), st.sampled_from([1000.0, 100_000.0, 0.5]))
@QUICK
def test_another_unit_of_exposure_only_rescales_the_limits(count: int, exposure: float, unit: float) -> None:
    low, high = rates.poisson_limits(count, exposure)
    assert rates.poisson_limits(count, exposure / unit) == pytest.approx((low * unit, high * unit), rel=1e-12)


def test_arrays_broadcast() -> None:
    low, high = rates.binomial_limits(np.arange(3)[:, None], np.array([5, 10]))
    assert low.shape == high.shape == (3, 2)
    assert high[2, 1] == rates.binomial_limits(2, 10)[1]


SMALL = st.integers(0, 40)
EXPOSURE = st.floats(0.5, 500)


@QUICK
@given(SMALL, EXPOSURE, SMALL, EXPOSURE)
def test_p_of_a_ratio_is_that_of_the_slow_twin(x1: int, e1: float, x0: int, e0: float) -> None:
    assert rates.rate_ratio_p(x1, e1, x0, e0) == pytest.approx(twin.rate_ratio_p(x1, e1, x0, e0)[0], rel=1e-9)


@QUICK
@given(SMALL, EXPOSURE, SMALL, EXPOSURE)
def test_p_and_limits_of_a_ratio_say_the_same(x1: int, e1: float, x0: int, e0: float) -> None:
    p = float(rates.rate_ratio_p(x1, e1, x0, e0))
    _, low, high = rates.rate_ratio_limits(x1, e1, x0, e0)
    if x1 + x0 and abs(p - 0.05) > 1e-6:
        assert (p < 0.05) == bool(low > 1 or high < 1)
