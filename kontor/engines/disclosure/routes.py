"""The cheapest way to protect one class: two deviations that move it far enough and use few unhidden classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csc_array

from .attacker import OPTIMAL, solver
from .merging import Classes
from .problem import Floats, Ints

NOISE = 1e-9
EXACT = 1e-7
DUAL = 1
"""All prices are positive, so standing still is the dual simplex's start."""


@dataclass(frozen=True, slots=True)
class Route:
    """Deviations `high` and `low` of `cells`, zero everywhere else: possible tables as far as equations tell."""

    cells: Ints
    high: Floats
    low: Floats


@dataclass(frozen=True, slots=True)
class _Part:
    """The equations through some classes, by columns; a class that cannot move alone is no longer in it."""

    cells: Ints
    lengths: Ints
    rows: Ints
    signs: Floats
    count: int


@dataclass(slots=True)
class _Model:
    """A programme by columns: their costs and bounds, what each row may add up to, and where the entries stand."""

    cost: Floats
    lower: Floats
    upper: Floats
    least: Floats
    most: Floats
    starts: Ints
    rows: Ints
    signs: Floats

    def arrays(self) -> tuple[Any, ...]:
        """As HiGHS takes them without copying number by number."""
        sizes = self.cost.size, self.least.size, self.rows.size
        form = int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0
        bounds = self.cost, self.lower, self.upper, self.least, self.most
        entries = self.starts.astype(np.int32), self.rows.astype(np.int32), self.signs
        return (*sizes, *form, *bounds, *entries, np.zeros(self.cost.size, dtype=np.int32))


class Router:
    """Solves the linear programmes of single classes; all classes outside the given ones stand still."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        columns = csc_array(classes.equations)
        self._starts, self._rows, self._signs = columns.indptr.astype(np.int64), columns.indices, columns.data
        self._need = np.maximum(np.maximum(classes.width, classes.asks), np.maximum(classes.down, classes.up))
        self._solver = solver()
        self._solver.setOptionValue("simplex_strategy", DUAL)

    def interval(self, cell: int, cells: Ints, price: Floats) -> Route | None:
        """The cheapest deviations that meet the demands of a class on its interval; None if there are none.

        price: of all classes, per unit of movement. cells: ascending, those that may move.
        """
        known = self._classes
        width = max(float(known.width[cell]), float(known.asks[cell]))
        both = known.fall[cell] > 0
        return self._solved(cell, cells, price, width, float(known.up[cell]), float(known.down[cell]), both)

    def upwards(self, cell: int, cells: Ints, price: Floats) -> Route | None:
        """The same by going up alone, and down as far as is asked where that is not enough."""
        way = float(self._need[cell])
        if self._classes.down[cell] > 0:
            return self._solved(cell, cells, price, 2 * way, way, way, True)
        return self._solved(cell, cells, price, way, way, 0.0, False)

    def movement(self, cell: int, cells: Ints, price: Floats) -> Route | None:
        """The cheapest deviation that moves a class at all, first up, then down."""
        unit = max(min(float(self._need[cell]), 1.0), EXACT) if self._need[cell] > 0 else 1.0
        found = self._solved(cell, cells, price, unit, unit, 0.0, False)
        if found is None and self._classes.fall[cell] >= unit:
            found = self._solved(cell, cells, price, unit, 0.0, unit, True)
        return found

    def supposed(
        self, cell: int, known: int, held: float, least: float, cells: Ints, price: Floats
    ) -> Route | None:
        """The cheapest deviation in which `known` deviates by exactly `held` <= 0 and `cell` by at least `least`."""
        part = self._part(known, cells)
        if part is None:
            return None
        fall, rise = self._classes.fall[part.cells], self._classes.rise[part.cells]
        falling = np.flatnonzero(fall > 0)
        model = _model(part, fall, rise, falling, price[part.cells], False)
        lower, upper = model.lower, model.upper
        for name, low, high in ((known, held, held), (cell, least, np.inf)):
            at, back = self._columns(part, falling, name)
            if at is None:
                if low > 0 or high < 0:
                    return None
                continue
            lower[at], upper[at] = max(low, 0.0), max(min(upper[at], high), 0.0)
            if back is not None:
                lower[back], upper[back] = max(-high, 0.0), max(min(upper[back], -low), 0.0)
        return self._answer(model, part, falling, 1.0, False)

    @staticmethod
    def _columns(part: _Part, falling: Ints, cell: int) -> tuple[int | None, int | None]:
        """The columns of a class up and down, None where it has none."""
        at = int(np.searchsorted(part.cells, cell))
        if at == part.cells.size or part.cells[at] != cell:
            return None, None
        back = int(np.searchsorted(falling, at))
        return at, part.cells.size + back if back < falling.size and falling[back] == at else None

    def _solved(
        self, cell: int, cells: Ints, price: Floats, width: float, up: float, down: float, both: bool
    ) -> Route | None:
        part = self._part(cell, cells)
        if part is None:
            return None
        unit = max(width, up, down)
        fall, rise = self._classes.fall[part.cells] / unit, self._classes.rise[part.cells] / unit
        at = int(np.searchsorted(part.cells, cell))
        can_fall = fall > 0
        can_fall[at] &= both
        falling = np.flatnonzero(can_fall)
        model = _model(part, fall, rise, falling, price[part.cells], both)
        if not both:
            model.lower[at] = max(width, up) / unit
        else:
            back = part.cells.size + int(np.searchsorted(falling, at))
            _demand(model, at, back, (up / unit, down / unit, width / unit))
        return self._answer(model, part, falling, unit, both)

    def _part(self, cell: int, cells: Ints) -> _Part | None:
        while True:
            lengths = self._starts[cells + 1] - self._starts[cells]
            ends = np.cumsum(lengths)
            taken = np.repeat(self._starts[cells] - (ends - lengths), lengths) + np.arange(ends[-1])
            rows = self._rows[taken]
            times = np.bincount(rows)
            alone = times[rows] == 1
            if not alone.any():
                numbers = np.cumsum(times > 0) - 1
                return _Part(cells, lengths, numbers[rows], self._signs[taken], int(numbers[-1]) + 1)
            fixed = np.zeros(cells.size, dtype=bool)
            fixed[np.repeat(np.arange(cells.size), lengths)[alone]] = True
            cells = cells[~fixed]
            place = np.searchsorted(cells, cell)
            if place == cells.size or cells[place] != cell:
                return None

    def _answer(self, model: _Model, part: _Part, falling: Ints, unit: float, both: bool) -> Route | None:
        self._solver.passModel(*model.arrays())
        self._solver.run()
        if self._solver.getModelStatus() != OPTIMAL:
            return None
        found = np.array(self._solver.getSolution().col_value)
        found[np.abs(found) < NOISE] = 0.0
        size, half = part.cells.size, part.cells.size + falling.size
        high = found[:size].copy()
        high[falling] -= found[size:half]
        low = np.zeros(size)
        if both:
            low = found[half : half + size].copy()
            low[falling] -= found[half + size :]
        if not self._holds(part, high) or not self._holds(part, low):
            return None
        used = (high != 0) | (low != 0)
        return Route(part.cells[used], high[used] * unit, low[used] * unit)

    @staticmethod
    def _holds(part: _Part, deviation: Floats) -> bool:
        moved = np.repeat(deviation, part.lengths) * part.signs
        residue = np.bincount(part.rows, weights=moved, minlength=part.count)
        return bool(np.abs(residue).max(initial=0.0) <= EXACT)


def _model(part: _Part, fall: Floats, rise: Floats, falling: Ints, price: Floats, both: bool) -> _Model:
    """Columns: up for every class, down for those that can fall; the same again for the second deviation."""
    columns = np.concatenate([np.arange(part.cells.size), falling])
    lengths = part.lengths[columns]
    begins = (np.cumsum(part.lengths) - part.lengths)[columns]
    ends = np.cumsum(lengths)
    taken = np.repeat(begins - (ends - lengths), lengths) + np.arange(ends[-1])
    signs = part.signs[taken]
    signs[ends[part.cells.size - 1] :] *= -1
    rows, cost, highest = part.rows[taken], price[columns], np.concatenate([rise, fall[falling]])
    count = part.count
    if both:
        rows, signs = np.concatenate([rows, rows + count]), np.concatenate([signs, signs])
        cost, highest = np.concatenate([cost, cost]), np.concatenate([highest, highest])
        ends, count = np.concatenate([ends, ends[-1] + ends]), 2 * count
    starts = np.concatenate([[0], ends])
    return _Model(cost, np.zeros(cost.size), highest, np.zeros(count), np.zeros(count), starts, rows, signs)


def _demand(model: _Model, at: int, back: int, least: tuple[float, float, float]) -> None:
    """Adds the rows: up in the first deviation, down in the second, and the distance between the two."""
    half, count = model.cost.size // 2, model.least.size
    ways = ((at, 1.0), (back, -1.0)), ((half + at, -1.0), (half + back, 1.0))
    rows = [ways[0], ways[1], (*ways[0], *ways[1])]
    entries = [(column, count + row, sign) for row, ways in enumerate(rows) for column, sign in ways]
    entries.sort()
    before = [int(model.starts[column + 1]) for column, _, _ in entries]
    model.rows = np.insert(model.rows, before, [row for _, row, _ in entries])
    model.signs = np.insert(model.signs, before, [sign for _, _, sign in entries])
    more = np.bincount([column + 1 for column, _, _ in entries], minlength=model.starts.size)
    model.starts = model.starts + np.cumsum(more)
    model.least = np.append(model.least, least)
    model.most = np.append(model.most, np.full(3, highspy.kHighsInf))
