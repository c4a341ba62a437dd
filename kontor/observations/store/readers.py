"""The indexes that this process has open. A newer one is opened aside; until it is whole, readers keep theirs."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import duckdb
from django.db import connections

from .index import CELLS, build, ensure_index, is_built
from .layout import ORIGIN

Published = Sequence[tuple[str, str]]

LOG = logging.getLogger(__name__)
MAPPED = 1 << 40  # bytes of the cells that SQLite may map into memory: all that it can
PATIENCE = 0.5  # seconds that a reader waits once for a new generation
MOST_ORIGINS = 100_000  # kept in memory


class Origin(NamedTuple):
    """What a row shares with many others."""

    flags: str
    confidentiality: str
    status: str
    source: str
    file: str
    column: str
    conversion: str
    reason: str


class Index:
    """One open generation. `cells` answers what begins with areas, `columns()` what begins with variables."""

    def __init__(self, published: Published, path: Path) -> None:
        self.published = tuple(published)
        self._columns = duckdb.connect(str(path), read_only=True)
        self._own = threading.local()
        # Immutable: no locks and no journal are looked for. SQLite takes turns between threads by itself.
        cells = f"file:{quote(str(path.with_suffix(CELLS)))}?immutable=1"
        self.cells = sqlite3.connect(cells, uri=True, check_same_thread=False, isolation_level=None)
        self.cells.execute(f"PRAGMA mmap_size = {MAPPED}")
        self.areas = self._numbers("area")
        self.variables = self._numbers("variable")
        self.area_codes = {number: code for code, number in self.areas.items()}
        self.variable_codes = {number: code for code, number in self.variables.items()}
        self._origins: dict[int, Origin] = {}

    def _numbers(self, table: str) -> dict[str, int]:
        return dict(self.cells.execute(f"SELECT code, id FROM {table}").fetchall())

    def columns(self) -> duckdb.DuckDBPyConnection:
        """This thread's cursor on the rows by variable."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._own, "cursor", None)
        if cursor is None:
            cursor = self._own.cursor = self._columns.cursor()
        return cursor

    def origin(self, number: int) -> Origin:
        """The origin with this number."""
        found = self._origins.get(number)
        if found is None:
            row = self.cells.execute(f"SELECT {ORIGIN} FROM origin WHERE id = ?", [number]).fetchone()
            if len(self._origins) >= MOST_ORIGINS:
                self._origins.clear()
            found = self._origins[number] = Origin._make(row)
        return found


Key = tuple[tuple[str, str], ...]


class Shelf:
    """What is open, and what readers get who ask for no release by name."""

    def __init__(self) -> None:
        self.open: dict[Key, Index] = {}  # the newest last; the one before for those still at it
        self.current: Key | None = None
        self._opening = threading.Lock()
        self._beginning = threading.Lock()
        self._aside: threading.Thread | None = None
        self._preparing: list[Callable[[], object]] = []
        # What could not be opened aside -> whether somebody had built it by then.
        self._failed: dict[Key, bool] = {}

    def opened(self, published: Published) -> Index:
        """The index over exactly these releases; opened now where it is not, built where it is missing or damaged."""
        key = tuple(published)
        found = self.open.get(key)
        if found is None:
            with self._opening:
                found = self.open.get(key) or self._take_in(key)
        return found

    def _take_in(self, key: Key) -> Index:
        found = Index(key, ensure_index(key))
        for outdated in list(self.open)[:-1]:
            if outdated != self.current:
                self.open.pop(outdated)
        self.open[key] = found
        if self.current is None or not set(self.current) <= set(key):  # the first, or another data directory
            self.current = key
        return found

    def build_index(self, published: Published) -> Path:
        """Build the index over these releases, and read it from now on. Altered releases are Refused."""
        path = build(published)
        self.current = self.opened(published).published
        return path

    def readable(self, published: Published) -> Published:
        """These releases, or those among them whose index is open while that of all is being opened aside.

        A server, which prepares new generations, never lets a reader wait. Elsewhere the first one waits `PATIENCE`
        seconds at most, so that a command or a test on a small league sees what was just published. Only a process
        that has none open yet has to wait longer.
        """
        key, current = tuple(published), self.current
        if current is None or current == key or not set(current) <= set(key):
            return published
        if key not in self._failed or self._failed[key] != is_built(key):
            begun = self._begin_aside(key)
            if begun and not self._preparing:
                begun.join(PATIENCE)
        return published if self.current == key else current

    def _begin_aside(self, key: Key) -> threading.Thread | None:
        """The thread that opens this generation; None where one is at work already."""
        with self._beginning:
            if self._aside is not None and self._aside.is_alive():
                return None
            self._aside = threading.Thread(target=self._open_aside, args=(key,), daemon=True)
            self._aside.start()
            return self._aside

    def prepare_with(self, call: Callable[[], object]) -> None:
        """Have this called whenever a new generation is open, before readers get it."""
        self._preparing.append(call)

    def _open_aside(self, key: Key) -> None:
        try:
            self.opened(key)
            for call in self._preparing:
                call()
            self.current = key
            self._failed.pop(key, None)
        except Exception:  # readers stay where they are; who asks for the newest release by name is told
            self._failed[key] = is_built(key)
            LOG.exception("the index of the newest releases could not be opened")
        finally:
            connections.close_all()  # those of this thread, which ends

    def settle(self) -> None:
        """Wait until what is being opened aside is open."""
        if self._aside is not None:
            self._aside.join()

    def close(self) -> None:
        """Let go of every open index."""
        self.settle()
        self.current = None
        self.open.clear()
        self._failed.clear()


shelf = Shelf()
opened, build_index, readable = shelf.opened, shelf.build_index, shelf.readable
prepare_with, settle, close = shelf.prepare_with, shelf.settle, shelf.close


def reader(published: Published) -> duckdb.DuckDBPyConnection:
    """A cursor on the rows by variable of exactly these releases."""
    return opened(published).columns()
