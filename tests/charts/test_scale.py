import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kontor.charts.scale import (
    finite,
    known,
    linear,
    log_axis,
    log_ticks,
    logarithmic,
    nice_axis,
    nice_ticks,
)

numbers = st.floats(-1e12, 1e12, allow_nan=False)


@given(numbers, numbers, numbers, numbers)
def test_a_linear_map_keeps_order_and_its_ends(low: float, high: float, a: float, b: float) -> None:
    assume(high - low > 1e-3)
    across = linear(low, high, 10, 200)
    assert across(low) == pytest.approx(10)
    assert across(high) == pytest.approx(200)
    assert (across(a) <= across(b)) == (a <= b) or math.isclose(across(a), across(b))


def test_a_flat_domain_maps_to_the_middle() -> None:
    assert linear(4, 4, 10, 20)(4) == 15


def test_a_logarithmic_map_gives_equal_ratios_equal_lengths() -> None:
    across = logarithmic(10, 1000, 0, 100)
    assert [across(v) for v in (10, 100, 1000)] == pytest.approx([0, 50, 100])


def test_a_logarithmic_map_refuses_zero() -> None:
    with pytest.raises(ValueError):
        logarithmic(0, 10, 0, 1)


@given(numbers, st.floats(1e-3, 1e12), st.integers(2, 10))
def test_nice_ticks_lie_inside_and_rise_evenly_by_1_2_or_5(low: float, span: float, count: int) -> None:
    assume(span > 1e-6 * abs(low))
    ticks = nice_ticks(low, low + span, count)
    step = span / count
    assert all(low - 1e-5 * span <= tick <= low + span * 1.00001 for tick in ticks)
    for first, second in itertools.pairwise(ticks):
        assert step * 0.99 <= second - first <= step * 2.6
        lead = (second - first) / 10 ** math.floor(math.log10((second - first) * 1.0001))
        assert any(math.isclose(lead, nice, rel_tol=1e-2) for nice in (1, 2, 5))


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0, 12, 6, [0, 2, 4, 6, 8, 10, 12]),
        (0, 0.5, 5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (-1, 1, 4, [-1, -0.5, 0, 0.5, 1]),
        (3, 3, 5, [3]),
    ],
)
def test_nice_ticks_by_example(low: float, high: float, count: int, expected: list[float]) -> None:
    assert nice_ticks(low, high, count) == expected


@given(numbers, numbers, st.integers(1, 8))
def test_an_axis_encloses_its_domain(a: float, b: float, count: int) -> None:
    low, high = sorted((a, b))
    assume(low == high or high - low > max(1e-6 * max(abs(low), abs(high)), 1e-9))
    ticks = nice_axis(low, high, count)
    room = 1e-5 * (ticks[-1] - ticks[0]) + 1e-9
    assert len(ticks) >= 2
    assert ticks[0] <= low + room and high - room <= ticks[-1]


def test_a_flat_axis_at_zero_opens_upwards_only() -> None:
    assert nice_axis(0, 0)[0] == 0


def test_log_ticks_are_1_2_5_and_5() -> None:
    assert log_ticks(40_000, 2_600_000) == [50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000]


def test_log_ticks_of_a_narrow_domain_are_linear() -> None:
    assert log_ticks(101, 149) == [120, 140]


def test_what_is_not_finite_is_missing() -> None:
    assert [finite(v) for v in (None, math.nan, math.inf, -1e200, 2)] == [None, None, None, None, 2.0]
    assert known([1, None, math.nan, 2]) == [1, 2]


@given(st.floats(1e-9, 1e12), st.floats(1, 1e9))
def test_a_logarithmic_axis_encloses_its_domain_at_few_round_numbers(low: float, ratio: float) -> None:
    high = low * ratio
    ticks = log_axis(low, high)
    assert ticks == sorted(set(ticks)) and 2 <= len(ticks) <= 10
    assert ticks[0] <= low * 1.00001 and ticks[-1] >= high * 0.99999
    assert all(round(tick / 10 ** math.floor(math.log10(tick * 1.0001)), 6) in (1, 2, 5) for tick in ticks)


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_a_logarithmic_axis_needs_a_domain_above_zero(low: float) -> None:
    with pytest.raises(ValueError):
        log_axis(low, 10)
