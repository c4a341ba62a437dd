"""The attacker's linear programme over some equations: how far can one cell move if the others play along?"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array

from .problem import Floats, Ints

OPTIMAL = highspy.HighsModelStatus.kOptimal
ANSWERED = (OPTIMAL, highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnbounded)
TINY = 1e-7
"""Smaller reduced costs and deviations are rounding noise."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a cell moves in one direction (>= 0), the point that shows it, and the reduced costs that prove it.

    rows: the equations that the proof uses. reduced: with it, the way is at most the sum of reduced * fall where it
    is positive and of -reduced * rise where it is negative, for whatever bounds (weak duality).
    """

    way: float
    point: Floats
    reduced: Floats
    rows: Ints


class Attacker:
    """One model that stays warm: only the bounds and the cell that is looked at change."""

    def __init__(self, equations: csr_array) -> None:
        rows, columns = equations.shape
        self._columns = np.arange(columns, dtype=np.int32)
        self._looked_at = 0
        self._solver = solver()
        zeros = np.zeros(columns)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = columns, rows
        model.col_cost_, model.col_lower_, model.col_upper_ = zeros, zeros, zeros
        model.row_lower_ = model.row_upper_ = np.zeros(rows)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = equations.indptr.astype(np.int32)
        model.a_matrix_.index_ = equations.indices.astype(np.int32)
        model.a_matrix_.value_ = equations.data
        self._solver.passModel(model)

    def bound(self, low: Floats, high: Floats) -> None:
        self._solver.changeColsBounds(self._columns.size, self._columns, low, high)

    def bound_one(self, cell: int, low: float, high: float) -> None:
        self._solver.changeColBounds(cell, low, high)

    def farthest(self, cell: int, direction: int) -> Reach | None:
        """Down (-1) or up (+1); None where there is no answer: no bound, or the programme fails even from scratch."""
        self._solver.changeColCost(self._looked_at, 0.0)
        self._solver.changeColCost(cell, float(-direction))
        self._looked_at = cell
        return self._solve()

    def spread(self, cost: Floats) -> Reach | None:
        """The point that minimises a cost of all cells."""
        self._solver.changeColsCost(self._columns.size, self._columns, cost)
        answer = self._solve()
        self._solver.changeColsCost(self._columns.size, self._columns, np.zeros(self._columns.size))
        return answer

    def _solve(self) -> Reach | None:
        self._solver.run()
        if self._solver.getModelStatus() not in ANSWERED:
            self._solver.clearSolver()
            self._solver.run()
        if self._solver.getModelStatus() != OPTIMAL:
            return None
        answer = self._solver.getSolution()
        point, reduced = np.array(answer.col_value), np.array(answer.col_dual)
        point[np.abs(point) < TINY] = 0.0
        rows = np.flatnonzero(np.abs(np.array(answer.row_dual)) > TINY)
        return Reach(-self._solver.getObjectiveValue(), point, reduced, rows)


def solver() -> highspy.Highs:
    """A silent single-threaded HiGHS whose primal simplex restarts from the last basis."""
    made = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("presolve", "off"),
        ("solver", "simplex"),
        ("simplex_strategy", 4),
    ):
        made.setOptionValue(option, value)
    return made


def shortened(way: Reach, fall: Floats, rise: Floats) -> Floats:
    """What every cell contributes at most to the way if it is hidden: infinite where nothing limits it."""
    out = np.zeros(way.reduced.size)
    down, up = way.reduced > TINY, way.reduced < -TINY
    out[down] = way.reduced[down] * fall[down]
    out[up] = -way.reduced[up] * rise[up]
    return out
