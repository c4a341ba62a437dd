"""What a city is called, who may do what, and for how long, as tables."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kontor.errors import Refused
from kontor.league import refs, rules
from kontor.league.rules import OPERATOR, Actor
from kontor.secretariat import rules as secretariat_rules

SLUGS = [
    ("Berlin", "berlin"),
    ("Köln", "koeln"),
    ("Zürich", "zuerich"),
    ("Gießen", "giessen"),
    ("Łódź", "lodz"),
    ("Ålborg", "alborg"),
    ("A Coruña", "a-coruna"),
    ("L'Aquila", "l-aquila"),
    ("Bruxelles/Brussel", "bruxelles-brussel"),
    ("  's-Hertogenbosch ", "s-hertogenbosch"),
    ("澄澜", ""),
    ("", ""),
]


@pytest.mark.parametrize(("name", "slug"), SLUGS)
def test_a_name_as_an_address(name: str, slug: str) -> None:
    assert rules.slug_of(name) == slug


OFFICE = [
    # who, in which capability -> may
    (OPERATOR, "league", True),
    (OPERATOR, "observations", True),
    (Actor("person:a", ((None, "league"),)), "league", True),
    (Actor("person:a", ((None, "league"),)), "indicators", False),
    (Actor("person:a", (("DE001C", "league"),)), "league", False),
    (Actor("person:a"), "league", False),
]


@pytest.mark.parametrize(("who", "capability", "may"), OFFICE)
def test_who_acts_for_the_office(who: Actor, capability: str, may: bool) -> None:
    assert who.serves_office(capability) == may
    if may:
        rules.check_office("x", capability=capability, by=who)
    else:
        with pytest.raises(Refused) as refused:
            rules.check_office("x", capability=capability, by=who)
        assert refused.value.code == "not_permitted"
        assert refused.value.facts == {"action": "x", "who": "person:a"}


FAULTS = [
    # one thing about a good city changed -> the code of its fault (none: it stays good)
    ({}, None),
    ({"code": "E09000007"}, None),
    ({"code": "X"}, "city_code_malformed"),
    ({"code": "de001c"}, "city_code_malformed"),
    ({"code": "DE001C\n"}, "city_code_malformed"),
    ({"code": "-DE"}, "city_code_malformed"),
    ({"code": "A" * 32}, "city_code_malformed"),
    ({"names": {"de": "Berlin"}}, "city_name_missing"),
    ({"names": {"en": "  "}}, "city_name_missing"),
    ({"country": "DEU"}, "country_malformed"),
    ({"country": "de"}, "country_malformed"),
    ({"unit": "greater city"}, None),
    ({"unit": "village"}, "unit_of_city_unknown"),
    ({"latitude": None, "longitude": None}, None),
    ({"latitude": None}, "coordinates_incomplete"),
    ({"longitude": None}, "coordinates_incomplete"),
    ({"latitude": 90.01}, "coordinates_outside"),
    ({"longitude": -180.01}, "coordinates_outside"),
    ({"latitude": float("nan")}, "coordinates_outside"),
    ({"latitude": -90.0, "longitude": 180.0}, None),
    ({"time_zone": ""}, None),
    ({"time_zone": "CEST"}, "time_zone_unknown"),
    ({"time_zone": "../etc/passwd"}, "time_zone_unknown"),
    ({"time_zone": "Europe"}, "time_zone_unknown"),
]


@pytest.mark.parametrize(("change", "code"), FAULTS)
def test_what_is_wrong_with_a_city(change: dict[str, object], code: str | None) -> None:
    good: dict[str, object] = {
        "code": "DE001C",
        "names": {"en": "Berlin"},
        "country": "DE",
        "unit": "city",
        "latitude": 52.5,
        "longitude": 13.4,
        "time_zone": "Europe/Berlin",
        "row": 7,
    }
    faults = rules.city_faults(**{**good, **change})  # type: ignore[arg-type]
    assert [fault.code for fault in faults] == ([code] if code else [])
    assert all(fault.row == 7 for fault in faults)


FORCE = [
    # begins, ends, on -> in force
    (date(2026, 1, 1), None, date(2025, 12, 31), False),
    (date(2026, 1, 1), None, date(2026, 1, 1), True),
    (date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1), True),
    (date(2026, 1, 1), date(2026, 6, 30), date(2026, 6, 30), True),
    (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), False),
]


@pytest.mark.parametrize(("begins", "ends", "on", "holds"), FORCE)
def test_when_a_mandate_is_in_force(begins: date, ends: date | None, on: date, holds: bool) -> None:
    assert rules.in_force(begins=begins, ends=ends, on=on) == holds


DAYS = [
    # now, due, zone -> calendar days left where the deadline was announced
    ("2026-11-22T12:00+00:00", "2026-11-23T00:00+00:00", "UTC", 1),
    ("2026-11-22T15:59+00:00", "2026-11-23T00:00+00:00", "Asia/Shanghai", 1),
    ("2026-11-22T16:00+00:00", "2026-11-23T00:00+00:00", "Asia/Shanghai", 0),
    ("2026-11-24T00:00+00:00", "2026-11-22T00:00+00:00", "UTC", -2),
    ("2027-03-27T23:30+01:00", "2027-03-29T00:30+02:00", "Europe/Berlin", 2),
]


@pytest.mark.parametrize(("now", "due", "zone", "left"), DAYS)
def test_days_left_are_calendar_days_of_the_deadlines_place(now: str, due: str, zone: str, left: int) -> None:
    found = secretariat_rules.days_left(
        due=datetime.fromisoformat(due), zone=zone, at=datetime.fromisoformat(now).astimezone(UTC)
    )
    assert found == left


REFERENCES = [
    ("city:DE001C", True),
    ("release:demo-2", True),
    ("indicator:road_death_rate/v1", True),
    ("city:", False),
    ("City:DE001C", False),
    ("DE001C", False),
    ("city:DE001C\n", False),
]


@pytest.mark.parametrize(("reference", "good"), REFERENCES)
def test_references(reference: str, good: bool) -> None:
    if not good:
        with pytest.raises(Refused):
            refs.Ref(reference)
        return
    found = refs.Ref(reference)
    assert f"{found.kind}:{found.key}" == reference
