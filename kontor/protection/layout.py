"""How an input is written, and what a reader of it hands over to DuckDB."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

MOST_FAULTS = 100  # named; how many there are is said


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is written, as far as the recipe says so; "" or () is found out."""

    delimiter: str = ""
    encoding: str = ""
    header: tuple[str, ...] = ()
    sheet: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """columns: of the file. rows: a FROM clause with columns c0, c1 ... delimiter, encoding: of a text. numbers: of the
    rows of a sheet, where they are known."""

    columns: Sequence[str]
    rows: str
    delimiter: str = ""
    encoding: str = ""
    numbers: Sequence[int] = ()


def identifier(name: str) -> str:
    """A name of SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def plain_path(path: Path) -> str:
    """DuckDB takes some letters of a name for patterns; as a class of one letter each stands for itself."""
    return re.sub(r"[*?[{]", r"[\g<0>]", str(path))


def hand_over(connection: duckdb.DuckDBPyConnection, columns: Mapping[int, Sequence[str]]) -> str:
    """The table that is answered, with columns c0, c1 ...; as JSON, because of Python's texts DuckDB looks at each."""
    parts = ", ".join(f"unnest(from_json(?, '[\"VARCHAR\"]')) AS c{place}" for place in columns)
    texts = [json.dumps(column, ensure_ascii=False) for column in columns.values()]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE handed AS SELECT {parts or '1'}", texts)
    return "handed"
