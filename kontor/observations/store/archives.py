"""Archives: tar files with the original figures of releases, each byte checked on the way in and out."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import rfc8785

from kontor.errors import Refused

from ..rules import number_of
from .releases import PARQUET, releases_folder, sha256_of, sync

FORMAT = 1
NOWHERE = Path(os.devnull)
LIST = "archive.json"  # the first member: the hash of every other one


def write_archive(file: Path, hashes: Mapping[str, str]) -> str:
    """Write the originals of these releases (id -> hash of its Parquet) to `file`; returns the file's own hash.

    What was written is read again before the file gets its name. Refused: file_exists, folder_unwritable,
    release_altered.
    """
    if file.exists():
        raise Refused("file_exists", file=file.name)
    draft = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as raw:
            _pack(raw, hashes)
            os.fsync(raw.fileno())
        check_archive(draft, hashes)
        digest = sha256_of(draft)
        _name(draft, file)
    except OSError as error:
        raise Refused("folder_unwritable", folder=str(file.parent), reason=str(error.strerror)) from None
    finally:
        draft.unlink(missing_ok=True)
    return digest


def _name(draft: Path, file: Path) -> None:
    try:
        file.hardlink_to(draft)  # gives the name in one step, and never an existing one
    except FileExistsError:
        raise Refused("file_exists", file=file.name) from None
    except OSError:  # a file system without hard links
        shutil.move(draft, file)
    sync(file.parent)


def _pack(raw: BinaryIO, hashes: Mapping[str, str]) -> None:
    content = rfc8785.dumps({"format": FORMAT, "files": dict(hashes)})
    with tarfile.open(fileobj=raw, mode="w") as tar:
        head = tarfile.TarInfo(LIST)
        head.size = len(content)
        tar.addfile(head, io.BytesIO(content))
        for release in hashes:
            path = releases_folder() / release / PARQUET
            member = tarfile.TarInfo(_member(release))
            member.size = path.stat().st_size
            with path.open("rb") as source:
                tar.addfile(member, source)


def _member(release: str) -> str:
    return f"{release}/{PARQUET}"


def check_archive(file: Path, hashes: Mapping[str, str]) -> None:
    """Read every byte. Refused("archive_altered") where the archive does not hold exactly these files."""
    if _read(file, None) != dict(hashes):
        raise Refused("archive_altered", file=file.name)


def unpack(file: Path, folder: Path) -> dict[str, str]:
    """Unpack into the empty `folder`, a file per release named by it; returns release -> hash of what was read.

    Refused: file_missing, archive_unreadable, archive_altered.
    """
    if not file.is_file():
        raise Refused("file_missing", file=file.name)
    return _read(file, folder)


def _read(file: Path, folder: Path | None) -> dict[str, str]:
    try:
        with tarfile.open(file, "r:") as tar:
            head = tar.next()
            source = tar.extractfile(head) if head and head.name == LIST and head.isfile() else None
            stated: dict[str, Any] = json.loads(source.read()) if source else {}
            if stated.get("format") != FORMAT:
                raise Refused("archive_unreadable", file=file.name)
            found = dict(_members(tar, stated["files"], folder))
    except (tarfile.TarError, OSError, EOFError, ValueError, LookupError, AttributeError, TypeError):
        raise Refused("archive_unreadable", file=file.name) from None
    if found != stated["files"]:
        raise Refused("archive_altered", file=file.name)
    return found


def _members(
    tar: tarfile.TarFile, stated: Mapping[str, str], folder: Path | None
) -> Iterable[tuple[str, str]]:
    for release in stated:
        number_of(release)  # nothing but a release's id becomes the name of a file
    expected = {_member(release): release for release in stated}
    while member := tar.next():
        release = expected[member.name]
        content = tar.extractfile(member)
        if content is None:
            raise ValueError(member.name)
        digest = hashlib.sha256()
        with (folder / release).open("xb") if folder else NOWHERE.open("wb") as out:
            while piece := content.read(1 << 20):
                digest.update(piece)
                out.write(piece)
            if folder:
                out.flush()
                os.fsync(out.fileno())
        yield release, digest.hexdigest()


def put_back(folder: Path, releases: Iterable[str]) -> None:
    """Give the unpacked originals in `folder` their places."""
    for release in releases:
        (folder / release).replace(releases_folder() / release / PARQUET)
        sync(releases_folder() / release)


def take_away(releases: Iterable[str]) -> None:
    """Remove the originals of archived releases from their folders; their manifests and findings stay."""
    for release in releases:
        (releases_folder() / release / PARQUET).unlink(missing_ok=True)
        sync(releases_folder() / release)
