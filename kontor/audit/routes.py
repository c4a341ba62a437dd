"""Short ways: one class moved as far as asked, and as little else as the equations allow, in a window around it."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack

from .published import Floats, Ints
from .windows import NOTHING, Windows

FAR = 1000.0  # price of every unit that the class falls short of, against 1 for every unit of another one
OVER = 1e-5  # by how much a goal is passed, so that rounding does not take it back


class Routes:
    """Changes of the classes of one group that no equation notices."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("presolve", "off"),
            ("simplex_strategy", 1),
        ):
            self._solver.setOptionValue(option, value)

    def route(
        self, base: Floats, place: int, way: float, far: float, size: int, held: Ints = NOTHING
    ) -> tuple[Ints, Floats]:
        """The classes of a window and by how much each changes, so that `place` goes `far` up (1.0) or down (-1.0) from
        a possible point `base`, or as far as it can while `held` stay. All zero where the solver gives up."""
        windows = self.windows
        chosen = windows.near(place, size)
        part = windows.inside(chosen, base)
        count, here = chosen.size, base[chosen]
        at = int(np.searchsorted(chosen, place))
        costs = np.ones(2 * count)
        most = np.concatenate([part.high - here, here - part.low])
        forth, back = (at, count + at) if way > 0 else (count + at, at)
        costs[forth], most[forth], most[back] = -FAR, min(most[forth], far + OVER), 0.0
        still = np.flatnonzero(np.isin(chosen, held))
        most[still] = most[count + still] = 0.0
        moved = self._solved(part.matrix, costs, most)
        change = moved[:count] - moved[count:]
        if abs(change[at]) > far:  # exactly as far as asked; the rest with it
            change *= far / abs(change[at])
        return chosen, change

    def _solved(self, matrix: csr_array, costs: Floats, most: Floats) -> Floats:
        lp, both = highspy.HighsLp(), csr_array(hstack([matrix, -matrix], format="csr"))
        lp.num_col_, lp.num_row_ = costs.size, matrix.shape[0]
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = costs, np.zeros(costs.size), most
        lp.row_lower_ = lp.row_upper_ = np.zeros(matrix.shape[0])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = both.indptr.astype(np.int32)
        lp.a_matrix_.index_ = both.indices.astype(np.int32)
        lp.a_matrix_.value_ = both.data
        self._solver.passModel(lp)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.zeros(costs.size)
        found: Floats = np.asarray(self._solver.getSolution().col_value)
        return found
