"""The nearest peers of every city by standardised distance, and what each variable contributed to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCK_CELLS = 2_000_000
"""Pairs whose distances are held at once: keeps memory at tens of megabytes for any number of cities."""


@dataclass(frozen=True, slots=True)
class Peers:
    """For each of n rows its k peers, nearest first; index is padded with -1, the others with nan.

    `index` (n, k) refers to rows of the input, `distance` (n, k) is in weighted standard deviations, and
    `contribution` (n, k, p) is each variable's share of the squared distance: the shares of a pair sum to 1
    (all 0 where the distance is 0), nan where the variable is missing in either row.
    """

    index: NDArray[np.int64]
    distance: Array
    contribution: Array


def nearest(
    variables: Array,
    *,
    eligible: NDArray[np.bool_],
    k: int,
    weights: Array | None = None,
    required: int = 0,
) -> Peers:
    """The k nearest eligible rows of each row; a row is never its own peer.

    `variables` (n, p) may hold nan; `eligible` (n,) says who may be a peer. Columns are standardised by mean
    and standard deviation (ddof 1) over the eligible rows alone, and every distance is computed element by
    element, so that further rows that are not eligible change nothing, to the last bit. Missing variables are
    left out and the sum scaled up by sum(weights) / sum(shared weights) (Gower 1971). A column that is
    constant among the eligible contributes 0. Columns 0..required must be present in both rows of a pair: a
    row without them has no peers and is nobody's peer. Ties go to the lower index.
    """
    values = np.asarray(variables, dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    n, p = values.shape
    allowed = np.asarray(eligible, dtype=np.bool_)
    w = np.ones(p) if weights is None else np.asarray(weights, dtype=np.float64)
    if allowed.shape != (n,) or w.shape != (p,) or not (w >= 0).all():
        raise ValueError("eligible must be (n,) and weights (p,) without negative entries")
    z = _standardised(values, allowed)
    complete = ~np.isnan(values[:, : required + 1]).any(axis=1)
    candidates = np.flatnonzero(allowed & complete)
    index = np.full((n, k), -1, dtype=np.int64)
    distance = np.full((n, k), np.nan)
    askers = np.flatnonzero(complete)
    step = max(1, BLOCK_CELLS // max(1, candidates.size))
    for start in range(0, askers.size, step):
        block = askers[start : start + step]
        squared = _squared_distances(z[block], z[candidates], w)
        squared[block[:, None] == candidates[None, :]] = np.nan
        index[block], distance[block] = _smallest(squared, candidates, k)
    return Peers(index=index, distance=distance, contribution=_contributions(z, w, index))


def _standardised(values: Array, eligible: NDArray[np.bool_]) -> Array:
    z = np.zeros_like(values)
    for j in range(values.shape[1]):
        column = values[:, j]
        known = column[eligible & ~np.isnan(column)]
        # Compared by its extremes: the standard deviation of equal numbers need not be exactly 0.
        if known.size > 1 and known.min() < known.max():
            z[:, j] = (column - known.mean()) / known.std(ddof=1)
        z[np.isnan(column), j] = np.nan
    return z


def _squared_distances(rows: Array, candidates: Array, w: Array) -> Array:
    """(rows, candidates); nan for a pair that shares no weighted variable. Summed column by column: no BLAS,
    whose order of summation depends on the shape of the matrix."""
    shape = (rows.shape[0], candidates.shape[0])
    total, shared = np.zeros(shape), np.zeros(shape)
    for j in np.flatnonzero(w > 0):
        difference = rows[:, j, None] - candidates[None, :, j]
        missing = np.isnan(difference)
        difference[missing] = 0.0
        difference *= difference
        total += w[j] * difference
        shared += np.where(missing, 0.0, w[j])
    with np.errstate(invalid="ignore"):
        return np.where(shared > 0, total * (w.sum() / np.where(shared > 0, shared, 1.0)), np.nan)


def _smallest(squared: Array, candidates: NDArray[np.int64], k: int) -> tuple[NDArray[np.int64], Array]:
    """Index and distance of the k smallest of each row, ties by index."""
    rows, m = squared.shape
    index = np.full((rows, k), -1, dtype=np.int64)
    distance = np.full((rows, k), np.nan)
    if m == 0 or k == 0:
        return index, distance
    # Everything up to the k-th smallest, with all its ties; nan sorts last and is dropped by the comparison.
    kth = np.partition(squared, min(k, m) - 1, axis=1)[:, min(k, m) - 1]
    bound = np.where(np.isnan(kth), np.inf, kth)
    row, column = np.nonzero(squared <= bound[:, None])
    found = squared[row, column]
    order = np.lexsort((column, found, row))
    row, column, found = row[order], column[order], found[order]
    place = np.arange(row.size) - np.searchsorted(row, row)
    kept = place < k
    index[row[kept], place[kept]] = candidates[column[kept]]
    distance[row[kept], place[kept]] = np.sqrt(found[kept])
    return index, distance


def _contributions(z: Array, w: Array, index: NDArray[np.int64]) -> Array:
    difference = z[:, None, :] - z[np.maximum(index, 0)]
    part = w * difference * difference
    total = np.nansum(part, axis=2, keepdims=True)
    share = np.where(total > 0, part / np.where(total > 0, total, 1.0), part)
    share[index < 0] = np.nan
    return share
