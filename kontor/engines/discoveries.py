"""Many tests at once: which p-values may be called discoveries."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p_values: ArrayLike, rate: float = 0.05) -> NDArray[np.bool_]:
    """Which of the p-values (1-d) are discoveries, so that at most `rate` of them are false on average.

    The step-up procedure of Benjamini & Hochberg (1995): all up to the largest rank i with p_(i) <= i/m * rate.
    nan is never one and does not count among the m tests.
    """
    p = np.asarray(p_values, dtype=np.float64)
    ordered = np.sort(p[np.isfinite(p)])
    ranks = np.arange(1, ordered.size + 1)
    passed = ordered[ordered <= ranks / max(1, ordered.size) * rate]
    return p <= passed[-1] if passed.size else np.zeros(p.shape, dtype=np.bool_)
