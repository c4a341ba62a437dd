"""A line the size of a word, drawn beside the figure it leads to."""

from collections.abc import Collection, Sequence

from kontor.charts.scale import Scale, finite, known, linear
from kontor.charts.svg import Svg, cell, dots, line, polyline

_WIDTH, _HEIGHT = 200, 34


def spark(points: Sequence[float | None], *, breaks: Collection[int] = (), you: bool = True) -> Svg:
    """Values at equal distances; a missing one leaves a gap, one between two gaps is a dot.

    `breaks` are the places of values before which the series breaks: the line does not lead to them.

    Hidden from assistive technology: the page states the figure and its change in words.
    """
    values = [finite(point) for point in points]
    seen = known(values)
    if not seen:
        return cell("spark", _WIDTH, _HEIGHT, [line("ax", 3, 29, 197, 29)], stretch=True)
    across = linear(0, len(values) - 1, 3, 197)
    up = linear(min(seen), max(seen), 29, 5)
    kind = "ln y" if you else "ln"
    runs, lone = _runs(values, breaks, across, up)
    body = [polyline(kind, run, unscaled=True) for run in runs]
    return cell("spark", _WIDTH, _HEIGHT, [*body, dots(f"{kind} dot", lone, unscaled=True)], stretch=True)


_Path = list[tuple[float, float]]


def _runs(
    values: Sequence[float | None], breaks: Collection[int], across: Scale, up: Scale
) -> tuple[list[_Path], _Path]:
    runs: list[_Path] = [[]]
    for index, value in enumerate(values):
        if value is None or index in breaks:
            runs.append([])
        if value is not None:
            runs[-1].append((across(index), up(value)))
    return [run for run in runs if len(run) > 1], [run[0] for run in runs if len(run) == 1]
