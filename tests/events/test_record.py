"""The record: a chain without gaps that only grows, and in which every alteration is found."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from kontor.errors import Refused
from kontor.events import operations, queries, rules
from kontor.events.models import Event
from tests.cast import NOON


def enter(number: int = 1, **other: Any) -> Event:
    facts = {
        "kind": "tests.entered",
        "by": "operator:cli",
        "subject": "test:1",
        "at": NOON,
        "facts": {"number": number},
    }
    with transaction.atomic():
        return operations.record(**{**facts, **other})


def alter(statement: str, *values: object) -> None:
    """What somebody does who may do everything in the database: take the guard away, change, put it back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER event_no_update")
            cursor.execute("DROP TRIGGER event_no_delete")
            cursor.execute("DROP TRIGGER event_no_replace")
        else:
            cursor.execute("DROP TRIGGER event_no_change ON events_event")
        cursor.execute(statement, values)


def test_an_empty_record_has_the_head_of_zeros(empty_database: Path) -> None:
    assert queries.head() == (0, "0" * 64)
    assert queries.verify() == queries.Verification(events=0, head="0" * 64, broken_at=None)
    assert queries.newest() == []


def test_every_event_names_the_one_before(empty_database: Path) -> None:
    first, second, third = enter(1), enter(2), enter(3)
    assert [event.position for event in (first, second, third)] == [1, 2, 3]
    assert first.previous == rules.GENESIS
    assert (second.previous, third.previous) == (first.hash, second.hash)
    assert queries.head() == (3, third.hash)
    assert queries.verify() == queries.Verification(events=3, head=third.hash, broken_at=None)


def test_the_record_of_the_loaded_league_holds(db: None) -> None:
    found = queries.verify()
    assert found.broken_at is None and found.events == queries.head()[0] > 10
    assert found.head == queries.head()[1]


def test_a_hash_can_be_recomputed_by_hand() -> None:
    """SHA-256 over RFC 8785: keys sorted, no spaces, the instant in UTC with microseconds."""
    import hashlib

    text = (
        '{"at":"2026-11-22T12:00:00.000000Z","by":"operator:cli","demonstration":false,"facts":{"a":1,"ä":"ü"},'
        '"kind":"tests.entered","position":1,"previous":"' + "0" * 64 + '","subject":"test:1"}'
    )
    found = rules.digest(
        position=1,
        at=NOON.astimezone(timezone(timedelta(hours=8))),
        kind="tests.entered",
        by="operator:cli",
        subject="test:1",
        facts={"ä": "ü", "a": 1},
        demonstration=False,
        previous="0" * 64,
    )
    assert found == hashlib.sha256(text.encode()).hexdigest()


ALTERATIONS = {
    "another kind": ("UPDATE events_event SET kind = 'tests.other' WHERE position = 3", 3),
    "another actor": ("UPDATE events_event SET \"by\" = 'operator:other' WHERE position = 1", 1),
    "another subject": ("UPDATE events_event SET subject = 'test:2' WHERE position = 5", 5),
    "other facts": ("UPDATE events_event SET facts = '{\"number\": 7}' WHERE position = 4", 4),
    "now invented": ("UPDATE events_event SET demonstration = true WHERE position = 2", 2),
    "one is gone": ("DELETE FROM events_event WHERE position = 2", 3),
    "the first is gone": ("DELETE FROM events_event WHERE position = 1", 2),
    "another hash": (f"UPDATE events_event SET hash = '{'a' * 64}' WHERE position = 3", 3),
    "another predecessor": (f"UPDATE events_event SET previous = '{'a' * 64}' WHERE position = 4", 4),
    "moved to the end": ("UPDATE events_event SET position = 9 WHERE position = 5", 9),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_alteration_is_found_where_it_was_made(alteration: str, empty_database: Path) -> None:
    for number in range(1, 6):
        enter(number)
    statement, position = ALTERATIONS[alteration]
    alter(statement)
    assert queries.verify().broken_at == position


def test_an_altered_instant_is_found(empty_database: Path) -> None:
    for number in range(1, 4):
        enter(number)
    alter("UPDATE events_event SET at = %s WHERE position = 2", NOON + timedelta(microseconds=1))
    assert queries.verify().broken_at == 2


def forged(position: int, **other: object) -> tuple[object, ...]:
    """An event as somebody would write it who knows how hashes are made: (position, previous, hash)."""
    facts: dict[str, Any] = {
        "kind": "tests.forged",
        "by": "operator:cli",
        "subject": "test:1",
        "at": NOON,
        "facts": {},
    }
    content = {**facts, "position": position, "demonstration": False, **other}
    return position, content["previous"], rules.digest(**content)


def test_an_event_replaced_by_one_whose_hash_fits_breaks_the_chain_behind_it(empty_database: Path) -> None:
    first, second, _ = enter(1), enter(2), enter(3)
    _, _, digest = forged(2, previous=first.hash)
    alter("UPDATE events_event SET kind = 'tests.forged', facts = '{}', hash = %s WHERE position = 2", digest)
    assert second.hash != digest
    assert queries.verify().broken_at == 3


def test_a_gap_is_found_even_where_all_hashes_fit(empty_database: Path) -> None:
    """Somebody takes the second of three away and writes the third anew."""
    first, _, _ = enter(1), enter(2), enter(3)
    _, previous, digest = forged(3, previous=first.hash)
    alter("DELETE FROM events_event WHERE position = 2")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_event SET kind = 'tests.forged', facts = '{}', previous = %s, hash = %s WHERE position = 3",
            [previous, digest],
        )
    assert queries.verify().broken_at == 3


def test_an_event_needs_its_operations_transaction(empty_database: Path) -> None:
    with pytest.raises(Refused) as refused:
        operations.record(kind="tests.entered", by="operator:cli", subject="test:1", at=NOON)
    assert refused.value.code == "event_outside_transaction"
    assert queries.head()[0] == 0


def test_an_operation_that_fails_leaves_no_event(empty_database: Path) -> None:
    enter(1)
    with pytest.raises(RuntimeError), transaction.atomic():
        operations.record(kind="tests.entered", by="operator:cli", subject="test:1", at=NOON)
        raise RuntimeError
    enter(2)
    assert queries.verify() == queries.Verification(events=2, head=queries.head()[1], broken_at=None)


def test_writers_at_once_keep_one_chain_without_gaps(empty_database: Path) -> None:
    writers, each = 4, 12
    begin = threading.Barrier(writers)
    failures: list[Exception] = []

    def write(writer: int) -> None:
        try:
            begin.wait()
            for number in range(each):
                enter(number, subject=f"writer:{writer}")
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[writer]) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert list(Event.objects.values_list("position", flat=True)) == list(range(1, writers * each + 1))
    assert queries.verify().broken_at is None
    for writer in range(writers):
        listed = Event.objects.filter(subject=f"writer:{writer}").values_list("facts", flat=True)
        assert [facts["number"] for facts in listed] == list(range(each))


def test_newest_first_and_only_what_is_asked_for(empty_database: Path) -> None:
    for number in range(1, 7):
        enter(number, subject=f"test:{number % 2}", kind="tests.even" if number % 2 == 0 else "other.odd")
    numbers = [record.facts["number"] for record in queries.newest(limit=4)]
    assert numbers == [6, 5, 4, 3]
    assert [record.position for record in queries.newest(subjects=["test:1"])] == [5, 3, 1]
    assert [record.position for record in queries.newest(kinds=["tests.even"])] == [6, 4, 2]
    assert queries.newest(subjects=["test:1"], kinds=["tests.even"]) == []


def test_the_stamp_moves_only_with_its_capabilities(empty_database: Path) -> None:
    assert queries.stamp(("tests.",)) == 0
    enter(1, kind="tests.entered")
    enter(2, kind="other.entered")
    assert queries.stamp(("tests.",)) == 1
    assert queries.stamp(("tests.", "other.")) == 2


def test_an_instant_is_kept_to_the_microsecond(empty_database: Path) -> None:
    at = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
    enter(1, at=at)
    assert queries.newest()[0].at == at
    assert queries.verify().broken_at is None


@pytest.mark.parametrize("same", ["position", "previous", "hash"])
def test_an_event_cannot_be_replaced(empty_database: Path, same: str) -> None:
    """SQLite's REPLACE deletes the row in its way without asking the delete trigger."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE")
    enter()
    fresh = {"position": "7", "previous": "'x'", "hash": "'y'"}
    columns = "at, kind, by, subject, facts, demonstration"
    values = ", ".join(same if name == same else fresh[name] for name in fresh)
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(
            f"REPLACE INTO events_event (position, previous, hash, {columns}) "
            f"SELECT {values}, {columns} FROM events_event"
        )
    assert queries.verify().events == 1
