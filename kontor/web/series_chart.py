"""The drawing of one observed series, with its flags, breaks, former versions and withdrawals, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.charts import series as charts
from kontor.charts.series_marks import Mark
from kontor.comparison.queries.profile import GroupYear
from kontor.comparison.queries.series import Others, Point, Series
from kontor.observations.queries.figures import Cell

from . import charting, finding_words, wording


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing, the keys of its legend that occur in it, and whether its axis is logarithmic."""

    svg: SafeString
    legend: frozenset[str]
    by_logarithm: bool


def chart_of(series: Series, others: Others | None, *, name: str, title: str) -> Chart:
    """`title` names the series, `name` its city."""
    held = [cell for point in series.points if (cell := point.held)]
    points = [(int(point.period), _value(point.held)) for point in series.points]
    within = [year for year in others.years if _inside(year, series.points)] if others else []
    marks = [mark for point in series.points for mark in _marks(point)]
    by_logarithm = charts.is_flattened([mark.value for mark in marks if mark.kind in ("value", "earlier")])
    breaks = [int(cell.period) for cell in held if "b" in cell.flags]
    svg = charts.series(
        lines=[charts.Line(label=wording.exact(held[-1].value) if held else "", points=points, you=True)],
        group=charting.group_line(within) if within else None,
        breaks=breaks,
        marks=marks,
        by_logarithm=by_logarithm,
        id="series",
        title=title,
        desc=_told(series, name=name),
        number=wording.axis,
        size="large",
    )
    legend = {str(mark.kind) for mark in marks} | ({"group"} if within else set())
    return Chart(charting.drawn(svg), frozenset(legend), by_logarithm)


def _value(cell: Cell | None) -> float | None:
    return None if cell is None else float(cell.value)


def _inside(year: GroupYear, points: tuple[Point, ...]) -> bool:
    return bool(points) and points[0].period <= year.period <= points[-1].period


def _marks(point: Point) -> list[Mark]:
    when, cell = int(point.period), point.held
    if cell is None:
        return [Mark("withdrawn", when)]
    value = float(cell.value)
    earlier = {float(one.value) for one in point.vintages[:-1] if one.value is not None} - {value}
    marks = [Mark("value", when, value), *(Mark("earlier", when, number) for number in sorted(earlier))]
    if finding_words.in_question(point.findings):
        marks.append(Mark("question" if point.counts else "error", when, value))
    if cell.flags:
        marks.append(Mark("flag", when, value, cell.flags))
    return marks


def _told(series: Series, *, name: str) -> str:
    """The series in words: its ends, its extremes, and the years that are asked about."""
    found = [cell for point in series.points if (cell := point.held)]
    if not found:
        return gettext("%(city)s: no figure that holds") % {"city": name}
    low, high = (min(found, key=lambda cell: cell.value), max(found, key=lambda cell: cell.value))
    sentences = [
        gettext("%(city)s: %(first)s in %(from)s, %(last)s in %(to)s")
        % {
            "city": name,
            "first": wording.exact(found[0].value),
            "from": found[0].period,
            "last": wording.exact(found[-1].value),
            "to": found[-1].period,
        },
        gettext("smallest %(low)s in %(when)s") % {"low": wording.exact(low.value), "when": low.period},
        gettext("largest %(high)s in %(when)s") % {"high": wording.exact(high.value), "when": high.period},
    ]
    asked = finding_words.in_question(item for point in series.points for item in point.findings)
    if asked:
        sentences.append(gettext("ringed: %(years)s") % {"years": wording.listed(sorted(asked))})
    return wording.clauses(sentences)
