"""Figures over the years, each line labelled at its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal

from kontor.charts.lettering import column_width, shorten, text_width, wrap
from kontor.charts.placement import push_apart
from kontor.charts.scale import (
    Scale,
    finite,
    known,
    linear,
    log_axis,
    logarithmic,
    nice_axis,
    nice_ticks,
    positive,
)
from kontor.charts.series_marks import Mark, drawn_marks
from kontor.charts.svg import Number, Svg, circle, dots, drawing, line, polygon, polyline, text

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Values by period, and a band (period, low, high) where there is one: limits, or a group's quartiles.

    The label stands at the end of the line: a name, the last value, or both. Values of `flagged` periods are
    hollow dots: something is to be said of them.
    """

    label: str
    points: Sequence[tuple[int, float | None]]
    band: Sequence[tuple[int, float | None, float | None]] = ()
    flagged: Sequence[int] = ()
    you: bool = False


@dataclass(frozen=True, slots=True)
class _Format:
    suffix: str
    kind: str
    width: float
    height: float
    ticks: int
    most_label: float


_SMALL = [_Format("s", "chart small", 280, 140, 2, 100)]
_LARGE = [_Format("w", "chart wide", 690, 300, 5, 190), _Format("n", "chart narrow", 350, 260, 4, 118)]


# The radius of a flagged value's dot: larger than the line is wide, smaller than the last value's.
_HOLLOW = 2.7


@dataclass(frozen=True, slots=True)
class _Plane:
    left: float
    right: float
    top: float
    bottom: float
    periods: tuple[int, int]
    ticks: Sequence[float]
    across: Scale
    up: Scale


def series(
    *,
    lines: Sequence[Line],
    group: Line | None = None,
    breaks: Sequence[int] = (),
    marks: Sequence[Mark] = (),
    by_logarithm: bool = False,
    id: str,
    title: str,
    desc: str,
    number: Number,
    period: Callable[[int], str] = str,
    size: Literal["small", "large"] = "small",
) -> Svg:
    """Lines over periods: one small drawing, or a large one in two widths. `group` lies behind the lines.

    A line is joined over steps no longer than the shortest in its own periods; elsewhere it has a gap, and a
    value alone between gaps is a dot. A break is the first period of a new series: a mark stands before it,
    and the reader's own lines are not drawn across it. On a logarithmic axis what is not above zero is left out.
    """
    if by_logarithm:
        lines, group = [_above_zero(item) for item in lines], _above_zero(group) if group else None
        marks = [replace(mark, value=positive(mark.value)) for mark in marks]
    drawn = []
    for form in _SMALL if size == "small" else _LARGE:
        plane = _plane(form, [*lines, *([group] if group else [])], marks, number, by_logarithm=by_logarithm)
        if plane is None:
            body = [line("ax", 0, form.height - 34, form.width, form.height - 34)]
        else:
            body = _axes(form, plane, number, period) + _breaks(plane, breaks)
            body += _lines(plane, lines, group, breaks)
            body += drawn_marks(marks, plane.across, plane.up, top=plane.top, bottom=plane.bottom)
            body += _ends(form, plane, lines, group)
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


def value_ticks(values: Sequence[float], count: int) -> list[float]:
    """Ticks that enclose the values, from zero where these come near it."""
    low, high = min(values), max(values)
    if 0 < low <= 0.5 * high:
        low = 0.0
    if 0.5 * low <= high < 0:
        high = 0.0
    return nice_axis(low, high, count)


def is_flattened(values: Sequence[float | None]) -> bool:
    """Whether a linear axis would press half of the values flat: all above zero, half below a twentieth of the largest."""
    numbers = known(values)
    return bool(numbers) and min(numbers) > 0 and median(numbers) < max(numbers) / 20


def _above_zero(item: Line) -> Line:
    return replace(
        item,
        points=[(when, positive(value)) for when, value in item.points],
        band=[(when, positive(low), positive(high)) for when, low, high in item.band],
    )


def runs(
    points: Sequence[tuple[int, float | None]], breaks: Sequence[int] = ()
) -> list[list[tuple[int, float]]]:
    """Stretches of values that a line may join, by time. A period given twice keeps its last value."""
    ordered = sorted(dict(points).items())
    step = min((b - a for (a, _), (b, _) in pairwise(ordered)), default=1)
    found: list[list[tuple[int, float]]] = []
    previous: int | None = None
    for when, value in ordered:
        if (known_value := finite(value)) is None:
            continue
        far = previous is None or when - previous > step
        if far or any(previous < cut <= when for cut in breaks):  # type: ignore[operator]
            found.append([])
        found[-1].append((when, known_value))
        previous = when
    return found


def _plane(
    form: _Format, lines: Sequence[Line], marks: Sequence[Mark], number: Number, *, by_logarithm: bool
) -> _Plane | None:
    """None when neither a line nor a mark has a value."""
    values = known(value for item in lines for _, value in item.points) + known(mark.value for mark in marks)
    if not values:
        return None
    limits = known(limit for item in lines for _, low, high in item.band for limit in (low, high))
    ticks = (
        log_axis(min(values + limits), max(values + limits))
        if by_logarithm
        else value_ticks(values + limits, form.ticks)
    )
    periods = [when for item in lines for when, *_ in item.points] + [mark.period for mark in marks]
    left = column_width(map(number, ticks), most=form.width * 0.3) + 12
    margin = (
        max((min(text_width(item.label, 14, bold=True), form.most_label) for item in lines), default=0) + 14
    )
    right, bottom = form.width - margin, form.height - 28
    across = linear(min(periods), max(periods), left + 2, right)
    up = (logarithmic if by_logarithm else linear)(ticks[0], ticks[-1], bottom, 12)
    return _Plane(left, right, 12, bottom, (min(periods), max(periods)), ticks, across, up)


def _axes(form: _Format, plane: _Plane, number: Number, period: Callable[[int], str]) -> list[str]:
    body = []
    for tick in plane.ticks:
        y = plane.up(tick)
        body.append(line("tick" if tick == 0 else "g", plane.left, y, plane.right, y))
        body.append(text(shorten(number(tick), plane.left - 8), plane.left - 8, y + 4, "val", anchor="end"))
    first, last = plane.periods
    labelled = _labelled_periods(first, last, plane, period)
    for when in labelled:
        anchor = "start" if when == first != last else "end" if when == last != first else "middle"
        body.append(text(period(when), plane.across(when), form.height - 8, anchor=anchor))
        if len(labelled) > 2:
            body.append(line("tick", plane.across(when), plane.bottom, plane.across(when), plane.bottom + 4))
    return body


def _labelled_periods(first: int, last: int, plane: _Plane, period: Callable[[int], str]) -> list[int]:
    """First and last period always; round ones between them where their labels keep clear of both."""
    if first == last:
        return [first]
    width = text_width(period(last)) + 16
    count = int((plane.right - plane.left) / width / 1.5)
    if plane.right - plane.left < 240:
        return [first, last]
    inner = [int(t) for t in nice_ticks(first, last, max(count, 1)) if t == int(t)]
    low, high = plane.across(first) + width * 1.5, plane.across(last) - width * 1.5
    return [first, *(when for when in inner if low <= plane.across(when) <= high), last]


def _breaks(plane: _Plane, breaks: Sequence[int]) -> list[str]:
    """A short upright mark on the axis, halfway before the first period of the new series."""
    first, last = plane.periods
    return [
        line("brk", plane.across(cut - 0.5), plane.bottom - 9, plane.across(cut - 0.5), plane.bottom + 5)
        for cut in sorted(set(breaks))
        if first < cut <= last
    ]


def _lines(plane: _Plane, lines: Sequence[Line], group: Line | None, breaks: Sequence[int]) -> list[str]:
    others = [item for item in lines if not item.you]
    own = [item for item in lines if item.you]
    behind = [group, *others] if group else others
    body = [part for item in [*behind, *own] for part in _band(plane, item, breaks if item.you else ())]
    for item in behind:
        body += _stroke(plane, item, "ln" if item is group else "ln o", ())
    for item in own:
        body += _stroke(plane, item, "ln y", breaks)
    return body


def _stroke(plane: _Plane, item: Line, kind: str, breaks: Sequence[int]) -> list[str]:
    found = runs(item.points, breaks)
    drawn = [[(plane.across(when), plane.up(value)) for when, value in run] for run in found]
    lone = [run[0] for run in drawn if len(run) == 1]
    hollow = [
        (plane.across(when), plane.up(value)) for run in found for when, value in run if when in item.flagged
    ]
    return [
        *(polyline(kind, run) for run in drawn if len(run) > 1),
        dots(f"{kind} dot", lone),
        *(circle(f"{kind} hollow", x, y, _HOLLOW) for x, y in hollow),
    ]


def _band(plane: _Plane, item: Line, breaks: Sequence[int]) -> list[str]:
    """The areas between the two limits; where a period stands alone, an upright line."""
    lows = {when: finite(low) for when, low, _ in item.band}
    highs = {when: finite(high) for when, _, high in item.band}
    both = [(when, low if highs[when] is not None else None) for when, low in lows.items()]
    body = []
    for run in runs(both, breaks):
        floor = [(plane.across(when), plane.up(low)) for when, low in run]
        roof = [(plane.across(when), plane.up(highs[when] or 0)) for when, _ in run]
        if len(run) == 1:
            body.append(line("iv y" if item.you else "iv", *floor[0], *roof[0]))
        else:
            body.append(polygon("area y" if item.you else "area", roof + floor[::-1]))
    return body


def _ends(form: _Format, plane: _Plane, lines: Sequence[Line], group: Line | None) -> list[str]:
    """Labels in the right margin at the height of each line's last value, pushed apart if they touch."""
    named = [
        (item, runs(item.points)[-1][-1])
        for item in [*([group] if group else []), *lines]
        if runs(item.points)
    ]
    spots = [(plane.across(when), plane.up(value)) for _, (when, value) in named]
    names = [wrap(item.label, form.width - plane.right - 8, 14, bold=True) for item, _ in named]
    tall = 16 * max(map(len, names), default=1)
    heights = push_apart(
        [y for _, y in spots], gap=tall, low=plane.top + tall / 2 - 8, high=plane.bottom + 8 - tall / 2
    )
    body = []
    for (item, (when, _)), (x, y), name, middle in zip(named, spots, names, heights, strict=True):
        if item.you:
            body.append(circle("you hollow" if when in item.flagged else "you", x, y, 4.5))
        if name and x < plane.right - 12:
            body.insert(0, line("ax", x + 5, y, plane.right, y))
        top = middle + 5 - 8 * (len(name) - 1)
        for index, part in enumerate(name):
            body.append(text(part, plane.right + 9, top + 16 * index, _label_class(item, group)))
    return body


def _label_class(item: Line, group: Line | None) -> str:
    if item.you:
        return "you-t halo num"
    return "halo" if item is group else "lab halo"
