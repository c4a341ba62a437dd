"""Loads the starter league into an empty data directory, computes all, tells the story, computes all again.

Run as a program of its own by conftest.py, so that nothing is shared with other tests: telling.py <folder>.
What was found is written to <folder>/before.json, after.json (comparisons) and found.json (the rest).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

AT = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)
LINDHAFEN = "ZZ001D"


class Killed(Exception):
    """Stands for the end of the process in the middle of the story."""


def main(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    os.environ.update(DJANGO_SETTINGS_MODULE="kontor.config.settings", DEBUG="1", KONTOR_DATA=str(data))
    import django

    django.setup()
    from django.conf import settings

    # Quick, because the strength of what is kept is not tested here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    migrate()
    found: dict[str, Any] = {"refused_without_league": refusal()}
    load_starter()
    found["refused_in_a_real_league"] = refusal(real=True)
    keys = comparison_keys()
    write(folder / "before.json", dict(observed(keys)))
    found["killed"] = tell_and_be_killed()
    found["told"] = tell()
    write(folder / "after.json", dict(observed(keys)))
    found["new_keys"] = {
        key: comparison(*key.split("|")) for key in comparison_keys() if key not in set(keys)
    }
    found |= look()
    write(folder / "found.json", found)


def write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, default=str), encoding="utf-8")


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def refusal(*, real: bool = False) -> str:
    """The code with which telling is refused; `real` as if the league were founded without demonstration."""
    from kontor.demo import story
    from kontor.errors import Refused
    from kontor.league import queries as league

    standing = league.league()
    if standing and real:
        standing = replace(standing, demonstration=False)
    with mock.patch.object(league, "league", lambda: standing):
        try:
            story.tell(at=AT)
        except Refused as refused:
            return refused.code
    return ""


def load_starter() -> None:
    from django.conf import settings

    from kontor.cli import first_start, starter
    from kontor.indicators import operations as indicators
    from kontor.league.rules import OPERATOR

    first_start.found_trial_league(at=AT, demonstration=True)
    indicators.load_definitions(folder=settings.DEFINITIONS / "indicators", by=OPERATOR, at=AT)
    starter.publish_figures(at=AT)


# ---- comparisons


def comparison_keys() -> list[str]:
    """`indicator|period` of everything that can be compared right now; an empty period is the default one."""
    from kontor.comparison.queries import standings
    from kontor.comparison.queries.basis import basis
    from kontor.indicators import queries as indicators

    return [
        f"{definition.code}|{period}"
        for definition in indicators.definitions()
        for period in ("", *sorted(standings.table(basis(), definition).by_period))
    ]


def comparison(code: str, period: str, as_of: str | None = None) -> dict[str, Any]:
    from kontor.comparison.queries import contract

    return contract.comparison(code, period=period or None, as_of=as_of)


def observed(keys: list[str]) -> Iterator[tuple[str, str]]:
    """Each comparison as text, restricted to observed cities; and the peers of every one of them."""
    from kontor.comparison.queries import peers
    from kontor.comparison.queries.basis import basis
    from kontor.league import queries as league

    real = {city.code for city in league.cities() if city.status == "observed"}
    for key in keys:
        found = comparison(*key.split("|"))
        found["cities"] = [row for row in found["cities"] if row["city"] in real]
        yield key, json.dumps(found)
    for as_of in ("r1", None):
        ground = basis(as_of)
        for city in sorted(real):
            similar = peers.similar(ground).get(city, ())
            yield (
                f"peers of {city} as of {as_of}",
                json.dumps([(peer.city, peer.distance, dict(peer.shares)) for peer in similar]),
            )


# ---- telling


def state() -> dict[str, Any]:
    from kontor.events import queries as events
    from kontor.league import queries as league
    from kontor.observations.queries import releases

    return {
        "head": list(events.head()),
        "cities": len(league.cities()),
        "releases": [release.id for release in releases.releases()],
    }


def tell() -> dict[str, Any]:
    from kontor.demo import story

    first = [vars(account) for account in story.tell(at=AT)]
    between = state()
    second = [vars(account) for account in story.tell(at=AT)]
    return {"accounts": first, "again": second, "state": between, "state_again": state()}


def tell_and_be_killed() -> dict[str, Any]:
    """Interrupt the telling before and after each of its chapters; each time the state must be the first."""
    from kontor.demo import story

    before = state()
    after = {}
    for chapter in ("_add_people", "_record_founding", "_enter_exceptions", "_publish_figures"):
        for late in (False, True):
            with (
                suppressed_kill(),
                mock.patch.object(story, chapter, killing(getattr(story, chapter), late=late)),
            ):
                story.tell(at=AT)
            after[f"{chapter} {'after' if late else 'before'}"] = state()
    return {"before": before, "after": after}


def killing(chapter: Any, *, late: bool) -> Any:
    def interrupted(at: datetime) -> None:
        if late:
            chapter(at)
        raise Killed

    return interrupted


@contextmanager
def suppressed_kill() -> Iterator[None]:
    try:
        yield
    except Killed:
        return
    raise AssertionError("the story went on after it was interrupted")


# ---- what is there in the end


def look() -> dict[str, Any]:
    from kontor.events import queries as events
    from kontor.indicators import queries as indicators
    from kontor.league import queries as league
    from kontor.observations.queries import releases
    from kontor.secretariat import queries as secretariat

    resolution, commitment = secretariat.clock() or (None, None)
    assert resolution and commitment
    return {
        "cities": [
            {
                "code": city.code,
                "demonstration": city.demonstration,
                "country": city.country,
                "status": city.status,
            }
            for city in league.cities()
        ],
        "events": [(event.position, event.demonstration) for event in events.newest(limit=1000)],
        "chain_broken_at": events.verify().broken_at,
        "exceptions": [
            (item.city, item.demonstration)
            for definition in indicators.definitions()
            for listed in (indicators.reservations, indicators.derogations)
            for item in listed(definition.code, definition.version)
        ],
        "resolution": resolution.demonstration,
        "adopted": resolution.adopted_at.isoformat(),
        "due": commitment.due_at.isoformat(),
        "days_left": commitment.days_left(AT),
        "clocks": clocks(),
        "manifests": {item.id: releases.manifest(item.id) for item in releases.releases()},
        "rows": rows_by_mark(),
        "revised": [
            (change.area, change.variable, change.period, change.before, change.after)
            for change in releases.diff("demo-2")
            if change.kind != "added"
        ],
        "added_years": sorted(
            {change.period for change in releases.diff("demo-2") if change.kind == "added"}
        ),
        "people": people(),
        "lindhafen": lindhafen(),
        "default": {
            definition.code: comparison(definition.code, "") for definition in indicators.definitions()
        },
        "road_2019": comparison("road_death_rate", "2019"),
        "as_of": {
            release: comparison("road_death_rate", "2024", release)["cities"]
            for release in ("demo-1", "demo-2")
        },
    }


def clocks() -> dict[str, list[str]]:
    """Day of adoption and day due, at the place of the meeting, for other moments of loading."""
    from kontor.demo import story

    moments = (datetime(2026, 11, 22, 17), datetime(2028, 8, 4, 12), datetime(2031, 1, 1))
    found = {}
    for at in (moment.replace(tzinfo=UTC) for moment in moments):
        adopted = story._adopted(story._read("record.toml")["founding"], at)
        found[at.isoformat()] = [adopted.date().isoformat(), story._a_year_after(adopted).date().isoformat()]
    return found


def rows_by_mark() -> list[Any]:
    """(release, invented city, mark of the row, how many) over all Parquet files."""
    import duckdb
    from django.conf import settings

    return duckdb.sql(
        "SELECT regexp_extract(filename, '([^/]+)/observations', 1), starts_with(area, 'ZZ'), demonstration, "
        f"count(*) FROM read_parquet('{settings.DATA}/releases/*/observations.parquet', filename = true) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()


def people() -> list[dict[str, Any]]:
    from kontor.league import models, queries

    found = []
    for row in models.Person.objects.select_related("account").order_by("reference"):
        person = queries.person(row.reference, on=AT.date())
        assert row.account
        found.append(
            {
                "email": row.account.email,
                "password_usable": row.account.has_usable_password(),
                "password": row.account.password,
                "demonstration": person.demonstration,
                "language": person.language,
                "mandates": [(mandate.city, mandate.capability) for mandate in person.mandates],
            }
        )
    return found


def lindhafen() -> dict[str, list[str]]:
    """The periods for which each indicator computes."""
    from kontor.comparison.queries import standings
    from kontor.comparison.queries.basis import basis
    from kontor.indicators import queries as indicators

    return {
        definition.code: [
            value.period for value in standings.table(basis(), definition).by_area.get(LINDHAFEN, ())
        ]
        for definition in indicators.definitions()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
