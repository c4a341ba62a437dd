"""What is hidden from the attackers, and what each of them knows of it beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from .cells import NOWHERE, Cells
from .equations import Equations
from .published import Bools, Floats, Ints
from .system import System, distinct, merged, onto

LARGEST_AMOUNT = 1e5  # published, in units of the programmes
TINY = 1e-12
FAR = 1000.0  # nothing that is hidden is larger than so many times the largest published cell


@dataclass(frozen=True, slots=True)
class Unknowns:
    """The unknown cells, their classes, and the equations among them with the bounds of attacker A and of attacker B.

    cells: numbers of the unknown cells; classes: the class of each, parallel. scale: what one unit of the systems is
    worth; 1 for counts, amounts are brought into the range in which programmes are exact.
    """

    cells: Ints
    classes: Ints
    plain: System
    informed: System
    scale: float = 1.0

    def members(self, column: int) -> Ints:
        """The cells of a class."""
        found: Ints = self.cells[self.classes == column]
        return found


@dataclass(frozen=True, slots=True)
class Bands:
    """Further knowledge: `least <= matrix @ cells <= most`."""

    matrix: csr_array
    least: Floats
    most: Floats


def unknowns(cells: Cells, equations: Equations, bands: Bands | None = None) -> Unknowns:
    """The unknown cells and what ties them, equal ones merged."""
    unknown = np.flatnonzero(np.isnan(cells.values))
    scale = _scale(cells)
    known = np.nan_to_num(cells.values) / scale
    matrix, right = equations.matrix, -(equations.matrix @ known)
    least, most = right, right
    if bands is not None:
        constant = bands.matrix @ known
        matrix = csr_array(vstack([matrix, bands.matrix]))
        least = np.append(right, bands.least - constant)
        most = np.append(right, bands.most - constant)
    matrix = csr_array(matrix[:, unknown])
    equal = least == most
    classes = merged(csr_array(matrix[equal]), least[equal])
    count = int(classes.max(initial=-1)) + 1
    reduced = onto(matrix, classes, count)
    kept = distinct(reduced, least, most)
    reduced = csr_array(reduced[kept])
    plain, informed = _bounds(cells, unknown, classes, count)
    counts = _by_class(classes, count, np.logical_and, _counts(cells)[unknown], start=True)
    judged = _by_class(
        classes, count, np.logical_or, (cells.hidden | cells.hidden_before)[unknown], start=False
    )

    def within(low: Floats, high: Floats) -> System:
        return System(reduced, least[kept], most[kept], low, high, judged, counts)

    return Unknowns(unknown, classes, within(*plain), within(*informed), scale)


def _scale(cells: Cells) -> float:
    if any(table.recipe.kind == "frequency" for table in cells.tables):
        return 1.0
    return max(float(np.nanmax(cells.values, initial=0.0)) / LARGEST_AMOUNT, TINY)


def _by_class(classes: Ints, count: int, join: np.ufunc, of_cells: Bools, *, start: bool) -> Bools:
    found = np.full(count, start)
    join.at(found, classes, of_cells)
    return found


def _counts(cells: Cells) -> Bools:
    kinds = np.array([table.recipe.kind == "frequency" for table in cells.tables])
    found: Bools = kinds[np.maximum(cells.table, 0)]
    return found


def _bounds(
    cells: Cells, unknown: Ints, classes: Ints, count: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Attacker A: nothing is negative. B: zeros are published, so what is hidden is 1 or more; and the public codes."""
    least, most = np.zeros(unknown.size), np.full(unknown.size, np.inf)
    tables = cells.table[unknown]
    hidden = cells.hidden[unknown] | cells.hidden_before[unknown]
    counts = _counts(cells)[unknown]
    for number, table in enumerate(cells.tables):
        here = hidden & counts & (tables == number)
        least[here & table.recipe.zeros] = 1.0
        if table.recipe.codes and table.recipe.threshold:
            here &= cells.hidden[unknown]
            second = cells.secondary[unknown]
            most[here & ~second] = table.recipe.threshold
            least[here & second] = table.recipe.threshold + 1.0
    cap = FAR * max(1.0, float(np.nanmax(cells.values, initial=0.0)) / _scale(cells))
    low, high = np.zeros(count), np.full(count, cap)
    np.maximum.at(low, classes, least)
    np.minimum.at(high, classes, most)
    return (np.zeros(count), np.full(count, cap)), (low, high)


def rate_bands(cells: Cells) -> Bands:
    """Published rates: the numerator lies within half a unit of the last digit times the denominator."""
    rows, columns, factors, least, most = [], [], [], [], []
    blocks = {(block.table, block.response): block for block in cells.blocks}
    count = 0
    for number, table in enumerate(cells.tables):
        for rate in table.recipe.rates:
            top, bottom = blocks.get((number, rate.numerator)), blocks.get((number, rate.denominator))
            if top is None or bottom is None:
                continue
            places = _places(cells, number)
            half = 0.5 * 10.0**-rate.decimals
            for row, response in enumerate(table.responses):
                if response != rate.name or np.isnan(table.values[row]):
                    continue
                place = places[table.codes[row]]
                for value, sign in ((table.values[row] + half, 1.0), (table.values[row] - half, -1.0)):
                    rows += [count, count]
                    columns += [top.cells.flat[place], bottom.cells.flat[place]]
                    factors += [sign * rate.per, -sign * value]
                    least.append(-np.inf)
                    most.append(1e-9)
                    count += 1
    matrix = csr_array(coo_array((factors, (rows, columns)), (count, len(cells.names))))
    return Bands(matrix, np.array(least), np.array(most))


def _places(cells: Cells, table: int) -> dict[tuple[str, ...], int]:
    """Codes -> place in the flattened blocks of a table."""
    block = next(block for block in cells.blocks if block.table == table)
    return {cells.names[cell][1]: place for place, cell in enumerate(block.cells.flat)}


def revision_bands(cells: Cells) -> Bands | None:
    """A corrected earlier table, where all corrections of published cells go the same way: then those of hidden cells
    do too. None where there is nothing to be said."""
    pairs = []
    for revised in cells.revised:
        differences = [cells.values[now] - cells.values[then] for now, then in revised]
        known = [one for one in differences if not np.isnan(one)]
        if all(one >= 0 for one in known):
            pairs += revised
        elif all(one <= 0 for one in known):
            pairs += [(then, now) for now, then in revised]
    if not pairs:
        return None
    rows = np.repeat(np.arange(len(pairs)), 2)
    matrix = coo_array(
        (np.tile([1.0, -1.0], len(pairs)), (rows, np.array(pairs).ravel())), (len(pairs), len(cells.names))
    )
    return Bands(csr_array(matrix), np.zeros(len(pairs)), np.full(len(pairs), np.inf))


def together(*bands: Bands | None) -> Bands | None:
    """All of them as one."""
    found = [one for one in bands if one is not None and one.matrix.shape[0]]
    if not found:
        return None
    return Bands(
        csr_array(vstack([one.matrix for one in found])),
        np.concatenate([one.least for one in found]),
        np.concatenate([one.most for one in found]),
    )


def nowhere(cells: Cells) -> Bools:
    """Cells that no file has: never published."""
    found: Bools = cells.table == NOWHERE
    return found
