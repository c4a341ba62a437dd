"""One face for text and sheets: rows of cells, their numbers, and what a layout is recognised by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from kontor.errors import Invalid
from kontor.tables import delimited
from kontor.tables.delimited import Piece
from kontor.tables.files import Source
from kontor.tables.sheets import Workbook

from ..rules import file_name

HEAD = 60  # rows in which a header is looked for


class Table:
    """An open file of rows and cells. A delimited text has one sheet, without a name."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.name = source.name
        self._workbook = Workbook(source) if source.sheet else None
        self._heads: dict[tuple[str, str], list[tuple[int, list[str]]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.source.close()

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets; a text has one without a name."""
        return list(self._workbook.sheets) if self._workbook else [""]

    def file_of(self, sheet: str) -> str:
        """How figures of a sheet cite the file: sheets behind the first are named."""
        return self.name if sheet in ("", self.sheets[0]) else f"{self.name}#{sheet}"

    def head(self, *, delimiter: str, sheet: str = "") -> list[tuple[int, list[str]]]:
        """(row number, cells) of the first rows."""
        if (delimiter, sheet) not in self._heads:
            self._heads[delimiter, sheet] = self._head(delimiter, sheet)
        return self._heads[delimiter, sheet]

    def _head(self, delimiter: str, sheet: str) -> list[tuple[int, list[str]]]:
        if self._workbook is None:
            return delimited.sample(self.source.sample(), delimiter, HEAD)
        return list(islice(self._workbook.rows(sheet or self.sheets[0]), HEAD))

    def pieces(
        self, *, delimiter: str, width: int, after: int, encoding: str = "", sheet: str = ""
    ) -> Iterator[Piece]:
        """All rows behind row `after`. `encoding` is that of a text that is not UTF-8."""
        if self._workbook is None:
            blocks = self.source.blocks(otherwise=encoding)
            return delimited.pieces(blocks, delimiter=delimiter, width=width, after=after)
        return self._workbook.pieces(sheet or self.sheets[0], width=width, after=after)


def open_table(path: Path, *, name: str | None, progress: Callable[[int], None]) -> Table:
    """To be used with `with`. Invalid: see `Source` and `Workbook`."""
    source = Source(path, name=file_name(name or path.name), progress=progress)
    try:
        return Table(source)
    except Invalid:
        source.close()
        raise
