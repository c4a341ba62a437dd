"""The way to any series: choose a city, a variable or both; and what needs a question to the provider."""

from __future__ import annotations

from collections import Counter
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
from kontor.observations.queries.findings import FindingRecord

from . import as_of, asked, finding_words, places, wording
from .cities_page import folded, matches

PER_PAGE = 100
QUESTIONS = 25  # on a page
MOST_CITIES = 30  # offered where a name fits several


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One series that exists: of a city, named by its variable, or of a variable, named by its city."""

    name: str
    lang: str
    url: str
    about: str
    years: str
    count: str


@dataclass(frozen=True, slots=True)
class CityChoice:
    name: str
    lang: str
    country: str
    url: str


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A figure that needs an answer of its provider."""

    city: str
    lang: str
    variable: str
    finding: finding_words.FindingLine


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
            "question": _question(request, "page"),
            **_questions(request, ground, city, variable),
        },
    )


def _question(request: HttpRequest, *without: str) -> str:
    """What was asked, for links that change a part of it."""
    kept = request.GET.copy()
    for name in without:
        kept.pop(name, None)
    return kept.urlencode()


def _questions(
    request: HttpRequest, ground: Basis, city: CityRecord | None, variable: str
) -> dict[str, object]:
    """What needs a question to the provider, with its filter by kind."""
    found = [
        item
        for item in holdings.questions(ground.known)
        if item.area in ground.cities
        and (city is None or item.area == city.code)
        and (not variable or item.variable == variable)
    ]
    kind = asked.choice(request, "kind", finding_words.kinds())
    chosen = [item for item in found if not kind or item.kind == kind]
    pages = Paginator(chosen, QUESTIONS).get_page(request.GET.get("asked"))
    rest = _question(request, "kind", "asked")
    return {
        "questions": [_question_line(ground, item) for item in pages.object_list],
        "question_pages": pages,
        "kind": kind,
        "kinds": [
            (finding_words.kind(code), wording.number(count), f"?{rest}&kind={code}#questions", code == kind)
            for code, count in Counter(item.kind for item in found).most_common()
        ],
        "every_kind": f"?{rest}#questions",
        "question_count": wording.number(len(found)),
        "question_address": _question(request, "asked"),
    }


def _question_line(ground: Basis, item: FindingRecord) -> QuestionLine:
    city = ground.cities[item.area]
    return QuestionLine(
        city=places.marked_name(city),
        lang=places.html_language(city.name_language(wording.language())),
        variable=_title(item.variable),
        finding=finding_words.line(item, city),
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
        publisher = wording.text(codelists.sources()[codelists.variables()[code]["source"]]["title"])
        grouped.setdefault(publisher, []).append((code, _title(code), code == chosen))
    return [
        (publisher, sorted(listed, key=lambda item: item[1])) for publisher, listed in sorted(grouped.items())
    ]


def _of_city(ground: Basis, city: CityRecord) -> list[SeriesLine]:
    listed = [
        _line(item, name=_title(item.variable), lang="", about=item.variable, slug=city.slug)
        for item in holdings.of_city(ground, city.code)
    ]
    return sorted(listed, key=lambda line: line.name)


def _of_variable(ground: Basis, variable: str) -> list[SeriesLine]:
    lines = []
    for item in holdings.of_variable(ground, variable):
        city = ground.cities[item.area]
        lang = places.html_language(city.name_language(wording.language()))
        about = places.country_name(city.country)
        lines.append(_line(item, name=places.marked_name(city), lang=lang, about=about, slug=city.slug))
    return sorted(lines, key=lambda line: folded(line.name))


def _line(item: Holding, *, name: str, lang: str, about: str, slug: str) -> SeriesLine:
    return SeriesLine(
        name=name,
        lang=lang,
        url=reverse("series", args=[item.variable, slug]),
        about=about,
        years=item.first if item.first == item.last else f"{item.first}–{item.last}",
        count=wording.number(item.count),
    )
