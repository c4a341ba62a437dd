"""How broad a picture gets: what decides where it stands, how small its letters may be, and how paper is turned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from math import ceil

from ..recipe import Labels
from .words import NARROW_SPACE

LETTER, GAP = 0.62, 0.3  # mean breadth of a letter or digit, and of the gap between groups of digits, in em
BETWEEN = 1.2  # room beside the text of a column, in em
MOST_HEAD = 9.0  # a code above a column is broken into lines beyond this
LEAST_FIRST, MOST_FIRST = 6.0, 14.0  # of the column of codes
LONG = 12  # letters from which a name may need to be broken
UPRIGHT = 80.0  # em that upright paper holds in letters that can be read


def breadth(first: Sequence[str], heads: Sequence[str], columns: Sequence[Sequence[str]]) -> float:
    """In em of its own letters, at least. first: the codes of the rows; columns: what stands below each of the heads."""
    codes = max(map(_word, first), default=0.0)
    wide = min(max(codes, LEAST_FIRST), MOST_FIRST) + BETWEEN
    for head, texts in zip(heads, columns, strict=True):
        longest = max(map(_length, texts), default=0.0)
        wide += max(longest, min(_word(head), MOST_HEAD)) + BETWEEN
    return wide


def room(wide: float) -> str:
    """The class of what is so broad; `rules` says what it means."""
    return f"em{ceil(wide)}"


def rules(page: str) -> str:
    """The rules of style for the breadths in a page. Paper is turned sideways where one is too broad for it."""
    found = sorted({int(wide) for wide in re.findall(r'<figure class="(?:broad )?em(\d+)">', page)})
    said = "".join(f".em{wide}{{--em:{wide}}}" for wide in found)
    turned = "@page{size:landscape}" if found and found[-1] > UPRIGHT else ""
    return said + turned


def _word(text: str) -> float:
    """Of the longest word: between words a line may end."""
    return max(map(_length, re.split(r"(?<=-)| ", text)))


def _length(text: str) -> float:
    gaps = text.count(NARROW_SPACE)
    return LETTER * (len(text) - gaps) + GAP * gaps


def heading(labels: Labels, column: str) -> str:
    """What the recipe calls a variable or a response, escaped."""
    return name(labels.heading(column))


def labelled(labels: Labels, variable: str, code: str) -> str:
    """A code and, after it, its label; escaped."""
    label = labels.label(variable, code)
    return escape(code) + (f' <span class="label">{escape(label)}</span>' if label else "")


def name(text: str) -> str:
    """A name that may be broken where its parts meet (PrimaryPropertyType, accident_kind) and nowhere else; escaped."""
    if len(text) <= LONG:
        return escape(text)
    parts = re.split(r"(?<=[a-zäöüß0-9])(?=[A-ZÄÖÜ])|(?<=[_./-])(?=\w)", text)
    return "<wbr>".join(map(escape, parts))
