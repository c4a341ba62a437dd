"""Tables of the Regionaldatenbank Deutschland: notes above, headings in several rows, notes and licence below, levels
mixed, and districts as they were in each year, which are brought to those of 2020."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from kontor.engines import flags
from kontor.errors import BadRow
from kontor.tables.delimited import Piece

from ..rules import Reading, printable
from . import Context, layouts
from .broad_form import Column, columns_of
from .checking import Checker
from .districts import Districts, Row
from .recognition import DELIMITERS, Found
from .tables import Table, open_table

TITLE = re.compile(r"(GENESIS-)?Tabelle: *(?P<table>[0-9-]+)")
LEADING = 3  # columns before the figures: period, code, name
LAST_DAY = re.compile(r"31\.12\.(?P<year>[0-9]{4})")


def read(path: Path, context: Context, name: str | None = None) -> Reading:
    """Figures of cities that are a district, or that the table lists on their own, in the territory of 2020.

    Invalid: "header_wrong", "table_unknown", "delimiter_wrong" and what else is wrong with the whole file.
    """
    with open_table(path, name=name, progress=context.progress) as table:
        found = _recognise(table)
        checker = Checker(found.layout, context, file=table.name, headings=found.headings)
        columns = columns_of(found.layout, found.headings)
        _list_unused(found, checker)
        districts = Districts(checker, columns, cities=context.codes.get(found.layout.areas[0].key, {}))
        for piece in _until_the_end(table, found, checker):
            checker.odd(piece.odd)
            districts.take(_rows(piece, columns))
        districts.convert()
        return checker.finish(table.source.notes)


def _recognise(table: Table) -> Found:
    """The layout by the number of the table in the first row; its headings are the stacks of cells above the figures."""
    known = {layout.name: layout for layout in layouts.publication("regionalstatistik").layouts}
    layout = next(iter(known.values()))
    head = table.head(delimiter=layout.delimiter)
    first = head[0][1][0] if head and head[0][1] else ""
    title = TITLE.fullmatch(first.strip())
    if title is None:
        facts = {"expected": "Tabelle: …", "found": printable(first[:200])}
        raise table.source.refusal("header_wrong", 1, **facts)
    if title["table"] not in known:
        raise table.source.refusal("table_unknown", 1, value=title["table"], known=", ".join(known))
    layout = known[title["table"]]
    headings, row = _stacked(table.head(delimiter=layout.delimiter))
    if not columns_of(layout, headings):
        for delimiter in DELIMITERS:
            if columns_of(layout, _stacked(table.head(delimiter=delimiter))[0]):
                raise table.source.refusal("delimiter_wrong", row, found=delimiter, expected=layout.delimiter)
        facts = {"expected": " | ".join(layout.variables), "found": printable(" | ".join(headings)[:200])}
        raise table.source.refusal("header_wrong", row, **facts)
    return Found(layout, row, headings, {})


def _stacked(head: Sequence[tuple[int, list[str]]]) -> tuple[tuple[str, ...], int]:
    """(headings, last row of them): the rows that leave the leading columns empty, cell above cell."""
    stack = [(number, cells) for number, cells in head if len(cells) > LEADING and not any(cells[:LEADING])]
    if not stack:
        return (), 1
    width = max(len(cells) for _, cells in stack)
    levels = [[cell.strip() for cell in cells] + [""] * (width - len(cells)) for _, cells in stack]
    return tuple(" / ".join(filter(None, cells)) for cells in zip(*levels, strict=True)), stack[-1][0]


def _list_unused(found: Found, checker: Checker) -> None:
    unused = [heading for heading in found.headings[LEADING:] if heading not in found.layout.variables]
    if unused:
        checker.note("columns_not_used", found.row, value=", ".join(unused))


def _until_the_end(table: Table, found: Found, checker: Checker) -> Iterator[Piece]:
    """The pieces above the line that ends the table. A table without it was cut off, which is a fault."""
    layout = found.layout
    pieces = table.pieces(
        delimiter=layout.delimiter, width=len(found.headings), after=found.row, encoding=layout.encoding
    )
    for piece in pieces:
        ends = [row.number for row in piece.odd if row.cells[:1] == [layout.end]]
        if not ends:
            yield piece
            continue
        count = bisect_left(piece.numbers, ends[0])
        odd = [row for row in piece.odd if row.number < ends[0]]
        yield Piece(piece.numbers[:count], [column[:count] for column in piece.columns], odd)
        return
    checker.judge.add(BadRow("end_missing", None, None, {"file": table.name, "value": layout.end}))


def _rows(piece: Piece, columns: Sequence[Column]) -> Iterator[Row]:
    periods, codes = piece.columns[0], piece.columns[1]
    cells = zip(*(piece.columns[column.place] for column in columns), strict=True)
    strokes = [all(cell == "-" for cell in row[LEADING:]) for row in zip(*piece.columns, strict=True)]
    for number, period, code, found, empty in zip(piece.numbers, periods, codes, cells, strokes, strict=True):
        day = LAST_DAY.fullmatch(period)
        year = day["year"] if day else period
        values, marks = zip(*map(_cell, found), strict=True)
        yield Row(number, year, code.strip(), values, marks, empty)


@lru_cache(maxsize=1 << 16)
def _cell(text: str) -> tuple[str, str]:
    """(value, flags) of a cell: "(12,5)" is of limited meaning, "12p" provisional; signs alone stay as they are."""
    number, found, unknown = flags.split(text, "regionalstatistik")
    if text == "-" or not number or unknown:
        return text, ""
    return number, flags.write(found)
