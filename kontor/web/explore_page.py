"""The way to any series: choose a city, a variable or both; and what needs a question to the provider."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kontor.comparison.queries import holdings
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.holdings import Holding
from kontor.indicators import codelists
from kontor.league.queries import CityRecord

from . import as_of, asked, places, question_list, wording
from .cities_page import folded, matches

PER_PAGE = 100
MOST_CITIES = 30  # offered where a name fits several


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One series that exists: of a city, named by its variable, or of a variable, named by its city."""

    name: str
    lang: str
    url: str
    code: str
    about: str
    years: str
    count: str


@dataclass(frozen=True, slots=True)
class CityChoice:
    name: str
    lang: str
    country: str
    url: str


def explore_page(request: HttpRequest) -> HttpResponse:
    """`?city=` (code, slug or name), `?variable=`; both lead to the series itself. `?kind=`, `?page=`, `?as_of=`.

    A city or a variable alone narrows the questions too.
    """
    ground = as_of.ground(request)
    variable = asked.choice(request, "variable", holdings.variables(ground.known))
    wanted = request.GET.get("city", "")[:100]
    fitting = _fitting(ground, wanted)
    city = fitting[0] if len(fitting) == 1 else None
    if city and variable:
        return redirect("series", variable=variable, slug=city.slug)
    lines = (
        _of_city(ground, city) if city else _of_variable(ground, variable) if variable and not wanted else []
    )
    pages = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "web/explore.html",
        {
            "city": wanted,
            "found": places.marked_name(city) if city else _title(variable) if lines else "",
            "variable": variable,
            "groups": _groups(ground, city, variable),
            "choices": [_choice(one, variable) for one in fitting[:MOST_CITIES]] if len(fitting) > 1 else [],
            "unknown": bool(folded(wanted)) and not fitting,
            "pages": pages,
            "lines": pages.object_list,
            "question": asked.without(request, "page"),
            **question_list.context(request, ground, city, variable),
        },
    )


def _fitting(ground: Basis, wanted: str) -> list[CityRecord]:
    """The cities meant: the one with this code, address or name, else those whose name or code holds the text."""
    text = folded(wanted)
    if not text:
        return []
    exact = [city for city in ground.cities.values() if text in _names(city)]
    found = exact or [city for city in ground.cities.values() if matches(city, text)]
    return sorted(found, key=lambda city: folded(city.name(wording.language())))


def _names(city: CityRecord) -> set[str]:
    return {city.slug, folded(city.code), *map(folded, (*city.names.values(), city.local_name))}


def _choice(city: CityRecord, variable: str) -> CityChoice:
    url = (
        reverse("series", args=[variable, city.slug])
        if variable
        else f"{reverse('explore')}?city={city.code}"
    )
    return CityChoice(
        name=places.marked_name(city),
        lang=places.html_language(city.name_language(wording.language())),
        country=places.country_name(city.country),
        url=url,
    )


def _title(variable: str) -> str:
    return wording.text(codelists.variables()[variable]["title"])


def _publisher(variable: str) -> str:
    return wording.text(codelists.sources()[codelists.variables()[variable]["source"]]["title"])


def _groups(
    ground: Basis, city: CityRecord | None, chosen: str
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The variables that can be chosen, by publisher: those of the city where one is chosen."""
    codes = (
        [item.variable for item in holdings.of_city(ground, city.code)]
        if city
        else holdings.variables(ground.known)
    )
    grouped: dict[str, list[tuple[str, str, bool]]] = {}
    for code in codes:
        grouped.setdefault(_publisher(code), []).append((code, _title(code), code == chosen))
    return [
        (publisher, sorted(listed, key=lambda item: item[1])) for publisher, listed in sorted(grouped.items())
    ]


def _of_city(ground: Basis, city: CityRecord) -> list[SeriesLine]:
    listed = [
        _line(
            item,
            name=_title(item.variable),
            lang="",
            code=item.variable,
            about=_publisher(item.variable),
            slug=city.slug,
        )
        for item in holdings.of_city(ground, city.code)
    ]
    return sorted(listed, key=lambda line: (line.name, line.code))


def _of_variable(ground: Basis, variable: str) -> list[SeriesLine]:
    lines = []
    for item in holdings.of_variable(ground, variable):
        city = ground.cities[item.area]
        lang = places.html_language(city.name_language(wording.language()))
        about = places.country_name(city.country)
        lines.append(
            _line(item, name=places.marked_name(city), lang=lang, code="", about=about, slug=city.slug)
        )
    return sorted(lines, key=lambda line: folded(line.name))


def _line(item: Holding, *, name: str, lang: str, code: str, about: str, slug: str) -> SeriesLine:
    return SeriesLine(
        name=name,
        lang=lang,
        url=reverse("series", args=[item.variable, slug]),
        code=code,
        about=about,
        years=item.first if item.first == item.last else f"{item.first}–{item.last}",
        count=wording.number(item.count),
    )
