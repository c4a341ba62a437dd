"""Proportions: what counts part of a denominator is never larger than it, and everybody knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from kontor.engines.disclosure.problem import Floats, Ints
from kontor.errors import BadRow, Invalid

from .assembling import Draft
from .recipe import Rate
from .tabulating import Tabulated, protected

MOST = 20
"""So many cells are named."""


def check_proportions(tables: Sequence[Tabulated]) -> None:
    """Raises Invalid (numerator_above_denominator) with the cells that count more than they can be part of."""
    faults = []
    for table in tables:
        for rate in _proportions(table):
            above = table.values[rate.numerator] > table.values[rate.denominator]
            faults += list(_named(table, rate, above, "numerator_above_denominator"))
    if faults:
        raise Invalid(faults)


def limit_proportions(
    draft: Draft, tables: Sequence[Tabulated], numbers: Sequence[Mapping[str, Ints]]
) -> None:
    """No numerator is larger than its published denominator.

    Raises Invalid (denominator_tells_numerator) with the cells that no pattern protects, because that leaves too little.
    """
    faults = []
    for table, own in zip(tables, numbers, strict=True):
        for rate in _proportions(table):
            if protected(table.recipe, rate.denominator):
                continue
            at, whole = own[rate.numerator], table.values[rate.denominator]
            draft.high[at] = np.minimum(draft.high[at], whole)
            hidden = draft.primary[at] & ~draft.known[at] & ~draft.absent[at]
            tight = hidden & (_room(draft, at) < draft.width[at])
            faults += list(_named(table, rate, tight, "denominator_tells_numerator"))
    if faults:
        raise Invalid(faults)


def _room(draft: Draft, at: Ints) -> Floats:
    room: Floats = draft.high[at] - np.minimum(draft.low[at], draft.values[at])
    return room


def _proportions(table: Tabulated) -> Iterator[Rate]:
    if table.recipe.kind == "frequency":
        yield from (rate for rate in table.recipe.rates if rate.proportion)


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
