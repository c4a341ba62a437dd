"""Rows as a Parquet file, compressed with zstd, with the citation in its metadata."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from . import canonical_json

MEDIA_TYPE = "application/vnd.apache.parquet"
TYPE = re.compile(r"^(VARCHAR(\[\])?|DOUBLE|INTEGER|BIGINT|BOOLEAN|DECIMAL\(\d+,\d+\))$")


def write(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], metadata: Mapping[str, str]
) -> bytes:
    """A Parquet file with these columns (name -> DuckDB type) and this key-value metadata.

    The same rows give the same bytes. ValueError for a type that is none.
    """
    for name, kind in columns.items():
        if not TYPE.match(kind):
            raise ValueError(f"{name}: {kind}")
    with tempfile.TemporaryDirectory(prefix="kontor-") as folder:
        handed, made = Path(folder) / "rows.json", Path(folder) / "rows.parquet"
        with handed.open("wb") as file:
            for row in rows:
                file.write(canonical_json.write({name: row.get(name) for name in columns}) + b"\n")
        _convert(handed, made, columns, metadata)
        return made.read_bytes()


def _convert(handed: Path, made: Path, columns: Mapping[str, str], metadata: Mapping[str, str]) -> None:
    """DuckDB reads the lines with the declared types and writes them in their order."""
    types = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in columns.items())
    facts = ", ".join(f"{_quoted(name)}: {_quoted(text)}" for name, text in metadata.items())
    noted = f", KV_METADATA {{{facts}}}" if facts else ""
    connection = duckdb.connect()
    try:
        connection.execute("SET threads=1")
        lines = f"read_json({_quoted(str(handed))}, format='newline_delimited', columns={{{types}}})"
        form = f"FORMAT parquet, COMPRESSION zstd{noted}"
        # every part is quoted or a type that TYPE lets through
        connection.execute(f"COPY (SELECT * FROM {lines}) TO {_quoted(str(made))} ({form})")  # noqa: S608
    finally:
        connection.close()


def _quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
