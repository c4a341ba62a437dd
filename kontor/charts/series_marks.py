"""What is to be seen at single values of a series: findings, flags, former versions, withdrawals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kontor.charts.scale import Scale, finite
from kontor.charts.svg import circle, dots, line, text

Kind = Literal["value", "earlier", "withdrawn", "error", "question", "flag"]
RING = 8.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark at (period, value). `text` are the letters of a flag; other kinds have a shape of their own.

    value: a dot; earlier: a dash, a version that holds no more; error: a ring; question: a dashed ring; withdrawn: a
    cross on the axis, because what was withdrawn has no value.
    """

    kind: Kind
    period: int
    value: float | None = None
    text: str = ""


def drawn_marks(marks: Sequence[Mark], across: Scale, up: Scale, *, top: float, bottom: float) -> list[str]:
    """The marks, what matters most last and so on top. Letters stand above their value, below it at the `top`."""
    spots = {
        kind: [(mark, across(mark.period), up(value)) for mark in marks
               if mark.kind == kind and (value := finite(mark.value)) is not None]
        for kind in ("earlier", "value", "error", "question", "flag")
    }  # fmt: skip
    ringed = {(x, y) for _, x, y in spots["error"] + spots["question"]}
    body = [line("past", x - 6, y, x + 6, y) for _, x, y in spots["earlier"]]
    body.append(dots("ln y dot", [(x, y) for _, x, y in spots["value"]]))
    for x in (across(mark.period) for mark in marks if mark.kind == "withdrawn"):
        body += [line("gone", x - 5, bottom - 5, x + 5, bottom + 5)]
        body += [line("gone", x - 5, bottom + 5, x + 5, bottom - 5)]
    body += [circle("odd", x, y, RING) for _, x, y in spots["error"]]
    body += [circle("odd ask", x, y, RING) for _, x, y in spots["question"]]
    for mark, x, y in spots["flag"]:
        away = RING + 5 if (x, y) in ringed else 8
        above = y - away > top + 6
        body.append(text(mark.text, x, y - away if above else y + away + 9, "flag-t halo", anchor="middle"))
    return body
