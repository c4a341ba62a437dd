"""How many cities got better, stayed, or got worse: three counts to a bar."""

from collections.abc import Sequence
from dataclasses import dataclass

from kontor.charts.lettering import text_width, wrap
from kontor.charts.svg import Number, Svg, drawing, rect, text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """Counts of cities for one indicator; a negative count is taken as none."""

    label: str
    better: int
    unclear: int
    worse: int


@dataclass(frozen=True, slots=True)
class _Format:
    suffix: str
    kind: str
    width: float
    left: float
    label_width: float
    beside: bool


_WIDE = _Format("w", "chart wide", 690, 190, 178, True)
_NARROW = _Format("n", "chart narrow", 350, 0, 346, False)
_BAR, _GAP, _PAD = 22, 2, 7
_KINDS = ("f1", "f0", "fw")


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where the bars begin, and the width of one city."""

    left: float
    unit: float


def change_bars(*, rows: Sequence[ChangeRow], id: str, title: str, desc: str, number: Number) -> Svg:
    """One bar per indicator, its length the number of cities on one scale for all rows.

    A count stands inside its part, or beside it where the part is too short; a part of none is not drawn.
    """
    drawn = []
    for form in (_WIDE, _NARROW):
        scale = _scale(form, rows, number)
        body: list[str] = []
        y = 6.0
        for row in rows:
            parts, height = _row(form, row, scale, y, number)
            body += parts
            y += height
        drawn.append(drawing(form.width, max(y, 30), body, id=f"{id}-{form.suffix}", title=title, desc=desc,
                             kind=form.kind))  # fmt: skip
    return Svg("".join(drawn))


def _parts(row: ChangeRow) -> tuple[int, int, int]:
    return max(row.better, 0), max(row.unclear, 0), max(row.worse, 0)


def _scale(form: _Format, rows: Sequence[ChangeRow], number: Number) -> _Scale:
    """The scale for all rows, with room at either end for counts that do not fit into their parts."""
    most = max((sum(_parts(row)) for row in rows), default=0)
    if not most:
        return _Scale(form.left, 0)
    width = form.width - form.left - 2 * _GAP
    sides = []
    for side in (0, 2):
        names = [(number(count), count * width / most) for row in rows if (count := _parts(row)[side])]
        outside = max(
            (text_width(name) + 7 for name, room in names if not _fits(name, room * 0.9)), default=0.0
        )
        sides.append(min(outside, width / 4))
    return _Scale(form.left + sides[0], (width - sum(sides)) / most)


def _row(form: _Format, row: ChangeRow, scale: _Scale, top: float, number: Number) -> tuple[list[str], float]:
    """The row's elements and its height."""
    labels = wrap(row.label, form.label_width, 14, bold=True)
    room = 17 * len(labels)
    if form.beside:
        height = max(38.0, room + 14)
        y = top + (height - 16 - _BAR) / 2
        base = top + (height - 16 - room) / 2 + 13
    else:
        height, base = room + 36.0, top + 8
        y = top + room - 2
    body = [text(part, 0, base + 17 * i, "lab") for i, part in enumerate(labels)]
    return body + _bar(form, row, scale, y, number), height


def _bar(form: _Format, row: ChangeRow, scale: _Scale, y: float, number: Number) -> list[str]:
    """Three parts with a gap between those that exist, and their counts."""
    body: list[str] = []
    x = scale.left
    for count, kind in zip(_parts(row), _KINDS, strict=True):
        if count:
            width = count * scale.unit
            body += [rect(kind, x, y, width, _BAR), _count(number(count), kind, x, width, y)]
            x += width + _GAP
    return body


def _count(name: str, kind: str, x: float, width: float, y: float) -> str:
    """The number inside its part; else left of the better, right of the worse, under the unclear."""
    base = y + 15.5
    if _fits(name, width):
        return text(name, x + _PAD, base, "val num" if kind == "f0" else "on num")
    if kind == "f0":
        return text(name, x + width / 2, y + _BAR + 13, "val num", anchor="middle")
    if kind == "f1":
        return text(name, x - 5, base, "val num", anchor="end")
    return text(name, x + width + 5, base, "val num")


def _fits(name: str, width: float) -> bool:
    return text_width(name, bold=True) + 2 * _PAD <= width
