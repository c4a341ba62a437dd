"""Differential privacy: the distribution of the noise, the error said beforehand, the account over releases."""

from __future__ import annotations

import math
import sys
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, eye_array

from kontor.engines.disclosure import privacy
from kontor.engines.disclosure.cube import axis_of
from kontor.engines.disclosure.incidence import incidence
from kontor.engines.disclosure.privacy import (
    Spent,
    charged,
    check_contribution,
    expected,
    guarantees,
    inner_codes,
    left,
    mean_absolute,
    noisy,
)
from kontor.errors import Refused

DISTRICTS = {"a": "west", "b": "west", "c": "east", "west": "_T", "east": "_T"}
AXES = (axis_of("district", ["a", "b", "c"], [DISTRICTS]), axis_of("kind", ["x", "y"]))
MANY = 20_000


def alone(size: int) -> csr_array:
    return csr_array(eye_array(size, dtype=np.int64))


@pytest.mark.parametrize(("epsilon", "contribution"), [(1.0, 1), (0.3, 1), (1.0, 3)])
def test_the_noise_is_discrete_laplace(epsilon: float, contribution: int) -> None:
    """Every frequency, the mean and the mean size within six standard errors: a false alarm once in 10 million runs."""
    pytest.importorskip("opendp")
    noise = noisy(np.full(MANY, 7), alone(MANY), epsilon, contribution).inner - 7
    a = math.exp(-epsilon / contribution)
    for k in range(-3, 4):
        chance = (1 - a) / (1 + a) * a ** abs(k)
        assert abs((noise == k).mean() - chance) < 6 * math.sqrt(chance * (1 - chance) / MANY)
    variance = 2 * a / (1 - a) ** 2
    assert abs(noise.mean()) < 6 * math.sqrt(variance / MANY)
    size = 2 * a / (1 - a**2)
    assert abs(np.abs(noise).mean() - size) < 6 * math.sqrt((variance - size**2) / MANY)


def test_two_draws_differ_and_margins_are_sums() -> None:
    pytest.importorskip("opendp")
    codes = inner_codes(AXES)
    sums = incidence(AXES, codes)
    one, other = (noisy(np.arange(6), sums, 0.01) for _ in range(2))
    assert (one.inner != other.inner).any()
    assert (one.cells == sums.T @ one.inner).all()


def test_empty_combinations_are_part_of_the_table() -> None:
    assert inner_codes(AXES) == [["a", "a", "b", "b", "c", "c"], ["x", "y"] * 3]


@pytest.mark.parametrize(("epsilon", "contribution"), [(1.0, 1), (0.1, 1), (2.0, 5), (6.0, 1)])
def test_one_cell_has_the_known_expected_error(epsilon: float, contribution: int) -> None:
    a = math.exp(-epsilon / contribution)
    assert mean_absolute(1, epsilon, contribution) == pytest.approx(2 * a / (1 - a * a), rel=1e-9)


@given(st.integers(2, 5), st.sampled_from([0.5, 1.0, 3.0]))
@settings(max_examples=15, deadline=None)
def test_sums_have_the_error_of_the_convolution(cells: int, epsilon: float) -> None:
    a = math.exp(-epsilon)
    one = (1 - a) / (1 + a) * a ** np.abs(np.arange(-200, 201))
    several = np.array([1.0])
    for _ in range(cells):
        several = np.convolve(several, one)
    reach = np.abs(np.arange(several.size) - several.size // 2)
    assert mean_absolute(cells, epsilon) == pytest.approx(several @ reach, rel=1e-9)


def test_many_cells_add_up_to_a_normal_error() -> None:
    a = math.exp(-1.0)
    variance = 10_000 * 2 * a / (1 - a) ** 2
    assert mean_absolute(10_000, 1.0) == pytest.approx(math.sqrt(2 * variance / math.pi), rel=1e-4)


@pytest.mark.parametrize(("cells", "epsilon"), [(3, 1e-3), (900, 0.01), (9_000, 0.02)])
def test_short_cuts_agree_where_they_meet(
    cells: int, epsilon: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = mean_absolute(cells, epsilon)
    assert mean_absolute(cells, epsilon / 8) == pytest.approx(8 * exact, rel=1e-4)
    if cells > 100:
        monkeypatch.setattr(privacy, "WIDEST", 1)
        assert mean_absolute(cells, epsilon) == pytest.approx(exact, rel=1e-6)


def test_the_error_is_said_before_it_is_spent() -> None:
    codes = inner_codes(AXES)
    sums = incidence(AXES, codes)
    said = expected([0, 1, 2, 4, 30, 50], sums, 1.0)
    one = mean_absolute(1, 1.0)
    table = said.errors.reshape(6, 3)
    assert said.inner == pytest.approx(one) and said.largest == pytest.approx(mean_absolute(6, 1.0))
    assert table[0].tolist() == pytest.approx([one, one, mean_absolute(2, 1.0)])
    cells = sums.T @ np.array([0, 1, 2, 4, 30, 50])
    small = (cells > 0) & (cells < 10)
    assert said.relative == pytest.approx((said.errors[small] / cells[small]).mean())
    assert math.isnan(expected(np.full(6, 100), sums, 1.0).relative)


def test_the_account_over_releases() -> None:
    ledger: tuple[Spent, ...] = ()
    for year in range(10):
        ledger = charged(ledger, "register", f"{year}", "0.1", "1")
    assert left(ledger, "register", "1") == 0 and left(ledger, "accidents", "1") == 1
    with pytest.raises(Refused) as error:
        charged(ledger, "register", "10", "0.0001", "1")
    assert error.value.code == "privacy_budget_exceeded" and error.value.facts["left"] == "0.0"
    with pytest.raises(Refused) as error:
        charged(ledger, "register", "3", "0.1", "9")
    assert error.value.code == "privacy_release_known"
    assert charged(ledger, "accidents", "3", "1", "1")[-1] == Spent("accidents", "3", Decimal(1))
    assert left(ledger, "register", "0.5") == Decimal("-0.5")


@pytest.mark.parametrize("wrong", ["0", "-1", "NaN", "Infinity"])
def test_a_price_is_a_positive_number(wrong: str) -> None:
    with pytest.raises(Refused) as error:
        charged((), "register", "1", wrong, "1")
    assert error.value.code == "privacy_epsilon"


@pytest.mark.parametrize(("epsilon", "contribution"), [(0, 1), (-1, 1), (math.inf, 1), (math.nan, 1), (1, 0)])
def test_parameters_that_cannot_be(epsilon: float, contribution: int) -> None:
    for call in (noisy, expected):
        with pytest.raises(Refused) as error:
            call([1], alone(1), epsilon, contribution)
        assert error.value.code == "privacy_epsilon"
    with pytest.raises(Refused) as error:
        noisy([-1], alone(1), 1.0)
    assert error.value.code == "privacy_counts_only"


def test_nobody_may_stand_behind_more_than_the_noise_covers() -> None:
    check_contribution([0, 1, 1, 2], 2)
    check_contribution([], 1)
    with pytest.raises(Refused) as error:
        check_contribution([0, 1, 1, 1], 2)
    assert (error.value.code, error.value.facts["most"]) == ("privacy_contribution_exceeded", 3)


def test_the_statements_name_epsilon() -> None:
    said = {each.code: each.facts for each in guarantees(0.5, 2)}
    assert said["privacy_pure"] == {"epsilon": 0.5, "contribution": 2}


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(Refused) as error:
        noisy([1], alone(1), 1.0)
    assert error.value.code == "privacy_extra_missing"
    assert expected([1], alone(1), 1.0).inner > 0
