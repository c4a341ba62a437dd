"""One figure for ever: every version that was published, its origin, why it changed, how to cite it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from kontor.comparison.queries import holdings
from kontor.comparison.queries import series as queries
from kontor.comparison.queries.series import Point, Series
from kontor.errors import Refused
from kontor.indicators import codelists
from kontor.league import queries as league
from kontor.observations.queries import figures, origins, releases, siblings
from kontor.observations.queries.figures import Cell, Tombstone
from kontor.observations.queries.releases import AsOf, ReleaseRecord

from . import as_of, figure_words, finding_words, marks, places, wording
from .figure_words import Provenance

GONE = 410


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One published version. `address` shows the figure for ever as it was in this version."""

    release: str
    url: str
    day: str
    value: str
    flags: tuple[marks.FlagMark, ...]
    withdrawn: bool
    holds: bool
    reason: str
    address: str
    provenance: Provenance
    heading: str


def figure_page(request: HttpRequest, variable: str, slug: str, period: str) -> HttpResponse:
    """410 Gone, with its tombstone and all that was published, where the figure has been withdrawn.

    `?as_of=r1` shows it as it was at a release. Refused("period_unknown") for a period without any version.
    """
    city = league.city_by_slug(slug)
    if city.slug != slug:
        return HttpResponsePermanentRedirect(reverse("figure", args=[variable, city.slug, period]))
    ground = as_of.ground(request)
    series = queries.series(ground, variable, city, first=period, last=period)
    if not series.points:
        raise Refused("period_unknown", period=period, known=", ".join(series.periods))
    point = series.points[0]
    context = _context(request, series, point) | {
        "later": _later(series, point),
        "siblings": _siblings(series, point, known=ground.known),
        "findings": finding_words.lines(point.findings, city),
        "findings_heading": finding_words.heading(point.findings),
        "checked": holdings.is_checked(ground.known, variable, demonstration=city.demonstration),
        "as_of": ground.known.label,
    }
    return render(request, "web/figure.html", context, status=GONE if point.newest.withdrawn else 200)


def _context(request: HttpRequest, series: Series, point: Point) -> dict[str, object]:
    entry = codelists.variables()[series.variable]
    name, title = places.marked_name(series.city), wording.text(entry["title"])
    versions = [_version(series, point, place) for place in range(len(point.vintages))]
    place = series.periods.index(point.period)
    return {
        "city": series.city,
        "name": name,
        "variable": series.variable,
        "title": title,
        "period": point.period,
        "heading": gettext("%(city)s, %(period)s: %(title)s")
        % {"city": name, "period": point.period, "title": title},
        "newest": versions[-1],
        "versions": versions,
        "permalink": request.build_absolute_uri(versions[-1].address),
        "citation": _citation(series, point, title=title, name=name),
        "series_url": reverse("series", args=[series.variable, series.city.slug]),
        "before": _beside(series, place - 1),
        "after": _beside(series, place + 1),
        "forms": [
            (
                form.upper(),
                reverse("figure_data", args=[series.variable, series.city.slug, point.period, form]),
            )
            for form in ("csv", "json", "parquet")
        ],
        "attributions": marks.attributions(cell.source for cell in point.vintages),
    }


def _version(series: Series, point: Point, place: int) -> VersionLine:
    cell, origin = point.vintages[place], point.origins[place]
    release = releases.release(cell.release)
    here = reverse("figure", args=[series.variable, series.city.slug, point.period])
    return VersionLine(
        release=release.id,
        url=reverse("release", args=[release.id]),
        day=wording.day(release.published_at.date()),
        value=wording.exact(cell.value),
        flags=marks.flag_marks(cell.flags),
        withdrawn=cell.withdrawn,
        holds=cell is point.held,
        reason=figure_words.reason(cell.reason),
        address=f"{here}?as_of={release.id}",
        provenance=figure_words.provenance(cell, origin),
        heading=origins.heading(origin) if origin and origin.row > 1 else "",
    )


def _beside(series: Series, place: int) -> tuple[str, str] | None:
    """The neighbouring period and its address."""
    if not 0 <= place < len(series.periods):
        return None
    period = series.periods[place]
    return period, reverse("figure", args=[series.variable, series.city.slug, period])


def _later(series: Series, point: Point) -> tuple[str, str, bool] | None:
    """(release, address, whether it withdrew) of what has happened to the figure since the release asked for."""
    newest = figures.vintages(series.variable, series.city.code, point.period)[-1]
    if newest.release == point.newest.release:
        return None
    return newest.release, reverse("release", args=[newest.release]), newest.withdrawn


def _siblings(series: Series, point: Point, *, known: AsOf) -> list[tuple[str, str, str]]:
    """(variable, value, address) of the same figure where other variables hold it."""
    found = siblings.of_figure(series.variable, series.city.code, point.period, known=known)
    return [
        (
            cell.variable,
            wording.exact(cell.value),
            reverse("figure", args=[cell.variable, series.city.slug, cell.period]),
        )
        for cell in found
    ]


def _citation(series: Series, point: Point, *, title: str, name: str) -> str:
    """One line to cite what holds, or that it was withdrawn."""
    cell = point.newest
    found = league.league()
    release = releases.release(cell.release)
    sentences = (
        wording.pair(
            wording.text(found.names) if found else "Kontor", wording.listed((title, name, point.period))
        ),
        *_cited(cell, release),
        figure_words.provenance(cell, None).attribution,
    )
    return f"{'. '.join(sentences)}."


def _cited(cell: Cell | Tombstone, release: ReleaseRecord) -> tuple[str, ...]:
    """What was published and where: value with flags and release, or with which release it was withdrawn."""
    if cell.value is None:
        words = gettext("Withdrawn with release %(id)s of %(day)s")
        return (words % {"id": release.id, "day": wording.day(release.published_at.date())},)
    flags = wording.listed(marks.flag_name(letter) for letter in cell.flags)
    value = wording.listed(part for part in (f"{cell.value:f}", flags) if part)
    return value, f"{release.id}, {release.published_at.date().isoformat()}"
