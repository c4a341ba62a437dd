"""Releases with their files, and observed figures with their vintages."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from kontor.comparison.queries import export
from kontor.errors import Refused
from kontor.league import queries as league
from kontor.league.rules import LANGUAGES
from kontor.observations import store
from kontor.observations.queries import figures
from kontor.observations.queries import releases as queries
from kontor.observations.queries.figures import Cell
from kontor.observations.queries.releases import AsOf, Change, ReleaseRecord
from kontor.tables import parquet

from . import answers, citation, parameters, schemas
from .indicators import variable as variable_of
from .parameters import Readings, asked, named

router = Readings(tags=["observations"])

LATEST = "latest"
KINDS = ("added", "revised", "withdrawn")
MOST_SERIES = 2000  # figures whose vintages one answer may look up
ID = named("release")

CHANGES = {
    "kind": "VARCHAR",
    "area": "VARCHAR",
    "variable": "VARCHAR",
    "period": "VARCHAR",
    "before": "VARCHAR",
    "after": "VARCHAR",
    "flags_before": "VARCHAR[]",
    "flags_after": "VARCHAR[]",
    "release": "VARCHAR",
    "demonstration": "BOOLEAN",
}
FIGURES = {
    "area": "VARCHAR",
    "variable": "VARCHAR",
    "period": "VARCHAR",
    "value": "DECIMAL(28,10)",
    "unit": "VARCHAR",
    "flags": "VARCHAR[]",
    "release": "VARCHAR",
    "current": "BOOLEAN",
    "withdrawn": "BOOLEAN",
    "file": "VARCHAR",
    "row": "INTEGER",
    "as_of": "VARCHAR",
    "source_code": "VARCHAR",
    "source": "VARCHAR",
    "licence": "VARCHAR",
    "demonstration": "BOOLEAN",
}


def in_short(found: ReleaseRecord) -> dict[str, Any]:
    return {
        "id": found.id,
        "number": found.number,
        "title": found.title,
        "rows": found.rows,
        "published_at": found.published_at,
        "manifest_sha256": found.manifest_sha256,
        "demonstration": found.demonstration,
    }


def _files(request: HttpRequest, found: ReleaseRecord, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    place = request.build_absolute_uri(f"/api/v1/releases/{found.id}/")
    size = (store.releases_folder() / found.id / store.MANIFEST).stat().st_size
    listed: list[dict[str, Any]] = [{"name": store.MANIFEST, "sha256": found.manifest_sha256, "bytes": size}]
    listed += [{"name": name, **entry} for name, entry in manifest["files"].items()]
    return [{"name": entry["name"], "url": place + entry["name"], **entry} for entry in listed]


def _newest(request: HttpRequest) -> HttpResponseRedirect:
    """To the same address under the id of the newest release of published figures."""
    newest = queries.newest()
    if newest is None:
        raise Refused("release_unknown", release=LATEST)
    address = request.get_full_path().replace(f"/releases/{LATEST}", f"/releases/{newest.id}", 1)
    response = HttpResponseRedirect(address, status=307)
    del response["Content-Type"]
    response["Cache-Control"] = "no-cache"
    return response


@router.at("/releases", response=schemas.Releases)
def releases(request: HttpRequest) -> HttpResponse:
    found = [in_short(release) for release in queries.releases()]
    return answers.json({"count": len(found), "releases": found})


@router.at("/releases/{id}", response=schemas.ReleaseInFull)
def release(request: HttpRequest, id: str = ID) -> HttpResponse:
    if id == LATEST:
        return _newest(request)
    found, manifest = queries.release(id), queries.manifest(id)
    content = {**in_short(found), "files": _files(request, found, manifest), "manifest": manifest}
    return answers.json(content, licences=[entry["licence_url"] for entry in manifest["sources"].values()])


@router.at("/releases/{id}/diff", response=schemas.Changes)
def release_diff(
    request: HttpRequest,
    id: str = ID,
    kind: str = asked("kind", "", enum=KINDS),
    area: str = asked("area", ""),
    format: str = asked("format", "json", enum=answers.FORMATS),
) -> HttpResponse:
    if id == LATEST:
        return _newest(request)
    chosen = parameters.format_of(format)
    wanted = parameters.choice(request, "kind", KINDS)
    areas = parameters.cities(request, "area", {city.code for city in league.cities()})
    found = queries.release(id)
    changes = [
        change
        for change in queries.diff(id)
        if (not wanted or change.kind == wanted) and (not areas or change.area in areas)
    ]
    answers.check_size(len(changes))
    rows = [_change(change, found) for change in changes]
    if chosen != "json":
        return answers.table(rows, CHANGES, format=chosen, name=f"{id}-diff", metadata={"release": id})
    counts = Counter(change.kind for change in changes)
    return answers.json(
        {
            "release": id,
            "demonstration": found.demonstration,
            "counts": {kind: counts[kind] for kind in KINDS},
            "rows": rows,
        }
    )


def _change(change: Change, found: ReleaseRecord) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "area": change.area,
        "variable": change.variable,
        "period": change.period,
        "before": change.before,
        "after": change.after,
        "flags_before": list(change.flags_before),
        "flags_after": list(change.flags_after),
        "release": found.id,
        "demonstration": found.demonstration,
    }


@router.at("/releases/{id}/observations.parquet")
def release_observations(request: HttpRequest, id: str = ID) -> HttpResponseBase:
    return _newest(request) if id == LATEST else _file(id, store.PARQUET, parquet.MEDIA_TYPE)


@router.at("/releases/{id}/manifest.json")
def release_manifest(request: HttpRequest, id: str = ID) -> HttpResponseBase:
    return _newest(request) if id == LATEST else _file(id, store.MANIFEST, "application/json")


_checked: dict[str, tuple[tuple[int, int], ...]] = {}


def _file(id: str, name: str, content_type: str) -> HttpResponseBase:
    """A file of a release as published. Refused("release_altered") where it is not that any more."""
    found = queries.release(id)
    folder = store.releases_folder() / id
    stamp = tuple(
        (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
        for path in (folder / store.MANIFEST, folder / store.PARQUET)
    )
    if _checked.get(str(folder)) != stamp:
        queries.verify(id)
        _checked[str(folder)] = stamp
    digest = found.manifest_sha256
    if name != store.MANIFEST:
        digest = queries.manifest(id)["files"][name]["sha256"]
    return answers.file(folder / name, sha256=digest, content_type=content_type, name=f"{id}-{name}")


@router.at("/series/{variable}", response=schemas.Series)
def series(
    request: HttpRequest,
    variable: str = named("variable"),
    area: str = asked("area", ..., pattern=r"[^,\s]"),  # at least one code
    period: str = asked("period", ""),
    as_of: str = asked("as_of", ""),
    format: str = asked("format", "json", enum=answers.FORMATS),
    language: str = asked("language", "en", enum=LANGUAGES),
) -> HttpResponse:
    entry, known = variable_of(variable), queries.as_of(as_of or None)
    areas = parameters.cities(request, "area", {city.code for city in league.cities()})
    chosen, spoken = parameters.format_of(format), parameters.language_of(language)
    cells = _history(variable, areas, parameters.codes(request, "period"), known=known)
    shown = export.attributions({cell.source for cell, _ in cells}, language=spoken)
    by_source = {item["source"]: item for item in shown}
    rows = [_figure(cell, entry, by_source, current=current, as_of=known.label) for cell, current in cells]
    licences = citation.licences(shown)
    if chosen != "json":
        name = f"{variable.replace(':', '-')}-{known.label or 'none'}"
        metadata = {
            "variable": variable,
            "as_of": known.label,
            "citation": "; ".join(item["attribution"] for item in shown),
        }
        return answers.table(rows, FIGURES, format=chosen, name=name, metadata=metadata, licences=licences)
    content = {
        "variable": variable,
        "title": entry["title"],
        "unit": entry["unit"],
        "attributions": shown,
        "as_of": known.label,
        "rows": rows,
    }
    if any(row["demonstration"] for row in rows):
        content["demonstration"] = True
    return answers.json(content, licences=licences)


def _history(variable: str, areas: list[str], periods: list[str], *, known: AsOf) -> list[tuple[Cell, bool]]:
    """Every version of every figure asked for, by area, period and release, and whether it holds now."""
    found = figures.history(variable, areas, periods, known=known)
    if len(found) > MOST_SERIES:
        raise Refused("answer_too_large", rows=len(found), limit=MOST_SERIES)
    answered = {cell.period for cell in found}
    for period in periods:
        if period not in answered:
            others = sorted({cell.period for cell in figures.history(variable, areas, known=known)})
            raise Refused("period_unknown", period=period, known=", ".join(others) or "-")
    last = {(cell.area, cell.period): cell for cell in found}
    return [(cell, cell is last[cell.area, cell.period] and not cell.withdrawn) for cell in found]


def _figure(
    cell: Cell, entry: dict[str, Any], by_source: dict[str, dict[str, str]], *, current: bool, as_of: str
) -> dict[str, Any]:
    return {
        "area": cell.area,
        "variable": cell.variable,
        "period": cell.period,
        "value": cell.value,
        "unit": entry["unit"],
        "flags": list(cell.flags),
        "release": cell.release,
        "current": current,
        "withdrawn": cell.withdrawn,
        "file": cell.file,
        "row": cell.row,
        "as_of": as_of,
        "source_code": cell.source,
        "source": by_source[cell.source]["attribution"],
        "licence": by_source[cell.source]["licence"],
        "demonstration": cell.demonstration,
    }
