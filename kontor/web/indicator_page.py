"""Indicator pages: the list, the definition with its reasons, the funnel, every city with its limits, the history."""

from __future__ import annotations

from collections import Counter

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.comparison.queries import peers, standings
from kontor.comparison.queries.basis import Basis, basis
from kontor.comparison.queries.standings import Comparison, Standing
from kontor.errors import Refused
from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition
from kontor.league import queries as league

from . import charting, marks, places, wording

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


@dataclass(frozen=True, slots=True)
class CityRow:
    name: str
    lang: str
    url: str
    mine: bool
    demonstration: bool
    country: str
    value: str
    limits: str
    cell: SafeString
    exposure: str
    place: str
    flags: tuple[marks.FlagMark, ...]
    comparability: marks.ComparabilityMark


def kind_words(kind: str) -> str:
    return {
        "count_over_exposure": gettext("count over exposure, exact Poisson limits"),
        "proportion": gettext("proportion, exact binomial limits"),
        "mean": gettext("ratio of full counts, no chance limits"),
        "published_rate": gettext("published rate, no limits known"),
    }[kind]


def direction_words(direction: str) -> str:
    return {
        "lower": gettext("Lower is better"),
        "higher": gettext("Higher is better"),
        "context": gettext("Neither high nor low is better"),
    }[direction]


def indicators_page(request: HttpRequest) -> HttpResponse:
    ground = basis()
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
        cities, value = wording.number(len(field.reporting)), wording.number(field.league_value, definition.decimals)
    except Refused:
        period, cities, value = "–", "0", "–"
    return IndicatorLine(
        title=wording.text(definition.content["title"]),
        url=reverse("indicator", args=[definition.code]),
        short=wording.text(definition.content["short"]),
        unit=wording.text(definition.content["unit_label"]),
        period=period,
        cities=cities,
        league_value=value,
        direction=direction_words(definition.direction),
        kind=kind_words(definition.kind),
    )


def indicator_page(request: HttpRequest, code: str) -> HttpResponse:
    """`?period=`, `?city=` (the reader's own), `?show=` (all, peers, a country), `?sort=`, `?page=`, `?as_of=`."""
    ground = basis(request.GET.get("as_of") or None)
    definition = indicators.definition(code)
    own = request.GET.get("city", "")
    if own and own not in ground.cities:
        raise Refused("city_unknown", city=own)
    context = _words(definition) | {"own": own, "own_name": ground.cities[own].name(wording.language()) if own else ""}
    context["asked_as_of"], context["as_of"] = request.GET.get("as_of", ""), ground.known.label
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
    return render(request, "web/definition.html", _words(definition) | {"is_newest": indicators.definition(code).version == version})


def _words(definition: Definition) -> dict[str, object]:
    content = definition.content
    cities = {city.code: city for city in league.cities()}
    return {
        "definition": definition,
        "title": wording.text(content["title"]),
        "short": wording.text(content["short"]),
        "unit": wording.text(content["unit_label"]),
        "why": wording.text(content["why"]),
        "numerator": wording.text(content["numerator"]),
        "denominator": wording.text(content["denominator"]),
        "small_counts_reason": wording.text(content["small_counts_reason"]),
        "plausible": (wording.axis(definition.plausible_low), wording.axis(definition.plausible_high), wording.text(content["plausible"]["reason"])),
        "topic": wording.text(codelists.topics()[definition.topic]["title"]),
        "kind": kind_words(definition.kind),
        "direction": direction_words(definition.direction),
        "in_force": wording.day(definition.in_force_from),
        "clauses": [(wording.text(item["text"]), wording.text(item["reason"])) for item in content["clauses"]],
        "traps": [wording.text(item["text"]) for item in content["traps"]],
        "inputs": [_input(item) for item in content["inputs"]],
        "crosswalk": [
            (item["standard"], item["edition"], item["code"], _match_words(item["match"]), item["verified"], wording.text(item["note"]))
            for item in content["crosswalk"]
        ],
        "reservations": [
            (cities[item.city], cities[item.city].name(wording.language()), item.clause, wording.text(item.reason),
             item.ends.year if item.ends else "", item.effect, item.demonstration)
            for item in indicators.reservations(definition.code, definition.version)
            if item.city in cities
        ],
        "derogations": [
            (cities[item.city], cities[item.city].name(wording.language()), wording.text(item.reason), item.first_period, item.last_period, item.demonstration)
            for item in indicators.derogations(definition.code, definition.version)
            if item.city in cities
        ],
        "versions": [
            (item.version, wording.day(item.in_force_from), item.sha256, reverse("definition", args=[item.code, item.version]))
            for item in indicators.versions(definition.code)
        ],
    }


def _match_words(match: str) -> str:
    return {
        "exact": gettext("the same"),
        "close": gettext("nearly the same"),
        "broad": gettext("wider than ours"),
        "narrow": gettext("narrower than ours"),
        "related": gettext("related"),
    }[match]


def _input(item: dict[str, object]) -> tuple[str, str, list[str]]:
    """An input's name, its reach in years, and in order the titles of what it is taken from."""
    taken = []
    for source in item["of"]:  # type: ignore[attr-defined]
        if source.startswith("indicator:"):
            taken.append(wording.text(indicators.definition(source.removeprefix("indicator:")).content["title"]))
        else:
            entry = codelists.variables()[source]
            publisher = codelists.sources()[entry["source"]]
            taken.append(f"{wording.text(entry['title'])} ({wording.text(publisher['title'])})")
    return str(item["name"]), str(item.get("max_year_offset", 0)), taken


def _figures(request: HttpRequest, ground: Basis, comparison: Comparison, own: str) -> dict[str, object]:
    field = comparison.field
    definition = field.definition
    show = request.GET.get("show", "all")
    shown = _shown(ground, comparison, show, own)
    sort = request.GET.get("sort", "value")
    shown = _sorted(shown, sort)
    pages = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    domain = charting.limits_domain([s for s in comparison.standings if s.comparability.grade != "none"])
    grades = Counter(field.comparability[code].grade for code in field.values if ground.real(code))
    outside = [s for s in comparison.standings if s.funnel in ("below_998", "above_998") and not s.city.demonstration]
    labelled = sorted(outside, key=lambda s: -(s.value.denominator or 0))[:3]
    words = charting.funnel_words(field) if field.funnel else None
    peer_codes = [peer.city for peer in peers.group(ground, own, field.reporting)] if own else []
    return {
        "comparison": comparison,
        "period": field.period,
        "periods": sorted(standings.coverage(ground, definition), reverse=True),
        "league_value": wording.number(field.league_value, definition.decimals),
        "statistic": field.statistic,
        "city_count": wording.number(len(field.reporting)),
        "funnel": charting.funnel_of(comparison, id="funnel", you=own, peers=peer_codes, labelled=[s.city.code for s in labelled]) if field.funnel else "",
        "funnel_words": words,
        "funnel_sentences": _funnel_sentences(comparison) if words else [],
        "distribution": charting.distribution_of(comparison, id="spread", you=[own] if own else []),
        "rows": [_city_row(s, domain=domain, field=comparison, own=own) for s in pages.object_list],
        "pages": pages,
        "page_links": [(number, _address(request, page=str(number))) for number in pages.paginator.page_range],
        "filters": _filters(request, ground, comparison, show, own),
        "sort": sort,
        "sort_links": {key: _address(request, sort=key, page="") for key in ("name", "size")},
        "sort_value_url": _address(request, sort="-value" if sort == "value" else "value", page=""),
        "grades": [(grade, marks.comparability_mark(type(next(iter(field.comparability.values())))(grade)), wording.number(grades.get(grade, 0))) for grade in ("full", "limited", "none")] if field.comparability else [],
        "flags": marks.flag_marks(sorted({flag for s in comparison.standings for flag in s.value.flags})),
        "attributions": marks.attributions(source for value in field.values.values() for source in value.sources),
        "city_choices": sorted(
            ((s.city.code, s.city.name(wording.language())) for s in comparison.standings), key=lambda item: item[1].casefold()
        ),
    }


def _address(request: HttpRequest, **changed: str) -> str:
    question = request.GET.copy()
    for key, value in changed.items():
        if value:
            question[key] = value
        else:
            question.pop(key, None)
    return f"?{question.urlencode()}#cities"


def _shown(ground: Basis, comparison: Comparison, show: str, own: str) -> list[Standing]:
    listed = list(comparison.standings)
    if show == "peers" and own:
        near = {peer.city for peer in peers.group(ground, own, comparison.field.reporting)} | {own}
        return [s for s in listed if s.city.code in near]
    if show == "full":
        return [s for s in listed if s.comparability.grade == "full"]
    if show == "large":
        known = peers.structures(ground)
        return [s for s in listed if s.city.code in known and known[s.city.code].population >= 500_000]
    if len(show) == 2:
        return [s for s in listed if s.city.country == show]
    return listed


def _sorted(listed: list[Standing], sort: str) -> list[Standing]:
    if sort == "name":
        return sorted(listed, key=lambda s: s.city.name(wording.language()).casefold())
    if sort == "size":
        return sorted(listed, key=lambda s: -(s.value.denominator or 0))
    if sort == "-value":
        return sorted(listed, key=lambda s: -s.value.value)
    return listed


def _filters(request: HttpRequest, ground: Basis, comparison: Comparison, show: str, own: str) -> list[tuple[str, str, bool]]:
    options = [("all", gettext("All, %(count)s") % {"count": wording.number(len(comparison.standings))})]
    if own:
        options.append(("peers", gettext("Peers of %(city)s") % {"city": ground.cities[own].name(wording.language())}))
    full = sum(s.comparability.grade == "full" for s in comparison.standings)
    if 0 < full < len(comparison.standings):
        options.append(("full", gettext("Only fully comparable, %(count)s") % {"count": wording.number(full)}))
    options.append(("large", gettext("Over 500 000 residents").replace("500 000", wording.number(500_000))))
    countries = Counter(s.city.country for s in comparison.standings)
    options += [(code, f"{places.country_name(code)}, {wording.number(count)}") for code, count in countries.most_common(6) if len(countries) > 1]
    return [(text, _address(request, show=value if value != "all" else "", page=""), value == show) for value, text in options]


def _city_row(standing: Standing, *, domain: tuple[float, float], field: Comparison, own: str) -> CityRow:
    definition, city = field.field.definition, standing.city
    mine = city.code == own
    return CityRow(
        name=city.name(wording.language()),
        lang=places.html_language(city.name_language(wording.language())),
        url=reverse("city", args=[city.slug]),
        mine=mine,
        demonstration=city.demonstration,
        country=places.country_name(city.country),
        value=wording.number(standing.value.value, definition.decimals),
        limits=wording.interval(standing.value.low, standing.value.high, definition.decimals),
        cell=charting.interval_of(standing, domain=domain, mean=field.field.league_value, you=mine),
        exposure=wording.number(standing.value.denominator) if standing.value.denominator is not None else "",
        place=place_words(standing.funnel),
        flags=marks.flag_marks(standing.value.flags),
        comparability=marks.comparability_mark(standing.comparability),
    )


def place_words(place: str) -> str:
    return {
        "": "",
        "inside": gettext("within chance"),
        "below_95": gettext("below 95 %"),
        "above_95": gettext("above 95 %"),
        "below_998": gettext("below 99.8 %"),
        "above_998": gettext("above 99.8 %"),
    }[place]


def _funnel_sentences(comparison: Comparison) -> list[str]:
    field = comparison.field
    places_of = Counter(field.places[code] for code in field.reporting)
    low = places_of["below_95"] + places_of["below_998"]
    high = places_of["above_95"] + places_of["above_998"]
    facts = {"low": wording.number(low), "high": wording.number(high)}
    sentences = [
        gettext("%(low)s cities lie lower than chance explains, %(high)s higher. For all others, a place in a ranking would be a lottery.") % facts
    ]
    phi = field.funnel.phi if field.funnel else float("nan")
    if phi == phi and phi > 1:
        sentences.append(
            gettext("The cities differ more than counts alone explain (overdispersion %(phi)s); the funnel is widened for that.")
            % {"phi": wording.number(phi, 2)}
        )
    return sentences


