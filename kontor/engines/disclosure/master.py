"""The master programme: the cheapest pattern that satisfies the cuts found so far, relaxed or in whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array

from .attacker import OPTIMAL
from .cuts import Pool
from .merging import Classes
from .problem import Bools, Floats, Ints

TIED = 0.003
"""Patterns of the same price are told apart by the logarithm of what they hide, at most so much per class: without
it the programme wanders among equal optima."""

TOGETHER = 0.45
"""What the ties of all hidden classes add up to at most: less than the price of one."""

INTERRUPTS = (
    highspy.cb.HighsCallbackType.kCallbackMipInterrupt,
    highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt,
)

SUB_PROGRAMMES = ("rins", "rens", "root_reduced_cost")
"""Heuristics that solve programmes within the programme: here they cost more time than they save."""


def prices(weight: Floats, value: Floats, count: int) -> Floats:
    """weight (1 + tie), the ties of about `count` classes adding up to less than the price of one."""
    logs = np.log1p(np.abs(value))
    tie = min(TIED, TOGETHER / max(count, 1))
    return weight * (1.0 + tie * logs / max(float(logs.max(initial=1.0)), 1.0))


def untied(classes: Classes, price: Floats, bound: float) -> float:
    """A bound of prices in the units of the weights; where all of them are whole numbers, it is one too."""
    free = ~classes.always & (classes.weight > 0)
    raised = float(np.max(price[free] / classes.weight[free], initial=1.0))
    cost = bound / raised
    if np.all(classes.weight[free] == np.round(classes.weight[free])):
        cost = float(np.ceil(cost - 1e-6))
    return classes.base + cost


@dataclass(frozen=True, slots=True)
class Solution:
    """hidden: 0 to 1 per class. bound: no pattern that satisfies the cuts costs less."""

    hidden: Floats
    bound: float


class Relaxation:
    """The linear relaxation; cuts are appended to it and it goes on from its last basis."""

    def __init__(self, pool: Pool, price: Floats, always: Bools) -> None:
        self._pool, self._rows = pool, 0
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (("output_flag", False), ("threads", 1), ("solver", "simplex")):
            self._solver.setOptionValue(option, value)
        count = price.size
        nothing = np.zeros(0, dtype=np.int32)
        cost = np.where(always, 0.0, price)
        self._solver.addCols(
            count, cost, np.where(always, 1.0, 0.0), np.ones(count), 0, nothing, nothing, np.zeros(0)
        )

    def solve(self) -> Solution:
        rows, least = self._pool.matrix(self._rows)
        self._rows = len(self._pool.cuts)
        if rows.shape[0]:
            self._solver.addRows(
                rows.shape[0],
                least,
                np.full(rows.shape[0], np.inf),
                rows.nnz,
                rows.indptr[:-1].astype(np.int32),
                rows.indices.astype(np.int32),
                rows.data,
            )
        self._solver.run()
        hidden = np.clip(np.array(self._solver.getSolution().col_value), 0.0, 1.0)
        bound = self._solver.getObjectiveValue() if self._solver.getModelStatus() == OPTIMAL else 0.0
        return Solution(hidden, bound)


@dataclass(frozen=True, slots=True)
class Effort:
    """How far a programme in whole numbers is solved: up to a relative or an absolute gap, or for so many seconds.

    asked: called often meanwhile; what it raises ends the programme, and so does an interrupt by the user.
    """

    seconds: float
    gap: float = 0.0
    apart: float = 0.0
    asked: Callable[[], None] = lambda: None


def whole(
    pool: Pool, price: Floats, always: Bools, effort: Effort, start: Bools | None = None
) -> Solution | None:
    """The same in whole numbers; None where the time did not suffice for any pattern."""
    rows, least = pool.matrix()
    used = np.flatnonzero(~always & (np.bincount(rows.indices, minlength=price.size) > 0))
    solver = _solver(effort)
    solver.passModel(_model(rows, least, price, used))
    if start is not None:
        solver.setSolution(used.size, np.arange(used.size, dtype=np.int32), start[used].astype(float))
    _run(solver, effort)
    bound = solver.getInfo().mip_dual_bound
    if not np.isfinite(bound) or not _found(solver):
        return None
    hidden = np.where(always, 1.0, 0.0)
    hidden[used] = np.round(np.array(solver.getSolution().col_value))
    return Solution(hidden, max(bound, 0.0))


def part(pool: Pool, price: Floats, hidden: Bools, free: Bools, effort: Effort) -> Bools | None:
    """The master programme over the free classes alone, while the others stay as they are in `hidden`; None where
    that has no solution, or it was not solved in time: half a solution hides far too much.
    """
    rows, least = pool.matrix()
    touched = np.zeros(rows.shape[0], dtype=bool)
    touched[np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))[free[rows.indices]]] = True
    rows, least = csr_array(rows[touched]), least[touched]
    used = np.flatnonzero(free)
    solver = _solver(effort)
    solver.passModel(_model(rows, least - rows @ (hidden & ~free).astype(float), price, used))
    _run(solver, effort)
    if solver.getModelStatus() != OPTIMAL or not _found(solver):
        return None
    out = hidden.copy()
    out[used] = np.array(solver.getSolution().col_value) > 0.5
    return out


def _solver(effort: Effort) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("mip_rel_gap", effort.gap),
        ("mip_abs_gap", max(effort.apart, 1e-6)),
        ("time_limit", max(effort.seconds, 0.1)),
        *((f"mip_heuristic_run_{name}", False) for name in SUB_PROGRAMMES),
    ):
        solver.setOptionValue(option, value)
    return solver


def _run(solver: highspy.Highs, effort: Effort) -> None:
    """A programme does not let Python see a signal, but for where it calls it."""
    raised: list[BaseException] = []

    def interrupted(_kind: Any, _message: str, _state: Any, answer: Any, _given: Any) -> None:
        try:
            effort.asked()
        except BaseException as error:  # nothing may be raised through the programme; it is raised below
            raised.append(error)
            answer.user_interrupt = True

    solver.setCallback(interrupted, None)
    for kind in INTERRUPTS:
        solver.startCallback(kind)
    solver.run()
    if raised:
        raise raised[0]


def _found(solver: highspy.Highs) -> bool:
    """Whether there is a pattern at all."""
    objective = solver.getInfo().objective_function_value
    return bool(np.isfinite(objective) and objective < 1e20)


def _model(rows: csr_array, least: Floats, price: Floats, used: Ints) -> highspy.HighsLp:
    part = csr_array(rows[:, used])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = used.size, part.shape[0]
    model.col_cost_ = price[used]
    model.col_lower_, model.col_upper_ = np.zeros(used.size), np.ones(used.size)
    model.row_lower_, model.row_upper_ = least, np.full(part.shape[0], np.inf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = part.indptr.astype(np.int32)
    model.a_matrix_.index_ = part.indices.astype(np.int32)
    model.a_matrix_.value_ = part.data
    model.integrality_ = [highspy.HighsVarType.kInteger] * used.size
    return model
