"""In small components a count can be narrower in whole numbers than in fractions: that is looked up exactly."""

from __future__ import annotations

import highspy
import numpy as np

from .checks import Component, Leak
from .problem import Floats

SMALL = 12
"""Hidden classes; more would take too long, and whole numbers hardly make a difference there."""


def narrow_in_whole_numbers(component: Component) -> list[Leak]:
    """Classes whose interval over whole numbers is too narrow, in components of at most SMALL classes."""
    if component.cells.size > SMALL:
        return []
    points = component.points
    whole = points[(points == np.round(points)).all(axis=1)]
    lowest = np.minimum(whole.min(axis=0, initial=0.0), 0.0)
    highest = np.maximum(whole.max(axis=0, initial=0.0), 0.0)
    found = []
    for place in component.demanding:
        one = np.array([place])
        for direction in (1, -1):
            if component.enough(one, lowest[one], highest[one])[0]:
                break
            component.asked()
            point = _extreme(component, int(place), direction)
            np.minimum(lowest, point, out=lowest)
            np.maximum(highest, point, out=highest)
        if not component.enough(one, lowest[one], highest[one])[0]:
            found.append(Leak(int(component.cells[place]), component.rows))
    return found


def _extreme(component: Component, place: int, direction: int) -> Floats:
    """A whole point at which the class is as far down (-1) or up (+1) as it can be."""
    equations, size = component.equations, component.cells.size
    far = float(component.value.max()) + 10 * float(component.units.max())
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = size, equations.shape[0]
    cost = np.zeros(size)
    cost[place] = -direction
    model.col_cost_ = cost
    model.col_lower_ = -np.minimum(component.fall, far)
    model.col_upper_ = np.minimum(component.rise, far)
    model.row_lower_ = model.row_upper_ = np.zeros(equations.shape[0])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = equations.indptr.astype(np.int32)
    model.a_matrix_.index_ = equations.indices.astype(np.int32)
    model.a_matrix_.value_ = equations.data
    model.integrality_ = [highspy.HighsVarType.kInteger] * size
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    solver.run()
    return np.round(np.array(solver.getSolution().col_value))
