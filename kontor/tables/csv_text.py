"""Rows as CSV (RFC 4180): UTF-8, one header row, CRLF, no comment lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
SEPARATOR = "; "  # between the members of a list
# A spreadsheet takes text that begins so for a formula (OWASP, CSV Injection); full-width forms count too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """CSV with exactly these columns; a missing value is an empty cell, a list is joined by `; `.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers never do.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, dialect="excel", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8")


def cell(value: Any) -> str:
    """One value as it stands in a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | float):
        return repr(value)
    text = SEPARATOR.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
