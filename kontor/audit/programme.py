"""Linear programmes over one group of tied classes (HiGHS): extremes of a class, or many classes moved at once."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack

from .bounds import Contradiction
from .published import Floats, Ints
from .system import System

DUAL, PRIMAL = 1, 4  # HiGHS: simplex_strategy; a corner stays feasible while only the objective changes
LARGE = 10_000  # classes; beyond, an objective of very many classes is sooner solved from its dual
TIDY = 1e-4  # price of going further up than asked, so that nothing runs away


class Programme:
    """The corners of `least <= matrix @ x <= most`, `low <= x <= high`; each search starts where the last one ended.

    Every class is two columns, the first `room` above its lower bound and the rest: one programme can then lift or
    lower very many classes a little, and two or three of them show almost all to be wide enough.
    """

    def __init__(self, system: System, room: float) -> None:
        self.size = system.size
        self._low, self._high = system.low, system.high
        self._room = np.minimum(room, self._high - self._low)
        self._places = np.arange(2 * self.size, dtype=np.int32)
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
        ):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._model(system))
        self._warm = False

    def spread(self, up: Ints, down: Ints) -> Floats:
        """A point with classes `up` lifted as far as asked and classes `down` lowered, as many as can be together."""
        costs = np.concatenate([np.zeros(self.size), np.full(self.size, TIDY)])
        costs[up] = -1.0
        costs[down] = costs[self.size + np.asarray(down)] = 1.0
        return self._best(costs, primal=self._warm and self.size <= LARGE)

    def extreme(self, column: int, sign: float) -> Floats:
        """A point at which a class is as large (1.0) or as small (-1.0) as it can be."""
        costs = np.zeros(2 * self.size)
        costs[[column, self.size + column]] = -sign
        return self._best(costs, primal=self._warm)

    def hold(self, column: int, value: float) -> None:
        """Fix a class until it is freed."""
        above = value - self._low[column]
        first = min(above, self._room[column])
        self._solver.changeColBounds(column, first, first)
        self._solver.changeColBounds(self.size + column, above - first, above - first)

    def free(self, column: int) -> None:
        """Give a class its bounds back."""
        room = float(self._room[column])
        self._solver.changeColBounds(column, 0.0, room)
        self._solver.changeColBounds(
            self.size + column, 0.0, float(self._high[column] - self._low[column] - room)
        )

    def _best(self, costs: Floats, *, primal: bool) -> Floats:
        """Raises Contradiction where no point is left."""
        solver = self._solver
        solver.changeColsCost(costs.size, self._places, costs)
        solver.setOptionValue("simplex_strategy", PRIMAL if primal else DUAL)
        solver.run()
        self._warm = True
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            solver.clearSolver()
            solver.run()
            if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise Contradiction(np.arange(min(5, self.size)))
        above = np.array(solver.getSolution().col_value)
        return np.asarray(self._low + above[: self.size] + above[self.size :])

    def _model(self, system: System) -> highspy.HighsLp:
        lp = highspy.HighsLp()
        both = csr_array(hstack([system.matrix, system.matrix], format="csr"))
        shift = system.matrix @ self._low
        lp.num_col_, lp.num_row_ = 2 * self.size, both.shape[0]
        lp.col_cost_ = np.zeros(2 * self.size)
        lp.col_lower_ = np.zeros(2 * self.size)
        lp.col_upper_ = np.concatenate([self._room, self._high - self._low - self._room])
        lp.row_lower_ = np.maximum(system.least - shift, -highspy.kHighsInf)
        lp.row_upper_ = np.minimum(system.most - shift, highspy.kHighsInf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = both.indptr.astype(np.int32)
        lp.a_matrix_.index_ = both.indices.astype(np.int32)
        lp.a_matrix_.value_ = both.data
        return lp
