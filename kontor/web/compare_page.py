"""The compare page: pick cities, indicators and years; small multiples with the same scale side by side."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from kontor.comparison.queries import peers, standings
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.profile import group_series
from kontor.comparison.queries.standings import table
from kontor.errors import Refused
from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition
from kontor.observations.queries.values import Value

from . import as_of, asked, charting, marks, places, wording
from .cities_page import folded, matches

MOST_CITIES = 6
MOST_INDICATORS = 9
FIRST = (
    "road_death_rate",
    "cars_per_1000_residents",
    "municipal_waste_per_resident",
    "infant_mortality",
    "monthly_ticket_price",
    "tertiary_education_share",
)


@dataclass(frozen=True, slots=True)
class CompareCell:
    """One value of the table; `apart` says that it is not comparable and not drawn."""

    value: str
    flags: tuple[marks.FlagMark, ...]
    apart: bool


@dataclass(frozen=True, slots=True)
class Multiple:
    """One indicator: the lines of the chosen cities, and the same numbers as a table."""

    title: str
    unit: str
    url: str
    data_url: str
    json_url: str
    chart: SafeString
    years: tuple[str, ...]
    rows: tuple[tuple[str, tuple[CompareCell, ...]], ...]
    missing: str


def compare_page(request: HttpRequest) -> HttpResponse:
    """`?city=` (code, slug or name, repeated), `?indicator=` (repeated), `?from=`, `?to=`, `?as_of=`."""
    ground = as_of.ground(request)
    cities = _cities(ground, request.GET.getlist("city"))
    definitions = _definitions(request.GET.getlist("indicator"), bool(cities))
    first, last = asked.span(request)
    span = (int(first or 0), int(last or 9999))
    multiples = [_multiple(ground, definition, cities, span) for definition in definitions] if cities else []
    chosen = {definition.code for definition in definitions}
    return render(
        request,
        "web/compare.html",
        {
            "cities": [_city_words(ground, code) for code in cities],
            "multiples": multiples,
            "city_choices": sorted(
                ((city.code, places.marked_name(city)) for city in ground.cities.values()),
                key=lambda item: folded(item[1]),
            ),
            "topics": _topics(chosen),
            "first": first,
            "last": last,
            "most_cities": MOST_CITIES,
            "most_indicators": MOST_INDICATORS,
            "invented": wording.listed(
                ground.cities[code].name(wording.language())
                for code in cities
                if ground.cities[code].demonstration
            ),
            "attributions": marks.attributions(
                source
                for definition in definitions
                for code in cities
                for value in table(ground, definition).by_area.get(code, ())
                for source in value.sources
            ),
            "as_of": ground.known.label,
        },
    )


def _cities(ground: Basis, asked: list[str]) -> list[str]:
    """Codes of the cities asked for by code, slug or name. Refused("city_unknown"), ("too_many")."""
    found: list[str] = []
    for entry in (item.strip() for item in asked if item.strip()):
        code = entry if entry in ground.cities else _code_of(ground, entry)
        if code not in found:
            found.append(code)
    if len(found) > MOST_CITIES:
        raise Refused("too_many", what="city", most=MOST_CITIES)
    return found


def _code_of(ground: Basis, entry: str) -> str:
    wanted = folded(entry)
    for city in ground.cities.values():
        if wanted == city.slug or wanted in {
            folded(name) for name in (*city.names.values(), city.local_name)
        }:
            return city.code
    near = [city.code for city in ground.cities.values() if matches(city, wanted)]
    if len(near) == 1:
        return near[0]
    raise Refused("city_unknown", city=entry[:80])


def _definitions(asked: list[str], some: bool) -> list[Definition]:
    codes = list(dict.fromkeys(code for code in asked if code))
    if not codes and some:
        known = {definition.code for definition in indicators.definitions()}
        codes = [code for code in FIRST if code in known] or sorted(known)[:6]
    if len(codes) > MOST_INDICATORS:
        raise Refused("too_many", what="indicator", most=MOST_INDICATORS)
    return [indicators.definition(code) for code in codes]


def _city_words(ground: Basis, code: str) -> tuple[str, str, str, str]:
    city = ground.cities[code]
    return (
        code,
        city.name(wording.language()),
        reverse("city", args=[city.slug]),
        places.country_name(city.country),
    )


def _topics(chosen: set[str]) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    grouped: dict[str, list[tuple[str, str, bool]]] = {}
    for definition in indicators.definitions():
        entry = (definition.code, wording.text(definition.content["title"]), definition.code in chosen)
        grouped.setdefault(definition.topic, []).append(entry)
    return [(wording.text(codelists.topics()[topic]["title"]), listed) for topic, listed in grouped.items()]


def _multiple(ground: Basis, definition: Definition, cities: list[str], span: tuple[int, int]) -> Multiple:
    values = table(ground, definition)
    lines: list[tuple[str, tuple[Value, ...], bool]] = []
    missing = []
    for place, code in enumerate(cities):
        name = places.marked_name(ground.cities[code])
        within = tuple(v for v in values.by_area.get(code, ()) if span[0] <= int(v.period) <= span[1])
        if within:
            lines.append((name, within, place == 0))
        else:
            missing.append(name)
    years = tuple(sorted({value.period for _, listed, _ in lines for value in listed}))
    drawable = [
        (name, tuple(v for v in listed if _grade(ground, definition, v) != "none"), own)
        for name, listed, own in lines
    ]
    group = tuple(peer.city for peer in peers.group(ground, cities[0], _reporting(ground, definition)))
    return Multiple(
        title=wording.text(definition.content["title"]),
        unit=wording.text(definition.content["unit_label"]),
        url=reverse("indicator", args=[definition.code]),
        data_url=f"{reverse('indicator_data', args=[definition.code, 'csv'])}?area={','.join(cities)}",
        json_url=f"{reverse('indicator_data', args=[definition.code, 'json'])}?area={','.join(cities)}",
        chart=charting.history_of(
            definition,
            drawable,
            [year for year in group_series(ground, definition, group) if year.period in years],
            id=f"multiple-{definition.code}",
            size="large",
        ),
        years=years,
        rows=tuple(_row(ground, name, listed, years, definition) for name, listed, _ in lines),
        missing=wording.listed(missing),
    )


def _reporting(ground: Basis, definition: Definition) -> frozenset[str]:
    try:
        period = standings.period_of(ground, definition)
    except Refused:
        return frozenset()
    return standings.field(ground, definition, period).reporting


def _grade(ground: Basis, definition: Definition, value: Value) -> str:
    return standings.comparabilities(ground, definition, value.period)[value.area].grade


def _row(
    ground: Basis, name: str, listed: tuple[Value, ...], years: tuple[str, ...], definition: Definition
) -> tuple[str, tuple[CompareCell, ...]]:
    known = {value.period: value for value in listed}
    cells = []
    for year in years:
        value = known.get(year)
        if value is None:
            cells.append(CompareCell("–", (), False))
        else:
            text = wording.number(value.value, definition.decimals)
            apart = _grade(ground, definition, value) == "none"
            flags = marks.flag_marks(value.flags, marks.carriers(definition, value))
            cells.append(CompareCell(text, flags, apart))
    return name, tuple(cells)
