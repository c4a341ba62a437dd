"""The engine: which cells to hide, with a proven bound; stoppable at any time after its first round."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .checks import Component, Leak, components
from .cleanup import cleaned
from .cover import covered
from .cuts import Cut, Pool, support_cut
from .disjunctions import conditional, cut_of_suspicion
from .large import construct_large, constructed
from .master import Relaxation, Solution, prices, whole
from .merging import Classes, merged
from .problem import Bools, Budget, Floats, Pattern, Problem, Step, Witness
from .seeds import seeds
from .separation import Separator
from .suspicions import EXHAUSTIVE, Suspicions
from .whole_numbers import narrow_in_whole_numbers
from .windows import Window, through, windows

ROUNDS = 60
"""Rounds of the relaxation without whole numbers, at most."""
RELAXING = 0.35
"""The share of the time for the first relaxation."""
LARGE = 3_000
"""Above so many cells a table is only built up."""
TURNS = 300
"""Rounds with the master in whole numbers, at most."""
SEARCHED = 20_000
"""Above so many cells what was built up is not searched for anything better."""
REPAIRS = 12
"""Rounds in which a pattern of the master is made safe; then it is asked again, with all that was learned."""
CONSTRUCTING = 0.4
"""The share of the time that must be left for the first pattern when cuts alone have not led to one."""
NEARLY = 1.05
"""A pattern at most so much dearer than the best one is cleaned up."""
QUICK = 160
"""Windows of at most so many classes are asked first."""


def suppress(problem: Problem, *, budget: Budget | None = None) -> Pattern:
    """The cheapest pattern found until the budget's time is up, safe against attackers A, B and C in any case.

    Tables of more than LARGE cells get a pattern built cell by cell, and a bound, and what time is left then is
    searched up to SEARCHED cells; smaller ones are searched for the optimum from the start. Raises whatever
    `budget.cancelled` raises.
    """
    budget = budget or Budget()
    search = _Search(problem, budget)
    if problem.values.size > LARGE:
        made = construct_large(problem, budget=budget, pool=search.pool)
        if problem.values.size > SEARCHED or made.unprotectable or not 0 < budget.left() < np.inf:
            return made
        search.begin_with(made)
    return search.run()


class _Search:
    """What one run knows: the pool of cuts, the best pattern, the best bound."""

    def __init__(self, problem: Problem, budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        self.classes = merged(problem)
        self.price = prices(self.classes.weight, self.classes.value, int(self.classes.protected.sum()))
        self.pool = Pool(self.classes.count)
        self.separators: list[Separator] = []
        self.busy: list[Separator] = []
        self.best: Bools | None = None
        self.cost = np.inf
        self.bound = 0.0
        self.steps: list[Step] = []
        self.unprotectable: set[int] = set()
        self.quiet: set[bytes] = set()  # components without a leak that anything could close

    def begin_with(self, made: Pattern) -> None:
        """A safe pattern to begin with, and its bound."""
        self.best = self.classes.always.copy()
        self.best[self.classes.of[made.hidden & (self.classes.of >= 0)]] = True
        self.cost, self.bound = self._price(self.best), max(made.bound - self.classes.base, 0.0)

    def run(self) -> Pattern:
        if not self.classes.protected.any():
            self.best, self.cost = self.classes.always, 0.0
            return self.pattern()
        self.prepare()
        relaxation = Relaxation(self.pool, self.price, self.classes.always)
        self.first(relaxation)
        self.told("round")
        gap, turn = 0.01, 0
        while not self.closed() and self.budget.left() > 0:
            turn += 1
            learned, exact = len(self.pool.cuts), gap == 0.0
            solution = self.master(gap)
            if solution is not None:
                self.follow(solution)
                self.relax(relaxation)
            self.told("round")
            if (exact and len(self.pool.cuts) == learned) or turn >= TURNS:
                break
            gap = 0.1 * (self.cost - self.bound) / self.cost if self.cost > 1.02 * self.bound else 0.0
        return self.pattern()

    def first(self, relaxation: Relaxation) -> None:
        """The first bound and the first safe pattern."""
        total = self.budget.left()
        limited = bool(np.isfinite(total))
        solution = self.relax(relaxation, (1 - RELAXING) * total if limited else 0.0)
        if self.best is not None:
            return
        reserve = CONSTRUCTING * total if limited else -np.inf
        pattern = self.repaired(self.classes.always, solution.hidden, reserve)
        if pattern is None:
            built = constructed(self.problem, self.classes, self.budget, solution.hidden).hidden
            pattern = self.repaired(built, solution.hidden)
        assert pattern is not None
        self.improve(pattern)

    def follow(self, solution: Solution) -> None:
        """Takes the master's pattern if it is safe; otherwise makes a safe one of it, and learns cuts on the way."""
        hidden = solution.hidden > 0.5
        safe = self.repaired(hidden, solution.hidden, 0.0, REPAIRS)
        if safe is not None and self._price(safe) < NEARLY * self.cost:
            self.improve(safe)

    def _price(self, hidden: Bools) -> float:
        return float(self.price[hidden & ~self.classes.always].sum())

    def prepare(self) -> None:
        for cut in seeds(self.classes):
            self.pool.add(cut)
        self.separators = [
            Separator(self.classes, window, self.problem.coalition)
            for window in windows(self.problem, self.classes)
        ]
        self.busy = [separator for separator in self.separators if separator.cells.size <= QUICK]

    def relax(self, relaxation: Relaxation, reserve: float = 0.0) -> Solution:
        """Cuts until the windows are quiet or only the reserve of time is left; its last bound counts."""
        solution = relaxation.solve()
        self.bound = max(self.bound, solution.bound)
        for _ in range(ROUNDS):
            if not self.separate(solution.hidden) or self.budget.left() <= reserve:
                break
            solution = relaxation.solve()
            self.bound = max(self.bound, solution.bound)
            self.told("relaxation")
        return solution

    def separate(self, hidden: Floats) -> int:
        """Adds the cuts that the windows find violated; how many are new.

        Windows that had cuts before come first; the others are asked when those are quiet.
        """
        fresh = self._ask(self.busy, hidden)
        if not fresh:
            self.busy = [separator for separator in self.separators if separator not in self.busy]
            fresh = self._ask(self.busy, hidden)
        return fresh

    def _ask(self, asked: list[Separator], hidden: Floats) -> int:
        fresh, self.busy = 0, []
        for separator in asked:
            self.budget.cancelled()
            new = sum(self.pool.add(cut) for cut in separator.cuts(hidden))
            fresh += new
            if new:
                self.busy.append(separator)
        return fresh

    def master(self, gap: float) -> Solution | None:
        seconds = max(self.budget.left() / 2, 0.5)
        always = self.classes.always
        solution = whole(self.pool, self.price, always, gap=gap, seconds=seconds, start=self.best)
        if solution is not None:
            self.bound = max(self.bound, solution.bound)
        return solution

    def repaired(
        self, start: Bools, relaxed: Floats, reserve: float = -np.inf, rounds: float = np.inf
    ) -> Bools | None:
        """A safe pattern that contains `start`: covers cuts until the full check is quiet; None if only the reserve
        of time is left, or after so many rounds.
        """
        hidden = start | self.classes.always
        while self.separate(hidden.astype(float)) or self.check(hidden):
            rounds -= 1
            if self.budget.left() <= reserve or rounds < 0:
                return None
            more = covered(self.pool, hidden, self.price, relaxed)
            if np.array_equal(more, hidden):
                break
            hidden = more
        return hidden

    def check(self, hidden: Bools) -> int:
        """Adds cuts for the demands that only the whole table shows to be open; how many demands those are."""
        fresh = 0
        for cells in components(self.classes, hidden):
            self.budget.cancelled()
            if cells.tobytes() in self.quiet:
                continue
            component = Component(self.classes, cells, self.problem.coalition)
            met = self._from(component.leaks(), hidden) or self._from(self.doubts(component), hidden)
            if not met:
                self.quiet.add(cells.tobytes())
            fresh += met
        return fresh

    def doubts(self, component: Component) -> list[Leak]:
        """What counts give away beyond fractions: by whole numbers, and to an auditor who suspects 1-cells."""
        problem = self.problem
        if not problem.integral or problem.threshold < 0:
            return []
        found = narrow_in_whole_numbers(component)
        if found:
            return found
        search = Suspicions(component, problem.threshold, suspected=problem.suspected)
        return [one.leak for told in search.found(once=True, exhaustive=EXHAUSTIVE) for one in told]

    def _from(self, leaks: list[Leak], hidden: Bools) -> int:
        """Cuts from leaks, those with short proofs first, no class and no proof twice; how many could be met."""
        fresh = 0
        seen: set[object] = set()
        for leak in sorted(leaks, key=lambda leak: leak.rows.size):
            keys: set[object] = {(leak.cell, bool(leak.conditions)), leak.rows.tobytes()}
            if not seen & keys:
                fresh += self.learned(leak, hidden)
            seen |= keys
        return fresh

    def learned(self, leak: Leak, hidden: Bools) -> bool:
        """Adds cuts from the equations that show a leak; whether anything could close it."""
        window = through(self.classes, leak.rows)
        cuts = self._proven(leak, window, hidden)
        if not cuts:
            conditions = conditional(self.classes, leak)
            cuts = [support_cut(~hidden[window.cells], window.cells, conditions)]
            if cuts[0].cells.size == 0:
                self.unprotectable.add(leak.cell)
                return False
        for cut in cuts:
            self.pool.add(cut)
        return True

    def _proven(self, leak: Leak, window: Window, hidden: Bools) -> list[Cut]:
        """The cuts that the equations themselves give."""
        problem = self.problem
        if not leak.conditions:
            only = np.array(leak.known, dtype=np.int64), leak.cell
            return Separator(self.classes, window, problem.coalition, only=only).cuts(hidden.astype(float))
        cut = cut_of_suspicion(
            self.classes, window, leak, hidden, problem.threshold, suspected=problem.suspected
        )
        return [] if cut is None else [cut]

    def improve(self, hidden: Bools) -> None:
        """Takes a safe pattern, without what it need not hide, if it is the best so far."""
        found = cleaned(
            self.classes, hidden, self.price, self.problem.coalition, lambda: self.budget.left() > 0
        )
        dear = np.where(hidden, self.price, 1e6 * self.price)
        while self.check(found):
            more = covered(self.pool, found, dear, np.zeros(found.size))
            if np.array_equal(more, found) or self.budget.left() <= 0:
                found = hidden
                break
            found = more
        if self._price(found) < self.cost:
            self.best, self.cost = found, self._price(found)

    def closed(self) -> bool:
        """Whether the best pattern is proven to be optimal, up to what only tells equal prices apart."""
        return self.proven() >= self.paid() - 1e-6

    def paid(self) -> float:
        if self.best is None:
            return np.inf
        return self.classes.base + float(self.classes.weight[self.best & ~self.classes.always].sum())

    def proven(self) -> float:
        """The bound in the units of the weights; where all of them are whole numbers, it is one too."""
        weight = self.classes.weight[~self.classes.always]
        raised = float(np.max(self.price[~self.classes.always] / np.maximum(weight, 1e-300), initial=1.0))
        bound = self.bound / raised
        if np.all(weight == np.round(weight)):
            bound = np.ceil(bound - 1e-6)
        return self.classes.base + float(bound)

    def told(self, stage: str) -> None:
        step = Step(stage, len(self.steps), 0, None if self.best is None else self.paid(), self.proven())
        self.steps.append(step)
        self.budget.told(step)

    def pattern(self) -> Pattern:
        assert self.best is not None
        problem, classes = self.problem, self.classes
        hidden = problem.primary | problem.absent
        inside = classes.of >= 0
        hidden[inside] |= self.best[classes.of[inside]]
        secondary = hidden & ~problem.primary & ~problem.absent
        lost = np.array(sorted(self.unprotectable | self._hopeless()), dtype=np.int64)
        unprotectable = np.flatnonzero(problem.primary & np.isin(classes.of, lost) & (classes.of >= 0))
        members = np.bincount(classes.of[secondary_able(problem, classes)], minlength=classes.count)
        free = ~classes.always & (members > 0)
        dearest = float(np.max(self.price[free] / members[free], initial=0.0))
        least = int(members[classes.always].sum())
        least += int(np.ceil(self.bound / dearest - 1e-6)) if dearest > 0 else 0
        return Pattern(
            hidden=hidden,
            secondary=secondary,
            cost=self.paid(),
            bound=min(self.proven(), self.paid()),
            count_bound=min(least, int(secondary.sum())),
            optimal=self.closed(),
            steps=tuple(self.steps),
            witnesses=tuple(self.witnesses()),
            unprotectable=(*classes.unprotectable, *unprotectable.tolist()),
        )

    def _hopeless(self) -> set[int]:
        return set().union(*(separator.unprotectable for separator in self.separators))

    def witnesses(self) -> Iterator[Witness]:
        """Two points per protected cell, as deviations of all cells of the classes that they move."""
        assert self.best is not None
        problem, of = self.problem, self.classes.of
        order = np.argsort(of, kind="stable")
        starts = np.searchsorted(of[order], np.arange(self.classes.count + 1))
        cells_of = [order[starts[name] : starts[name + 1]] for name in range(self.classes.count)]
        for cells in components(self.classes, self.best):
            component = Component(self.classes, cells)
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


def secondary_able(problem: Problem, classes: Classes) -> Bools:
    """Cells that would count as secondary ones if they were hidden."""
    return (classes.of >= 0) & ~problem.primary & ~problem.absent
