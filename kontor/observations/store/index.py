"""The rebuildable index over all releases: one read-only DuckDB file per generation."""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from django.conf import settings

from ..rules import number_of
from .releases import COLUMNS, PARQUET, literal, releases_folder, sha256_of, sync, verify


class _Reader(threading.local):
    """This thread's cursor on the newest index; earlier generations are let go."""

    generation: str = ""
    cursor: duckdb.DuckDBPyConnection | None = None


_reader = _Reader()
_opening = threading.Lock()
_open: dict[str, duckdb.DuckDBPyConnection] = {}


def generation_of(published: Sequence[tuple[str, str]]) -> str:
    """The name of the index over these (release, manifest hash) pairs."""
    return hashlib.sha256(json.dumps([2, *published]).encode()).hexdigest()[:20]


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
            sync(draft)
            _hash_file(final).write_text(sha256_of(draft), encoding="ascii")
            sync(_hash_file(final))
            draft.replace(final)
            sync(folder)
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
                f"INSERT INTO handed BY NAME SELECT *, ? AS release, ? AS number FROM read_parquet({literal(source)})",
                [release, number],
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
