"""The cells of all tables that an attacker holds, numbered once: cells with the same codes are the same cell, unless
the codes cover something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from kontor.errors import BadRow, Invalid

from .published import SECONDARY, Bools, Floats, Ints, Published, Sums, axis
from .recipe import TOTAL
from .scopes import Axes, Inner, other_scopes

Name = tuple[str, frozenset[tuple[str, str]], frozenset[tuple[str, Inner]]]
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


class Namer:
    """Names of the cells of one table: response, codes but for totals, and for a cell of its own what it covers.

    other: codes that cover something else than in other tables. A cell with such a code is one of its own if it is not
    published on both sides: a sum over years that nobody shows is no sum over the years of another table. apart:
    responses of which all cells with such codes are of their own.
    """

    def __init__(
        self, table: Published, axes: Axes, other: Mapping[tuple[str, str], Inner], unpublished: Set[Name]
    ) -> None:
        self.axes, self._other, self._unpublished = axes, other, unpublished
        self._variables = table.recipe.variables
        self._shown = set(zip(table.responses, table.codes, strict=True)) if other else set()
        self.apart: set[str] = set()

    @property
    def codes(self) -> tuple[tuple[str, ...], ...]:
        """Of each variable, the total last."""
        return tuple(codes for codes, _ in self.axes.values())

    def name(self, codes: tuple[str, ...], response: str) -> Name:
        placed = list(zip(self._variables, codes, strict=True))
        named = frozenset((variable, code) for variable, code in placed if code != TOTAL)
        plain: Name = (response, named, frozenset())
        covers = frozenset((one[0], self._other[one]) for one in placed if one in self._other)
        both = plain not in self._unpublished and (response, codes) in self._shown
        if covers and (response in self.apart or not both):
            return response, named, covers
        return plain


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


def numbered(tables: Sequence[Published], first_known: int, corrected: frozenset[int] = frozenset()) -> Cells:
    """Number the cells of the tables; those from `first_known` on were published before.

    Invalid: cell_missing, cells_differ. A response of an earlier table counts the same as today's where no figure of it
    differs. If one was corrected since, it has cells of another vintage, which it shares with every earlier table that
    agrees with it. Of the earlier tables those come first that share the most figures with today's: a year that is gone
    from them is compared with the release that still has it. corrected: earlier tables of which that is known anyway.
    """
    cells = Cells(list(tables), first_known)
    vintages: list[dict[Name, int]] = [{}]
    axes = [_axes(table) for table in tables]
    for number, table in enumerate(tables[:first_known]):
        names = dict.fromkeys(table.responses, vintages[0])
        namer = Namer(table, axes[number], {}, frozenset())
        _add(cells, number, names, namer, single=len(tables) == 1, earlier=False)
    unpublished = {name for name, cell in vintages[0].items() if cells.table[cell] == NOWHERE}
    namers = {
        number: Namer(tables[number], axes[number], other, unpublished)
        for number, other in enumerate(other_scopes(axes, first_known))
        if number >= first_known
    }
    shared = {number: _shared(cells, namer, number, vintages[0]) for number, namer in namers.items()}
    for number in sorted(namers, key=lambda one: -shared[one]):
        _add_earlier(cells, number, namers[number], vintages, same=number not in corrected)
    return cells


def _shared(cells: Cells, namer: Namer, number: int, today: Mapping[Name, int]) -> int:
    table = cells.tables[number]
    responses = dict.fromkeys(table.responses)
    return sum(len(list(_differ(cells, table, response, namer, today))) for response in responses)


def _add_earlier(
    cells: Cells, number: int, namer: Namer, vintages: list[dict[Name, int]], *, same: bool
) -> None:
    """Each response of an earlier table with the cells of its vintage; same: it may be that of today."""
    table = cells.tables[number]
    chosen = {
        response: _vintage(cells, table, response, namer, vintages, same=same)
        for response in dict.fromkeys(table.responses)
    }
    while len(vintages) <= max(chosen.values()):
        vintages.append({})
    start = len(cells.blocks)
    names = {response: vintages[vintage] for response, vintage in chosen.items()}
    _add(cells, number, names, namer, single=False, earlier=True)
    for block in cells.blocks[start:]:
        if chosen[block.response]:
            cells.revised.append(Revised(number, _pairs(block, namer, vintages[0])))


def _axes(table: Published) -> Axes:
    return {
        variable: axis(variable, [codes[place] for codes in table.codes], table.recipe, table.name)
        for place, variable in enumerate(table.recipe.variables)
    }


def _vintage(
    cells: Cells,
    table: Published,
    response: str,
    namer: Namer,
    vintages: Sequence[Mapping[Name, int]],
    *,
    same: bool,
) -> int:
    """The first vintage with which a response agrees: that of today unless a figure differs, an older one only if
    there are figures to compare; else a new one. If none differs but sums that cover something else on either side, as
    years roll on, and at least as many agree, these sums are set apart and the rest is that of today."""
    if same and any(_differ(cells, table, response, namer, vintages[0])):
        namer.apart.add(response)
        if not any(_differ(cells, table, response, namer, vintages[0])):
            return 0
        namer.apart.remove(response)
    for number, names in enumerate(vintages if same else vintages[1:], start=0 if same else 1):
        differ = list(_differ(cells, table, response, namer, names))
        if not any(differ) and (differ or not number):
            return number
    return len(vintages)


def _differ(
    cells: Cells, table: Published, response: str, namer: Namer, names: Mapping[Name, int]
) -> Iterator[bool]:
    """For each figure that both have, whether it was corrected."""
    for codes, own, value in zip(table.codes, table.responses, table.values, strict=True):
        if own == response and not np.isnan(value):
            cell = names.get(namer.name(codes, response), NOWHERE)
            if cell >= 0 and not np.isnan(cells.values[cell]):
                yield abs(cells.values[cell] - value) > 1e-6 * max(1, abs(value))


def _pairs(block: Block, namer: Namer, today: Mapping[Name, int]) -> list[tuple[int, int]]:
    """Cells of today and the corrected ones of the same name."""
    named = [namer.name(codes, block.response) for codes in product(*block.codes)]
    return [
        (today[name], cell)
        for name, cell in zip(named, block.cells.ravel().tolist(), strict=True)
        if name in today
    ]


def _add(
    cells: Cells,
    number: int,
    names: Mapping[str, dict[Name, int]],
    namer: Namer,
    *,
    single: bool,
    earlier: bool,
) -> None:
    """Number the cells of one table, and put its rows into them. names: per response those of its vintage."""
    table = cells.tables[number]
    grids: dict[str, Ints] = {}
    sums = tuple(_places(codes, found) for codes, found in namer.axes.values())
    listed = namer.codes
    for response in table.recipe.responses:
        if response in names:
            grids[response] = _grid(cells, number, namer, response, names[response], single=single)
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
