"""The engine: which cells to hide, with a proven bound; stoppable at any time after its first round."""

from __future__ import annotations

import numpy as np

from .alone import Alone
from .checks import Component, Leak, components
from .cleanup import cleaned
from .cover import covered
from .cuts import Cut, Pool, support_cut
from .disjunctions import conditional, cut_of_suspicion
from .large import construct_large, constructed
from .master import TOGETHER, Effort, Relaxation, Solution, prices, untied, whole
from .mending import Mending
from .merging import merged
from .problem import Bools, Budget, Floats, Ints, Pattern, Problem, Step
from .seeds import seeds
from .separation import Separator
from .suspicions import Suspicions
from .whole_numbers import narrow_in_whole_numbers
from .windows import Window, through, windows
from .witnesses import shown

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
MENDING = 0.5
"""The share of the time left for making one pattern of the master safe."""
POLISHING = 0.5
"""Seconds that parts of the best pattern are solved anew, at least."""
CONSTRUCTING = 0.4
"""The share of the time that must be left for the first pattern when cuts alone have not led to one."""
NEARLY = 1.05
"""A pattern at most so much dearer than the best one is cleaned up."""
QUICK = 160
"""Windows of at most so many classes are asked first."""
CLEANING = 0.7
"""The share of the time left for a clean-up; the rest is for the check of what it gives."""


class TimeUp(Exception):
    """There is a safe pattern and no time left for a better one."""


def suppress(problem: Problem, *, budget: Budget | None = None) -> Pattern:
    """The cheapest pattern found until the budget's time is up, safe against attackers A, B and C in any case.

    Tables of more than LARGE cells get a pattern built cell by cell, and a bound, and what time is left then is
    searched up to SEARCHED cells; smaller ones are searched from the start. Raises what `budget.cancelled` raises.
    """
    budget = budget or Budget()
    search = Search(problem, budget)
    if problem.values.size > LARGE:
        made = construct_large(problem, budget=budget, pool=search.pool)
        if problem.values.size > SEARCHED or made.unprotectable or not 0 < budget.left() < np.inf:
            return made
        search.begin_with(made)
    return search.run()


class Search:
    """What one run knows: the pool of cuts, the best pattern, the best bound."""

    def __init__(self, problem: Problem, budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        self.classes = merged(problem)
        self.price = prices(self.classes.weight, self.classes.value, int(self.classes.protected.sum()))
        self.pool = Pool(self.classes.count)
        self.separators: list[Separator] = []
        self.busy: list[Separator] = []
        self.best: Bools | None = None
        self.last: tuple[Bools, set[int]] | None = None  # for want of a safe one, and what it leaves open
        self.cost, self.settled = np.inf, True
        self.bound = 0.0
        self.steps: list[Step] = []
        self.unprotectable: set[int] = set()
        weight = self.classes.weight
        self.apart = TOGETHER if np.array_equal(weight, np.round(weight)) else 0.0
        self.alone = Alone(self.classes)
        self.mending = Mending(self.classes, self.pool, self.price, self.learns, self.apart)
        self.quiet: set[bytes] = set()  # components without a leak that anything could close

    def begin_with(self, made: Pattern) -> None:
        """A pattern to begin with, and its bound; if it is not settled, any safe one replaces it."""
        self.best, self.settled = self.hides(made.hidden), made.settled
        self.cost = self._price(self.best) if made.settled else np.inf
        self.bound = max(made.bound - self.classes.base, 0.0)

    def hides(self, cells: Bools) -> Bools:
        """The classes of cells, and those that every pattern hides."""
        found = self.classes.always.copy()
        found[self.classes.of[cells & (self.classes.of >= 0)]] = True
        return found

    def run(self) -> Pattern:
        if not self.classes.protected.any():
            self.best, self.cost = self.classes.always, 0.0
            return self.pattern()
        try:
            self.search()
        except TimeUp:
            self.told("round")
        return self.pattern()

    def go_on(self) -> None:
        """Asked between programmes: raises TimeUp once nothing but a better pattern is missing."""
        self.budget.cancelled()
        if (self.best is not None or self.last is not None) and self.budget.left() <= 0:
            raise TimeUp

    def search(self) -> None:
        self.prepare()
        relaxation = Relaxation(self.pool, self.price, self.classes.always)
        self.first(relaxation)
        self.told("round")
        gap, turn = 0.01, 0
        while not self.closed() and not self._hopeless() and self.budget.left() > 0:
            turn += 1
            learned, exact = len(self.pool.cuts), gap == 0.0
            solution = self.master(gap)
            if solution is not None:
                began = self.budget.left()
                self.follow(solution)
                self.polish(began)
                self.relax(relaxation)
            self.told("round")
            if (exact and len(self.pool.cuts) == learned) or turn >= TURNS:
                break
            gap = 0.1 * (1 - self.bound / self.cost) if 1.02 * self.bound < self.cost < np.inf else 0.0

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
        if pattern is None:
            self.last = built, {leak.cell for leak in self.check(built)}
        else:
            self.improve(pattern)

    def follow(self, solution: Solution) -> None:
        """Takes the master's pattern if it is safe; otherwise makes a safe one of it, and learns cuts on the way."""
        pattern, limit = solution.hidden > 0.5, NEARLY * self.cost
        left = self.budget.left()
        end = (1 - MENDING) * left if np.isfinite(left) else 0.0
        safe = self.mending.mended(pattern, limit, lambda: self.budget.left() > end)
        if safe is not None:
            self.improve(safe)

    def polish(self, began: float) -> None:
        """Solves parts of the best pattern anew with what was learned, for as long as the master's pattern took."""
        if self.best is None or self.closed():
            return
        left = self.budget.left()
        end = max(left - max(began - left, POLISHING), 0.0) if np.isfinite(left) else 0.0
        order = np.random.default_rng(len(self.pool.cuts)).permutation(len(self.separators))
        regions = [self.separators[place].cells for place in order]
        found = self.mending.better(self.best, regions, lambda: self.budget.left() > end)
        while found is not None and not self.closed():
            self.improve(found)
            found = self.mending.better(self.best, regions, lambda: self.budget.left() > end)

    def learns(self, hidden: Bools) -> bool:
        """Adds the cuts that a pattern violates; whether it is safe."""
        self.budget.told(Step("mend", best=None if self.best is None else self.paid(), bound=self.proven()))
        fresh = self.separate(hidden.astype(float)) + self.alone.add(self.pool, hidden.astype(float))
        return not fresh and not self.check(hidden)

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
            fresh = self.separate(solution.hidden) + self.alone.add(self.pool, solution.hidden)
            if not fresh or self.budget.left() <= reserve:
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
            self.go_on()
            new = sum(self.pool.add(cut) for cut in separator.cuts(hidden))
            fresh += new
            if new:
                self.busy.append(separator)
        return fresh

    def master(self, gap: float) -> Solution | None:
        effort = Effort(max(self.budget.left() / 2, 0.5), gap, self.apart, self.budget.cancelled)
        solution = whole(self.pool, self.price, self.classes.always, effort, self.best)
        if solution is not None:
            self.bound = max(self.bound, solution.bound)
        return solution

    def repaired(self, start: Bools, relaxed: Floats, reserve: float = -np.inf) -> Bools | None:
        """A safe pattern that contains `start`, but for what nothing could protect: covers cuts until the full check is
        quiet; None if only the reserve of time is left, or if no way is found.
        """
        hidden = start | self.classes.always
        price = self.price.copy()
        while self.separate(hidden.astype(float)) or self.check(hidden):
            if self.budget.left() <= reserve:
                return None
            more = covered(self.pool, hidden, price, relaxed)
            if np.array_equal(more, hidden):
                shown = self.not_to_be_hidden(hidden)
                if not shown.size:
                    return None
                price[shown], more[shown] = np.inf, False
            hidden = more
        return hidden

    def not_to_be_hidden(self, hidden: Bools) -> Ints:
        """Classes to publish because nothing that could be hidden besides meets what cuts ask for them, dear ones first."""
        rows, least = self.pool.matrix()
        found: set[int] = set()
        missing = least - rows @ hidden.astype(float) > 1e-6
        for row in np.flatnonzero(missing & self.pool.demanded()):
            part = slice(rows.indptr[row], rows.indptr[row + 1])
            conditions = rows.indices[part][rows.data[part] < 0]
            conditions = conditions[hidden[conditions] & ~self.classes.always[conditions]]
            if conditions.size and not found.intersection(conditions.tolist()):
                found.add(int(conditions[np.argmax(self.price[conditions])]))
        return np.array(sorted(found), dtype=np.int64)

    def check(self, hidden: Bools) -> list[Leak]:
        """Adds cuts for the demands that only the whole table shows to be open; those that can be met."""
        found = []
        for cells in components(self.classes, hidden):
            if cells.tobytes() in self.quiet:
                continue
            component = Component(self.classes, cells, self.problem.coalition, self.go_on)
            met = self._from(component.leaks(), hidden) or self._from(self.doubts(component), hidden)
            if not met:
                self.quiet.add(cells.tobytes())
            found += met
        return found

    def doubts(self, component: Component) -> list[Leak]:
        """What counts give away beyond fractions: by whole numbers, and to an auditor who suspects 1-cells."""
        problem = self.problem
        if not problem.integral or problem.threshold < 0:
            return []
        found = narrow_in_whole_numbers(component)
        if found:
            return found
        search = Suspicions(component, problem.threshold, suspected=problem.suspected)
        return [one.leak for told in search.found(once=True) for one in told]

    def _from(self, leaks: list[Leak], hidden: Bools) -> list[Leak]:
        """Cuts from leaks, those with short proofs first, no class and no proof twice; those that could be met."""
        met = []
        seen: set[object] = set()
        for leak in sorted(leaks, key=lambda leak: leak.rows.size):
            keys: set[object] = {(leak.cell, bool(leak.conditions)), leak.rows.tobytes()}
            if not seen & keys and self.learned(leak, hidden):
                met.append(leak)
                seen |= keys
        return met

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
        """Takes a safe pattern if it is the best so far, and what is left of it without what it need not hide."""
        self.take(hidden)
        left = self.budget.left()
        end = (1 - CLEANING) * left if np.isfinite(left) else 0.0
        found = cleaned(
            self.classes, hidden, self.price, self.problem.coalition, lambda: self.budget.left() > end
        )
        dear = np.where(hidden, self.price, 1e6 * self.price)
        while self.check(found):
            more = covered(self.pool, found, dear, np.zeros(found.size))
            if np.array_equal(more, found):
                return
            found = more
        self.take(found)

    def take(self, hidden: Bools) -> None:
        """The better one of two safe patterns."""
        if self.best is None or self._price(hidden) < self.cost:
            self.best, self.cost, self.settled = hidden, self._price(hidden), True

    def closed(self) -> bool:
        """Whether the best pattern is proven to be optimal, up to what only tells equal prices apart."""
        return self.settled and self.proven() >= self.paid() - 1e-6

    def paid(self) -> float:
        if self.best is None:
            return np.inf
        return self.classes.base + float(self.classes.weight[self.best & ~self.classes.always].sum())

    def proven(self) -> float:
        """The bound in the units of the weights; where all of them are whole numbers, it is one too."""
        return untied(self.classes, self.price, self.bound)

    def told(self, stage: str) -> None:
        step = Step(stage, len(self.steps), 0, None if self.best is None else self.paid(), self.proven())
        self.steps.append(step)
        self.budget.told(step)

    def pattern(self) -> Pattern:
        if self.best is None:
            assert self.last is not None
            self.best, self.cost = self.last[0], self._price(self.last[0])
            self.unprotectable |= self.last[1]
        problem, classes = self.problem, self.classes
        hidden = problem.primary | problem.absent
        inside = classes.of >= 0
        hidden[inside] |= self.best[classes.of[inside]]
        secondary = hidden & ~problem.primary & ~problem.absent
        lost = np.array(sorted(self._hopeless()), dtype=np.int64)
        unprotectable = np.flatnonzero((problem.primary | secondary) & np.isin(classes.of, lost))
        able = inside & ~problem.primary & ~problem.absent
        members = np.bincount(classes.of[able], minlength=classes.count)
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
            optimal=self.closed() and not unprotectable.size,
            settled=self.settled,
            steps=tuple(self.steps),
            witnesses=tuple(shown(problem, classes, self.best, self.budget.cancelled)),
            unprotectable=(*classes.unprotectable, *unprotectable.tolist()),
        )

    def _hopeless(self) -> set[int]:
        """Classes that nothing protects: a better pattern would be of no use."""
        return self.unprotectable.union(*(separator.unprotectable for separator in self.separators))
