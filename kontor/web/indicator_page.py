"""Indicator pages: the list, the definition with its reasons, the funnel, every city with its "
"limits, the history."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from kontor.comparison.queries import peers, standings
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.standings import Comparison, Field
from kontor.comparison.rules import Comparability
from kontor.errors import Refused
from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition

from . import as_of, asked, charting, definition_words, indicator_table, marks, places, wording

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    title: str
    url: str
    short: str
    unit: str
    period: str
    cities: str
    league_value: str
    direction: str
    kind: str


def indicators_page(request: HttpRequest) -> HttpResponse:
    ground = as_of.ground(request)
    grouped: dict[str, list[IndicatorLine]] = {}
    for definition in indicators.definitions():
        grouped.setdefault(definition.topic, []).append(_line(ground, definition))
    topics = codelists.topics()
    return render(
        request,
        "web/indicators.html",
        {
            "topics": [
                (wording.text(topics[topic]["title"]), wording.text(topics[topic]["sentence"]), lines)
                for topic, lines in grouped.items()
            ],
            "count": sum(map(len, grouped.values())),
        },
    )


def _line(ground: Basis, definition: Definition) -> IndicatorLine:
    try:
        period = standings.period_of(ground, definition)
        field = standings.field(ground, definition, period)
        cities, value = (
            charting.cities_count(len(field.reporting)),
            wording.number(field.league_value, definition.decimals),
        )
    except Refused:
        period, cities, value = "–", charting.cities_count(0), "–"
    return IndicatorLine(
        title=wording.text(definition.content["title"]),
        url=reverse("indicator", args=[definition.code]),
        short=wording.text(definition.content["short"]),
        unit=wording.text(definition.content["unit_label"]),
        period=period,
        cities=cities,
        league_value=value,
        direction=definition_words.direction_words(definition.direction),
        kind=definition_words.kind_words(definition.kind),
    )


def indicator_page(request: HttpRequest, code: str) -> HttpResponse:
    """`?period=`, `?city=` (the reader's own), `?show=` (all, peers, a country), `?sort=`, "
    "`?page=`, `?as_of=`."""
    ground = as_of.ground(request)
    definition = indicators.definition(code)
    own = request.GET.get("city", "")
    if own and own not in ground.cities:
        raise Refused("city_unknown", city=own)
    context = definition_words.words(definition) | {
        "own": own,
        "own_name": ground.cities[own].name(wording.language()) if own else "",
    }
    context["as_of"] = ground.known.label
    try:
        comparison = standings.compare(ground, definition, request.GET.get("period") or None)
    except Refused as refusal:
        if refusal.code != "no_figures":
            raise
        return render(request, "web/indicator.html", context)
    context |= _figures(request, ground, comparison, own)
    return render(request, "web/indicator.html", context)


def version_page(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """One version of a definition, for ever at this address."""
    definition = indicators.definition(code, version)
    return render(
        request,
        "web/definition.html",
        definition_words.words(definition) | {"is_newest": indicators.definition(code).version == version},
    )


def _figures(request: HttpRequest, ground: Basis, comparison: Comparison, own: str) -> dict[str, object]:
    """What a page with figures shows beside the definition."""
    field = comparison.field
    return {
        "comparison": comparison,
        "period": field.period,
        "periods": sorted(standings.coverage(ground, field.definition), reverse=True),
        "league_value": wording.number(field.league_value, field.definition.decimals),
        "statistic": field.statistic,
        "city_count": wording.number(len(field.reporting)),
        "distribution": charting.distribution_of(comparison, id="spread", you=[own] if own else []),
        "grades": _grades(ground, field),
        "flags": marks.flag_marks(sorted({flag for s in comparison.standings for flag in s.value.flags})),
        "attributions": marks.attributions(
            source for value in field.values.values() for source in value.sources
        ),
        "city_choices": sorted(
            ((s.city.code, places.marked_name(s.city)) for s in comparison.standings),
            key=lambda item: item[1].casefold(),
        ),
        **_funnel(ground, comparison, own),
        **_table(request, ground, comparison, own),
    }


def _grades(ground: Basis, field: Field) -> list[tuple[str, marks.ComparabilityMark, str]]:
    counted = Counter(field.comparability[code].grade for code in field.values if ground.real(code))
    return [
        (grade, marks.comparability_mark(Comparability(grade)), wording.number(counted[grade]))
        for grade in ("full", "limited", "none")
    ]


def _funnel(ground: Basis, comparison: Comparison, own: str) -> dict[str, object]:
    """The funnel with the reader's city, its peers and the three largest cities far outside."""
    field = comparison.field
    if not field.funnel:
        return {"funnel": "", "funnel_words": None, "funnel_sentences": []}
    far = [s for s in comparison.standings if s.funnel.endswith("998") and not s.city.demonstration]
    named = sorted(far, key=lambda s: -(s.value.denominator or 0))[:3]
    near = [peer.city for peer in peers.group(ground, own, field.reporting)] if own else []
    return {
        "funnel": charting.funnel_of(
            comparison, id="funnel", you=own, peers=near, labelled=[s.city.code for s in named]
        ),
        "funnel_words": charting.funnel_words(field),
        "funnel_sentences": _funnel_sentences(comparison),
    }


def _table(request: HttpRequest, ground: Basis, comparison: Comparison, own: str) -> dict[str, object]:
    """One page of the table of cities, with its filters and orders."""
    show = asked.choice(request, "show", indicator_table.shows(comparison, own)) or "all"
    sort = asked.choice(request, "sort", indicator_table.ORDERS) or "value"
    listed = indicator_table.in_order(indicator_table.shown(ground, comparison, show, own), sort)
    pages = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    domain = charting.limits_domain(
        [s for s in comparison.standings if s.comparability.grade != "none" and not s.city.demonstration]
    )
    address = indicator_table.address
    return {
        "rows": [
            indicator_table.city_row(s, domain=domain, field=comparison, own=own) for s in pages.object_list
        ],
        "pages": pages,
        "page_links": [(number, address(request, page=str(number))) for number in pages.paginator.page_range],
        "filters": indicator_table.filters(request, ground, comparison, show, own),
        "sort": sort,
        "sort_links": {key: address(request, sort=key, page="") for key in ("name", "size")},
        "sort_value_url": address(request, sort="-value" if sort == "value" else "value", page=""),
    }


def _funnel_sentences(comparison: Comparison) -> list[str]:
    field = comparison.field
    places_of = Counter(field.places[code] for code in field.reporting)
    low = places_of["below_95"] + places_of["below_998"]
    high = places_of["above_95"] + places_of["above_998"]
    facts = {"low": wording.number(low), "high": wording.number(high)}
    sentences = [
        gettext(
            "%(low)s cities lie below the 95 %% limits, %(high)s above them. For all others, a place "
            "in a ranking would be a lottery."
        )
        % facts
    ]
    phi = field.funnel.phi if field.funnel else float("nan")
    if phi == phi and phi > 1:
        sentences.append(
            gettext(
                "The cities differ more than counts alone explain (overdispersion %(phi)s); the "
                "funnel is widened for that."
            )
            % {"phi": wording.number(phi, 2)}
        )
    return sentences
