"""The backup file: one tar.gz whose first member, manifest.json, gives the SHA-256 of every other.

The database comes first, as of one moment; then exactly the releases, compactions and submissions that this moment
knows.
They never change and were complete before the database named them, so nothing has to stop meanwhile.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from kontor import __version__
from kontor.errors import Refused
from kontor.events.rules import instant
from kontor.observations.store import sha256_of

from . import databases
from .locks import alone
from .terminal import now

FORMAT = 1
MANIFEST = "manifest.json"
ALONGSIDE = ("secret-key", "demo-accounts.txt")  # small files of the data directory that belong to it


@dataclass(frozen=True, slots=True)
class Item:
    """One member of the archive and where its bytes are."""

    name: str
    path: Path


def write(file: Path) -> dict[str, Any]:
    """Write the backup to `file`; returns its manifest. Refused: file_exists, folder_unwritable, program_missing."""
    if file.exists():
        raise Refused("file_exists", file=file.name)
    # Meanwhile nothing is compacted or archived: files that the database names would go.
    with alone(settings.DATA / "setup.lock"), _workplace(file.parent) as folder:
        snapshot = databases.dump(folder / databases.member_name())
        items = [Item(databases.member_name(), snapshot.path), *_files(snapshot)]
        manifest = _manifest(items, snapshot)
        archive = folder / "archive"
        _pack(archive, items, manifest)
        try:
            file.hardlink_to(archive)  # gives the name in one step, and never an existing one
        except FileExistsError:
            raise Refused("file_exists", file=file.name) from None
        except OSError:  # a file system without hard links
            shutil.move(archive, file)
    return manifest


@contextmanager
def _workplace(parent: Path) -> Iterator[Path]:
    """A folder beside the backup for what is under way; only its owner can look into it."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".kontor-backup-", dir=parent))
    except OSError as error:
        raise Refused("folder_unwritable", folder=str(parent), reason=error.strerror) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _files(snapshot: databases.Snapshot) -> list[Item]:
    items = [Item(name, settings.DATA / name) for name in ALONGSIDE if (settings.DATA / name).is_file()]
    for kind, named in (("releases", snapshot.releases), ("compact", snapshot.compactions)):
        for name in sorted(named):
            folder = settings.DATA / kind / name
            items += [Item(f"{kind}/{name}/{path.name}", path) for path in sorted(folder.iterdir())]
    for digest in sorted(snapshot.submissions):
        items.append(Item(f"submissions/{digest}", settings.DATA / "submissions" / digest))
    return items


def _manifest(items: list[Item], snapshot: databases.Snapshot) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kontor": __version__,
        "made_at": instant(now()),
        "database": databases.vendor(),
        "events": snapshot.events,
        "event_head": snapshot.event_head,
        "releases": snapshot.releases,
        "files": {
            item.name: {"sha256": sha256_of(item.path), "bytes": item.path.stat().st_size} for item in items
        },
    }


def _pack(archive: Path, items: list[Item], manifest: dict[str, Any]) -> None:
    content = json.dumps(manifest, indent=1, sort_keys=True).encode()
    handle = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
            head = tarfile.TarInfo(MANIFEST)
            head.size, head.mode = len(content), 0o600
            tar.addfile(head, io.BytesIO(content))
            for item in items:
                member = tarfile.TarInfo(item.name)
                member.size, member.mode = item.path.stat().st_size, 0o600
                with item.path.open("rb") as file:
                    tar.addfile(member, file)
        raw.flush()
        os.fsync(raw.fileno())


def unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Unpack into the empty `folder`, every byte checked against the manifest; returns that.

    Refused: file_missing, backup_unreadable, backup_altered.
    """
    if not file.is_file():
        raise Refused("file_missing", file=file.name)
    try:
        with tarfile.open(file, "r:gz") as tar:
            return _unpack(tar, folder, file=file)
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError) as error:
        raise Refused(
            "backup_unreadable", file=file.name, reason=str(error) or type(error).__name__
        ) from None


def _unpack(tar: tarfile.TarFile, folder: Path, *, file: Path) -> dict[str, Any]:
    head = tar.next()
    source = tar.extractfile(head) if head and head.name == MANIFEST and head.isfile() else None
    if source is None:
        raise Refused("backup_unreadable", file=file.name, reason=MANIFEST)
    manifest: dict[str, Any] = json.loads(source.read())
    if manifest["format"] != FORMAT:
        raise Refused("backup_unreadable", file=file.name, reason=f"format {manifest['format']}")
    left = dict(manifest["files"])
    while member := tar.next():
        expected = left.pop(member.name, None)
        content = tar.extractfile(member) if expected and member.isfile() else None
        path = folder / member.name
        if content is None or not path.resolve().is_relative_to(folder.resolve()):
            raise Refused("backup_unreadable", file=file.name, reason=member.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        if sha256_of(path) != expected["sha256"]:
            raise Refused("backup_altered", file=member.name)
    if left:
        raise Refused("backup_unreadable", file=file.name, reason=next(iter(left)))
    return manifest


def draft_name() -> str:
    """A name for a folder of work under way."""
    return f".restoring-{secrets.token_hex(4)}"
