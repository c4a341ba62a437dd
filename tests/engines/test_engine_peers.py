"""Nearest peers: an example by hand, the slow twin, and what must never change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines import peers
from kontor.engines.reference import peers as twin

QUICK = settings(max_examples=80, deadline=None)
nan = np.nan


@st.composite
def tables(draw: st.DrawFn, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(variables, eligible): rows with gaps, ties and constant columns."""
    n, p = draw(st.integers(least, 14)), draw(st.integers(1, 4))
    cell = st.one_of(st.floats(-100, 100).map(lambda v: round(v, 1)), st.just(nan), st.just(7.0))
    rows = draw(st.lists(st.lists(cell, min_size=p, max_size=p), min_size=n, max_size=n))
    return np.array(rows), np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))


def test_three_cities_by_hand() -> None:
    """Column means are 2 and 20, standard deviations 1 and 10, so that z is -1, 0, 1 in both columns."""
    variables = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    found = peers.nearest(variables, eligible=np.ones(3, bool), k=2, weights=np.array([3.0, 1.0]))
    assert found.index.tolist() == [[1, 2], [0, 2], [1, 0]]
    assert found.distance == pytest.approx(np.array([[2.0, 4.0], [2.0, 2.0], [2.0, 4.0]]))
    assert found.contribution[0, 0] == pytest.approx([0.75, 0.25])


def test_a_missing_variable_is_left_out_and_the_sum_scaled_up() -> None:
    """Gower 1971: with one of two equal weights shared the squared distance counts twice."""
    variables = np.array([[1.0, nan], [2.0, 5.0], [3.0, 9.0]])
    found = peers.nearest(variables, eligible=np.ones(3, bool), k=1)
    assert found.index[0, 0] == 1 and found.distance[0, 0] == pytest.approx(np.sqrt(2.0))
    assert found.contribution[0, 0, 0] == 1.0 and np.isnan(found.contribution[0, 0, 1])


def test_who_gets_peers_and_who_is_one() -> None:
    variables = np.array([[1.0, 1.0], [2.0, nan], [nan, 3.0], [4.0, 4.0], [2.5, 2.0]])
    eligible = np.array([True, True, True, True, False])
    found = peers.nearest(variables, eligible=eligible, k=3)
    assert found.index[2].tolist() == [-1, -1, -1]  # lacks the first column
    assert 4 not in found.index  # not eligible, but has peers of its own
    assert sorted(found.index[4].tolist()) == [0, 1, 3]
    assert found.index[0, 2] == -1 and np.isnan(found.distance[0, 2])
    strict = peers.nearest(variables, eligible=eligible, k=3, required=1)
    assert strict.index[1].tolist() == [-1, -1, -1] and 1 not in strict.index


def test_ties_go_to_the_lower_index_and_constants_count_nothing() -> None:
    variables = np.array([[0.1, 1.0], [0.1, 1.0], [0.1, 2.0], [0.1, 1.0], [0.1, 3.0]])
    found = peers.nearest(variables, eligible=np.ones(5, bool), k=3)
    assert found.index[3].tolist() == [0, 1, 2]
    assert found.distance[3, :2].tolist() == [0.0, 0.0]
    assert found.contribution[3].tolist() == [[0.0, 0.0], [0.0, 0.0], [0.0, 1.0]]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError):
        peers.nearest(np.ones((3, 2)), eligible=np.ones(2, bool), k=1)
    with pytest.raises(ValueError):
        peers.nearest(np.ones((3, 2)), eligible=np.ones(3, bool), k=1, weights=np.array([1.0, -1.0]))


@given(tables(), st.integers(1, 5), st.integers(0, 1), st.data())
@QUICK
def test_agrees_with_comparing_every_pair(
    table: tuple[np.ndarray, np.ndarray], k: int, required: int, data: st.DataObject
) -> None:
    variables, eligible = table
    p = variables.shape[1]
    weights = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=p, max_size=p)))
    found = peers.nearest(variables, eligible=eligible, k=k, weights=weights, required=required)
    expected = twin.nearest(variables, eligible=eligible, k=k, weights=weights, required=required)
    assert found.distance == pytest.approx(expected.distance, rel=1e-9, abs=1e-9, nan_ok=True)
    # Exact ties may fall either way between two orders of summation; without any the peers are the same.
    steps = np.diff(expected.distance, axis=1)
    every = twin.nearest(variables, eligible=eligible, k=len(variables), weights=weights, required=required)
    if not (np.diff(every.distance, axis=1) < 1e-7).any() and not (steps < 1e-7).any():
        assert found.index.tolist() == expected.index.tolist()
        shares = pytest.approx(expected.contribution, rel=1e-7, abs=1e-9, nan_ok=True)
        assert found.contribution == shares


@given(tables(), tables(), st.integers(1, 4))
@QUICK
def test_rows_that_are_not_eligible_change_not_one_bit(
    table: tuple[np.ndarray, np.ndarray], more: tuple[np.ndarray, np.ndarray], k: int
) -> None:
    variables, eligible = table
    extra = np.resize(more[0], (len(more[0]), variables.shape[1])) * 1e3
    before = peers.nearest(variables, eligible=eligible, k=k)
    after = peers.nearest(
        np.vstack([variables, extra]), eligible=np.append(eligible, np.zeros(len(extra), bool)), k=k
    )
    n = len(variables)
    assert before.index.tobytes() == after.index[:n].tobytes()
    assert before.distance.tobytes() == after.distance[:n].tobytes()
    assert before.contribution.tobytes() == after.contribution[:n].tobytes()


@pytest.mark.parametrize("block", [1, 50, 10_000])
def test_blocks_and_many_added_rows_change_not_one_bit(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(7)
    variables = random.normal(size=(150, 5))
    variables[random.random((150, 5)) < 0.2] = nan
    eligible = random.random(150) < 0.8
    before = peers.nearest(variables, eligible=eligible, k=8)
    monkeypatch.setattr(peers, "BLOCK_CELLS", block)
    added = np.vstack([variables, random.normal(size=(333, 5)) * 50])
    after = peers.nearest(added, eligible=np.append(eligible, np.zeros(333, bool)), k=8)
    assert before.index.tobytes() == after.index[:150].tobytes()
    assert before.distance.tobytes() == after.distance[:150].tobytes()
    assert before.contribution.tobytes() == after.contribution[:150].tobytes()


@given(tables(), st.integers(1, 5))
@QUICK
def test_answers_keep_their_promises(table: tuple[np.ndarray, np.ndarray], k: int) -> None:
    variables, eligible = table
    found = peers.nearest(variables, eligible=eligible, k=k)
    for i, row in enumerate(found.index):
        chosen = row[row >= 0]
        assert i not in chosen and len(set(chosen.tolist())) == len(chosen)
        assert eligible[chosen].all() and not np.isnan(variables[chosen, 0]).any()
        assert (row[len(chosen) :] == -1).all()
    assert not (np.diff(found.distance, axis=1) < 0).any()
    total = np.nansum(found.contribution, axis=2)[found.distance > 0]
    assert total == pytest.approx(np.ones(total.shape))


@given(tables(least=4), st.floats(0.01, 1000), st.floats(-1000, 1000))
@QUICK
def test_another_unit_of_a_variable_changes_no_distance(
    table: tuple[np.ndarray, np.ndarray], scale: float, shift: float
) -> None:
    variables, eligible = table
    rescaled = variables.copy()
    rescaled[:, 0] = rescaled[:, 0] * scale + shift
    before = peers.nearest(variables, eligible=eligible, k=3)
    after = peers.nearest(rescaled, eligible=eligible, k=3)
    assert after.distance == pytest.approx(before.distance, rel=1e-6, abs=1e-6, nan_ok=True)
