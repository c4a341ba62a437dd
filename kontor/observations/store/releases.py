"""Releases on disk: sorted Parquet, manifest, hashes."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import rfc8785
from django.conf import settings

from kontor.errors import Refused

from ..rules import Figure

PARQUET = "observations.parquet"
MANIFEST = "manifest.json"
COLUMNS = (
    "area VARCHAR, variable VARCHAR, period VARCHAR, value DECIMAL(28,10), decimals TINYINT, flags VARCHAR, "
    'confidentiality VARCHAR, status VARCHAR, source VARCHAR, file VARCHAR, "row" INTEGER, demonstration BOOLEAN, '
    # Later than the first releases, which lack them: the index reads by name and takes the default.
    "\"column\" VARCHAR DEFAULT '', conversion VARCHAR DEFAULT '', reason VARCHAR DEFAULT ''"
)
LINE = (
    "{area: 'VARCHAR', variable: 'VARCHAR', period: 'VARCHAR', value: 'VARCHAR', decimals: 'TINYINT', "
    "flags: 'VARCHAR', status: 'VARCHAR', source: 'VARCHAR', file: 'VARCHAR', \"row\": 'INTEGER', "
    "\"column\": 'VARCHAR', conversion: 'VARCHAR', reason: 'VARCHAR'}"
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


def write_release(
    *,
    release: str,
    figures: Sequence[Figure],
    withdrawn: Sequence[Figure] = (),
    demonstration: bool,
    manifest: dict[str, Any],
) -> str:
    """Write a release's folder complete or not at all; returns the SHA-256 of its manifest.

    A folder of this name that no table row knows is what a killed process left behind, and is replaced.
    """
    final = releases_folder() / release
    draft = releases_folder() / f".draft-{release}-{secrets.token_hex(4)}"
    draft.mkdir(parents=True)
    try:
        _write_parquet(draft / PARQUET, figures, withdrawn, demonstration=demonstration)
        files = {PARQUET: {"sha256": sha256_of(draft / PARQUET), "bytes": (draft / PARQUET).stat().st_size}}
        content = rfc8785.dumps(dict[str, Any]({**manifest, "id": release, "files": files}))
        (draft / MANIFEST).write_bytes(content)
        _settle(draft)
        if final.exists():
            shutil.rmtree(final)
        draft.rename(final)
        sync(final.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return hashlib.sha256(content).hexdigest()


def _write_parquet(
    path: Path, figures: Sequence[Figure], withdrawn: Sequence[Figure], *, demonstration: bool
) -> None:
    rows = [(figure, "A") for figure in figures] + [(figure, "W") for figure in withdrawn]
    rows.sort(key=lambda item: (item[0].variable, item[0].period, item[0].area))
    lines = path.with_name("figures.json")
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_line(figure, status)) + "\n" for figure, status in rows)
    connection = duckdb.connect()
    try:
        connection.execute("SET threads=1")
        connection.execute(f"CREATE TABLE figure ({COLUMNS})")
        # Every column typed by hand: nothing is guessed from the content.
        connection.execute(
            "INSERT INTO figure SELECT area, variable, period, CAST(value AS DECIMAL(28,10)), decimals, flags, 'F', "
            'status, source, file, "row", ?, "column", conversion, reason '
            f"FROM read_json({literal(lines)}, format = 'newline_delimited', columns = {LINE})",
            [demonstration],
        )
        connection.execute(
            f"COPY (SELECT * FROM figure ORDER BY variable, period, area) TO {literal(path)} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    finally:
        connection.close()
        lines.unlink()


def literal(path: Path) -> str:
    """A path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def _line(figure: Figure, status: str) -> dict[str, Any]:
    return {
        "area": figure.area,
        "variable": figure.variable,
        "period": figure.period,
        "value": str(figure.value),
        "decimals": max(0, -int(figure.value.as_tuple().exponent)),
        "flags": figure.flags,
        "status": status,
        "source": figure.source,
        "file": figure.file,
        "row": figure.row,
        "column": figure.column,
        "conversion": figure.conversion,
        "reason": figure.reason,
    }


def _settle(folder: Path) -> None:
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


def verify(release: str, manifest_sha256: str) -> None:
    """Recompute every hash of a release. Refused("release_altered") names the first file that differs."""
    folder = releases_folder() / release
    for name, entry in manifest(release, manifest_sha256)["files"].items():
        if not (folder / name).exists() or sha256_of(folder / name) != entry["sha256"]:
            raise Refused("release_altered", release=release, file=name)


def drafts() -> list[Path]:
    """Folders that a killed process left unfinished; they are no releases."""
    return sorted(releases_folder().glob(".draft-*"))
