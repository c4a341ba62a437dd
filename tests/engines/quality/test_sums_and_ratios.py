"""Parts and totals, rates and what they are made of."""

from __future__ import annotations

import pytest

from kontor.engines.quality import Checks, Limits, Ratio, Sum
from tests.engines.quality.figures import Table, found

MODES = ("car", "motor_cycle", "bicycle", "foot", "transit")
SHARES = Checks(
    {mode: Limits("share", 0, 100) for mode in MODES}, [Sum("modal_split", MODES, 100.0, 5.0, 2.0)]
)
COUNTS = {name: Limits("count", 0) for name in ("male", "female", "all", "births", "infants")}
SEXES = Checks(COUNTS, [Sum("by_sex", ("male", "female"), "all", 1.0, 1.0)])
PART = Checks(COUNTS, [Sum("of_births", ("infants",), "births", None, 0.0)])


def _one(values: dict[str, float]) -> Table:
    return {("UK001C", name): {2001: value} for name, value in values.items()}


def _split(*shares: float) -> Table:
    return _one(dict(zip(MODES, shares, strict=True)))


@pytest.mark.parametrize("shares", [(43.1, 1.2, 0.9, 1.7, 32.2), (70.5, 5.5, 12.0, 20.0, 35.0)])
def test_a_modal_split_of_79_or_143_is_off_for_each_of_its_shares(shares: tuple[float, ...]) -> None:
    findings = found(_split(*shares), SHARES)
    assert sorted(f.variable for f in findings) == sorted(MODES)
    assert {f.kind for f in findings} == {"sum_off"}
    assert {f.facts["sum"] for f in findings} == {f"{sum(shares):g}"}
    assert findings[0].facts["total"] == "100"


@pytest.mark.parametrize(
    "shares", [(60.2, 1.0, 5.0, 9.0, 20.3), (61.2, 1.8, 8.0, 9.9, 21.0), (60, 2, 8, 10, 16)]
)
def test_other_modes_and_rounding_are_allowed(shares: tuple[float, ...]) -> None:
    """95.5, 101.9, and 96 of shares rounded to whole points."""
    assert found(_split(*shares), SHARES) == []


def test_a_sum_is_not_made_of_what_is_not_there() -> None:
    table = _split(43.1, 1.2, 0.9, 1.7, 32.2)
    del table["UK001C", "foot"]  # type: ignore[attr-defined]
    assert found(table, SHARES) == []


def test_a_share_that_is_impossible_explains_the_sum() -> None:
    findings = found(_split(221_139, 7_425, 4.0, 20.0, 40.0), SHARES)
    assert {(f.variable, f.kind) for f in findings} == {
        ("car", "impossible_value"),
        ("motor_cycle", "impossible_value"),
    }


def test_men_and_women_make_all() -> None:
    assert found(_one({"male": 970, "female": 1190, "all": 2160}), SEXES) == []
    findings = found(_one({"male": 675, "female": 780, "all": 34415}), SEXES)
    assert [(f.variable, f.kind) for f in findings] == [
        (name, "sum_off") for name in ("all", "female", "male")
    ]
    assert findings[0].facts["total"] == "34415"


@pytest.mark.parametrize(
    ("male", "female", "total"), [(9205, 10775, 19985), (390, 400, 800), (1200, 1300, 2600)]
)
def test_counts_rounded_to_fives_tens_and_hundreds(male: int, female: int, total: int) -> None:
    assert found(_one({"male": male, "female": female, "all": total}), SEXES) == []


def test_a_part_is_not_more_than_its_whole() -> None:
    assert found(_one({"infants": 4, "births": 1160}), PART) == []
    findings = found(_one({"infants": 36, "births": 14}), PART)
    assert [(f.variable, f.kind) for f in findings] == [("births", "sum_off"), ("infants", "sum_off")]
    assert findings[0].facts["most"] == "14"


def test_the_further_off_the_surer() -> None:
    slightly, widely = (found(_one({"male": 500, "female": 501, "all": n}), SEXES) for n in (1005, 2003))
    assert slightly[0].confidence < widely[0].confidence <= 0.95


RATE = Checks(
    {name: Limits("count", 0) for name in ("deaths", "cars")}
    | {name: Limits("rate", 0) for name in ("death_rate", "car_rate")},
    ratios=[Ratio("death_rate", ("deaths", "car_rate"), ("cars",), 10, 2)],
)


def _rate(published: float, deaths: float = 19) -> Table:
    """19 deaths among 121,375 residents, who are told from 58,200 cars at 479.51 per 1,000: 1.5654 per 10,000."""
    return _one({"deaths": deaths, "cars": 58_200, "car_rate": 479.51, "death_rate": published})


def test_a_published_rate_is_recomputed_and_rounded() -> None:
    assert found(_rate(1.57), RATE) == []
    [finding] = found(_rate(1.58), RATE)
    assert (finding.variable, finding.kind, finding.treatment) == ("death_rate", "rate_disagrees", "ask")
    assert finding.facts == {"value": "1.58", "expected": "1.57", "parts": "deaths, car_rate, cars"}


def test_a_denominator_of_zero_gives_no_rate() -> None:
    assert found(_one({"deaths": 1, "cars": 0, "car_rate": 400, "death_rate": 3.0}), RATE) == []
