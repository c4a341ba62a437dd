"""Tables with one figure per row."""

from __future__ import annotations

from collections.abc import Callable

from kontor.tables.delimited import Piece

from ..rules import Reading
from . import Context, Rows
from .checking import Checker
from .recognition import Found
from .tables import Table


def read_long(
    table: Table,
    found: Found,
    context: Context,
    *,
    sheet: str = "",
    prepare: Callable[[Piece, Checker], Piece] | None = None,
) -> Reading:
    """All rows of the table, whose header has been found. `prepare` may take rows out and add columns at the end."""
    layout, width = found.layout, len(found.headings)
    positions = found.positions if max(found.positions.values()) < width else {}
    checker = Checker(
        layout, context, file=table.file_of(sheet), headings=found.headings, positions=positions
    )
    if found.unused and not layout.others:  # published tables have labels beside their codes
        checker.note("columns_not_used", found.row, value=", ".join(found.unused))
    pieces = table.pieces(
        delimiter=layout.delimiter, width=width, after=found.row, encoding=layout.encoding, sheet=sheet
    )
    for piece in pieces:
        if prepare:
            piece = prepare(piece, checker)
        checker.odd(piece.odd)
        checker.take(_rows(piece, found))
    return checker.finish(table.source.notes)


def _rows(piece: Piece, found: Found) -> Rows:
    columns, at, width = piece.columns, found.positions, len(found.headings)

    def whole(place: int) -> list[str]:
        return [column[place] for column in columns[:width]]

    return Rows(
        numbers=piece.numbers,
        areas=columns[at["area"]],
        variables=columns[at["variable"]],
        periods=columns[at["period"]],
        values=columns[at["value"]],
        flags=columns[at["flag"]] if "flag" in at else (),
        confidentiality=columns[at["confidentiality"]] if "confidentiality" in at else (),
        whole=whole,
    )
