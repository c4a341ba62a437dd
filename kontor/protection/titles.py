"""A title above the headings of a table, as spreadsheets have it: said as such, instead of rows of the wrong length."""

from __future__ import annotations

from collections.abc import Sequence

from kontor.errors import BadRow, Invalid
from kontor.tables import delimited

LINES = 6  # that are looked at
NARROW = 3  # columns, at least: a comma in a list of names makes two


def refuse_title(file: str, rows: Sequence[Sequence[str]]) -> None:
    """Invalid("title_above_table") where the first row has one cell and what follows has more. rows: none of them empty."""
    if len(rows) > 1 and len(rows[0]) == 1 and (found := max(map(len, rows[1:]))) > 1:
        raise Invalid([BadRow("title_above_table", 1, None, {"file": file, "found": found})])


def refuse_title_of_text(file: str, sample: str, delimiter: str, others: Sequence[str]) -> None:
    """The same for the beginning of a text. delimiter: that of the first line; lines below it may have another one."""
    first, below = _split(sample, delimiter)
    _refuse_alone(file, first, below)
    if len(first) > 1 and any(len(cells) == len(first) for cells in below):
        return  # whatever else stands in the cells
    for other in others:
        first, below = _split(sample, other)
        _refuse_alone(file, first, below)


def _split(sample: str, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """The first line with anything in it, and those below."""
    read = (cells for _, cells in delimited.sample(sample, delimiter, LINES))
    lines = [list(map(str.strip, cells)) for cells in read]
    first, *below = [cells for cells in lines if any(cells)] or [[""]]
    return first, below


def _refuse_alone(file: str, first: list[str], below: list[list[str]]) -> None:
    alone = bool(first[0]) and not any(first[1:])
    if alone and len(below) > 1 and all(sum(map(bool, cells)) >= NARROW for cells in below):
        refuse_title(file, [first[:1], *below])
