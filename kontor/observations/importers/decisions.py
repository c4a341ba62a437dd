"""What the distinct texts of one file mean: shared by the quick way over columns and by the look at single rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import Context
from .areas import Areas
from .cells import FlagSets, Periods, Values
from .layouts import Layout
from .variables import Variables


class Sources(dict[tuple[str, str], str]):
    """(variable, our city code) -> publisher, each pair asked once."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._of = context.source_of

    def __missing__(self, pair: tuple[str, str]) -> str:
        self[pair] = source = self._of(*pair)
        return source


class Decisions:
    """The memory of one file. `positions`: role -> place of its cell in a whole row, where rows can be looked at."""

    def __init__(self, layout: Layout, context: Context, positions: Mapping[str, int] | None = None) -> None:
        self.layout, self.context = layout, context
        self.positions = positions or {}
        self.areas = Areas(layout, context)
        self.variables = Variables(layout, context)
        self.periods = Periods(context.latest)
        self.values = Values(layout.dialect)
        self.flags = FlagSets(context.flags, layout.dialect)
        self.sources = Sources(context)

    def forget_when_full(self) -> None:
        """Between two pieces of the file."""
        for memo in (self.areas, self.variables, self.periods, self.values, self.flags):
            memo.forget_when_full()

    def fits(self, cells: Sequence[str], lost: int | None = None) -> bool:
        """Whether a whole row would be right, or right but for an area that is not ours; `lost`: but for this cell."""
        return all(self._fits(role, cells[place]) for role, place in self.positions.items() if place != lost)

    def _fits(self, role: str, text: str) -> bool:
        if role == "area":
            return self.areas[text] is not None or not self.areas.why[text].wrong
        if role == "value":
            return self.values[text] is not None or text in self.layout.dialect.missing
        memory = {"variable": self.variables, "period": self.periods, "flag": self.flags}.get(role)
        return memory is None or memory[text] is not None
