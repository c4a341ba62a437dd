"""Cuts are inequalities that every safe pattern satisfies: held against all safe patterns of small tables."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from bench.generated import skewed
from kontor.engines.disclosure import Budget, Problem
from kontor.engines.disclosure.alone import Alone
from kontor.engines.disclosure.checks import Component, Leak, components
from kontor.engines.disclosure.cuts import Cut, Pool, cut_of, rounded
from kontor.engines.disclosure.disjunctions import cut_of_suspicion
from kontor.engines.disclosure.master import Effort, part
from kontor.engines.disclosure.master import whole as solved
from kontor.engines.disclosure.merging import merged
from kontor.engines.disclosure.suspicions import Suspicions
from kontor.engines.disclosure.windows import through
from kontor.engines.reference import disclosure as reference
from tests.engines.disclosure.small import table

TRIED, MOST = 25, 8
"""Patterns per table, and cells that they hide: brute force takes its time."""
FULL, FEW = 9, 6
"""Cells hidden at most in a pattern, and patterns held against each cut, where all patterns are looked at."""
THREE, SAMPLED, WIDE = 60, 40, 16
"""Tables of three variables, patterns drawn for each, and classes that they hide at most."""
Search = importlib.import_module("kontor.engines.disclosure.suppress").Search


def learned(problem: Problem) -> tuple[list[Cut], np.ndarray]:
    """The cuts that a whole search collects and demands, and cell -> class."""
    search = Search(problem, Budget())
    search.run()
    return [cut for cut in search.pool.cuts if cut.demanded], search.classes.of


@pytest.mark.parametrize("suspected", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_no_pattern_that_violates_a_cut_is_safe(seed: int, suspected: bool) -> None:
    problem = skewed.problem_of(skewed.table(((2,), (3,)), seed, primary=0.3))
    cuts, of = learned(replace(problem, suspected=suspected))
    violating = []
    for hidden in reference.every_pattern(problem):
        classes = of_classes(of, hidden)
        if whole(of, hidden) and hidden.sum() <= MOST and any(cut.missing(classes) > 1e-6 for cut in cuts):
            violating.append(hidden)
    assert violating
    for place in np.random.default_rng(seed).permutation(len(violating))[:TRIED]:
        assert not reference.safe(replace(problem, suspected=suspected), violating[place])


@pytest.mark.parametrize("suspected", [False, True])
@pytest.mark.parametrize("seed", [0, 2, 3])
def test_who_is_hidden_alone_in_an_equation_is_hidden_in_vain(seed: int, suspected: bool) -> None:
    made = skewed.problem_of(skewed.table(((2,), (3,)), seed, primary=0.3))
    problem = replace(made, suspected=suspected)
    classes = merged(problem)
    alone = Alone(classes)
    held = 0
    for pattern in reference.every_pattern(problem):
        if not whole(classes.of, pattern) or pattern.sum() > MOST or not reference.safe(problem, pattern):
            continue
        pool = Pool(classes.count)
        alone.add(pool, of_classes(classes.of, pattern))
        for cut in pool.cuts:
            vain = int(cut.cells[cut.factors < 0][0])
            held += 1
            assert reference.safe(problem, pattern & (classes.of != vain))
    assert held


def of_suspicions(problem: Problem, hidden: np.ndarray) -> Iterator[Cut]:
    """The cuts of what a pattern leads to suspect; `hidden`: per class."""
    classes = merged(problem)
    for cells in components(classes, hidden):
        component = Component(classes, cells)
        component.narrow()
        for told in Suspicions(component, problem.threshold, suspected=problem.suspected).found():
            for suspicion in told:
                window = through(classes, suspicion.rows)
                cut = cut_of_suspicion(
                    classes, window, suspicion.leak, hidden, problem.threshold, suspected=problem.suspected
                )
                if cut is not None:
                    yield cut


@pytest.mark.parametrize("suspected", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_no_pattern_that_violates_the_cut_of_a_suspicion_is_safe(seed: int, suspected: bool) -> None:
    """Of all patterns, not only of those that a search comes by."""
    random = np.random.default_rng(seed)
    problem = replace(table(random.choice([1, 2, 2, 2, 3, 4, 5], (3, 3))), suspected=suspected)
    classes = merged(problem)
    patterns = [
        pattern
        for pattern in reference.every_pattern(problem)
        if whole(classes.of, pattern) and pattern.sum() <= FULL
    ]
    by_class = [of_classes(classes.of, pattern) for pattern in patterns]
    safe: dict[int, bool] = {}
    held = 0
    for place in random.permutation(len(patterns))[:TRIED]:
        for cut in of_suspicions(problem, by_class[place] > 0):
            violating = [number for number, pattern in enumerate(by_class) if cut.missing(pattern) > 1e-6]
            for number in random.permutation(violating)[:FEW].tolist():
                if number not in safe:
                    safe[number] = reference.safe(problem, patterns[number])
                held += 1
                assert not safe[number]
    assert held


@pytest.mark.parametrize("suspected", [False, True])
@pytest.mark.parametrize("shape", [(2, 2, 3), (3, 3, 2)])
def test_cuts_in_fractions_hold_for_whole_numbers_of_three_variables(
    shape: tuple[int, ...], suspected: bool
) -> None:
    """Three variables with all their totals have corners that are no whole tables: there fractions promise an attacker,
    and so a pattern, more than whole numbers keep, and the cuts are the weaker for it, not wrong.
    """
    held = 0
    for seed in range(THREE):
        random = np.random.default_rng(seed)
        problem = replace(table(random.choice([2, 2, 3, 4, 4, 5, 6, 7, 9], shape)), suspected=suspected)
        classes = merged(problem)
        free = np.flatnonzero(~classes.always)
        patterns = [classes.always.copy() for _ in range(SAMPLED)]
        for pattern in patterns:
            pattern[random.choice(free, random.integers(2, 12), replace=False)] = True
        patterns = [pattern for pattern in patterns if pattern.sum() <= WIDE]
        for cut in (cut for pattern in patterns[:FULL] for cut in of_suspicions(problem, pattern)):
            violating = [pattern for pattern in patterns if cut.missing(pattern.astype(float)) > 1e-6]
            for pattern in violating[:4]:
                held += 1
                assert not reference.safe(problem, (classes.of >= 0) & pattern[classes.of])
    assert held


def of_classes(of: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    classes = np.zeros(of.max() + 1)
    classes[of[(of >= 0) & pattern]] = 1.0
    return classes


def whole(of: np.ndarray, pattern: np.ndarray) -> bool:
    """Whether a pattern hides classes of equal cells as a whole."""
    inside = of >= 0
    return np.array_equal(of_classes(of, pattern)[of[inside]] > 0, pattern[inside])


def test_a_leak_of_a_class_that_may_be_published_asks_nothing_of_who_publishes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = Search(skewed.problem(100, 1), Budget())
    monkeypatch.setattr(search, "_proven", lambda *_: [])
    classes = search.classes
    free = int(np.flatnonzero(~classes.always)[0])
    hidden = classes.always.copy()
    hidden[free] = True
    rows = classes.equations.tocsc()[:, [free]].indices
    assert search.learned(Leak(free, np.sort(rows)), hidden)
    cut = search.pool.cuts[-1]
    assert cut.missing(classes.always.astype(float)) <= 0 < cut.missing(hidden.astype(float))


def test_a_hidden_zero_may_be_one_person_too() -> None:
    """Zeros are not published: who stands alone in the cell of zero is supposed as well, without a warning."""
    made = table(np.array([[3, 5, 6], [0, 1, 5]]))
    problem = replace(
        made, low=np.zeros(made.values.size), suspected=True, known=np.zeros(made.values.size, dtype=bool)
    )
    classes = merged(problem)
    with np.errstate(all="raise"):
        cuts = list(of_suspicions(problem, np.ones(classes.count, dtype=bool)))
    assert all(cut.least <= 1 for cut in cuts)


def test_factors_are_rounded_up_and_stay_below_one() -> None:
    factors = rounded(np.array([1e-9, 1 / 3, 0.5, 0.99999, 4.0]))
    assert factors[1:].tolist() == [1 / 3, 0.5, 1.0, 1.0]
    assert factors[0] < 1e-3


def test_what_is_always_hidden_counts_as_given() -> None:
    always = np.array([True, False, False])
    cut = cut_of(np.array([1.0, 0.5, 3.0]), 2.0, np.array([4, 5, 6]), always)
    assert cut is not None
    assert (cut.cells.tolist(), cut.factors.tolist(), cut.least) == ([5, 6], [0.5, 1.0], 1.0)
    assert cut_of(np.array([2.0, 0.5, 3.0]), 2.0, np.array([4, 5, 6]), always) is None


@pytest.mark.parametrize("programme", ["whole", "part"])
def test_a_programme_in_whole_numbers_can_be_stopped(programme: str) -> None:
    """It is asked meanwhile, and what the question raises comes out."""

    class Stopped(Exception):
        pass

    def asked() -> None:
        raise Stopped

    random, count = np.random.default_rng(1), 60
    pool, price, nothing = Pool(count), random.uniform(1, 2, count), np.zeros(count, dtype=bool)
    for _ in range(80):
        cells = np.sort(random.choice(count, 8, replace=False))
        pool.add(Cut(cells, random.integers(1, 9, 8).astype(float), 17.0))
    with pytest.raises(Stopped):
        if programme == "whole":
            solved(pool, price, nothing, Effort(60, asked=asked))
        else:
            part(pool, price, nothing, ~nothing, Effort(60, asked=asked))
