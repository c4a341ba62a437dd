"""Which observed variable a code or label of a source means."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property

from . import Context
from .cells import Decided
from .layouts import Layout

MOST_PROPOSALS = 1000  # of one file: likeness is looked for name by name


class Variables(Decided[str]):
    """Text -> code of an observed variable (`eurostat:TT1060V`) or None, each text decided once.

    `whole` and `signed` are the codes that allow no fraction, and those that may be negative.
    """

    def __init__(self, layout: Layout, context: Context) -> None:
        super().__init__()
        self._start = start = f"{layout.prefix}:"
        self.known = {code.removeprefix(start): code for code in context.variables if code.startswith(start)}
        self.labels = {
            label: code for code in self.known.values() for label in context.variables[code].get("labels", ())
        }
        self.whole = {code for code in self.known.values() if context.variables[code].get("integer")}
        self.proposed: dict[str, str] = {}
        self.signed = {code for code in self.known.values() if context.variables[code].get("signed")}

    def decide(self, text: str) -> str | None:
        return self.known.get(text) or self.labels.get(text)

    def nearest(self, text: str) -> str:
        """The code or label most like this one, or ""."""
        if text not in self.proposed and len(self.proposed) < MOST_PROPOSALS:
            names = self._names
            plain = text.strip().casefold().removeprefix(self._start)
            close = get_close_matches(plain[:200], names, n=1, cutoff=0.85)
            self.proposed[text] = names[close[0]] if close and names[close[0]] != text else ""
        return self.proposed.get(text, "")

    @cached_property
    def _names(self) -> dict[str, str]:
        return {name.casefold(): name for name in (*self.known, *self.labels)}
