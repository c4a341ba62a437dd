"""Flags of a figure: every source's dialect read into one set of SDMX letters, written back, ranked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

Flags = frozenset[str]

# The letters of the SDMX code list CL_OBS_STATUS 2.2 in lower case, the weightiest first. Its A, a normal value,
# is the empty set. The order is that of the SDMX Statistical Working Group: Possible Ways of Implementing the
# Observation Status Concept, version 2.0 (2019), section 2 "One flag only per value".
PRECEDENCE = "bomlhqjsdkwifepnuvg"

# Letters that say why there is no value (the same table); `o` is the one that gives no reason.
ABSENT = frozenset("omlhqk")

_OURS = {letter: letter for letter in PRECEDENCE}

# What a source writes -> our letters. A mark of no letters is known and says nothing of the figure: a revision,
# for one, is told by the releases. What is not listed is unknown, never guessed.
DIALECTS: Mapping[str, Mapping[str, str]] = {
    "kontor": _OURS,
    "sdmx": {letter.upper(): letter for letter in PRECEDENCE}
    | {"A": "", "_U": "", " ": "", ",": "", ";": ""},
    # Eurostat writes the letters in lower case. Until January 2025 it had s (its own estimate, now i), z (not
    # applicable, now m) and c (confidential, now a column of its own); older files also have r (revised).
    "eurostat": _OURS | {":": "o", "c": "q", "z": "m", "s": "i", "r": "", " ": "", ",": ""},
    # The signs of the German statistical offices (Zeichenerklaerung). A point is unknown or secret: which, is not
    # said. A stroke is a value too uncertain to print, brackets are one of limited meaning.
    "regionalstatistik": {"-": "", ".": "o", "...": "o", "…": "o", "/": "ou", "x": "m", "()": "u"}
    | {"p": "p", "r": "", "s": "e", " ": ""},
    # Shorthand of the Government Statistical Service (Using symbols and shorthand, 2022), each in brackets of its
    # own; NA is what R writes.
    "uk": {"NA": "o", "[x]": "o", "[w]": "o", "[z]": "m", "[c]": "q", "[low]": "n", "[u]": "u"}
    | {"[b]": "b", "[e]": "e", "[f]": "f", "[p]": "p", "[r]": "", " ": ""},
}

# The mark that stands for exactly nothing: a value, not a flag.
NIL = {"regionalstatistik": "-"}

_NUMBER = re.compile(r"[-+]?\d(?:[\d.,' \u00a0\u2009\u202f]*\d)?(?:[eE][-+]?\d+)?")


@lru_cache(maxsize=4096)
def read(text: str, dialect: str) -> tuple[Flags, str]:
    """The flags in a cell of flags, and what in it the dialect does not know ("" where all is understood).

    "bep" in `eurostat` is ({b, e, p}, ""); "bx" is ({b}, "x"). `dialect` is a key of DIALECTS.
    """
    marks = DIALECTS[dialect]
    pattern = _pattern(dialect)
    letters = "".join(marks[mark] for mark in pattern.findall(text))
    return frozenset(letters), pattern.sub("", text)


def split(cell: str, dialect: str) -> tuple[str, Flags, str]:
    """A cell that holds a number and flags, or flags in a number's place: the number as written, flags, the rest.

    "123 e" in `eurostat` is ("123", {e}, ""), ": c" is ("", {q}, ""); "(12,5)" in `regionalstatistik` is
    ("12,5", {u}, ""), its "-" is ("0", {}, "").
    """
    if cell.strip() == NIL.get(dialect):
        return "0", frozenset(), ""
    found = _NUMBER.search(cell)
    number = found.group() if found else ""
    flags, unknown = read(cell.replace(number, "", 1), dialect)
    # A reason stands in the place of the mark that gives none: ": c" is suppressed.
    return number, flags - {"o"} if flags & ABSENT - {"o"} else flags, unknown


def write(flags: Iterable[str]) -> str:
    """The set as releases store it: each letter once, in the order of the alphabet."""
    return "".join(sorted(set(flags)))


def primary(flags: Iterable[str]) -> str:
    """The weightiest flag, for formats that hold one only; "" for a normal value. ValueError for no flag of ours."""
    return min(flags, key=PRECEDENCE.index, default="")


def merge(sets: Iterable[Iterable[str]]) -> Flags:
    """What must be said of a figure made from several: every flag of each."""
    return frozenset().union(*sets)


@lru_cache
def _pattern(dialect: str) -> re.Pattern[str]:
    # The longest mark first: three points are not three times one.
    marks = sorted(DIALECTS[dialect], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, marks)))
