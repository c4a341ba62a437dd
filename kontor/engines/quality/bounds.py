"""Values outside of what is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from .decimals import written
from .panel import Bools, Panel
from .records import Finding, Limits

CONFIDENCE = 0.99


def impossible(panel: Panel, limits: Mapping[str, Limits]) -> Bools:
    """Which figures lie below the lowest or above the highest possible value of their variable."""
    names = [limits.get(name, Limits("erratic")) for name in panel.variables]
    lowest = np.array([-np.inf if name.lowest is None else name.lowest for name in names])[panel.variable]
    highest = np.array([np.inf if name.highest is None else name.highest for name in names])[panel.variable]
    return (panel.value < lowest) | (panel.value > highest)


def findings(panel: Panel, where: Bools, limits: Mapping[str, Limits]) -> Iterator[Finding]:
    """One finding for each figure `where` it is impossible, with the bound that it breaks."""
    for i in np.flatnonzero(where).tolist():
        area, variable, period = panel.names(i)
        lowest, highest = limits[variable].lowest, limits[variable].highest
        facts = {"value": written(panel.value[i])}
        if lowest is not None and panel.value[i] < lowest:
            facts["lowest"] = written(lowest)
        elif highest is not None:
            facts["highest"] = written(highest)
        yield Finding(area, variable, period, "impossible_value", CONFIDENCE, "exclude", facts)
