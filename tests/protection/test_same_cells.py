"""Which cells count as the same, held against all fillings of tiny tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array

from kontor.protection.same_cells import Tables, same_cells

SUMS = csr_array(np.array([[0, 0, 0, 0, 1, 1, 1, -1]], dtype=float))
TWINS = np.array([(place, place + 4) for place in range(4)])


def _with_total(values: np.ndarray) -> np.ndarray:
    return np.append(values, values.sum())


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("integral", [True, False])
def test_the_same_by_trying_all_fillings(seed: int, integral: bool) -> None:
    """Today's three parts and their total are known; of the old ones some."""
    random = np.random.default_rng(seed)
    then = random.integers(0, 6, 3)
    now = _with_total(np.maximum(then + (random.random(3) < 0.4) * random.integers(-2, 3, 3), 0))
    hidden = random.random(4) < 0.6
    low = float(random.integers(2)) if (_with_total(then)[hidden] >= 1).all() else 0.0
    values = np.append(now, np.where(hidden, np.nan, _with_total(then))).astype(float)
    found = same_cells(Tables(values, np.full(8, low), SUMS, TWINS, integral))
    fillings = np.array([_with_total(np.array(one)) for one in product(range(11), repeat=3)])
    fits = (fillings[:, ~hidden] == _with_total(then)[~hidden]).all(axis=1)
    gaps = np.abs(fillings[fits & (fillings[:, hidden] >= low).all(axis=1)] - now)
    costs = gaps.sum(axis=1)
    assert found is not None
    assert found.tolist() == (gaps[costs == costs.min()] == 0).all(axis=0).tolist()


def test_a_table_that_contradicts_itself() -> None:
    values = np.array([1, 2, 3, 6, 5, np.nan, 3, 6], dtype=float)
    assert same_cells(Tables(values, np.ones(8), SUMS, TWINS, integral=True)) is None
