"""Windows: what moves inside one moves in the whole, and what is bounded outside is bounded in the whole."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from kontor.audit.folding import folded
from kontor.audit.programme import Programme
from kontor.audit.routes import Routes
from kontor.audit.system import System
from kontor.audit.windows import NOTHING, Windows


def _cube(seed: int) -> tuple[System, np.ndarray]:
    """A cross table of 5 x 6 cells with some hidden ones, as equations between them, and its true values."""
    random = np.random.default_rng(seed)
    true = random.integers(1, 9, (5, 6)).astype(float)
    hidden = np.flatnonzero(random.random(30) < 0.7)
    rows = np.array(
        [np.arange(30) // 6 == row for row in range(5)] + [np.arange(30) % 6 == column for column in range(6)]
    )
    matrix = csr_array(rows[:, hidden].astype(float))
    values = true.ravel()[hidden]
    right = matrix @ values
    ones, every = np.ones(hidden.size), np.ones(hidden.size, dtype=bool)
    return System(matrix, right, right, ones, 50 * ones, every, every, 3 * ones), values


@pytest.mark.parametrize("seed", range(6))
def test_points_of_a_window_are_points_of_the_whole(seed: int) -> None:
    system, true = _cube(seed)
    windows = Windows(system)
    centre = windows.folded.fewer(true)
    chosen = windows.near(seed, 8)
    programme = Programme(windows.inside(chosen, centre), 4.0)
    for place in range(chosen.size):
        for sign in (1.0, -1.0):
            point = centre.copy()
            point[chosen] = programme.extreme(place, sign)
            values = windows.folded.all(point)
            assert np.allclose(system.matrix @ values, system.least, atol=1e-6)
            assert (values >= system.low - 1e-6).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_short_way_leads_to_a_possible_point(seed: int) -> None:
    """As far as asked where that can be, nowhere else than in the window, and past no bound."""
    system, true = _cube(seed)
    windows = Windows(system)
    base, routes = windows.folded.fewer(true), Routes(windows)
    for place in range(windows.system.size):
        for way in (1.0, -1.0):
            chosen, change = routes.route(base, place, way, 1.0, 12, np.array([place - 1]))
            point = base.copy()
            point[chosen] += change
            values = windows.folded.all(point)
            assert np.allclose(system.matrix @ values, system.least, atol=1e-6)
            assert (values >= system.low - 1e-6).all()
            assert abs(point[place] - base[place]) <= 1 + 1e-9
            assert point[place - 1] == base[place - 1] or not place


@pytest.mark.parametrize("seed", range(6))
def test_part_of_the_equations_leaves_no_less(seed: int) -> None:
    system, _ = _cube(seed)
    windows, whole = Windows(system), Programme(system, 4.0)
    column = int(windows.folded.first[0])
    chosen, part = windows.outside(0, 12)
    assert part.matrix.nnz <= 12
    outside, place = Programme(part, 4.0), int(np.searchsorted(chosen, 0))
    for sign in (1.0, -1.0):
        inner = float(windows.folded.fewer(whole.extreme(column, sign * windows.folded.sign[column]))[0])
        assert sign * outside.extreme(place, sign)[place] >= sign * inner - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_folding_loses_nothing(seed: int) -> None:
    system, true = _cube(seed)
    made = folded(system)
    assert np.allclose(made.all(made.fewer(true)), true)
    assert np.allclose(made.system.matrix @ made.fewer(true), made.system.least)
    assert not (np.diff(made.system.matrix.indptr) == 2).any()


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_one_programme_holds_some_at_one_and_lifts_others(
    seed: int, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the others could be none at all, and whether or not classes follow from one another; no bound stays changed."""
    system, true = _cube(seed)
    system = system.between(np.zeros(system.size), system.high)
    monkeypatch.setattr("kontor.audit.programme.LARGE", 0 if large else 10_000)
    programme = Programme(system, 4.0)
    for place in range(system.size):
        point = programme.spread(NOTHING, NOTHING, None, np.array([place]))
        assert np.allclose(system.matrix @ point, system.least, atol=1e-6)
        least, most = (programme.extreme(place, way)[place] for way in (-1.0, 1.0))
        assert abs(point[place] - np.clip(1.0, least, most)) < 1e-6
        lifted = programme.spread(np.array([place]), NOTHING, np.array([true[place]]))
        assert lifted[place] >= true[place] - 1e-6


def test_the_middle_is_away_from_the_bounds_where_presolve_finds_a_corner() -> None:
    """Sums that share no class: such a programme is solved before the way of interior points begins."""
    groups, members = 40, 12
    row = np.repeat(np.arange(groups), members)
    matrix = csr_array((np.ones(row.size), (row, np.arange(row.size))))
    right = np.full(groups, 30.0)
    ones, every = np.ones(row.size), np.ones(row.size, dtype=bool)
    system = System(matrix, right, right, ones, 50 * ones, every, every, 3 * ones)
    middle = Programme(system, 4.0).middle()
    assert middle is not None
    assert np.allclose(matrix @ middle, right, atol=1e-5)
    assert ((middle > 1.01) & (middle < 49.9)).all()
