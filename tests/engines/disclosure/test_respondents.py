"""What respondents learn who know cells of their own, alone and together: the engine against brute force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bench.generated import skewed
from kontor.engines.disclosure import Problem, suppress
from kontor.engines.disclosure.cube import axis_of
from kontor.engines.disclosure.large import construct_large
from kontor.engines.disclosure.merging import merged
from kontor.engines.disclosure.respondents import respondents, told_by_others
from kontor.engines.reference import disclosure as reference
from tests.engines.disclosure.small import table

MOST = 9  # hidden cells: brute force tries all their numbers


def without_zeros(counts: Sequence[Sequence[int]]) -> Problem:
    """Zeros are hidden like small counts."""
    made = table(counts)
    small = made.values <= 3
    nothing = np.zeros(small.size, dtype=bool)
    return replace(
        made,
        known=nothing,
        primary=small,
        width=np.where(small, 2.0, 0.0),
        low=np.zeros(small.size),
    )


def rows(*counts: int) -> st.SearchStrategy[list[list[int]]]:
    row = st.lists(st.sampled_from(counts), min_size=3, max_size=3)
    return st.lists(row, min_size=2, max_size=2)


def check(problem: Problem) -> float:
    """The cost of the engine's pattern, which brute force finds safe and cannot better."""
    best = reference.optimum(problem)
    pattern = suppress(problem)
    assert best is not None
    assert not pattern.unprotectable
    assert reference.safe(problem, pattern.hidden)
    assert pattern.cost == best[0]
    return pattern.cost


@pytest.mark.parametrize(
    "counts",
    [
        [[1, 1, 3], [7, 9, 5]],  # two who are alone in two cells know the third
        [[2, 3, 9], [7, 9, 5]],  # two who share a cell know the other
        [[2, 3, 6, 9], [7, 9, 5, 6]],
        [[1, 1, 3], [4, 6, 5]],
    ],
)
def test_what_one_alone_may_know_two_together_may_not(counts: list[list[int]]) -> None:
    problem = table(counts)
    together = replace(problem, coalition=2)
    hidden = suppress(problem).hidden
    assert reference.safe(problem, hidden)
    assert not reference.safe(together, hidden)
    check(together)


@pytest.mark.parametrize("coalition", [2, 3])
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(counts=rows(0, 1, 1, 2, 3, 4, 5, 6, 8))
def test_coalitions_as_brute_force_has_them(coalition: int, counts: list[list[int]]) -> None:
    problem = replace(table(counts), coalition=coalition)
    pattern = suppress(problem)
    assume(pattern.hidden.sum() <= MOST)
    if pattern.unprotectable:
        assert reference.optimum(problem) is None
    else:
        assert reference.safe(problem, pattern.hidden)


@pytest.mark.parametrize(
    ("counts", "coalition"),
    [
        ([[1, 1, 0], [4, 5, 6]], 2),  # two rows of their own
        ([[1, 0, 0, 1], [0, 2, 4, 5]], 2),
        ([[1, 2, 0], [8, 5, 6]], 3),
        ([[1, 1, 1], [7, 8, 9]], 3),
        ([[2, 0, 1], [0, 2, 9]], 3),
    ],
)
def test_what_holds_nobody_but_the_coalition_is_no_disclosure(
    counts: list[list[int]], coalition: int
) -> None:
    """A total that they fill follows from their own cells; that is no reason to refuse the table."""
    problem = replace(table(counts), coalition=coalition)
    check(problem)
    built = construct_large(problem)
    assert not built.unprotectable
    assert reference.safe(problem, built.hidden)


def test_what_a_coalition_fills_it_knows_to_the_last_cell() -> None:
    """Zeros are hidden. All of a0 is two persons, so what is empty in it they know, through empty sums too."""
    counts = np.zeros((2, 3, 3), dtype=int)
    counts[0, 0, 0] = counts[0, 1, 1] = 1
    counts[1] = [[9, 8, 6], [7, 9, 8], [6, 5, 7]]
    made = table(counts)
    small = made.values <= 3
    nothing = np.zeros(small.size, dtype=bool)
    problem = replace(made, known=nothing, primary=small, low=np.zeros(small.size), coalition=2)
    problem = replace(problem, width=np.where(small, 2.0, 0.0))
    classes = merged(problem)
    sets = {names: known for known, names in respondents(classes, np.arange(classes.count), 2)}
    both = max(sets, key=len)
    inside = classes.of[problem.cubes[0].cells[0].ravel()]
    assert not np.isin(
        inside, told_by_others(classes, np.arange(classes.count), inside, sets[both], both)
    ).any()
    assert not suppress(problem).unprotectable


def test_two_who_fill_a_total_may_not_find_out_a_third() -> None:
    """Row a is two persons: its total is theirs. Beside it in the column the third one is not."""
    problem = replace(table([[1, 1, 0], [1, 9, 7], [8, 6, 5]]), coalition=2)
    numbers = problem.cubes[0].cells
    hidden = problem.primary.copy()
    hidden[numbers[0, 1]] = hidden[numbers[1, 1]] = hidden[numbers[1, 3]] = hidden[numbers[3, 0]] = True
    assert not reference.safe(problem, hidden)
    check(problem)


def test_groups_that_hold_the_same_are_one() -> None:
    """In two hierarchies of one variable, zeros hidden: whoever is alone in one group sees only himself in the other."""
    hierarchies = [
        {"a": "ab", "b": "ab", "c": "cd", "d": "cd"},
        {"a": "left", "b": "left", "c": "r", "d": "r"},
    ]
    axis = axis_of("variable_a", list("abcd"), hierarchies)
    made = skewed.Table((axis,), ({},), (tuple("abcd"),), np.array([0, 3, 5, 4]))
    problem = replace(skewed.problem_of(made, zeros=False), suspected=True)
    small = problem.values <= 3
    check(replace(problem, primary=small, width=np.where(small, 2.0, 0.0)))


@pytest.mark.parametrize(
    "counts",
    [[[8, 1, 0], [1, 2, 6]], [[6, 0, 1], [1, 1, 6]], [[6, 1, 1], [8, 1, 1]], [[1, 0, 6], [0, 6, 4]]],
)
def test_hidden_zeros_as_brute_force_has_them(counts: list[list[int]]) -> None:
    check(without_zeros(counts))


def test_who_is_alone_in_a_total_knows_the_zeros_beside_him_from_himself() -> None:
    """Hiding more would not change it, and it is no reason to refuse the table."""
    problem = without_zeros([[1, 0, 0], [5, 6, 4], [7, 5, 9]])
    classes = merged(problem)
    cells = np.arange(classes.count)
    ((known, names),) = respondents(classes, cells, 1)
    zeros = np.flatnonzero(classes.value == 0)
    assert classes.value[known].tolist() == [1.0, 1.0]
    assert zeros.size and not np.isin(zeros, told_by_others(classes, cells, cells, known, names)).any()
    for made in (suppress(problem), construct_large(problem)):
        assert not made.unprotectable
        assert reference.safe(problem, made.hidden)


def test_as_many_persons_join_as_the_coalition_has() -> None:
    classes = merged(replace(table([[1, 2, 9, 8], [7, 9, 1, 6]]), coalition=2))
    sets = respondents(classes, np.arange(classes.count), 2)
    assert sorted(classes.value[known].astype(int).tolist() for known, _ in sets) == [[1], [1], [1, 1], [2]]
