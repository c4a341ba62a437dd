"""Gathering the rows of many releases in one file, and moving their originals into an archive and back."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from kontor.errors import Refused
from kontor.events.operations import record
from kontor.league.rules import Actor

from .. import models, rules, store
from ..queries import releases as published
from ..queries import retention
from ..queries.retention import ArchiveRecord, CompactionRecord
from .publishing import publish_alone


def compact(
    *, before: str | None = None, by: Actor, at: datetime, demonstration: bool = False
) -> CompactionRecord:
    """Gather the rows of all releases of a track, or of those before one, in one file; the originals stay.

    Refused: nothing_to_compact, release_unknown, release_altered, compaction_failed.
    """
    rules.check_can_keep(by, demonstration=demonstration)
    chosen = _before(before, demonstration=demonstration)
    standing = models.Compaction.objects.filter(demonstration=demonstration).first()
    if not chosen or (standing and standing.number >= chosen[-1].number):
        raise Refused("nothing_to_compact")
    for row in chosen:
        published.verify(row.slug)
    last = chosen[-1]
    digest = store.write_compaction(last.slug, [(row.slug, row.manifest_sha256) for row in chosen])
    with transaction.atomic():
        publish_alone()
        _check_not_overtaken(last.number, demonstration=demonstration)
        models.Compaction.objects.update_or_create(
            demonstration=demonstration,
            defaults={"slug": last.slug, "number": last.number, "manifest_sha256": digest, "at": at},
        )
        _record(
            "compacted",
            last.slug,
            {"manifest_sha256": digest, "releases": len(chosen)},
            by,
            at,
            demonstration,
        )
    if standing and standing.slug != last.slug:  # its rows are in the new one
        shutil.rmtree(store.compact_folder() / standing.slug, ignore_errors=True)
    return next(one for one in retention.compactions() if one.demonstration == demonstration)


def _check_not_overtaken(number: int, *, demonstration: bool) -> None:
    """Another process may have gathered more meanwhile; its file may by now hold rows that no original holds."""
    if models.Compaction.objects.filter(demonstration=demonstration, number__gte=number).exists():
        raise Refused("nothing_to_compact")


def archive(
    *, before: str, file: Path, by: Actor, at: datetime, demonstration: bool = False
) -> ArchiveRecord:
    """Move the original figures of the releases before one into `file`; pages and questions answer as before.

    Only what is compacted and verified is moved, and only after the archive was read again byte by byte.
    Refused: nothing_to_archive, release_not_compacted, file_exists, release_unknown, release_altered,
    compaction_altered, compaction_failed.
    """
    rules.check_can_keep(by, demonstration=demonstration)
    earlier = _before(before, demonstration=demonstration)
    chosen = [row for row in earlier if row.archive is None]
    left = [row.slug for row in earlier if row.archive and not store.is_archived(row.slug)]
    if left:  # by one that was killed before it had removed them
        retention.verify_compactions()
        _take_away(left)
    if not chosen:
        if left:
            return next(one for one in retention.archives() if left[-1] in one.releases)
        raise Refused("nothing_to_archive", release=before)
    hashes = {row.slug: _original(row, demonstration=demonstration) for row in chosen}
    retention.verify_compactions()
    digest = store.write_archive(file, hashes)
    with transaction.atomic():
        publish_alone()
        kept = models.Archive.objects.create(name=rules.file_name(file.name), sha256=digest, at=at)
        models.Release.objects.filter(id__in=[row.id for row in chosen]).update(archive=kept)
        facts = {"file": kept.name, "sha256": digest, "releases": list(hashes)}
        _record("archived", chosen[-1].slug, facts, by, at, demonstration)
    _take_away(hashes)
    return next(one for one in retention.archives() if one.sha256 == digest)


def unarchive(*, file: Path, by: Actor, at: datetime) -> Sequence[str]:
    """Put the originals in an archive back to where they were, identical by their hashes; returns the releases.

    All of them or none. Refused: file_missing, archive_unreadable, archive_altered, release_unknown,
    real_and_invented_never_mix.
    """
    folder = store.releases_folder() / f".draft-archive-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    try:
        hashes = store.unpack(file, folder)
        rows = {slug: published.release(slug) for slug in hashes}
        for slug, row in rows.items():
            rules.check_can_keep(by, demonstration=row.demonstration)
            if published.manifest(slug)["files"][store.PARQUET]["sha256"] != hashes[slug]:
                raise Refused("archive_altered", file=file.name)
        with transaction.atomic():
            publish_alone()
            store.put_back(folder, hashes)
            models.Release.objects.filter(slug__in=hashes).update(archive=None)
            models.Archive.objects.filter(releases=None).delete()
            facts = {"file": rules.file_name(file.name), "releases": list(hashes)}
            invented = any(row.demonstration for row in rows.values())
            _record("unarchived", list(hashes)[-1], facts, by, at, invented)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return list(hashes)


def _before(before: str | None, *, demonstration: bool) -> list[models.Release]:
    """The releases of a track before one of them, in their order; with None all."""
    rows = models.Release.objects.filter(demonstration=demonstration).order_by("number")
    if before is not None:
        asked = published.release(before)
        if asked.demonstration != demonstration:
            raise Refused("real_and_invented_never_mix")
        rows = rows.filter(number__lt=asked.number)
    return list(rows)


def _original(row: models.Release, *, demonstration: bool) -> str:
    """The hash of a release's original figures, which are here, are what was published and are compacted."""
    published.verify(row.slug)
    standing = store.standing(demonstration=demonstration)
    if standing is None or row.slug not in standing.releases:
        raise Refused("release_not_compacted", release=row.slug)
    return str(published.manifest(row.slug)["files"][store.PARQUET]["sha256"])


def _take_away(releases: Iterable[str]) -> None:
    """Only now that archive and record are on the disk; nobody publishes meanwhile."""
    with transaction.atomic():
        publish_alone()
        store.take_away(releases)


def _record(
    what: str, release: str, facts: dict[str, Any], by: Actor, at: datetime, demonstration: bool
) -> None:
    record(
        kind=f"observations.{what}",
        by=by.reference,
        subject=f"release:{release}",
        at=at,
        facts=facts,
        demonstration=demonstration,
    )
