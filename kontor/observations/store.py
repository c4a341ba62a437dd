"""Releases on disk (sorted Parquet, manifest, hashes) and the rebuildable index over them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import rfc8785
from django.conf import settings

from kontor.errors import Refused

from .rules import Figure, number_of

PARQUET = "observations.parquet"
MANIFEST = "manifest.json"
COLUMNS = (
    "area VARCHAR, variable VARCHAR, period VARCHAR, value DECIMAL(28,10), decimals TINYINT, flags VARCHAR, "
    'confidentiality VARCHAR, status VARCHAR, source VARCHAR, file VARCHAR, "row" INTEGER, demonstration BOOLEAN'
)
LINE = (
    "{area: 'VARCHAR', variable: 'VARCHAR', period: 'VARCHAR', value: 'VARCHAR', decimals: 'TINYINT', "
    "flags: 'VARCHAR', status: 'VARCHAR', source: 'VARCHAR', file: 'VARCHAR', \"row\": 'INTEGER'}"
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
        _sync(final.parent)
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
            'status, source, file, "row", ? '
            f"FROM read_json({_sql(lines)}, format = 'newline_delimited', columns = {LINE})",
            [demonstration],
        )
        connection.execute(
            f"COPY (SELECT * FROM figure ORDER BY variable, period, area) TO {_sql(path)} (FORMAT parquet, COMPRESSION zstd)"
        )
    finally:
        connection.close()
        lines.unlink()


def _sql(path: Path) -> str:
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
    }


def _settle(folder: Path) -> None:
    """Everything on the disk before the folder gets its name."""
    for path in folder.iterdir():
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
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


# ---- the index: one read-only DuckDB file per generation of releases


class _Reader(threading.local):
    """This thread's cursor on the newest index; earlier generations are let go."""

    generation: str = ""
    cursor: duckdb.DuckDBPyConnection | None = None


_reader = _Reader()
_opening = threading.Lock()
_open: dict[str, duckdb.DuckDBPyConnection] = {}


def generation_of(published: Sequence[tuple[str, str]]) -> str:
    """The name of the index over these (release, manifest hash) pairs."""
    return hashlib.sha256(json.dumps([1, *published]).encode()).hexdigest()[:20]


def reader(published: Sequence[tuple[str, str]]) -> duckdb.DuckDBPyConnection:
    """A cursor on the index over exactly these releases; builds the index where it is missing or damaged."""
    path = index_path(published)
    key = str(path)
    if _reader.generation != key or _reader.cursor is None:
        with _opening:
            if key not in _open:
                _open.clear()
                ensure_index(published)
                _open[key] = duckdb.connect(key, read_only=True)
            _reader.cursor = _open[key].cursor()
            _reader.generation = key
    return _reader.cursor


def index_path(published: Sequence[tuple[str, str]]) -> Path:
    """Where the index over exactly these releases lies, once it is built."""
    return settings.DATA / "index" / f"{generation_of(published)}.duckdb"


def ensure_index(published: Sequence[tuple[str, str]]) -> Path:
    """The index over these releases, built where it is missing or damaged."""
    path = index_path(published)
    return path if _is_whole(path) else build_index(published)


def index_rows(published: Sequence[tuple[str, str]]) -> int | None:
    """How many figures the index over these releases holds; None where it is damaged."""
    path = index_path(published)
    if not _is_whole(path):
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            counts = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()
                for table in ("by_variable", "by_area")
            ]
    except duckdb.Error:
        return None
    return int(counts[0][0]) if counts[0] and counts[0] == counts[1] else None


def _hash_file(index: Path) -> Path:
    return index.with_suffix(".sha256")


def _is_whole(index: Path) -> bool:
    """Whether an index is, byte by byte, what was built: a power cut or a bad disk may leave half of it."""
    try:
        return _hash_file(index).read_text(encoding="ascii") == sha256_of(index)
    except (OSError, ValueError):
        return False


@contextmanager
def _build_alone(folder: Path) -> Iterator[None]:
    """One process or thread builds at a time; the others wait."""
    with (folder / ".building.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build_index(published: Sequence[tuple[str, str]]) -> Path:
    """Build the index beside the old one and give it its name in one step. Altered releases are Refused."""
    folder = settings.DATA / "index"
    folder.mkdir(parents=True, exist_ok=True)
    final = index_path(published)
    for release, manifest_sha256 in published:
        verify(release, manifest_sha256)
    with _build_alone(folder):
        if _is_whole(final):  # another process was quicker
            return final
        draft = folder / f".draft-{secrets.token_hex(4)}.duckdb"
        try:
            _fill_index(draft, published)
            _sync(draft)
            _hash_file(final).write_text(sha256_of(draft), encoding="ascii")
            _sync(_hash_file(final))
            draft.replace(final)
            _sync(folder)
        finally:
            draft.unlink(missing_ok=True)
        _forget_old(folder, keep=final)
    return final


def _fill_index(draft: Path, published: Sequence[tuple[str, str]]) -> None:
    connection = duckdb.connect(str(draft))
    try:
        connection.execute("SET preserve_insertion_order=true")
        connection.execute(f"CREATE TABLE handed ({COLUMNS}, release VARCHAR, number INTEGER)")
        for release, _ in published:
            source = releases_folder() / release / PARQUET
            _, number = number_of(release)
            connection.execute(
                f"INSERT INTO handed SELECT *, ?, ? FROM read_parquet({_sql(source)})", [release, number]
            )
        connection.execute(
            "CREATE TABLE by_variable AS SELECT * FROM handed ORDER BY variable, period, area, number"
        )
        connection.execute(
            "CREATE TABLE by_area AS SELECT * FROM handed ORDER BY area, variable, period, number"
        )
        connection.execute("DROP TABLE handed")
    finally:
        connection.close()


def _forget_old(folder: Path, *, keep: Path) -> None:
    """Older generations go, but the two newest stay for readers that are still at them. Drafts are left alone."""
    others: list[tuple[float, Path]] = []
    for path in folder.glob("[!.]*.duckdb"):
        with suppress(FileNotFoundError):
            if path != keep:
                others.append((path.stat().st_mtime, path))
    for _, path in sorted(others)[:-2]:
        path.unlink(missing_ok=True)
        _hash_file(path).unlink(missing_ok=True)
