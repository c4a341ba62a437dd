"""A span of time with today and what must happen in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kontor.charts.lettering import shorten, text_width
from kontor.charts.scale import Scale, clamp, linear
from kontor.charts.svg import Svg, circle, drawing, line, polygon, rect, text

Kind = Literal["done", "planned", "risk", "missed"]
_CLASS: dict[str, str] = {"done": "fg", "planned": "f1", "risk": "fw", "missed": "fb"}


@dataclass(frozen=True, slots=True)
class ClockMark:
    """Something due on a day; the label shows when it is pointed at."""

    date: date
    label: str
    kind: Kind = "planned"


@dataclass(frozen=True, slots=True)
class _Format:
    suffix: str
    kind: str
    width: float


_FORMATS = (_Format("w", "chart wide", 760), _Format("n", "chart narrow", 340))
_HEIGHT, _TOP, _MIDDLE = 96, 58, 62


def clock(
    *,
    start: date,
    today: date,
    end: date,
    marks: Sequence[ClockMark] = (),
    month_label: Callable[[date], str],
    today_label: str,
    end_label: str,
    id: str,
    title: str,
    desc: str = "",
) -> Svg:
    """A bar from start to end, filled up to today; `month_label` gets the first day of each month it names.

    Done and planned are discs, at risk and missed diamonds. Days outside the span sit at its ends.
    """
    drawn = []
    for form in _FORMATS:
        across = linear(start.toordinal(), max(end, start).toordinal(), 6, form.width - 6)

        def place(day: date, across: Scale = across, right: float = form.width - 6) -> float:
            return clamp(across(day.toordinal()), 6, right) if end > start else 6 if day <= start else right

        now = place(today)
        body = [
            rect("f0", 6, _TOP, form.width - 12, 8, round_by=4),
            rect("f3", 6, _TOP, now - 6, 8, round_by=4),
        ]
        body += _months(form, start, end, place, month_label)
        body += [_mark(mark, place(mark.date)) for mark in sorted(marks, key=lambda mark: mark.date)]
        body += _today(form, now, today_label) + _end(form, end_label)
        drawn.append(
            drawing(
                form.width, _HEIGHT, body, id=f"{id}-{form.suffix}", title=title, desc=desc, kind=form.kind
            )
        )
    return Svg("".join(drawn))


def months(start: date, end: date) -> list[date]:
    """The first days of the months inside the span."""
    index = start.year * 12 + start.month - 1 + (start.day > 1)
    found = []
    while index // 12 <= date.max.year and (day := date(index // 12, index % 12 + 1, 1)) <= end:
        found.append(day)
        index += 1
    return found


def _months(
    form: _Format, start: date, end: date, place: Callable[[date], float], label: Callable[[date], str]
) -> list[str]:
    """A tick per month, and a name at every first, second, third, sixth or twelfth, as many as fit."""
    days = months(start, end)
    if not days:
        return []
    names = {day: label(day) for day in days}
    widest = max(map(text_width, names.values())) + 8
    each = (form.width - 12) / max((end - start).days / 30.44, 1)
    step = next((n for n in (1, 2, 3, 6, 12, 24, 60, 120) if n * each >= widest), 240)
    body = []
    for day in days:
        x, named = place(day), (day.year * 12 + day.month - 1) % step == 0
        if each >= 4 or named:
            body.append(line("tick", x, 70, x, 75))
        if named:
            half = text_width(names[day]) / 2
            body.append(text(names[day], clamp(x, half, form.width - half), 90, anchor="middle"))
    return body


def _mark(mark: ClockMark, x: float) -> str:
    kind = f"{_CLASS[mark.kind]} rim"
    if mark.kind in ("done", "planned"):
        return circle(kind, x, _MIDDLE, 6.5, tip=mark.label)
    corners = [(x, _MIDDLE - 8), (x + 8, _MIDDLE), (x, _MIDDLE + 8), (x - 8, _MIDDLE)]
    return polygon(kind, corners, tip=mark.label)


def _today(form: _Format, x: float, label: str) -> list[str]:
    name = shorten(label, form.width, 14, bold=True)
    half = text_width(name, 14, bold=True) / 2
    return [
        line("med", x, 38, x, 76),
        text(name, clamp(x, half, form.width - half), 30, "lab", anchor="middle"),
    ]


def _end(form: _Format, label: str) -> list[str]:
    x = form.width - 6
    name = shorten(label, form.width, 14, bold=True)
    return [text(name, form.width, 44, "you-t halo", anchor="end"), line("iv y", x, 50, x, 76)]
