"""The engine against brute force, and what must hold of every pattern it gives."""

from __future__ import annotations

import importlib
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from bench.generated import skewed
from kontor.engines.disclosure import Budget, Cube, Pattern, Problem, extending, suppress
from kontor.engines.disclosure.checks import Component, Leak, components
from kontor.engines.disclosure.cube import axis_of, equations_of, filled
from kontor.engines.disclosure.extending import extended
from kontor.engines.disclosure.merging import merged
from kontor.engines.disclosure.suspicions import Suspicions
from kontor.engines.reference import disclosure as reference
from tests.engines.disclosure.small import table

engine = importlib.import_module("kontor.engines.disclosure.suppress")
Search, TimeUp = engine.Search, engine.TimeUp


class Stopped(Exception):
    pass


def rounds(most: int) -> Budget:
    """A budget that is used up after so many questions for it: time without a clock."""
    asked = count()
    return Budget(left=lambda: float(most - next(asked)))


def open_demands(problem: Problem, hidden: np.ndarray) -> int:
    """Demands that a pattern leaves open, by the full check of all components."""
    classes = merged(problem)
    pattern = np.zeros(classes.count, dtype=bool)
    pattern[classes.of[hidden & (classes.of >= 0)]] = True
    found = 0
    for cells in components(classes, pattern):
        component = Component(classes, cells, problem.coalition)
        found += len(component.leaks())
        if problem.integral and problem.threshold >= 0:
            found += sum(len(told) for told in Suspicions(component, problem.threshold).found())
    return found


def check_witnesses(problem: Problem, pattern: Pattern) -> None:
    """Every primary cell has two tables that agree with all that is published and are far enough apart."""
    shown = {witness.cell: witness for witness in pattern.witnesses}
    assert set(np.flatnonzero(problem.primary).tolist()) == set(shown)
    for cell, witness in shown.items():
        ends = []
        for deviations in (witness.low, witness.high):
            moved = np.zeros(problem.values.size)
            moved[witness.cells] = deviations
            assert not moved[~pattern.hidden].any()
            assert np.abs(problem.equations @ moved).max() < 1e-6
            amounts = problem.values + moved
            assert (amounts >= problem.low - 1e-6)[pattern.hidden].all()
            assert (amounts <= problem.high + 1e-6)[pattern.hidden].all()
            ends.append(moved[cell])
        assert ends[1] - ends[0] >= problem.width[cell] - 1e-6
        assert ends[1] >= problem.up[cell] - 1e-6
        assert -ends[0] >= problem.down[cell] - 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_brute_force_finds_the_same_optimum(seed: int) -> None:
    problem = skewed.problem_of(skewed.table(((2,), (3,)), seed, primary=0.3))
    best = reference.optimum(problem)
    pattern = suppress(problem)
    assert best is not None
    assert reference.safe(problem, pattern.hidden)
    assert (pattern.cost, pattern.bound, pattern.optimal) == (best[0], best[0], True)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("shape", [((9,), (9,)), ((2,), (2,), (3,), (4,))])
def test_nothing_is_open_in_generated_tables(shape: tuple[tuple[int, ...], ...], seed: int) -> None:
    problem = skewed.problem_of(skewed.table(shape, seed))
    pattern = suppress(problem, budget=rounds(60))
    assert not pattern.unprotectable
    assert open_demands(problem, pattern.hidden) == 0
    assert pattern.bound <= pattern.cost == problem.weight[pattern.secondary].sum()
    check_witnesses(problem, pattern)


def test_publishing_any_secondary_cell_of_an_optimum_opens_a_demand() -> None:
    problem = skewed.problem(100, 3)
    pattern = suppress(problem)
    assert pattern.optimal
    classes = merged(problem)
    assert pattern.secondary.any()
    for cell in np.flatnonzero(pattern.secondary):
        without = pattern.hidden & ~((classes.of == classes.of[cell]) & ~problem.primary)
        assert open_demands(problem, without) > 0


def test_hiding_more_keeps_the_intervals_of_a_safe_pattern() -> None:
    problem = replace(skewed.problem(100, 2), threshold=-1.0)
    pattern = suppress(problem)
    more = pattern.hidden.copy()
    for cell in np.flatnonzero(~more & ~problem.known)[::7]:
        more[cell] = True
        assert open_demands(problem, more) == 0


def test_hierarchies_that_do_not_nest() -> None:
    inner = [f"d{place}" for place in range(8)]
    districts = {code: f"n{place // 4}" for place, code in enumerate(inner)}
    police = {code: f"p{place % 3}" for place, code in enumerate(inner)}
    axes = (axis_of("district", inner, [districts, police]), axis_of("kind", ["x", "y", "z"]))
    counts = np.random.default_rng(3).poisson(5, 24) + 1
    columns = tuple(zip(*[(a, b) for a in inner for b in ("x", "y", "z")], strict=True))
    problem = skewed.problem_of(skewed.Table(axes, (districts, {}), columns, counts))
    pattern = suppress(problem, budget=rounds(60))
    assert problem.primary.sum() >= 2
    assert open_demands(problem, pattern.hidden) == 0
    check_witnesses(problem, pattern)


def linked() -> Problem:
    """Two tables, kind by district and kind by year, that share the row of totals by kind."""
    random = np.random.default_rng(11)
    kind = axis_of("kind", ["x", "y", "z"])
    district, year = axis_of("district", ["a", "b", "c"]), axis_of("year", ["1", "2"])
    first = filled((kind, district), [list("xyz") * 3, list("aaabbbccc")], random.poisson(3, 9) + 1.0)
    totals = first[:3, -1]
    share = np.array([random.integers(1, int(total)) for total in totals])
    second = filled(
        (kind, year), [list("xyz") * 2, list("111222")], np.concatenate([share, totals - share]).astype(float)
    )
    numbers = np.arange(16).reshape(4, 4)
    others = np.column_stack([np.arange(16, 24).reshape(4, 2), numbers[:, -1]])
    cubes = (Cube((kind, district), numbers), Cube((kind, year), others))
    values = np.concatenate([first.ravel(), second[:, :2].ravel()])
    primary = values <= 3
    size = values.size
    return Problem(
        values,
        equations_of(cubes, size),
        cubes,
        primary,
        np.zeros(size, bool),
        np.zeros(size, bool),
        np.ones(size),
        np.full(size, np.inf),
        np.where(primary, 2.0, 0.0),
        np.zeros(size),
        np.zeros(size),
        np.where(values == 1, np.arange(size), -1),
        np.ones(size),
        threshold=3.0,
    )


def test_linked_tables_are_protected_together() -> None:
    problem = linked()
    assert np.abs(problem.equations @ problem.values).max() == 0
    pattern = suppress(problem)
    assert pattern.optimal
    assert open_demands(problem, pattern.hidden) == 0
    check_witnesses(problem, pattern)


def test_amounts_reach_as_far_as_the_rule_asks() -> None:
    problem = skewed.problem_of(skewed.table(((5,), (2, 6)), 5))
    large = problem.values * 137.5
    primary = problem.primary
    need = np.where(primary, 0.15 * large, 0.0)
    amounts = replace(
        problem,
        values=large,
        low=np.zeros(large.size),
        integral=False,
        threshold=-1.0,
        width=need,
        down=need / 2,
        up=need,
        known=large == 0,
    )
    pattern = suppress(amounts, budget=rounds(80))
    assert open_demands(amounts, pattern.hidden) == 0
    check_witnesses(amounts, pattern)


def test_two_respondents_together_cost_more_and_learn_nothing() -> None:
    problem = table([[1, 1, 9, 30], [8, 20, 11, 40], [25, 7, 30, 12]])
    alone = suppress(problem)
    both = replace(problem, coalition=2)
    together = suppress(both)
    assert open_demands(both, alone.hidden) > 0 or together.cost == alone.cost
    assert open_demands(both, together.hidden) == 0
    assert together.cost >= alone.cost


def test_what_everybody_knows_to_be_above_the_threshold_needs_no_width() -> None:
    """With published codes nobody takes a secondary cell for a small count, however narrow its interval."""
    made = table([[2, 4, 4], [9, 8, 4], [7, 6, 5]])
    codes = replace(
        made,
        low=np.where(made.primary, 1.0, 4.0),
        high=np.where(made.primary, 3.0, np.inf),
    )
    assert merged(made).asks.any()
    assert not merged(codes).asks.any()
    best, pattern = reference.optimum(codes), suppress(codes)
    assert best is not None
    assert (pattern.cost, reference.safe(codes, pattern.hidden)) == (best[0], True)


def beside_a_huge_one() -> tuple[Problem, int]:
    """Amounts of a billion, and one of 5 that needs an interval of 5 and, whatever is hidden, has one of 1."""
    problem = table([[5, 40, 60], [50, 10**9, 2 * 10**9], [70, 3 * 10**9, 4 * 10**9]])
    need = np.where(problem.values == 5, 5.0, np.where(problem.values == 1e9, 1e8, 0.0))
    primary = need > 0
    low, high = np.zeros(need.size), np.full(need.size, np.inf)
    low[0], high[0] = 4.5, 5.5
    made = replace(
        problem, integral=False, threshold=-1.0, primary=primary, width=need, low=low, high=high,
        contributor=np.full(need.size, -1),
    )  # fmt: skip
    return made, 0


def test_a_small_demand_beside_a_huge_one_is_not_met_by_its_rounding() -> None:
    problem, small = beside_a_huge_one()
    classes = merged(problem)
    component = Component(classes, np.arange(classes.count))
    assert [int(component.cells[place]) for place in component.narrow()] == [classes.of[small]]
    assert small in suppress(problem, budget=rounds(60)).unprotectable


def test_a_known_cell_that_gives_a_primary_one_away_is_named() -> None:
    problem = table([[2, 5], [6, 7]])
    known = problem.known.copy()
    known[:3] = [False, True, True]
    pattern = suppress(replace(problem, known=known))
    assert pattern.unprotectable == (0,)


def between(problem: Problem, value: float, low: float, high: float) -> Problem:
    """Everybody knows that secondary cells of a value lie between two limits."""
    at = (problem.values == value) & ~problem.primary
    return replace(problem, low=np.where(at, low, problem.low), high=np.where(at, high, problem.high))


@pytest.mark.parametrize("seed", [3, 12, 29])
@pytest.mark.parametrize("left", [np.inf, 0.0])
def test_what_no_pattern_could_protect_if_it_were_hidden_stays_public(seed: int, left: float) -> None:
    """4 is known to be 3 or 4: hidden it might be a primary 3, and its interval would be too narrow."""
    counts = np.random.default_rng(seed).choice([1, 2, 4, 4, 5, 6, 9], (4, 4)).tolist()
    problem = between(table(counts), 4.0, 3.0, 4.0)
    pattern = suppress(problem, budget=Budget(left=lambda: left))
    assert not pattern.unprotectable
    assert open_demands(problem, pattern.hidden) == 0


def test_a_pattern_with_what_may_not_be_hidden_is_repaired_by_publishing_it() -> None:
    problem = between(table([[2, 4, 9, 8], [7, 5, 6, 9], [9, 8, 7, 6]]), 4.0, 3.0, 4.0)
    search = Search(problem, Budget())
    search.prepare()
    four = int(search.classes.of[np.flatnonzero(problem.values == 4)[0]])
    everything = np.ones(search.classes.count, dtype=bool)
    repaired = search.repaired(everything, np.zeros(everything.size))
    assert repaired is not None
    assert not repaired[four]
    assert not search.check(repaired)


@pytest.mark.parametrize("left", [np.inf, 0.0])
def test_what_stays_open_is_said(left: float) -> None:
    """Nothing beside the 2 may be hidden, since all the others are known."""
    made = table([[2, 5, 6], [7, 4, 5], [5, 6, 7]])
    limits = [np.where(made.primary, limit, made.values) for limit in (made.low, made.high)]
    problem = replace(made, low=limits[0], high=limits[1])
    pattern = suppress(problem, budget=Budget(left=lambda: left))
    assert open_demands(problem, pattern.hidden) > 0
    assert 0 in pattern.unprotectable
    assert not pattern.optimal


def test_a_leak_that_nothing_closes_hides_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search(table([[1, 5, 6], [7, 1, 5], [5, 6, 7]]), Budget())
    first, second = np.flatnonzero(search.classes.protected)[:2].tolist()
    rows = np.arange(search.classes.equations.shape[0])
    monkeypatch.setattr(search, "learned", lambda leak, _hidden: leak.cell == second)
    found = search._from([Leak(first, rows), Leak(second, rows)], search.classes.always)
    assert [leak.cell for leak in found] == [second]


@pytest.mark.parametrize("most", [5, 20, 45, 120])
def test_time_that_is_up_anywhere_leaves_a_safe_pattern(most: int) -> None:
    problem = skewed.problem(100, 3)
    pattern = suppress(problem, budget=rounds(most))
    assert open_demands(problem, pattern.hidden) == 0
    assert pattern.bound <= pattern.cost
    check_witnesses(problem, pattern)


def test_once_there_is_a_pattern_no_programme_is_asked_after_the_time() -> None:
    search = Search(skewed.problem(100, 3), rounds(0))
    search.prepare()
    hidden = np.ones(search.classes.count, dtype=bool)
    assert not search.check(hidden)
    search.quiet.clear()
    search.take(hidden)
    for asked in (lambda: search.check(hidden), lambda: search.separate(hidden.astype(float))):
        with pytest.raises(TimeUp):
            asked()


def test_without_time_there_is_a_safe_pattern() -> None:
    problem = skewed.problem_of(skewed.table(((3,), (2, 6), (5,)), 2))
    pattern = suppress(problem, budget=Budget(left=lambda: 0.0))
    assert open_demands(problem, pattern.hidden) == 0
    assert 0 < pattern.bound <= pattern.cost


def test_cancelling_ends_the_run() -> None:
    def cancelled() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        suppress(skewed.problem(100, 1), budget=Budget(cancelled=cancelled))


def test_steps_are_told_and_bounds_never_fall() -> None:
    told = []
    pattern = suppress(skewed.problem(100, 3), budget=Budget(told=told.append))
    assert set(pattern.steps) <= set(told)
    bounds = [step.bound for step in told if step.bound is not None]
    assert bounds == sorted(bounds)
    assert pattern.steps[-1].best == pattern.cost


@pytest.mark.parametrize("seed", [1, 2])
def test_a_pattern_is_extended_by_what_a_new_demand_needs(seed: int) -> None:
    """All that was hidden stays safe; a cell that was secondary is now protected too, and by a wider interval."""
    problem = skewed.problem(100, seed)
    before = suppress(problem)
    found = np.flatnonzero(before.secondary)[:2]
    primary, width = problem.primary.copy(), problem.width.copy()
    primary[found], width[found] = True, 8.0
    demanding = replace(problem, primary=primary, width=width)
    assert open_demands(demanding, before.hidden | primary)
    after = extended(demanding, before.hidden)
    assert not after.unprotectable
    assert not open_demands(demanding, after.hidden)
    assert (before.hidden & ~after.hidden).sum() <= 2
    check_witnesses(demanding, after)


def test_a_large_table_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(extending, "SEARCHED", 10)
    monkeypatch.setattr(extending, "construct_large", lambda problem, budget: asked.append(problem))
    problem = skewed.problem(100, 1)
    extended(problem, problem.primary)
    assert asked == [problem]
