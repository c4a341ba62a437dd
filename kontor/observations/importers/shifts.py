"""Rows whose cells stand one column too far: which column the shift begins at."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def shifted_at(
    cells: Sequence[str], width: int, fits: Callable[[Sequence[str], int | None], bool]
) -> int | None:
    """The place of the cell that is one too many, or before which one is missing; None where that explains nothing.

    `fits` says whether a row of `width` cells would be right, but for the cell at one place that is not known.
    """
    if not width - 1 <= len(cells) <= width + 1 or fits([*cells, ""][:width], None):
        return None
    for place in range(len(cells)):
        without = [*cells[:place], *cells[place + 1 :], ""]
        if len(cells) >= width and fits(without[:width], None):
            return place
        with_one_more = [*cells[:place], "", *cells[place:]]
        if (len(cells) < width or not cells[-1]) and fits(with_one_more[:width], place):
            return place
    return None
