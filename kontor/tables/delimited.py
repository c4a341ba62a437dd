"""Text to cells: numbered rows of a delimited file, in pieces of equal columns; rows that do not fit are set aside."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

MOST_LINES = 50  # in one cell: a quotation mark open for longer was never meant to be one


class Odd(NamedTuple):
    """A row that cannot stand in a column: of another length, or not to be split into cells (`reason`)."""

    number: int
    cells: list[str]
    reason: str = ""


class Piece(NamedTuple):
    """Rows of a file: `columns[k][i]` is cell k of the row `numbers[i]`. Empty rows are left out."""

    numbers: Sequence[int]
    columns: Sequence[Sequence[str]]
    odd: Sequence[Odd] = ()


def sample(text: str, delimiter: str, count: int) -> list[tuple[int, list[str]]]:
    """(row number, cells) of the first rows, to recognise a layout by; one that cannot be split has no cells."""
    lines, nothing_more = text.split("\n"), _Feed((), 0)
    found: list[tuple[int, list[str]]] = []
    place = 0
    while place < len(lines) and len(found) < count:
        cells, used, _ = _record(lines, place, delimiter, nothing_more)
        place += used
        found.append((place, cells))
    return found


def pieces(blocks: Iterable[str], *, delimiter: str, width: int, after: int = 0) -> Iterator[Piece]:
    """The rows behind row `after`, in pieces; blocks are whole lines, each ending in \\n."""
    feed, nothing = _Feed(blocks, after), frozenset((delimiter, "\n"))
    while (block := feed.block()) is not None:
        if nothing.issuperset(block):
            continue
        first = feed.row - block.count("\n")
        if '"' in block:
            yield _regular(block, first, delimiter, width) or _careful(block, first, delimiter, width, feed)
        else:
            yield _flat(block, first, delimiter, width) or _split(block, first, delimiter, width)


class _Feed:
    """Blocks of lines, without the first `after`; `row` is the number of the row behind what was given out."""

    def __init__(self, blocks: Iterable[str], after: int) -> None:
        self.blocks, self.left, self.row = iter(blocks), after, 1

    def block(self) -> str | None:
        """The next block, or None at the end."""
        for block in self.blocks:
            count = block.count("\n")
            self.row += count
            if self.left >= count:
                self.left -= count
                continue
            for _ in range(self.left):
                block = block[block.index("\n") + 1 :]
            self.left = 0
            return block
        return None


def _flat(block: str, first: int, delimiter: str, width: int) -> Piece | None:
    """A block every row of which has `width` cells: columns are slices of one list."""
    if width == 1:
        return None
    empty = "\n" + delimiter * (width - 1) + "\n"
    if empty in block or block.startswith(empty[1:]):
        return None
    # Ends of lines become cells of their own: where each of them stands in its place, all rows are whole.
    cells = block.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    count, ends = block.count("\n"), cells[width :: width + 1]
    if len(ends) != count or len(cells) != count * (width + 1) + 1 or ends.count("\n") != count:
        return None
    columns = [cells[place :: width + 1] for place in range(width)]
    if len(columns[0]) > count:
        columns[0].pop()
    return Piece(range(first, first + count), columns)


def _split(block: str, first: int, delimiter: str, width: int) -> Piece:
    """A block without quotation marks but with rows of another length, or empty ones."""
    lines = block.split("\n")
    lines.pop()
    nothing = frozenset(delimiter)
    rows = [
        (first + place, line.split(delimiter))
        for place, line in enumerate(lines)
        if not nothing.issuperset(line)
    ]
    fitting = [(number, cells) for number, cells in rows if len(cells) == width]
    odd = [Odd(number, cells) for number, cells in rows if len(cells) != width]
    return _piece([number for number, _ in fitting], [cells for _, cells in fitting], width, odd)


def _piece(numbers: Sequence[int], rows: Sequence[list[str]], width: int, odd: Sequence[Odd]) -> Piece:
    return Piece(numbers, list(zip(*rows, strict=True)) if rows else [()] * width, odd)


def _regular(block: str, first: int, delimiter: str, width: int) -> Piece | None:
    """A block whose every line is one row of `width` cells."""
    lines = block.split("\n")
    lines.pop()
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(rows) != len(lines) or {len(cells) for cells in rows} != {width}:
        return None
    columns = list(zip(*rows, strict=True))
    if "" in columns[0] and not all(map(any, rows)):
        return None
    return Piece(range(first, first + len(rows)), columns)


def _careful(block: str, first: int, delimiter: str, width: int, feed: _Feed) -> Piece:
    """Row by row: cells with line ends inside, rows of another length, quotation marks that are never closed."""
    lines = block.split("\n")
    lines.pop()
    numbers: list[int] = []
    rows: list[list[str]] = []
    odd: list[Odd] = []
    place = 0
    while place < len(lines):
        cells, used, reason = _record(lines, place, delimiter, feed)
        place += used
        number = first + place - 1
        if reason:
            odd.append(Odd(number, [], reason))
        elif len(cells) == width and any(cells):
            numbers.append(number)
            rows.append(cells)
        elif any(cells):
            odd.append(Odd(number, cells))
    return _piece(numbers, rows, width, odd)


def _record(lines: list[str], place: int, delimiter: str, feed: _Feed) -> tuple[list[str], int, str]:
    """(cells, number of lines, reason why they are none) of the row that begins in line `place`.

    Where a quotation mark is not closed within MOST_LINES the row is its first line alone, and reading goes on behind.
    """

    def following() -> Iterator[str]:
        for offset in range(MOST_LINES):
            while place + offset >= len(lines):
                block = feed.block()
                if block is None:
                    return
                lines.extend(block.split("\n")[:-1])
            yield lines[place + offset] + "\n"

    reader = csv.reader(following(), delimiter=delimiter, strict=True)
    try:
        return next(reader), reader.line_num, ""
    except csv.Error as error:
        return [], 1, str(error)
