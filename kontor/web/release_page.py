"""Release pages: what was published, from which files, with which hashes, and what changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from kontor.indicators import codelists
from kontor.league import queries as league
from kontor.observations import store
from kontor.observations.queries import findings, releases
from kontor.observations.queries.releases import Change, ReleaseRecord

from . import asked, figure_words, finding_words, marks, wording

PER_PAGE = 100
KINDS = ("added", "revised", "withdrawn")


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    id: str
    title: str
    url: str
    day: str
    rows: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    kind: str
    city: str
    city_url: str
    variable: str
    period: str
    figure_url: str
    reason: str
    before: str
    after: str
    flags_before: tuple[marks.FlagMark, ...]
    flags_after: tuple[marks.FlagMark, ...]


def _line(release: ReleaseRecord) -> ReleaseLine:
    return ReleaseLine(
        id=release.id,
        title=wording.text(release.title),
        url=reverse("release", args=[release.id]),
        day=wording.day(release.published_at.date()),
        rows=ngettext("%(count)s figure", "%(count)s figures", release.rows)
        % {"count": wording.number(release.rows)},
        demonstration=release.demonstration,
    )


def releases_page(request: HttpRequest) -> HttpResponse:
    listed = releases.releases()
    return render(
        request,
        "web/releases.html",
        {
            "published": [_line(release) for release in listed if not release.demonstration],
            "invented": [_line(release) for release in listed if release.demonstration],
        },
    )


def release_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`?kind=` added, revised, withdrawn; `?page=`. The hashes shown are recomputed at every view."""
    verified = releases.verified(slug)
    release = verified.release
    manifest = releases.manifest(slug)
    counted = releases.change_counts(slug)
    kind = asked.choice(request, "kind", KINDS)
    total = counted.get(kind, 0) if kind else sum(counted.values())
    pages = Paginator(range(total), PER_PAGE).get_page(request.GET.get("page"))
    first = (pages.number - 1) * PER_PAGE
    return render(
        request,
        "web/release.html",
        {
            "release": _line(release),
            "instant": wording.instant(release.published_at),
            "manifest": manifest,
            "manifest_sha256": release.manifest_sha256,
            "files": [
                (
                    name,
                    entry["sha256"],
                    wording.number(entry["bytes"]),
                    verified.state == "archived" and name == store.PARQUET,
                )
                for name, entry in manifest["files"].items()
            ],
            "archive": release.archive if verified.state == "archived" else "",
            "submissions": [_submission(entry) for entry in manifest["submissions"]],
            "variables": [_variable(code, invented=release.demonstration) for code in manifest["variables"]],
            "definitions": sorted(manifest["definitions"].items()),
            "facts": [
                (gettext("Figures"), wording.number(manifest["rows"])),
                (gettext("Cities"), wording.number(manifest["cities"])),
                (gettext("Years"), "–".join(dict.fromkeys(manifest["periods"]))),
                (gettext("Published"), wording.instant(release.published_at)),
            ],
            "kinds": [
                (name, words, wording.number(counted.get(name, 0)), name == kind)
                for name, words in _kind_words().items()
            ],
            "kind": kind,
            "checked": "checked" in manifest,
            **_findings(slug),
            "pages": pages,
            "changes": _change_lines(releases.diff(slug, kind=kind, limit=PER_PAGE, offset=first)),
            "previous": manifest.get("previous"),
            "attributions": marks.attributions(manifest["sources"]),
        },
    )


def _findings(slug: str) -> dict[str, object]:
    """How many figures are in question as of the release, and (kind, count, address) of why."""
    found = [item for item in findings.of_release(slug) if finding_words.asks(item)]
    figures = len({(item.area, item.variable, item.period) for item in found})
    words = ngettext(
        "As of this release %(count)s figure needs a question",
        "As of this release %(count)s figures need a question",
        figures,
    )
    kinds = [
        (
            finding_words.kind(kind),
            wording.number(count),
            f"{reverse('explore')}?as_of={slug}&kind={kind}#questions",
        )
        for kind, count in Counter(item.kind for item in found).most_common()
    ]
    return {"findings": kinds, "findings_heading": words % {"count": wording.number(figures)}}


def _kind_words() -> dict[str, str]:
    return {"added": gettext("added"), "revised": gettext("revised"), "withdrawn": gettext("withdrawn")}


def _submission(entry: dict[str, object]) -> tuple[str, str, str, str, str]:
    report: dict[str, object] = entry["report"]  # type: ignore[assignment]
    skipped = sum(item["count"] for item in report["skipped"])  # type: ignore[attr-defined]
    faults = len(report["faults"])  # type: ignore[arg-type]
    return (
        str(entry["file"]),
        str(entry["sha256"]),
        wording.number(int(str(report["read"]))),
        wording.number(int(str(report["taken"]))),
        wording.number(skipped + faults),
    )


def _variable(code: str, *, invented: bool) -> tuple[str, str, str]:
    entry = codelists.variables()[code]
    source = "demonstration" if invented else entry["source"]
    return code, wording.text(entry["title"]), wording.text(codelists.sources()[source]["title"])


def _change_lines(changes: list[Change]) -> list[ChangeLine]:
    cities = {city.code: city for city in league.cities()}
    words = _kind_words()
    lines = []
    for change in changes:
        city = cities.get(change.area)
        entry = codelists.variables().get(change.variable)
        lines.append(
            ChangeLine(
                kind=words[change.kind],
                city=city.name(wording.language()) if city else change.area,
                city_url=reverse("city", args=[city.slug]) if city else "",
                variable=wording.text(entry["title"]) if entry else change.variable,
                period=change.period,
                figure_url=reverse("figure", args=[change.variable, city.slug, change.period])
                if city
                else "",
                reason=figure_words.reason(change.reason),
                before=change.before,
                after=change.after,
                flags_before=marks.flag_marks(change.flags_before),
                flags_after=marks.flag_marks(change.flags_after),
            )
        )
    return lines
