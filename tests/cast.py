"""Who appears in the tests, by name: a few real cities of the starter league, invented ones, and people who act."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

BERLIN = "DE001C"
RIGA = "LV001C"  # its waste of 2012 is a thousand times too large in the source
CAMDEN = "E09000007"
LINDHAFEN = "ZZ001D"  # invented
KARSTHEIM = "ZZ002D"  # invented, with a reservation that limits
NORDVIK = "ZZ008D"  # invented, with a reservation that rules its figures out

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def text(of: str = "A text") -> dict[str, str]:
    """The same words in all three languages."""
    return {"en": of, "de": of, "zh-hans": of}


def found(*, demonstration: bool = False, at: datetime = NOON) -> None:
    """A league with nobody in it."""
    from kontor.league import operations
    from kontor.league.rules import OPERATOR

    operations.found_league(
        names=text("League of Tests"),
        languages=("en", "de", "zh-hans"),
        time_zone="Europe/Berlin",
        contact="office@league.example",
        demonstration=demonstration,
        by=OPERATOR,
        at=at,
    )


def new_city(code: str, name: str, **other: Any) -> Any:
    """A city as it is handed in; an observed one unless `member_since` says otherwise."""
    from kontor.league.operations import NewCity

    facts: dict[str, Any] = {"local_name": name, "country": "DE", "unit": "city"}
    return NewCity(code=code, names={"en": name}, **{**facts, **other})


def admit(*cities: Any, demonstration: bool = False) -> None:
    from kontor.league import operations
    from kontor.league.rules import OPERATOR

    operations.admit_cities(cities=cities, by=OPERATOR, at=NOON, demonstration=demonstration)


def ingrid(**other: Any) -> Any:
    """Ingrid, an officer of a real league; returns her account."""
    from kontor.league import operations
    from kontor.league.rules import OPERATOR

    facts: dict[str, Any] = {
        "reference": "ingrid",
        "name": "Ingrid Falkenau",
        "email": "ingrid@league.example",
        "language": "de",
        "password": None,
    }
    return operations.add_person(**{**facts, **other}, by=OPERATOR, at=NOON)
