"""Two tables per protected cell that nobody can tell from the true one: the proof that the office keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .checks import Component, components
from .merging import Classes
from .problem import Bools, Problem, Witness


def shown(problem: Problem, classes: Classes, hidden: Bools, asked: Callable[[], None]) -> Iterator[Witness]:
    """Two points per primary cell of a pattern of hidden classes, as deviations of all cells of the classes that move.

    `asked` is called before every programme.
    """
    order = np.argsort(classes.of, kind="stable")
    starts = np.searchsorted(classes.of[order], np.arange(classes.count + 1))
    cells_of = [order[starts[name] : starts[name + 1]] for name in range(classes.count)]
    for cells in components(classes, hidden):
        component = Component(classes, cells, asked=asked)
        component.narrow()
        points = np.vstack([component.points, np.zeros(cells.size)])
        for place in component.demanding:
            low, high = points[points[:, place].argmin()], points[points[:, place].argmax()]
            moving = np.flatnonzero((low != 0) | (high != 0))
            members = [cells_of[cells[at]] for at in moving]
            sizes = [part.size for part in members]
            for cell in cells_of[cells[place]][problem.primary[cells_of[cells[place]]]]:
                if moving.size:
                    both = np.repeat(low[moving], sizes), np.repeat(high[moving], sizes)
                    yield Witness(int(cell), np.concatenate(members), *both)
