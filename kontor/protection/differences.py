"""Figures of an earlier table beside those of today: which differ, and whether both can be about the same people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kontor.engines.disclosure.problem import Axis, Floats, Ints
from kontor.errors import BadRow, Invalid

from .earlier import Earlier
from .same_cells import close

FEWEST = 5  # figures of which one can tell whether most of them differ
LEAST = (
    0.5  # of the figures that are not 0 both times: so many are the same in a table that was but corrected
)
FAR = 0.1  # of the larger figure: to correct a single record moves half the figures of a small table, but by less


@dataclass(frozen=True, slots=True)
class Both:
    """What one response has of cells that an earlier table published and that are counted today too. at: places in the
    earlier table; then, now: their figures."""

    axes: Sequence[Axis]
    response: str
    at: Ints
    then: Floats
    now: Floats

    @property
    def gaps(self) -> Floats:
        """By how much each figure differs; rounding is no difference."""
        return np.where(close(self.now, self.then), 0.0, self.now - self.then)

    def different(self) -> list[Mapping[str, Any]]:
        """The cells that differ: their codes by variable, the figure then, and now."""
        shape = [len(axis.codes) for axis in self.axes]
        found: list[Mapping[str, Any]] = []
        for one in np.flatnonzero(self.gaps).tolist():
            place = np.unravel_index(self.at[one], shape)
            codes = {axis.name: axis.codes[at] for axis, at in zip(self.axes, place, strict=True)}
            then, now = _number(self.then[one]), _number(self.now[one])
            found.append({"cell": codes, "response": self.response, "then": then, "now": now})
        return found


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of the figures of an earlier table. same, compared: of those that are not 0 both times; moved: by how
    much they differ on average, as a share of the larger one; cells: those that differ, as `Both.different` names them.
    """

    file: str
    same: int
    compared: int
    moved: float
    cells: Sequence[Mapping[str, Any]]

    @property
    def mostly(self) -> bool:
        """Hardly a figure is the same: the tables may be about different people or years."""
        return self.compared >= FEWEST and self.same < LEAST * self.compared


def difference(table: Earlier, figures: Sequence[Both]) -> Difference:
    """Invalid("known_other_people") where the figures differ so much that a comparison cell by cell says nothing, and the
    office has not said that they were revised."""
    gaps = np.concatenate([one.gaps for one in figures])
    larger = np.concatenate([np.maximum(np.abs(one.then), np.abs(one.now)) for one in figures])
    gaps, larger = gaps[larger > 0], larger[larger > 0]
    moved = float(np.mean(np.abs(gaps) / larger)) if gaps.size else 0.0
    cells = [cell for one in figures for cell in one.different()]
    found = Difference(table.name, int((gaps == 0).sum()), gaps.size, moved, cells)
    if found.mostly and moved > FAR and not table.revised:
        facts = {"file": found.file, "same": found.same, "compared": found.compared}
        raise Invalid([BadRow("known_other_people", None, None, facts)])
    return found
