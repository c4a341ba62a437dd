"""When figures may be compared and what may be said about a difference, as tables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from kontor.comparison import rules
from kontor.engines.gaps import Gap

# What is special about a figure -> its grade and the reasons in the order of their weight.
COMPARABILITY = [
    ({}, "full", []),
    ({"flags": "p"}, "full", []),
    ({"flags": "b"}, "limited", ["flag:b"]),
    ({"flags": "d"}, "limited", ["flag:d"]),
    ({"flags": "e"}, "limited", ["flag:e"]),
    ({"flags": "u"}, "limited", ["flag:u"]),
    ({"flags": "bep"}, "limited", ["flag:b", "flag:e"]),
    ({"unit": "greater city"}, "limited", ["unit:greater city"]),
    ({"offset": 2}, "limited", ["year_offset:2"]),
    ({"flags": "e", "unit": "borough", "offset": 1}, "limited", ["flag:e", "unit:borough", "year_offset:1"]),
    ({"reservations": [(2, "limited")]}, "limited", ["reservation:2"]),
    ({"reservations": [(2, "none")]}, "none", ["reservation:2"]),
    ({"reservations": [(1, "limited"), (2, "none")]}, "none", ["reservation:2", "reservation:1"]),
    ({"derogation": True}, "none", ["derogation"]),
    ({"value": 0.0}, "full", []),
    ({"value": 60.0}, "full", []),
    ({"value": 60.1}, "none", ["implausible:0.0:60.0"]),
    ({"value": -0.1}, "none", ["implausible:0.0:60.0"]),
    ({"value": math.nan}, "none", ["implausible:0.0:60.0"]),
    (
        {"value": 99.0, "derogation": True, "flags": "b"},
        "none",
        ["implausible:0.0:60.0", "derogation", "flag:b"],
    ),
]


@dataclass(frozen=True)
class Found:
    """A finding about Riga's waste of 2020."""

    treatment: str
    confidence: float
    kind: str = "unit_switch"
    variable: str = "starter:municipal_waste_kt"
    period: str = "2020"


SWITCH = "finding:unit_switch:starter:municipal_waste_kt:2020"


@pytest.mark.parametrize(
    ("findings", "grade", "reasons"),
    [
        ([Found("exclude", 0.97)], "none", [SWITCH]),
        ([Found("exclude", 0.1)], "none", [SWITCH]),
        ([Found("ask", 0.8)], "limited", [SWITCH]),
        ([Found("ask", 0.79)], "full", []),
        ([Found("keep", 1.0)], "full", []),
        (
            [Found("ask", 0.9), Found("exclude", 0.9, kind="outlier")],
            "none",
            [SWITCH.replace("unit_switch", "outlier"), SWITCH],
        ),
    ],
)
def test_what_is_not_plausible_counts_less_or_not_at_all(
    findings: list[Found], grade: str, reasons: list[str]
) -> None:
    found = rules.comparability(
        value=1.0,
        flags="",
        offset=0,
        unit="city",
        prevailing="city",
        plausible=(0.0, 60.0),
        findings=findings,
    )
    assert (found.grade, [reason.short for reason in found.reasons]) == (grade, reasons)


@pytest.mark.parametrize(("special", "grade", "reasons"), COMPARABILITY)
def test_how_far_a_figure_may_stand_beside_the_others(
    special: dict[str, object], grade: str, reasons: list[str]
) -> None:
    plain: dict[str, object] = {
        "value": 1.1,
        "flags": "",
        "offset": 0,
        "unit": "city",
        "prevailing": "city",
        "plausible": (0.0, 60.0),
    }
    found = rules.comparability(**{**plain, **special})  # type: ignore[arg-type]
    assert found.grade == grade
    assert [reason.short for reason in found.reasons] == reasons


def gap(low: float, high: float, count: int = 20) -> Gap:
    """A gap with these limits; the middle half of the group lies from 2 to 4."""
    return Gap(
        gap=(low + high) / 2, low=low, high=high, median=3, median_low=2.5, median_high=3.5, count=count,
        quartile_low=2, quartile_high=4,
    )  # fmt: skip


ABOVE, BELOW, AROUND = gap(0.1, 1), gap(-1, -0.1), gap(-1, 1)

VERDICTS = [
    # gap, value, direction, limits, grade -> verdict
    (ABOVE, 9, "lower", "poisson", "full", "worse"),
    (ABOVE, 9, "higher", "poisson", "full", "better"),
    (ABOVE, 9, "context", "poisson", "full", "above"),
    (BELOW, 1, "lower", "poisson", "full", "better"),
    (BELOW, 1, "higher", "poisson", "full", "worse"),
    (BELOW, 1, "context", "clopper_pearson", "full", "below"),
    (AROUND, 3, "lower", "poisson", "full", "unclear"),
    (AROUND, 3, "context", "clopper_pearson", "full", "unclear"),
    (gap(0, 1), 9, "lower", "poisson", "full", "unclear"),
    (gap(-1, 0), 1, "lower", "poisson", "full", "unclear"),
    (gap(math.nan, math.nan), 9, "lower", "poisson", "full", "unclear"),
    # without limits the middle half of the group decides
    (AROUND, 4.1, "lower", "none", "full", "worse"),
    (AROUND, 1.9, "lower", "none", "full", "better"),
    (AROUND, 1.9, "higher", "none", "full", "worse"),
    (AROUND, 4.1, "context", "none", "full", "above"),
    (AROUND, 4.0, "lower", "none", "full", "middle"),
    (AROUND, 2.0, "lower", "none", "full", "middle"),
    # nothing to say
    (gap(0.1, 1, count=7), 9, "lower", "poisson", "full", "too_few"),
    (gap(0.1, 1, count=8), 9, "lower", "poisson", "full", "worse"),
    (gap(0.1, 1, count=7), 9, "lower", "none", "full", "too_few"),
    (None, 9, "lower", "poisson", "full", "too_few"),
    (None, 9, "lower", "none", "none", "not_comparable"),
    (ABOVE, 9, "lower", "poisson", "none", "not_comparable"),
    (ABOVE, 9, "lower", "poisson", "limited", "worse"),
]


@pytest.mark.parametrize(("found", "value", "direction", "limits", "grade", "verdict"), VERDICTS)
def test_what_may_be_said(
    found: Gap | None, value: float, direction: str, limits: str, grade: str, verdict: str
) -> None:
    assert rules.verdict(gap=found, value=value, direction=direction, limits=limits, grade=grade) == verdict


PERIODS = [
    # cities with a value by period -> the period that is shown
    ({}, None),
    ({"2019": 1}, "2019"),
    ({"2019": 300, "2020": 149}, "2019"),
    ({"2019": 300, "2020": 150}, "2020"),
    ({"2017": 10, "2018": 20, "2019": 9, "2020": 10}, "2020"),
    ({"2010": 100, "2019": 49, "2023": 1}, "2010"),
]


@pytest.mark.parametrize(("coverage", "period"), PERIODS)
def test_the_newest_shared_period(coverage: dict[str, int], period: str | None) -> None:
    assert rules.newest_shared_period(coverage) == period


UNITS = [
    ([], ""),
    (["city"], "city"),
    (["city", "greater city", "city"], "city"),
    (["greater city", "city"], "city"),
    (["borough", "borough", "city"], "borough"),
]


@pytest.mark.parametrize(("units", "prevailing"), UNITS)
def test_the_prevailing_unit(units: list[str], prevailing: str) -> None:
    assert rules.prevailing_unit(units) == prevailing
    assert rules.prevailing_unit(reversed(units)) == prevailing


def test_the_flags_that_limit_are_those_of_the_code_list() -> None:
    from kontor.indicators import codelists

    limiting = {flag for flag, entry in codelists.flags().items() if entry["limits_comparability"]}
    assert limiting == set(rules.LIMITING_FLAGS)


def test_boroughs_are_never_peers_of_cities() -> None:
    from kontor.league.rules import UNITS as KNOWN

    assert set(rules.CLASSES) == set(KNOWN)
    assert rules.CLASSES["city"] == rules.CLASSES["greater city"] != rules.CLASSES["borough"]
