"""What a window answers with when time is up."""

from __future__ import annotations

from itertools import chain, repeat

from bench.generated.skewed import problem_of, table
from kontor.engines.disclosure.merging import merged
from kontor.engines.disclosure.separation import Separator
from kontor.engines.disclosure.windows import joined


def test_a_large_window_ends_in_the_middle_and_is_asked_again() -> None:
    problem = problem_of(table(((3,), (2, 10)), seed=3))
    classes = merged(problem)
    window = max(joined(problem, classes, 1_000), key=lambda one: one.cells.size)
    hidden = classes.always.astype(float)
    every = Separator(classes, window).cuts(hidden)
    asked = Separator(classes, window)
    assert asked.cuts(hidden, lambda: False) == []
    patience = chain(repeat(True, 2), repeat(False))
    some = asked.cuts(hidden, lambda: next(patience))
    assert 0 < len(some) < len(every)
    assert len(asked.cuts(hidden)) == len(every)
