"""People, their accounts and what they may do from when to when."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from kontor.errors import Refused
from kontor.events import queries as events
from kontor.league import models, operations, queries
from kontor.league.rules import OPERATOR, Actor
from tests.cast import LINDHAFEN, NOON, TODAY, admit, found, ingrid, new_city

FIRST, LAST = date(2026, 3, 1), date(2026, 8, 31)


@pytest.fixture
def league(empty_database: Path) -> None:
    found()
    admit(new_city("A1", "Altstadt", member_since=date(2026, 1, 1)), new_city("B1", "Neustadt"))


def grant(**other: object) -> None:
    facts = {"person": "ingrid", "city": "A1", "capability": "observations", "begins": FIRST, "ends": LAST}
    operations.grant_mandate(**{**facts, **other}, by=OPERATOR, at=NOON)  # type: ignore[arg-type]


def test_without_a_password_nobody_signs_in(league: None) -> None:
    account = ingrid()
    assert not account.has_usable_password()
    assert not account.is_staff and not account.is_superuser
    person = queries.person("ingrid", on=TODAY)
    assert (person.name, person.language, person.mandates) == ("Ingrid Falkenau", "de", ())


def test_the_record_names_nobody(league: None) -> None:
    """Names and addresses can be erased, events cannot: they hold the reference alone."""
    ingrid()
    grant()
    for event in events.newest():
        words = f"{event.by} {event.subject} {event.facts}".lower()
        assert "falkenau" not in words and "league.example" not in words
    assert events.newest()[0].subject == "person:ingrid"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reference": "other", "email": "INGRID@league.example"}, "account_exists"),
        ({"reference": "other", "email": "o@league.example", "language": "fr"}, "language_unknown"),
    ],
)
def test_whom_the_league_does_not_take(league: None, change: dict[str, str], code: str) -> None:
    ingrid()
    with pytest.raises(Refused) as refused:
        ingrid(**change)
    assert refused.value.code == code
    assert models.Person.objects.count() == 1


@pytest.mark.parametrize(
    ("on", "holds"),
    [
        (FIRST - timedelta(days=1), False),
        (FIRST, True),
        (LAST, True),
        (LAST + timedelta(days=1), False),
    ],
)
def test_a_mandate_holds_from_its_first_to_its_last_day(league: None, on: date, holds: bool) -> None:
    ingrid()
    grant()
    person = queries.person("ingrid", on=on)
    assert bool(person.mandates) == holds
    assert queries.actor_of(person) == Actor("person:ingrid", (("A1", "observations"),) if holds else ())


def test_an_open_mandate_ends_never(league: None) -> None:
    ingrid()
    grant(ends=None, city=None)
    person = queries.person("ingrid", on=date(2199, 1, 1))
    assert queries.actor_of(person).serves_office("observations")
    assert not queries.actor_of(person).serves_office("league")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"capability": "cooking"}, "capability_unknown"),
        ({"person": "nobody"}, "person_unknown"),
        ({"city": "X9"}, "city_unknown"),
        ({"city": "B1"}, "mandate_needs_member_city"),
    ],
)
def test_which_mandates_are_refused(league: None, change: dict[str, str], code: str) -> None:
    ingrid()
    with pytest.raises(Refused) as refused:
        grant(**change)
    assert refused.value.code == code
    assert models.Mandate.objects.count() == 0


def test_a_city_mandate_is_none_of_the_office(league: None) -> None:
    ingrid()
    grant(capability="league", ends=None)
    officer = queries.actor_of(queries.person("ingrid", on=TODAY))
    with pytest.raises(Refused) as refused:
        operations.admit_cities(cities=[new_city("C1", "Vorstadt")], by=officer, at=NOON)
    assert refused.value.code == "not_permitted"


def test_the_person_of_an_account(league: None) -> None:
    account = ingrid()
    found_person = queries.person_of_account(account.pk, on=TODAY)
    assert found_person is not None and found_person.reference == "ingrid"
    assert queries.person_of_account(account.pk + 1, on=TODAY) is None
    with pytest.raises(Refused) as refused:
        queries.person("nobody", on=TODAY)
    assert refused.value.code == "person_unknown"


def test_who_of_the_demonstration_could_sign_in(db: None) -> None:
    everybody = models.Account.objects.filter(person__demonstration=True)
    assert queries.demonstration_accounts_that_can_sign_in() == everybody.count() > 3
    first = everybody[0]
    first.set_unusable_password()
    first.save()
    second = everybody[1]
    second.is_active = False
    second.save()
    assert queries.demonstration_accounts_that_can_sign_in() == everybody.count() - 2


def test_the_statistician_of_lindhafen_acts_for_lindhafen_alone(db: None) -> None:
    actor = queries.actor_of(queries.person("demo-lindhafen-statistics", on=TODAY))
    assert actor.mandates == ((LINDHAFEN, "observations"),)
    assert not actor.serves_office("observations")


def test_a_mandate_ends_no_earlier_than_it_begins(league: None) -> None:
    ingrid()
    with pytest.raises(Refused) as refused:
        operations.grant_mandate(
            person="ingrid",
            city=None,
            capability="league",
            begins=date(2026, 2, 1),
            ends=date(2026, 1, 31),
            by=OPERATOR,
            at=NOON,
        )
    assert refused.value.code == "ends_before_it_begins"
