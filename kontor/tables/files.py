"""A file as it comes: unpacked piece by piece, its letters decoded, cut into blocks of whole lines."""

from __future__ import annotations

import codecs
import io
import os
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

from kontor.errors import BadRow, Invalid

from .gzip_text import Unpacked

MOST_BYTES = 1 << 30  # of one file, unpacked
LONGEST_LINE = 1 << 20  # characters: beyond that it is no table, and memory stays bounded
PIECE = 1 << 20  # bytes read at a time
SAMPLE = 1 << 18  # bytes in which a layout is recognised
BYTE_ORDER_MARKS = (  # that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Source:
    """An open file with the name under which it is cited. It may be read several times and must not change meanwhile.

    All methods raise Invalid: "file_damaged", "file_too_large" (a gibibyte unpacked), "file_changed".
    """

    def __init__(self, path: Path, *, name: str | None = None, progress: Callable[[int], None]) -> None:
        self.name = name or path.name
        self._progress, self._told = progress, 0
        self.notes: dict[str, dict[str, str]] = {}  # code -> facts: what a reader should know about the file
        self._file = path.open("rb")
        self._state = self._now()
        start = self._file.read(4)
        self.packed = start[:2] == b"\x1f\x8b"
        self.sheet = start == b"PK\x03\x04"

    def close(self) -> None:
        self._file.close()

    def refusal(self, code: str, row: int | None = None, **facts: object) -> Invalid:
        """What is wrong with the whole file, to be raised."""
        return Invalid([BadRow(code, row, None, {"file": self.name, **facts})])

    def plain(self) -> IO[bytes]:
        """The file itself from its beginning, for those who find their own way in it."""
        self._file.seek(0)
        return self._file

    @cached_property
    def beginning(self) -> bytes:
        """The first bytes, unpacked."""
        return self._read(self._unpacked(), SAMPLE)

    def pieces(self) -> Iterator[bytes]:
        """The whole file, unpacked."""
        file, seen = self._unpacked(), 0
        while piece := self._read(file, PIECE):
            seen += len(piece)
            if seen > MOST_BYTES:
                raise self.refusal("file_too_large", most=MOST_BYTES >> 20)
            yield piece

    def check_unchanged(self) -> None:
        """To be asked after reading: what was read before belongs together with what was read now."""
        if self._now() != self._state:
            raise self.refusal("file_changed")

    def finish(self) -> None:
        """For those who find their own way: all has been read."""
        self.check_unchanged()
        self._tell(self._state[0])

    def _unpacked(self) -> IO[bytes] | Unpacked:
        self._file.seek(0)
        return Unpacked(self._file) if self.packed else self._file

    def _read(self, file: IO[bytes] | Unpacked, count: int) -> bytes:
        try:
            piece = file.read(count)
        except (OSError, EOFError, zlib.error) as error:
            raise self.refusal("file_damaged", reason=str(error)) from None
        if isinstance(file, Unpacked) and file.trailing:
            self.notes["bytes_behind"] = {"file": self.name, "value": str(file.trailing)}
        self.check_unchanged()
        self._tell(self._file.tell())
        return piece

    def _tell(self, place: int) -> None:
        if place > self._told:
            self._progress(place - self._told)
            self._told = place

    def _now(self) -> tuple[int, int]:
        state = os.fstat(self._file.fileno())
        return state.st_size, state.st_mtime_ns

    # ---- letters

    def encoding(self) -> str:
        """What the first bytes say: a byte order mark, else UTF-8. Invalid: "encoding_wrong" for UTF-16 and
        UTF-32 without one."""
        start = self.beginning
        for mark, encoding in BYTE_ORDER_MARKS:
            if start.startswith(mark):
                return encoding
        if start[:1000].count(0) * 3 > len(start[:1000]):
            raise self.refusal("encoding_wrong", 1, expected="UTF-8")
        return "utf-8"

    def sample(self) -> str:
        """The first lines, to recognise a layout by; ISO-8859-1 where they are not UTF-8. Ends of lines are \\n."""
        start, encoding = self.beginning, self.encoding()
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(start)
        except UnicodeDecodeError:
            text = start.decode("iso-8859-1")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def blocks(self, *, otherwise: str = "") -> Iterator[str]:
        """The text in blocks of whole lines, each ending in \\n.

        Where it is not UTF-8 it is read in the encoding `otherwise`; where there is none, or letters of UTF-8 have
        come before, Invalid("encoding_wrong") names the row. Invalid: "line_too_long".
        """
        letters = _Letters(self, otherwise)
        ends = io.IncrementalNewlineDecoder(None, translate=True)
        row, open_line, length = 1, list[str](), 0
        for text in letters.decoded():
            text = ends.decode(text)
            cut = text.rfind("\n") + 1
            if cut:
                block = "".join((*open_line, text[:cut]))
                row = letters.row = row + block.count("\n")
                yield block
                open_line, length = [], 0
            if cut < len(text):
                open_line.append(text[cut:])
                length += len(text) - cut
            if length > LONGEST_LINE:
                raise self.refusal("line_too_long", row, most=LONGEST_LINE)
        rest = "".join((*open_line, ends.decode("", final=True)))
        if rest:
            yield rest if rest.endswith("\n") else rest + "\n"


class _Letters:
    """Bytes to text: UTF-8, or UTF-16 or UTF-32 with its mark; another encoding from the first byte on that is no UTF-8.

    `row` is the row in which the text begins that is decoded next, so that a bad byte can be placed.
    """

    def __init__(self, source: Source, otherwise: str) -> None:
        self.source, self.otherwise = source, otherwise
        self.encoding = source.encoding()
        self.decoder = codecs.getincrementaldecoder(self.encoding)()
        self.only_ascii = self.encoding == "utf-8"
        self.row = 1

    def decoded(self) -> Iterator[str]:
        for piece in self.source.pieces():
            yield self._decode(piece)
            self.only_ascii = self.only_ascii and piece.isascii()
        yield self._decode(b"", final=True)

    def _decode(self, piece: bytes, *, final: bool = False) -> str:
        try:
            return self.decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            raw, start = error.object, error.start
        if self.otherwise and self.only_ascii and raw[:start].isascii():
            self.decoder = codecs.getincrementaldecoder(self.otherwise)()
            return self.decoder.decode(raw, final)
        expected = self.encoding.removesuffix("-sig").upper()
        before = raw[:start].decode(self.encoding, errors="replace")
        raise self.source.refusal("encoding_wrong", self.row + before.count("\n"), expected=expected)
