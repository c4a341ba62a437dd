"""A value with its limits, small enough for a table cell."""

from kontor.charts.scale import clamp, finite, linear
from kontor.charts.svg import Svg, cell, circle, line, polygon

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _MIDDLE = 216, 24, 2, 214, 12


def interval_cell(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    domain: tuple[float, float],
    mean: float | None,
    you: bool = False,
    flagged: bool = False,
) -> Svg:
    """The value as a dot on the line from low to high, hollow where flagged; the mean as a hairline through the rows.

    What lies outside the domain ends at its edge; a value there is an arrowhead instead of a dot.
    """
    across = linear(*domain, _LEFT, _RIGHT)
    body = []
    if (centre := finite(mean)) is not None and domain[0] <= centre <= domain[1]:
        body.append(line("ax", across(centre), -6, across(centre), 30))
    start, end, middle = finite(low), finite(high), finite(value)
    if start is not None and end is not None:
        ends = [across(clamp(limit, *domain)) for limit in sorted((start, end))]
        body.append(line("iv y" if you else "iv", ends[0], _MIDDLE, ends[1], _MIDDLE))
    if middle is not None:
        kind = "you" if you else "f1"
        mark = _mark(
            f"{kind} hollow" if flagged else kind, across(clamp(middle, *domain)), middle, domain, you
        )
        body.append(mark)
    return cell("cell w", _WIDTH, _HEIGHT, body)


def _mark(kind: str, x: float, value: float, domain: tuple[float, float], you: bool) -> str:
    r = 5.5 if you else 4.0
    if domain[0] <= value <= domain[1]:
        return circle(kind, x, _MIDDLE, r)
    tip = r if value > domain[1] else -r
    return polygon(kind, [(x + tip, _MIDDLE), (x - tip, _MIDDLE - r), (x - tip, _MIDDLE + r)])
