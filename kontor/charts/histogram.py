"""How the values of many cities are distributed, and where one of them lies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kontor.charts.lettering import column_width, shorten, text_width
from kontor.charts.placement import Box
from kontor.charts.scale import Scale, clamp, finite, is_flat, known, linear, nice_step, nice_ticks
from kontor.charts.svg import Number, Svg, drawing, line, rect, text

_MOST_BINS = 40
# The height of one level of labels, and the distance of a label from its line.
_LEVEL, _POLE = 19.0, 5.0


@dataclass(frozen=True, slots=True)
class Marker:
    """A value to be marked, with the text that stands at it."""

    value: float | None
    label: str


@dataclass(frozen=True, slots=True)
class _Format:
    suffix: str
    kind: str
    width: float
    height: float


_WIDE = _Format("w", "chart wide", 690, 300)
_NARROW = _Format("n", "chart narrow", 350, 260)


def distribution(
    *,
    values: Sequence[float | None],
    you: Sequence[Marker],
    median: Marker | None,
    id: str,
    title: str,
    desc: str,
    x_label: str,
    number: Number,
) -> Svg:
    """A histogram with the median and the reader's cities marked; counts and values are written by `number`.

    Bins follow Freedman and Diaconis (1981), widened to a round number and to 40 at most.
    """
    seen = known(values)
    marks = [(m, "you") for m in you if finite(m.value) is not None]
    if median is not None and finite(median.value) is not None:
        marks.insert(0, (median, "median"))
    edges = bin_edges([*seen, *known(m.value for m, _ in marks)])
    counts = [int(count) for count in np.histogram(seen, edges)[0]] if seen and edges else []
    drawn = []
    for form in (_WIDE, _NARROW):
        body = _body(form, edges, counts, marks, x_label, number)
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


def bin_edges(values: Sequence[float]) -> list[float]:
    """Edges at multiples of a 1-2-5 step that cover all values; none for no values."""
    if not values:
        return []
    low, high = min(values), max(values)
    if is_flat(low, high):
        half = max(abs(low), abs(high)) / 20
        half = half if half > 1e-9 else 0.5
        return [low - half, high + half]
    lower, upper = np.percentile(values, [25, 75])
    width = 2 * float(upper - lower) / len(values) ** (1 / 3)
    count = clamp((high - low) / width if width > 0 else 10, 4, _MOST_BINS)
    step = nice_step(high - low, math.floor(count))
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [index * step for index in range(first, last + 1)]


def _body(
    form: _Format,
    edges: Sequence[float],
    counts: Sequence[int],
    marks: Sequence[tuple[Marker, str]],
    x_label: str,
    number: Number,
) -> list[str]:
    bottom = form.height - 46
    body = [text(shorten(x_label, form.width), form.width - 6, form.height - 8, anchor="end")]
    if not edges:
        return [line("ax", 0, bottom, form.width, bottom), *body]
    most = max([*counts, 1])
    ticks = [tick for tick in nice_ticks(0, most, 4) if tick == int(tick)]
    left = column_width(map(number, ticks), most=form.width * 0.3) + 14
    across = linear(edges[0], edges[-1], left, form.width - 6)
    labels, top = _labels(marks, across, form.width)
    up = linear(0, most, bottom, top)
    for tick in ticks:
        body.append(line("g", left, up(tick), form.width - 6, up(tick)))
        body.append(text(shorten(number(tick), left - 10), left - 10, up(tick) + 4, "val", anchor="end"))
    for start, end, count in zip(edges, edges[1:], counts, strict=False):
        if count:
            body.append(
                rect(
                    "f2", across(start) + 0.5, up(count), across(end) - across(start) - 1, bottom - up(count)
                )
            )
    body.append(line("tick", left, bottom, form.width - 6, bottom))
    return (
        body
        + _x_axis(across, edges, bottom, number)
        + _lines(marks, across, labels, bottom)
        + _labels_text(labels)
    )


def _x_axis(across: Scale, edges: Sequence[float], bottom: float, number: Number) -> list[str]:
    body = []
    reach = -math.inf
    for tick in nice_ticks(edges[0], edges[-1], 7):
        x, name = across(tick), number(tick)
        half = text_width(name) / 2
        if x - half < reach + 8 or x + half > across(edges[-1]) + 6:
            continue
        reach = x + half
        body.append(line("tick", x, bottom, x, bottom + 5))
        body.append(text(name, x, bottom + 20, anchor="middle"))
    return body


@dataclass(frozen=True, slots=True)
class _Label:
    content: str
    x: float
    y: float
    anchor: str
    kind: str


def _labels(marks: Sequence[tuple[Marker, str]], across: Scale, width: float) -> tuple[list[_Label], float]:
    """A label at the top of each marker's line, crossed by no other line if possible; and the plot's top."""
    order = sorted(range(len(marks)), key=lambda index: float(marks[index][0].value or 0))
    names = [shorten(marks[index][0].label, width - 20, 14, bold=True) for index in order]
    lines = [across(float(marks[index][0].value or 0)) for index in order]
    rooms = [text_width(name, 14, bold=True) for name in names]
    plans = [plan for stairs in (False, True) for plan in _arrangements(lines, rooms, stairs)]
    plan = next((plan for plan in plans if _is_clear(plan, width)), None)
    if plan is None:
        plan = [_Flag("start", _shifted(flag.box, width)) for flag in _arrangements(lines, rooms, True)[0]]
    found: list[_Label] = [_Label("", 0, 0, "start", "")] * len(marks)
    for index, flag, name in zip(order, plan, names, strict=True):
        x = flag.box.left + _POLE if flag.anchor == "start" else flag.box.right - _POLE
        kind = "you-t halo" if marks[index][1] == "you" else "lab halo"
        found[index] = _Label(name, x, flag.box.bottom - 5, flag.anchor, kind)
    return found, max((flag.box.bottom for flag in plan), default=4) + 6


@dataclass(frozen=True, slots=True)
class _Flag:
    anchor: str
    box: Box


def _arrangements(lines: Sequence[float], rooms: Sequence[float], stairs: bool) -> list[list[_Flag]]:
    """Flags (boxes of line and text) on lines from left to right, by how many of them turn to the left.

    On one level, or as stairs down and outwards, so that no line runs through a flag on its own side.
    """
    plans = []
    for split in range(len(lines) + 1):
        plan = []
        for index, (x, room) in enumerate(zip(lines, rooms, strict=True)):
            right = index >= split
            level = (index - split if right else split - 1 - index) if stairs else 0
            left = x if right else x - _POLE - room
            box = Box(left, _LEVEL * level, left + _POLE + room, _LEVEL * (level + 1))
            plan.append(_Flag("start" if right else "end", box))
        plans.append(plan)
    return plans


def _is_clear(plan: Sequence[_Flag], width: float) -> bool:
    inside = all(flag.box.left >= 0 and flag.box.right <= width for flag in plan)
    return inside and not any(one.box.overlaps(other.box) for one, other in combinations(plan, 2))


def _shifted(box: Box, width: float) -> Box:
    left = clamp(box.left, 0, width - (box.right - box.left))
    return Box(left, box.top, left + box.right - box.left, box.bottom)


def _lines(
    marks: Sequence[tuple[Marker, str]], across: Scale, labels: Sequence[_Label], bottom: float
) -> list[str]:
    """A line from the height of each label down to the axis, set off from the bars by the colour behind."""
    under, lines = [], []
    for (marker, role), label in zip(marks, labels, strict=True):
        x = across(float(marker.value or 0))
        under.append(line("under", x, label.y - 11, x, bottom))
        lines.append(line("iv y" if role == "you" else "med", x, label.y - 11, x, bottom))
    return under + lines


def _labels_text(labels: Sequence[_Label]) -> list[str]:
    return [text(label.content, label.x, label.y, label.kind, anchor=label.anchor) for label in labels]
