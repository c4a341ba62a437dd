"""What a safe file says about itself: how much is shown at which level, and how much of the total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kontor.engines.disclosure.problem import Bools

from ..recipe import TOTAL, Recipe
from ..safe_file import HIDDEN, PUBLISHED, SECONDARY, SafeTable


@dataclass(frozen=True, slots=True)
class Level:
    """One way to break the table down: by these variables, all others added up."""

    variables: tuple[str, ...]
    cells: int
    hidden: int

    @property
    def shown(self) -> int:
        return self.cells - self.hidden


class Figures:
    """The facts of one table; nothing but its rows and the recipe goes in."""

    def __init__(self, table: SafeTable, recipe: Recipe) -> None:
        self.table = table
        self.recipe = recipe
        self.marks = np.array(table.confidentiality, dtype=object)
        self.hidden: Bools = self.marks != PUBLISHED
        self.detailed: Bools = (
            np.stack([np.array(column, dtype=object) != TOTAL for column in table.codes])
            if table.codes
            else np.zeros((0, len(table)), dtype=bool)
        )

    @property
    def cells(self) -> int:
        return len(self.table)

    @property
    def primaries(self) -> int:
        """Cells marked C; all hidden ones where the recipe does not tell them apart."""
        return int((self.marks == HIDDEN).sum())

    @property
    def secondaries(self) -> int:
        return int((self.marks == SECONDARY).sum())

    @cached_property
    def responses(self) -> tuple[str, ...]:
        """The responses in the order of the file; one without a name where it has no such column."""
        return tuple(dict.fromkeys(self.table.response)) if self.table.response is not None else ("",)

    def of_response(self, response: str) -> Bools:
        if self.table.response is None:
            return np.ones(self.cells, dtype=bool)
        return np.asarray(np.array(self.table.response, dtype=object) == response, dtype=np.bool_)

    @cached_property
    def inner(self) -> Bools:
        """Rows of the finest level: neither totals nor groups."""
        found: Bools = np.asarray(self.detailed.all(axis=0), dtype=np.bool_)
        for name, column in zip(self.table.variables, self.table.codes, strict=True):
            groups = {parent for parents in self.recipe.hierarchies_of(name) for parent in parents.values()}
            found &= ~np.isin(np.array(column, dtype=object), list(groups))
        return found

    @cached_property
    def share_of_total(self) -> float | None:
        """How much of the grand total of the first response stands in inner cells that are shown; None: not known."""
        mine = self.of_response(self.responses[0])
        grand = np.flatnonzero(mine & ~self.detailed.any(axis=0))
        if len(grand) != 1 or self.hidden[grand[0]]:
            return None
        total = float(self.table.value[grand[0]])
        if total <= 0:
            return None
        shown = np.flatnonzero(mine & self.inner & ~self.hidden)
        return min(1.0, sum(float(self.table.value[row]) for row in shown) / total)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """From the grand total to the finest level, as far as they are published."""
        weights = 1 << np.arange(len(self.detailed))
        keys = weights @ self.detailed if len(self.detailed) else np.zeros(self.cells, dtype=int)
        found = []
        for key in np.unique(keys):
            mine = keys == key
            names = tuple(name for place, name in enumerate(self.table.variables) if key >> place & 1)
            found.append(Level(names, int(mine.sum()), int((mine & self.hidden).sum())))
        order = {name: place for place, name in enumerate(self.table.variables)}
        return tuple(sorted(found, key=lambda one: (len(one.variables), [order[n] for n in one.variables])))


def by_number_of_variables(levels: Iterable[Level]) -> list[tuple[int, int, int]]:
    """(how many variables at once, cells, hidden), for tables with too many ways to break them down."""
    found: dict[int, tuple[int, int]] = {}
    for level in levels:
        cells, hidden = found.get(len(level.variables), (0, 0))
        found[len(level.variables)] = (cells + level.cells, hidden + level.hidden)
    return [(count, *both) for count, both in sorted(found.items())]
