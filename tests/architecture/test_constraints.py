"""Every invariant that a table states is refused by the database itself, on whichever database the suite runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from kontor.events.models import Event
from kontor.indicators.models import Definition, Derogation, Indicator, Reservation
from kontor.league.models import Account, City, ExternalCode, FormerSlug, League, Mandate, Person
from kontor.observations.models import Archive, Compaction, Release
from kontor.secretariat.models import Commitment, Resolution
from tests.cast import BERLIN, LINDHAFEN, NOON, text

pytestmark = pytest.mark.django_db

DAY, NEXT_DAY = date(2026, 1, 1), date(2026, 1, 2)


def berlin() -> City:
    return City.objects.get(code=BERLIN)


def lindhafen() -> City:
    return City.objects.get(code=LINDHAFEN)


def definition() -> Definition:
    return Definition.objects.order_by("id")[0]


def person() -> Person:
    return Person.objects.order_by("id")[0]


def resolution() -> Resolution:
    return Resolution.objects.order_by("id")[0]


def event(**other: Any) -> Callable[[], object]:
    facts = {
        "at": NOON,
        "kind": "a.b",
        "by": "a:b",
        "subject": "a:b",
        "facts": {},
        "previous": "p",
        "hash": "h",
    }
    return lambda: Event.objects.create(**{"position": 9999, **facts, **other})


def city(**other: Any) -> Callable[[], object]:
    facts = {
        "slug": "atlantis",
        "names": {},
        "local_name": "A",
        "country": "DE",
        "unit": "city",
        "status": "observed",
    }
    return lambda: City.objects.create(**{"code": "X1", **facts, **other})


def member(**other: Any) -> Callable[[], object]:
    return city(**{"status": "member", "member_since": DAY, **other})


def twice(make: Callable[[], object]) -> Callable[[], object]:
    def run() -> None:
        make()
        make()

    return run


def mandate(**other: Any) -> Callable[[], object]:
    return lambda: Mandate.objects.create(
        **{"person": person(), "city": lindhafen(), "capability": "x", "begins": DAY, **other}
    )


def commitment(**other: Any) -> Callable[[], object]:
    facts = {
        "purpose": "x",
        "text": text(),
        "begins_at": NOON,
        "due_at": datetime(2027, 1, 1, tzinfo=UTC),
        "zone": "UTC",
    }
    return lambda: Commitment.objects.create(
        **{"resolution": resolution(), "city": lindhafen(), **facts, **other}
    )


def reservation(**other: Any) -> Callable[[], object]:
    facts = {"clause": 1, "reason": text(), "effect": "limited", "begins": DAY}
    return lambda: Reservation.objects.create(
        **{"city": lindhafen(), "definition": definition(), **facts, **other}
    )


def derogation(**other: Any) -> Callable[[], object]:
    facts = {"reason": text(), "first_period": "1990", "last_period": "1991"}
    return lambda: Derogation.objects.create(
        **{"city": lindhafen(), "definition": definition(), **facts, **other}
    )


def version(**other: Any) -> Callable[[], object]:
    facts = {"content": {}, "sha256": "s", "factor": "1", "in_force_from": DAY, "loaded_at": NOON}
    return lambda: Definition.objects.create(
        **{"indicator": definition().indicator, "version": 99, **facts, **other}
    )


def release(**other: Any) -> Callable[[], object]:
    facts = {
        "slug": "r99",
        "number": 99,
        "title": text(),
        "rows": 1,
        "manifest_sha256": "m",
        "published_at": NOON,
    }
    return lambda: Release.objects.create(**{**facts, **other})


def compaction(**other: Any) -> Callable[[], object]:
    facts = {"slug": "r1", "number": 1, "demonstration": False, "manifest_sha256": "m", "at": NOON}
    return lambda: Compaction.objects.create(**{**facts, **other})


def league(**other: Any) -> Callable[[], object]:
    facts = {"names": text(), "languages": ["en"], "time_zone": "UTC", "founded": NOON}
    return lambda: League.objects.create(**{**facts, **other})


# Constraint or unique column -> the write that it must refuse.
REFUSED: dict[str, Callable[[], object]] = {
    "event_position_from_one": event(position=0),
    "events.Event.previous": event(previous="0" * 64),
    "events.Event.hash": lambda: event(hash=Event.objects.get(position=1).hash)(),
    "league_is_single": league(id=2),
    "city_status_known": city(status="guest"),
    "city_unit_known": city(unit="hamlet"),
    "city_observed_is_never_invented": city(demonstration=True),
    "city_member_has_a_date": city(status="member"),
    "city_membership_ends_after_it_begins": member(member_since=NEXT_DAY, member_until=DAY),
    "city_coordinates_both_and_on_earth": city(latitude=91, longitude=0),
    "league.City.code": city(code=BERLIN),
    "league.City.slug": city(slug="berlin"),
    "league.Account.email": twice(lambda: Account.objects.create(email="a@league.example")),
    "league.FormerSlug.slug": twice(lambda: FormerSlug.objects.create(slug="old", city=berlin())),
    "league.Person.reference": twice(lambda: Person.objects.create(reference="a", name="A", language="en")),
    "league.Person.account": lambda: Person.objects.create(
        reference="b", name="B", language="en", account=Person.objects.exclude(account=None)[0].account
    ),
    "external_code_names_one_city": lambda: ExternalCode.objects.create(
        city=lindhafen(), scheme="urban_audit", edition="2024", code=BERLIN
    ),
    "mandate_ends_after_it_begins": mandate(begins=NEXT_DAY, ends=DAY),
    "mandate_once_for_a_city": twice(mandate()),
    "mandate_once_for_the_office": twice(mandate(city=None)),
    "secretariat.Resolution.slug": lambda: Resolution.objects.create(
        slug=resolution().slug, title=text(), text=text(), adopted_at=NOON, zone="UTC"
    ),
    "commitment_due_after_begin": commitment(due_at=NOON),
    "commitment_once_for_a_city": twice(commitment()),
    "commitment_once_for_the_league": twice(commitment(city=None)),
    "indicators.Indicator.code": twice(lambda: Indicator.objects.create(code="x", topic="x")),
    "definition_version_once": lambda: version(version=definition().version)(),
    "definition_version_from_one": version(version=0),
    "reservation_once": twice(reservation()),
    "reservation_effect_known": reservation(effect="some"),
    "reservation_ends_after_it_begins": reservation(begins=NEXT_DAY, ends=DAY),
    "derogation_once": twice(derogation()),
    "derogation_ends_after_it_begins": derogation(first_period="1992"),
    "observations.Release.slug": release(slug="r1"),
    "release_numbered_once": release(number=1),
    "release_number_from_one": release(number=0),
    "compaction_number_from_one": compaction(number=0),
    "observations.Compaction.demonstration": twice(compaction()),
    "observations.Archive.sha256": twice(lambda: Archive.objects.create(name="a", sha256="s", at=NOON)),
}

# Further writes for constraints that can be broken in more than one way.
ALSO_REFUSED = {
    "league_is_single, a second first one": league(id=1),
    "city_member_has_a_date, an observed one with a date": city(member_since=DAY),
    "city_coordinates_both_and_on_earth, only one": city(latitude=50),
    "city_coordinates_both_and_on_earth, longitude": city(latitude=50, longitude=181),
}


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("kontor.")]


def stated() -> Iterator[str]:
    for model in ours():
        yield from (constraint.name for constraint in model._meta.constraints)
        assert not model._meta.unique_together, "a UniqueConstraint has a name, unique_together has none"
        for field in model._meta.fields:
            if field.unique and not field.primary_key:
                yield f"{model._meta.label}.{field.name}"


def test_every_stated_invariant_has_its_test() -> None:
    assert set(stated()) == set(REFUSED)


@contextmanager
def refusal() -> Iterator[list[str]]:
    """The words with which the database refused; the transaction goes on."""
    said: list[str] = []
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        yield said
    said.append(str(refused.value))


# What one of these refuses another one refuses too; PostgreSQL names the first by alphabet.
IMPLIED = {"city_status_known": "city_member_has_a_date"}


def expected(name: str) -> set[str]:
    """What the message may name: the constraint, or (SQLite, unique) its columns, or (PostgreSQL) the index."""
    if name.startswith("events.Event.") and connection.vendor == "sqlite":
        return {"append-only"}  # the trigger against REPLACE speaks before the constraint
    for model in ours():
        table = model._meta.db_table
        if name.startswith(f"{model._meta.label}."):
            field = model._meta.get_field(name.rsplit(".", 1)[1])
            return {f"{table}.{field.column}", f"({field.column})"}  # type: ignore[union-attr]
        for constraint in model._meta.constraints:
            if constraint.name == name:
                columns = [model._meta.get_field(one).column for one in getattr(constraint, "fields", ())]  # type: ignore[union-attr]
                return {name, IMPLIED.get(name, name)} | (
                    {", ".join(f"{table}.{column}" for column in columns)} if columns else set()
                )
    raise AssertionError(name)


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses(name: str) -> None:
    with refusal() as said:
        REFUSED[name]()
    assert any(word in said[0] for word in expected(name)), said[0]


@pytest.mark.parametrize("case", ALSO_REFUSED)
def test_the_database_also_refuses(case: str) -> None:
    with refusal():
        ALSO_REFUSED[case]()


def test_the_database_takes_what_is_right() -> None:
    """The writes above fail because of what they break, not because they were incomplete."""
    for make in (event(), city(), member(code="X2", slug="x2"), mandate(), mandate(city=None), commitment()):
        make()
    for make in (commitment(city=None), reservation(), derogation(), version(), release(), compaction()):
        make()


CHANGES = {
    "update": "UPDATE events_event SET kind = 'a.b' WHERE position = 1",
    "update of the hash": "UPDATE events_event SET hash = 'x' WHERE position = 1",
    "delete": "DELETE FROM events_event WHERE position = 1",
    "delete of all": "DELETE FROM events_event",
    "truncate": "TRUNCATE events_event",
}


@pytest.mark.parametrize("change", CHANGES)
def test_triggers_keep_the_record_append_only(change: str) -> None:
    statement = CHANGES[change]
    if connection.vendor == "sqlite":
        statement = statement.replace("TRUNCATE", "DELETE FROM")  # how SQLite empties a table
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
