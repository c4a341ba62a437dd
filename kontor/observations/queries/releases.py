"""Which releases there are, what they hold, and what one changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from kontor.errors import Refused
from kontor.events import queries as events
from kontor.events.rules import instant

from .. import models, rules, store

PUBLISHING = ("observations.released", "observations.withdrawn")  # the events by which a release comes to be


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
    archive: str

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
    reason: str = ""


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
        archive=row.archive.name if row.archive else "",
    )


def releases(*, demonstration: bool | None = None) -> list[ReleaseRecord]:
    """All releases, the newest first; only published or only invented ones on demand."""
    rows = models.Release.objects.select_related("archive").order_by("-id")
    if demonstration is not None:
        rows = rows.filter(demonstration=demonstration)
    return [_record(row) for row in rows]


def release(slug: str) -> ReleaseRecord:
    """Refused("release_unknown") where there is none."""
    rules.number_of(slug)  # what cannot be an id is never put to a database: some refuse more than others
    row = models.Release.objects.filter(slug=slug).first()
    if row is None:
        raise Refused("release_unknown", release=slug)
    return _record(row)


def newest() -> ReleaseRecord | None:
    """The newest release of published figures."""
    row = models.Release.objects.filter(demonstration=False).order_by("-number").first()
    return _record(row) if row else None


def pairs() -> tuple[tuple[str, str], ...]:
    """(id, manifest hash) of every release, by track and number: what an index over all of them is about."""
    return tuple(row[:2] for row in _rows())


Row = tuple[str, str, bool, int, int]  # id, manifest hash, invented, number, the published one beside it


def _rows() -> tuple[Row, ...]:
    columns = ("slug", "manifest_sha256", "demonstration", "number", "after")
    return tuple(models.Release.objects.order_by("demonstration", "number").values_list(*columns))


@lru_cache(maxsize=4)
def _rows_at(head_hash: str) -> tuple[tuple[Row, ...], tuple[tuple[str, str], ...]]:
    """The releases when this was the newest event (each is recorded by one), and their pairs."""
    rows = _rows()
    return rows, tuple(row[:2] for row in rows)


def as_of(slug: str | None = None, *, at: str = "") -> AsOf:
    """What was known at a release; with None, now. Refused("release_unknown") where there is none.

    Now is what can be answered without waiting: a release whose index is still being opened is known a moment
    later, or at once to whoever asks for it by name. `at` is the hash of the newest event, where it has been asked
    for already.
    """
    rows, everything = _rows_at(at or events.head()[1])
    published = store.readable(everything)
    if published is not everything:
        if slug is not None and slug not in dict(published):
            published = everything
        rows = tuple(row for row in rows if row[:2] in published)
    return _known(rows, tuple(published), slug)


def coming() -> AsOf:
    """What is known now with every release, also with those whose index is only being opened."""
    rows, everything = _rows_at(events.head()[1])
    return _known(rows, everything, None)


def _known(rows: Sequence[Row], published: tuple[tuple[str, str], ...], slug: str | None) -> AsOf:
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


@dataclass(frozen=True, slots=True)
class Verified:
    """A release that is what was published: `state` is intact or, where a compaction proves its rows, archived."""

    release: ReleaseRecord
    state: store.State


def verify(slug: str) -> ReleaseRecord:
    """Recompute the hashes of one release and compare its table row with its manifest and the record.

    Refused("release_altered") or ("compaction_altered") names the file.
    """
    return verified(slug).release


def verified(slug: str) -> Verified:
    """`verify`, and whether the original figures are here or in an archive."""
    return _verified(release(slug), whole=set())


def verify_all() -> list[Verified]:
    """`verified` of every release, the newest first; a compaction that proves several is looked at once."""
    whole: set[str] = set()
    return [_verified(found, whole=whole) for found in releases()]


def _verified(found: ReleaseRecord, *, whole: set[str]) -> Verified:
    state = store.verify(found.id, found.manifest_sha256, whole=whole)
    if state == "archived":
        check_compaction_recorded(demonstration=found.demonstration)
    recorded = events.newest(subjects=[found.ref], kinds=PUBLISHING)
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
    return Verified(found, state)


def check_compaction_recorded(*, demonstration: bool) -> None:
    """Refused("compaction_altered") unless the record holds the compaction that the table names."""
    row = models.Compaction.objects.get(demonstration=demonstration)
    recorded = events.newest(subjects=[f"release:{row.slug}"], kinds=["observations.compacted"])
    if not recorded or recorded[0].facts["manifest_sha256"] != row.manifest_sha256:
        raise Refused("compaction_altered", name=row.slug, file=store.MANIFEST)


_CHANGES = """
    WITH mine AS (SELECT * FROM by_variable WHERE number = $number AND demonstration = $invented),
         before AS (
           SELECT o.* FROM by_variable o JOIN mine m USING (area, variable, period)
           WHERE o.demonstration = $invented AND o.number < $number
           QUALIFY row_number() OVER (PARTITION BY o.area, o.variable, o.period ORDER BY o.number DESC) = 1),
         change AS (
           SELECT CASE WHEN m.status = 'W' THEN 'withdrawn'
                       WHEN b.area IS NULL OR b.status = 'W' THEN 'added' ELSE 'revised' END AS kind,
                  m.area, m.variable, m.period, b.value AS old, b.decimals AS old_decimals, m.value, m.decimals,
                  coalesce(b.flags, '') AS old_flags, m.flags, m.status, m.reason
           FROM mine m LEFT JOIN before b USING (area, variable, period))
"""


def _about(found: ReleaseRecord) -> dict[str, Any]:
    return {"invented": found.demonstration, "number": found.number}


def diff(slug: str, *, kind: str = "", limit: int | None = None, offset: int = 0) -> list[Change]:
    """What a release changed against everything before it on its track, by variable, period, city.

    `kind` (added, revised, withdrawn) narrows it; `limit` and `offset` cut a page out of it.
    """
    cut = f" LIMIT {int(limit)} OFFSET {int(offset)}" if limit is not None else ""
    rows = store.reader(as_of(slug).published).execute(
        f"{_CHANGES} SELECT * FROM change WHERE $kind IN ('', kind) ORDER BY variable, period, area{cut}",
        {**_about(release(slug)), "kind": kind},
    )
    return [change(row) for row in rows.fetchall()]


def change(row: Sequence[Any]) -> Change:
    """A change from its row: kind, area, variable, period, old value and decimals, value and decimals, old flags,
    flags, status, reason."""
    return Change(
        kind=row[0],
        area=row[1],
        variable=row[2],
        period=row[3],
        before="" if row[4] is None else f"{row[4]:.{row[5]}f}",
        after="" if row[10] == "W" else f"{row[6]:.{row[7]}f}",
        flags_before=row[8],
        flags_after=row[9],
        reason=row[11],
    )


def change_counts(slug: str) -> dict[str, int]:
    """Kind -> how many figures a release added, revised, withdrew."""
    cursor = store.reader(as_of(slug).published)
    rows = cursor.execute(
        f"{_CHANGES} SELECT kind, count(*) FROM change GROUP BY kind", _about(release(slug))
    )
    return dict(rows.fetchall())


def rows_by_city(slug: str) -> dict[str, int]:
    """City -> how many figures of it a release holds, for the cities of which it holds any."""
    found = release(slug)
    cursor = store.reader(as_of(slug).published)
    rows = cursor.execute(
        "SELECT area, count(*) FROM by_variable WHERE number = $number AND demonstration = $invented GROUP BY area",
        _about(found),
    ).fetchall()
    return dict(rows)
