"""Where one city stands among its peers: a row of dots per indicator."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kontor.charts.lettering import text_width, wrap
from kontor.charts.scale import Scale, clamp, finite, known, linear
from kontor.charts.svg import Number, Svg, circle, drawing, line, polygon, text

REACH = 3.0
"""How far a row reaches to either side, in units of the peers' interquartile range."""

# Steps of the golden section spread any number of neighbours evenly over the row's height.
_GOLDEN = 0.618034
_BETWEEN = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRow:
    """One indicator. `better` says which direction is stronger; None makes it a row of context.

    `flagged` and, by their places in `peers`, `flagged_peers` are hollow: something is to be said of them.
    `names` are what the peers' dots say when pointed at, in the order of `peers`.
    """

    label: str
    sublabel: str = ""
    value_text: str = ""
    you: float | None = None
    peers: Sequence[float | None] = ()
    better: Literal["low", "high"] | None = None
    flagged: bool = False
    flagged_peers: Collection[int] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Format:
    suffix: str
    kind: str
    width: float
    plot_left: float
    label_width: float
    least: float
    r: float
    beside: bool


_WIDE = _Format("w", "chart wide", 690, 206, 192, 54, 5, True)
_NARROW = _Format("n", "chart narrow", 350, 8, 330, 74, 4, False)


def peer_dots(
    *, rows: Sequence[PeerRow], id: str, title: str, desc: str, weaker: str, stronger: str, number: Number
) -> Svg:
    """One row per indicator, each on its own scale: distance from the peers' median in units of their
    interquartile range, cut at three, where an arrowhead marks what lies beyond. Stronger is right.

    Rows with `better=None` come last, keep the natural order of their values and name the lowest and
    highest peer with `number`. `weaker` and `stronger` head the two sides and bring their own arrows.
    """
    drawn = [
        _draw(
            form,
            rows=rows,
            id=f"{id}-{form.suffix}",
            title=title,
            desc=desc,
            ends=(weaker, stronger),
            number=number,
        )
        for form in (_WIDE, _NARROW)
    ]
    return Svg("".join(drawn))


def distances(row: PeerRow) -> tuple[list[float], float | None]:
    """Peers, ascending, and the city: oriented distances from the peer median in interquartile ranges.

    Without spread among the middle half, half the range is the unit; without any, all that differs is
    infinitely far. The city is None without a value or without peers.
    """
    peers = known(row.peers)
    if not peers:
        return [], None
    middle, unit = float(np.median(peers)), _unit(peers)
    sign = -1.0 if row.better == "low" else 1.0
    place = _distance(middle, unit, sign)
    you = finite(row.you)
    return sorted(map(place, peers)), None if you is None else place(you)


def _unit(peers: Sequence[float]) -> float:
    lower, upper = np.percentile(peers, [25, 75])
    return float(upper - lower) or (max(peers) - min(peers)) / 2


def _distance(middle: float, unit: float, sign: float) -> Callable[[float], float]:
    def place(value: float) -> float:
        if value == middle:
            return 0.0
        return sign * (value - middle) / unit if unit else sign * float("inf") * (value - middle)

    return place


def _draw(
    form: _Format,
    *,
    rows: Sequence[PeerRow],
    id: str,
    title: str,
    desc: str,
    ends: tuple[str, str],
    number: Number,
) -> Svg:
    right = form.width - max([text_width(row.value_text, 14, bold=True) for row in rows], default=0) - 16
    right = max(right, form.plot_left + 120)
    across = linear(-REACH, REACH, form.plot_left, right)
    oriented, context = [row for row in rows if row.better], [row for row in rows if not row.better]
    body, head_lines = _head(ends, form.plot_left, right) if oriented else ([], 0)
    y = 8.0 + 16 * head_lines
    for block in (oriented, context):
        top, drawn = y, []
        for row in block:
            parts, height = _row(form, row, across, y, number)
            drawn += parts
            y += height
        body += [line("g", across(at), top, across(at), y) for at in (-2, -1, 0, 1, 2)] if block else []
        body += drawn
        y += _BETWEEN if block and context else 0
    return drawing(form.width, max(y, 30), body, id=id, title=title, desc=desc, kind=form.kind)


def _head(ends: tuple[str, str], left: float, right: float) -> tuple[list[str], int]:
    """The two sides' names, each on up to two lines, and the number of lines."""
    widths = [text_width(end) for end in ends]
    rooms = [max((right - left) / 2, right - left - other) - 8 for other in reversed(widths)]
    sides = [wrap(end, room) for end, room in zip(ends, rooms, strict=True)]
    drawn = [text(part, left, 13 + 16 * i) for i, part in enumerate(sides[0])]
    drawn += [text(part, right, 13 + 16 * i, anchor="end") for i, part in enumerate(sides[1])]
    return drawn, max(map(len, sides))


def _row(form: _Format, row: PeerRow, across: Scale, top: float, number: Number) -> tuple[list[str], float]:
    """The row's elements and its height."""
    labels = wrap(row.label, form.label_width, 14, bold=True, lines=3)
    notes = wrap(row.sublabel, form.label_width)
    room = 17 * len(labels) + 16 * len(notes)
    if form.beside:
        height = max(form.least, room + 18)
        y, base = top + height / 2, top + (height - room) / 2
    else:
        height = max(form.least, room + 50) + (0 if row.better else 10)
        base = top + 8
        y = base + room + 18
    body = [text(part, 0, base + 13 + 17 * i, "lab") for i, part in enumerate(labels)]
    base += 17 * len(labels)
    body += [text(part, 0, base + 12 + 16 * i) for i, part in enumerate(notes)]
    body += _plot(form, row, across, y, number)
    return [*body, text(row.value_text, form.width, y + 5, "you-t num", anchor="end")], height


def _plot(form: _Format, row: PeerRow, across: Scale, y: float, number: Number) -> list[str]:
    peers, you = distances(row)
    r = form.r if len(peers) <= 60 else form.r * 0.7
    body = [line("ax", across(-REACH), y, across(REACH), y)]
    for index, (distance, place) in enumerate(zip(peers, _order(row), strict=True)):
        offset = (index * _GOLDEN % 1 - 0.5) * 15
        kind = "p hollow" if place in row.flagged_peers else "p"
        tip = row.names[place] if row.names else ""
        body.append(_mark(kind, across, distance, y + offset, r, tip=tip))
    if peers:
        body.append(line("med", across(0), y - 12, across(0), y + 12))
    if peers and not row.better:
        body += _extremes(row, peers, across, y, number)
    if you is not None:
        body.append(_mark("you hollow" if row.flagged else "you", across, you, y, 8.5))
    return body


def _order(row: PeerRow) -> list[int]:
    """The places of the peers in the order of `distances`."""
    sign = -1.0 if row.better == "low" else 1.0
    ordered = sorted(
        (sign * value, index) for index, peer in enumerate(row.peers) if (value := finite(peer)) is not None
    )
    return [index for _, index in ordered]


def _mark(kind: str, across: Scale, distance: float, y: float, r: float, *, tip: str = "") -> str:
    x = across(clamp(distance, -REACH, REACH))
    if abs(distance) <= REACH:
        return circle(kind, x, y, r, tip=tip)
    end = r if distance > 0 else -r
    return polygon(kind, [(x + end, y), (x - end, y - r), (x - end, y + r)], tip=tip)


def _extremes(row: PeerRow, peers: Sequence[float], across: Scale, y: float, number: Number) -> list[str]:
    """The lowest and highest peer in figures, where they do not run into each other."""
    values = known(row.peers)
    names = [number(min(values)), number(max(values))]
    spots = [across(clamp(distance, -REACH, REACH)) for distance in (peers[0], peers[-1])]
    widths = [text_width(name) for name in names]
    spots = [
        clamp(x, across(-REACH) + w / 2, across(REACH) - w / 2) for x, w in zip(spots, widths, strict=True)
    ]
    if spots[1] - spots[0] < sum(widths) / 2 + 6:
        return []
    return [text(name, x, y + 24, anchor="middle") for name, x in zip(names, spots, strict=True)]
