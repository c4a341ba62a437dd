"""What importers of delimited files share: a strict header, decoded text, numbered rows."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from kontor.errors import BadRow, Invalid

from ..rules import file_name

MOST_BYTES = 1 << 30  # of one file, unpacked


def text_of(path: Path, encoding: str = "utf-8-sig") -> str:
    """The whole file as text, unpacked where it is gzip.

    Invalid: "encoding_wrong" names the row of the first bad byte; "file_damaged", "file_too_large" (a gibibyte).
    """
    raw = _bytes_of(path)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise Invalid(
            [BadRow("encoding_wrong", row, None, {"file": file_name(path.name), "expected": "UTF-8"})]
        ) from None


def _bytes_of(path: Path) -> bytes:
    """The file, unpacked piece by piece, so that a small archive cannot fill the memory."""
    name = file_name(path.name)
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid([BadRow("file_damaged", None, None, {"file": name, "reason": str(error)})]) from None
    if len(raw) > MOST_BYTES:
        raise Invalid([BadRow("file_too_large", None, None, {"file": name, "most": MOST_BYTES >> 20})])
    return raw


def rows(text: str, *, header: Sequence[str], delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) below the header; the header is row 1.

    Invalid where the header is another one, or where quotes are not closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        found = next(reader, None)
        if found is None or [name.strip() for name in found[: len(header)]] != list(header):
            facts = {
                "file": file,
                "expected": delimiter.join(header),
                "found": delimiter.join(found or [])[:200],
            }
            raise Invalid([BadRow("header_wrong", 1, None, facts)])
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:  # a quote that is never closed would swallow all rows behind it
        facts = {"file": file, "reason": str(error)}
        raise Invalid([BadRow("cells_unreadable", reader.line_num, None, facts)]) from None
