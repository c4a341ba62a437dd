"""What was compacted and archived, and whether it still is what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .. import models, store
from .releases import check_compaction_recorded


@dataclass(frozen=True, slots=True)
class CompactionRecord:
    """All releases of a track up to `id`, gathered in one file."""

    id: str
    demonstration: bool
    releases: tuple[str, ...]
    rows: int
    manifest_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """A file with the original figures of `releases`, by the name and hash with which it was written."""

    name: str
    sha256: str
    releases: tuple[str, ...]
    at: datetime


def compactions() -> list[CompactionRecord]:
    """The compaction of each track that has one, published figures first. Refused("compaction_altered")."""
    return [_record(row) for row in models.Compaction.objects.order_by("demonstration")]


def names() -> list[str]:
    """The names of the compactions that are recorded; nothing is read from the disk."""
    return list(models.Compaction.objects.values_list("slug", flat=True))


def _record(row: models.Compaction) -> CompactionRecord:
    found = store.compacted(row.slug, row.manifest_sha256)
    return CompactionRecord(
        id=row.slug,
        demonstration=row.demonstration,
        releases=tuple(found.releases),
        rows=sum(entry["rows"] for entry in found.releases.values()),
        manifest_sha256=row.manifest_sha256,
        at=row.at,
    )


def verify_compactions() -> list[CompactionRecord]:
    """Recompute the hash of every compacted file and of the rows of every release in it.

    Refused: compaction_altered, compaction_failed.
    """
    for row in models.Compaction.objects.order_by("demonstration"):
        check_compaction_recorded(demonstration=row.demonstration)
        found = store.compacted(row.slug, row.manifest_sha256)
        store.check_whole(found)
        store.check_rows(found.parquet, found.releases.values(), name=found.id)
    return compactions()


def archives() -> list[ArchiveRecord]:
    """The archives that hold originals which are not here, the newest first."""
    rows = models.Archive.objects.prefetch_related("releases").order_by("-at", "-id")
    return [
        ArchiveRecord(row.name, row.sha256, tuple(release.slug for release in row.releases.all()), row.at)
        for row in rows
    ]
