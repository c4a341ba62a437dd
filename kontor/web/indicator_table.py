"""The table of all cities on an indicator's page: what is shown, in which order, how each row reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.comparison.queries import peers
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.standings import Comparison, Standing

from . import charting, figure_words, marks, places, wording


@dataclass(frozen=True, slots=True)
class CityRow:
    name: str
    lang: str
    url: str
    inputs: tuple[figure_words.InputLink, ...]
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


def address(request: HttpRequest, **changed: str) -> str:
    question = request.GET.copy()
    for key, value in changed.items():
        if value:
            question[key] = value
        else:
            question.pop(key, None)
    return f"?{question.urlencode()}#cities"


ORDERS = ("value", "-value", "name", "size")


def shows(comparison: Comparison, own: str) -> set[str]:
    """What the table can be narrowed to; the peers of a city only where one is marked."""
    countries = {standing.city.country for standing in comparison.standings}
    return countries | {"all", "real", "full", "large"} | ({"peers"} if own else set())


def shown(ground: Basis, comparison: Comparison, show: str, own: str) -> list[Standing]:
    listed = list(comparison.standings)
    if show == "peers" and own:
        near = {peer.city for peer in peers.group(ground, own, comparison.field.reporting)} | {own}
        return [s for s in listed if s.city.code in near]
    if show == "real":
        return [s for s in listed if not s.city.demonstration]
    if show == "full":
        return [s for s in listed if s.comparability.grade == "full"]
    if show == "large":
        known = peers.structures(ground)
        return [s for s in listed if s.city.code in known and known[s.city.code].population >= 500_000]
    if len(show) == 2:
        return [s for s in listed if s.city.country == show]
    return listed


def in_order(listed: list[Standing], sort: str) -> list[Standing]:
    """In the order asked for; what is not comparable stands last in any order but that of names."""
    if sort == "name":
        return sorted(listed, key=lambda s: s.city.name(wording.language()).casefold())
    if sort == "size":
        return sorted(listed, key=lambda s: (s.comparability.grade == "none", -(s.value.denominator or 0)))
    if sort == "-value":
        return sorted(listed, key=lambda s: (s.comparability.grade == "none", -s.value.value))
    return sorted(listed, key=lambda s: s.comparability.grade == "none")


def filters(
    request: HttpRequest, ground: Basis, comparison: Comparison, show: str, own: str
) -> list[tuple[str, str, bool]]:
    options = [("all", gettext("All, %(count)s") % {"count": wording.number(len(comparison.standings))})]
    if own:
        options.append(
            ("peers", gettext("Peers of %(city)s") % {"city": ground.cities[own].name(wording.language())})
        )
    full = sum(s.comparability.grade == "full" for s in comparison.standings)
    if 0 < full < len(comparison.standings):
        options.append(
            ("full", gettext("Only fully comparable, %(count)s") % {"count": wording.number(full)})
        )
    real = sum(not s.city.demonstration for s in comparison.standings)
    if real < len(comparison.standings):
        text = gettext("Without invented cities, %(count)s") % {"count": wording.number(real)}
        options.append(("real", text))
    options.append(("large", gettext("Over 500 000 residents").replace("500 000", wording.number(500_000))))
    countries = Counter(s.city.country for s in comparison.standings)
    options += [
        (code, wording.listed((places.country_name(code), wording.number(count))))
        for code, count in countries.most_common(6)
        if len(countries) > 1
    ]
    return [
        (text, address(request, show=value if value != "all" else "", page=""), value == show)
        for value, text in options
    ]


def city_row(standing: Standing, *, domain: tuple[float, float], field: Comparison, own: str) -> CityRow:
    definition, city = field.field.definition, standing.city
    mine = city.code == own
    carriers = marks.carriers(definition, standing.value)
    return CityRow(
        name=city.name(wording.language()),
        lang=places.html_language(city.name_language(wording.language())),
        url=reverse("city", args=[city.slug]),
        inputs=figure_words.inputs(city, standing.value),
        mine=mine,
        demonstration=city.demonstration,
        country=places.country_name(city.country),
        value=wording.number(standing.value.value, definition.decimals),
        limits=wording.interval(standing.value.low, standing.value.high, definition.decimals),
        cell=charting.interval_of(standing, domain=domain, mean=field.field.league_value, you=mine),
        exposure=wording.number(standing.value.denominator) if standing.value.denominator is not None else "",
        place=place_words(standing.funnel),
        flags=marks.flag_marks(standing.value.flags, carriers),
        comparability=marks.comparability_mark(standing.comparability, carriers, standing.value.findings),
    )


def place_words(place: str) -> str:
    return {
        "": "",
        "inside": gettext("inside"),
        "below_95": gettext("below the 95 % limit"),
        "above_95": gettext("above the 95 % limit"),
        "below_998": gettext("below the 99.8 % limit"),
        "above_998": gettext("above the 99.8 % limit"),
    }[place]
