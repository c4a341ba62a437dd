"""Who may write the record, and what a deadline is."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from kontor.errors import Refused
from kontor.league.rules import Actor, check_office, known_zone

SLUG = re.compile(r"[a-z0-9-]{1,120}")


def check_can_record_resolution(by: Actor, *, demonstration: bool) -> None:
    """Resolutions are entered by the office, by a mandate for `secretariat`."""
    check_office("record_resolution", capability="secretariat", by=by, demonstration=demonstration)


def check_slug(slug: str) -> None:
    """How a resolution stands in an address."""
    if not SLUG.fullmatch(slug):
        raise Refused("slug_malformed", value=slug)


def check_deadline(*, due: datetime, zone: str) -> None:
    """A deadline is an instant and the zone in which it was announced."""
    if not known_zone(zone):
        raise Refused("time_zone_unknown", value=zone)
    if due.tzinfo is None:
        raise Refused("instant_without_zone", value=due.isoformat())


def days_left(*, due: datetime, zone: str, at: datetime) -> int:
    """Calendar days from today to the deadline's day, both in the deadline's zone; negative once it is past."""
    place = ZoneInfo(zone)
    return (due.astimezone(place).date() - at.astimezone(place).date()).days
