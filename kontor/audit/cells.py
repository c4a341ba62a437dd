"""The cells of all tables that an attacker holds, numbered once: cells with the same codes are the same cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from kontor.errors import BadRow, Invalid

from .published import SECONDARY, Bools, Floats, Ints, Published, Sums, axis
from .recipe import TOTAL

Name = tuple[str, frozenset[tuple[str, str]]]
NOWHERE = -1


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


@dataclass(frozen=True, slots=True)
class Revised:
    """A response of an earlier table that was corrected since: pairs of cells (now, then)."""

    table: int
    pairs: list[tuple[int, int]]


@dataclass(slots=True)
class Cells:
    """All cells. Every array has one entry per cell.

    table, row: where it stands first, -1 where it stands nowhere. owner: the table whose codes name it. values: NaN
    where unknown. hidden: stands without its value in a table of today. secondary: told apart as such. before,
    hidden_before: an earlier table has published it, or hidden it. revised: the responses of earlier tables
    whose figures were corrected. Tables from `first_known` on were published before.
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
    revised: list[Revised] = field(default_factory=list)

    def place(self, cell: int) -> str:
        """A cell in words of its codes: `north / fatal`."""
        response, codes = self.names[cell]
        several = "response" in self.tables[int(self.owner[cell])].recipe.columns
        return " / ".join((*codes, response) if several else codes)


def numbered(tables: Sequence[Published], first_known: int) -> Cells:
    """Number the cells of the tables; those from `first_known` on were published before.

    Invalid: cell_missing, cells_differ. A response of an earlier table counts the same as today's where no figure of it
    differs. If one was corrected since, it has cells of another vintage, which it shares with every earlier table that
    agrees with it.
    """
    cells = Cells(list(tables), first_known)
    vintages: list[dict[Name, int]] = [{}]
    for number, table in enumerate(tables):
        earlier = number >= first_known
        chosen = {
            response: _vintage(cells, table, response, vintages) if earlier else 0
            for response in dict.fromkeys(table.responses)
        }
        while len(vintages) <= max(chosen.values()):
            vintages.append({})
        start = len(cells.blocks)
        names = {response: vintages[vintage] for response, vintage in chosen.items()}
        _add(cells, number, names, single=len(tables) == 1, earlier=earlier)
        for block in cells.blocks[start:]:
            if chosen[block.response]:
                cells.revised.append(Revised(number, _pairs(block, table, vintages[0])))
    return cells


def _vintage(cells: Cells, table: Published, response: str, vintages: Sequence[Mapping[Name, int]]) -> int:
    """The first vintage with which a response agrees: that of today unless a figure differs, an older one only if
    there are figures to compare; else a new one."""
    for number, names in enumerate(vintages):
        differ = list(_differ(cells, table, response, names))
        if not any(differ) and (differ or not number):
            return number
    return len(vintages)


def _differ(cells: Cells, table: Published, response: str, names: Mapping[Name, int]) -> Iterator[bool]:
    """For each figure that both have, whether it was corrected."""
    for codes, own, value in zip(table.codes, table.responses, table.values, strict=True):
        if own == response and not np.isnan(value):
            cell = names.get(_named(table.recipe.variables, codes, response), NOWHERE)
            if cell >= 0 and not np.isnan(cells.values[cell]):
                yield abs(cells.values[cell] - value) > 1e-6 * max(1, abs(value))


def _pairs(block: Block, table: Published, today: Mapping[Name, int]) -> list[tuple[int, int]]:
    """Cells of today and the corrected ones of the same name."""
    named = [_named(table.recipe.variables, codes, block.response) for codes in product(*block.codes)]
    return [
        (today[name], cell)
        for name, cell in zip(named, block.cells.ravel().tolist(), strict=True)
        if name in today
    ]


def _named(variables: Sequence[str], codes: Sequence[str], response: str) -> Name:
    return response, frozenset(
        (variable, code) for variable, code in zip(variables, codes, strict=True) if code != TOTAL
    )


def _add(
    cells: Cells, number: int, names: Mapping[str, dict[Name, int]], *, single: bool, earlier: bool
) -> None:
    """Number the cells of one table, and put its rows into them. names: per response those of its vintage."""
    table = cells.tables[number]
    variables = table.recipe.variables
    axes = [
        axis(variable, [codes[place] for codes in table.codes], table.recipe, table.name)
        for place, variable in enumerate(variables)
    ]
    grids: dict[str, Ints] = {}
    sums = tuple(_places(codes, found) for codes, found in axes)
    listed = tuple(codes for codes, _ in axes)
    for response in table.recipe.responses:
        if response in names:
            grids[response] = _grid(cells, number, listed, response, names[response], single=single)
            cells.blocks.append(Block(number, response, listed, grids[response], sums))
    _fill(cells, number, listed, grids, earlier=earlier)
    _check_complete(cells, number, listed, grids)


def _places(codes: tuple[str, ...], sums: Sums) -> tuple[tuple[int, tuple[int, ...]], ...]:
    at = {code: place for place, code in enumerate(codes)}
    return tuple((at[group], tuple(at[member] for member in members)) for group, members in sums)


def _grid(
    cells: Cells,
    table: int,
    codes: Sequence[tuple[str, ...]],
    response: str,
    names: dict[Name, int],
    *,
    single: bool,
) -> Ints:
    start = len(cells.names)
    combined, variables = list(product(*codes)), cells.tables[table].recipe.variables
    if single:
        numbers = np.arange(start, start + len(combined))
        cells.names += [(response, one) for one in combined]
    else:
        numbers = np.empty(len(combined), dtype=np.int64)
        for place, one in enumerate(combined):
            number = names.setdefault(_named(variables, one, response), len(cells.names))
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
    return numbers.reshape([len(one) for one in codes])


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
        elif abs(cells.values[cell] - value) > 1e-6 * max(1.0, abs(value)):
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
