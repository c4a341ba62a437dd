"""False discovery rate: the published example, the slow twin, order and monotony."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines.discoveries import benjamini_hochberg
from kontor.engines.reference.discoveries import benjamini_hochberg as twin

# Benjamini & Hochberg 1995, section 4.1: fifteen p-values of a study, four of which are discoveries at 0.05
PUBLISHED = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
             0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]  # fmt: skip
P = st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=40)


def test_the_published_example() -> None:
    assert benjamini_hochberg(PUBLISHED).tolist() == [True] * 4 + [False] * 11


@settings(max_examples=100, deadline=None)
@given(P, st.sampled_from([0.01, 0.05, 0.2]))
def test_the_slow_twin_agrees(p: list[float], rate: float) -> None:
    assert benjamini_hochberg(p, rate).tolist() == twin(p, rate)


@settings(max_examples=60, deadline=None)
@given(P)
def test_a_stricter_rate_never_finds_more(p: list[float]) -> None:
    assert not np.any(benjamini_hochberg(p, 0.01) & ~benjamini_hochberg(p, 0.05))


def test_nothing_in_nothing_out() -> None:
    assert benjamini_hochberg([]).tolist() == []
    assert benjamini_hochberg([float("nan")]).tolist() == [False]
