"""Reservations and derogations: entered for member cities, and seen at once wherever the city is compared."""

from __future__ import annotations

from datetime import date

import pytest

from kontor.comparison.queries import standings
from kontor.comparison.queries.basis import basis
from kontor.errors import Refused
from kontor.events import queries as events
from kontor.indicators import models, operations, queries
from kontor.league.rules import OPERATOR, Actor
from tests.cast import BERLIN, KARSTHEIM, LINDHAFEN, NOON, NORDVIK, text

ROAD = "road_death_rate"
PERIOD = "2019"


def reserve(**other: object) -> None:
    facts: dict[str, object] = {
        "city": LINDHAFEN,
        "code": ROAD,
        "version": 1,
        "clause": 1,
        "reason": text("Counted within 7 days"),
        "effect": "limited",
        "begins": date(2018, 7, 1),
        "ends": date(2020, 6, 30),
        "by": OPERATOR,
        "at": NOON,
    }
    operations.enter_reservation(**{**facts, **other})  # type: ignore[arg-type]


def derogate(**other: object) -> None:
    facts: dict[str, object] = {
        "city": LINDHAFEN,
        "code": ROAD,
        "version": 1,
        "reason": text("No count"),
        "first_period": "2018",
        "last_period": "2019",
        "by": OPERATOR,
        "at": NOON,
    }
    operations.enter_derogation(**{**facts, **other})  # type: ignore[arg-type]


def mark(city: str = LINDHAFEN, period: str = PERIOD) -> tuple[str, list[str]]:
    """How far the city's figure is comparable right now, and why."""
    found = standings.standing(basis(), queries.definition(ROAD), period, city)
    assert found is not None
    return found.comparability.grade, [reason.short for reason in found.comparability.reasons]


def test_a_reservation_marks_the_figures_it_touches_at_once(db: None) -> None:
    assert mark() == ("full", [])
    reserve()
    assert mark() == ("limited", ["reservation:1"])
    assert [mark(period=year)[0] for year in ("2017", "2018", "2020", "2021")] == [
        "full",
        "limited",
        "limited",
        "full",
    ]


def test_a_reservation_can_rule_figures_out(db: None) -> None:
    reserve(effect="none", clause=2)
    assert mark() == ("none", ["reservation:2"])
    found = standings.standing(basis(), queries.definition(ROAD), PERIOD, LINDHAFEN)
    assert found is not None
    assert (found.verdict, found.gap, found.funnel) == ("not_comparable", None, "")


def test_a_derogation_rules_its_periods_out(db: None) -> None:
    derogate()
    assert [mark(period=year)[0] for year in ("2017", "2018", "2019", "2020")] == [
        "full",
        "none",
        "none",
        "full",
    ]
    assert mark() == ("none", ["derogation"])


def test_the_record_holds_who_entered_what(db: None) -> None:
    officer = Actor("person:demo-office-secretariat", ((None, "indicators"),), demonstration=True)
    reserve(by=officer)
    event = events.newest()[0]
    assert (event.kind, event.by, event.subject) == (
        "indicators.reservation_entered",
        officer.reference,
        f"indicator:{ROAD}",
    )
    assert event.facts == {"city": LINDHAFEN, "version": 1, "clause": 1, "effect": "limited"}
    assert event.demonstration
    derogate(by=officer)
    assert events.newest()[0].kind == "indicators.derogation_entered"
    assert events.verify().broken_at is None


def test_the_demonstrations_exceptions_mark_its_cities(db: None) -> None:
    assert mark(KARSTHEIM) == ("limited", ["reservation:1"])
    grade, reasons = mark(NORDVIK)
    assert (grade, reasons[0]) == ("none", "reservation:2")
    listed = queries.reservations(ROAD, 1)
    assert all(item.demonstration and set(item.reason) == {"en", "de", "zh-hans"} for item in listed)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"city": BERLIN}, "city_not_a_member"),
        ({"city": "XX001C"}, "city_unknown"),
        ({"code": "road_births"}, "definition_version_unknown"),
        ({"version": 9}, "definition_version_unknown"),
        ({"clause": 0}, "clause_unknown"),
        ({"clause": 9}, "clause_unknown"),
        ({"effect": "some"}, "effect_unknown"),
        ({"begins": date(2020, 1, 2), "ends": date(2020, 1, 1)}, "ends_before_it_begins"),
        ({"by": Actor("person:a", ((LINDHAFEN, "indicators"),))}, "not_permitted"),
    ],
)
def test_which_reservations_are_refused(db: None, change: dict[str, object], code: str) -> None:
    before = events.head(), models.Reservation.objects.count()
    with pytest.raises(Refused) as refused:
        reserve(**change)
    assert refused.value.code == code
    assert (events.head(), models.Reservation.objects.count()) == before


def test_an_observed_city_owes_nothing_it_could_be_let_off(db: None) -> None:
    with pytest.raises(Refused) as refused:
        derogate(city=BERLIN)
    assert refused.value.code == "city_not_a_member"


def test_a_derogation_ends_no_earlier_than_it_begins(db: None) -> None:
    with pytest.raises(Refused) as refused:
        derogate(first_period="2019", last_period="2018")
    assert refused.value.code == "ends_before_it_begins"
    assert queries.definition(ROAD, 1).version == 1
