"""Greedy cover: classes are hidden one after the other until all cuts are satisfied."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from .cuts import Pool
from .problem import Bools, Floats

GUIDE = 1.05
"""A class costs its price times (GUIDE - its value in the relaxation): what the relaxation hides is nearly free."""


def covered(pool: Pool, hidden: Bools, price: Floats, relaxed: Floats) -> Bools:
    """A pattern with more hidden classes that satisfies what the cuts demand.

    Taken is the class with the largest violation satisfied per price. A cut that no class can satisfy is left open.
    """
    rows, least = pool.matrix()
    chosen = hidden.copy()
    missing = least - rows @ hidden.astype(float)
    open_rows = (missing > 1e-6) & pool.demanded()
    if not open_rows.any():
        return chosen
    rows, missing = rows[open_rows], missing[open_rows]
    rows.data[(rows.data < 0) | hidden[rows.indices]] = 0.0
    rows.eliminate_zeros()
    columns = csc_array(rows)
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    gain = np.bincount(rows.indices, np.minimum(rows.data, missing[owner]), minlength=hidden.size)
    cost = price * (GUIDE - relaxed) + 1e-9
    score = gain / cost
    while True:
        best = int(np.argmax(score))
        if score[best] <= 1e-9:
            return chosen
        chosen[best] = True
        part = slice(columns.indptr[best], columns.indptr[best + 1])
        for row, factor in zip(columns.indices[part], columns.data[part], strict=True):
            if missing[row] <= 0:
                continue
            span = slice(rows.indptr[row], rows.indptr[row + 1])
            cells, factors = rows.indices[span], rows.data[span]
            left = max(missing[row] - factor, 0.0)
            gain[cells] -= np.minimum(factors, missing[row]) - np.minimum(factors, left)
            score[cells] = gain[cells] / cost[cells]
            missing[row] = left
        gain[best] = score[best] = 0.0
