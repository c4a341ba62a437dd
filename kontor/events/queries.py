"""Reading and verifying the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

from . import rules
from .models import Event


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event as pages and feeds read it."""

    position: int
    at: datetime
    kind: str
    by: str
    subject: str
    facts: Mapping[str, Any]
    demonstration: bool
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole chain found. `broken_at` is the first position that does not fit, or None."""

    events: int
    head: str
    broken_at: int | None


def _record(event: Event) -> EventRecord:
    return EventRecord(
        position=event.position,
        at=event.at,
        kind=event.kind,
        by=event.by,
        subject=event.subject,
        facts=event.facts,
        demonstration=event.demonstration,
        previous=event.previous,
        hash=event.hash,
    )


def newest(*, limit: int = 50, subjects: Sequence[str] = (), kinds: Sequence[str] = ()) -> list[EventRecord]:
    """The newest events first; all of them, or those about any of `subjects` and of any of `kinds`."""
    events = Event.objects.order_by("-position")
    if subjects:
        events = events.filter(subject__in=subjects)
    if kinds:
        events = events.filter(kind__in=kinds)
    return [_record(event) for event in events[:limit]]


def after(position: int, *, limit: int) -> list[EventRecord]:
    """The first events behind a position, the oldest first."""
    events = Event.objects.filter(position__gt=position).order_by("position")
    return [_record(event) for event in events[:limit]]


def head() -> tuple[int, str]:
    """Position and hash of the newest event; (0, 64 zeros) for an empty record.

    Asked by whoever keeps what it computed: the hash stands for everything that has happened until now.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HEAD)
        found = cursor.fetchone()
    return (found[0], found[1]) if found else (0, rules.GENESIS)


# Written out, because it is asked several times for every answer and building it anew takes longer than asking.
_HEAD = f"SELECT position, hash FROM {Event._meta.db_table} ORDER BY position DESC LIMIT 1"  # noqa: S608


def verify() -> Verification:
    """Recompute every hash from the first event on."""
    previous, count = rules.GENESIS, 0
    for event in Event.objects.order_by("position").iterator(chunk_size=2000):
        count += 1
        expected = rules.digest(
            position=event.position,
            at=event.at,
            kind=event.kind,
            by=event.by,
            subject=event.subject,
            facts=event.facts,
            demonstration=event.demonstration,
            previous=event.previous,
        )
        if event.position != count or event.previous != previous or event.hash != expected:
            return Verification(events=count, head=previous, broken_at=event.position)
        previous = event.hash
    return Verification(events=count, head=previous, broken_at=None)


def stamp(prefixes: Sequence[str], *, at: str = "") -> int:
    """Position of the newest event whose kind begins with one of `prefixes`; 0 where there is none.

    Whatever is computed from those capabilities' tables holds as long as this number stands. `at` is the hash of
    the newest event, where it has been asked for already.
    """
    return _stamp(at or head()[1], tuple(prefixes))


@lru_cache(maxsize=64)
def _stamp(head_hash: str, prefixes: tuple[str, ...]) -> int:
    chosen = models.Q()
    for prefix in prefixes:
        chosen |= models.Q(kind__startswith=prefix)
    return Event.objects.filter(chosen).order_by("-position").values_list("position", flat=True).first() or 0
