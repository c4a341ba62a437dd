"""SAFE.csv of micro-data: the published records, sorted, because their order in the input would tell something."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from kontor.errors import BadRow, Invalid


@dataclass(frozen=True, slots=True)
class SafeRecords:
    """One row per record, as wide as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> list[str]:
        place = self.header.index(name)
        return [row[place] for row in self.rows]

    def to_bytes(self) -> bytes:
        """UTF-8, LF, comma."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(sorted(self.rows))
        return out.getvalue().encode("utf-8")


def read_records(path: Path) -> SafeRecords:
    """Invalid with `safe_records_malformed` where a row is longer or shorter than the header."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = [tuple(row) for row in csv.reader(file)] or [()]
    if {len(row) for row in rows} - {len(header)}:
        raise Invalid([BadRow("safe_records_malformed", None, None, {"file": path.name})])
    return SafeRecords(header, tuple(rows))
