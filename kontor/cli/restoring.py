"""Putting a backup back: unpacked and verified aside, then moved into place; the database comes last."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings

from kontor.errors import Refused
from kontor.events import queries as events
from kontor.observations import store
from kontor.observations.queries import releases

from . import databases
from .backup_file import draft_name, unpack
from .first_start import RESTORING, migrate, unfinished_restore, verify_releases
from .locks import alone

# What may lie in a data directory that counts as empty: what merely loading the settings or a refused start leaves.
HARMLESS = ("secret-key", "setup.lock", RESTORING, "cache", "static", "kontor.sqlite3")
REPLACED = ("releases", "compact", "submissions", "index", "demo-accounts.txt")


def restore(file: Path) -> dict[str, Any]:
    """Put `file` back; returns its manifest.

    Refused: not_empty, backup_unreadable, backup_altered, backup_of_other_database, release_altered,
    events_altered, program_missing, program_failed. Then nothing has changed.
    """
    data: Path = settings.DATA
    data.mkdir(parents=True, exist_ok=True)
    with alone(data / "setup.lock"):
        _clear_interrupted(data)
        _check_empty(data)
        draft = data / draft_name()
        draft.mkdir(mode=0o700)
        try:
            manifest = unpack(file, draft)
            _check_vendor(manifest)
            if databases.vendor() == "sqlite":
                _verify(manifest, draft)
                _move(draft, data)
            else:
                _restore_postgresql(manifest, draft, data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _clear_interrupted(data: Path) -> None:
    """What an earlier restore that was killed left behind. It began where nothing was, so all of it is its own."""
    for draft in data.glob(".restoring-*"):
        shutil.rmtree(draft)
    marker = data / RESTORING
    if not unfinished_restore():
        return
    for name in REPLACED:
        path = data / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if databases.vendor() == "postgresql" and not databases.postgresql_is_empty():
        databases.empty_postgresql()
    marker.unlink()


def _check_empty(data: Path) -> None:
    found = [
        path.name
        for path in data.iterdir()
        if path.name not in HARMLESS and not path.name.startswith(".serving-")
    ]
    found = [name for name in found if name not in ("kontor.sqlite3-wal", "kontor.sqlite3-shm")]
    if found:
        raise Refused("not_empty", place=data.name, found=", ".join(sorted(found)[:5]))
    sqlite = databases.vendor() == "sqlite"
    if not (databases.sqlite_is_empty() if sqlite else databases.postgresql_is_empty()):
        raise Refused("not_empty", place=str(settings.DATABASES["default"]["NAME"]), found="tables")


def _check_vendor(manifest: dict[str, Any]) -> None:
    if manifest["database"] != databases.vendor():
        raise Refused("backup_of_other_database", saved=manifest["database"], here=databases.vendor())


def _verify(manifest: dict[str, Any], draft: Path) -> None:
    """Every release, the whole record and the index, on the unpacked files; with PostgreSQL on its database."""
    with databases.pointed_at(draft / databases.member_name(), draft):
        migrate()  # a backup of an older version
        verify_releases()
        found = events.verify()
        if found.broken_at is not None:
            raise Refused("events_altered", position=found.broken_at)
        named = {record.id: record.manifest_sha256 for record in releases.releases()}
        if named != manifest["releases"] or (found.events, found.head) != (
            manifest["events"],
            manifest["event_head"],
        ):
            raise Refused("backup_altered", file=databases.member_name())
        store.build_index(releases.pairs())


def _restore_postgresql(manifest: dict[str, Any], draft: Path, data: Path) -> None:
    marker = data / RESTORING
    marker.touch()
    try:
        databases.restore_postgresql(draft / databases.member_name())
        _verify(manifest, draft)
        _move(draft, data)
    except BaseException:
        _clear_interrupted(data)
        raise


def _move(draft: Path, data: Path) -> None:
    """Everything to its place; the marker says until the end that this is under way."""
    marker = data / RESTORING
    marker.touch()
    for name in (*REPLACED, "secret-key"):
        if (draft / name).exists():
            (draft / name).replace(data / name)
    if databases.vendor() == "sqlite":
        target = databases.sqlite_file()
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{target.name}.restored")
        shutil.move(draft / databases.member_name(), beside)
        for log in ("-wal", "-shm"):
            target.with_name(target.name + log).unlink(missing_ok=True)
        beside.replace(target)
    marker.unlink()
