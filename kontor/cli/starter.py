"""The starter league: observed cities and their published figures, from the folder `starter/`."""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import datetime
from functools import cache

from django.conf import settings

from kontor.league.operations import NewCity
from kontor.league.queries import cities as league_cities
from kontor.league.rules import OPERATOR
from kontor.observations import operations as observations
from kontor.observations.queries import releases

from . import codes_file

LONDON = "E09"  # codes of London boroughs are those of the ONS (GSS); all others are Eurostat's


@cache
def _languages() -> dict[str, str]:
    with (settings.STARTER / "languages.csv").open(encoding="utf-8", newline="") as file:
        return {row["prefix"]: row["language"] for row in csv.DictReader(file)}


def local_language(code: str) -> str:
    """The language of a city's local name, by the longest prefix of its code that is listed; empty where none is."""
    prefixes = [prefix for prefix in _languages() if code.startswith(prefix)]
    return _languages()[max(prefixes, key=len)] if prefixes else ""


def new_cities(*, without: Collection[str] = ()) -> list[NewCity]:
    """The observed cities as the league admits them, except those that are already there."""
    with (settings.STARTER / "cities.csv").open(encoding="utf-8", newline="") as file:
        return [_city(row) for row in csv.DictReader(file) if row["city_code"] not in without]


@cache
def _codes() -> dict[str, tuple[tuple[str, str, str], ...]]:
    """City -> its codes in other editions and lists, built by tools/codes.py."""
    found: dict[str, tuple[tuple[str, str, str], ...]] = {}
    for item in codes_file.read(settings.STARTER / "codes.csv"):
        found[item.city] = (*found.get(item.city, ()), item.key)
    return found


def _city(row: dict[str, str]) -> NewCity:
    code = row["city_code"]
    scheme = ("gss", "2023") if code.startswith(LONDON) else ("urban_audit", "2024")
    return NewCity(
        code=code,
        names={"en": row["name_en"], "de": row["name_de"], "zh-hans": row["name_zh"]},
        local_name=row["name_local"] or row["name_en"],
        local_language=local_language(code),
        country=row["country"],
        unit=row["unit"],
        latitude=float(row["latitude"]) if row["latitude"] else None,
        longitude=float(row["longitude"]) if row["longitude"] else None,
        time_zone=row["time_zone"],
        external_codes=((*scheme, code), *_codes().get(code, ())),
    )


def figures_missing() -> bool:
    """Whether the starter cities are in the league but nothing is published about them yet."""
    if releases.newest() is not None:
        return False
    known = {city.code for city in league_cities()}
    return bool(known) and all(city.code in known for city in new_cities())


def publish_figures(*, at: datetime) -> releases.ReleaseRecord:
    """The starter table as the first release of published figures."""
    handed = observations.submit(path=settings.STARTER / "figures.csv", layout="starter", by=OPERATOR, at=at)
    count = len({figure.area for figure in handed.reading.figures})
    title = {
        "en": f"First figures of {count} cities",
        "de": f"Erste Zahlen zu {count} Städten",
        "zh-hans": f"{count}座城市的首批数据",
    }
    return observations.release(handed=[handed], title=title, by=OPERATOR, at=at)
