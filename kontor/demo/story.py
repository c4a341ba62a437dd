"""The demonstration league's story, chapter by chapter, through the operations only.

Every chapter looks at what is there, and all of them are one transaction: killed anywhere, nothing of the
story is there, and the next telling begins anew (a release folder left behind is replaced). Passwords are
known nowhere but in what `tell` returns, so a caller who keeps them on the disk opens a transaction around
`tell` and the writing: then an account is there only if its password is kept.
"""

from __future__ import annotations

import secrets
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from kontor.errors import Invalid, Refused
from kontor.indicators import operations as indicator_operations
from kontor.indicators import queries as indicators
from kontor.league import operations as league_operations
from kontor.league import queries as league
from kontor.league.rules import OPERATOR, Actor
from kontor.observations import operations as observations
from kontor.observations.queries import releases
from kontor.secretariat import operations as secretariat_operations
from kontor.secretariat import queries as secretariat

from . import figures

OFFICE = "demo-office-secretariat"
RELEASES = "demo-office-figures"
COUNTRY = "ZZ"


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in to the demonstration. The password is stored nowhere else in clear."""

    email: str
    name: str
    role: str
    password: str


@transaction.atomic
def tell(*, at: datetime) -> list[Account]:
    """Tell what is still untold; returns the accounts that are new, with their passwords.

    Told again it changes nothing and returns an empty list: whoever is there keeps the password.
    Refused("real_and_invented_never_mix") in a league that was not founded as a demonstration.
    """
    standing = league.league()
    if standing is None or not standing.demonstration:
        raise Refused("real_and_invented_never_mix")
    _admit_cities(at)
    accounts = _add_people(at)
    _record_founding(at)
    _enter_exceptions(at)
    _publish_figures(at)
    return accounts


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _actor(reference: str, at: datetime) -> Actor:
    """The invented officer, who may do only what the mandates allow."""
    return league.actor_of(league.person(reference, on=_day(at)))


# ---- the cast


def _admit_cities(at: datetime) -> None:
    known = {city.code for city in league.cities()}
    fresh = [
        league_operations.NewCity(
            code=city["code"],
            names=dict(city["names"]),
            local_name=city["local_name"],
            local_language=city["local_language"],
            country=COUNTRY,
            unit="city",
            latitude=city["latitude"],
            longitude=city["longitude"],
            time_zone=city["time_zone"],
            member_since=_day(at) - timedelta(days=city["member_since_days"]),
            demonstration=True,
        )
        for city in figures.cities()
        if city["code"] not in known
    ]
    if fresh:
        league_operations.admit_cities(cities=fresh, by=OPERATOR, at=at, demonstration=True)


def _add_people(at: datetime) -> list[Account]:
    return [_add_person(entry, at) for entry in _read("people.toml")["people"] if not _is_there(entry, at)]


def _is_there(entry: dict[str, Any], at: datetime) -> bool:
    try:
        league.person(entry["reference"], on=_day(at))
    except Refused:
        return False
    return True


def _add_person(entry: dict[str, Any], at: datetime) -> Account:
    account = Account(entry["email"], entry["name"], entry["role"], secrets.token_urlsafe(16))
    league_operations.add_person(
        reference=entry["reference"],
        name=account.name,
        email=account.email,
        language=entry["language"],
        password=account.password,
        by=OPERATOR,
        at=at,
        demonstration=True,
    )
    for mandate in entry["mandates"]:
        league_operations.grant_mandate(
            person=entry["reference"],
            city=mandate.get("city"),
            capability=mandate["capability"],
            begins=_day(at) - timedelta(days=_read("record.toml")["founding"]["days_before"]),
            ends=None,
            by=OPERATOR,
            at=at,
        )
    return account


# ---- the record


def _record_founding(at: datetime) -> None:
    founding = _read("record.toml")["founding"]
    if any(resolution.slug == founding["slug"] for resolution in secretariat.resolutions()):
        return
    adopted = _adopted(founding, at)
    secretariat_operations.record_resolution(
        slug=founding["slug"],
        title=founding["title"],
        text=founding["text"],
        adopted_at=adopted,
        zone=founding["zone"],
        commitments=[
            secretariat_operations.NewCommitment(
                purpose=founding["commitment"]["purpose"],
                text=founding["commitment"]["text"],
                begins_at=adopted,
                due_at=_a_year_after(adopted),
                zone=founding["zone"],
            )
        ],
        by=_actor(OFFICE, at),
        at=at,
        demonstration=True,
    )


def _adopted(founding: dict[str, Any], at: datetime) -> datetime:
    """The hour of the founding meeting, counted back from today where it took place."""
    place = ZoneInfo(founding["zone"])
    day = at.astimezone(place).date() - timedelta(days=founding["days_before"])
    return datetime.combine(day, time.fromisoformat(founding["time"]), tzinfo=place)


def _a_year_after(instant: datetime) -> datetime:
    """The same hour on the same day of the next year; 28 February after a 29th."""
    try:
        return instant.replace(year=instant.year + 1)
    except ValueError:
        return instant.replace(year=instant.year + 1, day=28)


# ---- reservations and derogations


def _enter_exceptions(at: datetime) -> None:
    listed, year, officer = _read("exceptions.toml"), _day(at).year, _actor(OFFICE, at)
    for entry in listed["reservations"]:
        standing = indicators.reservations(entry["indicator"], entry["version"])
        if any((item.city, item.clause) == (entry["city"], entry["clause"]) for item in standing):
            continue
        indicator_operations.enter_reservation(
            city=entry["city"],
            code=entry["indicator"],
            version=entry["version"],
            clause=entry["clause"],
            reason=entry["reason"],
            effect=entry["effect"],
            begins=date(year + entry["begins_years"], 1, 1),
            ends=date(year + entry["ends_years"], 12, 31) if "ends_years" in entry else None,
            by=officer,
            at=at,
        )
    for entry in listed["derogations"]:
        if any(
            item.city == entry["city"]
            for item in indicators.derogations(entry["indicator"], entry["version"])
        ):
            continue
        indicator_operations.enter_derogation(
            city=entry["city"],
            code=entry["indicator"],
            version=entry["version"],
            reason=entry["reason"],
            first_period=str(year + entry["first_years"]),
            last_period=str(year + entry["last_years"]),
            by=officer,
            at=at,
        )


# ---- the figures


def _publish_figures(at: datetime) -> None:
    """Two releases: everything but the newest year, then the newest year with corrections of the first."""
    newest = _day(at).year - 1
    told = len(releases.releases(demonstration=True))
    if told < 1:
        title = {
            "en": f"Demonstration: figures up to {newest - 1}",
            "de": f"Demonstration: Zahlen bis {newest - 1}",
            "zh-hans": f"演示：截至{newest - 1}年的数据",
        }
        _publish(figures.as_csv(figures.first(newest)), name="demonstration-1.csv", title=title, at=at)
    if told < 2:
        title = {
            "en": f"Demonstration: figures of {newest}, with corrections",
            "de": f"Demonstration: Zahlen für {newest}, mit Korrekturen",
            "zh-hans": f"演示：{newest}年数据及更正",
        }
        _publish(figures.as_csv(figures.final(newest)), name="demonstration-2.csv", title=title, at=at)


def _publish(table: str, *, name: str, title: dict[str, str], at: datetime) -> None:
    officer = _actor(RELEASES, at)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(table, encoding="utf-8")
        handed = observations.submit(path=path, layout="league", by=officer, at=at, demonstration=True)
    if handed.reading.faults:
        raise Invalid(handed.reading.faults)
    observations.release(handed=[handed], title=title, by=officer, at=at, demonstration=True)
