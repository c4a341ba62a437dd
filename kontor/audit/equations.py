"""What ties the cells together: sums along hierarchies, rates, corrections; first of all whether the tables add up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from scipy.sparse import coo_array, csr_array

from kontor.errors import BadRow, Invalid

from .cells import Block, Cells
from .published import Floats, Ints

MOST_FAULTS = 100


class Equations:
    """Rows `matrix @ cells == 0`, one for each sum of each table: its members minus its total.

    totals: per row the number of the total's cell.
    """

    def __init__(self, cells: Cells) -> None:
        parts = [part for block in cells.blocks for part in _sums(block)]
        nothing = np.zeros(0, dtype=np.int64)
        rows, columns, signs, totals, start = [nothing], [nothing], [np.zeros(0)], [nothing], 0
        for members, total in parts:
            count, across = members.shape
            numbers = np.arange(start, start + across)
            rows += [np.tile(numbers, count), numbers]
            columns += [members.ravel(), total]
            signs += [np.ones(members.size), -np.ones(across)]
            totals.append(total)
            start += across
        shape = (start, len(cells.names))
        self.totals: Ints = np.concatenate(totals)
        self.matrix = csr_array(
            coo_array((np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))), shape)
        )


def _sums(block: Block) -> Iterator[tuple[Ints, Ints]]:
    """Per sum of each variable the members' cells (one row per member) and the totals' cells."""
    for dimension, sums in enumerate(block.sums):
        view = np.moveaxis(block.cells, dimension, 0).reshape(block.cells.shape[dimension], -1)
        for total, members in sums:
            yield view[list(members)], view[total]


def tolerances(cells: Cells, equations: Equations) -> Floats:
    """How far a sum may be off because floating-point numbers are not exact."""
    scale = abs(equations.matrix) @ np.abs(np.nan_to_num(cells.values))
    found: Floats = 1e-6 + 1e-12 * scale
    return found


def check_sums(cells: Cells, equations: Equations) -> None:
    """Invalid("sum_wrong") for every published total that is not the sum of its published members."""
    open_ = abs(equations.matrix) @ np.isnan(cells.values) == 0
    off = equations.matrix @ np.nan_to_num(cells.values)
    wrong = np.flatnonzero(open_ & (np.abs(off) > tolerances(cells, equations)))
    if wrong.size:
        rows = (_wrong(cells, int(equations.totals[row]), float(off[row])) for row in wrong)
        # A grand total is the sum of several variables' totals, and wrong by all of them.
        faults = {(row.row, *row.facts.values()): row for row in islice(rows, MOST_FAULTS)}
        raise Invalid(list(faults.values()))


def _wrong(cells: Cells, total: int, off: float) -> BadRow:
    table = cells.tables[cells.table[total]]
    value = float(cells.values[total])
    facts = {
        "file": table.name,
        "value": cells.place(total),
        "total": f"{value:.15g}",
        "sum": f"{value + off:.15g}",
    }
    return BadRow("sum_wrong", table.lines[cells.row[total]], None, facts)
