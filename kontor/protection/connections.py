"""Databases in memory for as long as a command runs, and an end to what they are at."""

from __future__ import annotations

from contextlib import suppress
from weakref import WeakSet

import duckdb

_OPEN: WeakSet[duckdb.DuckDBPyConnection] = WeakSet()


def connected() -> duckdb.DuckDBPyConnection:
    """A database of its own; nothing of it is written to disk."""
    connection = duckdb.connect(config={"temp_directory": "", "preserve_insertion_order": True})
    _OPEN.add(connection)
    return connection


def interrupt() -> None:
    """End the queries under way. A signal alone does not: DuckDB waits for those of its other threads."""
    for connection in list(_OPEN):
        with suppress(duckdb.Error):  # closed by now
            connection.interrupt()
