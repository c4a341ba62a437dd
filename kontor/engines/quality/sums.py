"""Parts that do not add up to their total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .decimals import about, written
from .panel import Bools, Floats, Ints, Panel
from .records import Finding, Sum

ROUNDED_TO = (0.01, 0.1, 1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0)
FIXED_ROUNDED_TO = 1.0
"""Parts of a fixed total (100 %) are never taken to be rounded more coarsely than this."""

CONFIDENCE = (0.70, 0.10, 0.95)
"""Just beyond the tolerance, for each further doubling of what is off, at most."""


def findings(panel: Panel, sums: Sequence[Sum], outliers: Bools) -> Iterator[Finding]:
    """One finding for each figure of a sum that is off; all parts must be there, and the total.

    Where some of the figures are outliers of their own series, it is only them that the sum speaks of.
    """
    for check in sums:
        names = [*check.parts, *([check.total] if isinstance(check.total, str) else [])]
        rows = together(panel, names)
        if not rows.size:
            continue
        values = panel.value[rows]
        parts = values[:, : len(check.parts)].sum(axis=1)
        total = values[:, -1] if isinstance(check.total, str) else np.full(parts.shape, float(check.total))
        difference = parts - total
        slack = _rounding(values, fixed=not isinstance(check.total, str)) * len(names) / 2
        above = np.full(parts.shape, np.inf) if check.above is None else check.above + slack
        below = np.full(parts.shape, np.inf) if check.below is None else check.below + slack
        allowed = np.where(difference > 0, above, below) + 1e-9
        for at in np.flatnonzero(np.abs(difference) > allowed).tolist():
            surety = _confidence(abs(difference[at]) / allowed[at])
            facts = {
                "sum": about(parts[at], 12),
                "most" if check.below is None else "total": written(total[at]),
                "parts": ", ".join(check.parts),
                "name": check.name,
            }
            suspects = outliers[rows[at]]
            for row in rows[at][suspects if suspects.any() else slice(None)].tolist():
                area, variable, period = panel.names(row)
                facts_here = {"value": written(panel.value[row]), **facts}
                yield Finding(area, variable, period, "sum_off", surety, "ask", facts_here)


def together(panel: Panel, names: Sequence[str]) -> Ints:
    """(m, variables): places of the figures of those areas and periods in which all variables are there."""
    slices = [panel.where(name) for name in names]
    keys = [panel.keys(where) for where in slices]
    common = keys[0]
    for other in keys[1:]:
        common = np.intersect1d(common, other, assume_unique=True)
    places = [where.start + np.searchsorted(key, common) for where, key in zip(slices, keys, strict=True)]
    return np.stack(places, axis=1)


def _rounding(values: Floats, *, fixed: bool) -> Floats:
    """The coarsest step of which all values of a row are multiples."""
    step = np.zeros(values.shape[0])
    for unit in ROUNDED_TO:
        if fixed and unit > FIXED_ROUNDED_TO:
            break
        parts = values / unit
        whole = (np.abs(parts - np.rint(parts)) < 1e-6).all(axis=1)
        step[whole] = unit
    return step


def _confidence(times: float) -> float:
    base, doubling, most = CONFIDENCE
    return round(min(most, base + doubling * float(np.log2(times))), 2)
