"""`kontor compare`: exactly the keys that other programs were promised, with what they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kontor.comparison.queries import contract
from kontor.errors import Refused
from tests.cast import BERLIN, LINDHAFEN, NORDVIK, RIGA

ROAD = "road_death_rate"

# As promised; keys may be added, never renamed.
TOP = {"indicator", "definition", "period", "as_of", "unit", "direction", "league", "limits", "cities"}
LEAGUE = {"value", "overdispersion"}
CITY = {
    "city", "name", "value", "numerator", "denominator", "low", "high", "shrunk", "shrunk_low", "shrunk_high",
    "peer_median", "gap", "gap_low", "gap_high", "funnel", "rank_low", "rank_high", "flags", "comparability",
    "comparability_reasons",
}  # fmt: skip
ADDED_TOP = {"kind"}
ADDED_LEAGUE = {"statistic", "cities"}
ADDED_CITY = {"verdict", "peers", "releases", "sources", "flags_of_inputs"}
FUNNEL = {"below_998", "below_95", "inside", "above_95", "above_998", None}
INDICATORS = [ROAD, "infant_mortality", "no2_annual_mean", "municipal_waste_per_resident"]


@pytest.fixture(params=INDICATORS)
def any_comparison(request: pytest.FixtureRequest, db: None) -> dict[str, Any]:
    return contract.comparison(request.param)


def berlin(found: dict[str, Any], code: str = BERLIN) -> dict[str, Any]:
    return next(row for row in found["cities"] if row["city"] == code)


def test_the_keys_are_those_of_the_contract(any_comparison: dict[str, Any]) -> None:
    assert set(any_comparison) == TOP | ADDED_TOP
    assert set(any_comparison["league"]) == LEAGUE | ADDED_LEAGUE
    for row in any_comparison["cities"]:
        assert set(row) - {"demonstration"} == CITY | ADDED_CITY


def test_every_value_is_plain_json(any_comparison: dict[str, Any]) -> None:
    assert json.loads(json.dumps(any_comparison, allow_nan=False)) == any_comparison


def test_the_words_are_those_of_the_contract(any_comparison: dict[str, Any]) -> None:
    assert any_comparison["limits"] in ("poisson", "clopper_pearson", "none")
    assert any_comparison["direction"] in ("lower", "higher", "context")
    assert set(any_comparison["unit"]) == {"en", "de", "zh-hans"}
    for row in any_comparison["cities"]:
        assert row["funnel"] in FUNNEL
        assert row["comparability"] in ("full", "limited", "none")
        assert (row["comparability"] == "full") == (row["comparability_reasons"] == [])
        assert all(
            row[key] is None for key in ("shrunk", "shrunk_low", "shrunk_high", "rank_low", "rank_high")
        )


def test_without_limits_there_is_no_funnel_and_no_count(any_comparison: dict[str, Any]) -> None:
    nothing = [any_comparison["limits"] == "none"] * 5
    for row in any_comparison["cities"]:
        keys = ("numerator", "denominator", "low", "high", "funnel")
        if any_comparison["limits"] == "none":
            assert [row[key] is None for key in keys] == nothing
        else:
            assert row["low"] <= row["value"] <= row["high"]
            assert row["numerator"] is not None and row["denominator"] > 0
    assert (any_comparison["league"]["overdispersion"] is None) == (any_comparison["limits"] == "none")


def test_cities_are_ordered_by_value(any_comparison: dict[str, Any]) -> None:
    listed = [row["value"] for row in any_comparison["cities"]]
    assert listed == sorted(listed) and len(listed) > 50


def test_berlin_2019(db: None) -> None:
    found = contract.comparison(ROAD, period="2019")
    row = berlin(found)
    assert (found["definition"], found["period"], found["as_of"]) == (f"{ROAD}/v1", "2019", "r1")
    assert (row["name"]["zh-hans"], row["numerator"], row["denominator"]) == ("柏林", 40, 3_644_798)
    assert row["value"] == pytest.approx(1.09746, abs=1e-5)
    assert (row["comparability"], row["comparability_reasons"], row["flags"]) == (
        "limited",
        ["flag:e"],
        ["e"],
    )
    assert row["gap"] == pytest.approx(row["value"] - row["peer_median"], abs=1e-9)
    assert row["gap_low"] < row["gap"] < row["gap_high"]
    assert len(row["peers"]) == 20 and BERLIN not in row["peers"]
    assert "demonstration" not in row


def test_the_leagues_value_is_pooled_over_real_and_comparable_cities(db: None) -> None:
    found = contract.comparison(ROAD, period="2019")
    rows = [r for r in found["cities"] if "demonstration" not in r and r["comparability"] != "none"]
    pooled = sum(r["numerator"] for r in rows) / sum(r["denominator"] for r in rows) * 100_000
    assert found["league"]["value"] == pytest.approx(pooled, rel=1e-9)
    assert (found["league"]["statistic"], found["league"]["cities"]) == ("pooled", len(rows))
    assert found["league"]["overdispersion"]["phi"] > 0


def test_without_counts_the_leagues_value_is_the_median(db: None) -> None:
    from statistics import median

    found = contract.comparison("no2_annual_mean")
    rows = [r for r in found["cities"] if "demonstration" not in r and r["comparability"] != "none"]
    assert found["league"]["statistic"] == "median"
    assert found["league"]["value"] == pytest.approx(median(r["value"] for r in rows), rel=1e-9)


def test_the_gap_is_to_the_median_of_the_peers(any_comparison: dict[str, Any]) -> None:
    from statistics import median

    known = {row["city"]: row for row in any_comparison["cities"]}
    for row in any_comparison["cities"][::7]:
        if row["comparability"] != "none" and row["peers"]:
            expected = median(known[peer]["value"] for peer in row["peers"])
            assert row["peer_median"] == pytest.approx(expected, rel=1e-9)
        if row["comparability"] == "none":
            assert row["gap"] is None and row["funnel"] is None and row["verdict"] == "not_comparable"


def test_invented_cities_are_marked_and_nobodys_peers(any_comparison: dict[str, Any]) -> None:
    for row in any_comparison["cities"]:
        assert row.get("demonstration", False) == row["city"].startswith("ZZ")
        assert not any(peer.startswith("ZZ") for peer in row["peers"])


def test_asking_for_some_cities_changes_nothing_about_them(db: None) -> None:
    everything = contract.comparison(ROAD, period="2019")
    some = contract.comparison(ROAD, period="2019", cities=[RIGA, BERLIN])
    assert {row["city"] for row in some["cities"]} == {RIGA, BERLIN}
    assert some["league"] == everything["league"]
    for row in some["cities"]:
        assert row == berlin(everything, row["city"])


def test_rigas_waste_is_shown_and_not_compared(db: None) -> None:
    """In 2020 the source gives tonnes instead of kilotonnes."""
    found = contract.comparison("municipal_waste_per_resident", period="2020")
    row = berlin(found, RIGA)
    assert row["value"] > 100_000 and row["comparability"] == "none" and row["verdict"] == "not_comparable"
    assert row["comparability_reasons"][0].startswith("implausible:")
    assert all(RIGA not in other["peers"] for other in found["cities"])
    assert RIGA in {
        peer for other in contract.comparison(ROAD, period="2019")["cities"] for peer in other["peers"]
    }


def test_a_reservation_can_keep_an_invented_city_out(db: None) -> None:
    row = berlin(contract.comparison(ROAD, period="2019"), NORDVIK)
    assert (row["comparability"], row["verdict"], row["gap"]) == ("none", "not_comparable", None)
    assert berlin(contract.comparison(ROAD, period="2019"), LINDHAFEN)["comparability"] == "full"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"code": "road_births"}, "indicator_unknown"),
        ({"code": ROAD, "period": "1899"}, "period_unknown"),
        ({"code": ROAD, "period": "2019x"}, "period_unknown"),
        ({"code": ROAD, "as_of": "r99"}, "release_unknown"),
        ({"code": ROAD, "cities": ["XX001C"]}, "city_unknown"),
    ],
)
def test_what_is_not_there_is_refused(db: None, question: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        contract.comparison(question.pop("code"), **question)
    assert refused.value.code == code


def test_an_indicator_without_figures(empty_database: Any) -> None:
    from django.conf import settings

    from kontor.indicators import operations
    from kontor.league.rules import OPERATOR
    from tests.cast import NOON

    operations.load_definitions(folder=settings.DEFINITIONS / "indicators", by=OPERATOR, at=NOON)
    with pytest.raises(Refused) as refused:
        contract.comparison(ROAD)
    assert refused.value.code == "no_figures"
    with pytest.raises(Refused) as refused:
        contract.comparison(ROAD, period="2019")
    assert refused.value.code == "period_unknown"
