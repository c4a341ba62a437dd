"""Releases on disk: sorted Parquet, manifest, hashes."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rfc8785
from django.conf import settings

from kontor.errors import Refused

PARQUET = "observations.parquet"
MANIFEST = "manifest.json"
COLUMNS = (
    "area VARCHAR, variable VARCHAR, period VARCHAR, value DECIMAL(28,10), decimals TINYINT, flags VARCHAR, "
    'confidentiality VARCHAR, status VARCHAR, source VARCHAR, file VARCHAR, "row" INTEGER, demonstration BOOLEAN, '
    # Later than the first releases, which lack them: who reads does so by name and takes the default.
    "\"column\" VARCHAR DEFAULT '', conversion VARCHAR DEFAULT '', reason VARCHAR DEFAULT ''"
)


def releases_folder() -> Path:
    return settings.DATA / "releases"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def write_release(*, release: str, write: Callable[[Path], None], manifest: dict[str, Any]) -> str:
    """Write a release's folder complete or not at all; returns the SHA-256 of its manifest.

    `write` puts the files of the release into the folder that it is given. A folder of this name that no table row
    knows is what a killed process left behind, and is replaced.
    """
    final = releases_folder() / release
    draft = releases_folder() / f".draft-{release}-{secrets.token_hex(4)}"
    draft.mkdir(parents=True)
    try:
        write(draft)
        files = {path.name: stamp_of(path) for path in sorted(draft.iterdir())}
        content = rfc8785.dumps(dict[str, Any]({**manifest, "id": release, "files": files}))
        (draft / MANIFEST).write_bytes(content)
        settle(draft)
        if final.exists():
            shutil.rmtree(final)
        draft.rename(final)
        sync(final.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return hashlib.sha256(content).hexdigest()


def stamp_of(path: Path) -> dict[str, Any]:
    """What a manifest says about a file: its hash and size."""
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}


def literal(path: Path) -> str:
    """A path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def settle(folder: Path) -> None:
    """Everything on the disk before the folder gets its name."""
    for path in folder.iterdir():
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def manifest(release: str, manifest_sha256: str) -> dict[str, Any]:
    """The manifest of a published release. Refused("release_altered") where it is gone or another one."""
    try:
        raw = (releases_folder() / release / MANIFEST).read_bytes()
        if hashlib.sha256(raw).hexdigest() != manifest_sha256:
            raise Refused("release_altered", release=release, file=MANIFEST)
        content: dict[str, Any] = json.loads(raw)
    except (OSError, ValueError):
        raise Refused("release_altered", release=release, file=MANIFEST) from None
    return content


def drafts() -> list[Path]:
    """Folders that a killed process left unfinished; they are no releases."""
    return sorted(releases_folder().glob(".draft-*"))
