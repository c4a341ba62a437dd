"""Series as they were met in city statistics, and what must be said of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kontor.engines.quality import Checks, Columns, Limits, assess
from tests.engines.quality.figures import LIMITS, Cell, Table, columns, found, told, years

RIGA: dict[int | str, Cell] = {
    2008: 336.62, 2010: 283.42, 2011: 209.06, 2012: 278.86, 2013: 238.93, 2014: 249.15, 2015: (432.68, "b"),
    2016: (225.63, "d"), 2017: 295.2, 2018: (215.16, "d"), 2019: 218.3, 2020: 206338.61, 2021: 225.22,
    2022: 218.97, 2023: 191788,
}  # fmt: skip


def test_a_unit_that_switches_and_returns_and_switches_again_at_the_end() -> None:
    findings = [f for f in found({("LV001C", "waste"): RIGA}) if f.kind == "unit_switch"]
    assert [f.period for f in findings] == ["2020", "2023"]
    assert [f.treatment for f in findings] == ["exclude", "exclude"]
    assert findings[0].confidence >= 0.95
    assert findings[0].facts == {"value": "206338.61", "expected": "220", "factor": "930"}


def test_a_switch_over_several_years_is_told_for_each_of_them() -> None:
    series = years([110, 115, 112, 118, 113000, 117000, 116000, 119000, 120, 121, 119])
    assert told(found({("XX001C", "waste"): series})) == [
        ("XX001C", str(year), "unit_switch") for year in (2014, 2015, 2016, 2017)
    ]


def test_cities_of_the_size_tell_which_side_is_in_the_other_unit() -> None:
    """The first two of five figures are right, the last three are in tonnes: most figures of the series are wrong."""
    table: Table = {(f"XX{n:03}C", "waste"): years([100 + n] * 5) for n in range(1, 9)}
    wrong = years([100, 101, 99000, 102000, 101000])
    assert told(found({**table, ("XX009C", "waste"): wrong})) == [
        ("XX009C", str(year), "unit_switch") for year in (2012, 2013, 2014)
    ]


def test_a_factor_that_is_no_power_of_ten_is_another_unit_where_no_city_of_the_size_reports_it() -> None:
    """Kilograms per resident in a column of 1,000 tonnes."""
    cars: Table = {(f"XX{n:03}C", "cars"): years([n * 20_000] * 5) for n in range(1, 10)}
    births: Table = {(f"XX{n:03}C", "births"): years([n * 400] * 5) for n in range(1, 10)}
    waste: Table = {(f"XX{n:03}C", "waste"): years([n * 20] * 5) for n in range(1, 9)}
    per_head = {("XX009C", "waste"): years([180, 178, 181, (1700, "d"), 1650])}
    findings = found({**cars, **births, **waste, **per_head})
    assert told(findings) == [("XX009C", "2013", "unit_switch"), ("XX009C", "2014", "unit_switch")]
    assert {f.confidence for f in findings} == {0.85}


def test_a_whole_series_in_another_unit_is_told_from_other_cities() -> None:
    table: Table = {(f"XX{n:03}C", "car"): years([88 + n]) for n in range(1, 9)}
    findings = found({**table, ("XX009C", "car"): years([0.97])})
    assert told(findings) == [("XX009C", "2010", "unit_switch")]
    assert findings[0].facts["factor"] == "95"


def test_an_error_that_all_cities_of_the_country_make_is_an_error() -> None:
    """Deaths of Belgian cities in 2023: 8929 -> 9. Never taken for a common move."""
    table: Table = {
        (f"BE{n:03}C", "deaths"): years([n * 1000, n * 1010, n * 990, n * 1005, n]) for n in range(1, 9)
    }
    findings = found(table)
    assert told(findings) == [(f"BE{n:03}C", "2014", "unit_switch") for n in range(1, 9)]
    assert {f.facts["alike"] for f in findings} == {"7"}


def test_an_event_that_all_cities_share_is_none() -> None:
    """Deaths of 2020: + 25 % in every city, within what the variable usually does; in one city alone + 90 %."""
    noise = [1.0, 1.1, 0.95, 1.08, 0.97, 1.06]
    series = {n: [n * 1000 * x for x in (*noise, 1.3, *noise)] for n in range(1, 9)}
    table: Table = {(f"XX{n:03}C", "deaths"): years(values) for n, values in series.items()}  # type: ignore[arg-type]
    assert found(table) == []
    alone = {**table, ("XX001C", "deaths"): years([*series[1][:6], 2500.0, *series[1][7:]])}
    assert told(found(alone)) == [("XX001C", "2016", "outlier")]


def test_an_outlier_has_an_expected_value_and_is_asked_about() -> None:
    series = years([38.4, 45, 45, 52, 54, 55.5, 55.5, 56, 56, 55.5, 15.1, 56, 56.5, 57])
    [finding] = found({("BE001C", "price"): series})
    assert (finding.period, finding.kind, finding.treatment) == ("2020", "outlier", "ask")
    assert finding.facts == {"value": "15.1", "expected": "56.2"}


def test_a_run_of_outliers() -> None:
    series = years([4881, 4869, 5033, 5119, 5206, 5432, 5598, 848, 836, 774, 5426, 5395, 5293, 5179])
    assert told(found({("HU007C", "births"): series})) == [
        ("HU007C", str(year), "outlier") for year in (2017, 2018, 2019)
    ]


def test_a_level_that_stays_is_a_shift_from_its_first_figure_on() -> None:
    series = years([2190, 2160, 2400, 2359, 2442, 2340, 648, 645, 656, 593])
    [finding] = found({("RO005C", "deaths"): series})
    assert (finding.period, finding.kind, finding.treatment) == ("2016", "level_shift", "ask")
    assert finding.facts == {"value": "648", "expected": "2360", "before": "2015"}


def test_the_same_shift_with_the_flag_of_a_break_is_kept() -> None:
    series = years([80, 80, 84, 86, 90, 90, (48, "b"), 50, 54, 53])
    [finding] = found({("DE062C", "network"): series})
    assert (finding.period, finding.kind, finding.treatment) == ("2016", "break_flagged", "keep")


def test_a_flagged_break_is_told_from_a_smaller_step() -> None:
    small = [100, 101, 100, 99, 118, 119, 118, 120]
    assert found({("DE001C", "network"): years(small)}) == []
    flagged: list[Cell] = [
        (118, "b") if value == 118 and place == 4 else value for place, value in enumerate(small)
    ]
    assert told(found({("DE001C", "network"): years(flagged)})) == [("DE001C", "2014", "break_flagged")]


def test_a_flag_alone_is_no_finding() -> None:
    assert found({("DE001C", "network"): years([(100, "b"), 101, (100, "b"), 102, 103])}) == []


@pytest.mark.parametrize("flag", ["e", "d", "p", "u", "ep"])
def test_what_the_source_calls_unsure_is_told_less_surely(flag: str) -> None:
    plain = years([100, 101, 100, 99, 40, 101, 100])
    flagged: dict[int | str, Cell] = {**plain, 2014: (40, flag)}
    [sure] = found({("XX001C", "waste"): plain})
    [less] = found({("XX001C", "waste"): flagged})
    assert sure.kind == less.kind == "outlier"
    assert less.confidence == pytest.approx(0.95 * sure.confidence, abs=0.006)


@pytest.mark.parametrize(
    ("variable", "value", "fact"),
    [
        ("car", 973_699, "highest"),
        ("car", -0.1, "lowest"),
        ("births", -55, "lowest"),
        ("warmest", 61, "highest"),
    ],
)
def test_impossible_values(variable: str, value: float, fact: str) -> None:
    [finding] = found({("HU001C", variable): years([20, 21, value, 22, 21])})
    assert (finding.period, finding.kind, finding.treatment) == ("2012", "impossible_value", "exclude")
    assert set(finding.facts) == {"value", fact}


def test_the_bounds_themselves_are_possible() -> None:
    assert found({("XX001C", "car"): years([100, 0])}) == []


def test_growth_however_steep_is_none() -> None:
    """A network that is being built, without a jump among its years."""
    assert found({("XX001C", "network"): years([10 * 1.25**n for n in range(12)])}) == []


def test_the_same_change_needs_more_over_one_year_than_over_sixteen() -> None:
    quiet = {2001: 100.0, 2002: 101.0, 2003: 100.0}
    assert told(found({("XX001C", "waste"): {**quiet, 2004: 200.0, 2005: 201.0}})) == [
        ("XX001C", "2004", "level_shift")
    ]
    assert found({("XX001C", "waste"): {**quiet, 2019: 200.0, 2020: 201.0}}) == []


def test_a_short_series_tells_nothing_but_another_unit() -> None:
    assert found({("XX001C", "waste"): years([100, 300, 100])}) == []
    assert told(found({("XX001C", "waste"): years([100, 101, 100_000])})) == [
        ("XX001C", "2012", "unit_switch")
    ]


def test_zeros_neither_blow_up_nor_switch_units() -> None:
    table: Table = {
        ("XX001C", "births"): years([0, 0, 0, 900, 950, 1000]),
        ("XX002C", "network"): years([0, 0, 15, 0, 16]),
        ("XX003C", "car"): years([0, 0, 0, 0.4, 0]),
        ("XX004C", "waste"): years([0.01] * 5),
        ("XX005C", "births"): years([200, 205, 0, 210, 202]),
    }
    assert not [f for f in found(table) if f.kind == "unit_switch"]
    assert ("XX005C", "2012", "outlier") in told(found(table))


def test_weather_and_rare_events_are_held_to_their_bounds_only() -> None:
    assert told(found({("XX001C", "ozone"): years([93, 0, 33, 367, 9, 55])})) == [
        ("XX001C", "2013", "impossible_value")
    ]


def test_degrees_differ_and_are_not_divided() -> None:
    series = years([21.0, 20.5, -3.0, 21.2, 20.8])
    assert told(found({("XX001C", "warmest"): series})) == [("XX001C", "2012", "outlier")]
    assert found({("XX001C", "warmest"): years([1.0, -1.0, 3.0, 0.0, 2.0])}) == []


def test_a_few_points_of_a_small_share_are_none() -> None:
    assert found({("XX001C", "foot"): years([3.0, 2.98, 1.4, 1.4, 1.4])}) == []


def test_nothing_in_nothing_out() -> None:
    assert found({}) == []
    assert found({("XX001C", "unheard of"): years([1, 1000])}) == []
    assert found({("XX001C", "births"): years([7])}) == []


def test_periods_that_are_no_years_are_taken_in_their_order() -> None:
    series: dict[int | str, Cell] = {
        f"Q{n}": value for n, value in enumerate([100, 101, 100_000, 99, 100], start=1)
    }
    assert told(found({("XX001C", "waste"): series})) == [("XX001C", "Q3", "unit_switch")]


def test_neither_order_nor_strange_variables_change_an_answer() -> None:
    table: Table = {("LV001C", "waste"): RIGA, ("LV002C", "births"): years([500, 510, 5000, 490, 505])}
    given = columns(table)
    order = np.random.default_rng(1).permutation(len(given.area)).tolist()
    shuffled = Columns(
        *([column[i] for i in order] for column in (given.area, given.variable, given.period)),
        value=given.value[order],
        flags=[given.flags[i] for i in order],
    )
    assert assess(shuffled, Checks(LIMITS)) == found(table)
    assert found({**table, ("LV001C", "unheard of"): years([1, 2])}) == found(table)


def test_findings_are_sorted_and_written_as_plain_decimals() -> None:
    limits = {"water": Limits("quantity", 0), "births": Limits("count", 0)}
    table: Table = {
        ("PT003C", "water"): years([8.35e6, 8.4e6, 1.022e10, 8.3e6, 8.36e6]),
        ("AA001C", "births"): years([100_000, 101_000, 2, 100_500, 99_000]),
    }
    findings = assess(columns(table), Checks(limits))
    assert [(f.variable, f.area) for f in findings] == [("births", "AA001C"), ("water", "PT003C")]
    assert findings[1].facts["value"] == "10220000000"
    assert math.isclose(float(findings[1].facts["expected"]), 8.35e6, rel_tol=0.01)
