"""Cell-key perturbation in exact whole numbers and by a general-purpose optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize


def record_key(record: str, secret: bytes) -> int:
    """The key of one record as a whole number below 2**64."""
    digest = blake2b(record.encode(), digest_size=8, key=secret, person=b"kontor.cellkey").digest()
    return int.from_bytes(digest, "little")


def cell_key(records: Sequence[str], secret: bytes) -> int:
    """The key of a cell with these records."""
    return sum(record_key(record, secret) for record in records) % 2**64


def row(count: int, largest: int, variance: float, never: int) -> NDArray[np.float64]:
    """The probabilities of the changes -largest..largest of a count, by sequential quadratic programming."""
    changes = np.arange(-largest, largest + 1)
    allowed = (count + changes == 0) | (count + changes > never)
    d = changes[allowed].astype(float)
    found = minimize(
        lambda p: float(np.sum(p * np.log(np.maximum(p, 1e-300)))),
        np.full(d.size, 1 / d.size),
        bounds=[(0, 1)] * d.size,
        constraints=[
            {"type": "eq", "fun": lambda p: p.sum() - 1},
            {"type": "eq", "fun": lambda p: p @ d},
            {"type": "eq", "fun": lambda p: p @ d**2 - variance},
        ],
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-13},
    )
    chances = np.zeros(changes.size)
    chances[allowed] = found.x
    return chances


def change(count: int, key: int, chances: Sequence[float], largest: int) -> int:
    """The change of a count: the first whose summed probability is above key / 2**64."""
    if count == 0:
        return 0
    reached = 0.0
    for deviation, chance in zip(range(-largest, largest + 1), chances, strict=True):
        reached += chance
        if key / 2**64 < reached:
            return deviation
    return largest
