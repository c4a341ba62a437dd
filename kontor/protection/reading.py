"""An input file of any usual kind as columns of text in DuckDB, with the faults of its rows named by row and column."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from kontor.errors import BadRow, Invalid
from kontor.tables import delimited
from kontor.tables.files import Source
from kontor.tables.sheets import Workbook

from .connections import connected
from .layout import MOST_FAULTS, Layout, Read, hand_over, identifier, literal, plain_path
from .missing import missing
from .text_files import DELIMITERS, WINDOWS, heading, line_by_line, read_text, rows_filled
from .titles import refuse_title

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PARQUET, GZIP = b"PAR1", b"\x1f\x8b"
OTHERS = (
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"SQLi",
)  # pictures, papers, old sheets


@dataclass(frozen=True, slots=True)
class Records:
    """The open table `records`: the wanted columns as text without blanks around it, "" where nothing stands.

    columns: all columns of the file; delimiter: of a text file, else "". count: rows. numbers: theirs in a sheet.
    """

    connection: duckdb.DuckDBPyConnection
    name: str
    sha256: str
    columns: tuple[str, ...]
    count: int
    header: bool
    delimiter: str
    encoding: str
    path: Path
    numbers: Sequence[int] = ()

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(values)).fetchall()

    def rows_of(self, places: Iterable[int]) -> dict[int, int]:
        """Place of a record, from 0 -> the row of the file in which it stands."""
        places, first = list(places), 2 if self.header else 1
        if self.numbers:
            return {place: self.numbers[place] for place in places}
        if not self.delimiter or not places:
            return {place: place + first for place in places}
        return _numbers(self, set(places))


def quoted(name: str) -> str:
    """The column of `records` that holds a column of the file. The blank before it, which no column of a file has,
    keeps it apart from `rowid` and from columns that are computed."""
    return identifier(" " + name)


@contextmanager
def opened(
    path: Path,
    layout: Layout,
    wanted: Sequence[str] | None,
    *,
    cancelled: Callable[[], None] = lambda: None,
) -> Iterator[Records]:
    """The file with the columns that are wanted (None: all); the others are not even read.

    Nothing is written to disk. Raises Invalid: "input_missing", "file_is_folder", "input_empty", "file_damaged",
    "header_twice", "input_column_missing", "delimiter_other", "sheet_without_rows", and what `line_by_line`, `Source`
    and `Workbook` find.
    """
    if not path.is_file():
        raise Invalid([missing(path, "input_missing")])
    cancelled()
    with ExitStack() as stack:
        yield _filled(lambda: stack.enter_context(connected()), path, layout, wanted)


def _filled(
    fresh: Callable[[], duckdb.DuckDBPyConnection],
    path: Path,
    layout: Layout,
    wanted: Sequence[str] | None,
) -> Records:
    connection = fresh()
    try:
        read = _reader(path)(connection, path, layout)
    except Invalid as error:
        raise Invalid([_with_columns(fault, wanted) for fault in error.rows]) from None
    bare = (CONTROL.sub("", name.translate(WINDOWS)).strip() for name in read.columns)
    columns = [name or f"column_{place}" for place, name in enumerate(bare, start=1)]
    _check_delimiter(path, layout, read.columns, wanted or ())
    _check_columns(path.name, columns, wanted)
    chosen = tuple(columns if wanted is None else dict.fromkeys(wanted))
    places = [columns.index(name) for name in chosen]
    parts = {name: _clean(f"c{place}", layout) for name, place in zip(chosen, places, strict=True)}
    try:
        _fill(connection, parts, read, path)
        _drop_empty(connection, parts, read, path)
    except Invalid:
        if not read.delimiter:
            raise
        connection = fresh()  # what DuckDB stumbles over may have killed the other one
        read = line_by_line(connection, path, layout, read, places)
        _fill(connection, parts, read, path)
    count = connection.execute("SELECT count(*) FROM records").fetchone()
    assert count is not None
    if not count[0]:
        raise Invalid([BadRow("rows_missing", None, None, {"file": path.name})])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    kind = read.delimiter, read.encoding
    return Records(
        connection,
        path.name,
        digest,
        tuple(columns),
        count[0],
        not layout.header,
        *kind,
        path,
        read.numbers,
    )


def _with_columns(fault: BadRow, wanted: Sequence[str] | None) -> BadRow:
    """A title above the table, with the columns that the table is to have."""
    if fault.code != "title_above_table" or not wanted:
        return fault
    facts = {**fault.facts, "columns": ", ".join(wanted)}
    return BadRow("title_above_columns", fault.row, None, facts)


def _fill(
    connection: duckdb.DuckDBPyConnection,
    parts: Mapping[str, str],
    read: Read,
    path: Path,
    where: str = "true",
) -> None:
    """The table `records`."""
    listed = ", ".join(f"{part} AS {quoted(name)}" for name, part in parts.items()) or "1"
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE records AS SELECT {listed} FROM {read.rows} WHERE {where}"  # noqa: S608
        )
    except duckdb.Error as error:
        raise _damaged(path, error) from None


def _drop_empty(
    connection: duckdb.DuckDBPyConnection, parts: Mapping[str, str], read: Read, path: Path
) -> None:
    """Rows in which nothing stands at all are none. What is not wanted is looked at only where all that is is empty."""
    bare = " AND ".join(f"{quoted(name)} = ''" for name in parts)
    if bare and connection.execute(f"SELECT 1 FROM records WHERE {bare} LIMIT 1").fetchone():  # noqa: S608
        cells = (_clean(f"c{place}", Layout()) for place in range(len(read.columns)))
        _fill(connection, parts, read, path, where=" OR ".join(f"{cell} <> ''" for cell in cells))


def _reader(path: Path) -> Callable[[duckdb.DuckDBPyConnection, Path, Layout], Read]:
    """By the first bytes, whatever the file is called."""
    start = _beginning(path)
    if start == PARQUET:
        return _parquet
    if start == b"PK\x03\x04":
        return _sheet
    if start.startswith(OTHERS):
        raise Invalid([BadRow("input_no_table", None, None, {"file": path.name})])
    return _features if start[:1] == b"{" else read_text


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start[:2] != GZIP:
            return start
        with gzip.open(path) as packed:
            return packed.read(4)
    except (OSError, EOFError) as error:
        raise _damaged(path, error) from None


def _clean(column: str, layout: Layout) -> str:
    # A break within a cell is a blank: not every reader of the result would keep the row together.
    line = (
        f"translate(replace({column}, {literal(chr(13) + chr(10))}, ' '), {literal(chr(13) + chr(10))}, '  ')"
    )
    text = f"coalesce(trim({line}, {literal(' ' + chr(9) + chr(0xA0))}), '')"
    for empty in layout.missing:
        text = f"CASE WHEN {text} = {literal(empty)} THEN '' ELSE {text} END"
    return text


def _check_columns(file: str, columns: list[str], wanted: Sequence[str] | None) -> None:
    faults = []
    # DuckDB holds no two columns that differ in capitals alone.
    read = columns if wanted is None else [name for name in columns if name in wanted]
    times = Counter(name.casefold() for name in read)
    for name in dict.fromkeys(read):
        if times[name.casefold()] > 1:
            faults.append(BadRow("header_twice", 1, name, {"file": file, "value": name}))
    for name in wanted or ():
        if name in columns:
            continue
        shown = ", ".join(columns)
        facts = {"file": file, "value": name, "columns": shown if len(shown) < 600 else shown[:597] + "…"}
        faults.append(BadRow("input_column_missing", 1, name, facts))
    if faults:
        raise Invalid(faults)


def _check_delimiter(path: Path, layout: Layout, named: Sequence[str], wanted: Sequence[str]) -> None:
    """Whether another one than the recipe names would give the heading the columns that are not there."""
    absent = set(wanted) - set(named)
    if not absent or not layout.delimiter or layout.header:
        return
    line = layout.delimiter.join(named)
    for other in DELIMITERS:
        if absent <= set(heading(line, other)):
            said = {"value": json.dumps(layout.delimiter), "other": json.dumps(other)}
            raise Invalid([BadRow("delimiter_other", 1, None, {"file": path.name, **said})])


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    source = f"read_parquet({literal(plain_path(path))})"
    try:
        named = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    except duckdb.Error as error:
        raise _damaged(path, error) from None
    columns = [str(row[0]) for row in named]
    cast = ", ".join(f"CAST({identifier(name)} AS VARCHAR) AS c{place}" for place, name in enumerate(columns))
    return Read(columns, f"(SELECT {cast} FROM {source})")  # noqa: S608


def _sheet(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    source = Source(path, progress=lambda _: None)
    try:
        book = Workbook(source)
        sheet = layout.sheet or next(iter(book.sheets))
        if sheet not in book.sheets:
            raise source.refusal("input_sheet_unknown", value=sheet, known=", ".join(book.sheets))
        found = {number: _without_empty_end(cells) for number, cells in book.rows(sheet)}
        others = [name for name in book.sheets if name != sheet]
    finally:
        source.close()
    rows = {number: cells for number, cells in found.items() if cells}
    if len(rows) < 2 and others and not layout.sheet:
        facts = {"file": path.name, "value": sheet, "others": ", ".join(others), "first": others[0]}
        raise Invalid([BadRow("sheet_without_rows", None, None, facts)])
    if not layout.header:
        refuse_title(path.name, list(rows.values()))
    header = list(layout.header) or rows.pop(next(iter(rows), 0), [])
    return _arrays(connection, path, header, list(rows.values()), list(rows))


def _without_empty_end(cells: list[str]) -> list[str]:
    """A cell that has a colour but no text is no cell of the table."""
    filled = [place for place, cell in enumerate(cells, start=1) if cell.strip()]
    return cells[: max(filled, default=0)]


def _features(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    """The properties of a GeoJSON collection; where the features lie is not read."""
    try:
        content = path.read_bytes()
        features = json.loads(gzip.decompress(content) if content[:2] == GZIP else content)["features"]
        found = [feature["properties"] or {} for feature in features]
        header = list(dict.fromkeys(name for properties in found for name in properties))
        rows = [["" if one.get(name) is None else str(one[name]) for name in header] for one in found]
        numbers = range(2, len(rows) + 2)
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid([BadRow("geojson_malformed", None, None, {"file": path.name})]) from None
    except (ValueError, OSError, EOFError) as error:
        raise _damaged(path, error) from None
    return _arrays(connection, path, header, rows, numbers)


def _arrays(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    header: list[str],
    rows: list[list[str]],
    numbers: Sequence[int],
) -> Read:
    faults = [
        BadRow("row_length", number, None, {"found": len(row), "expected": len(header)})
        for number, row in zip(numbers, rows, strict=True)
        if len(row) > len(header)
    ]
    if faults:
        raise Invalid(faults[:MOST_FAULTS])
    if not header or not rows:
        raise Invalid([BadRow("rows_missing", None, None, {"file": path.name})])
    filled = [row + [""] * (len(header) - len(row)) for row in rows]
    handed = hand_over(connection, dict(enumerate(zip(*filled, strict=True))))
    return Read(header, handed, numbers=numbers)


def _damaged(path: Path, error: Exception) -> Invalid:
    reason = str(error).split("\n")[0][:160]
    return Invalid([BadRow("file_damaged", None, None, {"file": path.name, "reason": reason})])


def _numbers(records: Records, places: set[int]) -> dict[int, int]:
    """Rows of the file, empty ones and those of several lines counted as they stand there."""
    source = Source(records.path, progress=lambda _: None)
    try:
        width, after = len(records.columns), 1 if records.header else 0
        # Columns that were not wanted may have other letters than UTF-8, whatever the encoding of the rest.
        blocks = source.blocks(otherwise="latin-1")
        found, place = {}, 0
        for piece in delimited.pieces(blocks, delimiter=records.delimiter, width=width, after=after):
            for number in (piece.numbers[row] for row in rows_filled(piece)):
                if place in places:
                    found[place] = number
                place += 1
        return found
    finally:
        source.close()
