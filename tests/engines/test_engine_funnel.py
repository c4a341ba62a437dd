"""Funnel plots: limits from printed tables, the slow twin, how often chance alone lies outside, consistency of
places and limits."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from kontor.engines import counts, funnel
from kontor.engines.funnel import Funnel, Kind
from kontor.engines.reference import funnel as twin

QUICK = settings(max_examples=60, deadline=None)
LEVELS = st.sampled_from([0.9, 0.95, 0.998])
CITIES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 800)), min_size=1, max_size=14)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(["poisson", "binomial"])


def test_poisson_limits_from_the_printed_table_of_mean_ten() -> None:
    """P(R <= 3, 4, 16, 17) = 0.01034, 0.02925, 0.97296, 0.98572 for a mean of 10, interpolated by hand: 17 or
    more happen with 0.02704, 18 or more with 0.01428."""
    low, high = funnel.limits(Funnel("poisson", 10.0, 1.0, 0.0, 20), 1.0)
    assert low == pytest.approx(4 - (0.02925 - 0.025) / (0.02925 - 0.01034), abs=5e-4)
    assert high == pytest.approx(17 + (0.02704 - 0.025) / (0.02704 - 0.01428), abs=1e-3)


def test_binomial_limits_from_the_printed_table_of_twenty_throws() -> None:
    """P(R <= 5, 6) = P(R >= 15, 14) = 0.0207, 0.0577 for 20 throws of a fair coin."""
    low, high = funnel.limits(Funnel("binomial", 0.5, 1.0, 0.0, 20), 20.0)
    assert low * 20 == pytest.approx(6 - (0.0577 - 0.025) / (0.0577 - 0.0207), abs=2e-3)
    assert high * 20 == pytest.approx(14 + (0.0577 - 0.025) / (0.0577 - 0.0207), abs=2e-3)


def test_fit_by_hand() -> None:
    """Ten cities of exposure 4 around a rate of 1, each with s = 1/2: z is twice the distance from the
    target."""
    count = np.array([0, 0, 4, 4, 4, 4, 4, 4, 8, 8])
    found = funnel.fit(count, np.full(10, 4), "poisson")
    assert found.target == 1.0 and found.cities == 10
    assert found.phi == pytest.approx(4 * 4 / 10)
    assert found.tau2 == pytest.approx((10 * 1.6 - 9) / (40 - 10 * 16 / 40))


def test_winsorising_holds_back_one_outlier() -> None:
    count, exposure = np.array([10] * 19 + [200]), np.full(20, 1000.0)
    assert (
        funnel.fit(count, exposure, "poisson").phi
        < funnel.fit(count, exposure, "poisson", winsor=0.0).phi / 10
    )


def test_few_cities_and_cells_that_cannot_be() -> None:
    nine = funnel.fit(np.arange(9), np.full(9, 100), "poisson")
    assert math.isnan(nine.phi) and (nine.tau2, nine.cities, nine.target) == (0.0, 9, 36 / 900)
    count, exposure = np.array([1, -1, np.nan, 3, 3, 200]), np.array([100, 100, 100, 0, np.nan, 100])
    assert funnel.fit(count, exposure, "poisson").cities == 2
    assert funnel.fit(count, exposure, "binomial").cities == 1
    assert funnel.place(nine, count, exposure).tolist() == ["inside", "", "", "", "", "above_998"]
    assert funnel.place(dataclasses.replace(nine, kind="binomial"), [200], [100]).tolist() == [""]
    empty = funnel.fit([], [], "binomial")
    assert empty.cities == 0 and math.isnan(empty.target)
    assert funnel.place(empty, [1], [10]).tolist() == [""] and np.isnan(funnel.limits(empty, [10.0])).all()
    assert np.isnan(funnel.limits(dataclasses.replace(nine, kind="binomial"), 0.3)).all()
    nothing = funnel.fit(np.zeros(12), np.full(12, 50), "poisson")
    assert nothing.tau2 == 0 and np.ravel(funnel.limits(nothing, 50.0)).tolist() == [0, 0.975 / 50]
    assert funnel.place(nothing, [0, 1], [50, 50]).tolist() == ["inside", "above_998"]


@given(CITIES, KINDS, st.sampled_from([0.0, 0.1, 0.25]))
@QUICK
def test_fit_agrees_with_its_twin(cities: list[tuple[int, int]], kind: Kind, winsor: float) -> None:
    count, exposure = np.array(cities, dtype=float).T
    found, expected = (engine.fit(count, exposure, kind, winsor) for engine in (funnel, twin))
    assert dataclasses.astuple(found)[1:] == pytest.approx(
        dataclasses.astuple(expected)[1:], rel=1e-9, abs=1e-12, nan_ok=True
    )


@given(
    st.floats(0.001, 2.0),
    st.sampled_from([0.0, 0.02, 0.3, 2.0]),
    st.lists(st.floats(0.5, 150), max_size=6),
    LEVELS,
)
@QUICK
def test_poisson_limits_agree_with_summed_probabilities(
    target: float, spread: float, exposure: list[float], level: float
) -> None:
    group = Funnel("poisson", target, 1.0, spread * target**2, 20)
    expected = twin.limits(group, exposure, level)
    assert funnel.limits(group, exposure, level) == pytest.approx(np.array(expected), rel=1e-9, abs=1e-12)


@given(
    # Not round: 1 - 0.001 is exactly the 99.8 % tail, where rounding alone would decide between two answers.
    st.integers(1, 999).map(lambda i: i / 1000.123),
    st.sampled_from([0.0, 1e-3, 0.05, 0.6, 1.5]),
    st.lists(st.integers(1, 600), max_size=6),
    LEVELS,
)
@QUICK
def test_binomial_limits_agree_with_summed_probabilities(
    target: float, spread: float, total: list[int], level: float
) -> None:
    group = Funnel("binomial", target, 1.0, spread * target * (1 - target), 20)
    expected = twin.limits(group, total, level)
    assert funnel.limits(group, total, level) == pytest.approx(np.array(expected), rel=1e-9, abs=1e-12)


@given(CITIES, KINDS)
@QUICK
def test_places_agree_with_the_twin_and_the_limits(cities: list[tuple[int, int]], kind: Kind) -> None:
    count, exposure = np.array(cities, dtype=float).T
    fitted = funnel.fit(count, exposure, kind)
    group = dataclasses.replace(fitted, target=fitted.target * 0.999877)  # off the round numbers, see above
    found = funnel.place(group, count, exposure)
    assert found.tolist() == twin.place(group, count, exposure).tolist()
    (low95, high95), (low998, high998) = (funnel.limits(group, exposure, v) for v in (0.95, 0.998))
    rate = count / exposure
    usable = found != ""
    assert (usable == ((count <= exposure) | (kind == "poisson")) & ~np.isnan(low95)).all()
    assert ((found == "below_998") == (usable & (rate < low998))).all()
    assert ((found == "above_998") == (usable & (rate > high998))).all()
    assert ((found == "inside") == (usable & (rate >= low95) & (rate <= high95))).all()


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))


def _probabilities(group: Funnel, exposure: np.ndarray) -> np.ndarray:
    """(exposures, counts from 0 on): the textbook formula, up to a count beyond which there is nothing."""
    e, target, tau2 = exposure[:, None], group.target, group.tau2
    if group.kind == "binomial":
        k = np.arange(exposure.max() + 1)
        inside = np.minimum(k, e)
        if tau2:
            size = target * (1 - target) / tau2 - 1
            a, b = target * size, (1 - target) * size
            log = _log_choose(e, inside) + special.betaln(inside + a, e - inside + b) - special.betaln(a, b)
        else:
            log = _log_choose(e, inside) + inside * math.log(target) + (e - inside) * math.log1p(-target)
        return np.where(k <= e, np.exp(log), 0.0)
    mean = target * e
    k = np.arange(60 + 60 * np.sqrt(mean + tau2 * e**2).max())
    if not tau2:
        return np.asarray(np.exp(k * np.log(mean) - mean - special.gammaln(k + 1)))
    shape = target**2 / tau2
    log_choose = special.gammaln(k + shape) - special.gammaln(shape) - special.gammaln(k + 1)
    return np.asarray(np.exp(log_choose - shape * np.log1p(mean / shape) + k * np.log(mean / (mean + shape))))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.998])
@pytest.mark.parametrize("variation", [0.0, 0.02, 0.5])
@pytest.mark.parametrize(("kind", "target"), [("poisson", 0.04), ("binomial", 0.04), ("binomial", 0.6)])
def test_chance_alone_lies_outside_at_most_as_often_as_promised(
    kind: Kind, target: float, variation: float, level: float
) -> None:
    """By summing probabilities: neither side holds more than (1 - level) / 2, and one more count would."""
    group = Funnel(kind, target, 1.0, variation * target**2, 20)
    exposure = np.unique(np.rint(np.geomspace(1, 1500, 90)))
    probability = _probabilities(group, exposure)
    assert probability.sum(axis=1) == pytest.approx(1.0, rel=1e-9)
    count = np.arange(probability.shape[1])
    rate = count / exposure[:, None]
    low, high = (limit[:, None] for limit in funnel.limits(group, exposure, level))
    nominal = (1 - level) / 2
    below, above = (np.where(beyond, probability, 0).sum(axis=1) for beyond in (rate < low, rate > high))
    assert below.max() <= nominal * (1 + 1e-9) and above.max() <= nominal * (1 + 1e-9)
    lowest, highest = (rate >= low).argmax(axis=1), (rate <= high).sum(axis=1) - 1
    row = np.arange(exposure.size)
    if kind == "binomial":
        highest = np.minimum(highest, exposure.astype(int))
    assert (below + probability[row, lowest] >= nominal * (1 - 1e-9)).all()
    assert (above + probability[row, highest] >= nominal * (1 - 1e-9)).all()
    if level != 0.8:  # places know two levels
        marks = ("below_998", "above_998") if level == 0.998 else ("below_95", "above_95")
        for edge, beyond, mark in ((lowest, -1, marks[0]), (highest, 1, marks[1])):
            assert mark not in funnel.place(group, edge, exposure)
            there = (edge + beyond >= 0) & ((edge + beyond <= exposure) | (kind == "poisson"))
            assert np.char.startswith(
                funnel.place(group, edge + beyond, exposure)[there], mark.split("_")[0]
            ).all()


def test_published_chances_of_lying_above_the_limit() -> None:
    """Seaton & Manktelow 2012, table of prediction limits, expected counts of 1 to 50: median, least and most
    probability of lying above the 95 % limit."""
    mean = np.linspace(1, 50, 4901)
    _, high = funnel.limits(Funnel("poisson", 1.0, 1.0, 0.0, 20), mean)
    above = special.pdtrc(np.floor(high * mean), mean)
    assert (np.median(above), above.min(), above.max()) == pytest.approx((0.0201, 0.0052, 0.0250), abs=5e-5)


def test_all_of_all_is_above_only_where_that_is_rare() -> None:
    """0.9**20 is 0.12, nothing to remark on; 0.9**300 is 2e-14."""
    total = np.array([1, 5, 20, 300])
    places = funnel.place(Funnel("binomial", 0.9, 1.0, 0.0, 20), total, total)
    assert places.tolist() == ["inside", "inside", "inside", "above_998"]
    assert (funnel.place(Funnel("binomial", 1.0, 1.0, 0.0, 20), total, total) == "inside").all()


@given(st.floats(1e-5, 0.4), st.sampled_from([0.0, 1e-3, 0.3]), KINDS)
@QUICK
def test_funnels_narrow_with_size_and_wider_levels_lie_outside(
    target: float, spread: float, kind: Kind
) -> None:
    group = Funnel(kind, target, 1.0, spread * target**2, 20)
    exposure = np.array([30, 100, 300, 1_000, 3_000, 10_000]) / target
    low, high = funnel.limits(group, np.rint(exposure))
    low998, high998 = funnel.limits(group, np.rint(exposure), 0.998)
    assert (
        (low998 <= low).all() and (low < target).all() and (target < high).all() and (high <= high998).all()
    )
    assert (np.diff(low) > 0).all() and (np.diff(high) < 0).all()


@given(CITIES, st.sampled_from([0.5, 100.0, 1e5]))
@QUICK
def test_another_unit_of_exposure_changes_no_place(cities: list[tuple[int, int]], unit: float) -> None:
    count, exposure = np.array(cities, dtype=float).T
    first, second = funnel.fit(count, exposure, "poisson"), funnel.fit(count, exposure * unit, "poisson")
    assert second.target * unit == pytest.approx(first.target, rel=1e-9)
    assert second.phi == pytest.approx(first.phi, rel=1e-9, nan_ok=True)
    assert second.tau2 * unit**2 == pytest.approx(first.tau2, rel=1e-6, abs=1e-12)
    steady = dataclasses.replace(first, tau2=0.0)
    rescaled = dataclasses.replace(steady, target=first.target / unit)
    low, high = funnel.limits(steady, exposure)
    assert funnel.limits(rescaled, exposure * unit) == pytest.approx(np.array((low, high)) / unit, rel=1e-9)


@pytest.mark.parametrize("kind", ["poisson", "binomial"])
def test_large_cities_meet_the_normal_and_the_mixing_distribution(kind: Kind) -> None:
    """At ten million residents the limits are those of the normal distribution, or of the rates
    themselves."""
    target, exposure = 0.01, 1e7
    low, high = funnel.limits(Funnel(kind, target, 1.0, 0.0, 300), exposure)
    variance = target * (1 - target if kind == "binomial" else 1)
    half = 1.959964 * math.sqrt(variance / exposure)
    assert (low, high) == pytest.approx((target - half, target + half), rel=1e-4)
    shape = 25.0
    tau2 = target**2 / shape
    low, high = funnel.limits(Funnel(kind, target, 1.0, tau2, 300), 1e6)
    if kind == "poisson":
        expected = special.gammaincinv(shape, [0.025, 0.975]) * target / shape
    else:
        size = target * (1 - target) / tau2 - 1
        expected = special.betaincinv(target * size, (1 - target) * size, [0.025, 0.975])
    assert (low, high) == pytest.approx(tuple(expected), rel=1e-3)


def test_a_vanishing_tau2_leads_back_to_no_mixture() -> None:
    exposure = np.array([10.0, 300.0, 5_000.0, 60_000.0])
    kinds: list[Kind] = ["poisson", "binomial"]
    for kind in kinds:
        pure = funnel.limits(Funnel(kind, 0.02, 1.0, 0.0, 20), exposure, 0.998)
        almost = funnel.limits(Funnel(kind, 0.02, 1.0, 1e-15, 20), exposure, 0.998)
        assert almost == pytest.approx(np.array(pure), rel=1e-6)


@dataclasses.dataclass(frozen=True)
class Blind:
    """Poisson counts with a guess that is far off."""

    true: counts.Poisson
    start: float

    def guess(self, p: float) -> np.ndarray:
        return np.full(self.true.mean.shape, self.start)

    def cdf(self, k: np.ndarray, at: np.ndarray) -> np.ndarray:
        return self.true.cdf(k, at)

    def ratio(self, k: np.ndarray, at: np.ndarray) -> np.ndarray:
        return self.true.ratio(k, at)

    def top(self) -> np.ndarray:
        return self.true.top()


@pytest.mark.parametrize("start", [0.0, 500.0, 1e6])
@pytest.mark.parametrize("p", [0.001, 0.975])
def test_a_bad_guess_costs_time_but_no_digit(start: float, p: float) -> None:
    true = counts.Poisson(np.array([0.2, 7.0, 480.0, 20_000.0]))
    assert counts._interpolated(Blind(true, start), p) == pytest.approx(true.quantile(p), rel=1e-12)
