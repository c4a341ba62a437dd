"""Several tables that share cells as one problem: cells numbered once, one system of equations, one set of rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from kontor.engines.disclosure.cube import equations_of
from kontor.engines.disclosure.problem import Axis, Bools, Cube, Floats, Ints, Problem

from .recipe import TOTAL, Recipe
from .tabulating import Tabulated

Cell = tuple[
    str, frozenset[tuple[str, str]]
]  # response, and (variable, code) wherever the code is not the total


@dataclass(slots=True)
class Cells:
    """The numbering of cells over the tables of today: the same response and codes, but for totals, are the same cell."""

    numbers: dict[Cell, int] = field(default_factory=dict)
    count: int = 0

    def fresh(self, axes: Sequence[Axis]) -> Ints:
        """New numbers for a cube of its own."""
        shape = [len(axis.codes) for axis in axes]
        size = int(np.prod(shape))
        self.count += size
        return np.arange(self.count - size, self.count, dtype=np.int64).reshape(shape)

    def shared(self, response: str, axes: Sequence[Axis]) -> Ints:
        """Numbers for a cube whose cells may be known from other tables."""
        found = []
        for name in cells_of(response, axes):
            found.append(self.numbers.setdefault(name, self.count))
            self.count += found[-1] == self.count
        return np.array(found, dtype=np.int64).reshape([len(axis.codes) for axis in axes])


def cells_of(response: str, axes: Sequence[Axis]) -> Iterator[Cell]:
    """The names of all cells of a cube, in the order of its array."""
    pairs = [[None if code == TOTAL else (axis.name, code) for code in axis.codes] for axis in axes]
    for codes in product(*pairs):
        yield response, frozenset(pair for pair in codes if pair is not None)


def published(recipe: Recipe, axes: Sequence[Axis]) -> Bools:
    """Which cells of a cube are published: by the variables whose code is not the total."""
    shape = [len(axis.codes) for axis in axes]
    if recipe.publish.margins is None:
        return np.ones(shape, dtype=np.bool_)
    shown = np.zeros(shape, dtype=np.bool_)
    wanted = {frozenset(recipe.variables), *map(frozenset, recipe.publish.margins)}
    for margin in wanted:
        parts = [slice(0, -1) if axis.name in margin else slice(-1, None) for axis in axes]
        shown[tuple(parts)] = True
    return shown


@dataclass(slots=True)
class Draft:
    """A problem while its tables are put into it one after another; all arrays are per cell.

    kept: hidden before and not published now, but to be protected. ties: (cells a, b, c and one cell k) with
    a - b - c + k = 0.
    """

    count: int
    integral: bool
    values: Floats = field(init=False)
    low: Floats = field(init=False)
    high: Floats = field(init=False)
    width: Floats = field(init=False)
    small: Floats = field(init=False)
    down: Floats = field(init=False)
    up: Floats = field(init=False)
    primary: Bools = field(init=False)
    known: Bools = field(init=False)
    absent: Bools = field(init=False)
    kept: Bools = field(init=False)
    contributor: Ints = field(init=False)
    rules: list[str] = field(init=False)
    cubes: list[Cube] = field(default_factory=list)
    ties: list[tuple[Ints, Ints, Ints, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        zeros = np.zeros(self.count)
        self.values, self.low, self.width = zeros.copy(), zeros.copy(), zeros.copy()
        self.small = np.full(self.count, -1.0)
        self.down, self.up, self.high = zeros.copy(), zeros.copy(), np.full(self.count, np.inf)
        self.primary, self.known = np.zeros(self.count, dtype=bool), np.zeros(self.count, dtype=bool)
        self.absent, self.contributor = np.ones(self.count, dtype=bool), np.full(self.count, -1)
        self.kept = np.zeros(self.count, dtype=bool)
        self.rules = [""] * self.count

    def grow(self, count: int) -> None:
        """Room for cells that are not published now: absent, of no known value."""
        more = count - self.count
        if more <= 0:
            return
        empty = {"high": np.inf, "absent": True, "contributor": -1, "small": -1.0}
        for name in (
            "values",
            "low",
            "high",
            "width",
            "down",
            "up",
            "primary",
            "known",
            "absent",
            "kept",
            "contributor",
            "small",
        ):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.full(more, empty.get(name, 0), dtype=old.dtype)]))
        self.rules += [""] * more
        self.count = count

    def put(self, table: Tabulated, response: str, numbers: Ints) -> None:
        """One response of one table, whose cells have these numbers."""
        recipe, values = table.recipe, table.values[response]
        at, shown = numbers.ravel(), published(recipe, table.axes).ravel()
        flat = values.ravel()
        self.values[at] = flat
        self.absent[at] &= ~shown
        found = table.primary[response]
        if found is None:
            self.known[at] |= shown
            return
        if recipe.publish.zeros:
            self.known[at] |= shown & (flat == 0)
        if recipe.kind == "frequency" and recipe.publish.zeros:
            self.low[at] = np.maximum(self.low[at], np.where(shown, 1.0, 0.0))
        limit = recipe.primary.threshold or -1.0
        self.small[at] = np.maximum(self.small[at], np.where(shown, limit, -1.0))
        hit = found.cells.ravel() & shown
        self.primary[at] |= hit
        for name in ("width", "down", "up"):
            mine = getattr(self, name)
            mine[at] = np.maximum(mine[at], np.where(hit, getattr(found, name).ravel(), 0.0))
        self.contributor[at] = np.maximum(self.contributor[at], table.only[response].ravel())
        for rule, cells in found.rules.items():
            for place in at[cells.ravel() & shown]:
                self.rules[place] = self.rules[place] or rule
        self.cubes.append(Cube(table.axes, numbers))

    def tell_codes(self, recipe: Recipe, numbers: Iterable[Ints]) -> None:
        """Where hidden cells of a table say whether they are primary, everybody knows on which side of the threshold they
        lie: of several tables the largest one. Once all tables are in.
        """
        if not recipe.publish.codes or recipe.kind != "frequency" or recipe.primary.holdings:
            return
        told = np.zeros(self.count, dtype=bool)
        for cells in numbers:
            told[cells.ravel()] = True
        told &= ~self.known & ~self.absent & (self.small > 0)
        small, large = told & self.primary, told & ~self.primary
        self.high[small] = self.small[small]
        self.low[large] = self.small[large] + 1

    def keep(self, cells: Ints, width: Floats | float) -> None:
        """Protect cells that are not published now by intervals of this width."""
        self.kept[cells] = True
        self.width[cells] = np.maximum(self.width[cells], width)

    def equations(self) -> csr_array:
        """The sums of all cubes, and the ties."""
        rows, columns, signs, count = [], [], [], 0
        for larger, smaller, slack, constant in self.ties:
            at = np.arange(count, count + larger.size)
            count += larger.size
            rows += [np.tile(at, 4)]
            columns += [larger, smaller, slack, np.full(larger.size, constant)]
            signs += [np.repeat([1.0, -1.0, -1.0, 1.0], larger.size)]
        sums = equations_of(self.cubes, self.count)
        if not count:
            return sums
        entries = np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))
        return csr_array(vstack([sums, csr_array(coo_array(entries, shape=(count, self.count)))]))

    def problem(self, recipes: Sequence[Recipe]) -> Problem:
        """What is known can not be hidden, so it is not primary either. Of linked recipes the strictest counts."""
        primary = (self.primary & ~self.absent | self.kept) & ~self.known
        nothing = ~primary
        for levels in (self.width, self.down, self.up):
            levels[nothing] = 0.0
        threshold = max(recipe.primary.threshold for recipe in recipes)
        return Problem(
            values=self.values,
            equations=self.equations(),
            cubes=tuple(self.cubes),
            primary=primary,
            known=self.known,
            absent=self.absent & ~self.known,
            low=np.minimum(self.low, self.values),
            high=np.maximum(self.high, self.values),
            width=self.width,
            down=self.down,
            up=self.up,
            contributor=self.contributor,
            weight=np.ones(self.count),
            integral=self.integral,
            threshold=float(threshold) if self.integral and threshold else -1.0,
            small=self.small,
            default_width=max(recipe.secondary.interval_width for recipe in recipes),
            coalition=max(recipe.secondary.coalition for recipe in recipes),
            suspected=any(recipe.secondary.suspected for recipe in recipes),
        )
