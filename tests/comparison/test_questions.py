"""What is not plausible in comparisons: shown for the city itself, in no middle, peer group or funnel of others."""

from __future__ import annotations

from collections.abc import Callable

from kontor.comparison.queries import holdings, series, standings
from kontor.comparison.queries.basis import basis
from kontor.engines.gaps import quartiles
from kontor.indicators import queries as indicators
from kontor.league import queries as league
from tests.cast import BERLIN, RIGA

WASTE = "starter:municipal_waste_kt"
PER_RESIDENT = "municipal_waste_per_resident"


def test_a_value_knows_its_figures_and_what_is_to_be_asked_about_them(db: None) -> None:
    value = standings.table(basis(), indicators.definition(PER_RESIDENT)).by_cell[RIGA, "2020"]
    assert value.made_of == ((WASTE, "2020"), ("starter:population", "2020"))
    assert [(item.kind, item.variable, item.treatment) for item in value.findings] == [
        ("unit_switch", WASTE, "exclude")
    ]


def test_a_value_made_of_another_indicator_knows_its_figures_too(db: None) -> None:
    definition = indicators.definition("commute_active_transit_share")
    values = standings.table(basis(), definition).by_area[BERLIN]
    assert {variable for value in values for variable, _ in value.made_of} == {
        "starter:commute_bicycle_share",
        "starter:commute_foot_share",
        "starter:commute_transit_share",
    }


def test_a_probable_error_is_in_no_middle(db: None) -> None:
    ground = basis()
    definition = indicators.definition(PER_RESIDENT)
    shared = standings.field(ground, definition, "2020")
    assert RIGA in shared.values and RIGA not in shared.reporting
    assert "finding" in [reason.code for reason in shared.comparability[RIGA].reasons]
    for period in standings.coverage(ground, definition):
        shared = standings.field(ground, definition, period)
        for area, value in shared.values.items():
            excluded = any(item.treatment == "exclude" for item in value.findings)
            assert not (excluded and area in shared.reporting), (area, period)


def test_what_was_asked_is_answered_by_a_revision(publish: Callable[..., object]) -> None:
    publish(f"{RIGA},municipal_waste_kt,2020,206.34,")
    definition = indicators.definition(PER_RESIDENT)
    assert standings.comparabilities(basis(), definition, "2020")[RIGA].grade != "none"
    before = standings.comparabilities(basis("r1"), definition, "2020")
    assert before[RIGA].grade == "none", "as of the first release it is what it was"


def test_the_middle_of_similar_cities_leaves_out_probable_errors(db: None) -> None:
    ground, riga = basis(), league.city(RIGA)
    found = series.series(ground, WASTE, riga)
    counting = [point.period for point in found.points if point.counts]
    assert {"2020", "2023"}.isdisjoint(counting) and len(counting) == len(found.points) - 2
    others = series.others(ground, WASTE, riga, counting)
    assert others is not None and others.period == "2022" and len(others.cells) == 20
    year = next(year for year in others.years if year.period == "2022")
    assert (year.low, year.median, year.high) == quartiles([float(cell.value) for cell in others.cells])
    excluded = {
        (item.area, item.period)
        for item in holdings.questions(ground.known)
        if item.treatment == "exclude" and item.variable == WASTE
    }
    assert excluded and not excluded & {(cell.area, cell.period) for cell in others.cells}


def test_others_of_an_invented_city_are_real(db: None) -> None:
    ground, lindhafen = basis(), league.city_by_slug("lindhafen")
    held = [
        item for item in holdings.of_city(ground, lindhafen.code) if item.variable == "league:road_deaths"
    ]
    assert held, "Lindhafen reports its road deaths"
    found = series.series(ground, "league:road_deaths", lindhafen)
    others = series.others(ground, "league:road_deaths", lindhafen, [point.period for point in found.points])
    assert others is None or all(ground.real(cell.area) for cell in others.cells)
