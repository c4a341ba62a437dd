"""Publishes again what need not be hidden, as long as points prove that every demand still holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .checks import Component, components
from .merging import Classes
from .problem import Bools, Floats


def cleaned(
    classes: Classes, hidden: Bools, price: Floats, coalition: int, go_on: Callable[[], bool]
) -> Bools:
    """A safe pattern inside a safe pattern, dear classes given back first.

    Hiding more never hurts these demands, so each class is tried once.
    """
    out = hidden.copy()
    for cells in components(classes, hidden):
        component = Component(classes, cells, coalition)
        component.narrow()
        component.determined()
        order = np.argsort(-price[cells], kind="stable")
        for place in order[~classes.always[cells[order]]]:
            if not go_on():
                break
            component.publishes(int(place))
        out[cells[component.gone]] = False
    return out
