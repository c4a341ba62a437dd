"""What a figure and a release must be, and who may publish. Pure: neither Django nor HTTP."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from kontor.errors import BadRow, Refused
from kontor.league.rules import Actor, check_office

PERIOD = re.compile(r"(19|20)[0-9]{2}")
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,10})?")
NAME_CHARACTERS, NAME_BYTES = 200, 255  # of a file name: what the table keeps, what a file system takes
TRACKS = {"r": False, "demo-": True}  # how release ids begin -> whether their rows are invented


class Figure(NamedTuple):
    """One observed value as handed in. `value` keeps the digits of the source; `row` is its row there (header = 1).

    `column` is the heading in layouts with several figures per row. `conversion` is the recipe by which the figure
    was made from figures of other areas (empty: as the source has it). `reason` says why a figure was revised or
    withdrawn. A named tuple, because files hold hundreds of thousands of them.
    """

    area: str
    variable: str
    period: str
    value: Decimal
    flags: str
    source: str
    file: str
    row: int
    column: str = ""
    conversion: str = ""
    reason: str = ""


@dataclass(slots=True)
class Reading:
    """What an importer made of a file: figures taken, rows passed over with a reason, rows that are wrong."""

    read: int = 0
    figures: list[Figure] = field(default_factory=list)
    skipped: list[BadRow] = field(default_factory=list)
    faults: list[BadRow] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """Counts and, by reason, the rows: what the command prints and the submission keeps."""
        return {
            "read": self.read,
            "taken": len(self.figures),
            "skipped": _by_reason(self.skipped),
            "faults": [
                {
                    "code": fault.code,
                    "row": fault.row,
                    "column": fault.column,
                    "facts": _printable(fault.facts),
                }
                for fault in self.faults
            ],
        }


def _by_reason(rows: Iterable[BadRow]) -> list[dict[str, Any]]:
    grouped: dict[tuple[str, str], list[int]] = {}
    for bad in rows:
        grouped.setdefault((bad.code, printable(str(bad.facts.get("value", "")))), []).append(bad.row or 0)
    return [
        {"code": code, "value": value, "count": len(numbers), "rows": ranges(numbers)}
        for (code, value), numbers in sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _printable(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: printable(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}


def printable(text: str) -> str:
    """The text with U+FFFD for what databases and terminals refuse: control characters, halves of surrogate pairs."""
    return "".join("\ufffd" if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in text)


def file_name(name: str) -> str:
    """The name under which a file is kept and cited: printable, at most 200 characters and 255 bytes."""
    return printable(name)[:NAME_CHARACTERS].encode()[:NAME_BYTES].decode(errors="ignore")


def ranges(numbers: Iterable[int]) -> str:
    """Row numbers as a person writes them: 4-7, 9."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def check_can_release(by: Actor, *, demonstration: bool) -> None:
    """Releases are published by the office, by a mandate for `observations`."""
    check_office("release", capability="observations", by=by, demonstration=demonstration)


def check_can_submit(by: Actor, *, demonstration: bool) -> None:
    """Published statistics are brought in by the office."""
    check_office("import", capability="observations", by=by, demonstration=demonstration)


def value_of(text: str) -> Decimal | None:
    """The number in a cell exactly as written, or None: digits, an optional sign and decimal point, nothing else."""
    if not NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def flags_of(text: str, known: Collection[str]) -> str | None:
    """A set of flags in its canonical order, or None where a letter is not one of the `known`."""
    letters = sorted(set(text))
    return "".join(letters) if all(letter in known for letter in letters) else None


def period_fault(text: str, *, latest: int) -> str | None:
    """What is wrong with a year: period_malformed, period_in_future, or None. `latest` is the last one allowed."""
    if not PERIOD.fullmatch(text):
        return "period_malformed"
    return "period_in_future" if int(text) > latest else None


def value_fault(text: str) -> str | None:
    """What is wrong with a figure: value_malformed, value_negative, or None. All observed variables count or measure."""
    value = value_of(text)
    if value is None:
        return "value_malformed"
    return "value_negative" if value < 0 else None


def check_nothing_mixed(*, demonstration: bool, areas_invented: Collection[bool]) -> None:
    """Real and invented never mix: all figures of a release belong to one kind of city."""
    if any(invented != demonstration for invented in areas_invented):
        raise Refused("real_and_invented_never_mix")


def release_id(*, number: int, demonstration: bool) -> str:
    """`r7` or `demo-7`: published figures and invented ones are numbered apart."""
    return f"demo-{number}" if demonstration else f"r{number}"


def number_of(release: str) -> tuple[bool, int]:
    """(invented, number) of a release id. Refused("release_unknown") where malformed."""
    found = re.fullmatch(r"(r|demo-)([1-9]\d{0,8})", release)
    if not found:
        raise Refused("release_unknown", release=release)
    return TRACKS[found[1]], int(found[2])
