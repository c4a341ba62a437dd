"""How far counts move with one inner cell: every move leaves a table that still adds up within its bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kontor.audit.cells import Cells, numbered
from kontor.audit.equations import Equations
from kontor.audit.moves import moves
from kontor.audit.programme import Programme
from kontor.audit.published import read_published
from kontor.audit.recipe import read_recipe
from kontor.audit.system import System
from tests.audit.conftest import RECIPE, safe_csv

TABLE = """
      x   y   z   G   _T
a     2   7   4   11  13
b     5   9   1   10  15
_T    7   16  5   21  28
"""
GROUP = '[hierarchy.column]\ny = "G"\nz = "G"\nx = "_T"\nG = "_T"\n'


def _cells(folder: Path) -> Cells:
    (folder / "recipe.toml").write_text(RECIPE + GROUP)
    (folder / "SAFE.csv").write_text(safe_csv(TABLE))
    return numbered([read_published(folder / "SAFE.csv", read_recipe(folder / "recipe.toml"))], 1)


@pytest.mark.parametrize("largest", [1, 2, 4])
def test_extremes_that_are_reached(tmp_path: Path, largest: int) -> None:
    cells = _cells(tmp_path)
    matrix = Equations(cells).matrix
    right, all_ = np.zeros(matrix.shape[0]), np.ones(cells.values.size, dtype=bool)
    low, high = np.maximum(cells.values - largest, 0.0), cells.values + largest
    system = System(matrix, right, right, low, high, all_, all_, np.full(low.size, -1.0))
    found = moves(cells.blocks[0], system, 4.0)
    assert found is not None
    base = found.points[0]
    assert np.allclose(matrix @ base, 0, atol=1e-5)
    assert (low - 1e-6 <= base).all() and (base <= high + 1e-6).all()
    assert (found.high - found.low > 0.1).all()
    programme = Programme(system, 4.0)
    for cell in range(low.size):
        assert found.high[cell] <= programme.extreme(cell, 1.0)[cell] + 1e-5
        assert found.low[cell] >= programme.extreme(cell, -1.0)[cell] - 1e-5
