"""Gaps: published ranks and intervals, the slow twin, exact coverage of the median."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines import gaps
from kontor.engines.reference import gaps as twin

QUICK = settings(max_examples=80, deadline=None)
VALUES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(math.nan)), max_size=40)


@pytest.mark.parametrize(
    ("n", "rank"), [(6, 1), (8, 1), (9, 2), (10, 2), (12, 3), (15, 4), (20, 6), (25, 8), (30, 10), (50, 18)]
)
def test_ranks_of_the_median_limits_are_those_of_the_sign_test_table(n: int, rank: int) -> None:
    assert gaps.median_limits(np.arange(1.0, n + 1)) == ((n + 1) / 2, rank, n + 1 - rank)


def _wilson(x: int, n: int) -> tuple[float, float]:
    z2 = 1.959963984540054**2
    centre, half = (2 * x + z2), math.sqrt(z2) * math.sqrt(z2 + 4 * x * (n - x) / n)
    return (centre - half) / (2 * (n + z2)), (centre + half) / (2 * (n + z2))


@pytest.mark.parametrize(
    ("x1", "n1", "x2", "n2", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090)],
)
def test_interval_is_newcombes_when_the_limits_are_wilsons(
    x1: int, n1: int, x2: int, n2: int, low: float, high: float
) -> None:
    """Newcombe 1998, method 10: MOVER with Wilson limits. Six peers are chosen so that the median and its
    limits, the smallest and the largest, are the second proportion and its Wilson limits."""
    peer_low, peer_high = _wilson(x2, n2)
    found = gaps.gap(x1 / n1, *_wilson(x1, n1), peers=np.array([peer_low, peer_high] + [x2 / n2] * 4))
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)
    assert found.gap == pytest.approx(x1 / n1 - x2 / n2)


def test_too_few_peers_and_missing_limits() -> None:
    few = gaps.gap(5.0, 4.0, 6.5, np.array([1.0, 2.0, 3.0, np.nan, 4.0, 10.0]))
    assert (few.gap, few.median, few.count) == (2.0, 3.0, 5)
    assert (few.quartile_low, few.quartile_high) == (2.0, 4.0)
    assert np.isnan([few.low, few.high, few.median_low, few.median_high]).all()
    none = gaps.gap(5.0, math.nan, math.nan, np.arange(10.0))
    assert none.gap == 0.5 and np.isnan([none.low, none.high]).all() and none.median_low == 1.0
    alone = gaps.gap(5.0, 4.0, 6.0, np.array([]))
    assert alone.count == 0
    assert all(math.isnan(v) for k, v in dataclasses.asdict(alone).items() if k != "count")
    assert math.isnan(gaps.median_limits(np.arange(8.0), 0.998)[1])


@given(VALUES, st.sampled_from([0.5, 0.9, 0.95, 0.998]))
@QUICK
def test_median_limits_agree_with_their_twin(values: list[float], level: float) -> None:
    expected = twin.median_limits(values, level)
    assert gaps.median_limits(values, level) == pytest.approx(expected, rel=1e-12, nan_ok=True)


@given(VALUES, st.floats(-1e6, 1e6), st.floats(0, 100), st.floats(0, 100))
@QUICK
def test_gap_agrees_with_its_twin(peers: list[float], value: float, below: float, above: float) -> None:
    array = np.array(peers, dtype=float)
    found = gaps.gap(value, value - below, value + above, array, 0.9)
    expected = twin.gap(value, value - below, value + above, array, 0.9)
    assert dataclasses.astuple(found) == pytest.approx(
        dataclasses.astuple(expected), rel=1e-9, abs=1e-9, nan_ok=True
    )


@given(st.integers(6, 200), st.sampled_from([0.9, 0.95, 0.998]))
@QUICK
def test_median_limits_cover_often_enough_and_the_next_pair_would_not(n: int, level: float) -> None:
    """The median lies between the r-th smallest and largest unless fewer than r values fall on one side."""
    _, low, _ = gaps.median_limits(np.arange(1.0, n + 1), level)
    outside = [2 * sum(math.comb(n, j) for j in range(r)) / 2**n for r in range(n // 2 + 2)]
    if math.isnan(low):
        assert 1 - outside[1] < level
    else:
        assert 1 - outside[int(low)] >= level > 1 - outside[int(low) + 1]


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=30), st.integers(-50, 50))
@QUICK
def test_a_shift_of_all_values_shifts_no_gap_and_a_turn_turns_it(peers: list[int], shift: int) -> None:
    array = np.array(peers, dtype=float)
    base = gaps.gap(3.0, 1.0, 9.0, array)
    moved = gaps.gap(3.0 + shift, 1.0 + shift, 9.0 + shift, array + shift)
    turned = gaps.gap(-3.0, -9.0, -1.0, -array)
    both = pytest.approx((base.gap, base.low, base.high), nan_ok=True)
    assert (moved.gap, moved.low, moved.high) == both
    assert (-turned.gap, -turned.high, -turned.low) == both
