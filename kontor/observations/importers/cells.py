"""One cell at a time: a value, a period, a set of flags, and what a broken one was perhaps meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from kontor.engines import flags

from ..rules import NUMBER, PERIOD, flags_of, period_fault, value_of
from .layouts import Dialect

REMEMBERED = 1 << 20  # distinct texts; files of other people may have any number of them
LONGEST_SHOWN = 200  # characters
MONTH = re.compile(r"[A-Za-zÄä]{3,9}\.?[ -]?(?P<year>[0-9]{2}|[0-9]{4})")
DATES = (
    re.compile(r"(?P<year>[0-9]{4})[-/.](0?[1-9]|1[0-2])[-/.]([0-2]?[0-9]|3[01])([T ].*)?"),
    re.compile(r"([0-2]?[0-9]|3[01])[-/.]([0-2]?[0-9]|3[01])[-/.](?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4})[.,]0+"),
    MONTH,
)
SPREADSHEET_BEGINS = date(1899, 12, 30)  # days are counted from here
SPREADSHEET_SERIAL = re.compile(r"(2[6-9]|[3-5][0-9])[0-9]{3}")  # from 1971 on
LOOKALIKES = str.maketrans({"o": "0", "O": "0", "l": "1", "I": "1"})
BEHIND = re.compile(r"(?P<value>[^a-z]*[^a-z\s])\s*(?P<flags>[a-z]{1,4})")


T = TypeVar("T")


class Decided(dict[str, T | None]):
    """Text -> what it means, or None where it means nothing: each distinct text of a file is decided once.

    `some_mean_nothing` says whether a column has to be searched for such texts at all; `nothing` has those that are
    remembered.
    """

    some_mean_nothing = False

    def decide(self, text: str) -> T | None:
        """What one text means: every kind of cell says it for itself."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.nothing: set[str] = set()

    def __missing__(self, text: str) -> T | None:
        self[text] = meant = self.decide(text)
        if meant is None:
            self.some_mean_nothing = True
            self.nothing.add(text)
        return meant

    def forget_when_full(self) -> None:
        """Between two pieces, so that a file of millions of distinct texts does not fill the memory."""
        if len(self) > REMEMBERED:
            self.clear()
            self.nothing.clear()


class Values(Decided[Decimal]):
    """Text -> number or None. `fractions` and `negatives` are texts among them."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self.dialect = dialect
        self.fractions: set[str] = set()
        self.negatives: set[str] = set()

    def decide(self, text: str) -> Decimal | None:
        plain = in_points(text, self.dialect)
        value = value_of(plain)
        if value is not None:
            if "." in plain and value % 1:
                self.fractions.add(text)
            if value < 0:
                self.negatives.add(text)
        return value

    def forget_when_full(self) -> None:
        if len(self) > REMEMBERED:
            self.fractions.clear()
            self.negatives.clear()
        super().forget_when_full()


class Periods(Decided[str]):
    """Text -> year or None."""

    def __init__(self, latest: int) -> None:
        super().__init__()
        self.latest = latest

    def decide(self, text: str) -> str | None:
        return None if period_fault(text, latest=self.latest) else text


class FlagSets(Decided[str]):
    """Text -> our flags in their canonical order; None for unknown ones, and for those that deny that there is a value."""

    def __init__(self, known: Collection[str], dialect: Dialect) -> None:
        super().__init__()
        self.known, self.dialect = frozenset(known), dialect.flags

    def decide(self, text: str) -> str | None:
        found, unknown = flags.read(text, self.dialect)
        return flags.write(found) if not unknown and found <= self.known - flags.ABSENT else None

    def denial(self, text: str) -> str:
        """Which known flag says that there is no value; "" where none does. "q": it is kept secret."""
        found, unknown = flags.read(text, self.dialect)
        return "" if unknown or not found <= self.known else flags.primary(found & flags.ABSENT)


def in_points(text: str, dialect: Dialect) -> str:
    """The number as digits and a decimal point; no number where it is not written as the dialect has it."""
    if dialect.thousands and dialect.thousands in text:
        mark = re.escape(dialect.thousands)
        whole, _, _ = text.partition(dialect.decimal)
        if not re.fullmatch(rf"-?[0-9]{{1,3}}({mark}[0-9]{{3}})+", whole):
            return ""
        text = text.replace(dialect.thousands, "")
    if dialect.decimal != ".":
        text = text.replace(".", "?").replace(dialect.decimal, ".")
    return text


def behind_value(text: str) -> tuple[str, str]:
    """(value, flags) of a cell that may carry its flags behind the value: "123 e", ": c"."""
    found = BEHIND.fullmatch(text)
    return (found["value"], found["flags"]) if found else (text, "")


def shown(text: str) -> str:
    """A text as reports keep it: somebody's whole novel may stand in a cell."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


# ---- what was perhaps meant


def nearest_value(text: str, dialect: Dialect) -> str:
    """How the number in a broken cell would be written, or "" where there is none or it may be two.

    Never taken by itself: it stands in the report, for a person to decide.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_SHOWN]).strip().replace("\u2212", "-")
    plain = re.sub(r"(?<=[0-9])[ '’](?=[0-9]{3}(?![0-9]))", "", plain)
    if behind_value(plain)[
        1
    ]:  # a flag that stands in the wrong column must not get lost by following a proposal
        return ""
    plain = plain.rstrip("% ")
    if re.fullmatch(r"[+-]?[0-9]{1,17}([.,][0-9]+)?[eE][+-]?[0-9]{1,2}", plain):
        plain = format(Decimal(plain.replace(",", ".")), "f")
    plain = re.sub(r"^(-?)0+(?=[0-9])", r"\1", plain.removeprefix("+"))
    if plain.lower() in ("nan", "na", "n/a", "#n/a", "-", "..", "null", "none", "inf", "-inf", "infinity"):
        return ":" if ":" in dialect.missing else ""
    readings = {
        in_points(plain, Dialect(decimal=decimal, thousands=thousands))
        for decimal, thousands in ((".", ","), (",", "."))
    }
    found = sorted({_written(one, dialect) for one in readings if NUMBER.fullmatch(one)} - {text})
    return found[0] if len(found) == 1 else ""


def _written(number: str, dialect: Dialect) -> str:
    return number.replace(".", dialect.decimal)


def nearest_whole(text: str) -> str:
    """ "1.234" for a count was perhaps written with the thousands separator of another language."""
    return text.replace(".", "") if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+", text) else ""


def nearest_period(text: str, *, latest: int) -> str:
    """The year that a date, a month or a number of a spreadsheet lies in, or ""."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_SHOWN]).strip()
    year = plain.translate(LOOKALIKES)
    for pattern in DATES:
        if found := pattern.fullmatch(plain):
            year = found["year"]
            if len(year) == 2:
                year = f"20{year}" if int(year) <= latest % 100 else f"19{year}"
    if SPREADSHEET_SERIAL.fullmatch(plain):
        year = str((SPREADSHEET_BEGINS + timedelta(days=int(plain))).year)
    return year if year != text and PERIOD.fullmatch(year) and int(year) <= latest else ""


def nearest_flags(text: str, known: Collection[str]) -> str:
    """Flags in another case, or set apart by commas or blanks."""
    plain = re.sub(r"[\s,;+]", "", unicodedata.normalize("NFKC", text)).lower()
    return (flags_of(plain, known) or "") if plain != text else ""
