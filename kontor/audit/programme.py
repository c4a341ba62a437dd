"""Linear programmes over one group of tied classes (HiGHS): extremes of a class, or many classes moved at once."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack

from .bounds import Contradiction
from .folding import folded, unfolded
from .published import Floats, Ints
from .system import CLOSE, System

DUAL, PRIMAL = 1, 4  # HiGHS: simplex_strategy; a corner stays feasible while only the objective changes
LARGE = 10_000  # classes; beyond, an objective of very many classes is sooner solved from its dual
TIDY = 1e-4  # price of going further up than asked, so that nothing runs away


class Programme:
    """The corners of `least <= matrix @ x <= most`, `low <= x <= high`; each search starts where the last one ended.

    Every class is two columns, the first `room` above its lower bound and the rest: one programme can then lift or
    lower very many classes a little, and two or three of them show almost all to be wide enough.
    """

    def __init__(self, system: System, room: float) -> None:
        self._folded = folded(system) if system.size > LARGE else unfolded(system)
        fewer = self._folded.system
        self.size = fewer.size
        self._low, self._high = fewer.low, fewer.high
        self._room = np.minimum(room, self._high - self._low)
        self._places = np.arange(2 * self.size, dtype=np.int32)
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
        ):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._model(fewer))
        self._warm = False

    def spread(self, up: Ints, down: Ints) -> Floats:
        """A point with classes `up` lifted as far as asked and classes `down` lowered, as many as can be together.

        Of classes that follow from one another one is asked; the others move with it.
        """
        costs = np.concatenate([np.zeros(self.size), np.full(self.size, TIDY)])
        for columns, sign in ((up, 1.0), (down, -1.0)):
            place, rising = self._folded.place[columns], self._folded.sign[columns] * sign > 0
            costs[place[rising]] = -1.0
            costs[self.size + place[rising]] = TIDY
            costs[place[~rising]] = costs[self.size + place[~rising]] = 1.0
        return self._best(costs, primal=self._warm and self.size <= LARGE)

    def extreme(self, column: int, sign: float) -> Floats:
        """A point at which a class is as large (1.0) or as small (-1.0) as it can be."""
        costs, place = np.zeros(2 * self.size), self._folded.place[column]
        costs[[place, self.size + place]] = -sign * self._folded.sign[column]
        return self._best(costs, primal=self._warm)

    def middle(self) -> Floats | None:
        """A point away from the bounds where there is one, by the way of interior points; None where it fails."""
        solver = self._solver
        for option, value in (("solver", "ipm"), ("run_crossover", "off")):
            solver.setOptionValue(option, value)
        try:
            return self._best(np.zeros(2 * self.size), primal=False)
        except Contradiction:
            return None
        finally:
            solver.clearSolver()
            self._warm = False
            for option, value in (("solver", "simplex"), ("run_crossover", "on")):
                solver.setOptionValue(option, value)

    def hold(self, column: int, value: float) -> None:
        """Fix a class until it is freed. Raises Contradiction where it cannot have that value."""
        place = self._folded.place[column]
        above = (value - self._folded.offset[column]) * self._folded.sign[column] - self._low[place]
        if not -CLOSE <= above <= self._high[place] - self._low[place] + CLOSE:
            raise Contradiction(np.array([column]))
        above = max(above, 0.0)
        first = min(above, self._room[place])
        self._solver.changeColBounds(place, first, first)
        self._solver.changeColBounds(self.size + place, above - first, above - first)

    def free(self, column: int) -> None:
        """Give a class its bounds back."""
        place = self._folded.place[column]
        room = float(self._room[place])
        self._solver.changeColBounds(place, 0.0, room)
        self._solver.changeColBounds(
            self.size + place, 0.0, float(self._high[place] - self._low[place] - room)
        )

    def _best(self, costs: Floats, *, primal: bool) -> Floats:
        """Raises Contradiction where no point is left."""
        solver = self._solver
        solver.changeColsCost(costs.size, self._places, costs)
        solver.setOptionValue("simplex_strategy", PRIMAL if primal else DUAL)
        if not primal:
            solver.clearSolver()  # a fresh start with presolve is many times faster than a dual one from elsewhere
        solver.run()
        self._warm = True
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            solver.clearSolver()
            solver.run()
            if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise Contradiction(np.arange(min(5, self.size)))
        above = np.array(solver.getSolution().col_value)
        return self._folded.all(np.asarray(self._low + above[: self.size] + above[self.size :]))

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
