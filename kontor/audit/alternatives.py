"""Tables that were changed instead of hidden: rounded, perturbed by cell keys, or with noise. Other promises hold there,
and only those that can be seen from outside are checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kontor.errors import BadRow, Invalid

from .attack import leak_at
from .bounds import Contradiction, tightened
from .cells import Cells
from .equations import Equations, check_sums
from .group import SMALL, Told
from .intervals import ranges
from .moves import moves
from .result import Leak, Result
from .system import CLOSE, System

GUARANTEES = {"round": "rounding", "cellkey": "cell_key", "dp": "differential_privacy"}
ROUNDED, PERTURBED = "round", "cellkey"
MOST = 12_000  # cells whose sums are looked at all at once; of larger tables one at a time
FAR = 1000.0  # no total that is not published is larger than so many times the largest figure


def audit_changed(cells: Cells, equations: Equations, told: Told) -> Result:
    """What can be seen of a changed table.

    Rounded: it adds up, and no count from 1 to base - 1 stands in it. By cell keys: no count that they never leave stands
    in it, and true counts within the largest change that also add up are left for every small cell, more than one each.
    Noise: nothing can be seen from outside.
    """
    recipe = cells.tables[0].recipe
    method = str(recipe.alternative.get("method", ""))
    if not np.isfinite(cells.values[cells.table >= 0]).all():
        raise Invalid([BadRow("changed_and_hidden", None, None, {"file": cells.tables[0].name})])
    values = np.nan_to_num(cells.values)
    kept, exact = np.zeros(values.size, dtype=bool), tuple[Leak, ...]()
    checked: tuple[str, Mapping[str, int]] = ("noise_unchecked", {})
    alone: tuple[tuple[str, Mapping[str, int]], ...] = ()
    if method == ROUNDED:
        check_sums(cells, equations)
        every = bool(recipe.alternative.get("every"))
        kept = values % recipe.base != 0 if every else (values > 0) & (values < recipe.base)
        checked = ("rounding_checked", {"most": recipe.base - 1})
        if every:
            checked = ("rounding_of_all_checked", {"base": recipe.base})
    elif method == PERTURBED:
        kept = (values > 0) & (values <= recipe.never)
        exact = _determined(cells, equations, told)
        checked = ("cell_key_checked", {"largest": recipe.largest, "never": recipe.never})
        alone = (("cell_key_sums_alone", {"cells": MOST}),) if values.size > MOST else ()
    return Result(
        cells=len(cells.tables[0].codes),
        hidden=0,
        attackers={"A": exact, "B": exact, "C": None},
        narrow=None,
        open=tuple(leak_at(cells, int(cell)) for cell in np.flatnonzero(kept)),
        guarantee=GUARANTEES[method],
        assumptions=(checked, *alone),
    )


def _determined(cells: Cells, equations: Equations, told: Told) -> tuple[Leak, ...]:
    """Small counts with one true value left; zeros too where the recipe protects them.

    What an attacker knows of a figure v and the largest change d: 0 stands for 0 to d, for a true zero stays zero but no
    zero need be true; v > 0 for the larger of 1 and v - d, to v + d; and true counts add up.
    """
    recipe = cells.tables[0].recipe
    values, shown, largest = np.nan_to_num(cells.values), cells.table >= 0, float(recipe.largest)
    low = np.where(values > 0, np.maximum(values - largest, 1.0), 0.0)
    high = np.where(shown, values + largest, FAR * (values.max(initial=0.0) + largest))
    threshold = float(max(recipe.threshold, 1))
    right, nobody = np.zeros(equations.matrix.shape[0]), np.full(values.size, -1.0)
    every = np.ones(values.size, dtype=bool)
    try:
        left = tightened(System(equations.matrix, right, right, low, high, shown, every, nobody))
        asked = np.where(shown & (left.low <= threshold) & (values.size <= MOST), 1.0, 0.0)
        # In a large table most counts are seen to move without any search.
        seeds = moves(cells.blocks[0], left, threshold + 1) if SMALL < values.size <= MOST else None
        found = ranges(left, asked, seeds, threshold + 1, told, "A")
    except Contradiction as error:
        facts = {"value": cells.place(int(error.columns[0])), "file": cells.tables[0].name}
        raise Invalid([BadRow("hidden_cells_contradict", None, None, facts)]) from None
    true = np.ceil(found.low - CLOSE)
    one = shown & (found.widths <= 0) & (true >= (1 if recipe.zeros else 0)) & (true <= threshold)
    return tuple(leak_at(cells, int(cell), float(true[cell])) for cell in np.flatnonzero(one))
