"""Cuts that need no linear programme: an equation whose always hidden classes do not protect each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .cuts import Cut
from .merging import Classes


def seeds(classes: Classes) -> Iterator[Cut]:
    """One class more must be hidden in every equation whose protected classes cannot move against each other."""
    equations = classes.equations
    for start, end in zip(equations.indptr[:-1], equations.indptr[1:], strict=True):
        cells, signs = equations.indices[start:end], equations.data[start:end]
        inside = classes.always[cells]
        if not classes.protected[cells].any() or inside.all():
            continue
        given = cells[inside]
        if not _suffice(classes, given, signs[inside]):
            others = cells[~inside].astype(np.int64)
            yield Cut(others, np.ones(others.size))


def _suffice(
    classes: Classes, cells: np.typing.NDArray[np.int32], signs: np.typing.NDArray[np.float64]
) -> bool:
    """Whether no protected class among them is kept from its width by the others alone."""
    if cells.size == 1:
        return False
    if cells.size == 2:
        contributors = classes.contributor[cells]
        for known, other in ((0, 1), (1, 0)):
            different = contributors[known] >= 0 and contributors[other] != contributors[known]
            himself = contributors[known] in classes.implied.get(int(cells[other]), ())
            if different and not himself and classes.protected[cells[other]]:
                return False
    size = np.abs(signs)
    fall = np.where(signs > 0, classes.fall[cells], classes.rise[cells]) * size
    rise = np.where(signs > 0, classes.rise[cells], classes.fall[cells]) * size
    for place in np.flatnonzero(classes.protected[cells]).tolist():
        down = min(fall[place], rise.sum() - rise[place] if np.isfinite(rise).all() else _rest(rise, place))
        up = min(rise[place], fall.sum() - fall[place] if np.isfinite(fall).all() else _rest(fall, place))
        cell = cells[place]
        turned = (down, up) if signs[place] > 0 else (up, down)
        if turned[0] + turned[1] < classes.width[cell] * size[place] - 1e-9:
            return False
        if (
            turned[0] < classes.down[cell] * size[place] - 1e-9
            or turned[1] < classes.up[cell] * size[place] - 1e-9
        ):
            return False
    return True


def _rest(ways: np.typing.NDArray[np.float64], place: int) -> float:
    return float(np.delete(ways, place).sum())
