"""Tables that were changed instead of hidden: rounded, perturbed by cell keys, or with noise. Other promises hold there,
and only those that can be seen from outside are checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kontor.errors import BadRow, Invalid

from .attack import leak_at
from .bounds import Contradiction, settled, tightened
from .cells import Cells
from .equations import Equations, check_sums
from .published import Bools
from .recipe import Recipe
from .result import Leak, Result
from .system import System

GUARANTEES = {"round": "rounding", "cellkey": "cell_key", "dp": "differential_privacy"}
ROUNDED, PERTURBED = "round", "cellkey"


def audit_changed(cells: Cells, equations: Equations) -> Result:
    """What can be seen of a changed table.

    Rounded: it adds up, and no count from 1 to base - 1 stands in it. By cell keys: true counts within the largest
    change that also add up are left for every small cell, more than one each. Noise: nothing can be seen from outside.
    """
    recipe = cells.tables[0].recipe
    method = str(recipe.alternative.get("method", ""))
    if not np.isfinite(cells.values[cells.table >= 0]).all():
        raise Invalid([BadRow("changed_and_hidden", None, None, {"file": cells.tables[0].name})])
    open_: list[Leak] = []
    exact: list[Leak] = []
    checked: tuple[str, Mapping[str, int]] = ("noise_unchecked", {})
    if method == ROUNDED:
        check_sums(cells, equations)
        base = int(recipe.alternative.get("base", max(3, recipe.threshold + 1)))
        small = (cells.values > 0) & (cells.values < base)
        checked = ("rounding_checked", {"most": base - 1})
        if recipe.alternative.get("every"):
            small = np.nan_to_num(cells.values) % base != 0
            checked = ("rounding_of_all_checked", {"base": base})
        open_ = [leak_at(cells, int(cell)) for cell in np.flatnonzero(small)]
    elif method == PERTURBED:
        found = _determined(cells, equations)
        exact = [leak_at(cells, int(cell)) for cell in np.flatnonzero(found)]
        checked = ("cell_key_checked", {"largest": _largest(recipe)})
    return Result(
        cells=len(cells.tables[0].codes),
        hidden=0,
        attackers={"A": tuple(exact), "B": tuple(exact), "C": None},
        narrow=None,
        open=tuple(open_),
        guarantee=GUARANTEES[method],
        assumptions=(checked,),
    )


def _largest(recipe: Recipe) -> int:
    return int(recipe.alternative.get("largest", 5))


def _determined(cells: Cells, equations: Equations) -> Bools:
    """Small counts with one true value left, by bounds that are passed on; zeros stay zeros and tell nothing new."""
    recipe = cells.tables[0].recipe
    largest = float(_largest(recipe))
    unknown = np.isnan(cells.values)
    values = np.nan_to_num(cells.values)
    changed = values > 0
    low = np.where(changed, np.maximum(values - largest, 1.0), 0.0)
    high = np.where(unknown, np.inf, np.where(changed, values + largest, largest))
    right = np.zeros(equations.matrix.shape[0])
    every, small = np.ones(values.size, dtype=bool), np.full(values.size, float(recipe.threshold))
    try:
        left = tightened(System(equations.matrix, right, right, low, high, every, every, small))
    except Contradiction as error:
        facts = {"value": cells.place(int(error.columns[0])), "file": cells.tables[0].name}
        raise Invalid([BadRow("hidden_cells_contradict", None, None, facts)]) from None
    found: Bools = settled(left) & changed & (left.high <= max(recipe.threshold, 1))
    return found
