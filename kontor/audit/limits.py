"""By which rules a cell is judged: those of the tables in which it stands, of several the strictest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cells import Block, Cells
from .published import Bools, Floats
from .recipe import Recipe


@dataclass(frozen=True, slots=True)
class Limits:
    """One entry per cell. small: the largest count that its threshold protects, 0 where there is none. width: of its
    interval. zeros: some table publishes its zeros. exempt: no table protects it, like a population or a rate's base.
    unpublished: the same as small, of sums that a table of today leaves out.
    """

    small: Floats
    width: Floats
    zeros: Bools
    exempt: Bools
    unpublished: Floats


def limits(cells: Cells) -> Limits:
    """Tables of today judge the cells that stand in them, earlier ones those that they have alone."""
    count = len(cells.names)
    small, width, unpublished = np.zeros(count), np.zeros(count), np.zeros(count)
    zeros, exempt, today = (
        np.zeros(count, dtype=bool),
        np.ones(count, dtype=bool),
        np.zeros(count, dtype=bool),
    )
    for block in cells.blocks:
        recipe = cells.tables[block.table].recipe
        shown = _shown(recipe, block)
        at, rest = block.cells[shown], block.cells[~shown]
        if recipe.kind != "frequency":
            continue
        if block.table < cells.first_known and block.response not in recipe.public:
            unpublished[rest] = np.maximum(unpublished[rest], recipe.threshold)
        zeros[at] |= recipe.zeros
        if block.table >= cells.first_known:
            at = at[~today[at]]
        else:
            today[at] = True
        if block.response not in recipe.public:
            exempt[at] = False
            small[at] = np.maximum(small[at], recipe.threshold)
            width[at] = np.maximum(width[at], recipe.width)
    return Limits(small, width, zeros, exempt, unpublished)


def _shown(recipe: Recipe, block: Block) -> Bools:
    """Which cells of a block the recipe publishes, by the variables whose code is not the total."""
    if recipe.margins is None:
        return np.ones(block.cells.shape, dtype=bool)
    shown = np.zeros(block.cells.shape, dtype=bool)
    for kept in {frozenset(recipe.variables), *recipe.margins}:
        shown[tuple(slice(0, -1) if name in kept else slice(-1, None) for name in recipe.variables)] = True
    return shown
