"""What a city of its size would report, and how far from it a figure is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .noise import NORMAL
from .panel import Floats, Ints, Panel, groups, medians
from .records import Limits

ROUNDS = 3
FEWEST = 3
"""Variables of a city from which its size is told; cities from which the level of a variable is told."""

LEAST_SPREAD = 0.2


def departures(panel: Panel, limits: Mapping[str, Limits]) -> tuple[Floats, Floats]:
    """Per figure: log of its ratio to the usual figure of a city of this size, and the spread of that among cities.

    The median log of a series is told as the level of its variable plus, for counts and quantities, the size of its
    city, fitted by medians in turn (median polish, Tukey 1977). nan for 0, for degrees and for erratic variables;
    the spread is inf where there are too few cities.
    """
    kinds = np.array([limits[name].kind if name in limits else "erratic" for name in panel.variables])
    told = (panel.value > 0) & ~np.isin(kinds, ("degree", "erratic"))[panel.variable]
    log = np.full(panel.value.shape, np.nan)
    log[told] = np.log(panel.value[told])
    count = groups(panel.series)
    variable, area = np.zeros((2, count), dtype=np.int64)
    variable[panel.series], area[panel.series] = panel.variable, panel.area
    usual, size = medians(log[told], panel.series[told], count)
    known = np.flatnonzero(size)
    sized = np.isin(kinds, ("count", "quantity"))[variable[known]]
    expected = np.full(count, np.nan)
    expected[known], cities = _expected(usual[known], variable[known], area[known], sized, panel)
    spread, _ = medians(np.abs(usual - expected)[known], variable[known], len(panel.variables))
    spread = np.where(cities >= FEWEST, np.maximum(LEAST_SPREAD, NORMAL * spread), np.inf)
    return log - expected[panel.series], spread[panel.variable]


def _expected(
    usual: Floats, variable: Ints, area: Ints, sized: np.ndarray, panel: Panel
) -> tuple[Floats, Ints]:
    size = np.zeros(len(panel.areas))
    for _ in range(ROUNDS):
        level, cities = medians(usual - np.where(sized, size[area], 0), variable, len(panel.variables))
        found, count = medians((usual - level[variable])[sized], area[sized], len(panel.areas))
        size = np.where(count >= FEWEST, found, 0.0)
    return level[variable] + np.where(sized, size[area], 0.0), cities
