"""Which published cells an inner cell is part of: every combination of the codes above its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from .problem import Axis, Ints


def above(axis: Axis) -> list[Ints]:
    """For every code of an axis, the places of the codes that contain it: itself, its groups, the total; ascending."""
    found: list[set[int]] = [{place} for place in range(len(axis.codes))]
    size = 0
    while size != (size := sum(map(len, found))):
        for parent, members in axis.sums:
            for member in members:
                found[member] |= found[parent]
    return [np.array(sorted(places), dtype=np.int64) for places in found]


def places_of(axes: Sequence[Axis], codes: Sequence[Sequence[str]]) -> Ints:
    """The cell of each row, as a number in the flattened table; `codes` has one column per axis."""
    numbers = [{code: place for place, code in enumerate(axis.codes)} for axis in axes]
    at = tuple(
        np.array([number[code] for code in column], dtype=np.int64)
        for number, column in zip(numbers, codes, strict=True)
    )
    cells: Ints = np.ravel_multi_index(at, tuple(len(axis.codes) for axis in axes)).astype(np.int64)
    return cells


def expanded(axes: Sequence[Axis], dimension: int, cells: Ints) -> tuple[Ints, Ints]:
    """Each cell once for every code that contains its code of one axis: (row in `cells`, the cell there)."""
    stride = int(np.prod([len(axis.codes) for axis in axes[dimension + 1 :]], dtype=np.int64))
    groups = above(axes[dimension])
    lengths = np.array([group.size for group in groups])
    starts = np.cumsum(lengths) - lengths
    own = cells // stride % lengths.size
    times = lengths[own]
    row = np.repeat(np.arange(cells.size), times)
    turn = np.arange(row.size) - np.repeat(np.cumsum(times) - times, times)
    up = np.concatenate(groups)[starts[own[row]] + turn]
    return row, cells[row] + (up - own[row]) * stride


def incidence(axes: Sequence[Axis], codes: Sequence[Sequence[str]]) -> csr_array:
    """Inner cells (the rows of `codes`) x all cells of the flattened table: 1 where a cell contains the inner one.

    `incidence(...).T @ counts` is `filled(axes, codes, counts)`, flattened.
    """
    cells = places_of(axes, codes)
    rows = np.arange(cells.size)
    for dimension in range(len(axes)):
        row, cells = expanded(axes, dimension, cells)
        rows = rows[row]
    size = int(np.prod([len(axis.codes) for axis in axes]))
    shape = (len(codes[0]), size)
    return csr_array((np.ones(rows.size, dtype=np.int64), (rows, cells)), shape=shape)
