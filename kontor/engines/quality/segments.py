"""A series cut where it jumps, and the reading of it that calls the fewest figures wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

WEAK = 0.6
"""Of the threshold: in a series with one jump, lesser ones are looked at too; a flagged break needs no more."""

RETURN = 0.8
"""Of the threshold: what leaves and returns says so twice."""

BESIDE = 3
"""Figures beside a jump that tell the levels before and after it: long series drift."""

LONGEST_RUN = 4
"""Figures that may be wrong in a row; a longer stay is a level of its own, unless it is in another unit."""

SHIFT = 2.2
"""One lasting change of level is as hard to believe as so many wrong figures."""

MOST_CANDIDATES = 6
OTHER_UNIT = math.log(50)
"""No subject grows fifty-fold between two figures: that is another unit, or a decimal point."""

A_FEW = math.log(10)
"""Counts below ten may grow to hundreds, so that what follows them is not in another unit."""

WITHOUT_FACTOR = math.log(5)
SIZED = ("count", "quantity")
WITH_UNITS = (*SIZED, "rate")
FAR, NEAR = 5.0, 2.5
"""In spreads among cities: beyond `FAR` no city of this size is expected, within `NEAR` it is a usual one."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is told of one series: per figure its level (less common moves) and departure from a city of its size.

    `threshold[i]` is the change from i - 1 to i that stands out, `strong[i]` whether one that is worth a cut is
    there; their first entries mean nothing. `spread` is that of the departures among cities.
    """

    level: Sequence[float]
    threshold: Sequence[float]
    strong: Sequence[bool]
    flagged: Sequence[bool]
    zero: Sequence[bool]
    departure: Sequence[float]
    spread: float
    kind: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """One figure in doubt: its kind, the level that was to be expected, and the jump in units of its threshold."""

    figure: int
    kind: str
    expected: float
    strength: float


@dataclass(slots=True)
class Segment:
    """Neighbouring figures on one level (their median); `zero` where there is none of the thing."""

    figures: list[int]
    level: float
    zero: bool


def doubts(series: Series) -> list[Doubt]:
    """What is wrong in a series, by figure: unit_switch, outlier, level_shift or break_flagged."""
    segments = _joined(_cut(series), series)
    off = _wrong(segments, series)
    found = [doubt for j in off for doubt in _returned(j, off, segments, series)]
    rest = _joined([segment for j, segment in enumerate(segments) if j not in off], series)
    found += _other_units(rest, series)
    found += _shifts(rest, series)
    return sorted(found, key=lambda doubt: doubt.figure)


def _cut(series: Series) -> list[Segment]:
    cuts = [0, *(i for i in range(1, len(series.level)) if series.strong[i]), len(series.level)]
    return [_segment(list(range(first, last)), series) for first, last in pairwise(cuts)]


def _segment(figures: list[int], series: Series) -> Segment:
    zero = all(series.zero[i] for i in figures)
    return Segment(figures, median([series.level[i] for i in figures]), zero)


def _joined(segments: list[Segment], series: Series) -> list[Segment]:
    """Neighbours that lie on one level after all become one."""
    joined: list[Segment] = []
    for segment in segments:
        if joined and _strength(joined[-1], segment, series) < WEAK:
            joined[-1] = _segment(joined[-1].figures + segment.figures, series)
        else:
            joined.append(segment)
    return joined


def _end(segment: Segment, series: Series) -> float:
    """The level with which a segment ends."""
    return median([series.level[i] for i in segment.figures[-BESIDE:]])


def _start(segment: Segment, series: Series) -> float:
    return median([series.level[i] for i in segment.figures[:BESIDE]])


def _strength(before: Segment, after: Segment, series: Series) -> float:
    """The jump between two segments in units of its threshold."""
    return abs(_start(after, series) - _end(before, series)) / series.threshold[after.figures[0]]


def _wrong(segments: list[Segment], series: Series) -> tuple[int, ...]:
    """The segments to call wrong, so that wrong figures and lasting changes of level are fewest together."""
    inner = range(1, len(segments) - 1)
    candidates = [
        j for j in inner if len(segments[j].figures) <= LONGEST_RUN or _leap(j, segments) >= OTHER_UNIT
    ]
    candidates = sorted(sorted(candidates, key=lambda j: -_leap(j, segments))[:MOST_CANDIDATES])
    best: tuple[int, ...] = ()
    least = SHIFT * (len(segments) - 1)
    for many in range(1, len(candidates) + 1):
        for off in combinations(candidates, many):
            cost = _cost(off, segments, series)
            if cost < least - 1e-9:
                best, least = off, cost
    return best


def _leap(j: int, segments: list[Segment]) -> float:
    level = segments[j].level
    return min(abs(level - segments[j - 1].level), abs(level - segments[j + 1].level))


def _neighbours(j: int, off: Sequence[int], segments: list[Segment]) -> tuple[Segment, Segment]:
    """The nearest segments before and after that are not off (the outermost never are)."""
    before, after = j - 1, j + 1
    while before in off:
        before -= 1
    while after in off:
        after += 1
    return segments[before], segments[after]


def _cost(off: tuple[int, ...], segments: list[Segment], series: Series) -> float:
    """Wrong figures plus lasting changes; inf where one that is off does not leave and return."""
    for j in off:
        before, after = _neighbours(j, off, segments)
        up, down = segments[j].level - before.level, segments[j].level - after.level
        if up * down <= 0 or abs(after.level - before.level) > min(abs(up), abs(down)) / 2:
            return math.inf
    rest = _joined([segment for j, segment in enumerate(segments) if j not in off], series)
    return sum(len(segments[j].figures) for j in off) + SHIFT * (len(rest) - 1)


def _returned(j: int, off: tuple[int, ...], segments: list[Segment], series: Series) -> list[Doubt]:
    segment = segments[j]
    before, after = _neighbours(j, off, segments)
    strength = min(_strength(before, segment, series), _strength(segment, after, series))
    expected = (_end(before, series) + _start(after, series)) / 2
    another = abs(segment.level - expected) >= OTHER_UNIT and _may_be_right(expected, series)
    kind = "unit_switch" if another and not segment.zero else "outlier"
    return [Doubt(i, kind, expected, strength) for i in segment.figures if strength >= RETURN]


def _may_be_right(level: float, series: Series) -> bool:
    """Whether figures beside this level can be in another unit."""
    return series.kind in WITH_UNITS and (series.kind != "count" or level >= A_FEW)


def _other_units(segments: list[Segment], series: Series) -> list[Doubt]:
    """Takes out of the segments those that are in another unit to the end (or from the beginning) of the series."""
    found: list[Doubt] = []
    while len(segments) > 1:
        j = max(range(1, len(segments)), key=lambda j: abs(segments[j].level - segments[j - 1].level))
        before, after = segments[j - 1], segments[j]
        wrong = _in_another_unit(before, after, series)
        if not wrong:
            break
        expected = _end(before, series) if wrong is after else _start(after, series)
        strength = _strength(before, after, series)
        found += [Doubt(i, "unit_switch", expected, strength) for i in wrong.figures]
        segments.remove(wrong)
        segments[:] = _joined(segments, series)
    return found


def _in_another_unit(before: Segment, after: Segment, series: Series) -> Segment | None:
    """Which side is: the one farther from what a city of this size reports; else the one with fewer figures."""
    if before.zero or after.zero:
        return None
    leap = abs(after.level - before.level)
    far = [_departure(side, series) for side in (before, after)]
    known = math.isfinite(series.spread) and not math.isnan(far[0] + far[1])
    wrong = None
    if leap >= OTHER_UNIT:
        first = far[0] > far[1] if known else len(before.figures) < len(after.figures)
        wrong = before if first else after
    elif leap >= WITHOUT_FACTOR and series.kind in SIZED and known:
        plain = far[1] >= FAR * series.spread and far[0] <= NEAR * series.spread
        wrong = after if plain else None
    right = before if wrong is after else after
    return wrong if _may_be_right(right.level, series) else None


def _departure(segment: Segment, series: Series) -> float:
    """How far a segment is from what a city of this size reports, in logs; nan where that is not known."""
    known = [series.departure[i] for i in segment.figures if not math.isnan(series.departure[i])]
    return abs(median(known)) if known else math.nan


def _shifts(segments: list[Segment], series: Series) -> list[Doubt]:
    found = []
    for before, after in pairwise(segments):
        first = after.figures[0]
        flagged = series.flagged[first]
        strength = _strength(before, after, series)
        if strength >= (WEAK if flagged else 1.0) and not (before.zero or after.zero):
            kind = "break_flagged" if flagged else "level_shift"
            found.append(Doubt(first, kind, _end(before, series), strength))
    return found
