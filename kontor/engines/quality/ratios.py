"""Published rates that are not what their parts give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .decimals import written
from .panel import Floats, Panel
from .records import Finding, Ratio
from .sums import together

SLACK = 2e-4
"""Relative: parts that are published rounded themselves move the rate by so much."""

CONFIDENCE = 0.95


def recomputed(panel: Panel, ratio: Ratio) -> tuple[np.ndarray, Floats]:
    """Places of the published figures whose parts are all there, and what the parts give (not rounded)."""
    names = [ratio.published, *ratio.numerators, *ratio.denominators]
    rows = together(panel, names)
    top = panel.value[rows[:, 1 : 1 + len(ratio.numerators)]].prod(axis=1)
    bottom = panel.value[rows[:, 1 + len(ratio.numerators) :]].prod(axis=1)
    defined = bottom != 0
    return rows[defined, 0], ratio.scale * top[defined] / bottom[defined]


def agree(published: Floats, exact: Floats, decimals: int) -> np.ndarray:
    """Whether the published rate is the exact one after rounding to its decimals."""
    return np.abs(published - exact) <= 0.5 * 10.0**-decimals + SLACK * np.abs(exact) + 1e-9


def findings(panel: Panel, ratios: Sequence[Ratio]) -> Iterator[Finding]:
    """One finding for each published rate that disagrees."""
    for ratio in ratios:
        rows, exact = recomputed(panel, ratio)
        wrong = ~agree(panel.value[rows], exact, ratio.decimals)
        for row, expected in zip(rows[wrong].tolist(), exact[wrong].tolist(), strict=True):
            area, variable, period = panel.names(row)
            facts = {
                "value": written(panel.value[row]),
                "expected": written(round(expected, ratio.decimals)),
                "parts": ", ".join((*ratio.numerators, *ratio.denominators)),
            }
            yield Finding(area, variable, period, "rate_disagrees", CONFIDENCE, "ask", facts)
