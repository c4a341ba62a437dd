"""Cities."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from kontor.comparison.queries import standings
from kontor.comparison.queries.basis import basis
from kontor.indicators import queries as indicators
from kontor.league import queries as league
from kontor.league.queries import CityRecord
from kontor.league.rules import STATUSES, UNITS

from . import answers, citation, schemas
from .parameters import Readings, asked, choice, named

router = Readings(tags=["league"])

MARKED = ("true", "false")


def as_json(city: CityRecord) -> dict[str, Any]:
    return {
        "code": city.code,
        "slug": city.slug,
        "names": {language: name for language, name in city.names.items() if name},
        "local_name": city.local_name,
        "local_language": city.local_language,
        "country": city.country,
        "unit": city.unit,
        "latitude": city.latitude,
        "longitude": city.longitude,
        "time_zone": city.time_zone,
        "status": city.status,
        "member_since": city.member_since,
        "demonstration": city.demonstration,
    }


@router.at("/cities", response=schemas.Cities)
def cities(
    request: HttpRequest,
    q: str = asked("q", ""),
    country: str = asked("country", ""),
    status: str = asked("status", "", enum=STATUSES),
    unit: str = asked("unit", "", enum=UNITS),
    demonstration: str = asked("demonstration", "", enum=MARKED),
) -> HttpResponse:
    status = choice(request, "status", STATUSES)
    unit = choice(request, "unit", UNITS)
    demonstration = choice(request, "demonstration", MARKED)
    found = [
        city
        for city in league.cities()
        if _named(city, q)
        and (not country or city.country == country.upper())
        and (not status or city.status == status)
        and (not unit or city.unit == unit)
        and (not demonstration or city.demonstration == (demonstration == "true"))
    ]
    shown = citation.of_cities(found)
    content = {"count": len(found), "attributions": shown, "cities": [as_json(city) for city in found]}
    return answers.json(content, licences=citation.licences(shown))


def _named(city: CityRecord, part: str) -> bool:
    wanted = part.casefold().strip()
    return any(
        wanted in name.casefold() for name in (*city.names.values(), city.local_name, city.slug, city.code)
    )


@router.at("/cities/{code}", response=schemas.CityInFull)
def city(request: HttpRequest, code: str = named("city_code")) -> HttpResponse:
    found = league.city(code)
    ground = basis()
    available = []
    for definition in indicators.definitions():
        values = standings.table(ground, definition).by_area.get(code, ())
        if values:
            periods = sorted(value.period for value in values)
            available.append({"indicator": definition.code, "definition": definition.key, "periods": periods})
    shown = citation.of_cities([found])
    content = {
        **as_json(found),
        "attributions": shown,
        "external_codes": [
            {"scheme": scheme, "edition": edition, "code": external}
            for scheme, edition, external in league.external_codes(code)
        ],
        "indicators": available,
    }
    return answers.json(content, licences=citation.licences(shown))
