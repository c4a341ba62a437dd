"""What makes an event: its canonical form and its hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

from kontor.errors import Refused

GENESIS = "0" * 64
KIND = re.compile(r"^[a-z_]+\.[a-z_]+$")
REFERENCE = re.compile(r"^[a-z_]+:[A-Za-z0-9][A-Za-z0-9._/-]*$")


def check_can_record(*, kind: str, by: str, subject: str, in_transaction: bool) -> None:
    """Raise Refused unless the event is well named and written inside its operation's transaction."""
    if not in_transaction:
        raise Refused("event_outside_transaction", kind=kind)
    if not KIND.fullmatch(kind):
        raise Refused("event_kind_malformed", kind=kind)
    for reference in (by, subject):
        if not REFERENCE.fullmatch(reference):
            raise Refused("reference_malformed", reference=reference)


def instant(at: datetime) -> str:
    """An instant as the record writes it: UTC, microseconds, a trailing Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(
    *,
    position: int,
    at: datetime,
    kind: str,
    by: str,
    subject: str,
    facts: Mapping[str, Any],
    demonstration: bool,
    previous: str,
) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of everything in the event and the hash before it."""
    content: dict[str, Any] = {
        "position": position,
        "at": instant(at),
        "kind": kind,
        "by": by,
        "subject": subject,
        "facts": dict(facts),
        "demonstration": demonstration,
        "previous": previous,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
