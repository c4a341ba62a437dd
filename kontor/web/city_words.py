"""What the city page says in sentences: the lead, the conclusion beside the peers, real or chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.comparison.queries import standings
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.profile import Entry
from kontor.comparison.queries.standings import Standing
from kontor.indicators.queries import Definition
from kontor.league.queries import CityRecord

from . import charting, indicator_table, places, wording


@dataclass(frozen=True, slots=True)
class ChanceSection:
    heading: str
    sentences: tuple[str, ...]
    chart: SafeString
    caption: str
    title: str
    url: str
    data_url: str
    json_url: str
    rows: tuple[FunnelRow, ...]


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A city that the funnel marks: the reader's own or a peer."""

    name: str
    url: str
    value: str
    limits: str
    exposure: str
    place: str
    mine: bool


def strength(entry: Entry) -> float:
    """How far outside its group a value lies, in interquartile ranges; orders what is worth saying first."""
    gap = entry.standing.gap
    if gap is None:
        return 0.0
    spread = gap.quartile_high - gap.quartile_low
    return abs(gap.gap) / spread if spread > 0 else 0.0


def clear(entries: Sequence[Entry], verdict: str) -> list[Entry]:
    """Entries with this verdict: differences beyond chance first, then by how far outside the group they lie."""
    found = [entry for entry in entries if entry.standing.verdict == verdict]
    return sorted(found, key=lambda entry: (tested(entry), strength(entry)), reverse=True)


def tested(entry: Entry) -> bool:
    """Whether the verdict rests on limits, so that chance was asked."""
    return entry.standing.value.low is not None


def _titles(entries: Sequence[Entry], limit: int = 2) -> str:
    named = [
        f"{wording.text(entry.definition.content['title'])} ({entry.period})" for entry in entries[:limit]
    ]
    return wording.listed(named)


def lead(name: str, compared: Sequence[Entry]) -> str:
    """The clearest differences both ways: those beyond chance, else those outside the middle half of the group."""
    if not compared:
        return gettext("Too few comparable figures are published to set %(city)s beside other cities.") % {
            "city": name
        }
    better, worse = clear(compared, "better"), clear(compared, "worse")
    phrases = (
        (gettext("Better than similar cities, beyond chance: %(what)s."), [e for e in better if tested(e)]),
        (gettext("Weaker than similar cities, beyond chance: %(what)s."), [e for e in worse if tested(e)]),
        (gettext("In the better quarter of similar cities: %(what)s."), [e for e in better if not tested(e)]),
        (gettext("In the weaker quarter of similar cities: %(what)s."), [e for e in worse if not tested(e)]),
    )
    told = [phrase % {"what": _titles(found)} for phrase, found in phrases if found]
    return wording.sentences(told) or gettext(
        "No published figure differs clearly from those of similar cities."
    )


def conclusion(name: str, compared: Sequence[Entry]) -> dict[str, object]:
    """Heading and sentences beside the chart of peers: what is behind, else what is ahead, else that nothing is."""
    worse, better = clear(compared, "worse"), clear(compared, "better")
    if worse and tested(worse[0]):
        heading, found = gettext("The gap to close: %(what)s"), worse
    elif worse:
        heading, found = gettext("In the weaker quarter: %(what)s"), worse
    elif better:
        heading, found = gettext("Ahead of the group: %(what)s"), better
    else:
        sentence = gettext(
            "Where %(city)s differs from the middle of its group, chance or the spread of "
            "the group can explain it."
        )
        return {
            "heading": gettext("No gap that is more than chance"),
            "sentences": [sentence % {"city": name}],
        }
    title = wording.text(found[0].definition.content["title"])
    return {"heading": heading % {"what": title}, "sentences": [_gap_sentence(entry) for entry in found[:2]]}


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
        "gap": wording.difference(entry.standing.value.value, gap.median, decimals),
    }
    if entry.standing.value.low is None:
        return (
            gettext(
                "%(what)s, %(year)s: %(value)s %(unit)s; the middle of %(count)s similar cities is %(median)s."
            )
            % facts
        )
    return (
        gettext(
            "%(what)s, %(year)s: %(value)s %(unit)s against %(median)s in the middle of %(count)s "
            "similar cities; "
            "the difference is %(gap)s (95 %% limits %(limits)s)."
        )
        % facts
    )


def chance(ground: Basis, city: CityRecord, name: str, entries: Sequence[Entry]) -> ChanceSection | None:
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
    certainty = gettext(
        "The value rests on %(count)s cases: with 95 %% certainty the true level lies within %(limits)s."
    )
    return ChanceSection(
        heading=heading,
        sentences=(sentence % facts, certainty % facts),
        chart=charting.funnel_of(comparison, id="funnel", you=city.code, peers=entry.standing.peers),
        caption=gettext(
            "%(title)s %(unit)s, %(year)s. Shaded: 95 %% and 99.8 %% limits around the value of all "
            "cities, widened for differences between cities that counts alone do not explain. Dark "
            "dots: the peers."
        )
        % {"title": title, "unit": facts["unit"], "year": entry.period},
        title=title,
        url=f"{reverse('indicator', args=[definition.code])}?city={city.code}&period={entry.period}",
        data_url=f"{reverse('indicator_data', args=[definition.code, 'csv'])}?period={entry.period}",
        json_url=f"{reverse('indicator_data', args=[definition.code, 'json'])}?period={entry.period}",
        rows=tuple(
            _funnel_row(standing, definition, mine=standing.city.code == city.code)
            for standing in comparison.standings
            if standing.city.code in (city.code, *entry.standing.peers)
        ),
    )


def _funnel_row(standing: Standing, definition: Definition, *, mine: bool) -> FunnelRow:
    value = standing.value
    return FunnelRow(
        name=places.marked_name(standing.city),
        url=reverse("city", args=[standing.city.slug]),
        value=f"{wording.number(value.value, definition.decimals)} {value.flags}".rstrip(),
        limits=wording.interval(value.low, value.high, definition.decimals),
        exposure=wording.number(value.denominator),
        place=indicator_table.place_words(standing.funnel),
        mine=mine,
    )


def _place_words(place: str) -> tuple[str, str]:
    """Heading and sentence; the funnel allows for chance and for the usual differences between cities."""
    return {
        "inside": (
            gettext("Within the usual range"),
            gettext(
                "With %(value)s %(unit)s, %(city)s lies inside the funnel around %(league)s: chance and "
                "the usual differences between cities explain that."
            ),
        ),
        "below_95": (
            gettext("Below the usual range"),
            gettext(
                "With %(value)s %(unit)s, %(city)s lies below the 95 %% limit around %(league)s: chance and "
                "the usual differences between cities rarely lead there."
            ),
        ),
        "above_95": (
            gettext("Above the usual range"),
            gettext(
                "With %(value)s %(unit)s, %(city)s lies above the 95 %% limit around %(league)s: chance and "
                "the usual differences between cities rarely lead there."
            ),
        ),
        "below_998": (
            gettext("Far below the usual range"),
            gettext(
                "With %(value)s %(unit)s, %(city)s lies below even the 99.8 %% limit around %(league)s: "
                "chance and the usual differences between cities hardly ever lead there."
            ),
        ),
        "above_998": (
            gettext("Far above the usual range"),
            gettext(
                "With %(value)s %(unit)s, %(city)s lies above even the 99.8 %% limit around %(league)s: "
                "chance and the usual differences between cities hardly ever lead there."
            ),
        ),
    }[place]
