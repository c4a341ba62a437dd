"""Charts of comparisons: records of `comparison` in, drawings of `charts` out, with their words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from kontor.charts.funnel import FunnelLimits, FunnelPoint, funnel
from kontor.charts.histogram import Marker, distribution
from kontor.charts.interval import interval_cell
from kontor.charts.peer_dots import PeerRow, peer_dots
from kontor.charts.series import Line, series
from kontor.charts.spark import spark
from kontor.comparison.queries import standings
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.profile import Entry, GroupYear
from kontor.comparison.queries.standings import Comparison, Field, Standing
from kontor.engines import funnel as engine
from kontor.indicators.queries import Definition
from kontor.observations.queries.values import Value

from . import wording

OUTSIDE = ("below_998", "below_95", "above_95", "above_998")


def drawn(svg: str) -> SafeString:
    """An svg of `charts`, which escapes every text it is given."""
    return mark_safe(svg)  # noqa: S308


def years(values: Sequence[Value]) -> list[float | None]:
    """Values year by year from the first to the last, None where a year is missing."""
    known = {int(value.period): value.value for value in values}
    return [known.get(year) for year in range(min(known), max(known) + 1)] if known else []


def spark_of(values: Sequence[Value]) -> SafeString:
    return drawn(spark(years(values)))


@dataclass(frozen=True, slots=True)
class FunnelWords:
    """What a funnel says: its title, its text alternative, and counts outside the limits."""

    title: str
    desc: str
    outside: int
    inside: int


def funnel_words(field: Field) -> FunnelWords:
    """The statement above a funnel, from real cities alone."""
    places = [field.places[area] for area in field.reporting]
    outside = sum(place in OUTSIDE for place in places)
    inside = sum(place == "inside" for place in places)
    title = ngettext(
        "%(outside)s city stands out, %(inside)s do not",
        "%(outside)s cities stand out, %(inside)s do not",
        outside,
    ) % {
        "outside": wording.number(outside),
        "inside": wording.number(inside),
    }
    low = sum(place.startswith("below") for place in places)
    high = sum(place.startswith("above") for place in places)
    desc = gettext(
        "Each dot is a city: its residents or other denominator from left to right, its %(indicator)s from bottom to top. "
        "%(low)s cities lie below the 95 %% limits around the league's value, %(high)s above them, %(inside)s between them."
    ) % {
        "indicator": wording.text(field.definition.content["title"]),
        "low": wording.number(low),
        "high": wording.number(high),
        "inside": wording.number(inside),
    }
    return FunnelWords(title, desc, outside, inside)


def funnel_of(
    comparison: Comparison, *, id: str, you: str = "", peers: Sequence[str] = (), labelled: Sequence[str] = ()
) -> SafeString:
    """The funnel of a comparison with limits; `you` and `labelled` are city codes."""
    field = comparison.field
    definition = field.definition
    words = funnel_words(field)
    points = []
    for standing in comparison.standings:
        if standing.comparability.grade == "none" or (
            standing.city.demonstration and standing.city.code != you
        ):
            continue
        mine = standing.city.code == you
        name = standing.city.name(wording.language())
        label = ""
        if mine:
            label = f"{name} {wording.number(standing.value.value, definition.decimals)}"
        elif standing.city.code in labelled:
            label = name
        points.append(
            FunnelPoint(
                x=standing.value.denominator,
                y=standing.value.value,
                label=label,
                you=mine,
                peer=standing.city.code in peers,
            )
        )
    value = wording.number(field.league_value, definition.decimals)
    own = next((point.x for point in points if point.you and not comparison.basis.real(you)), None)
    return drawn(
        funnel(
            points=points,
            bands=_bands(comparison.basis, definition, field.period, own),
            target=field.league_value,
            target_label=gettext("all cities %(value)s") % {"value": value},
            x_label=_exposure_label(definition),
            y_label=wording.text(definition.content["unit_label"]),
            id=id,
            title=wording.pair(
                wording.listed((wording.text(definition.content["title"]), field.period)), words.title
            ),
            desc=words.desc,
            number=wording.axis,
            x_number=wording.people,
        )
    )


def _exposure_label(definition: Definition) -> str:
    denominator = definition.input("denominator")
    if denominator is not None and denominator.name == "residents":
        return gettext("residents (logarithmic) →")
    return gettext("size of the denominator (logarithmic) →")


@lru_cache(maxsize=512)
def _bands(basis: Basis, definition: Definition, period: str, own: float | None) -> tuple[FunnelLimits, ...]:
    """Limits over the exposures of all real cities, and the reader's own where it is an invented one."""
    shared = standings.field(basis, definition, period)
    exposures = [e for area in shared.reporting if (e := shared.values[area].denominator)]
    exposures += [own] if own else []
    if shared.funnel is None or not exposures:
        return ()
    xs = np.geomspace(min(exposures) * 0.8, max(exposures) * 1.25, 60)
    factor = definition.factor
    low95, high95 = engine.limits(shared.funnel, xs, 0.95)
    low998, high998 = engine.limits(shared.funnel, xs, 0.998)
    rows = zip(xs, low95 * factor, high95 * factor, low998 * factor, high998 * factor, strict=True)
    return tuple(FunnelLimits(*map(float, row)) for row in rows)


def peer_dots_of(entries: Sequence[Entry], fields: Sequence[Field], *, city: str, id: str) -> SafeString:
    """Where a city stands among its peers, one row per indicator."""
    rows = []
    for entry, field in zip(entries, fields, strict=True):
        definition = entry.definition
        better = {"lower": "low", "higher": "high"}.get(definition.direction)
        rows.append(
            PeerRow(
                label=wording.text(definition.content["title"]),
                sublabel=f"{wording.text(definition.content['unit_label'])} · {entry.period}",
                value_text=wording.number(entry.standing.value.value, definition.decimals),
                you=entry.standing.value.value,
                peers=[field.values[peer].value for peer in entry.standing.peers],
                better=better,  # type: ignore[arg-type]
            )
        )
    better_count = sum(entry.standing.verdict == "better" for entry in entries)
    worse_count = sum(entry.standing.verdict == "worse" for entry in entries)
    desc = gettext(
        "For each indicator the city's value is set against the values of its peers, on a scale of its own. "
        "%(better)s values are better and %(worse)s weaker than the middle of the group beyond doubt; "
        "the table below has all numbers."
    ) % {"better": wording.number(better_count), "worse": wording.number(worse_count)}
    return drawn(
        peer_dots(
            rows=rows,
            id=id,
            title=gettext("%(city)s among its peers") % {"city": city},
            desc=desc,
            weaker=gettext("← weaker"),
            stronger=gettext("stronger than the group →"),
            number=wording.rounded,
        )
    )


def distribution_of(comparison: Comparison, *, id: str, you: Sequence[str] = ()) -> SafeString:
    """How the values of all real, comparable cities are spread."""
    field = comparison.field
    definition = field.definition
    values = sorted(field.values[area].value for area in field.reporting)
    if not values:
        return SafeString("")
    middle = float(np.median(values))
    low, high = (float(q) for q in np.quantile(values, [0.25, 0.75]))
    number = wording.formatter(definition.decimals)
    title = gettext("Half of %(count)s cities lie between %(low)s and %(high)s") % {
        "count": wording.number(len(values)),
        "low": number(low),
        "high": number(high),
    }
    desc = gettext("Median %(median)s, smallest %(least)s, largest %(most)s.") % {
        "median": number(middle),
        "least": number(values[0]),
        "most": number(values[-1]),
    }
    marked = [
        Marker(
            standing.value.value, f"{standing.city.name(wording.language())} {number(standing.value.value)}"
        )
        for standing in comparison.standings
        if standing.city.code in you
    ]
    return drawn(
        distribution(
            values=values,
            you=marked,
            median=Marker(middle, gettext("median %(value)s") % {"value": number(middle)}),
            id=id,
            title=title,
            desc=desc,
            x_label=wording.text(definition.content["unit_label"]),
            number=wording.axis,
        )
    )


def limits_domain(standings: Sequence[Standing]) -> tuple[float, float]:
    """From zero to a little above what nine of ten upper limits need; longer ones end at the edge."""
    highs = sorted(standing.value.high or standing.value.value for standing in standings)
    if not highs:
        return 0.0, 1.0
    low = min(0.0, *(standing.value.value for standing in standings))
    return low, max(highs[math.floor(0.95 * (len(highs) - 1))] * 1.05, low + 1e-9)


def interval_of(
    standing: Standing, *, domain: tuple[float, float], mean: float | None, you: bool = False
) -> SafeString:
    value = standing.value
    return drawn(interval_cell(value.value, value.low, value.high, domain=domain, mean=mean, you=you))


def history_of(
    definition: Definition,
    lines: Sequence[tuple[str, Sequence[Value], bool]],
    group: Sequence[GroupYear],
    *,
    id: str,
    size: str = "small",
    group_label: str = "",
    span: tuple[int, int] | None = None,
) -> SafeString:
    """Values over the years for (name, values, is the reader's own), with the group's middle half behind."""
    number = wording.formatter(definition.decimals)
    drawn_lines = []
    breaks: set[int] = set()
    told = []
    for name, values, mine in lines:
        chosen = [v for v in values if span is None or span[0] <= int(v.period) <= span[1]]
        if not chosen:
            continue
        breaks |= {int(value.period) for value in chosen if "b" in value.flags and mine}
        last = chosen[-1]
        label = number(last.value) if len(lines) == 1 else f"{name} {number(last.value)}"
        drawn_lines.append(Line(label=label, points=[(int(v.period), v.value) for v in chosen], you=mine))
        told.append(
            gettext("%(city)s: %(first)s in %(from)s, %(last)s in %(to)s")
            % {
                "city": name,
                "first": number(chosen[0].value),
                "from": chosen[0].period,
                "last": number(last.value),
                "to": last.period,
            }
        )
    years_of_group = [year for year in group if span is None or span[0] <= int(year.period) <= span[1]]
    behind = (
        Line(
            label=group_label,
            points=[(int(year.period), year.median) for year in years_of_group],
            band=[(int(year.period), year.low, year.high) for year in years_of_group],
        )
        if years_of_group
        else None
    )
    return drawn(
        series(
            lines=drawn_lines,
            group=behind,
            breaks=sorted(breaks),
            id=id,
            title=wording.text(definition.content["title"]),
            desc=wording.clauses(told),
            number=wording.axis,
            size="large" if size == "large" else "small",
        )
    )


def cities_count(count: int) -> str:
    """`148 cities`, for headings and captions."""
    return ngettext("%(count)s city", "%(count)s cities", count) % {"count": wording.number(count)}
