"""The two ways in which Kontor says no: codes only, the sentences live in `kontor.sentences`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Refused(Exception):
    """A rule forbids it. `code` is stable and snake_case; `facts` fill the sentence that a person reads."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({facts})"


@dataclass(frozen=True, slots=True)
class BadRow:
    """One thing that is wrong in an input: where (`row` counts from 1, the header being row 1) and what."""

    code: str
    row: int | None = None
    column: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Invalid(Exception):
    """Input that cannot be taken. `rows` names every bad place, not only the first; `heading` is the code of the sentence
    above them."""

    def __init__(self, rows: list[BadRow], *, heading: str = "invalid") -> None:
        super().__init__(f"{len(rows)} bad rows")
        self.rows, self.heading = rows, heading

    @property
    def code(self) -> str:
        return "invalid"
