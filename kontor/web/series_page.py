"""One observed series of a city: its figures with flags, vintages and origin, and what other cities look like."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from kontor.comparison.queries import holdings
from kontor.comparison.queries import series as queries
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.series import Point, Series
from kontor.indicators import codelists
from kontor.indicators.queries import Definition
from kontor.league import queries as league
from kontor.observations.queries import releases

from . import as_of, asked, figure_words, finding_words, marks, places, series_chart, series_others, wording
from .figure_words import Provenance


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One period as the page's table shows it."""

    period: str
    url: str
    value: str
    withdrawn: bool
    reason: str
    flags: tuple[marks.FlagMark, ...]
    question: str
    counts: bool
    versions: int
    release: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class DefinitionLine:
    """A definition that takes figures from the variable, and the versions under which its figures were published."""

    title: str
    url: str
    key: str
    in_force: str
    published_under: tuple[tuple[str, str, str], ...]


def series_page(request: HttpRequest, variable: str, slug: str) -> HttpResponse:
    """`?from=2010&to=2020` shows these years, `?as_of=r1` what was known at a release."""
    city = league.city_by_slug(slug)
    if city.slug != slug:
        return HttpResponsePermanentRedirect(reverse("series", args=[variable, city.slug]))
    ground = as_of.ground(request)
    first, last = asked.span(request)
    series = queries.series(ground, variable, city, first=first, last=last or "9999")
    return render(request, "web/series.html", _context(request, ground, series, first=first, last=last))


def _context(
    request: HttpRequest, ground: Basis, series: Series, *, first: str, last: str
) -> dict[str, object]:
    city, entry = series.city, codelists.variables()[series.variable]
    name, title = places.marked_name(city), wording.text(entry["title"])
    lines = [_line(series, point) for point in series.points]
    others = queries.others(
        ground, series.variable, city, [point.period for point in series.points if point.counts]
    )
    sources = [cell.source for point in series.points for cell in point.vintages]
    doubts = [item for point in series.points for item in point.findings]
    return {
        "city": city,
        "name": name,
        "variable": series.variable,
        "title": title,
        "heading": wording.pair(name, title),
        "lead": _lead(ground, series),
        "facts": _facts(series),
        "chart": series_chart.chart_of(series, others, name=name, title=wording.pair(name, title)),
        "findings": finding_words.lines(doubts, city),
        "findings_heading": finding_words.heading(doubts),
        "checked": holdings.is_checked(ground.known, series.variable, demonstration=city.demonstration),
        "lines": lines,
        "flags": marks.flag_marks(sorted({flag for point in series.points for flag in point.newest.flags})),
        "others": series_others.words(ground, series, others) if others else None,
        "definitions": _definitions(series),
        "first": first,
        "last": last,
        "all_periods": series.periods,
        "as_of": ground.known.label,
        "releases": [
            (item.id, item.id == ground.known.label, wording.day(item.published_at.date()))
            for item in releases.releases(demonstration=city.demonstration)
        ],
        "forms": [
            (
                form.upper(),
                f"{reverse('series_data', args=[series.variable, city.slug, form])}{_question(request)}",
            )
            for form in ("csv", "json", "parquet")
        ],
        "question": _question(request),
        "attributions": marks.attributions(sources),
    }


def _question(request: HttpRequest) -> str:
    """What the page was asked, for the data beside it."""
    kept = request.GET.copy()
    for name in set(kept) - {"from", "to", "as_of"}:
        del kept[name]
    return f"?{kept.urlencode()}" if kept else ""


def _held(series: Series) -> list[str]:
    return [point.period for point in series.points if point.held]


def _lead(ground: Basis, series: Series) -> str:
    """What one sees, in one or two sentences."""
    held = _held(series)
    if not held:
        return gettext("No figure of this series holds in the years shown.")
    told = ngettext(
        "%(count)s figure, %(from)s to %(to)s, as of release %(release)s.",
        "%(count)s figures, %(from)s to %(to)s, as of release %(release)s.",
        len(held),
    ) % {
        "count": wording.number(len(held)),
        "from": held[0],
        "to": held[-1],
        "release": ground.known.label,
    }
    gone = len(series.points) - len(held)
    withdrawn = ngettext("%(count)s was withdrawn.", "%(count)s were withdrawn.", gone) % {
        "count": wording.number(gone)
    }
    return wording.sentences((told, withdrawn if gone else ""))


def _facts(series: Series) -> list[tuple[str, str]]:
    entry = codelists.variables()[series.variable]
    facts = [
        (gettext("Kind of unit"), places.kind(series.city)),
        (gettext("Code"), series.variable),
    ]
    return [*facts, (gettext("In the source"), str(entry["origin"]))] if entry["origin"] else facts


def _line(series: Series, point: Point) -> FigureLine:
    cell = point.newest
    return FigureLine(
        period=point.period,
        url=reverse("figure", args=[series.variable, series.city.slug, point.period]),
        value=wording.exact(cell.value),
        withdrawn=cell.withdrawn,
        reason=figure_words.reason(cell.reason),
        flags=marks.flag_marks(cell.flags),
        question=wording.listed(
            dict.fromkeys(
                finding_words.kind(item.kind) for item in point.findings if finding_words.asks(item)
            )
        ),
        counts=point.counts,
        versions=len(point.vintages),
        release=cell.release,
        provenance=figure_words.provenance(cell, point.origins[-1]),
    )


def _definitions(series: Series) -> list[DefinitionLine]:
    used = tuple(dict.fromkeys(point.newest.release for point in series.points))
    return [_definition(item, used) for item in queries.definitions_of(series.variable)]


def _definition(definition: Definition, used: tuple[str, ...]) -> DefinitionLine:
    under = []
    for release in used:
        version = queries.versions_at(release).get(definition.code)
        if version:
            url = reverse("definition", args=[definition.code, version])
            under.append((release, f"{definition.code}/v{version}", url))
    return DefinitionLine(
        title=wording.text(definition.content["title"]),
        url=reverse("indicator", args=[definition.code]),
        key=definition.key,
        in_force=wording.day(definition.in_force_from),
        published_under=tuple(under),
    )
