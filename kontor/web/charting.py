"""Charts of comparisons: records of `comparison` in, drawings of `charts` out, with their words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

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
from kontor.observations import rules
from kontor.observations.queries.values import Value

from . import marks, wording

OUTSIDE = ("below_998", "below_95", "above_95", "above_998")


def drawn(svg: str) -> SafeString:
    """An svg of `charts`, which escapes every text it is given."""
    return mark_safe(svg)  # noqa: S308


def years(values: Sequence[Value]) -> list[float | None]:
    """Values year by year from the first to the last, None where a year is missing."""
    known = {int(value.period): value.value for value in values}
    return [known.get(year) for year in range(min(known), max(known) + 1)] if known else []


def spark_of(values: Sequence[Value]) -> SafeString:
    begin = min((int(value.period) for value in values), default=0)
    broken = {int(value.period) - begin for value in values if "b" in value.flags}
    return drawn(spark(years(values), breaks=broken))


def flag_counts(values: Iterable[Value]) -> str:
    """`Estimated (e): 12` for each flag among the values, the most frequent first; empty without any."""
    counted = Counter(letter for value in values for letter in value.flags)
    return wording.listed(
        wording.pair(marks.flag_name(letter), wording.number(count))
        for letter, count in counted.most_common()
    )


def flag_years(values: Sequence[Value]) -> str:
    """`Estimated (e): 2012–2015, 2018` for each flag of a series; empty without any."""
    periods: dict[str, list[int]] = {}
    for value in values:
        for letter in value.flags:
            periods.setdefault(letter, []).append(int(value.period))
    return wording.clauses(
        wording.pair(marks.flag_name(letter), rules.ranges(listed).replace("-", "–"))
        for letter, listed in sorted(periods.items())
    )


def hollow_words(flags: str) -> str:
    """What hollow marks mean, for a text alternative; empty where there are none."""
    return gettext("Hollow: flagged by the source. %(flags)s.") % {"flags": flags} if flags else ""


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
    flagged = hollow_words(flag_counts(field.values[area] for area in sorted(field.reporting)))
    return FunnelWords(title, wording.sentences((desc, flagged)), outside, inside)


def funnel_of(
    comparison: Comparison, *, id: str, you: str = "", peers: Sequence[str] = (), labelled: Sequence[str] = ()
) -> SafeString:
    """The funnel of a comparison with limits; `you` and `labelled` are city codes."""
    field = comparison.field
    definition = field.definition
    words = funnel_words(field)
    points = _points(comparison, you=you, peers=peers, labelled=labelled)
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


def _points(
    comparison: Comparison, *, you: str, peers: Sequence[str], labelled: Sequence[str]
) -> list[FunnelPoint]:
    """Every comparable real city, and the reader's own also where it is invented."""
    points = []
    for standing in comparison.standings:
        code, value = standing.city.code, standing.value
        if standing.comparability.grade == "none" or (standing.city.demonstration and code != you):
            continue
        label = standing.city.name(wording.language()) if code == you or code in labelled else ""
        if code == you:
            label += (
                f" {wording.number(value.value, comparison.field.definition.decimals)} {value.flags}".rstrip()
            )
        points.append(
            FunnelPoint(
                x=value.denominator,
                y=value.value,
                label=label,
                you=code == you,
                peer=code in peers,
                flagged=bool(value.flags),
            )
        )
    return points


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


def peer_dots_of(
    ground: Basis, entries: Sequence[Entry], fields: Sequence[Field], *, city: str, id: str
) -> SafeString:
    """Where a city stands among its peers, one row per indicator; a dot says its city when pointed at."""
    rows = []
    for entry, field in zip(entries, fields, strict=True):
        definition, own = entry.definition, entry.standing.value
        shown = [field.values[peer] for peer in entry.standing.peers]
        better = {"lower": "low", "higher": "high"}.get(definition.direction)
        rows.append(
            PeerRow(
                label=wording.text(definition.content["title"]),
                sublabel=f"{wording.text(definition.content['unit_label'])} · {entry.period}",
                value_text=f"{wording.number(own.value, definition.decimals)} {own.flags}".strip(),
                you=own.value,
                peers=[value.value for value in shown],
                names=[_named(ground, definition, value) for value in shown],
                better=better,  # type: ignore[arg-type]
                flagged=bool(own.flags),
                flagged_peers=[place for place, value in enumerate(shown) if value.flags],
            )
        )
    better_count = sum(entry.standing.verdict == "better" for entry in entries)
    worse_count = sum(entry.standing.verdict == "worse" for entry in entries)
    desc = gettext(
        "For each indicator the city's value is set against the values of its peers, on a scale of its own. "
        "%(better)s values count as better and %(worse)s as weaker than the group; "
        "the table below has all numbers."
    ) % {"better": wording.number(better_count), "worse": wording.number(worse_count)}
    flagged = wording.listed(
        f"{wording.text(entry.definition.content['title'])} ({entry.standing.value.flags})"
        for entry in entries
        if entry.standing.value.flags
    )
    return drawn(
        peer_dots(
            rows=rows,
            id=id,
            title=gettext("%(city)s among its peers") % {"city": city},
            desc=wording.sentences((desc, hollow_words(flagged))),
            weaker=gettext("← weaker"),
            stronger=gettext("stronger than the group →"),
            number=wording.rounded,
        )
    )


def _named(ground: Basis, definition: Definition, value: Value) -> str:
    """`Turin 422 e`: whose dot it is."""
    name = ground.cities[value.area].name(wording.language())
    return f"{name} {wording.number(value.value, definition.decimals)} {value.flags}".rstrip()


def distribution_of(comparison: Comparison, *, id: str, you: Sequence[str] = ()) -> SafeString:
    """How the values of all real, comparable cities are spread."""
    field = comparison.field
    definition = field.definition
    listed = [field.values[area] for area in sorted(field.reporting)]
    values = sorted(value.value for value in listed)
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
    flagged = flag_counts(listed)
    told = gettext("Flagged by the source: %(flags)s.") % {"flags": flagged} if flagged else ""
    marked = [
        Marker(
            standing.value.value,
            f"{standing.city.name(wording.language())} {number(standing.value.value)} "
            f"{standing.value.flags}".rstrip(),
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
            desc=wording.sentences((desc, told)),
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
    flagged = bool(value.flags)
    return drawn(
        interval_cell(value.value, value.low, value.high, domain=domain, mean=mean, you=you, flagged=flagged)
    )


def history_of(
    definition: Definition,
    lines: Sequence[tuple[str, Sequence[Value], bool]],
    group: Sequence[GroupYear],
    *,
    id: str,
    size: Literal["small", "large"] = "small",
    span: tuple[int, int] | None = None,
) -> SafeString:
    """Values over the years for (name, values, is the reader's own), with the group's middle half behind."""
    begin, end = span or (0, 9999)
    cut = [
        (name, [value for value in values if begin <= int(value.period) <= end], mine)
        for name, values, mine in lines
    ]
    shown = [(name, values, mine) for name, values, mine in cut if values]
    newest = max((values[-1].period for _, values, _ in shown), default="")
    years = [year for year in group if begin <= int(year.period) <= end]
    return drawn(
        series(
            lines=[_line(definition, *line, newest=newest, alone=len(lines) == 1) for line in shown],
            group=group_line(years) if years else None,
            breaks=sorted(
                {int(v.period) for _, values, mine in shown for v in values if mine and "b" in v.flags}
            ),
            id=id,
            title=wording.text(definition.content["title"]),
            desc=wording.clauses(_told(definition, name, values) for name, values, _ in shown),
            number=wording.axis,
            size=size,
        )
    )


def _line(
    definition: Definition, name: str, values: Sequence[Value], mine: bool, *, newest: str, alone: bool
) -> Line:
    """A line with its last value at its end, and the year where others end later."""
    last = wording.number(values[-1].value, definition.decimals)
    if values[-1].period != newest:
        last += f" ({values[-1].period})"
    points = [(int(value.period), value.value) for value in values]
    flagged = [int(value.period) for value in values if value.flags]
    return Line(label=last if alone else f"{name} {last}", points=points, flagged=flagged, you=mine)


def group_line(years: Sequence[GroupYear]) -> Line:
    return Line(
        label="",
        points=[(int(year.period), year.median) for year in years],
        band=[(int(year.period), year.low, year.high) for year in years],
    )


def _told(definition: Definition, name: str, values: Sequence[Value]) -> str:
    """A line in words: where it began and where it ended, and which of its values are flagged."""
    told = gettext("%(city)s: %(first)s in %(from)s, %(last)s in %(to)s") % {
        "city": name,
        "first": wording.number(values[0].value, definition.decimals),
        "from": values[0].period,
        "last": wording.number(values[-1].value, definition.decimals),
        "to": values[-1].period,
    }
    flagged = flag_years(values)
    hollow = gettext("hollow, flagged by the source: %(flags)s") % {"flags": flagged} if flagged else ""
    return wording.clauses(part for part in (told, hollow) if part)


def cities_count(count: int) -> str:
    """`148 cities`, for headings and captions."""
    return ngettext("%(count)s city", "%(count)s cities", count) % {"count": wording.number(count)}
