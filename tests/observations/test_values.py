"""Indicator values: the definition over the figures, checked against what can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.observations.queries import values
from kontor.observations.queries.releases import as_of
from kontor.observations.queries.values import Value
from tests.cast import BERLIN, CAMDEN, LINDHAFEN, RIGA

ROAD = "road_death_rate"


def value(code: str, area: str, period: str, release: str | None = None) -> Value | None:
    return values.table(indicators.definition(code), known=as_of(release)).by_cell.get((area, period))


def there(code: str, area: str, period: str) -> Value:
    found = value(code, area, period)
    assert found is not None
    return found


def test_berlin_2019_by_hand(db: None) -> None:
    """40 deaths among 3,644,798 residents: 1.097 per 100,000, exact limits by chi-square."""
    found = there(ROAD, BERLIN, "2019")
    assert (found.numerator, found.denominator) == (40, 3_644_798)
    assert found.value == pytest.approx(40 / 3_644_798 * 100_000, rel=1e-12)
    assert found.value == pytest.approx(1.0975, abs=5e-5)
    assert found.low == pytest.approx(stats.chi2.ppf(0.025, 80) / 2 / 3_644_798 * 1e5, rel=1e-9)
    assert found.high == pytest.approx(stats.chi2.ppf(0.975, 82) / 2 / 3_644_798 * 1e5, rel=1e-9)
    assert (found.flags, found.offset, found.releases, found.sources) == ("e", 0, ("r1",), ("eurostat",))
    assert not found.demonstration


def test_kilotonnes_become_kilograms_per_resident(db: None) -> None:
    found = there("municipal_waste_per_resident", BERLIN, "2019")
    assert found.value == pytest.approx(1380.15e6 / 3_644_798, rel=1e-12)
    assert (found.low, found.high, found.numerator, found.denominator) == (None, None, None, None)


def test_a_thousand_times_too_much_stays_visible(db: None) -> None:
    """Riga 2020 is in tonnes in the source. The value is what the source says; comparing is another matter."""
    around = [there("municipal_waste_per_resident", RIGA, year).value for year in ("2019", "2021")]
    assert there("municipal_waste_per_resident", RIGA, "2020").value > 500 * max(around)


def test_a_proportion_has_binomial_limits(db: None) -> None:
    table = values.table(indicators.definition("infant_mortality"), known=as_of())
    found = next(v for v in table.by_area[BERLIN] if v.numerator)
    assert found.numerator is not None and found.denominator is not None
    if table.limits == "clopper_pearson":
        low = stats.beta.ppf(0.025, found.numerator, found.denominator - found.numerator + 1)
    else:
        low = stats.chi2.ppf(0.025, 2 * found.numerator) / 2 / found.denominator
    assert found.low == pytest.approx(low * 1000, rel=1e-9)
    assert table.limits == values.LIMITS[table.definition.kind]


def test_a_published_rate_is_the_sources_number(db: None) -> None:
    from kontor.observations.queries import figures

    definition = indicators.definition("no2_annual_mean")
    table = values.table(definition, known=as_of())
    assert table.limits == "none" and table.values
    for found in table.by_area[BERLIN]:
        cell = figures.cell("starter:no2_annual_mean", BERLIN, found.period)
        assert cell is not None and found.value == float(cell.value)
        assert (found.numerator, found.low, found.high) == (None, None, None)


def test_a_value_needs_all_its_inputs(db: None) -> None:
    """Every value rests on a numerator of its year; none is made where the denominator is missing."""
    from kontor.observations.queries import figures

    table = values.table(indicators.definition(ROAD), known=as_of())
    deaths = {(c.area, c.period): c for c in figures.export(["starter:road_deaths"]) if not c.demonstration}
    people = {(c.area, c.period): c for c in figures.export(["starter:population"])}
    expected = {cell for cell in deaths if cell in people and people[cell].value > 0}
    assert {cell for cell, found in table.by_cell.items() if not found.demonstration} == expected
    for cell in expected:
        by_hand = float(deaths[cell].value) / float(people[cell].value) * 100_000
        assert table.by_cell[cell].value == pytest.approx(by_hand, rel=1e-12)
        assert table.by_cell[cell].flags == "".join(sorted(set(deaths[cell].flags + people[cell].flags)))


def test_an_indicator_of_indicators(db: None) -> None:
    table = values.table(indicators.definition("commute_active_transit_share"), known=as_of())
    assert len(table.values) > 100
    for found in table.values[:50]:
        parts = [
            there(f"commute_{part}_share", found.area, found.period)
            for part in ("bicycle", "foot", "transit")
        ]
        assert found.value == pytest.approx(sum(part.value for part in parts), rel=1e-12)


# ---- preference, other years, nothing to divide by


def test_of_several_sources_the_first_named_wins(publish: Callable[..., object], tmp_path: Path) -> None:
    """The league's own figure before Eurostat's before the starter table's; each taken away again as of earlier."""
    publish(f"{BERLIN},road_deaths,2019,44,", layout="league")
    _publish_eurostat(tmp_path, "TT1060V;DE001C;2019;42;;;;", "TT1060V;DE001C;2018;46;;;;")

    def told(period: str, release: str) -> tuple[float | None, tuple[str, ...]]:
        found = value(ROAD, BERLIN, period, release)
        assert found is not None
        return found.numerator, found.releases

    assert told("2019", "r1") == (40, ("r1",))
    assert told("2019", "r2") == (44, ("r2", "r1"))
    assert told("2019", "r3") == (44, ("r2", "r1"))
    assert told("2018", "r1") == (45, ("r1",))
    assert told("2018", "r3") == (46, ("r3", "r1"))


def _publish_eurostat(folder: Path, *rows: str) -> None:
    from datetime import UTC, datetime

    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from tests.cast import text

    path = folder / "eurostat.csv"
    path.write_text("\n".join(["indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG;;CONF_STATUS;", *rows]) + "\n")
    at = datetime.now(UTC)
    handed = operations.submit(path=path, layout="eurostat", by=OPERATOR, at=at)
    operations.release(handed=[handed], title=text(), by=OPERATOR, at=at)


def test_a_denominator_of_a_near_year_is_marked(db: None) -> None:
    """The area of a city is known for 2019 alone; density may use it up to five years away."""
    table = values.table(indicators.definition("population_density"), known=as_of())
    for period, offset in (("2019", 0), ("2018", 1), ("2014", 5), ("2020", 1)):
        assert there("population_density", RIGA, period).offset == offset
    assert there("population_density", RIGA, "2014").value == pytest.approx(643_368 / 303.78, rel=1e-12)
    assert value("population_density", RIGA, "2013") is None
    assert {found.offset for found in table.values} <= set(range(6))


def test_london_has_one_year_of_residents(db: None) -> None:
    found = there("household_energy_per_resident", CAMDEN, "2017")
    assert (found.offset, set(found.sources)) == (3, {"gla_leggi", "mysociety"})
    assert value("household_energy_per_resident", CAMDEN, "2016") is None


def test_the_earlier_of_two_equally_near_years(publish: Callable[..., object]) -> None:
    publish(f"{RIGA},land_area_km2,2021,400,")
    found = there("population_density", RIGA, "2020")
    assert (found.offset, found.value) == (1, pytest.approx(621_120 / 303.78, rel=1e-12)), "2019, not 2021"
    assert there("population_density", RIGA, "2021").value == pytest.approx(614_618 / 400, rel=1e-12)


@pytest.mark.parametrize("people", ["0", "0.0"])
def test_over_nothing_there_is_no_value(publish: Callable[..., object], people: str) -> None:
    publish(f"{BERLIN},population,2019,{people},")
    assert value(ROAD, BERLIN, "2019") is None
    assert value("municipal_waste_per_resident", BERLIN, "2019") is None
    assert value(ROAD, BERLIN, "2018") is not None
    assert value(ROAD, BERLIN, "2019", "r1") is not None


def test_no_deaths_is_a_value_with_limits(publish: Callable[..., object]) -> None:
    publish(f"{BERLIN},road_deaths,2019,0,")
    found = there(ROAD, BERLIN, "2019")
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(-np.log(0.025) / 3_644_798 * 1e5, rel=1e-9)


def test_a_negative_count_has_no_limits(
    publish: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is taken any more; a release of before may hold one."""
    monkeypatch.setitem(codelists.variables()["starter:road_deaths"], "signed", True)
    publish(f"{BERLIN},road_deaths,2019,-3,")
    found = there(ROAD, BERLIN, "2019")
    assert found.value < 0 and found.low is None and found.high is None


def test_values_of_invented_cities_are_marked(db: None) -> None:
    for definition in indicators.definitions():
        for found in values.table(definition, known=as_of()).values:
            assert found.demonstration == found.area.startswith("ZZ")
    assert there(ROAD, LINDHAFEN, "2019").demonstration


def test_every_definition_computes_something(db: None) -> None:
    for definition in indicators.definitions():
        table = values.table(definition, known=as_of())
        assert len([found for found in table.values if not found.demonstration]) >= 20, definition.key
        assert all(np.isfinite(found.value) for found in table.values)
        assert table.by_cell.keys() == {(found.area, found.period) for found in table.values}
