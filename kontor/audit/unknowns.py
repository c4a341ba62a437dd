"""What is hidden from the attackers, and what each of them knows of it beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from .cells import Block, Cells
from .equations import Equations
from .limits import Limits, limits
from .published import Bools, Floats, Ints
from .system import System, distinct, merged, onto

LARGEST_AMOUNT = 1e5  # published, in units of the programmes
TINY = 1e-12
UNSEEN = 1e6  # the unit where no amount is published that tells of their size
FAR = 1000.0  # nothing that is hidden is larger than so many times the largest published cell


@dataclass(frozen=True, slots=True)
class Unknowns:
    """The unknown cells, their classes, and the equations among them with the bounds of attacker A and of attacker B.

    cells: numbers of the unknown cells; classes: the class of each, parallel. width: of the interval, per class. scale:
    what one unit of the systems is worth; 1 for counts, amounts are brought into the range in which programmes are exact.
    unpublished: parallel to `cells`, the largest count that is protected of a sum that today's tables leave out, and that
    no hidden cell equals.
    """

    cells: Ints
    classes: Ints
    plain: System
    informed: System
    width: Floats
    scale: float = 1.0
    unpublished: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def sums(self) -> Floats:
        """Per class the largest count that is protected of the sums in it that are not published."""
        found = np.zeros(self.plain.size)
        np.maximum.at(found, self.classes, self.unpublished)
        return found

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
    rules = limits(cells)
    plain, informed = _bounds(cells, rules, unknown, classes, count)
    counts = _by_class(classes, count, np.logical_and, _counts(cells)[unknown], start=True)
    hidden = (cells.hidden | cells.hidden_before)[unknown]
    judged = _by_class(classes, count, np.logical_or, hidden, start=False)
    small, width = _strictest(rules, unknown, classes, hidden, count)

    def within(low: Floats, high: Floats) -> System:
        return System(reduced, least[kept], most[kept], low, high, judged, counts, small)

    told = judged[classes] | _added_up(cells, equations)[unknown]
    sums = np.where(told, 0.0, rules.unpublished[unknown])
    return Unknowns(unknown, classes, within(*plain), within(*informed), width, scale, sums)


def _added_up(cells: Cells, equations: Equations) -> Bools:
    """Cells that are published, or nothing but sums of such: they tell no more than those."""
    members, told = csr_array(equations.matrix > 0), ~np.isnan(cells.values)
    while True:
        more = told.copy()
        more[equations.totals[members @ (~told).astype(float) == 0]] = True
        if (more == told).all():
            return told
        told = more


def _strictest(
    rules: Limits, unknown: Ints, classes: Ints, hidden: Bools, count: int
) -> tuple[Floats, Floats]:
    """Per class the rules of its hidden cells: what is told of one is told of all."""
    small, width = np.zeros(count), np.zeros(count)
    np.maximum.at(small, classes[hidden], rules.small[unknown[hidden]])
    np.maximum.at(width, classes[hidden], rules.width[unknown[hidden]])
    return small, width


def _scale(cells: Cells) -> float:
    if any(table.recipe.kind == "frequency" for table in cells.tables):
        return 1.0
    largest = float(np.nanmax(cells.values, initial=0.0))
    return max(largest / LARGEST_AMOUNT, TINY) if largest > 0 else UNSEEN


def _by_class(classes: Ints, count: int, join: np.ufunc, of_cells: Bools, *, start: bool) -> Bools:
    found = np.full(count, start)
    join.at(found, classes, of_cells)
    return found


def _counts(cells: Cells) -> Bools:
    kinds = np.array([table.recipe.kind == "frequency" for table in cells.tables])
    found: Bools = kinds[np.maximum(cells.table, 0)]
    return found


def _bounds(
    cells: Cells, rules: Limits, unknown: Ints, classes: Ints, count: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Attacker A: nothing is negative, and no part larger than the whole. B: zeros are published, so what is hidden is 1
    or more; and the public codes.
    """
    hidden = (cells.hidden | cells.hidden_before) & _counts(cells)
    least = np.where(hidden & rules.zeros, 1.0, 0.0)
    most = _proportions(cells)
    told = _codes_told(cells) & hidden & (rules.small > 0)
    parts, small = most.copy(), told & ~cells.secondary
    most[small] = np.minimum(most[small], rules.small[small])
    least[told & cells.secondary] = rules.small[told & cells.secondary] + 1.0
    cap = FAR * max(1.0, float(np.nanmax(cells.values, initial=0.0)) / _scale(cells))
    cap = max(cap, 2.0 * float(least.sum()))  # where hardly anything is published
    low, high, plain = np.zeros(count), np.full(count, cap), np.full(count, cap)
    np.maximum.at(low, classes, least[unknown])
    np.minimum.at(high, classes, most[unknown])
    np.minimum.at(plain, classes, parts[unknown])
    return (np.zeros(count), plain), (low, high)


def _proportions(cells: Cells) -> Floats:
    """The most that a cell can be: as a count of part of what a published denominator counts. No end for the others."""
    found = np.full(len(cells.names), np.inf)
    for parts, wholes in _parts(cells):
        np.fmin.at(found, parts, cells.values[wholes])
    return found


def _parts(cells: Cells) -> Iterator[tuple[Ints, Ints]]:
    """Per table and rate the cells that count part of what other ones count, and those, parallel."""
    blocks = {(block.table, block.response): block for block in cells.blocks}
    for number, table in enumerate(cells.tables):
        for rate in table.recipe.rates if table.recipe.kind == "frequency" else ():
            top, bottom = blocks.get((number, rate.numerator)), blocks.get((number, rate.denominator))
            if rate.proportion and top is not None and bottom is not None:
                yield top.cells.ravel(), bottom.cells.ravel()


def hidden_wholes(cells: Cells) -> tuple[Ints, Ints]:
    """Cells that count part of what unknown ones count, and those, parallel, each pair once; nothing of parts that are
    known to be 0."""
    pairs = [np.stack(pair) for pair in _parts(cells)]
    both = np.unique(np.concatenate([np.zeros((2, 0), dtype=np.int64), *pairs], axis=1), axis=1)
    part, whole = both[:, np.isnan(cells.values[both[1]]) & (cells.values[both[0]] != 0)]
    return part, whole


def _codes_told(cells: Cells) -> Bools:
    """Hidden cells of today that say whether the threshold hides them; where holdings count, C says nothing of it."""
    found = np.zeros(len(cells.names), dtype=bool)
    for block in cells.blocks:
        recipe = cells.tables[block.table].recipe
        if block.table < cells.first_known and recipe.codes and not recipe.holdings:
            found[block.cells] = True
    return found & cells.hidden


def rate_bands(cells: Cells) -> Bands | None:
    """What rates tell: the published ones, and of proportions that no part is larger than the whole, be both hidden."""
    return together(_rate_bands(cells), _part_bands(cells))


def _part_bands(cells: Cells) -> Bands:
    part, whole = hidden_wholes(cells)
    rows = np.arange(part.size)
    entries = np.repeat([1.0, -1.0], part.size), (np.tile(rows, 2), np.concatenate([whole, part]))
    matrix = csr_array(coo_array(entries, (part.size, len(cells.names))))
    return Bands(matrix, np.zeros(part.size), np.full(part.size, np.inf))


def _rate_bands(cells: Cells) -> Bands:
    """Published rates: the numerator lies within half a unit of the last digit times the denominator."""
    rows, columns, factors, least, most = [], [], [], [], []
    blocks = {(block.table, block.response): block for block in cells.blocks}
    count = 0
    for number, table in enumerate(cells.tables):
        for rate in table.recipe.rates:
            top, bottom = blocks.get((number, rate.numerator)), blocks.get((number, rate.denominator))
            if top is None or bottom is None:
                continue
            places = _places(top)
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


def _places(block: Block) -> dict[tuple[str, ...], int]:
    """Codes -> place in a flattened block."""
    return {codes: place for place, codes in enumerate(product(*block.codes))}


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
