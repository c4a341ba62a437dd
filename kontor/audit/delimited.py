"""Comma-separated text with a header, read strictly: every row as long as the header, no silent repair."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from kontor.errors import BadRow, Invalid, Refused

Rows = list[tuple[int, list[str]]]
MOST_FAULTS = 20  # rows of a wrong length that are named; how many more there are is said
LONGEST = 200  # characters of a wrong header


def readable(path: Path, code: str) -> BadRow | None:
    """What is wrong with a file before it is opened: a folder, or `code` where there is none; a pipe or a device, which
    may have no end, is none."""
    try:
        if path.is_file():
            return None
        code = "file_is_folder" if path.is_dir() else code
    except OSError:  # a name that is too long
        pass
    return BadRow(code, None, None, {"file": path.name})


def records(path: Path, expected: Sequence[str] = (), *, foreign: bool = False) -> tuple[list[str], Rows]:
    """The header and the rows, each with its number (the header is row 1); blank lines are passed over.

    expected: the header, where it is known. foreign: a recipe says where the file lies, so it may be any of this
    machine, and a wrong header is not shown. Refused: file_missing, file_is_folder. Invalid: encoding_wrong,
    cells_unreadable, input_empty, header_wrong (then no row is judged), header_twice, row_length.
    """
    if fault := readable(path, "file_missing"):
        raise Refused(fault.code, file=path.name)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError:
        raise Invalid(
            [BadRow("encoding_wrong", None, None, {"file": path.name, "expected": "UTF-8"})]
        ) from None
    except csv.Error as error:
        facts = {"file": path.name, "reason": str(error)}
        raise Invalid([BadRow("cells_unreadable", None, None, facts)]) from None
    if not lines or not lines[0]:
        raise Invalid([BadRow("input_empty", None, None, {"file": path.name})])
    header, width = lines[0], len(lines[0])
    if expected and header != list(expected):
        found = named(header, expected) if foreign else _short(",".join(header))
        facts = {"file": path.name, "expected": ",".join(expected), "found": found}
        raise Invalid([BadRow("header_wrong", 1, None, facts)])
    rows = [(number, row) for number, row in enumerate(lines[1:], start=2) if row]
    faults = [
        BadRow("header_twice", 1, name, {"file": path.name, "value": name})
        for place, name in enumerate(header)
        if name in header[:place]
    ]
    faults += [
        BadRow("row_length", number, None, {"found": len(row), "expected": width})
        for number, row in rows
        if len(row) != width
    ]
    if (left := len(faults) - MOST_FAULTS) > 0:
        faults[MOST_FAULTS:] = [BadRow("faults_left_out", None, None, {"count": left})]
    if faults:
        raise Invalid(faults)
    return header, rows


def named(header: Sequence[str], expected: Sequence[str]) -> str:
    """A header with nothing but the names that are expected somewhere in it."""
    return _short(",".join(name if name in expected else "…" for name in header))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
