"""Windows: what moves inside one moves in the whole, and what is bounded outside is bounded in the whole."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from kontor.audit.folding import folded
from kontor.audit.programme import Programme
from kontor.audit.routes import Routes
from kontor.audit.system import System
from kontor.audit.windows import Windows


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
