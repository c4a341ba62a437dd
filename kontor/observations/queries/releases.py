"""Which releases there are, what they hold, and what one changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kontor.errors import Refused
from kontor.events import queries as events
from kontor.events.rules import instant

from .. import models, rules, store


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    id: str
    number: int
    demonstration: bool
    after: int
    title: Mapping[str, str]
    rows: int
    manifest_sha256: str
    published_at: datetime

    @property
    def ref(self) -> str:
        return f"release:{self.id}"


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is known: published releases up to `real`, invented ones up to `invented`. `label` is what was asked for."""

    label: str
    real: int
    invented: int
    published: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One figure that a release added, revised or withdrew. `before` and `after` are as written, with flags."""

    kind: str
    area: str
    variable: str
    period: str
    before: str
    after: str
    flags_before: str
    flags_after: str


def _record(row: models.Release) -> ReleaseRecord:
    return ReleaseRecord(
        id=row.slug,
        number=row.number,
        demonstration=row.demonstration,
        after=row.after,
        title=row.title,
        rows=row.rows,
        manifest_sha256=row.manifest_sha256,
        published_at=row.published_at,
    )


def releases(*, demonstration: bool | None = None) -> list[ReleaseRecord]:
    """All releases, the newest first; only published or only invented ones on demand."""
    rows = models.Release.objects.order_by("-published_at", "-id")
    if demonstration is not None:
        rows = rows.filter(demonstration=demonstration)
    return [_record(row) for row in rows]


def release(slug: str) -> ReleaseRecord:
    """Refused("release_unknown") where there is none."""
    row = models.Release.objects.filter(slug=slug).first()
    if row is None:
        raise Refused("release_unknown", release=slug)
    return _record(row)


def newest() -> ReleaseRecord | None:
    """The newest release of published figures."""
    row = models.Release.objects.filter(demonstration=False).order_by("-number").first()
    return _record(row) if row else None


def as_of(slug: str | None = None) -> AsOf:
    """What was known at a release; with None, now. Refused("release_unknown") where there is none."""
    rows = list(
        models.Release.objects.order_by("demonstration", "number").values_list(
            "slug", "manifest_sha256", "demonstration", "number", "after"
        )
    )
    published = tuple((row[0], row[1]) for row in rows)
    real = max((row[3] for row in rows if not row[2]), default=0)
    invented = max((row[3] for row in rows if row[2]), default=0)
    if slug is None:
        return AsOf(f"r{real}" if real else "", real, invented, published)
    rules.number_of(slug)
    asked = next((row for row in rows if row[0] == slug), None)
    if asked is None:
        raise Refused("release_unknown", release=slug)
    if asked[2]:
        return AsOf(slug, asked[4], asked[3], published)
    beside = max((row[3] for row in rows if row[2] and row[4] <= asked[3]), default=0)
    return AsOf(slug, asked[3], beside, published)


def manifest(slug: str) -> dict[str, Any]:
    """The manifest of a release as published. Refused("release_altered") where it is another one."""
    found = release(slug)
    return store.manifest(found.id, found.manifest_sha256)


def verify(slug: str) -> ReleaseRecord:
    """Recompute the hashes of one release and compare its table row with its manifest and the record.

    Refused("release_altered") names the file.
    """
    found = release(slug)
    store.verify(found.id, found.manifest_sha256)
    recorded = events.newest(subjects=[found.ref], kinds=["observations.released"])
    if not recorded or any(event.facts["manifest_sha256"] != found.manifest_sha256 for event in recorded):
        raise Refused("release_altered", release=found.id, file=store.MANIFEST)
    stated = store.manifest(found.id, found.manifest_sha256)
    row = {
        "rows": found.rows,
        "title": dict(found.title),
        "published_at": instant(found.published_at),
        "demonstration": found.demonstration,
    }
    if any(stated.get(name) != value for name, value in row.items()):
        raise Refused("release_altered", release=found.id, file=store.MANIFEST)
    return found


_CHANGES = """
    WITH mine AS (SELECT * FROM by_variable WHERE release = $release),
         before AS (
           SELECT o.* FROM by_variable o JOIN mine m USING (area, variable, period)
           WHERE o.demonstration = $invented AND o.number < $number
           QUALIFY row_number() OVER (PARTITION BY o.area, o.variable, o.period ORDER BY o.number DESC) = 1),
         change AS (
           SELECT CASE WHEN m.status = 'W' THEN 'withdrawn'
                       WHEN b.area IS NULL OR b.status = 'W' THEN 'added' ELSE 'revised' END AS kind,
                  m.area, m.variable, m.period, b.value AS old, b.decimals AS old_decimals, m.value, m.decimals,
                  coalesce(b.flags, '') AS old_flags, m.flags, m.status
           FROM mine m LEFT JOIN before b USING (area, variable, period))
"""


def _about(found: ReleaseRecord) -> dict[str, Any]:
    return {"release": found.id, "invented": found.demonstration, "number": found.number}


def diff(slug: str, *, kind: str = "", limit: int | None = None, offset: int = 0) -> list[Change]:
    """What a release changed against everything before it on its track, by variable, period, city.

    `kind` (added, revised, withdrawn) narrows it; `limit` and `offset` cut a page out of it.
    """
    cut = f" LIMIT {int(limit)} OFFSET {int(offset)}" if limit is not None else ""
    rows = store.reader(as_of().published).execute(
        f"{_CHANGES} SELECT * FROM change WHERE $kind IN ('', kind) ORDER BY variable, period, area{cut}",
        {**_about(release(slug)), "kind": kind},
    )
    return [
        Change(
            kind=row[0],
            area=row[1],
            variable=row[2],
            period=row[3],
            before="" if row[4] is None else f"{row[4]:.{row[5]}f}",
            after="" if row[10] == "W" else f"{row[6]:.{row[7]}f}",
            flags_before=row[8],
            flags_after=row[9],
        )
        for row in rows.fetchall()
    ]


def change_counts(slug: str) -> dict[str, int]:
    """Kind -> how many figures a release added, revised, withdrew."""
    cursor = store.reader(as_of().published)
    rows = cursor.execute(
        f"{_CHANGES} SELECT kind, count(*) FROM change GROUP BY kind", _about(release(slug))
    )
    return dict(rows.fetchall())


def cities_of(slug: str) -> frozenset[str]:
    """Codes of the cities of which a release holds figures."""
    found = release(slug)
    cursor = store.reader(as_of().published)
    rows = cursor.execute("SELECT DISTINCT area FROM by_variable WHERE release = ?", [found.id]).fetchall()
    return frozenset(row[0] for row in rows)
