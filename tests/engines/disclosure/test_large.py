"""Tables of any size: every pattern is safe by an attack of its own, whatever the time, and its witnesses hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import null_space
from scipy.optimize import linprog

from bench.generated.skewed import problem_of, table
from kontor.engines.disclosure import construct, large, suppress
from kontor.engines.disclosure.boxes import FEW, Boxes
from kontor.engines.disclosure.large import construct_large
from kontor.engines.disclosure.merging import merged
from kontor.engines.disclosure.points import Points
from kontor.engines.disclosure.problem import Budget, Pattern, Problem
from kontor.engines.disclosure.windows import joined, windows

SHAPES = [
    ((3,), (4,)),
    ((3,), (2, 5)),
    ((2,), (3,), (2, 4)),
    ((2,), (2, 4), (3,)),
    ((2,), (2,), (2,), (3,)),
]
LIMIT = 1e5


def interval(problem: Problem, hidden: np.ndarray, cell: int, known: np.ndarray) -> tuple[float, float]:
    """What an attacker who knows some cells concludes about one: two linear programmes over the whole table."""
    still = ~hidden | problem.known | known
    low = np.where(still, 0.0, problem.low - problem.values)
    high = np.where(still, 0.0, np.minimum(problem.high - problem.values, LIMIT))
    ends = []
    for sign in (1.0, -1.0):
        cost = np.zeros(problem.values.size)
        cost[cell] = sign
        found = linprog(
            cost,
            A_eq=problem.equations,
            b_eq=np.zeros(problem.equations.shape[0]),
            bounds=np.stack([low, high], axis=1),
        )
        assert found.status == 0
        ends.append(sign * found.fun)
    return ends[0], ends[1]


def equal(problem: Problem, cell: int, other: int) -> bool:
    """Whether two cells must be equal because everything between them is a published zero."""
    nobody = np.zeros(problem.values.size, dtype=bool)
    nobody[other] = True
    return interval(problem, np.ones(nobody.size, dtype=bool), cell, nobody) == (0.0, 0.0)


def leaks(problem: Problem, pattern: Pattern) -> list[tuple[int, int]]:
    """(cell, -1) whose interval is too narrow, and (cell, contributor) that a respondent finds out."""
    hidden = pattern.hidden & ~problem.known
    nobody = np.zeros(hidden.size, dtype=bool)
    found = []
    for cell in np.flatnonzero(hidden & (problem.values < problem.threshold + problem.default_width)):
        low, high = interval(problem, hidden, int(cell), nobody)
        if low + problem.values[cell] > problem.threshold:
            continue
        if high - low < problem.default_width - 1e-6:
            found.append((int(cell), -1))
    for name in np.unique(problem.contributor[problem.contributor >= 0]):
        known = problem.contributor == name
        for cell in np.flatnonzero(problem.primary & ~known):
            low, high = interval(problem, hidden, int(cell), known)
            alone = int(np.flatnonzero(known)[0])
            if high - low < 1e-6 and not equal(problem, int(cell), alone):
                found.append((int(cell), int(name)))
    return found


def witnesses_hold(problem: Problem, pattern: Pattern) -> None:
    assert {witness.cell for witness in pattern.witnesses} == set(np.flatnonzero(problem.primary))
    for witness in pattern.witnesses:
        assert pattern.hidden[witness.cells].all()
        ways = []
        for moved in (witness.low, witness.high):
            way = np.zeros(problem.values.size)
            way[witness.cells] = moved
            assert np.abs(problem.equations @ way).max() < 1e-5
            assert (problem.values + way >= problem.low - 1e-6).all()
            assert (problem.values + way <= problem.high + 1e-6).all()
            ways.append(way[witness.cell])
        low, high = ways
        assert high - low >= problem.width[witness.cell] - 1e-5
        assert high >= problem.up[witness.cell] - 1e-5
        assert -low >= problem.down[witness.cell] - 1e-5


shapes = st.sampled_from(SHAPES)
seeds = st.integers(0, 10_000)


@settings(max_examples=5, deadline=None)
@given(shapes, seeds, st.sampled_from([0.15, 0.35]))
def test_every_pattern_withstands_the_attack_on_the_whole_table(
    shape: tuple[tuple[int, ...], ...], seed: int, share: float
) -> None:
    problem = problem_of(table(shape, seed, primary=share))
    pattern = construct_large(problem)
    assert pattern.unprotectable == ()
    assert leaks(problem, pattern) == []
    witnesses_hold(problem, pattern)


@settings(max_examples=10, deadline=None)
@given(shapes, seeds)
def test_no_pattern_costs_less_than_the_bound(shape: tuple[tuple[int, ...], ...], seed: int) -> None:
    problem = problem_of(table(shape, seed))
    pattern = construct_large(problem)
    assert pattern.bound <= pattern.cost == pattern.secondary.sum()
    assert pattern.count_bound <= pattern.secondary.sum()
    assert not (pattern.secondary & (problem.primary | problem.known)).any()
    assert (pattern.hidden == (pattern.secondary | problem.primary)).all()


@settings(max_examples=6, deadline=None)
@given(shapes, seeds, st.integers(0, 40))
def test_without_time_more_is_hidden_and_it_is_as_safe(
    shape: tuple[tuple[int, ...], ...], seed: int, questions: int
) -> None:
    asked = iter([1.0] * questions)
    problem = problem_of(table(shape, seed))
    pattern = construct_large(problem, budget=Budget(left=lambda: next(asked, 0.0)))
    assert leaks(problem, pattern) == []
    witnesses_hold(problem, pattern)


@settings(max_examples=6, deadline=None)
@given(shapes, seeds, st.none() | st.integers(0, 60))
def test_a_table_of_many_classes_is_built_in_boxes_for_which_there_is_time_and_is_as_safe(
    shape: tuple[tuple[int, ...], ...], seed: int, questions: int | None
) -> None:
    asked = repeat(100.0) if questions is None else iter([1.0] * questions)
    problem = problem_of(table(shape, seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "MANY", 0)
        patch.setattr(construct, "TOLD", 3)
        pattern = construct_large(problem, budget=Budget(left=lambda: next(asked, 0.0)))
    assert leaks(problem, pattern) == []
    witnesses_hold(problem, pattern)


def test_boxes_become_larger_where_there_is_time_and_smaller_where_there_is_none() -> None:
    assert construct.paced(2, spent=1.0, given=1.2) == 2
    assert construct.paced(4, spent=1.0, given=1.25) == 5
    assert construct.paced(4, spent=1.0, given=9.0) == 6
    assert construct.paced(9, spent=1.0, given=0.5) == 6
    assert construct.paced(2, spent=1.0, given=-3.0) == 2


def test_a_small_box_has_all_cells_above_and_few_others() -> None:
    problem = problem_of(table(((3,), (2, 4), (9,)), 2))
    classes = merged(problem)
    boxes, nothing = Boxes(problem.cubes, classes), np.zeros(classes.count)
    for cell in range(classes.count):
        small = boxes.chosen(cell, nothing, FEW)
        raised = boxes.rising(cell)
        assert cell in small
        assert raised is not None
        assert np.isin(small, boxes.around(cell, 0)).all()
        if np.flatnonzero(classes.of == cell)[0] in inner(problem):
            assert np.isin(raised, small).all()
    few = [boxes.chosen(cell, nothing, FEW).size for cell in range(classes.count)]
    more = [boxes.chosen(cell, nothing, FEW + 2).size for cell in range(classes.count)]
    every = [boxes.around(cell, 0).size for cell in range(classes.count)]
    assert sum(few) < sum(more) < sum(every)


def test_a_small_box_has_the_codes_that_are_worth_most() -> None:
    problem = problem_of(table(((3,), (9,)), 2))
    classes = merged(problem)
    boxes, worth = Boxes(problem.cubes, classes), np.zeros(classes.count)
    cell = int(classes.of[inner(problem)].max())
    far = np.setdiff1d(boxes.around(cell, 0), boxes.chosen(cell, worth, 1))
    worth[far] = 0.5
    assert np.isin(boxes.chosen(cell, worth, 1), far).any()


def inner(problem: Problem) -> np.ndarray:
    """The cells of a table that are nobody's sum."""
    parents = problem.equations.indices[problem.equations.data < 0]
    return np.setdiff1d(np.arange(problem.values.size), parents)


@settings(max_examples=4, deadline=None)
@given(shapes, seeds)
def test_without_time_nobody_is_suspected_of_being_alone(
    shape: tuple[tuple[int, ...], ...], seed: int
) -> None:
    problem = problem_of(table(shape, seed))
    hidden = construct_large(problem, budget=Budget(left=lambda: 0.0)).hidden
    for known, cell in suspected_pairs(problem, hidden):
        assert problem.values[known] == 1 or equal(problem, cell, known)


def test_an_interval_of_counts_is_as_wide_as_the_whole_numbers_in_it() -> None:
    problem = problem_of(table(((3,), (4,)), 1))
    classes = merged(problem)
    cell = int(np.flatnonzero(classes.protected & (classes.width == 2))[0])
    for whole in (False, True):
        points = Points(classes, whole=whole)
        points.add(np.array([cell]), np.array([1.5]))
        points.add(np.array([cell]), np.array([-0.5]))
        assert points.wide(cell) is not whole
        assert points.only_fractions(cell) is whole
        points.add(np.array([cell]), np.array([2.0]))
        assert points.wide(cell)


@settings(max_examples=10, deadline=None)
@given(shapes, seeds)
def test_magnitudes_move_up_and_down_as_far_as_the_rule_asks(
    shape: tuple[tuple[int, ...], ...], seed: int
) -> None:
    counts = problem_of(table(shape, seed), zeros=False)
    random = np.random.default_rng(seed)
    inner = counts.values * 1000.0
    primary = (counts.values > 0) & (random.random(counts.values.size) < 0.15)
    problem = replace(
        counts,
        values=inner,
        low=np.zeros(inner.size),
        primary=primary,
        width=np.zeros(inner.size),
        down=np.where(primary, 0.1 * inner, 0.0),
        up=np.where(primary, 0.1 * inner, 0.0),
        contributor=np.full(inner.size, -1),
        weight=np.maximum(inner, 1.0),
        integral=False,
        threshold=-1.0,
    )
    pattern = construct_large(problem)
    assert pattern.unprotectable == ()
    witnesses_hold(problem, pattern)
    for cell in np.flatnonzero(primary)[:5]:
        low, high = interval(problem, pattern.hidden, int(cell), np.zeros(inner.size, dtype=bool))
        assert high >= problem.up[cell] * (1 - 1e-6)
        assert -low >= problem.down[cell] * (1 - 1e-6)


@pytest.mark.parametrize("suspected", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_cell_that_might_hold_one_would_tell_another(seed: int, suspected: bool) -> None:
    problem = replace(problem_of(table(((3,), (4,)), seed, primary=0.4)), suspected=suspected)
    hidden = construct_large(problem).hidden
    nobody = np.zeros(hidden.size, dtype=bool)
    for known in np.flatnonzero(hidden):
        most = problem.values[known] + interval(problem, hidden, int(known), nobody)[1]
        if most >= problem.threshold + 1 - 1e-6 and not suspected:
            continue
        shifted = replace(problem, low=problem.low.copy(), high=problem.high.copy())
        shifted.low[known] = shifted.high[known] = 1.0
        for cell in np.flatnonzero(hidden & (np.arange(hidden.size) != known)):
            found = attempt(shifted, hidden, int(cell))
            if found is None:
                break
            low, high = np.ceil(found[0] - 1e-6), np.floor(found[1] + 1e-6)
            told = problem.values[cell] + low
            assert high > low or told > problem.threshold or equal(problem, int(cell), int(known))


@pytest.mark.parametrize("seed", [0, 1, 5, 11])
def test_two_couples_are_no_coalition_of_two(seed: int) -> None:
    problem = replace(problem_of(table(((2,), (2,), (3,)), seed, primary=0.35)), coalition=2)
    assert suppress(problem).unprotectable == ()
    assert construct_large(problem).unprotectable == ()


@pytest.mark.parametrize("seed", [1, 4, 14])
def test_a_suspicion_that_is_given_up_is_said(seed: int) -> None:
    """Where the codes tell small counts, boxes do not meet every suspicion: then nothing is called the best."""
    open_ = problem_of(table(((3,), (4,)), seed, primary=0.4))
    lowest = np.where(open_.primary | open_.known, open_.low, open_.threshold + 1)
    highest = np.where(open_.primary, open_.threshold, np.inf)
    made = construct_large(replace(open_, low=lowest, high=highest))
    assert (made.settled, made.optimal) == (False, False)


def attempt(problem: Problem, hidden: np.ndarray, cell: int) -> tuple[float, float] | None:
    """`interval`, or None where no table fits what is known."""
    try:
        return interval(problem, hidden, cell, np.zeros(hidden.size, dtype=bool))
    except AssertionError:
        return None


def test_every_hidden_cell_can_be_another_number() -> None:
    problem = problem_of(table(((3,), (2, 5)), 5))
    hidden = construct_large(problem).hidden
    for cell in np.flatnonzero(hidden):
        low, high = interval(problem, hidden, int(cell), np.zeros(hidden.size, dtype=bool))
        assert high - low > 0.5


def test_the_same_table_has_the_same_pattern() -> None:
    problem = problem_of(table(((3,), (2, 5)), 3))
    first, second = construct_large(problem), construct_large(problem)
    assert (first.hidden == second.hidden).all()


def test_a_cancelled_run_ends_with_what_the_question_raises() -> None:
    class Stopped(Exception):
        pass

    def cancelled() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        construct_large(problem_of(table(((3,), (2, 5)), 3)), budget=Budget(cancelled=cancelled))


def test_a_primary_cell_that_published_zeros_determine_is_named() -> None:
    problem = problem_of(table(((3,), (4,)), 1))
    only = int(np.flatnonzero(problem.primary)[0])
    fixed = problem.known.copy()
    fixed[:] = True
    fixed[only] = False
    pattern = construct_large(replace(problem, known=fixed))
    assert only in pattern.unprotectable


def test_a_table_without_primary_cells_stays_open() -> None:
    problem = problem_of(table(((3,), (4,)), 1))
    nothing = np.zeros(problem.values.size, dtype=bool)
    safe = replace(
        problem, primary=nothing, width=np.zeros(nothing.size), contributor=np.full(nothing.size, -1)
    )
    pattern = construct_large(safe)
    assert not pattern.hidden.any()
    assert pattern.optimal


def test_a_trimmed_pattern_keeps_nothing_that_could_be_published() -> None:
    problem = problem_of(table(((3,), (4,)), 5, primary=0.3))
    pattern = construct_large(problem)
    for cell in np.flatnonzero(pattern.secondary):
        hidden = pattern.hidden.copy()
        hidden[cell] = False
        less = replace(pattern, hidden=hidden)
        without = replace(problem, threshold=-1.0)
        if not leaks(without, less):
            told = [(cell, known) for known, cell in suspected_pairs(problem, hidden)]
            assert told or leaks(problem, less)


def suspected_pairs(problem: Problem, hidden: np.ndarray) -> list[tuple[int, int]]:
    """(known, cell): cells that everybody can tell to be small, and what they would tell if they held 1."""
    nobody = np.zeros(hidden.size, dtype=bool)
    found = []
    for known in np.flatnonzero(hidden & ~problem.known):
        if (
            problem.values[known] + interval(problem, hidden, int(known), nobody)[1]
            >= problem.threshold + 1 - 1e-6
        ):
            continue
        shifted = replace(problem, low=problem.low.copy(), high=problem.high.copy())
        shifted.low[known] = shifted.high[known] = 1.0
        for cell in np.flatnonzero(hidden & (np.arange(hidden.size) != known)):
            ends = attempt(shifted, hidden, int(cell))
            if ends is None:
                break
            low, high = np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6)
            if high <= low and problem.values[cell] + low <= problem.threshold:
                found.append((int(known), int(cell)))
    return found


def test_windows_of_several_levels_lie_within_the_limit_and_hold_for_the_table() -> None:
    problem = problem_of(table(((2,), (2, 4), (2, 6)), 3))
    classes = merged(problem)
    found = joined(problem, classes, 120)
    assert found
    assert all(window.cells.size <= 120 for window in found)
    assert max(window.cells.size for window in found) > max(
        window.cells.size for window in windows(problem, classes, 60)
    )
    random = np.random.default_rng(1)
    kernel = null_space(classes.equations.toarray())
    moved = kernel @ random.normal(size=kernel.shape[1])
    for window in found:
        assert np.abs(window.equations @ moved[window.cells]).max() < 1e-9
