"""The words of the report in three languages, and numbers as each of them writes them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from html import escape
from pathlib import Path

LANGUAGES = ("en", "de", "zh-hans")
TAGS = {"en": "en", "de": "de", "zh-hans": "zh-Hans"}  # BCP 47, for the attribute `lang`
NARROW_SPACE = "\u202f"


@cache
def templates() -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> template."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


class Words:
    """One language. What it returns is escaped, ready for HTML."""

    def __init__(self, language: str) -> None:
        self.language = language

    @property
    def between(self) -> str:
        """What stands between the members of a list."""
        return "、" if self.language == "zh-hans" else ", "

    def __call__(self, key: str, **facts: object) -> str:
        """A sentence; numbers among the facts are formatted, text is escaped."""
        template = templates()[key][self.language]
        return escape(template).format(**{name: self._fact(fact) for name, fact in facts.items()})

    def number(self, value: float | int | str, *, digits: int = 0) -> str:
        """Groups of three, the decimal mark of the language, a true minus. A text is a plain decimal. digits: at least so
        many after the point."""
        text = value if isinstance(value, str) else self.plain(value)
        whole, _, fraction = text.removeprefix("-").partition(".")
        fraction = fraction.ljust(digits, "0")
        grouped = f"{int(whole):,}".replace(",", NARROW_SPACE)
        mark = "," if self.language == "de" else "."
        return ("−" if text.startswith("-") else "") + grouped + (mark + fraction if fraction else "")

    @staticmethod
    def plain(value: float | int) -> str:
        """The shortest decimal that is this number: what binary arithmetic leaves behind it is not shown."""
        text = format(Decimal(repr(float(value))), "f") if isinstance(value, float) else str(int(value))
        return text.rstrip("0").rstrip(".") if "." in text else text

    def percent(self, share: float) -> str:
        """A share between 0 and 1; never 0 or 100 % where it is not exactly that."""
        text = f"{share * 100:.1f}".removesuffix(".0")
        if text == "100" and share < 1:
            text = "99.9"
        if text == "0" and share > 0:
            text = "0.1"
        gap = "" if self.language == "zh-hans" else NARROW_SPACE
        return f"{self.number(text)}{gap}%"

    def _fact(self, fact: object) -> str:
        return self.number(fact) if isinstance(fact, int | float) else escape(str(fact))
