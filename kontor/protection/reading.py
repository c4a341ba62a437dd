"""An input file of any usual kind as columns of text in DuckDB, with the faults of its rows named by row and column."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from kontor.errors import BadRow, Invalid
from kontor.tables import delimited
from kontor.tables.files import Source
from kontor.tables.sheets import Workbook

from .missing import missing
from .titles import refuse_title, refuse_title_of_text

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16", "latin-1": "latin-1"}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Windows-1252 where ISO-8859-1 has control characters that nobody writes.
WINDOWS = {code: bytes([code]).decode("cp1252", errors="replace") for code in range(0x80, 0xA0)}
MOST_FAULTS = 100  # named; how many there are is said
PARQUET, GZIP = b"PAR1", b"\x1f\x8b"
OTHERS = (
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"SQLi",
)  # pictures, papers, old sheets


# columns of the file, a FROM clause with columns c0, c1 ..., and delimiter and encoding of a text
Read = tuple[list[str], str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is written, as far as the recipe says so; "" or () is found out."""

    delimiter: str = ""
    encoding: str = ""
    header: tuple[str, ...] = ()
    sheet: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """The open table `records`: the wanted columns as text without blanks around it, "" where nothing stands.

    columns: all columns of the file; delimiter: of a text file, else "". count: rows.
    """

    connection: duckdb.DuckDBPyConnection
    name: str
    sha256: str
    columns: tuple[str, ...]
    wanted: tuple[str, ...]
    count: int
    header: bool
    delimiter: str
    encoding: str
    path: Path

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(values)).fetchall()

    def rows_of(self, places: Iterable[int]) -> dict[int, int]:
        """Place of a record, from 0 -> the row of the file in which it stands."""
        places, first = list(places), 2 if self.header else 1
        if not self.delimiter or not places:
            return {place: place + first for place in places}
        return _numbers(self, set(places))


def quoted(name: str) -> str:
    """The column of `records` that holds a column of the file. The blank before it, which no column of a file has,
    keeps it apart from `rowid` and from columns that are computed."""
    return _identifier(" " + name)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


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
    "header_twice", "input_column_missing", "row_length", "cells_unreadable", and what `Source` and `Workbook` find.
    """
    if not path.is_file():
        raise Invalid([missing(path, "input_missing")])
    cancelled()
    connection = duckdb.connect(config={"temp_directory": "", "preserve_insertion_order": True})
    try:
        yield _filled(connection, path, layout, wanted)
    finally:
        connection.close()


def _filled(
    connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, wanted: Sequence[str] | None
) -> Records:
    named, rows, facts = _reader(path)(connection, path, layout)
    bare = (CONTROL.sub("", name.translate(WINDOWS)).strip() for name in named)
    columns = [name or f"column_{place}" for place, name in enumerate(bare, start=1)]
    _check_columns(path.name, columns, wanted)
    chosen = tuple(columns if wanted is None else dict.fromkeys(wanted))
    parts = ", ".join(f"{_clean(f'c{columns.index(name)}', layout)} AS {quoted(name)}" for name in chosen)
    sql = _into_records(parts, rows)
    try:
        faults = _load(connection, sql, path, len(columns))
        if any(fault.code == "encoding_wrong" for fault in faults) and not layout.encoding:
            # Letters that are no UTF-8 may come late in a file; it is then read once more.
            sql, facts = sql.replace("encoding='utf-8'", "encoding='latin-1'"), (facts[0], "latin-1")
            faults = _load(connection, sql, path, len(columns))
    except Invalid:
        if not facts[0]:
            raise
        rows = _line_by_line(
            connection, path, layout, facts[0], len(columns), [columns.index(n) for n in chosen]
        )
        faults = _load(connection, _into_records(parts, rows), path, len(columns))
    if faults:
        raise Invalid(faults)
    count = connection.execute("SELECT count(*) FROM records").fetchone()
    assert count is not None
    if not count[0]:
        raise Invalid([BadRow("rows_missing", None, None, {"file": path.name})])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Records(
        connection, path.name, digest, tuple(columns), chosen, count[0], not layout.header, *facts, path
    )


def _into_records(parts: str, rows: str) -> str:
    return f"CREATE OR REPLACE TABLE records AS SELECT {parts or '1'} FROM {rows}"  # noqa: S608


def _reader(path: Path) -> Callable[[duckdb.DuckDBPyConnection, Path, Layout], Read]:
    """By the first bytes, whatever the file is called."""
    start = _beginning(path)
    if start == PARQUET:
        return _parquet
    if start == b"PK\x03\x04":
        return _sheet
    if start.startswith(OTHERS):
        raise Invalid([BadRow("input_no_table", None, None, {"file": path.name})])
    return _features if start[:1] == b"{" else _text


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
    text = f"coalesce(trim({column}, {literal(' ' + chr(9) + chr(0xA0))}), '')"
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
        if name not in columns:
            shown = ", ".join(columns)
            facts = {"file": file, "value": name, "columns": shown if len(shown) < 600 else shown[:597] + "…"}
            faults.append(BadRow("input_column_missing", 1, name, facts))
    if faults:
        raise Invalid(faults)


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    source = f"read_parquet({literal(_plain_path(path))})"
    try:
        named = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    except duckdb.Error as error:
        raise _damaged(path, error) from None
    columns = [str(row[0]) for row in named]
    cast = ", ".join(
        f"CAST({_identifier(name)} AS VARCHAR) AS c{place}" for place, name in enumerate(columns)
    )
    return columns, f"(SELECT {cast} FROM {source})", ("", "")  # noqa: S608


def _sheet(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    source = Source(path, progress=lambda _: None)
    try:
        book = Workbook(source)
        sheet = layout.sheet or next(iter(book.sheets))
        if sheet not in book.sheets:
            raise source.refusal("input_sheet_unknown", value=sheet, known=", ".join(book.sheets))
        rows = [cells for _, cells in book.rows(sheet) if any(cells)]
    finally:
        source.close()
    if not layout.header:
        refuse_title(path.name, rows)
    header = list(layout.header) or (rows.pop(0) if rows else [])
    return _arrays(connection, path, header, rows)


def _features(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    """The properties of a GeoJSON collection; where the features lie is not read."""
    try:
        content = path.read_bytes()
        features = json.loads(gzip.decompress(content) if content[:2] == GZIP else content)["features"]
        found = [feature["properties"] for feature in features]
        header = list(dict.fromkeys(name for properties in found for name in properties))
        rows = [["" if one.get(name) is None else str(one[name]) for name in header] for one in found]
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as error:
        raise _damaged(path, error) from None
    return _arrays(connection, path, header, rows)


def _arrays(
    connection: duckdb.DuckDBPyConnection, path: Path, header: list[str], rows: list[list[str]]
) -> Read:
    faults = [
        BadRow("row_length", number, None, {"found": len(row), "expected": len(header)})
        for number, row in enumerate(rows, start=2)
        if len(row) > len(header)
    ]
    if faults:
        raise Invalid(faults[:MOST_FAULTS])
    if not header or not rows:
        raise Invalid([BadRow("rows_missing", None, None, {"file": path.name})])
    filled = [row + [""] * (len(header) - len(row)) for row in rows]
    _hand_over(connection, dict(enumerate(zip(*filled, strict=True))))
    return header, "handed", ("", "")


def _text(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    source = Source(path, progress=lambda _: None)
    try:
        encoding = layout.encoding or ENCODINGS[source.encoding()]
        sample = source.sample() if encoding != "latin-1" else source.beginning.decode("iso-8859-1")
        packed = source.packed
    finally:
        source.close()
    if not sample.strip():
        raise Invalid([BadRow("input_empty", None, None, {"file": path.name})])
    delimiter = layout.delimiter or _delimiter(sample)
    if not layout.header:
        refuse_title_of_text(path.name, sample, delimiter, () if layout.delimiter else DELIMITERS)
    first = next((cells for _, cells in delimited.sample(sample, delimiter, 5) if any(cells)), [])
    columns = [cell.strip().removeprefix("\ufeff") for cell in layout.header or first]
    declared = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(columns)))
    rows = (
        f"read_csv({literal(_plain_path(path))}, delim={literal(delimiter)}, quote='\"', escape='\"', "
        f"header={'false' if layout.header else 'true'}, auto_detect=false, columns={{{declared}}}, "
        f"compression={literal('gzip' if packed else 'none')}, encoding={literal(encoding)}, "
        f"store_rejects=true, rejects_limit={MOST_FAULTS}, max_line_size=1048576)"
    )
    return columns, rows, (delimiter, encoding)


def _line_by_line(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    layout: Layout,
    delimiter: str,
    width: int,
    wanted: Sequence[int],
) -> str:
    """What DuckDB gives up on (letters of Windows-1252, quotation marks in odd places) is read more slowly, and what is
    wrong with it is named exactly."""
    source = Source(path, progress=lambda _: None)
    columns: dict[int, list[str]] = {place: [] for place in wanted}
    faults = list[BadRow]()
    try:
        blocks = source.blocks(otherwise="" if layout.encoding == "utf-8" else "latin-1")
        after = 0 if layout.header else 1
        for piece in delimited.pieces(blocks, delimiter=delimiter, width=width, after=after):
            for place, column in columns.items():
                column += (text.translate(WINDOWS) for text in piece.columns[place])
            for odd in piece.odd:
                facts = {"file": path.name, "found": len(odd.cells), "expected": width}
                code = "cells_unreadable" if odd.reason else "row_length"
                faults.append(BadRow(code, odd.number, None, {**facts, "reason": odd.reason}))
    finally:
        source.close()
    if faults:
        raise Invalid(faults[:MOST_FAULTS])
    _hand_over(connection, columns)
    return "handed"


def _hand_over(connection: duckdb.DuckDBPyConnection, columns: Mapping[int, Sequence[str]]) -> None:
    """The table `handed` with columns c0, c1 ...; as JSON, because of Python's texts DuckDB looks at every one."""
    parts = ", ".join(f"unnest(from_json(?, '[\"VARCHAR\"]')) AS c{place}" for place in columns)
    texts = [json.dumps(column, ensure_ascii=False) for column in columns.values()]
    connection.execute(f"CREATE TEMP TABLE handed AS SELECT {parts or '1'}", texts)


def _delimiter(sample: str) -> str:
    """The one that stands in the first line most often, outside of quotation marks."""
    line = next(filter(str.strip, sample.split("\n")), "")
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=bare.count)


def _plain_path(path: Path) -> str:
    """DuckDB takes some letters of a name for patterns; as a class of one letter each stands for itself."""
    return re.sub(r"[*?[{]", r"[\g<0>]", str(path))


def _load(connection: duckdb.DuckDBPyConnection, sql: str, path: Path, width: int) -> list[BadRow]:
    """Read the file; answers what is wrong with its rows."""
    try:
        connection.execute("DROP TABLE IF EXISTS reject_errors")
        connection.execute("DROP TABLE IF EXISTS reject_scans")
        connection.execute(sql)
        if "store_rejects" not in sql:
            return []
        rejected = connection.execute(
            "SELECT line, error_type, error_message FROM reject_errors ORDER BY line"
        ).fetchall()
    except duckdb.Error as error:
        raise _damaged(path, error) from None
    faults = {line: _fault(line, kind, message, path.name, width) for line, kind, message in rejected}
    return list(islice(faults.values(), MOST_FAULTS))


def _fault(line: int, kind: str, message: str, file: str, width: int) -> BadRow:
    if kind == "INVALID ENCODING":
        return BadRow("encoding_wrong", line, None, {"file": file, "expected": "UTF-8"})
    if found := re.search(r"Found: (\d+)", message):
        return BadRow("row_length", line, None, {"file": file, "found": int(found[1]), "expected": width})
    return BadRow("cells_unreadable", line, None, {"file": file, "reason": message.split("\n")[0][:120]})


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
            for number in piece.numbers:
                if place in places:
                    found[place] = number
                place += 1
        return found
    finally:
        source.close()
