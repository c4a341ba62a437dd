"""A delimited text as input: its letters and delimiter are found out, DuckDB reads it, and what that gives up on is read
row by row."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from kontor.errors import BadRow, Invalid
from kontor.tables import delimited
from kontor.tables.files import Source

from .layout import MOST_FAULTS, Layout, Read, hand_over, literal, plain_path
from .titles import refuse_title_of_text

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16"}
# Windows-1252 where ISO-8859-1 has control characters that nobody writes.
WINDOWS = {code: bytes([code]).decode("cp1252", errors="replace") for code in range(0x80, 0xA0)}
HALVES = re.compile(r"[0-9]+,[0-9]{1,2}(?=,|$)")  # of a number, in cells side by side


def read_text(_connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> Read:
    """How DuckDB is to read it; nothing but the beginning and the letters has been looked at."""
    source = Source(path, progress=lambda _: None)
    try:
        encoding = layout.encoding or _encoding(source)
        sample = source.sample() if encoding != "latin-1" else source.beginning.decode("iso-8859-1")
        packed = source.packed
    finally:
        source.close()
    if not sample.strip():
        raise Invalid([BadRow("input_empty", None, None, {"file": path.name})])
    delimiter = layout.delimiter or _delimiter(sample)
    if not layout.header:
        refuse_title_of_text(path.name, sample, delimiter, () if layout.delimiter else DELIMITERS)
    columns = layout.header or heading(sample, delimiter)
    declared = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(columns)))
    rows = (
        f"read_csv({literal(plain_path(path))}, delim={literal(delimiter)}, quote='\"', escape='\"', "
        f"header={'false' if layout.header else 'true'}, auto_detect=false, columns={{{declared}}}, "
        f"compression={literal('gzip' if packed else 'none')}, encoding={literal(encoding)}, "
        "max_line_size=1048576)"
    )
    return Read(columns, rows, delimiter, encoding)


def heading(sample: str, delimiter: str) -> list[str]:
    """The cells of the first row with anything in it."""
    first = next((cells for _, cells in delimited.sample(sample, delimiter, 5) if any(cells)), [])
    return [cell.strip().removeprefix("\ufeff") for cell in first]


def _encoding(source: Source) -> str:
    """Letters that are no UTF-8 may come late. Where letters of UTF-8 come before them it is UTF-8 with a fault."""
    encoding = ENCODINGS.get(source.encoding(), "utf-16")
    if source.encoding() != "utf-8":
        return encoding
    decoder, ascii_only = codecs.getincrementaldecoder("utf-8")(), True
    try:
        for piece in source.pieces():
            ascii_only = decoder.decode(piece).isascii() and ascii_only
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return "latin-1" if ascii_only and error.object[: error.start].isascii() else encoding
    return encoding


def _delimiter(sample: str) -> str:
    """The one that stands in the first line most often, outside of quotation marks."""
    line = next(filter(str.strip, sample.split("\n")), "")
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=bare.count)


def line_by_line(
    connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, read: Read, wanted: Sequence[int]
) -> Read:
    """What DuckDB gives up on (letters of Windows-1252, quotation marks in odd places) is read more slowly, and what is
    wrong with it is named exactly.

    Raises Invalid: "row_length", "header_length", "decimal_commas_split", "cells_unreadable", "encoding_wrong".
    """
    source = Source(path, progress=lambda _: None)
    columns: dict[int, list[str]] = {place: [] for place in wanted}
    odd, fitting = list[delimited.Odd](), 0
    try:
        blocks = source.blocks(otherwise="" if layout.encoding == "utf-8" else "latin-1")
        after = 0 if layout.header else 1
        width = len(read.columns)
        for piece in delimited.pieces(blocks, delimiter=read.delimiter, width=width, after=after):
            kept = rows_filled(piece)
            fitting += len(kept)
            for place, column in columns.items():
                column += (piece.columns[place][row].translate(WINDOWS) for row in kept)
            odd += piece.odd
    finally:
        source.close()
    if odd:
        raise Invalid(_faults(path.name, read, odd, fitting)[:MOST_FAULTS])
    return Read(read.columns, hand_over(connection, columns), read.delimiter, read.encoding)


def rows_filled(piece: delimited.Piece) -> Sequence[int]:
    """The places of rows in which something else than blanks stands."""
    rows = range(len(piece.numbers))
    if all(map(str.strip, piece.columns[0])):
        return rows
    return [row for row in rows if any(column[row].strip() for column in piece.columns)]


def _faults(file: str, read: Read, odd: Sequence[delimited.Odd], fitting: int) -> list[BadRow]:
    width, lengths = len(read.columns), {len(row.cells) for row in odd}
    facts = {"file": file, "expected": width}
    longer = [row for row in odd if len(row.cells) > width]
    if (
        longer
        and read.delimiter == ","
        and all(_halved(row.cells) >= len(row.cells) - width for row in longer)
    ):
        return [BadRow("decimal_commas_split", longer[0].number, None, {**facts, "count": len(longer)})]
    if not fitting and len(odd) > 1 and len(lengths) == 1 and not any(row.reason for row in odd):
        return [BadRow("header_length", None, None, {**facts, "found": lengths.pop()})]
    return [
        BadRow(
            "cells_unreadable" if row.reason else "row_length",
            row.number,
            None,
            {**facts, "found": len(row.cells), "reason": row.reason},
        )
        for row in odd
    ]


def _halved(cells: Sequence[str]) -> int:
    """How many numbers with a decimal comma may stand in two cells each."""
    return len(HALVES.findall(",".join(map(str.strip, cells))))
