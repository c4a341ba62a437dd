"""Figures that leave their series: other units, outliers, changes of level; and figures no city of the size has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from .decimals import about, written
from .noise import Changes, changes, levels
from .panel import Bools, Floats, Panel
from .records import Finding, Limits
from .segments import OTHER_UNIT, WEAK, WITH_UNITS, Doubt, Series, doubts
from .sizes import departures

FEWEST_FIGURES = 4
"""In shorter series nothing but another unit is told."""

ALONE = 10.0
"""Spreads among cities from which on a figure is in another unit, whatever its neighbours say."""

BREAK, UNSURE = "b", "depu"
"""Flags: break in series; definition differs, estimated, provisional, low reliability."""

LESS_SURE = 0.95
"""Factor of the confidence where the source has announced that the figure is unsure."""

CONFIDENCE = {
    "unit_switch": (0.97, 0.0, 0.97),
    "outlier": (0.60, 0.20, 0.95),
    "level_shift": (0.50, 0.20, 0.92),
    "break_flagged": (0.80, 0.05, 0.95),
}
"""By kind: at the threshold, for each doubling of the jump, at most. Fitted to labelled series (bench/quality)."""

WITHOUT_CLEAR_FACTOR = 0.85
TREATMENT = {"unit_switch": "exclude", "outlier": "ask", "level_shift": "ask", "break_flagged": "keep"}


def findings(panel: Panel, limits: Mapping[str, Limits]) -> Iterator[Finding]:
    """Of a panel without impossible values."""
    level = levels(panel, limits)
    found = changes(panel, level, limits)
    departure, spread = departures(panel, limits)
    seen = np.zeros(panel.value.size, dtype=np.bool_)
    for first, series in _suspicious(panel, level, found, departure, spread, limits):
        short = len(series.level) < FEWEST_FIGURES
        for doubt in doubts(series):
            if short and abs(doubt.expected - series.level[doubt.figure]) < OTHER_UNIT:
                continue
            seen[first + doubt.figure] = doubt.kind != "level_shift"
            yield _finding(panel, first, doubt, series, level)
    yield from _alone(panel, departure, spread, seen, limits)


def _suspicious(
    panel: Panel,
    level: Floats,
    found: Changes,
    departure: Floats,
    spread: Floats,
    limits: Mapping[str, Limits],
) -> Iterator[tuple[int, Series]]:
    """The series in which at least one change stands out, with the place of their first figure."""
    flagged = np.char.find(panel.flags, BREAK) >= 0
    size = np.abs(found.net)
    strong, threshold, net = np.zeros((3, panel.value.size))
    strong[found.at] = found.told & (size >= WEAK * found.threshold)
    threshold[found.at], net[found.at] = found.threshold, found.net
    path = np.cumsum(net)
    standing = found.told & (size >= np.where(flagged[found.at], WEAK, 1.0) * found.threshold)
    suspicious = np.unique(panel.series[found.at[standing]])
    firsts, lasts = (np.searchsorted(panel.series, suspicious, side).tolist() for side in ("left", "right"))
    for first, last in zip(firsts, lasts, strict=True):
        part = slice(first, last)
        yield (
            first,
            Series(
                level=(path[part] - path[first] + level[first]).tolist(),
                threshold=threshold[part].tolist(),
                strong=(strong[part] > 0).tolist(),
                flagged=flagged[part].tolist(),
                zero=(panel.value[part] == 0).tolist(),
                departure=departure[part].tolist(),
                spread=float(spread[first]),
                kind=limits[panel.variables[panel.variable[first]]].kind,
            ),
        )


def _finding(panel: Panel, first: int, doubt: Doubt, series: Series, level: Floats) -> Finding:
    i = first + doubt.figure
    area, variable, period = panel.names(i)
    leap = series.level[doubt.figure] - doubt.expected
    expected = _value(level[i] - leap, panel.value[i], level[i], series.kind)
    clear = doubt.kind != "unit_switch" or abs(leap) >= OTHER_UNIT
    confidence = _confidence(doubt.kind, doubt.strength, panel.flags[i]) if clear else WITHOUT_CLEAR_FACTOR
    facts = {"value": written(panel.value[i]), "expected": about(expected)}
    if doubt.kind == "unit_switch":
        facts["factor"] = about(math.exp(abs(leap)), 2)
    elif doubt.kind != "outlier":
        facts["before"] = panel.names(i - 1)[2]
    return Finding(area, variable, period, doubt.kind, confidence, TREATMENT[doubt.kind], facts)


def _confidence(kind: str, strength: float, flags: str) -> float:
    base, doubling, most = CONFIDENCE[kind]
    sure = min(most, base + doubling * math.log2(max(strength, 1.0)))
    return round(sure * (LESS_SURE if any(flag in flags for flag in UNSURE) else 1.0), 2)


def _value(level: float, value: float, own: float, kind: str) -> float:
    """Back from the scale of `levels`; `value` and its level `own` give the amount that zeros were lifted by."""
    if kind == "degree":
        return level
    if kind == "share":
        odds = math.exp(level)
        return max(0.0, (100.5 * odds - 0.5) / (1 + odds))
    return max(0.0, math.exp(level) - (math.exp(own) - value))


def _alone(
    panel: Panel, departure: Floats, spread: Floats, seen: Bools, limits: Mapping[str, Limits]
) -> Iterator[Finding]:
    """Figures fifty times off what cities of the size report: their whole series may be in the other unit."""
    kinds = [limits[name].kind if name in limits else "erratic" for name in panel.variables]
    units = np.isin(kinds, (*WITH_UNITS, "share"))
    size = np.abs(departure)
    off = (size >= OTHER_UNIT) & (size >= ALONE * spread) & units[panel.variable] & ~seen
    for i in np.flatnonzero(off).tolist():
        area, variable, period = panel.names(i)
        facts = {
            "value": written(panel.value[i]),
            "expected": about(panel.value[i] / math.exp(departure[i])),
            "factor": about(math.exp(size[i]), 2),
        }
        yield Finding(
            area, variable, period, "unit_switch", WITHOUT_CLEAR_FACTOR, TREATMENT["unit_switch"], facts
        )
