"""Proportions: what counts part of a denominator is never larger than it, and everybody knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from kontor.engines.disclosure.problem import SPLIT, Axis, Cube, Floats, Ints
from kontor.errors import BadRow, Invalid

from .assembling import Cells, Draft
from .earlier import Before, Earlier
from .recipe import Rate, Recipe
from .tabulating import Tabulated, protected

MOST = 20
"""So many cells are named."""

Numbers = Mapping[str, Ints]
"""Response -> its cells."""


def check_proportions(tables: Sequence[Tabulated], empty: Collection[str] = ()) -> None:
    """Raises Invalid (numerator_above_denominator) with the cells that count more than they can be part of.

    empty: responses that are empty in some rows; a denominator that is 0 there is "denominator_empty".
    """
    faults = []
    for table in tables:
        for rate in _rates(table.recipe):
            above = table.values[rate.numerator] > table.values[rate.denominator]
            nothing = above & (table.values[rate.denominator] == 0)
            if rate.denominator in empty and nothing.any():
                faults += list(_named(table, rate, nothing, "denominator_empty"))
                above = above & ~nothing
            faults += list(_named(table, rate, above, "numerator_above_denominator"))
    if faults:
        raise Invalid(faults)


def limit_proportions(draft: Draft, tables: Sequence[Tabulated], numbers: Sequence[Numbers]) -> None:
    """No numerator is larger than its published denominator.

    Raises Invalid (denominator_tells_numerator) with the cells that no pattern protects, because that leaves too little.
    """
    faults = []
    for table, own in zip(tables, numbers, strict=True):
        for rate in _rates(table.recipe):
            if protected(table.recipe, rate.denominator):
                continue
            at, whole = own[rate.numerator], table.values[rate.denominator]
            draft.high[at] = np.minimum(draft.high[at], whole)
            hidden = draft.primary[at] & ~draft.known[at] & ~draft.absent[at]
            tight = hidden & (_room(draft, at) < draft.width[at])
            faults += list(_named(table, rate, tight, "denominator_tells_numerator"))
    if faults:
        raise Invalid(faults)


def split_proportions(
    draft: Draft,
    cells: Cells,
    now: Sequence[tuple[Recipe, Numbers]],
    earlier: Sequence[Earlier],
    before: Sequence[Before],
) -> None:
    """Nor is it larger than a denominator that may be hidden itself: what of that is not counted there is a cell that
    nobody publishes, and nothing is known of it but that it is not negative.

    now: the tables of today; earlier, before: those published before, once their cells are in the draft.
    """
    pairs = [pair for recipe, own in now for pair in _hidden_pairs(recipe, own)]
    for number, table in enumerate(earlier, start=1):
        own = {one.response: one.cube.cells for one in before if one.known == number}
        _limit_earlier(draft, table, own)
        pairs += _hidden_pairs(table.recipe, own)
    part, whole = np.unique(np.concatenate([np.zeros((2, 0), dtype=np.int64), *pairs], axis=1), axis=1)
    told = draft.known[part] & (draft.known[whole] | (draft.values[part] == 0))
    # What an earlier table hid has been given some values with which its sums hold, perhaps not these.
    kept = ~told & (draft.values[part] <= draft.values[whole])
    part, whole = part[kept], whole[kept]
    if not part.size:
        return
    rest = np.arange(cells.count, cells.count + part.size)
    cells.count += part.size
    draft.grow(cells.count)
    draft.values[rest] = draft.values[whole] - draft.values[part]
    pair = Axis("pair", tuple(map(str, range(part.size))), ())
    draft.cubes.append(Cube((pair, SPLIT), np.stack([part, rest, whole], axis=1)))


def _hidden_pairs(recipe: Recipe, own: Numbers) -> Iterator[Ints]:
    """Per rate numerators and denominators, two rows, where both may be hidden."""
    for rate in _rates(recipe):
        if rate.denominator in own and protected(recipe, rate.denominator):
            yield np.stack([own[rate.numerator].ravel(), own[rate.denominator].ravel()])


def _limit_earlier(draft: Draft, table: Earlier, own: Numbers) -> None:
    """What a denominator was that only an earlier table tells."""
    for rate in _rates(table.recipe):
        if not protected(table.recipe, rate.denominator):
            at, whole = own[rate.numerator].ravel(), table.values[rate.denominator].ravel()
            np.fmin.at(draft.high, at, whole)


def _room(draft: Draft, at: Ints) -> Floats:
    room: Floats = draft.high[at] - np.minimum(draft.low[at], draft.values[at])
    return room


def _rates(recipe: Recipe) -> Iterator[Rate]:
    if recipe.kind == "frequency":
        yield from (rate for rate in recipe.rates if rate.proportion)


def _named(table: Tabulated, rate: Rate, cells: np.ndarray, code: str) -> Iterator[BadRow]:
    names = list(product(*(axis.codes for axis in table.axes)))
    for place in np.flatnonzero(cells.ravel())[:MOST].tolist():
        facts = {
            "cell": " / ".join(names[place]),
            "numerator": rate.numerator,
            "denominator": rate.denominator,
            "count": f"{table.values[rate.numerator].flat[place]:g}",
            "whole": f"{table.values[rate.denominator].flat[place]:g}",
        }
        yield BadRow(code, None, rate.numerator, facts)
