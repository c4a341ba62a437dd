"""What needs a question to the provider, one entry for what befell many cities of a country in the same year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import ngettext

from kontor.comparison.queries import holdings
from kontor.comparison.queries.basis import Basis
from kontor.indicators import codelists
from kontor.league.queries import CityRecord
from kontor.observations.queries.findings import FindingRecord

from . import asked, finding_words, places, wording

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class CityLink:
    name: str
    lang: str
    url: str


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """What has to be asked: of one city, or in one entry of several in a country.

    `finding` is the surest of them; its sentence and `confidence` hold for all, or are empty.
    """

    variable: str
    code: str
    finding: finding_words.FindingLine
    sentence: str
    confidence: str
    country: str
    count: str
    cities: tuple[CityLink, ...]


def context(request: HttpRequest, ground: Basis, city: CityRecord | None, variable: str) -> dict[str, object]:
    """The page of entries that `?asked=` names, with its filter by `?kind=`."""
    found = [
        item
        for item in holdings.questions(ground.known)
        if item.area in ground.cities
        and (city is None or item.area == city.code)
        and (not variable or item.variable == variable)
    ]
    kind = asked.choice(request, "kind", finding_words.kinds())
    groups = _grouped(ground, (item for item in found if not kind or item.kind == kind))
    pages = Paginator(groups, PER_PAGE).get_page(request.GET.get("asked"))
    rest = asked.without(request, "kind", "asked")
    return {
        "questions": [_line(ground, items) for items in pages.object_list],
        "question_pages": pages,
        "kind": kind,
        "kinds": [
            (finding_words.kind(code), wording.number(count), f"?{rest}&kind={code}#questions", code == kind)
            for code, count in Counter(item.kind for item in found).most_common()
        ],
        "every_kind": f"?{rest}#questions",
        "question_count": wording.number(len(found)),
        "question_address": asked.without(request, "asked"),
    }


def _grouped(ground: Basis, found: Iterable[FindingRecord]) -> list[list[FindingRecord]]:
    """By variable, kind, country and period, each in the order in which its first one comes."""
    groups: dict[tuple[str, str, str, str], list[FindingRecord]] = {}
    for item in found:
        country = ground.cities[item.area].country
        groups.setdefault((item.variable, item.kind, country, item.period), []).append(item)
    return list(groups.values())


def _line(ground: Basis, items: list[FindingRecord]) -> QuestionLine:
    lines = [finding_words.line(item, ground.cities[item.area]) for item in items]
    cities = [_link(ground.cities[item.area], line.url) for item, line in zip(items, lines, strict=True)]
    count = wording.number(len(cities))
    return QuestionLine(
        variable=wording.text(codelists.variables()[items[0].variable]["title"]),
        code=items[0].variable,
        finding=lines[0],
        sentence=_common(line.sentence for line in lines),
        confidence=_common(line.confidence for line in lines),
        country=places.country_name(ground.cities[items[0].area].country),
        count=ngettext("%(count)s city", "%(count)s cities", len(cities)) % {"count": count},
        cities=tuple(cities),
    )


def _common(sentences: Iterable[str]) -> str:
    """The one sentence that all have; empty where they differ."""
    found = set(sentences)
    return found.pop() if len(found) == 1 else ""


def _link(city: CityRecord, url: str) -> CityLink:
    lang = places.html_language(city.name_language(wording.language()))
    return CityLink(name=places.marked_name(city), lang=lang, url=url)
