"""The plausibility engine as it is told: one series after the other, in dictionaries and lists."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import median, median_low

import numpy as np

from kontor.engines.quality.records import Checks, Columns, Limits, Ratio, Sum
from kontor.engines.reference.quality_series import SIZED, Reading

Key = tuple[str, str]  # variable, area
Values = dict[Key, dict[str, float]]  # period -> value
Found = tuple[str, str, str, str, float]  # variable, area, period, kind, confidence
Figure = tuple[str, str, str]  # variable, area, period


def assess(figures: Columns, checks: Checks) -> list[Found]:
    """Variable, area, period, kind and confidence of every finding, sorted."""
    values: Values = defaultdict(dict)
    flags: dict[Figure, str] = {}
    rows = zip(figures.variable, figures.area, figures.period, figures.value, figures.flags, strict=True)
    found: list[Found] = []
    for variable, area, period, value, letters in sorted(rows, key=lambda row: row[:3]):
        limits = checks.variables.get(variable)
        if limits is None:
            continue
        if _impossible(float(value), limits):
            found.append((variable, area, period, "impossible_value", 0.99))
        else:
            values[variable, area][period] = float(value)
            flags[variable, area, period] = letters
    found += _jumps(values, flags, _years(set(figures.period)), checks.variables)
    for variable, area, period, kind, _ in found:
        if kind in ("impossible_value", "unit_switch"):
            values[variable, area].pop(period, None)
    outliers = {finding[:3] for finding in found if finding[3] == "outlier"}
    found += [finding for check in checks.sums for finding in _sum(values, check, outliers)]
    found += [finding for ratio in checks.ratios for finding in _ratio(values, ratio)]
    first: dict[tuple[str, str, str, str], Found] = {}
    for finding in found:
        first.setdefault(finding[:4], finding)
    return sorted(finding for finding in first.values() if finding[4] >= 0.5)


def _impossible(value: float, limits: Limits) -> bool:
    return (limits.lowest is not None and value < limits.lowest) or (
        limits.highest is not None and value > limits.highest
    )


# --- Jumps ---


def _jumps(
    values: Values, flags: Mapping[Figure, str], year: Mapping[str, int], limits: Mapping[str, Limits]
) -> list[Found]:
    levels = _levels(values, limits)
    years = {key: [year[period] for period in series] for key, series in levels.items()}
    net, threshold = _noise(levels, years, limits)
    far, spread = _departures(values, limits)
    found = []
    for key, series in levels.items():
        periods, value = list(series), list(values[key].values())
        limit = limits[key[0]]
        told = [_told(a, b, value, limit.kind) for a, b in pairwise(value)]
        letters = [flags[(*key, period)] for period in periods]
        standing = [
            ok and abs(n) >= t * (0.6 if "b" in f else 1)
            for ok, n, t, f in zip(told, net[key], threshold[key], letters[1:], strict=True)
        ]
        if any(standing):
            strong = [
                ok and abs(n) >= 0.6 * t for ok, n, t in zip(told, net[key], threshold[key], strict=True)
            ]
            start = next(iter(series.values()))
            path = [start + sum(net[key][:i]) for i in range(len(periods))]
            reading = Reading(
                path, threshold[key], strong, letters, value, far[key], spread[key[0]], limit.kind
            )
            for i, kind, leap, strength in reading.doubts():
                if len(periods) >= 4 or leap >= math.log(50):
                    found.append((*key, periods[i], kind, _confidence(kind, leap, strength, letters[i])))
    known = {finding[:3] for finding in found if finding[3] != "level_shift"}
    return found + [finding for finding in _alone(values, far, spread, limits) if finding[:3] not in known]


def _years(periods: set[str]) -> dict[str, int]:
    if all(period[:4].isdecimal() for period in periods):
        return {period: int(period[:4]) for period in periods}
    return {period: place for place, period in enumerate(sorted(periods))}


def _levels(values: Values, limits: Mapping[str, Limits]) -> Values:
    positive: dict[str, list[float]] = defaultdict(list)
    for (variable, _), series in values.items():
        positive[variable] += [value for value in series.values() if value > 0]
    return {
        (variable, area): {
            period: _level(value, limits[variable].kind, positive[variable])
            for period, value in series.items()
        }
        for (variable, area), series in values.items()
    }


def _level(value: float, kind: str, positive: Sequence[float]) -> float:
    if kind == "erratic":
        return 0.0
    if kind == "degree":
        return value
    if kind == "share":
        share = min(max(value, 0), 100)
        return float(np.log((share + 0.5) / (100.5 - share)))
    least = 0.5 if kind == "count" or not positive else 0.01 * median(positive)
    return float(np.log(max(value, 0) + least))


def _noise(
    levels: Values, years: Mapping[Key, list[int]], limits: Mapping[str, Limits]
) -> tuple[dict[Key, list[float]], dict[Key, list[float]]]:
    """Net changes and their thresholds per series."""
    gap = {key: [max(1, b - a) for a, b in pairwise(times)] for key, times in years.items()}
    change = {key: [b - a for a, b in pairwise(series.values())] for key, series in levels.items()}
    usual, _ = _usual(change, gap)
    together: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for (variable, area), series in levels.items():
        for (before, after), moved in zip(pairwise(series), change[variable, area], strict=True):
            together[variable, area[:2], before, after].append(moved)
    net: dict[Key, list[float]] = {}
    for key, series in levels.items():
        net[key] = []
        for (before, after), moved, t in zip(pairwise(series), change[key], gap[key], strict=True):
            cities = together[key[0], key[1][:2], before, after]
            common = median(cities)
            believed = len(cities) >= 5 and abs(common) <= 3 * usual[key[0]] * t**0.25
            net[key].append(moved - common if believed else moved)
    usual, own = _usual(net, gap)
    threshold = {
        key: [
            max(5 * max(usual[key[0]], own[key]) * t**0.25, limits[key[0]].least * t**0.5) for t in gap[key]
        ]
        for key in levels
    }
    return net, threshold


def _usual(
    change: Mapping[Key, list[float]], gap: Mapping[Key, list[int]]
) -> tuple[dict[str, float], dict[Key, float]]:
    """The usual change of each variable, and of each series drawn towards it."""
    size = {
        key: [abs(c) / t**0.25 for c, t in zip(change[key], gap[key], strict=True)]
        for key in change
        if change[key]
    }
    of: dict[str, list[float]] = defaultdict(list)
    for (variable, _), sizes in size.items():
        if len(sizes) >= 4:
            of[variable].append(_middle(sizes))
    usual = {
        variable: max(0.01, 1.4826 * median(of[variable])) if of[variable] else 0.01 for variable, _ in change
    }
    own = {}
    for key, sizes in size.items():
        mine, n = min(1.4826 * _middle(sizes), 2 * usual[key[0]]), len(sizes)
        own[key] = math.sqrt((n * mine**2 + 4 * usual[key[0]] ** 2) / (n + 4))
    return usual, own | {key: usual[key[0]] for key in change if key not in own}


def _middle(sizes: list[float]) -> float:
    return median_low(sizes) if len(sizes) <= 4 else median(sizes)


def _told(a: float, b: float, series: Sequence[float], kind: str) -> bool:
    if kind == "count" and np.sqrt(2) * abs(math.sqrt(a + 0.375) - math.sqrt(b + 0.375)) < 5:
        return False
    if kind == "share" and abs(b - a) < 3:
        return False
    step = 0.01
    for unit in (0.1, 1.0):
        if all(abs(value / unit - round(value / unit)) <= 1e-6 for value in series):
            step = unit
    return kind != "erratic" and abs(b - a) >= 5 * step


def _departures(
    values: Values, limits: Mapping[str, Limits]
) -> tuple[dict[Key, list[float]], dict[str, float]]:
    """Per figure its log over that of a usual city of the size, and per variable the spread of that among cities."""
    logs = {}
    for (variable, area), series in values.items():
        positive = [float(np.log(value)) for value in series.values() if value > 0]
        if positive and limits[variable].kind not in ("degree", "erratic"):
            logs[variable, area] = median(positive)
    size: dict[str, float] = defaultdict(float)
    level: dict[str, float] = {}

    def expected(key: Key) -> float:
        return level[key[0]] + (size[key[1]] if limits[key[0]].kind in SIZED else 0.0)

    for _ in range(3):
        by_variable: dict[str, list[float]] = defaultdict(list)
        for key, log in logs.items():
            by_variable[key[0]].append(log - (size[key[1]] if limits[key[0]].kind in SIZED else 0.0))
        level = {variable: median(left) for variable, left in by_variable.items()}
        by_area: dict[str, list[float]] = defaultdict(list)
        for key, log in logs.items():
            if limits[key[0]].kind in SIZED:
                by_area[key[1]].append(log - level[key[0]])
        size = defaultdict(float, {area: median(left) for area, left in by_area.items() if len(left) >= 3})
    off: dict[str, list[float]] = defaultdict(list)
    for key, log in logs.items():
        off[key[0]].append(abs(log - expected(key)))
    spread = {variable: math.inf for variable, _ in values}
    spread |= {v: max(0.2, 1.4826 * median(sizes)) for v, sizes in off.items() if len(sizes) >= 3}
    far = {
        key: [
            float(np.log(v)) - expected(key) if v > 0 and key in logs else math.nan for v in series.values()
        ]
        for key, series in values.items()
    }
    return far, spread


def _alone(
    values: Values, far: Mapping[Key, list[float]], spread: Mapping[str, float], limits: Mapping[str, Limits]
) -> list[Found]:
    return [
        (*key, period, "unit_switch", 0.85)
        for key, series in values.items()
        for period, off in zip(series, far[key], strict=True)
        if limits[key[0]].kind in (*SIZED, "rate", "share")
        and abs(off) >= math.log(50)
        and abs(off) >= 10 * spread[key[0]]
    ]


def _confidence(kind: str, leap: float, strength: float, flags: str) -> float:
    if kind == "unit_switch" and leap < math.log(50):
        return 0.85
    base, doubling, most = {
        "unit_switch": (0.97, 0, 0.97),
        "outlier": (0.6, 0.2, 0.95),
        "level_shift": (0.5, 0.2, 0.92),
        "break_flagged": (0.8, 0.05, 0.95),
    }[kind]
    sure = min(most, base + doubling * math.log2(max(1.0, strength)))
    return round(sure * 0.95, 2) if set(flags) & set("depu") else round(sure, 2)


# --- Sums and rates ---


def _complete(values: Values, variables: Sequence[str]) -> Iterable[tuple[str, str, list[float]]]:
    """Area, period and the figures wherever all variables are there."""
    for variable, area in list(values):
        if variable == variables[0]:
            for period in values[variable, area]:
                row = [values.get((v, area), {}).get(period) for v in variables]
                figures = [figure for figure in row if figure is not None]
                if len(figures) == len(variables):
                    yield area, period, figures


def _sum(values: Values, check: Sum, outliers: set[Figure]) -> Iterable[Found]:
    fixed = not isinstance(check.total, str)
    variables = [*check.parts, *([] if fixed else [str(check.total)])]
    for area, period, figures in _complete(values, variables):
        total = float(check.total) if fixed else figures[-1]
        difference = sum(figures[: len(check.parts)]) - total
        limit = check.above if difference > 0 else check.below
        if limit is None:
            continue
        allowed = limit + _step(figures, fixed=fixed) * len(variables) / 2 + 1e-9
        if abs(difference) > allowed:
            sure = round(min(0.95, 0.7 + 0.1 * math.log2(abs(difference) / allowed)), 2)
            suspects = [v for v in variables if (v, area, period) in outliers]
            for variable in suspects or variables:
                yield variable, area, period, "sum_off", sure


def _step(figures: Sequence[float], *, fixed: bool) -> float:
    steps = (0.01, 0.1, 1.0) if fixed else (0.01, 0.1, 1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0)
    return max(
        (s for s in steps if all(abs(figure / s - round(figure / s)) < 1e-6 for figure in figures)),
        default=0.0,
    )


def _ratio(values: Values, ratio: Ratio) -> Iterable[Found]:
    variables = [ratio.published, *ratio.numerators, *ratio.denominators]
    for area, period, (published, *parts) in _complete(values, variables):
        bottom = math.prod(parts[len(ratio.numerators) :])
        if bottom:
            exact = ratio.scale * math.prod(parts[: len(ratio.numerators)]) / bottom
            if abs(published - exact) > 0.5 * 10.0**-ratio.decimals + 2e-4 * abs(exact) + 1e-9:
                yield ratio.published, area, period, "rate_disagrees", 0.95
