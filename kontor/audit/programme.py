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
from .windows import NOTHING

DUAL, PRIMAL = 1, 4  # HiGHS: simplex_strategy; a corner stays feasible while only the objective changes
LARGE = 10_000  # classes; beyond, an objective of very many classes is sooner solved from its dual
LITTLE = (
    0.1  # what it is worth at most to lift a class nobody asks for, against 0.5 to 1 for one of the others
)
LOOSE = 1e-4  # by how much a point from inside may miss an equation
SEED = 20261123  # of those prices; any will do
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
        self._random = np.random.default_rng(SEED)
        self._held: dict[int, float] = {}

    def spread(
        self,
        up: Ints,
        down: Ints,
        goals: Floats | None = None,
        single: Ints = NOTHING,
        worth: Floats | None = None,
    ) -> Floats:
        """A point with classes `up` lifted as far as asked, `down` lowered and `single` at 1, as many as can be together.

        goals: the values to which `up` are lifted, instead of `room` above their lower bounds. worth: of every class, what
        it counts where not all can be. Of classes that follow from one another one is asked; the others move with it.
        Large programmes lift all others a little too, each at a price of its own: that is solved ten times sooner than a
        programme in which most classes are worth nothing, and every time another point is found.
        """
        costs = np.concatenate([np.zeros(self.size), np.full(self.size, TIDY)])
        if self.size > LARGE:
            costs[: self.size] = -LITTLE * self._random.random(self.size)
        for columns, sign in ((up, 1.0), (down, -1.0)):
            place, rising = self._folded.place[columns], self._folded.sign[columns] * sign > 0
            price = self._prices(columns, worth)
            costs[place[rising]] = -price[rising]
            costs[self.size + place[rising]] = TIDY
            costs[place[~rising]] = costs[self.size + place[~rising]] = price[~rising]
        place = self._folded.place[single]
        costs[self.size + place] = self._prices(single, worth)
        costs[place] = -costs[self.size + place]
        if goals is None and not single.size:
            return self._moved(costs)
        try:
            self._divide(self._up_to(up, goals, single))
            return self._moved(costs)
        finally:
            self._divide(self._room)

    def _moved(self, costs: Floats) -> Floats:
        """The best corner; of large programmes a point inside the best face, which is found several times sooner."""
        inner = self._inner(costs, presolve="choose") if self.size > LARGE else None
        return self._best(costs, primal=self._warm) if inner is None else inner

    def _prices(self, columns: Ints, worth: Floats | None) -> Floats:
        """What moving one of the classes is worth: in large programmes to each something else."""
        found: Floats = np.ones(columns.size) if worth is None else worth[columns]
        return found if self.size <= LARGE else found * (1 - 0.5 * self._random.random(columns.size))

    def _up_to(self, up: Ints, goals: Floats | None, single: Ints) -> Floats:
        """The first columns' room that ends at the values to which classes are to come."""
        folded, room = self._folded, self._room.copy()
        rising = folded.sign[up] > 0 if goals is not None else np.zeros(up.size, dtype=bool)
        aimed = np.concatenate([up[rising], single])
        values = np.concatenate([goals[rising] if goals is not None else np.zeros(0), np.ones(single.size)])
        place = folded.place[aimed]
        above = (values - folded.offset[aimed]) * folded.sign[aimed] - self._low[place]
        room[place] = np.clip(above, 0.0, (self._high - self._low)[place])
        return room

    def _divide(self, room: Floats) -> None:
        """So much of every class in its first column, the rest in its second one; none of them may be held."""
        most = np.concatenate([room, self._high - self._low - room])
        self._solver.changeColsBounds(most.size, self._places, np.zeros(most.size), most)

    def extreme(self, column: int, sign: float) -> Floats:
        """A point at which a class is as large (1.0) or as small (-1.0) as it can be."""
        costs, place = np.zeros(2 * self.size), self._folded.place[column]
        costs[[place, self.size + place]] = -sign * self._folded.sign[column]
        return self._best(costs, primal=self._warm)

    def middle(self) -> Floats | None:
        """A point away from the bounds where there is one, by the way of interior points; None where it fails.

        Without presolve: where it solves a programme all by itself, it answers with a corner.
        """
        return self._inner(np.zeros(2 * self.size), presolve="off")

    def _inner(self, costs: Floats, *, presolve: str) -> Floats | None:
        """The way of interior points, which stays away from corners; None where it fails or comes to no exact end."""
        solver = self._solver
        for option, value in (("solver", "ipm"), ("run_crossover", "off"), ("presolve", presolve)):
            solver.setOptionValue(option, value)
        try:
            found = self._best(costs, primal=False)
            return found if solver.getInfo().max_primal_infeasibility <= LOOSE else None
        except Contradiction:
            return None
        finally:
            solver.clearSolver()
            self._warm = False
            for option, value in (("solver", "simplex"), ("run_crossover", "on"), ("presolve", "choose")):
                solver.setOptionValue(option, value)

    def hold(self, column: int, value: float) -> None:
        """Fix a class until it is freed. Raises Contradiction where it cannot have that value, alone or beside what is
        held already."""
        place = int(self._folded.place[column])
        above = float((value - self._folded.offset[column]) * self._folded.sign[column] - self._low[place])
        if not -CLOSE <= above <= self._high[place] - self._low[place] + CLOSE:
            raise Contradiction(np.array([column]))
        if abs(self._held.setdefault(place, above) - above) > CLOSE:
            raise Contradiction(np.array([column]))
        above = max(above, 0.0)
        first = min(above, self._room[place])
        self._solver.changeColBounds(place, first, first)
        self._solver.changeColBounds(self.size + place, above - first, above - first)

    def free(self, column: int) -> None:
        """Give a class its bounds back."""
        place = self._folded.place[column]
        self._held.pop(int(place), None)
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
