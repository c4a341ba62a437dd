"""Releases with their files."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from kontor.errors import Refused
from kontor.league import queries as league
from kontor.observations import store
from kontor.observations.queries import releases as queries
from kontor.observations.queries.releases import Change, ReleaseRecord
from kontor.tables import parquet

from . import answers, parameters, schemas
from .parameters import Readings, asked, named

router = Readings(tags=["observations"])

LATEST = "latest"
KINDS = ("added", "revised", "withdrawn")
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
    "reason": "VARCHAR",
    "release": "VARCHAR",
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
    archived = store.is_archived(found.id)
    size = (store.releases_folder() / found.id / store.MANIFEST).stat().st_size
    listed: list[dict[str, Any]] = [{"name": store.MANIFEST, "sha256": found.manifest_sha256, "bytes": size}]
    listed += [{"name": name, **entry} for name, entry in manifest["files"].items()]
    return [
        {
            "name": entry["name"],
            "url": place + entry["name"],
            "archived": archived and entry["name"] == store.PARQUET,
            **entry,
        }
        for entry in listed
    ]


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
        "reason": change.reason,
        "release": found.id,
        "demonstration": found.demonstration,
    }


@router.at("/releases/{id}/observations.parquet")
def release_observations(request: HttpRequest, id: str = ID) -> HttpResponseBase:
    return _newest(request) if id == LATEST else _file(id, store.PARQUET, parquet.MEDIA_TYPE)


@router.at("/releases/{id}/findings.parquet")
def release_findings(request: HttpRequest, id: str = ID) -> HttpResponseBase:
    return _newest(request) if id == LATEST else _file(id, store.FINDINGS, parquet.MEDIA_TYPE)


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
    if name == store.PARQUET and store.is_archived(id):
        raise Refused("release_archived", release=id, archive=found.archive)
    if _checked.get(str(folder)) != stamp:
        queries.verify(id)
        _checked[str(folder)] = stamp
    digest = found.manifest_sha256
    if name != store.MANIFEST:
        files = queries.manifest(id)["files"]
        if name not in files:
            raise Refused("file_missing", file=name)  # released before figures were checked
        digest = files[name]["sha256"]
    return answers.file(folder / name, sha256=digest, content_type=content_type, name=f"{id}-{name}")
