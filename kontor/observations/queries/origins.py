"""Where a published figure stands in what was handed in: the file by its hash, and its row as it is written there."""

from __future__ import annotations

import gzip
import io
import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from django.conf import settings

from kontor.errors import Invalid
from kontor.tables.files import Source
from kontor.tables.sheets import Workbook

from .. import rules
from . import releases
from .figures import Cell, Tombstone

MOST_SHOWN = 2000  # characters of a row
MOST_READ = 256 << 20  # characters of a file that is gone through for its rows
PIECE = 1 << 16
BETWEEN = " → "  # cells where nothing that can be seen stands between them
HANDED_IN_BY_CITIES = frozenset({"league"})  # layouts whose files may hold more than what was published


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that brought a figure. `text` is its row there, cut at 2,000 characters; empty where it is not shown."""

    file: str
    sha256: str
    importer: str
    row: int
    column: str
    text: str


def origins(cells: Iterable[Cell | Tombstone]) -> dict[Cell | Tombstone, Origin]:
    """The origin of each figure; those without one (withdrawn, or of a file that no manifest names) are left out.

    Rows of files that cities handed in themselves are not shown.
    """
    wanted: dict[tuple[str, str], list[Cell | Tombstone]] = {}
    for cell in cells:
        if cell.file and cell.row:
            wanted.setdefault((cell.release, cell.file), []).append(cell)
    found: dict[Cell | Tombstone, Origin] = {}
    for (release, file), listed in wanted.items():
        for sha256, importer in _handed_in(release, file):
            public = importer not in HANDED_IN_BY_CITIES
            texts = _rows(sha256, file, frozenset(cell.row for cell in listed)) if public else {}
            for cell in listed:
                text = texts.get(cell.row, "")
                # Of two files of one name the later one holds, unless the figure is not in its row.
                if cell not in found or not text or _digits(str(cell.value)) in _digits(text):
                    found[cell] = Origin(file, sha256, importer, cell.row, cell.column, text)
    return found


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def heading(origin: Origin) -> str:
    """The first row of the file, in which the columns have their names; empty where rows are not shown."""
    return _rows(origin.sha256, origin.file, frozenset({1})).get(1, "") if origin.text else ""


@lru_cache(maxsize=256)
def _handed_in(release: str, file: str) -> tuple[tuple[str, str], ...]:
    """(hash, layout) of the files of this name that went into a release, the earliest first.

    Figures of a sheet behind the first name it behind the file: `population.xlsx#1990-2016`.
    """
    listed = releases.manifest(release)["submissions"]
    names = {file, file.rpartition("#")[0]}
    return tuple((item["sha256"], item["importer"]) for item in listed if item["file"] in names)


@lru_cache(maxsize=256)
def _rows(sha256: str, file: str, numbers: frozenset[int]) -> Mapping[int, str]:
    """Rows of a kept file by their numbers, the first being 1. Nothing of a file that is gone or damaged."""
    path = settings.DATA / "submissions" / sha256
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as raw:
            begin = raw.read(4)
            raw.seek(0)
            if begin.startswith(b"PK"):
                return _cells(path, file, numbers)
            encoding = "utf-16" if begin[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
            # Layouts in ISO-8859-1 carry no mark: what is no UTF-8 is kept as it is for `_readable`.
            text = io.TextIOWrapper(raw, encoding, errors="surrogateescape", newline="")
            return {number: _readable(line) for number, line in _lines(text, numbers)}
    except (Invalid, OSError, EOFError, UnicodeError, zlib.error):
        return {}


def _cells(path: Path, file: str, numbers: frozenset[int]) -> dict[int, str]:
    """The wanted rows of a workbook, their cells one after another. Invalid for what is no workbook."""
    source = Source(path, name=rules.file_name(file), progress=lambda _: None)
    try:
        book = Workbook(source)
        sheet = file.rpartition("#")[2]
        rows = book.rows(sheet if sheet in book.sheets else next(iter(book.sheets)))
        wanted = itertools.takewhile(lambda row: row[0] <= max(numbers), rows)
        return {number: _shown(BETWEEN.join(cells)) for number, cells in wanted if number in numbers}
    finally:
        source.close()


def _lines(text: TextIO, numbers: frozenset[int]) -> Iterator[tuple[int, str]]:
    """The wanted lines, read in pieces: neither a line without end nor a huge file fills memory or time."""
    number, line, left = 1, "", MOST_READ
    while number <= max(numbers) and left > 0 and (piece := text.readline(PIECE)):
        left -= len(piece)
        line = (line + piece)[:MOST_SHOWN]
        if piece.endswith(("\n", "\r")) or len(piece) < PIECE:
            if number in numbers:
                yield number, line
            number, line = number + 1, ""
    if line and number in numbers:
        yield number, line


def _readable(line: str) -> str:
    raw = line.encode("utf-8", "surrogateescape")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("iso-8859-1")
    return _shown(text.rstrip("\r\n").replace("\t", BETWEEN))


def _shown(text: str) -> str:
    return rules.printable(text)[:MOST_SHOWN]
