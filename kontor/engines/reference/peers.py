"""Nearest peers by comparing every pair, variable by variable."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kontor.engines.peers import Array, Peers


def nearest(
    variables: Array,
    *,
    eligible: NDArray[np.bool_],
    k: int,
    weights: Array | None = None,
    required: int = 0,
) -> Peers:
    """See `kontor.engines.peers.nearest`."""
    rows = [
        [v if math.isfinite(v) else math.nan for v in row]
        for row in np.asarray(variables, dtype=float).tolist()
    ]
    p = np.asarray(variables).shape[1]
    w = [1.0] * p if weights is None else [float(v) for v in weights]
    z = _standardised(rows, [bool(v) for v in eligible], p)
    complete = [not any(math.isnan(v) for v in row[: required + 1]) for row in rows]
    index = np.full((len(rows), k), -1, dtype=np.int64)
    distance, contribution = np.full((len(rows), k), math.nan), np.full((len(rows), k, p), math.nan)
    for i in range(len(rows)):
        pairs = []
        for j in range(len(rows)):
            if i != j and complete[i] and complete[j] and eligible[j]:
                parts = [w[c] * (z[i][c] - z[j][c]) ** 2 for c in range(p)]
                shared = sum(w[c] for c in range(p) if not math.isnan(parts[c]))
                total = sum(part for part in parts if not math.isnan(part))
                if shared > 0:
                    pairs.append((math.sqrt(total * (sum(w) / shared)), j, parts, total))
        for place, (d, j, parts, total) in enumerate(sorted(pairs, key=lambda pair: pair[:2])[:k]):
            index[i, place], distance[i, place] = j, d
            contribution[i, place] = [part / total if total > 0 else part for part in parts]
    return Peers(index=index, distance=distance, contribution=contribution)


def _standardised(rows: list[list[float]], eligible: list[bool], p: int) -> list[list[float]]:
    z = [[math.nan] * p for _ in rows]
    for c in range(p):
        known = [row[c] for row, may in zip(rows, eligible, strict=True) if may and not math.isnan(row[c])]
        constant = len(set(known)) < 2
        mean = 0.0 if constant else math.fsum(known) / len(known)
        spread = 1.0
        if not constant:
            spread = math.sqrt(math.fsum((v - mean) ** 2 for v in known) / (len(known) - 1))
        for i, row in enumerate(rows):
            if not math.isnan(row[c]):
                z[i][c] = 0.0 if constant else (row[c] - mean) / spread
    return z
