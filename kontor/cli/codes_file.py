"""`codes.csv`: what cities are called in other people's lists, each code with its list (scheme) and edition."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from kontor.errors import BadRow, Invalid
from kontor.league.rules import NewCode

COLUMNS = ("scheme", "edition", "code", "city_code", "matched_by")


def read(path: Path) -> list[NewCode]:
    """The codes of the file; rows without a city say that a label names several units and are left out.

    Raises Invalid with every row that is not one of five cells.
    """
    if not path.is_file():
        raise Invalid([BadRow("file_missing", None, None, {"file": path.name})])
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        facts = {"file": path.name, "expected": "UTF-8"}
        raise Invalid([BadRow("encoding_wrong", None, None, facts)]) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = tuple(next(reader, ()))
    if header != COLUMNS:
        facts = {"file": path.name, "expected": ",".join(COLUMNS), "found": ",".join(header)[:200]}
        raise Invalid([BadRow("header_wrong", 1, None, facts)])
    codes, faults = [], []
    for cells in reader:
        if len(cells) == len(COLUMNS):
            scheme, edition, code, city, _ = cells
            codes += [NewCode(scheme, edition, code, city, row=reader.line_num)] if city else []
        elif cells:
            lengths = {"expected": len(COLUMNS), "found": len(cells)}
            faults.append(BadRow("row_length", reader.line_num, None, lengths))
    if faults:
        raise Invalid(faults)
    return codes
