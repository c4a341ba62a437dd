"""Spreadsheets (xlsx): rows of cell texts, numbers exactly as the file writes them; nothing is computed or followed."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from .delimited import Odd, Piece
from .files import MOST_BYTES, Source

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MOST_MEMBERS = 1000  # of the archive
MOST_RATIO = 200  # unpacked to packed; tables of figures stay below 50
MOST_STRINGS = 1 << 26  # bytes of all texts, which are held in memory
MOST_COLUMNS = 1 << 14
MOST_CHILDREN = 1 << 17  # of one element, held in memory until it ends
ROWS = 4096  # of one piece
REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]+")
ACTIVE = re.compile(r"vbaProject|externalLinks/|macrosheets/|embeddings/|connections\.xml", re.IGNORECASE)


class Workbook:
    """The sheets of an open file. Invalid: "file_damaged", "file_too_large", "sheet_active" (macros, foreign links)."""

    def __init__(self, source: Source) -> None:
        self.source = source
        try:
            self._archive = zipfile.ZipFile(source.plain())
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise source.refusal("file_damaged", reason=str(error)) from None
        self._check_members()
        self._unpacked = 0
        self._strings: list[str] | None = None
        self.sheets = self._sheets()

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """(row number, cells) of one sheet; cells behind the last one are not there."""
        if self._strings is None:
            self._strings = list(self._texts())
        number = 0
        for row in self._elements(self.sheets[sheet], "row"):
            number = self._number(row.get("r"), number + 1)
            cells: list[str] = []
            for cell in row.iter(f"{MAIN}c"):
                place = self._place(cell.get("r"), len(cells))
                cells += [""] * (place - len(cells))
                cells.append(self._text(cell))
            yield number, cells
        self.source.finish()

    def pieces(self, sheet: str, *, width: int, after: int) -> Iterator[Piece]:
        """The rows behind row `after` as columns; rows are filled up to the width, longer ones are odd."""
        rows = (
            (number, _without_empty_end(cells, width))
            for number, cells in self.rows(sheet)
            if number > after and any(cells)
        )
        while some := list(islice(rows, ROWS)):
            fitting = [
                (number, cells + [""] * (width - len(cells))) for number, cells in some if len(cells) <= width
            ]
            columns: list[Any] = (
                list(zip(*(cells for _, cells in fitting), strict=True)) if fitting else [()] * width
            )
            odd = [Odd(number, cells) for number, cells in some if len(cells) > width]
            yield Piece([number for number, _ in fitting], columns, odd)

    # ---- the archive

    def _check_members(self) -> None:
        members = self._archive.infolist()
        whole = sum(member.file_size for member in members)
        crammed = [
            member for member in members if member.file_size > max(member.compress_size, 1 << 12) * MOST_RATIO
        ]
        if whole > MOST_BYTES or crammed or len(members) > MOST_MEMBERS:
            raise self.source.refusal("file_too_large", most=MOST_BYTES >> 20)
        if any(ACTIVE.search(member.filename) for member in members):
            raise self.source.refusal("sheet_active")

    def _sheets(self) -> dict[str, str]:
        """Name of a sheet -> its member of the archive, in the order of the workbook."""
        targets = {
            relation.get("Id"): str(relation.get("Target", ""))
            for relation in self._elements("xl/_rels/workbook.xml.rels", "Relationship", any_space=True)
        }
        found = {}
        for sheet in self._elements("xl/workbook.xml", "sheet"):
            target = targets.get(sheet.get(RELATION), "")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if "worksheets/" in path:
                found[str(sheet.get("name", ""))] = path
        if not found:
            raise self.source.refusal("file_damaged", reason="no sheet")
        return found

    def _elements(self, member: str, tag: str, *, any_space: bool = False) -> Iterator[Element]:
        """The elements of this name one after another; what has been given out is forgotten."""
        wanted = tag if any_space else f"{MAIN}{tag}"
        try:
            with self._archive.open(member) as file:
                parents: list[Element] = []
                for event, element in ElementTree.iterparse(
                    _Counted(file, self), events=("start", "end"), forbid_dtd=True
                ):
                    if event == "start":
                        parents.append(element)
                        continue
                    parents.pop()
                    if element.tag == wanted or (any_space and element.tag.endswith("}" + tag)):
                        yield element
                        if parents:
                            parents[-1].clear()
                    elif parents and len(parents[-1]) > MOST_CHILDREN:
                        raise self.source.refusal("file_damaged", reason=f"{element.tag[-20:]} …")
        except (KeyError, ParseError, DefusedXmlException, zipfile.BadZipFile, zlib.error, OSError) as error:
            raise self.source.refusal("file_damaged", reason=str(error)[:200]) from None
        except (EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise self.source.refusal("file_damaged", reason=str(error)[:200]) from None

    def count(self, size: int) -> None:
        """So many more bytes have been unpacked, whatever the archive's directory says."""
        self._unpacked += size
        if self._unpacked > MOST_BYTES:
            raise self.source.refusal("file_too_large", most=MOST_BYTES >> 20)

    # ---- cells

    def _texts(self) -> Iterator[str]:
        if "xl/sharedStrings.xml" not in self._archive.namelist():
            return
        if self._archive.getinfo("xl/sharedStrings.xml").file_size > MOST_STRINGS:
            raise self.source.refusal("file_too_large", most=MOST_STRINGS >> 20)
        for entry in self._elements("xl/sharedStrings.xml", "si"):
            yield _said(entry)

    def _number(self, text: str | None, following: int) -> int:
        """The number of a row, which may be left out."""
        if not text:
            return following
        if not text.isdecimal() or not 0 < len(text) < 9:
            raise self.source.refusal("file_damaged", reason=f"row {text[:20]}")
        return int(text)

    def _place(self, reference: str | None, following: int) -> int:
        """The column, from 0, in which a cell stands."""
        if reference is None:
            return following
        found = REFERENCE.fullmatch(reference)
        place = 0
        for letter in found[1] if found else "":
            place = place * 26 + ord(letter) - 64
        if not following < place <= MOST_COLUMNS:
            raise self.source.refusal("file_damaged", reason=f"cell {reference[:20]}")
        return place - 1

    def _text(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _said(cell)
        text = cell.findtext(f"{MAIN}v") or ""
        if kind == "s" and text:
            assert self._strings is not None
            if not text.isdecimal() or int(text) >= len(self._strings):
                raise self.source.refusal("file_damaged", reason=f"text {text[:20]}")
            return self._strings[int(text)]
        if kind == "b":
            return {"0": "FALSE", "1": "TRUE"}.get(text, text)
        return _plain(text) if kind == "n" else text


class _Counted:
    """A member of the archive whose bytes are counted while they are unpacked."""

    def __init__(self, file: IO[bytes], workbook: Workbook) -> None:
        self.file, self.workbook = file, workbook

    def read(self, count: int = -1) -> bytes:
        piece = self.file.read(count)
        self.workbook.count(len(piece))
        return piece


def _without_empty_end(cells: list[str], width: int) -> list[str]:
    """A cell that has a colour but no text is no cell of the table."""
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells


def _said(element: Element) -> str:
    """The text of a string, whatever its letters look like; readings of Asian characters (rPh) are not part of it."""
    parts: Sequence[str] = [
        text.text or ""
        for child in element
        for text in ([child] if child.tag == f"{MAIN}t" else child.iter(f"{MAIN}t"))
        if child.tag != f"{MAIN}rPh"
    ]
    return "".join(parts)


def _plain(number: str) -> str:
    """The digits of a number as written; programs write small and large ones with an exponent."""
    if "E" not in number and "e" not in number:
        return number
    try:
        exact = Decimal(number)
        # A few letters may stand for a number of a billion digits.
        return format(exact, "f") if len(number) < 40 and abs(exact.adjusted()) < 40 else number
    except ArithmeticError:
        return number
