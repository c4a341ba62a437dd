"""Tables with one column per observed variable: one row is an area in a year, and holds several figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kontor.tables.delimited import Piece

from ..rules import Reading
from . import Context, Rows
from .checking import Checker
from .layouts import Layout
from .recognition import Found
from .tables import Table


class Column(NamedTuple):
    """A column that is read: its place in a row, its heading, the variable without prefix."""

    place: int
    heading: str
    variable: str


def columns_of(layout: Layout, headings: Sequence[str]) -> list[Column]:
    """The columns that the mapping names."""
    return [
        Column(place, heading, layout.variables[heading])
        for place, heading in enumerate(headings)
        if heading in layout.variables
    ]


def read_broad(
    table: Table, found: Found, context: Context, *, prepare: Callable[[Piece, Checker], Piece]
) -> Reading:
    """All figures of the table, whose header has been found. `prepare` may take rows out. Columns that the mapping
    does not name are noted once."""
    layout, headings = found.layout, found.headings
    checker = Checker(layout, context, file=table.name, headings=headings)
    columns = columns_of(layout, headings)
    if found.unused:
        checker.note("columns_not_used", found.row, value=", ".join(found.unused))
    pieces = table.pieces(
        delimiter=layout.delimiter, width=len(headings), after=found.row, encoding=layout.encoding
    )
    for piece in pieces:
        checker.odd(piece.odd)
        piece = prepare(piece, checker)
        periods = piece.columns[found.positions["period"]] if not layout.year else ()
        periods = periods or [layout.year] * len(piece.numbers)
        checker.take(entries(piece, columns, piece.columns[found.positions["area"]], periods))
    return checker.finish(table.source.notes)


def entries(piece: Piece, columns: Sequence[Column], areas: Sequence[str], periods: Sequence[str]) -> Rows:
    """One entry per cell, row by row."""
    count = len(columns)
    cells = zip(*(piece.columns[column.place] for column in columns), strict=True)
    return Rows(
        numbers=[number for number in piece.numbers for _ in range(count)],
        areas=[area for area in areas for _ in range(count)],
        variables=[column.variable for column in columns] * len(piece.numbers),
        periods=[period for period in periods for _ in range(count)],
        values=[cell for row in cells for cell in row],
        columns=[column.heading for column in columns] * len(piece.numbers),
    )
