"""Tables with one column per year, as Eurostat's browser writes them: lines above the header, notes below the table."""

from __future__ import annotations

from collections.abc import Sequence

from kontor.errors import BadRow
from kontor.tables.delimited import Odd, Piece

from ..rules import PERIOD, Reading
from . import Context, Rows
from .cells import behind_value, nearest_period
from .checking import Checker
from .layouts import Dialect
from .recognition import Found
from .tables import Table


class Split(dict[str, tuple[str, str, str]]):
    """Cell -> value, flags, confidentiality: ":c" is secret, "12 e" estimated, ":" missing."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self.dialect = dialect

    def __missing__(self, text: str) -> tuple[str, str, str]:
        value, flags = behind_value(text) if self.dialect.flags_behind_values else (text, "")
        if flags == "c":
            flags, secret = "", "C"
        else:
            secret = ""
        self[text] = value, flags, secret
        return self[text]


def read_wide(table: Table, found: Found, context: Context, *, sheet: str = "") -> Reading:
    """All figures of the table, whose header has been found; `row` and `column` of a figure say where it stands."""
    layout = found.layout
    checker = Checker(layout, context, file=table.file_of(sheet), headings=found.headings)
    variable = next(cells[1] for cells in found.above if cells[:1] == (layout.columns.variable,))
    years = _years(found, checker, context)
    split = Split(layout.dialect)
    pieces = table.pieces(
        delimiter=layout.delimiter,
        width=len(found.headings),
        after=found.row,
        encoding=layout.encoding,
        sheet=sheet,
    )
    for piece in pieces:
        piece, ended = _before(piece, layout.end)
        checker.odd(piece.odd)
        checker.take(_rows(piece, years, variable, split))
        if ended:
            break
    return checker.finish(table.source.notes)


def _years(found: Found, checker: Checker, context: Context) -> list[tuple[int, str, int | None]]:
    """(place, year, place of its flags) of every column of figures; a heading that is no year is a fault of its own."""
    years: list[tuple[int, str, int | None]] = []
    for place, heading in enumerate(found.headings[1:], start=1):
        before = found.headings[place - 1]
        if heading == "" and place > 1 and PERIOD.fullmatch(before):
            years[-1] = (place - 1, before, place)  # footnotes stand in a column without a heading
        elif heading in [year for _, year, _ in years]:
            checker.judge.add(
                BadRow("header_twice", found.row, heading, {"file": checker.file, "value": heading})
            )
        elif PERIOD.fullmatch(heading):
            years.append((place, heading, None))
        elif heading:
            repair = nearest_period(heading, latest=context.latest)
            facts = {"value": heading, "latest": context.latest, **({"repair": repair} if repair else {})}
            checker.judge.add(BadRow("period_malformed", found.row, heading, facts))
    return years


def _before(piece: Piece, end: str) -> tuple[Piece, bool]:
    """The rows above the one that begins with `end`, and whether there was one."""
    ends = [number for number, cell in zip(piece.numbers, piece.columns[0], strict=True) if cell == end]
    ends += [row.number for row in piece.odd if row.cells[:1] == [end]]
    if not end or not ends:
        return piece, False
    last = min(ends)
    count = sum(number < last for number in piece.numbers)
    odd: list[Odd] = [row for row in piece.odd if row.number < last]
    return Piece(piece.numbers[:count], [column[:count] for column in piece.columns], odd), True


def _rows(piece: Piece, years: Sequence[tuple[int, str, int | None]], variable: str, split: Split) -> Rows:
    """One entry per cell, row by row."""
    count, columns = len(piece.numbers), piece.columns
    by_year = []
    for place, _, notes in years:
        cells = [split[text] for text in columns[place]]
        if notes is not None:
            cells = [
                (value, flags + note, secret)
                for (value, flags, secret), note in zip(cells, columns[notes], strict=True)
            ]
        by_year.append(cells)
    cells = [cell for row in zip(*by_year, strict=True) for cell in row]
    headings = [year for _, year, _ in years]
    return Rows(
        numbers=[number for number in piece.numbers for _ in years],
        areas=[area for area in columns[0] for _ in years],
        variables=[variable] * len(cells),
        periods=headings * count,
        values=[value for value, _, _ in cells],
        flags=[flags for _, flags, _ in cells],
        confidentiality=[secret for _, _, secret in cells],
        columns=headings * count,
    )
