"""How an index lies on the disk: the same narrow rows in two orders, by variable in DuckDB and by area in SQLite.

Areas, variables and origins are numbered, so that both find rows by small integers. A row's origin is everything
that many rows share: flags, status, source, file, recipe, reason. The figure keeps its digits as text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import duckdb

from ..rules import number_of
from .releases import COLUMNS
from .rows import selects

MEMORY = "1GB"  # beyond that DuckDB works on the disk, beside the draft
BATCH = 1_000  # rows on their way from one file into the other; a reader in another thread waits for no more
ORIGIN = 'flags, confidentiality, status, source, file, "column", conversion, reason'
ROW = 'area, variable, period, number, demonstration, digits, origin, "row"'

_NAMES = """
    CREATE TABLE area (id INTEGER PRIMARY KEY, code VARCHAR NOT NULL);
    CREATE TABLE variable (id INTEGER PRIMARY KEY, code VARCHAR NOT NULL);
    CREATE TABLE origin (id INTEGER PRIMARY KEY, flags VARCHAR, confidentiality VARCHAR, status VARCHAR,
        source VARCHAR, file VARCHAR, "column" VARCHAR, conversion VARCHAR, reason VARCHAR);
"""
_FIGURE = """area INTEGER, variable INTEGER, period VARCHAR, number INTEGER, demonstration BOOLEAN, digits VARCHAR,
    origin INTEGER, "row" INTEGER"""

# DuckDB tells text apart by its first eight bytes only ("eurostat"), so that numbers alone let it skip rows.
BY_VARIABLE = (
    _NAMES
    + f"""
    CREATE TABLE figure ({_FIGURE});
    CREATE VIEW by_variable AS
        SELECT a.code AS area, v.code AS variable, f.period, CAST(f.digits AS DECIMAL(28,10)) AS value,
            CAST(coalesce(length(split_part(f.digits, '.', 2)), 0) AS TINYINT) AS decimals, o.* EXCLUDE (id),
            f."row", f.demonstration, f.number, concat(if(f.demonstration, 'demo-', 'r'), f.number) AS release
        FROM figure f JOIN area a ON a.id = f.area JOIN variable v ON v.id = f.variable
            JOIN origin o ON o.id = f.origin;
"""
)
BY_AREA = (
    _NAMES
    + f"""
    CREATE TABLE figure ({_FIGURE}, PRIMARY KEY (area, variable, period, number, demonstration)) WITHOUT ROWID;
"""
)

# 41.0000000000 with its decimals as the source wrote them, and without a point where it had none.
_DIGITS = "left(CAST(value AS VARCHAR), length(CAST(value AS VARCHAR)) - 10 + decimals - CAST(decimals = 0 AS INTEGER))"


def count(published: Sequence[tuple[str, str]]) -> int:
    """How many rows these releases have."""
    with duckdb.connect() as connection:
        found = [connection.execute(f"SELECT count(*) FROM ({sql})").fetchone() for sql in selects(published)]
    return sum(row[0] for row in found if row)


def fill(columns: Path, cells: Path, published: Sequence[tuple[str, str]]) -> None:
    """Add the rows of these releases to both files, which are made where they are missing."""
    new = not columns.exists()
    with duckdb.connect(str(columns), config={"memory_limit": MEMORY}) as connection:
        if new:
            connection.execute(BY_VARIABLE)
        _hand(connection, published)
        _fill_columns(connection)
        _fill_cells(cells, connection, published)


def _hand(connection: duckdb.DuckDBPyConnection, published: Sequence[tuple[str, str]]) -> None:
    """The rows of these releases as `handed`: a view, so that none is held in memory."""
    connection.execute(f"CREATE TEMP TABLE blank ({COLUMNS}, release VARCHAR, number INTEGER)")
    union = " UNION ALL BY NAME ".join(["SELECT * FROM blank", *(f"({sql})" for sql in selects(published))])
    later = ", ".join(f"coalesce({name}, '') AS {name}" for name in ('"column"', "conversion", "reason"))
    connection.execute(f"CREATE TEMP VIEW handed AS SELECT * REPLACE ({later}) FROM ({union})")


def _fill_columns(connection: duckdb.DuckDBPyConnection) -> None:
    for table, names in (("area", "area"), ("variable", "variable"), ("origin", ORIGIN)):
        known = ORIGIN if table == "origin" else "code"
        connection.execute(
            f"""INSERT INTO {table}
                SELECT (SELECT coalesce(max(id), 0) FROM {table}) + row_number() OVER (ORDER BY {names}), *
                FROM (SELECT DISTINCT {names} FROM handed EXCEPT SELECT {known} FROM {table})"""
        )
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM h.{name}" for name in ORIGIN.split(", "))
    connection.execute(
        f"""INSERT INTO figure
            SELECT a.id, v.id, h.period, h.number, h.demonstration, {_DIGITS}, o.id, h."row"
            FROM handed h JOIN area a ON a.code = h.area JOIN variable v ON v.code = h.variable JOIN origin o ON {same}
            ORDER BY v.id, h.period, a.id, h.number"""
    )


def _fill_cells(path: Path, columns: duckdb.DuckDBPyConnection, published: Sequence[tuple[str, str]]) -> None:
    new = not path.exists()
    cells = sqlite3.connect(path, isolation_level=None)
    try:
        # Whatever dies here leaves a draft, so that no journal has to save it.
        cells.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -100000"
        )
        if new:
            cells.executescript(BY_AREA)
        cells.execute("BEGIN")
        for table in ("area", "variable", "origin"):
            held = cells.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
            _copy(columns, f"SELECT * FROM {table} WHERE id > {held} ORDER BY id", cells, table)
        numbers = ", ".join(f"({number}, {invented})" for invented, number in _numbers(published))
        chosen = f"WHERE (number, demonstration) IN ({numbers})" if numbers and not new else ""
        order = "ORDER BY area, variable, period, number"
        _copy(columns, f"SELECT {ROW} FROM figure {chosen} {order}", cells, "figure")
        cells.execute("COMMIT")
    finally:
        cells.close()


def _numbers(published: Sequence[tuple[str, str]]) -> list[tuple[bool, int]]:
    return [number_of(release) for release, _ in published]


def _copy(source: duckdb.DuckDBPyConnection, sql: str, target: sqlite3.Connection, table: str) -> None:
    rows = source.execute(sql)
    places = ", ".join("?" * len(rows.description))
    while batch := rows.fetchmany(BATCH):
        target.executemany(f"INSERT INTO {table} VALUES ({places})", batch)
