"""What respondents learn who know cells of their own, alone and together: the engine against brute force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kontor.engines.disclosure import Problem, suppress
from kontor.engines.disclosure.large import construct_large
from kontor.engines.disclosure.merging import merged, respondents, told_by_others
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


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(counts=rows(1, 1, 2, 3, 4, 5, 6, 8))
def test_coalitions_of_two_as_brute_force_has_them(counts: list[list[int]]) -> None:
    problem = replace(table(counts), coalition=2)
    totals = problem.values.reshape(3, 4)[2, :3], problem.values.reshape(3, 4)[:2, 3]
    assume(np.concatenate(totals).min() > 3)  # a total that two persons fill is theirs
    pattern = suppress(problem)
    assume(pattern.hidden.sum() <= MOST)
    assert not pattern.unprotectable
    assert reference.safe(problem, pattern.hidden)


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
