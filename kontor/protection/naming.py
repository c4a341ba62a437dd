"""Cells by name: the codes that are not totals, and the response. Cells of linked tables with one name are one cell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from kontor.audit import Leak
from kontor.engines.disclosure.problem import Cube, Ints

from .earlier import Before
from .preparing import PublishedTable
from .recipe import TOTAL

Name = tuple[str, frozenset[tuple[str, str]]]


def name_of(codes: Mapping[str, str], response: str) -> Name:
    """The name of the cell with these codes by variable."""
    return response, frozenset(item for item in codes.items() if item[1] != TOTAL)


class Found:
    """The numbers of the cells that an audit names."""

    def __init__(self, tables: Sequence[PublishedTable], before: Sequence[Before] = ()) -> None:
        self._now = cells_by_name(tables)
        self._before = {
            (one.known, name_of(codes, response)): cell
            for one in before
            for codes, cell in _places(one.cube)
            for response in (one.response, "")
        }

    def cell(self, codes: Mapping[str, str], response: str | None, known: int = 0) -> int:
        """-1 where there is no such cell. known: as in a Leak, which earlier table it is in."""
        name = name_of(codes, response or "")
        return self._before.get((known, name), -1) if known else self._now.get(name, -1)

    def of(self, leaks: Iterable[Leak]) -> Ints:
        """The cells that leaks are about, without those that have no number."""
        found = [self.cell(leak.codes, leak.response, leak.known) for leak in leaks]
        return np.array([cell for cell in found if cell >= 0], dtype=np.int64)


def cells_by_name(tables: Sequence[PublishedTable]) -> dict[Name, int]:
    """The number of every cell in the problem. Of a table with one response, cells are also found under the name ""."""
    found: dict[Name, int] = {}
    for table in tables:
        for response, codes, cell in _cells(table):
            found.setdefault(name_of(codes, response), cell)
            if not several(table):
                found.setdefault(name_of(codes, ""), cell)
    return found


def texts(tables: Sequence[PublishedTable]) -> dict[int, str]:
    """Cell -> its name as one line of JSON: {"district":"d001"}, with its response where a table has several."""
    found: dict[int, str] = {}
    for table in tables:
        for response, codes, cell in _cells(table):
            named = {variable: code for variable, code in sorted(codes.items()) if code != TOTAL}
            if several(table):
                named["response"] = response
            found.setdefault(
                cell, json.dumps(named, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            )
    return found


def places(tables: Sequence[PublishedTable]) -> dict[int, str]:
    """Cell -> its place in the first of these tables that has it."""
    found: dict[int, str] = {}
    for table in tables:
        for response, codes, cell in _cells(table):
            found.setdefault(cell, place(codes, response if several(table) else ""))
    return found


def place(codes: Mapping[str, str], response: str = "") -> str:
    """A cell as a message names it: `year 2021, district _T`, in the order of its table."""
    words = [f"{variable} {code}" for variable, code in codes.items()]
    return ", ".join([*words, response] if response else words)


def several(table: PublishedTable) -> bool:
    """Whether its safe file has a column `response`."""
    return len(table.responses) + len(table.rates) > 1


def _cells(table: PublishedTable) -> Iterator[tuple[str, dict[str, str], int]]:
    for response, cube in zip(table.responses, table.cubes, strict=True):
        for codes, cell in _places(cube):
            yield response, codes, cell


def _places(cube: Cube) -> Iterator[tuple[dict[str, str], int]]:
    names = [axis.name for axis in cube.axes]
    for place in np.ndindex(cube.cells.shape):
        codes = (axis.codes[at] for axis, at in zip(cube.axes, place, strict=True))
        yield dict(zip(names, codes, strict=True)), int(cube.cells[place])
