"""The city page: what stands out, where the city stands among its peers, and whether that is real or chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.comparison import rules
from kontor.comparison.queries import peers as peer_queries
from kontor.comparison.queries import standings
from kontor.comparison.queries.basis import Basis, basis
from kontor.comparison.queries.profile import Entry, group_series, profile
from kontor.indicators import codelists
from kontor.league import queries as league
from kontor.league.queries import CityRecord

from . import charting, marks, places, wording

KEY_FIGURES = 4
HISTORIES = 6


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One indicator as the page's table and tiles show it."""

    title: str
    url: str
    topic: str
    unit: str
    period: str
    value: str
    limits: str
    median: str
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
    density: str
    distance: str
    close_in: str


@dataclass(frozen=True, slots=True)
class History:
    title: str
    unit: str
    url: str
    chart: SafeString


@dataclass(frozen=True, slots=True)
class ChanceSection:
    heading: str
    sentences: tuple[str, ...]
    chart: SafeString
    caption: str
    title: str
    url: str
    data_url: str


def city_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`?as_of=r1` shows the page as of an earlier release."""
    city = league.city_by_slug(slug)
    if city.slug != slug:
        return HttpResponsePermanentRedirect(reverse("city", args=[city.slug]))
    asked = request.GET.get("as_of") or None
    ground = basis(asked)
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
            "asked_as_of": asked or "",
            "facts": _facts(ground, city),
            "lead": _lead(name, compared),
            "keys": _key_figures(entries, rows),
            "dots": _dots(ground, name, compared) if compared else "",
            "conclusion": _conclusion(name, compared),
            "compared_rows": [rows[entries.index(entry)] for entry in compared],
            "chance": _chance(ground, city, name, entries),
            "histories": _histories(ground, name, entries),
            "topics": _by_topic(rows),
            "notes": _notes(rows),
            "peers": _peer_lines(ground, city),
            "map": places.map_of([city], you=city.code, id="map"),
            "attributions": marks.attributions(
                source for entry in entries for value in entry.series for source in value.sources
            ),
            "compare_url": _compare_url(ground, city),
        },
    )


def _row(entry: Entry) -> FigureRow:
    definition, standing = entry.definition, entry.standing
    decimals, gap = definition.decimals, standing.gap
    return FigureRow(
        title=wording.text(definition.content["title"]),
        url=reverse("indicator", args=[definition.code]),
        topic=definition.topic,
        unit=wording.text(definition.content["unit_label"]),
        period=entry.period,
        value=wording.number(standing.value.value, decimals),
        limits=wording.interval(standing.value.low, standing.value.high, decimals),
        median=wording.number(gap.median, decimals) if gap else "–",
        gap=wording.signed(gap.gap, decimals) if gap else "–",
        gap_limits=wording.interval(gap.low, gap.high, decimals) if gap and standing.value.low is not None else "",
        flags=marks.flag_marks(standing.value.flags),
        comparability=marks.comparability_mark(standing.comparability),
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


def _facts(ground: Basis, city: CityRecord) -> list[tuple[str, str]]:
    facts = []
    structure = peer_queries.structures(ground).get(city.code)
    if structure:
        facts.append(
            (
                gettext("Residents, %(year)s") % {"year": structure.population_period},
                wording.number(structure.population),
            )
        )
    if city.member_since:
        facts.append((gettext("Member since"), str(city.member_since.year)))
    else:
        facts.append((gettext("In the league"), gettext("observed, not a member")))
    return facts


def _strength(entry: Entry) -> float:
    """How far outside its group a value lies, in interquartile ranges; orders what is worth saying first."""
    gap = entry.standing.gap
    if gap is None:
        return 0.0
    spread = gap.quartile_high - gap.quartile_low
    return abs(gap.gap) / spread if spread > 0 else 0.0


def _clear(entries: Sequence[Entry], verdict: str) -> list[Entry]:
    found = [entry for entry in entries if entry.standing.verdict == verdict]
    return sorted(found, key=_strength, reverse=True)


def _titles(entries: Sequence[Entry], limit: int = 2) -> str:
    names = [wording.text(entry.definition.content["title"]) for entry in entries[:limit]]
    joined = gettext("%(first)s and %(second)s")
    return joined % {"first": names[0], "second": names[1]} if len(names) == 2 else (names[0] if names else "")


def _lead(name: str, compared: Sequence[Entry]) -> str:
    """One or two sentences from the clearest differences, both ways."""
    if not compared:
        return gettext("Too few comparable figures are published to set %(city)s beside other cities.") % {"city": name}
    better, worse = _clear(compared, "better"), _clear(compared, "worse")
    parts = []
    if better:
        parts.append(gettext("Better than similar cities: %(what)s.") % {"what": _titles(better)})
    if worse:
        parts.append(gettext("Weaker than similar cities: %(what)s.") % {"what": _titles(worse)})
    return " ".join(parts) or gettext("No published figure differs clearly from those of similar cities.")


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


def _dots(ground: Basis, name: str, compared: Sequence[Entry]) -> SafeString:
    fields = [standings.field(ground, entry.definition, entry.period) for entry in compared]
    return charting.peer_dots_of(compared, fields, city=name, id="peers")


def _conclusion(name: str, compared: Sequence[Entry]) -> dict[str, object]:
    worse, better = _clear(compared, "worse"), _clear(compared, "better")
    lead = worse or better
    if not lead:
        return {
            "heading": gettext("No gap that is more than chance"),
            "sentences": [gettext("Where %(city)s differs from the middle of its group, chance or the spread of the group can explain it.") % {"city": name}],
        }
    first = lead[0]
    title = wording.text(first.definition.content["title"])
    heading = gettext("The gap to close: %(what)s") if worse else gettext("Ahead of the group: %(what)s")
    sentences = [_gap_sentence(entry) for entry in (worse[:2] + better[:1] if worse else better[:2])]
    return {"heading": heading % {"what": title}, "sentences": sentences}


def _gap_sentence(entry: Entry) -> str:
    gap, decimals = entry.standing.gap, entry.definition.decimals
    assert gap is not None  # a verdict of better or worse rests on a gap
    facts = {
        "what": wording.text(entry.definition.content["title"]),
        "value": wording.number(entry.standing.value.value, decimals),
        "unit": wording.text(entry.definition.content["unit_label"]),
        "year": entry.period,
        "median": wording.number(gap.median, decimals),
        "count": wording.number(gap.count),
        "limits": wording.interval(gap.low, gap.high, decimals),
        "gap": wording.signed(gap.gap, decimals),
    }
    if entry.standing.value.low is None:
        return gettext(
            "%(what)s, %(year)s: %(value)s %(unit)s; the middle of %(count)s similar cities is %(median)s."
        ) % facts
    return gettext(
        "%(what)s, %(year)s: %(value)s %(unit)s against %(median)s in the middle of %(count)s similar cities; "
        "the difference is %(gap)s (95 %% limits %(limits)s)."
    ) % facts


def _chance(ground: Basis, city: CityRecord, name: str, entries: Sequence[Entry]) -> ChanceSection | None:
    """The first indicator with counts for which the city has a place in the funnel."""
    entry = next((entry for entry in entries if entry.standing.funnel), None)
    if entry is None:
        return None
    definition = entry.definition
    comparison = standings.compare(ground, definition, entry.period)
    place = entry.standing.funnel
    title = wording.text(definition.content["title"])
    facts = {
        "city": name,
        "value": wording.number(entry.standing.value.value, definition.decimals),
        "unit": wording.text(definition.content["unit_label"]),
        "limits": wording.interval(entry.standing.value.low, entry.standing.value.high, definition.decimals),
        "count": wording.number(entry.standing.value.numerator),
        "league": wording.number(comparison.field.league_value, definition.decimals),
    }
    heading, sentence = _place_words(place)
    certainty = gettext("The value rests on %(count)s cases: with 95 %% certainty the true level lies within %(limits)s.")
    return ChanceSection(
        heading=heading,
        sentences=(sentence % facts, certainty % facts),
        chart=charting.funnel_of(comparison, id="funnel", you=city.code, peers=entry.standing.peers),
        caption=gettext("%(title)s %(unit)s, %(year)s. Shaded: 95 %% and 99.8 %% limits around the value of all cities, widened for differences between cities that counts alone do not explain. Dark dots: the peers.")
        % {"title": title, "unit": facts["unit"], "year": entry.period},
        title=title,
        url=reverse("indicator", args=[definition.code]),
        data_url=f"{reverse('indicator_data', args=[definition.code, 'csv'])}?period={entry.period}",
    )


def _place_words(place: str) -> tuple[str, str]:
    return {
        "inside": (
            gettext("Within what chance explains"),
            gettext("With %(value)s %(unit)s, %(city)s lies inside the funnel around %(league)s: for a city of its size that may be chance."),
        ),
        "below_95": (
            gettext("Below what chance explains"),
            gettext("With %(value)s %(unit)s, %(city)s lies below the 95 %% limit around %(league)s: chance alone would rarely do that."),
        ),
        "above_95": (
            gettext("Above what chance explains"),
            gettext("With %(value)s %(unit)s, %(city)s lies above the 95 %% limit around %(league)s: chance alone would rarely do that."),
        ),
        "below_998": (
            gettext("Far below what chance explains"),
            gettext("With %(value)s %(unit)s, %(city)s lies below even the 99.8 %% limit around %(league)s: chance alone would hardly ever do that."),
        ),
        "above_998": (
            gettext("Far above what chance explains"),
            gettext("With %(value)s %(unit)s, %(city)s lies above even the 99.8 %% limit around %(league)s: chance alone would hardly ever do that."),
        ),
    }[place]


def _histories(ground: Basis, name: str, entries: Sequence[Entry]) -> list[History]:
    """Small multiples of the indicators with the longest series."""
    long = [entry for entry in entries if len(entry.series) >= 4 and entry.definition.direction != "context"]
    return [
        History(
            title=wording.text(entry.definition.content["title"]),
            unit=wording.text(entry.definition.content["unit_label"]),
            url=reverse("indicator", args=[entry.definition.code]),
            chart=charting.history_of(
                entry.definition,
                [(name, entry.series, True)],
                group_series(ground, entry.definition, entry.standing.peers),
                id=f"history-{entry.definition.code}",
                span=(int(entry.series[0].period), int(entry.series[-1].period)),
            ),
        )
        for entry in long[:HISTORIES]
    ]


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
    lines = []
    for peer in peer_queries.group(ground, city.code):
        other, structure = ground.cities[peer.city], known[peer.city]
        far = sorted(peer.shares, key=lambda name: peer.shares[name])
        lines.append(
            PeerLine(
                name=other.name(wording.language()),
                lang=places.html_language(other.name_language(wording.language())),
                url=reverse("city", args=[other.slug]),
                country=places.country_name(other.country),
                population=wording.number(structure.population),
                density=wording.number(structure.density) if structure.density == structure.density else "–",
                distance=wording.number(peer.distance, 2),
                close_in=labels[far[0]] if far else "",
            )
        )
    return lines


def _compare_url(ground: Basis, city: CityRecord) -> str:
    chosen = [city.code, *(peer.city for peer in peer_queries.group(ground, city.code)[:3])]
    return f"{reverse('compare')}?{'&'.join(f'city={code}' for code in chosen)}"


PEERS = rules.PEERS
