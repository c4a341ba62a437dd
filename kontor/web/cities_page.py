"""The list of cities, with search and filters that work as an address."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from kontor.comparison.queries import peers
from kontor.comparison.queries.basis import Basis
from kontor.comparison.rules import CLASSES
from kontor.league.queries import CityRecord

from . import as_of, asked, marks, places, wording


@dataclass(frozen=True, slots=True)
class CityLine:
    name: str
    lang: str
    other: str
    other_lang: str
    url: str
    country: str
    kind: str
    status: str
    population: str
    flags: tuple[marks.FlagMark, ...]
    period: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    text: str
    count: str
    chosen: bool


def folded(text: str) -> str:
    """Without case and accents, so that `zurich` finds Zürich."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ł", "l").replace("Ł", "L"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().strip()


def matches(city: CityRecord, wanted: str) -> bool:
    """Whether any of the city's names or its code contains the folded text."""
    return any(wanted in folded(name) for name in (*city.names.values(), city.local_name, city.code))


def cities_page(request: HttpRequest) -> HttpResponse:
    ground = as_of.ground(request)
    wanted = folded(request.GET.get("q", "")[:100])
    country = asked.choice(request, "country", {city.country for city in ground.cities.values()})
    status = asked.choice(request, "status", _status_words())
    unit = asked.choice(request, "unit", CLASSES)
    if wanted and request.GET.get("go") and (only := _only_one(ground, wanted)):
        return redirect("city", slug=only.slug)
    pool = [city for city in ground.cities.values() if not wanted or matches(city, wanted)]
    found = [
        city
        for city in pool
        if (not country or city.country == country)
        and (not status or _status(city) == status)
        and (not unit or city.unit == unit)
    ]
    lines = [
        _line(ground, city)
        for city in sorted(
            found, key=lambda city: (city.status != "member", folded(city.name(wording.language())))
        )
    ]
    return render(
        request,
        "web/cities.html",
        {
            "lines": lines,
            "count": len(lines),
            "count_text": wording.number(len(lines)),
            "q": request.GET.get("q", "")[:100],
            "countries": _countries(pool, country),
            "statuses": _statuses(pool, status),
            "units": _units(pool, unit),
            "filtered": bool(wanted or country or status or unit),
            "map": places.map_of(found, id="map", title=gettext("Map of the cities shown")),
            "blank": sum(city.longitude is None for city in found),
        },
    )


def _only_one(ground: Basis, wanted: str) -> CityRecord | None:
    exact = [
        city
        for city in ground.cities.values()
        if wanted in {folded(name) for name in (*city.names.values(), city.local_name)}
    ]
    found = exact or [city for city in ground.cities.values() if matches(city, wanted)]
    return found[0] if len(found) == 1 else None


def _status(city: CityRecord) -> str:
    return "demonstration" if city.demonstration else city.status


def _status_words() -> dict[str, str]:
    return {
        "member": gettext("Member"),
        "demonstration": gettext("Invented member"),
        "observed": gettext("Observed"),
    }


def _line(ground: Basis, city: CityRecord) -> CityLine:
    name = city.name(wording.language())
    structure = peers.structures(ground).get(city.code)
    other = city.local_name if city.local_name != name else ""
    return CityLine(
        name=name,
        lang=places.html_language(city.name_language(wording.language())),
        other=other,
        other_lang=places.html_language(city.local_language),
        url=reverse("city", args=[city.slug]),
        country=places.country_name(city.country),
        kind=places.kind(city),
        status=_status_words()[_status(city)],
        population=wording.number(structure.population) if structure else "–",
        flags=marks.flag_marks(structure.population_flags) if structure else (),
        period=structure.population_period if structure else "",
        demonstration=city.demonstration,
    )


def _choices(counted: Counter[str], words: dict[str, str], chosen: str) -> list[Choice]:
    listed = sorted(counted, key=lambda value: folded(words.get(value) or value))
    return [
        Choice(value, words.get(value, value), wording.number(counted[value]), value == chosen)
        for value in listed
    ]


def _countries(pool: list[CityRecord], chosen: str) -> list[Choice]:
    counted = Counter(city.country for city in pool)
    return _choices(counted, {code: places.country_name(code) for code in counted}, chosen)


def _statuses(pool: list[CityRecord], chosen: str) -> list[Choice]:
    return _choices(Counter(map(_status, pool)), _status_words(), chosen)


def _units(pool: list[CityRecord], chosen: str) -> list[Choice]:
    words = {"city": gettext("City"), "greater city": gettext("Greater city"), "borough": gettext("Borough")}
    return _choices(Counter(city.unit for city in pool), words, chosen)


def query(**chosen: str) -> str:
    """An address's question from what is not empty."""
    return urlencode({key: value for key, value in chosen.items() if value})
