"""The table as a picture: two variables crossed, hidden cells marked; large axes stand in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kontor.engines.disclosure.problem import Bools, Ints

from ..recipe import TOTAL
from .figures import Figures

MOST_ROWS, MOST_COLUMNS = 60, 14
MOST_PAGES, MOST_FIELDS = 12, 1_200  # of the pages together, so that the report stays a file to be opened


@dataclass(frozen=True, slots=True)
class Block:
    """One row or column of a picture: a code, or several that stand together. `depth` indents members of a group."""

    first: str
    last: str
    codes: tuple[str, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """What a picture shows at one place: of `cells` cells `hidden` are; `row` is that of the file where it is one."""

    cells: int
    hidden: int
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """`kind`: cross | totals | behind | page; `fields[row][column]`."""

    kind: str
    rows: str
    columns: str
    down: tuple[Block, ...]
    across: tuple[Block, ...]
    fields: tuple[tuple[Field, ...], ...]
    response: str = ""
    page: tuple[str, str] = ("", "")

    @property
    def cells(self) -> int:
        return sum(field.cells for line in self.fields for field in line)

    @property
    def hidden(self) -> int:
        return sum(field.hidden for line in self.fields for field in line)

    @property
    def in_blocks(self) -> bool:
        return any(block.first != block.last for block in (*self.down, *self.across))

    @property
    def worst(self) -> tuple[Block, int] | None:
        """The row with most hidden cells, the total aside; None where two rows have as many."""
        found = sorted(
            (
                (sum(field.hidden for field in line), place)
                for place, line in enumerate(self.fields)
                if self.down[place].first != TOTAL
            ),
            reverse=True,
        )
        if not found or not found[0][0] or (len(found) > 1 and found[1][0] == found[0][0]):
            return None
        return self.down[found[0][1]], found[0][0]


def pictures(figures: Figures) -> tuple[list[Picture], list[Picture]]:
    """The pictures that stand open, and the pages of a third variable that can be opened."""
    codes = {
        name: _in_tree_order(figures, name, tuple(dict.fromkeys(column)))
        for name, column in zip(figures.table.variables, figures.table.codes, strict=True)
    }
    if not codes:
        return [], []
    down, across = _chosen(figures, {name: len(blocks) for name, blocks in codes.items()})
    others = [name for name in codes if name not in (down, across)]
    rows, columns = (
        _in_blocks(codes[down], MOST_ROWS),
        _in_blocks(codes[across], MOST_COLUMNS) if across else (),
    )
    shape = _Shape(figures, down, across, rows, columns)
    open_ones: list[Picture] = []
    pages: list[Picture] = []
    for response in _worth_drawing(figures):
        mine = figures.of_response(response)
        at_totals = mine & _all_total(figures, others)
        drawn = []
        if at_totals.any():
            drawn.append(shape.picture("totals" if others else "cross", at_totals, response))
        if others and (figures.hidden[mine].any() or not drawn):
            drawn.append(shape.picture("behind", mine, response))
        open_ones += sorted(drawn, key=lambda picture: not picture.hidden)  # what shows something comes first
        if others:
            pages += _pages(shape, codes, others, response)
    fields = len(pages) * len(rows) * max(1, len(columns))
    return open_ones, pages if fields <= MOST_FIELDS else []


def _worth_drawing(figures: Figures) -> tuple[str, ...]:
    """The responses of which something is hidden; the first one where nothing is."""
    hidden = [name for name in figures.responses if figures.hidden[figures.of_response(name)].any()]
    return tuple(hidden) or figures.responses[:1]


def _pages(
    shape: _Shape, codes: Mapping[str, Sequence[Block]], others: Sequence[str], response: str
) -> Iterator[Picture]:
    """One picture for every code of the third variable with the fewest codes; none where they are too many."""
    third = min(others, key=lambda name: len(codes[name]))
    if len(codes[third]) > MOST_PAGES:
        return
    figures = shape.figures
    column = _column(figures, third)
    rest = figures.of_response(response) & _all_total(figures, [name for name in others if name != third])
    for block in codes[third]:
        mine = rest & (column == block.first)
        if block.first != TOTAL and mine.any():
            yield shape.picture("page", mine, response, page=(third, block.first))


def _chosen(figures: Figures, sizes: Mapping[str, int]) -> tuple[str, str]:
    """Which variable goes down and which across: of the pairs that can be drawn code by code the one with most hidden
    cells, all else added up; where nothing is hidden, the one with most cells."""
    if len(sizes) == 1:
        return next(iter(sizes)), ""

    def worth(pair: tuple[str, str]) -> tuple[bool, int, int]:
        small, large = sorted(sizes[name] for name in pair)
        others = [place for place, name in enumerate(figures.table.variables) if name not in pair]
        seen = figures.hidden & ~figures.detailed[others].any(axis=0)
        return small <= MOST_COLUMNS and large <= MOST_ROWS, int(seen.sum()), small * large

    one, other = max(combinations(sizes, 2), key=worth)
    return (one, other) if sizes[one] >= sizes[other] else (other, one)


class _Shape:
    """Two variables and their blocks; for every row of the file its place in the picture."""

    def __init__(
        self, figures: Figures, down: str, across: str, rows: Sequence[Block], columns: Sequence[Block]
    ) -> None:
        self.figures = figures
        self.down, self.across = down, across
        self.rows, self.columns = tuple(rows), tuple(columns) or (Block("", "", ()),)
        self._place = _places(_column(figures, down), self.rows) * len(self.columns)
        if across:
            self._place += _places(_column(figures, across), self.columns)

    def picture(self, kind: str, mine: Bools, response: str, page: tuple[str, str] = ("", "")) -> Picture:
        size = len(self.rows) * len(self.columns)
        place = self._place[mine]
        cells = np.bincount(place, minlength=size)
        hidden = np.bincount(place, weights=self.figures.hidden[mine], minlength=size)
        last = np.full(size, -1)
        last[place] = np.flatnonzero(mine)
        fields = [
            Field(int(count), int(gone), int(row) if count == 1 else None)
            for count, gone, row in zip(cells, hidden, last, strict=True)
        ]
        width = len(self.columns)
        lines = tuple(tuple(fields[start : start + width]) for start in range(0, size, width))
        return Picture(kind, self.down, self.across, self.rows, self.columns, lines, response, page)


def _column(figures: Figures, name: str) -> np.ndarray:
    return np.array(figures.table.codes[figures.table.variables.index(name)], dtype=object)


def _all_total(figures: Figures, names: Sequence[str]) -> Bools:
    found = np.ones(figures.cells, dtype=bool)
    for name in names:
        found &= _column(figures, name) == TOTAL
    return found


def _places(column: np.ndarray, blocks: Sequence[Block]) -> Ints:
    place = {code: number for number, block in enumerate(blocks) for code in block.codes}
    return np.array([place[code] for code in column], dtype=np.int64)


def _in_tree_order(figures: Figures, name: str, codes: Sequence[str]) -> list[Block]:
    """Every group before its members, where the first of them stands in the file, and the total last; what only a second
    hierarchy knows follows the first."""
    hierarchies = figures.recipe.hierarchies_of(name)
    parents = hierarchies[0] if hierarchies else {}
    children: dict[str, list[str]] = {}
    later = {group for other in hierarchies[1:] for group in other.values()} - set(parents.values())
    for code in codes:
        if code not in later and code != TOTAL:
            group = parents.get(code, TOTAL)
            while group != TOTAL and group not in codes:
                group = parents.get(group, TOTAL)
            children.setdefault(group, []).append(code)
    place = {code: number for number, code in enumerate(codes)}
    order: list[Block] = []

    def first(code: str) -> int:
        return min((first(child) for child in children.get(code, ())), default=place[code])

    def add(code: str, depth: int) -> None:
        order.append(Block(code, code, (code,), depth))
        for child in sorted(children.get(code, ()), key=first):
            add(child, depth + 1)

    for code in sorted(children.get(TOTAL, ()), key=first):
        add(code, 0)
    order += [Block(code, code, (code,)) for code in codes if code in later and code != TOTAL]
    return order + [Block(code, code, (code,)) for code in codes if code == TOTAL]


def _in_blocks(blocks: Sequence[Block], most: int) -> list[Block]:
    """At most that many, equally long; the total always stands alone."""
    if len(blocks) <= most:
        return list(blocks)
    total = [block for block in blocks if block.first == TOTAL]
    rest = [block for block in blocks if block.first != TOTAL]
    each = -(-len(rest) // (most - len(total)))
    joined = []
    for start in range(0, len(rest), each):
        part = rest[start : start + each]
        codes = tuple(code for block in part for code in block.codes)
        joined.append(Block(part[0].first, part[-1].last, codes))
    return joined + total
