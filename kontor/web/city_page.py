"""The city page: what stands out, where the city stands among its peers, and whether that is real or chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.comparison.queries import holdings, standings
from kontor.comparison.queries import peers as peer_queries
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.profile import Entry, group_series, profile
from kontor.indicators import codelists
from kontor.indicators.queries import Definition
from kontor.league import queries as league
from kontor.league.queries import CityRecord
from kontor.observations.queries.values import Value

from . import as_of, charting, city_words, figure_words, marks, places, wording

KEY_FIGURES = 4
HISTORIES = 6
DOTS_PER_TOPIC = 2  # the chart shows the most telling; the table below it shows all


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One indicator as the page's table and tiles show it."""

    title: str
    url: str
    topic: str
    unit: str
    inputs: tuple[figure_words.InputLink, ...]
    period: str
    value: str
    limits: str
    median: str
    peers_url: str
    gap: str
    gap_limits: str
    flags: tuple[marks.FlagMark, ...]
    comparability: marks.ComparabilityMark
    verdict: marks.VerdictMark
    spark: SafeString
    peers: int


@dataclass(frozen=True, slots=True)
class PeerLine:
    name: str
    lang: str
    url: str
    country: str
    population: str
    flags: tuple[marks.FlagMark, ...]
    density: str
    growth: str
    kind: str
    distance: str
    close_in: str
    own: bool


@dataclass(frozen=True, slots=True)
class History:
    title: str
    unit: str
    url: str
    chart: SafeString
    cells: tuple[tuple[str, tuple[marks.FlagMark, ...]], ...]


def city_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`?as_of=r1` shows the page as of an earlier release."""
    city = league.city_by_slug(slug)
    if city.slug != slug:
        return HttpResponsePermanentRedirect(reverse("city", args=[city.slug]))
    ground = as_of.ground(request)
    entries = profile(ground, city.code)
    rows = tuple(_row(entry) for entry in entries)
    compared = [entry for entry in entries if entry.standing.verdict not in ("too_few", "not_comparable")]
    name = city.name(wording.language())
    return render(
        request,
        "web/city.html",
        {
            "city": city,
            "name": name,
            "name_lang": places.html_language(city.name_language(wording.language())),
            "other_name": _other_name(city, name),
            "country": places.country_name(city.country),
            "kind": places.kind(city),
            "as_of": ground.known.label,
            "facts": _facts(ground, city),
            "lead": city_words.lead(name, compared),
            "keys": _key_figures(entries, rows),
            "dots": _dots(ground, name, _telling(compared)) if compared else "",
            "conclusion": city_words.conclusion(name, compared),
            "compared_rows": [rows[entries.index(entry)] for entry in _telling(compared)],
            "chance": city_words.chance(ground, city, name, entries),
            "histories": _histories(ground, name, entries),
            "history_years": _history_years(entries),
            "topics": _by_topic(rows),
            "notes": _notes(rows),
            "peers": _peer_lines(ground, city),
            "peer_count": len(peer_queries.group(ground, city.code)),
            "marked_name": places.marked_name(city),
            "map": places.map_of([city], you=city.code, id="map"),
            "attributions": marks.attributions(
                source for entry in entries for value in entry.series for source in value.sources
            ),
            "compare_url": _compare_url(ground, city),
            "questions": sum(item.area == city.code for item in holdings.questions(ground.known)),
        },
    )


def _row(entry: Entry) -> FigureRow:
    definition, standing = entry.definition, entry.standing
    url = reverse("indicator", args=[definition.code])
    decimals, gap = definition.decimals, standing.gap
    carriers = marks.carriers(definition, standing.value)
    return FigureRow(
        title=wording.text(definition.content["title"]),
        url=url,
        topic=definition.topic,
        unit=wording.text(definition.content["unit_label"]),
        inputs=figure_words.inputs(standing.city, standing.value),
        period=entry.period,
        value=wording.number(standing.value.value, decimals),
        limits=wording.interval(standing.value.low, standing.value.high, decimals),
        median=wording.number(gap.median, decimals) if gap else "–",
        peers_url=f"{url}?city={standing.city.code}&period={entry.period}&show=peers#cities",
        gap=wording.difference(standing.value.value, gap.median, decimals) if gap else "–",
        gap_limits=wording.interval(gap.low, gap.high, decimals)
        if gap and standing.value.low is not None
        else "",
        flags=marks.flag_marks(standing.value.flags, carriers),
        comparability=marks.comparability_mark(standing.comparability, carriers, standing.value.findings),
        verdict=marks.verdict_mark(standing, definition),
        spark=charting.spark_of(entry.series),
        peers=gap.count if gap else 0,
    )


def _other_name(city: CityRecord, shown: str) -> tuple[str, str]:
    """The local name, or the Chinese one on a page in another script; with its language."""
    if city.local_name != shown:
        return city.local_name, places.html_language(city.local_language)
    chinese = city.names.get("zh-hans", "")
    return (chinese, "zh-Hans") if chinese and chinese != shown else ("", "")


def _facts(ground: Basis, city: CityRecord) -> list[tuple[str, str, tuple[marks.FlagMark, ...]]]:
    """Terms with what is to be said of them, and the flags of a figure."""
    facts: list[tuple[str, str, tuple[marks.FlagMark, ...]]] = []
    structure = peer_queries.structures(ground).get(city.code)
    if structure:
        facts.append(
            (
                gettext("Residents, %(year)s") % {"year": structure.population_period},
                wording.number(structure.population),
                marks.flag_marks(structure.population_flags),
            )
        )
    if city.member_since:
        facts.append((gettext("Member since"), str(city.member_since.year), ()))
    else:
        facts.append((gettext("In the league"), gettext("observed, not a member"), ()))
    return facts


def _key_figures(entries: Sequence[Entry], rows: Sequence[FigureRow]) -> list[FigureRow]:
    """One per topic, those with a verdict and a direction first."""

    def order(place: int) -> tuple[bool, bool, int]:
        entry = entries[place]
        return (
            entry.standing.verdict in ("too_few", "not_comparable"),
            entry.definition.direction == "context",
            place,
        )

    chosen: list[int] = []
    for place in sorted(range(len(entries)), key=order):
        if all(entries[place].definition.topic != entries[other].definition.topic for other in chosen):
            chosen.append(place)
    return [rows[place] for place in sorted(chosen[:KEY_FIGURES])]


def _telling(compared: Sequence[Entry]) -> list[Entry]:
    """The two indicators per topic that lie farthest from the group and have a direction, in the order of the page."""
    chosen: list[Entry] = []
    for topic in dict.fromkeys(entry.definition.topic for entry in compared):
        of_topic = [
            e for e in compared if e.definition.topic == topic and e.definition.direction != "context"
        ]
        chosen += sorted(of_topic, key=city_words.strength, reverse=True)[:DOTS_PER_TOPIC]
    return [entry for entry in compared if entry in chosen] or list(compared[:6])


def _dots(ground: Basis, name: str, compared: Sequence[Entry]) -> SafeString:
    fields = [standings.field(ground, entry.definition, entry.period) for entry in compared]
    return charting.peer_dots_of(ground, compared, fields, city=name, id="peers")


def _long(entries: Sequence[Entry]) -> list[Entry]:
    """The first indicators with a direction and at least four years, for the small multiples."""
    found = [e for e in entries if len(e.series) >= 4 and e.definition.direction != "context"]
    return found[:HISTORIES]


def _history_years(entries: Sequence[Entry]) -> list[str]:
    return sorted({value.period for entry in _long(entries) for value in entry.series})


def _histories(ground: Basis, name: str, entries: Sequence[Entry]) -> list[History]:
    """Small multiples, with the same numbers as cells of a table over `_history_years`."""
    years = _history_years(entries)
    histories = []
    for entry in _long(entries):
        known = {value.period: _cell(entry.definition, value) for value in entry.series}
        chart = charting.history_of(
            entry.definition,
            [(name, entry.series, True)],
            group_series(ground, entry.definition, entry.standing.peers),
            id=f"history-{entry.definition.code}",
            span=(int(entry.series[0].period), int(entry.series[-1].period)),
        )
        histories.append(
            History(
                title=wording.text(entry.definition.content["title"]),
                unit=wording.text(entry.definition.content["unit_label"]),
                url=reverse("indicator", args=[entry.definition.code]),
                chart=chart,
                cells=tuple(known.get(year, ("–", ())) for year in years),
            )
        )
    return histories


def _cell(definition: Definition, value: Value) -> tuple[str, tuple[marks.FlagMark, ...]]:
    flags = marks.flag_marks(value.flags, marks.carriers(definition, value))
    return wording.number(value.value, definition.decimals), flags


def _by_topic(rows: Sequence[FigureRow]) -> list[tuple[str, list[FigureRow]]]:
    grouped: dict[str, list[FigureRow]] = {}
    for row in rows:
        grouped.setdefault(row.topic, []).append(row)
    return [(wording.text(codelists.topics()[topic]["title"]), listed) for topic, listed in grouped.items()]


def _notes(rows: Sequence[FigureRow]) -> list[tuple[str, list[FigureRow]]]:
    """Each reason once, with the figures it touches; what is not comparable at all first."""
    touched: dict[str, list[FigureRow]] = {}
    for row in sorted(rows, key=lambda row: row.comparability.grade != "none"):
        for reason in row.comparability.reasons:
            touched.setdefault(reason, []).append(row)
    return list(touched.items())


def _peer_lines(ground: Basis, city: CityRecord) -> list[PeerLine]:
    known = peer_queries.structures(ground)
    labels = {
        "population": gettext("population"),
        "density": gettext("density"),
        "growth": gettext("growth"),
    }
    chosen = peer_queries.group(ground, city.code)
    lines = [_peer_line(city, known[city.code], distance="", close_in="", own=True)] if chosen else []
    for peer in chosen:
        near = min(peer.shares, key=lambda name: peer.shares[name], default="")
        lines.append(
            _peer_line(
                ground.cities[peer.city],
                known[peer.city],
                distance=wording.number(peer.distance, 2),
                close_in=labels.get(near, ""),
            )
        )
    return lines


def _peer_line(
    city: CityRecord, structure: peer_queries.Structure, *, distance: str, close_in: str, own: bool = False
) -> PeerLine:
    def known(value: float, decimals: int = 0) -> str:
        return wording.number(value, decimals) if value == value else "–"

    return PeerLine(
        name=city.name(wording.language()),
        lang=places.html_language(city.name_language(wording.language())),
        url=reverse("city", args=[city.slug]),
        country=places.country_name(city.country),
        population=wording.number(structure.population),
        flags=marks.flag_marks(structure.population_flags),
        density=known(structure.density),
        growth=known(structure.growth, 1),
        kind=places.kind(city),
        distance=distance,
        close_in=close_in,
        own=own,
    )


def _compare_url(ground: Basis, city: CityRecord) -> str:
    chosen = [city.code, *(peer.city for peer in peer_queries.group(ground, city.code)[:3])]
    return f"{reverse('compare')}?{'&'.join(f'city={code}' for code in chosen)}"
