"""The step-up procedure as it is told: sort, find the last that passes, take all up to it."""

from __future__ import annotations

import math
from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """True for every p-value that is not larger than the largest one passing its own line."""
    tests = sorted(p for p in p_values if not math.isnan(p))
    limit = -1.0
    for rank, p in enumerate(tests, start=1):
        if p <= rank / len(tests) * rate:
            limit = p
    return [p <= limit for p in p_values]
