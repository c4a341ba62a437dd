"""How far a variable usually moves from one figure to the next, and from which size on a move stands out of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .panel import Bools, Floats, Ints, Panel, groups, medians
from .records import Limits

NORMAL = 1.4826
"""Median absolute deviation -> standard deviation of a normal distribution (Hampel 1974)."""

STANDS_OUT = 5.0
"""So many standard deviations; also against chance in counting, and in steps of the last digit."""

LEAST_NOISE = 0.01
POOLED_CHANGES = 4
"""So many changes of a series weigh as much as what is known from the same variable in all other cities."""

LOUDEST = 2.0
"""No series is taken to be noisier than this many times the usual one: its errors would hide themselves."""

FEWEST_CITIES = 5
"""Cities of a country that must have changed in the same years before a common move is told from theirs."""

COMMON_MOVE = 3.0
"""In standard deviations of a usual change: larger common moves are errors or breaks that all of them made."""

LEAST_POINTS = 3.0
"""Percentage points by which a share must move."""


@dataclass(frozen=True, slots=True)
class Changes:
    """m changes between neighbouring figures of a series; `at` is the place of the later one.

    `net` is the change of level less what the cities of the country did together; `threshold` is the size from
    which a net change stands out; `told` is false where counting, rounding or a few points explain the change.
    """

    at: Ints
    net: Floats
    threshold: Floats
    told: Bools


def levels(panel: Panel, limits: Mapping[str, Limits]) -> Floats:
    """Values on the scale on which equal changes are alike: logs, log-odds of shares, degrees as they are.

    Zeros get half a thing (counts), a hundredth of the variable's median, or half a point (shares).
    """
    level = np.zeros_like(panel.value)
    for name in panel.variables:
        where = panel.where(name)
        value = panel.value[where]
        if not value.size:
            continue
        kind = limits[name].kind
        if kind == "share":
            share = np.clip(value, 0, 100)
            level[where] = np.log((share + 0.5) / (100.5 - share))
        elif kind == "degree":
            level[where] = value
        elif kind != "erratic":
            positive = value[value > 0]
            least = 0.5 if kind == "count" or not positive.size else 0.01 * float(np.median(positive))
            level[where] = np.log(np.maximum(value, 0) + least)
    return level


def changes(panel: Panel, level: Floats, limits: Mapping[str, Limits]) -> Changes:
    """The changes of all series and the thresholds from which they stand out.

    A change over t years may be t ** (1/4) times as large as over one (noise stays, drift grows with t ** (1/2)).
    """
    at = 1 + np.flatnonzero(np.diff(panel.series) == 0)
    years = np.maximum(1, np.diff(panel.years[panel.period])[at - 1]).astype(np.float64)
    change, longer = level[at] - level[at - 1], years**0.25
    usual = _usual(panel, at, np.abs(change) / longer)[0]
    net = change - _common_move(panel, at, change, most=COMMON_MOVE * usual * longer)
    usual, noise = _usual(panel, at, np.abs(net) / longer)
    least = np.array([limits[name].least if name in limits else 0.0 for name in panel.variables])
    threshold = np.maximum(
        STANDS_OUT * np.maximum(usual, noise) * longer, least[panel.variable[at]] * np.sqrt(years)
    )
    return Changes(at, net, threshold, _told(panel, at, limits))


def _usual(panel: Panel, at: Ints, size: Floats) -> tuple[Floats, Floats]:
    """Per change: the usual change of the variable, and of the series drawn towards it.

    Among four changes one wrong figure makes two large ones: it must not pass for the noise of its series.
    """
    series, variable = panel.series[at], panel.variable[at]
    own, count = medians(size, series, groups(panel.series), lower_up_to=POOLED_CHANGES)
    known = np.flatnonzero(count >= POOLED_CHANGES)
    of = np.zeros(own.size, dtype=np.int64)
    of[series] = variable
    pooled, _ = medians(own[known], of[known], len(panel.variables))
    usual = np.maximum(LEAST_NOISE, NORMAL * np.nan_to_num(pooled))[variable]
    mine = np.minimum(NORMAL * own[series], LOUDEST * usual)
    weight = count[series]
    return usual, np.sqrt((weight * mine**2 + POOLED_CHANGES * usual**2) / (weight + POOLED_CHANGES))


def _common_move(panel: Panel, at: Ints, change: Floats, most: Floats) -> Floats:
    """The median change of the cities of the country in the same years: 0 where they are few or it is too large."""
    key = panel.variable[at] * groups(panel.countries) + panel.countries[panel.area[at]]
    key = (key * len(panel.periods) + panel.period[at - 1]) * len(panel.periods) + panel.period[at]
    _, group = np.unique(key, return_inverse=True)
    median, cities = medians(change, group, groups(group))
    move = median[group]
    return np.where((cities[group] >= FEWEST_CITIES) & (np.abs(move) <= most), move, 0.0)


def _told(panel: Panel, at: Ints, limits: Mapping[str, Limits]) -> Bools:
    """Neither chance (Anscombe 1948, for counts), nor the last digit, nor a few points explain the change."""
    before, after = panel.value[at - 1], panel.value[at]
    size = np.abs(after - before)
    kinds = np.array([limits[name].kind if name in limits else "erratic" for name in panel.variables])
    kind = kinds[panel.variable[at]]
    root = np.sqrt(np.maximum(before, 0) + 0.375) - np.sqrt(np.maximum(after, 0) + 0.375)
    chance = (kind != "count") | (np.sqrt(2) * np.abs(root) >= STANDS_OUT)
    points = (kind != "share") | (size >= LEAST_POINTS)
    digits = size >= STANDS_OUT * _last_digit(panel)[at]
    return np.asarray((kind != "erratic") & chance & points & digits, dtype=np.bool_)


def _last_digit(panel: Panel) -> Floats:
    """Per figure: 1 where its series is in whole numbers, 0.1 where it has one decimal, else 0.01."""
    count = groups(panel.series)
    step = np.full(count, 0.01)
    for unit in (0.1, 1.0):
        parts = panel.value / unit
        fraction = np.abs(parts - np.rint(parts)) > 1e-6
        step[np.bincount(panel.series[fraction], minlength=count) == 0] = unit
    return step[panel.series]
