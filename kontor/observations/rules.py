"""What a figure and a release must be, and who may publish. Pure: neither Django nor HTTP."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from kontor.engines import flags
from kontor.engines.quality import Finding
from kontor.errors import BadRow, Refused
from kontor.league.rules import Actor, check_office

PERIOD = re.compile(r"(19|20)[0-9]{2}")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,10})?")  # 007 is a code, or has lost what stood before
UNSEEN = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
NAME_CHARACTERS, NAME_BYTES = 200, 255  # of a file name: what the table keeps, what a file system takes
TRACKS = {"r": False, "demo-": True}  # how release ids begin -> whether their rows are invented
REASON_CHARACTERS = 500
SHOWN_TEXTS, SHOWN_LETTERS = (
    3,
    160,
)  # of what decided about rows passed over, where a reason is told in one line
# Why a figure was published anew, where nobody wrote a sentence about it.
REASONS = ("new_in_source", "revised_in_source", "converted", "published_again", "withdrawn_by_source")


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


class FigureKey(NamedTuple):
    """Which figure is meant; `row` is where it was named in a list, where there is one."""

    area: str
    variable: str
    period: str
    row: int | None = None


@dataclass(slots=True)
class Reason:
    """All that was passed over for one reason: `rows` (one entry per figure), and how often each text decided."""

    code: str
    rows: array[int] = field(default_factory=lambda: array("q"))
    values: Counter[str] = field(default_factory=Counter)
    others: dict[str, Counter[str]] = field(default_factory=dict)

    def facts(self) -> dict[str, str]:
        """The facts of its sentence, each with its most frequent texts."""
        return {name: _most_frequent(texts) for name, texts in {"value": self.values, **self.others}.items()}


def _most_frequent(texts: Counter[str]) -> str:
    ordered = sorted((text for text in texts if text), key=lambda text: (-texts[text], text))
    shown = [printable(text) for text in ordered[:SHOWN_TEXTS]]
    shown = [text if len(text) <= SHOWN_LETTERS else text[:SHOWN_LETTERS] + "…" for text in shown]
    return ", ".join([*shown, "…"] if len(ordered) > SHOWN_TEXTS else shown)


class PassedOver:
    """Rows that are not wrong but not for this league, by reason: of each row its number alone is kept.

    Goes through them as `BadRow`s in the order of rows.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str | None, str, tuple[tuple[str, str], ...]], array[int]] = {}

    def add(self, code: str, rows: Iterable[int], column: str | None = None, /, **facts: str) -> None:
        """Pass over these rows. `facts` fill the sentence; `value` is the text that decided."""
        key = (code, column, facts.pop("value", ""), tuple(sorted(facts.items())))
        if key not in self._rows:
            self._rows[key] = array("q")
        self._rows[key].extend(rows)

    def joined(self, other: PassedOver) -> PassedOver:
        """Both together."""
        both = PassedOver()
        for one in (self, other):
            for (code, column, value, facts), rows in one._rows.items():
                both.add(code, rows, column, value=value, **dict(facts))
        return both

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def __iter__(self) -> Iterator[BadRow]:
        found = [(row, key) for key, rows in self._rows.items() for row in rows]
        for row, (code, column, value, others) in sorted(found, key=lambda item: item[0]):
            yield BadRow(code, row, column, {"value": value, **dict(others)})

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, PassedOver | list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def reasons(self) -> list[Reason]:
        """One entry per reason, the most frequent first."""
        by_code: dict[str, Reason] = {}
        for (code, _, value, others), rows in self._rows.items():
            reason = by_code.setdefault(code, Reason(code))
            reason.rows.extend(rows)
            reason.values[value] += len(rows)
            for name, fact in others:
                reason.others.setdefault(name, Counter())[fact] += len(rows)
        return sorted(by_code.values(), key=lambda reason: (-len(reason.rows), reason.code))

    def report(self) -> list[dict[str, Any]]:
        """Code, value and other facts, count and rows; the most frequent first."""
        grouped: dict[tuple[Any, ...], list[int]] = {}
        for (code, _, value, others), rows in self._rows.items():
            grouped.setdefault((code, printable(value), others), []).extend(rows)
        return [
            {
                "code": code,
                "value": value,
                **_printable(dict(others)),
                "count": len(rows),
                "rows": ranges(rows),
            }
            for (code, value, others), rows in sorted(
                grouped.items(), key=lambda item: (-len(item[1]), item[0])
            )
        ]


@dataclass(slots=True)
class Reading:
    """What an importer made of a file: figures taken, rows passed over with a reason, rows that are wrong.

    `read`, `skipped` and `wrong` count figures, whether one or several stand in a row; together with those taken they
    add up: read = taken + passed over + wrong. What goes into the figure of another area counts there. `faults` may
    name several things about one figure. `notes` are what a reader should know and concerns no figure. `findings` are
    what is not plausible about the figures taken; they are taken all the same.
    """

    read: int = 0
    figures: list[Figure] = field(default_factory=list)
    skipped: PassedOver = field(default_factory=PassedOver)
    faults: list[BadRow] = field(default_factory=list)
    wrong: int = 0
    notes: PassedOver = field(default_factory=PassedOver)
    findings: list[Finding] = field(default_factory=list)

    def joined(self, other: Reading) -> Reading:
        """This reading and another one of the same file."""
        return Reading(
            read=self.read + other.read,
            figures=self.figures + other.figures,
            skipped=self.skipped.joined(other.skipped),
            faults=self.faults + other.faults,
            wrong=self.wrong + other.wrong,
            notes=self.notes.joined(other.notes),
        )

    def report(self) -> dict[str, Any]:
        """Counts and, by reason, the rows: what the command prints and the submission keeps."""
        return {
            "read": self.read,
            "taken": len(self.figures),
            "passed_over": len(self.skipped),
            "wrong": self.wrong,
            "skipped": self.skipped.report(),
            "notes": self.notes.report(),
            "faults": [
                {
                    "code": fault.code,
                    "row": fault.row,
                    "column": fault.column,
                    "facts": _printable(fault.facts),
                }
                for fault in self.faults
            ],
            "findings": dict(sorted(Counter(finding.kind for finding in self.findings).items())),
        }


def _printable(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: printable(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}


def printable(text: str) -> str:
    """The text with U+FFFD for what databases and terminals refuse (control characters, halves of surrogate pairs)
    and for what makes a text look like another one (marks of direction, letters without width)."""
    return "".join(
        "\ufffd" if letter in UNSEEN or unicodedata.category(letter) in ("Cc", "Cs") else letter
        for letter in text
    )


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


def check_can_withdraw(by: Actor, *, demonstration: bool) -> None:
    """Who may publish may withdraw."""
    check_office("withdraw", capability="observations", by=by, demonstration=demonstration)


def check_can_keep(by: Actor, *, demonstration: bool) -> None:
    """Who may publish looks after what was published: compaction and archive."""
    check_office("keep", capability="observations", by=by, demonstration=demonstration)


def reason_of(text: str | None) -> str:
    """Why figures are published or withdrawn, as it is kept: a code of `REASONS` or one line as given.

    Refused("reason_too_long") beyond 500 characters: a reason is never cut.
    """
    reason = " ".join(printable(text or "").replace("\ufffd", " ").split())
    if len(reason) > REASON_CHARACTERS:
        raise Refused("reason_too_long", limit=REASON_CHARACTERS, count=len(reason))
    return reason


def check_can_submit(by: Actor, *, demonstration: bool) -> None:
    """Published statistics are brought in by the office."""
    check_office("import", capability="observations", by=by, demonstration=demonstration)


def value_of(text: str) -> Decimal | None:
    """The number in a cell exactly as written, or None: digits, an optional sign and decimal point, no zeros in
    front, nothing else."""
    if not NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def flags_of(text: str, known: Collection[str]) -> str | None:
    """A set of flags in our own letters and order, or None where a letter is not one of the `known`."""
    found, unknown = flags.read(text, "kontor")
    return flags.write(found) if not unknown and found <= set(known) else None


def period_fault(text: str, *, latest: int) -> str | None:
    """What is wrong with a year: period_malformed, period_in_future, or None. `latest` is the last one allowed."""
    if not PERIOD.fullmatch(text):
        return "period_malformed"
    return "period_in_future" if int(text) > latest else None


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
