"""Values as JSON: one byte sequence per content, so that its hash can stand for it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

MEDIA_TYPE = "application/json"


def write(content: Any) -> bytes:
    """Compact UTF-8 JSON, keys in the order given. Decimals are strings with their digits, instants end in Z.

    ValueError for nan and infinities, TypeError for what JSON has no form for.
    """
    return _ENCODER.encode(content).encode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: the form that the record hashes."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
