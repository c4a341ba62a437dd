"""Makes a built pattern cheaper, component by component: inside one, every way through what is hidden counts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .checks import components
from .cleanup import Cleaning, Supposed
from .construct import Construction
from .problem import Bools, Floats, Ints, Step

LARGEST = 1_500
"""In larger components the programmes take too long; there `reroute` looks at the surroundings of each class."""


def trimmed(made: Construction) -> None:
    """Publishes all classes that are not needed, and shows the points that then prove what is left."""
    parts = [cells for cells in components(made.classes, made.hidden) if cells.size <= LARGEST]
    parts = [cells for cells in parts if cells.tobytes() not in made.settled["trimmed"]]
    for done, cells in enumerate(parts):
        made.budget.cancelled()
        made.budget.told(Step("clean", done, len(parts)))
        _trimmed(made, cells)
        if made.budget.left() <= 0:
            return
        left: Bools = np.zeros(made.hidden.size, dtype=bool)
        left[cells] = made.hidden[cells]
        made.settled["trimmed"].update(rest.tobytes() for rest in components(made.classes, left))


def _trimmed(made: Construction, cells: Ints) -> None:
    cleaning = Cleaning(made.classes, cells, made.coalition, _supposed(made, cells))
    cleaning.keep(made.points.within(cells))
    gone = cleaning.publish(made.weight, lambda: made.budget.left() > 0)
    made.points.without(gone.tolist())
    made.publish(gone)
    _shown(made, cleaning)


def _supposed(made: Construction, cells: Ints) -> Iterator[Supposed]:
    for cell in cells.tolist():
        for known, (held, least) in made.pairs.get(cell, {}).items():
            if made.hidden[known] and (cell, known) not in made.given_up:
                yield cell, known, held, least


def _shown(made: Construction, cleaning: Cleaning) -> None:
    """Gives the construction those points of a component that prove what its own no longer do."""
    names, points = cleaning.cells, cleaning.points
    for place in cleaning.demanding[~cleaning.gone[cleaning.demanding]].tolist():
        if len(points) and not made.points.wide(int(names[place])):
            for row in (points[:, place].argmin(), points[:, place].argmax()):
                made.points.add(names, points[row])
    for place in cleaning.targets.tolist():
        while (own := made.points.determined_by(int(names[place]))) is not None:
            still = points[:, np.isin(names, own)] == 0
            rows = np.flatnonzero(still.all(axis=1) & (points[:, place] != 0))
            if not rows.size:
                break
            made.points.add(names, _sparsest(points[rows]))
    for cell, known, held, least in _supposed(made, names[~cleaning.gone]):
        if not made.points.supposed(cell, known, held, least):
            at, of = np.searchsorted(names, [known, cell])
            rows = np.flatnonzero((np.abs(points[:, at] - held) <= 1e-6) & (points[:, of] >= least - 1e-6))
            if rows.size:
                made.points.add(names, _sparsest(points[rows]))


def _sparsest(points: Floats) -> Floats:
    found: Floats = points[np.argmin((points != 0).sum(axis=1))]
    return found
