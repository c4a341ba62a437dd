"""Rates against exposure with the limits that chance alone would draw: the funnel plot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kontor.charts.lettering import column_width, shorten, text_width, wrap
from kontor.charts.placement import Box, best_spot, spots_around
from kontor.charts.scale import (
    Scale,
    clamp,
    finite,
    known,
    linear,
    log_ticks,
    logarithmic,
    nice_axis,
    positive,
)
from kontor.charts.svg import Number, Svg, circle, dots, drawing, line, polygon, text

# Plain points are shared out over this many paths, so that points of different paths darken on overlap.
_SHARES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPoint:
    """One city: exposure x (above zero), rate y. Only few should bring a label; it is drawn as it stands.

    A `flagged` one is hollow: something is to be said of its value.
    """

    x: float | None
    y: float | None
    label: str = ""
    you: bool = False
    peer: bool = False
    flagged: bool = False


class FunnelLimits(NamedTuple):
    """The 95 % and 99.8 % limits of the rate at exposure x."""

    x: float | None
    low95: float | None
    high95: float | None
    low998: float | None
    high998: float | None


@dataclass(frozen=True, slots=True)
class _Format:
    suffix: str
    kind: str
    width: float
    height: float
    bottom: float
    r: float


_WIDE = _Format("w", "chart wide", 690, 420, 372, 3.2)
_NARROW = _Format("n", "chart narrow", 350, 340, 292, 2.4)


_Limits = list[list[float]]
"""Rows of x, low95, high95, low998, high998, all known, by ascending x."""


@dataclass(frozen=True, slots=True)
class _Plane:
    """The plot area with its two maps; the ticks enclose the rates shown."""

    frame: Box
    across: Scale
    up: Scale
    x_domain: tuple[float, float]
    ticks: Sequence[float]

    @property
    def low(self) -> float:
        return self.ticks[0]

    @property
    def high(self) -> float:
        return self.ticks[-1]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A point on the drawing; `beyond` is 1 above the range shown, -1 below it."""

    x: float
    y: float
    beyond: int
    point: FunnelPoint

    @property
    def reach(self) -> float:
        return 8.5 if self.point.you else 4.5

    @property
    def box(self) -> Box:
        return Box(self.x - self.reach, self.y - self.reach, self.x + self.reach, self.y + self.reach)


def funnel(
    *,
    points: Sequence[FunnelPoint],
    bands: Sequence[FunnelLimits],
    target: float | None,
    target_label: str,
    x_label: str,
    y_label: str,
    id: str,
    title: str,
    desc: str,
    number: Number,
    x_number: Number,
) -> Svg:
    """Points over a logarithmic exposure inside 95 % and 99.8 % limits (Spiegelhalter 2005).

    Points without a positive exposure and a rate are left out; those above or below the range shown sit at
    its edge as triangles. Labels that would cover another are dropped, never the reader's own.
    """
    shown = [p for p in points if finite(p.y) is not None and positive(p.x)]
    limits = sorted(row for band in bands if len(row := known(band)) == 5 and positive(row[0]))
    drawn = []
    for form in (_WIDE, _NARROW):
        head = wrap(y_label, form.width)
        plane = _plane(form, shown, limits, finite(target), number, len(head))
        body = [text(part, 0, 13 + 16 * i) for i, part in enumerate(head)]
        if plane is None:
            body.append(line("ax", 0, form.bottom, form.width, form.bottom))
        else:
            body += (
                _y_axis(plane, number) + _band(plane, limits, 3, 4, "b3") + _band(plane, limits, 1, 2, "b2")
            )
            body += _x_axis(plane, x_number)
            marks = [_mark(plane, point) for point in shown]
            body += _marks(marks, form.r) + _labels(plane, marks, finite(target), target_label, form)
        name = shorten(x_label, form.width)
        body.append(text(name, form.width - 6, form.bottom + 38, anchor="end"))
        drawn.append(
            drawing(
                form.width,
                form.height,
                body,
                id=f"{id}-{form.suffix}",
                title=title,
                desc=desc,
                kind=form.kind,
            )
        )
    return Svg("".join(drawn))


def _plane(
    form: _Format,
    points: Sequence[FunnelPoint],
    limits: _Limits,
    target: float | None,
    number: Number,
    head_lines: int,
) -> _Plane | None:
    """None when there is nothing to draw."""
    exposures = known(p.x for p in points) or [row[0] for row in limits]
    if not exposures:
        return None
    ticks = nice_axis(*rate_domain(points, limits, target))
    room = max(1.08, (max(exposures) / min(exposures)) ** 0.03)
    x_domain = min(exposures) / room, max(exposures) * room
    left = column_width(map(number, ticks), most=form.width * 0.3) + 14
    top = 14.0 + 16 * head_lines
    frame = Box(left, top, form.width - 6, form.bottom)
    across = logarithmic(*x_domain, frame.left, frame.right)
    return _Plane(frame, across, linear(ticks[0], ticks[-1], frame.bottom, frame.top), x_domain, ticks)


def rate_domain(points: Sequence[FunnelPoint], limits: _Limits, target: float | None) -> tuple[float, float]:
    """The range of rates shown: from zero unless all lie far above it, up to about the 98th percentile.

    The reader's own and the labelled points, the target and the 95 % limits at the median exposure fit.
    """
    rates = known(p.y for p in points)
    must = known([target, *(p.y for p in points if p.you or p.label)])
    if limits:
        must += limits[len(limits) // 2][1:3]
    most = float(np.percentile(rates, 98)) if rates else 1.0
    least = float(np.percentile(rates, 2)) if rates else 0.0
    high = max([most * 1.08 if most > 0 else most, *must])
    if rates and high < max(rates) <= high * 1.15:
        high = max(rates)
    low = min([least, *must])
    if 0 <= low < 0.6 * high:
        low = 0.0
    return low, high


def _y_axis(plane: _Plane, number: Number) -> list[str]:
    body = []
    for tick in plane.ticks:
        y = plane.up(tick)
        body.append(line("g", plane.frame.left, y, plane.frame.right, y))
        body.append(
            text(
                shorten(number(tick), plane.frame.left - 10),
                plane.frame.left - 10,
                y + 4,
                "val",
                anchor="end",
            )
        )
    return body


def _x_axis(plane: _Plane, number: Number) -> list[str]:
    """Ticks at round exposures, powers of ten first; a label that would touch its neighbour is left out."""
    body: list[str] = []
    taken: list[tuple[float, float]] = []
    for tick in sorted(log_ticks(*plane.x_domain), key=lambda tick: (_lead(tick), tick)):
        x, name = plane.across(tick), number(tick)
        half = text_width(name) / 2 + 5
        if x + half > plane.frame.right + 11 or x - half < 0:
            continue
        if any(x - half < right and left < x + half for left, right in taken):
            continue
        taken.append((x - half, x + half))
        body.append(line("tick", x, plane.frame.bottom, x, plane.frame.bottom + 5))
        body.append(text(name, x, plane.frame.bottom + 20, anchor="middle"))
    return body


def _lead(tick: float) -> float:
    lead = tick / 10 ** math.floor(math.log10(tick) + 1e-9)
    return {1.0: 0, 5.0: 1, 2.5: 2}.get(round(lead, 6), 3)


def _band(plane: _Plane, limits: _Limits, low: int, high: int, kind: str) -> list[str]:
    """The area between two columns of the limits, cut to the plot."""
    upper, lower = _edge(plane, limits, high), _edge(plane, limits, low)
    return [polygon(kind, upper + lower[::-1])] if len(upper) > 1 else []


def _edge(plane: _Plane, limits: _Limits, column: int) -> list[tuple[float, float]]:
    """One limit over the exposures shown, linear between its rows, with a corner where it leaves the plot."""
    first, last = map(math.log, plane.x_domain)
    logs, rates = [math.log(row[0]) for row in limits], [row[column] for row in limits]
    grid = {end for end in (first, last) if logs and logs[0] <= end <= logs[-1]}
    grid.update(log for log in logs if first < log < last)
    for (log, rate), (next_log, next_rate) in pairwise(zip(logs, rates, strict=True)):
        for bound in (plane.low, plane.high):
            if (rate - bound) * (next_rate - bound) < 0:
                crossing = log + (next_log - log) * (bound - rate) / (next_rate - rate)
                grid.update([crossing] if first < crossing < last else [])
    edge = [(log, float(np.interp(log, logs, rates))) for log in sorted(grid)]
    return [(plane.across(math.exp(log)), plane.up(clamp(rate, plane.low, plane.high))) for log, rate in edge]


def _mark(plane: _Plane, point: FunnelPoint) -> _Mark:
    x, y = known([point.x, point.y])
    beyond = 1 if y > plane.high else -1 if y < plane.low else 0
    return _Mark(plane.across(x), plane.up(clamp(y, plane.low, plane.high)), beyond, point)


def _marks(marks: Sequence[_Mark], r: float) -> list[str]:
    """Everything but the reader's own city, plain points first."""
    others = [mark for mark in marks if not mark.point.you]
    inside = [mark for mark in others if not mark.beyond]
    full = [mark for mark in inside if not mark.point.flagged and not mark.point.label]
    plain = [(mark.x, mark.y) for mark in full if not mark.point.peer]
    peers = [(mark.x, mark.y) for mark in full if mark.point.peer]
    body = [dots("pt", plain[share::_SHARES]) for share in range(_SHARES)]
    body.append(dots("pt near", peers))
    hollow = [mark for mark in inside if mark.point.flagged and not mark.point.label]
    body += [circle(_kind(mark.point), mark.x, mark.y, r - 0.5) for mark in hollow]
    body += [_triangle(mark, r + 0.8) for mark in others if mark.beyond]
    named = [mark for mark in inside if mark.point.label]
    return body + [circle(_kind(mark.point), mark.x, mark.y, mark.reach) for mark in named]


def _kind(point: FunnelPoint) -> str:
    kind = "you" if point.you else "f1" if point.peer or point.label else "f2"
    return f"{kind} hollow" if point.flagged else kind


def _triangle(mark: _Mark, r: float) -> str:
    """A mark at the edge of the plot that points to where the rate lies."""
    tip = r * -mark.beyond
    return polygon(
        _kind(mark.point), [(mark.x, mark.y + tip), (mark.x - r, mark.y - tip), (mark.x + r, mark.y - tip)]
    )


def _labels(
    plane: _Plane, marks: Sequence[_Mark], target: float | None, target_label: str, form: _Format
) -> list[str]:
    """The target, the reader's own city and the labels: own first, the others where they are free."""
    own = [mark for mark in marks if mark.point.you]
    named = [mark for mark in marks if mark.point.label and not mark.point.you]
    taken = [mark.box for mark in [*own, *named]]
    body = _target(plane, target, target_label, taken)
    body += [circle(_kind(mark.point), mark.x, mark.y, mark.reach) for mark in own]
    room = Box(0, 0, form.width, form.bottom)
    spots_of_all = [(mark.x, mark.y) for mark in marks]
    for mark in [m for m in [*own, *named] if m.point.label]:
        name = shorten(mark.point.label, form.width / 2, 14, bold=True)
        width = text_width(name, 14, bold=True)
        spots = spots_around(x=mark.x, y=mark.y, reach=mark.reach, width=width, height=17)
        spot = best_spot(spots, frame=room, taken=taken, marks=spots_of_all)
        if spot is None and mark.point.you:
            spot = next((s for s in spots if s.box.inside(room)), spots[0])
        if spot is not None:
            taken.append(spot.box)
            kind = "you-t halo" if mark.point.you else "lab halo"
            body.append(text(name, spot.x, spot.y, kind, anchor=spot.anchor))
    return body


def _target(plane: _Plane, target: float | None, label: str, taken: list[Box]) -> list[str]:
    """The target's line; its label sits at the right end above it, or below if a marked city is there."""
    if target is None:
        return []
    y = plane.up(target)
    name = shorten(label, plane.frame.right - plane.frame.left, 14, bold=True)
    width = text_width(name, 14, bold=True)
    boxes = [
        Box(plane.frame.right - width, base - 14, plane.frame.right, base + 4) for base in (y - 8, y + 19)
    ]
    free = [box for box in boxes if not any(box.overlaps(other) for other in taken)]
    box = (free or boxes)[0]
    if name:
        taken.append(box)
    return [
        line("mean", plane.frame.left, y, plane.frame.right, y),
        text(name, plane.frame.right, box.bottom - 4, "lab halo", anchor="end"),
    ]
