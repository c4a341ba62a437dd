"""Earlier tables that were corrected though no published figure shows it: they cannot stand beside today's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kontor.errors import Invalid

from .cells import Cells, numbered
from .published import Published


def readings(tables: Sequence[Published], first_known: int) -> Iterator[Cells]:
    """The cells of all tables, as attackers may take them, the likeliest first. Invalid as `numbered`.

    Whoever finds that an earlier table contradicts today's takes it for corrected: one alone if that helps, else as
    many as it takes. What hides a published zero, where zeros are never hidden, comes last.
    """
    put_off = []
    for corrected in _sets(range(first_known, len(tables))):
        try:
            cells = numbered(tables, first_known, corrected)
        except Invalid:
            if not corrected:
                raise
            continue
        if _hides_zero(cells):
            put_off.append(cells)
        else:
            yield cells
    yield from put_off


def _sets(known: Sequence[int]) -> Iterator[frozenset[int]]:
    yield frozenset()
    yield from (frozenset({number}) for number in known)
    yield from (frozenset(known[: last + 1]) for last in range(1, len(known)))


def _hides_zero(cells: Cells) -> bool:
    zero = cells.hidden & (cells.values == 0)
    never = np.array([table.recipe.zeros and table.recipe.kind == "frequency" for table in cells.tables])
    return bool((zero & never[cells.table]).any())
