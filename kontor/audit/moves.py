"""How far the counts of a table move with one inner cell and everything that this is part of: no programme needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .bounds import settled
from .cells import Block
from .programme import Programme
from .published import Bools, Floats
from .system import System


@dataclass(frozen=True, slots=True)
class Moves:
    """A possible point, as the one row of `points`, and per cell the extremes that are reached from there."""

    low: Floats
    high: Floats
    points: Floats


def moves(block: Block, system: System, room: float) -> Moves | None:
    """Of a system that has one class for each cell of its one block. None where no point away from bounds is found."""
    fixed = settled(system)
    found = Programme(system.without(fixed), room).middle() if not fixed.all() else None
    if found is None:
        return None
    base = system.low.copy()
    base[~fixed] = np.clip(found, system.low[~fixed], system.high[~fixed])
    inside = [_inside(len(codes), sums) for codes, sums in zip(block.codes, block.sums, strict=True)]
    up, down = (_over(block, inside, slack) for slack in (system.high - base, base - system.low))
    return Moves(base - down, base + up, base[None, :])


def _over(block: Block, inside: Sequence[Bools], slack: Floats) -> Floats:
    """Per cell the most that any inner cell of it has room for, in itself and in all that it is part of."""
    grid = slack[block.cells]
    for axis, part in enumerate(inside):
        grid = _joined(grid, axis, part, np.minimum)
    for axis, part in enumerate(inside):
        grid = _joined(grid, axis, part.T, np.maximum)
    most = np.zeros(slack.size)
    np.maximum.at(most, block.cells.ravel(), grid.ravel())
    return most


def _joined(grid: Floats, axis: int, rows: Bools, join: np.ufunc) -> Floats:
    return np.stack([join.reduce(np.compress(row, grid, axis=axis), axis=axis) for row in rows], axis=axis)


def _inside(codes: int, sums: Sequence[tuple[int, tuple[int, ...]]]) -> Bools:
    """One row per inner code: the codes of which it is part, itself among them."""
    members = dict(reversed(sums))
    inner = [code for code in range(codes) if code not in members]
    found = np.zeros((len(inner), codes), dtype=bool)

    def under(code: int) -> set[int]:
        return {leaf for member in members[code] for leaf in under(member)} if code in members else {code}

    for code in range(codes):
        found[[inner.index(leaf) for leaf in under(code)], code] = True
    return found
