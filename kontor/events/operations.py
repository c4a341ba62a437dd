"""Writing to the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from . import rules
from .models import Event

_LOCK = 0x4B4F4E54  # any constant: the advisory lock under which PostgreSQL appends to the chain


def record(
    *,
    kind: str,
    by: str,
    subject: str,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    demonstration: bool = False,
) -> Event:
    """Append one event inside the caller's transaction. Raises Refused outside one."""
    rules.check_can_record(kind=kind, by=by, subject=subject, in_transaction=connection.in_atomic_block)
    _append_alone()
    last = Event.objects.order_by("-position").values_list("position", "hash").first()
    position, previous = (last[0] + 1, last[1]) if last else (1, rules.GENESIS)
    content: dict[str, Any] = {
        "position": position,
        "at": at,
        "kind": kind,
        "by": by,
        "subject": subject,
        "facts": dict(facts or {}),
        "demonstration": demonstration,
        "previous": previous,
    }
    return Event.objects.create(**content, hash=rules.digest(**content))


def _append_alone() -> None:
    """One writer at a time until the transaction ends. SQLite already holds its write lock (BEGIN IMMEDIATE)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
