"""Writing a compacted file: every row of many releases, proven release by release against the originals."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import rfc8785

from kontor.errors import Refused

from . import compact
from .drafting import MEMORY
from .releases import COLUMNS, MANIFEST, PARQUET, literal, settle, stamp_of, sync
from .rows import selects

FORMAT = 1
_ROWS = f"{COLUMNS}, release VARCHAR, number INTEGER"
# Every column as text in the order of COLUMNS, so that a row has one spelling whatever file it comes from.
_LINE = """CAST(to_json([area, variable, period, CAST(value AS VARCHAR), CAST(decimals AS VARCHAR), flags,
    confidentiality, status, source, file, CAST("row" AS VARCHAR), CAST(demonstration AS VARCHAR), "column",
    conversion, reason]) AS VARCHAR)"""


def write_compaction(slug: str, published: Sequence[tuple[str, str]]) -> str:
    """Write the rows of these (release, manifest hash) into the compaction `slug`; returns the hash of its manifest.

    The releases must have been verified. Refused("compaction_failed") where a release does not come out of the new
    file as it went in; then nothing is there. A folder that no table row knows is replaced.
    """
    final = compact.compact_folder() / slug
    draft = compact.compact_folder() / f".draft-{slug}-{secrets.token_hex(4)}"
    draft.mkdir(parents=True)
    try:
        releases = _gather(draft, published)
        content = rfc8785.dumps(
            dict[str, Any](
                {
                    "format": FORMAT,
                    "id": slug,
                    "releases": releases,
                    "files": {PARQUET: stamp_of(draft / PARQUET)},
                }
            )
        )
        (draft / MANIFEST).write_bytes(content)
        settle(draft)
        if final.exists():
            shutil.rmtree(final)
        draft.rename(final)
        sync(final.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return hashlib.sha256(content).hexdigest()


def _gather(draft: Path, published: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    with _working(draft) as connection:
        connection.execute(f"CREATE TABLE gathered ({_ROWS})")
        entries = []
        for release, manifest_sha256 in published:
            connection.execute(f"CREATE OR REPLACE TABLE one ({_ROWS})")
            for select in selects([(release, manifest_sha256)]):
                connection.execute(f"INSERT INTO one BY NAME {select}")
            entries.append({"id": release, "manifest_sha256": manifest_sha256, **_proof(connection, "one")})
            connection.execute("INSERT INTO gathered FROM one")
        connection.execute(
            f"""COPY (FROM gathered ORDER BY variable, period, area, number)
                TO {literal(draft / PARQUET)} (FORMAT parquet, COMPRESSION zstd)"""
        )
    check_rows(draft / PARQUET, entries, name=draft.name)
    return entries


def check_rows(path: Path, entries: Iterable[Mapping[str, Any]], *, name: str) -> None:
    """Recompute number and hash of the rows of every release in a compacted file.

    Refused("compaction_failed") names the first release whose rows are others.
    """
    with _working(path.parent) as connection:
        for entry in entries:
            source = f"(FROM read_parquet({literal(path)}) WHERE release = '{entry['id']}')"
            if _proof(connection, source) != {key: entry[key] for key in ("rows", "rows_sha256")}:
                raise Refused("compaction_failed", name=name, release=entry["id"])


def _proof(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, Any]:
    """How many rows there are, and the SHA-256 over them in the order variable, period, area: one JSON line each."""
    digest, rows = hashlib.sha256(), 0
    names = connection.execute(f"SELECT DISTINCT variable FROM {source} ORDER BY 1").fetchall()
    for (variable,) in names:
        lines = connection.execute(
            f"SELECT {_LINE} FROM {source} WHERE variable = ? ORDER BY period, area", [variable]
        ).fetchall()
        rows += len(lines)
        digest.update("".join(f"{line}\n" for (line,) in lines).encode())
    return {"rows": rows, "rows_sha256": digest.hexdigest()}


@contextmanager
def _working(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own for the work, which may use the disk in `folder` and leaves nothing there."""
    spill = folder / f".draft-rows-{secrets.token_hex(4)}"
    connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY, "temp_directory": str(spill)})
    try:
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)
