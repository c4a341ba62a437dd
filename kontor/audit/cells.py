"""The cells of all tables that an attacker holds, numbered once: cells with the same codes are the same cell, unless
the codes cover something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from kontor.errors import BadRow, Invalid

from .published import SECONDARY, Bools, Floats, Ints, Published, Sums, axis
from .recipe import TOTAL
from .scopes import Axes, Inner, other_scopes

Name = tuple[str, frozenset[tuple[str, str]], frozenset[tuple[str, Inner]]]
NOWHERE = -1
SAME, CLOSE = 1e-9, 1e-6  # by less, in parts of a figure or at all, differs only what was rounded


@dataclass(frozen=True, slots=True)
class Block:
    """One response of one table: `cells[i, j, ...]` is the number of that cell, with one dimension per variable.

    codes: those of each variable, the total last. sums: per variable which of them add up to which.
    """

    table: int
    response: str
    codes: tuple[tuple[str, ...], ...]
    cells: Ints
    sums: tuple[tuple[tuple[int, tuple[int, ...]], ...], ...]


class Namer:
    """Names of the cells of one table: response, codes but for totals, and for a cell of its own what it covers.

    other: codes that cover something else than in other tables. A cell with such a code is one of its own if it is not
    published on both sides: a sum over years that nobody shows is no sum over the years of another table. apart:
    responses of which all cells with such codes are of their own.
    """

    def __init__(
        self,
        table: Published,
        axes: Axes,
        other: Mapping[tuple[str, str], Inner],
        unpublished: Set[Name],
        apart: Set[str] = frozenset(),
    ) -> None:
        self.axes, self._other, self._unpublished, self._apart = axes, other, unpublished, apart
        self._variables = table.recipe.variables
        self._shown = set(zip(table.responses, table.codes, strict=True)) if other else set()

    @property
    def codes(self) -> tuple[tuple[str, ...], ...]:
        """Of each variable, the total last."""
        return tuple(codes for codes, _ in self.axes.values())

    def covers(self, codes: tuple[str, ...]) -> frozenset[tuple[str, Inner]]:
        """What the codes cover that is something else than in other tables."""
        placed = zip(self._variables, codes, strict=True)
        return frozenset((one[0], self._other[one]) for one in placed if one in self._other)

    def name(self, codes: tuple[str, ...], response: str) -> Name:
        placed = zip(self._variables, codes, strict=True)
        named = frozenset((variable, code) for variable, code in placed if code != TOTAL)
        plain: Name = (response, named, frozenset())
        covers = self.covers(codes) if self._other else frozenset()
        both = plain not in self._unpublished and (response, codes) in self._shown
        if covers and (response in self._apart or not both):
            return response, named, covers
        return plain


@dataclass(frozen=True, slots=True)
class Revised:
    """Cells of one response of an earlier table that were corrected since: pairs of cells (now, then)."""

    table: int
    pairs: list[tuple[int, int]]


@dataclass(slots=True)
class Cells:
    """All cells. Every array has one entry per cell.

    table, row: where it stands first, -1 where it stands nowhere. owner: the table whose codes name it. values: NaN
    where unknown. hidden: stands without its value in a table of today. secondary: told apart as such. before,
    hidden_before: an earlier table has published it, or hidden it. twins: pairs of cells of one name, the first one in
    today's tables or in the earlier of two earlier ones. revised: what was corrected since. Tables from `first_known`
    on were published before.
    """

    tables: list[Published]
    first_known: int = 1
    blocks: list[Block] = field(default_factory=list)
    names: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    table: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    row: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    owner: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    values: Floats = field(default_factory=lambda: np.zeros(0))
    hidden: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    secondary: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    before: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    hidden_before: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    twins: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    revised: list[Revised] = field(default_factory=list)

    def place(self, cell: int) -> str:
        """A cell in words of its codes: `north / fatal`."""
        response, codes = self.names[cell]
        several = "response" in self.tables[int(self.owner[cell])].recipe.columns
        return " / ".join((*codes, response) if several else codes)


def numbered(tables: Sequence[Published], first_known: int) -> Cells:
    """Number the cells of the tables; those from `first_known` on were published before.

    Every earlier table has cells of its own; `twins` says which of them have the same name, and `corrections` which are
    the same. Invalid: cell_missing, cells_differ.
    """
    cells = Cells(list(tables), first_known)
    today: dict[Name, int] = {}
    axes = [_axes(table) for table in tables]
    for number, table in enumerate(tables[:first_known]):
        namer = Namer(table, axes[number], {}, frozenset())
        _add(cells, number, today, namer, single=len(tables) == 1, earlier=False)
    if first_known == len(tables):
        return cells
    unpublished = {name for name, cell in today.items() if cells.table[cell] == NOWHERE}
    others = other_scopes(axes, first_known)

    def namers(apart: Set[str]) -> dict[int, Namer]:
        return {
            number: Namer(tables[number], axes[number], others[number], unpublished, apart)
            for number in range(first_known, len(tables))
        }

    vintages = [today]
    for number, namer in namers(_rolled_on(cells, namers(frozenset()), today)).items():
        vintages.append({})
        _add(cells, number, vintages[-1], namer, single=False, earlier=True)
    cells.twins = _twins(vintages)
    return cells


def _axes(table: Published) -> Axes:
    return {
        variable: axis(variable, [codes[place] for codes in table.codes], table.recipe, table.name)
        for place, variable in enumerate(table.recipe.variables)
    }


def _rolled_on(cells: Cells, namers: Mapping[int, Namer], today: Mapping[Name, int]) -> frozenset[str]:
    """Responses whose sums over codes that cover something else, as years roll on, have other figures somewhere."""
    figures: dict[Name, list[float]] = {name: [cells.values[cell]] for name, cell in today.items()}
    sums: list[tuple[Name, float]] = []
    for number, namer in namers.items():
        table = cells.tables[number]
        for codes, response, value in zip(table.codes, table.responses, table.values, strict=True):
            name = namer.name(codes, response)
            if namer.covers(codes):
                sums.append((name, value))
            else:
                figures.setdefault(name, []).append(value)
    return frozenset(
        name[0] for name, value in sums for other in figures.get(name, ()) if differ(value, other)
    )


def differ(one: Floats | float, other: Floats | float) -> Bools:
    """Whether figures are not the same; what is hidden differs from nothing."""
    found: Bools = np.abs(np.subtract(one, other)) > np.maximum(SAME * np.abs(other), CLOSE)
    return found


def _twins(vintages: Sequence[Mapping[Name, int]]) -> Ints:
    pairs = [
        (cell, later[name])
        for place, names in enumerate(vintages)
        for later in vintages[place + 1 :]
        for name, cell in names.items()
        if name in later
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _add(
    cells: Cells,
    number: int,
    names: dict[Name, int],
    namer: Namer,
    *,
    single: bool,
    earlier: bool,
) -> None:
    """Number the cells of one table, and put its rows into them. names: those that have a number already."""
    table = cells.tables[number]
    present = set(table.responses)
    grids: dict[str, Ints] = {}
    sums = tuple(_places(codes, found) for codes, found in namer.axes.values())
    listed = namer.codes
    for response in table.recipe.responses:
        if response in present:
            grids[response] = _grid(cells, number, namer, response, names, single=single)
            cells.blocks.append(Block(number, response, listed, grids[response], sums))
    _fill(cells, number, listed, grids, earlier=earlier)
    _check_complete(cells, number, listed, grids)


def _places(codes: tuple[str, ...], sums: Sums) -> tuple[tuple[int, tuple[int, ...]], ...]:
    at = {code: place for place, code in enumerate(codes)}
    return tuple((at[group], tuple(at[member] for member in members)) for group, members in sums)


def _grid(
    cells: Cells,
    table: int,
    namer: Namer,
    response: str,
    names: dict[Name, int],
    *,
    single: bool,
) -> Ints:
    start = len(cells.names)
    combined = list(product(*namer.codes))
    if single:
        numbers = np.arange(start, start + len(combined))
        cells.names += [(response, one) for one in combined]
    else:
        numbers = np.empty(len(combined), dtype=np.int64)
        for place, one in enumerate(combined):
            number = names.setdefault(namer.name(one, response), len(cells.names))
            if number == len(cells.names):
                cells.names.append((response, one))
            numbers[place] = number
    more = len(cells.names) - start
    cells.table = np.append(cells.table, np.full(more, NOWHERE))
    cells.row = np.append(cells.row, np.full(more, NOWHERE))
    cells.owner = np.append(cells.owner, np.full(more, table))
    cells.values = np.append(cells.values, np.full(more, np.nan))
    for name in ("hidden", "secondary", "before", "hidden_before"):
        setattr(cells, name, np.append(getattr(cells, name), np.zeros(more, dtype=bool)))
    return numbers.reshape([len(one) for one in namer.codes])


def _fill(
    cells: Cells,
    number: int,
    codes: Sequence[tuple[str, ...]],
    grids: Mapping[str, Ints],
    *,
    earlier: bool,
) -> None:
    table = cells.tables[number]
    hidden = cells.hidden_before if earlier else cells.hidden
    places = [{code: place for place, code in enumerate(one)} for one in codes]
    faults = []
    for row, (one, response, value) in enumerate(
        zip(table.codes, table.responses, table.values, strict=True)
    ):
        if response not in grids:
            continue
        cell = int(grids[response][tuple(place[code] for place, code in zip(places, one, strict=True))])
        if cells.table[cell] == NOWHERE:
            cells.table[cell], cells.row[cell] = number, row
        if np.isnan(value):
            hidden[cell] = True
            cells.secondary[cell] |= table.marks[row] == SECONDARY
            continue
        cells.before[cell] |= earlier
        if np.isnan(cells.values[cell]):
            cells.values[cell] = value
        elif differ(cells.values[cell], value):
            facts = {"value": " / ".join(one), "here": value, "there": cells.values[cell], "file": table.name}
            faults.append(BadRow("cells_differ", table.lines[row], None, facts))
    if faults:
        raise Invalid(faults)


def _check_complete(
    cells: Cells, number: int, codes: Sequence[tuple[str, ...]], grids: Mapping[str, Ints]
) -> None:
    """Every cell that the recipe publishes has a row."""
    table = cells.tables[number]
    margins, variables = table.recipe.margins, table.recipe.variables
    present = set(zip(table.responses, table.codes, strict=True))
    faults = []
    for response in grids:
        for one in product(*codes):
            kept = {variable for variable, code in zip(variables, one, strict=True) if code != TOTAL}
            wanted = margins is None or len(kept) == len(variables) or kept in margins
            if wanted and (response, one) not in present:
                name = " / ".join((*one, response) if len(grids) > 1 else one)
                faults.append(BadRow("cell_missing", None, None, {"value": name, "file": table.name}))
    if faults:
        raise Invalid(faults[:100])
