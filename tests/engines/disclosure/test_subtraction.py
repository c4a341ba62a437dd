"""Which sums of hidden cells everybody can compute."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from kontor.engines.disclosure import subtraction
from kontor.engines.disclosure.cube import equations_of
from kontor.engines.disclosure.problem import Axis, Cube
from kontor.engines.disclosure.subtraction import remainders

NESTED = Axis("area", ("a", "b", "c", "d", "north", "south", "_T"), ((4, (0, 1)), (5, (2, 3)), (6, (4, 5))))
ASIDE = Axis("area", ("a", "b", "c", "d", "e", "near", "_T"), ((5, (0, 1)), (6, (0, 1, 2, 3, 4))))
VALUES = {"north": 2.0, "south": 2.0, "near": 2.0}


def told(axis: Axis, hidden: str) -> set[str]:
    """Sums as the codes of their cells; every inner cell is 1."""
    cube = Cube((axis,), np.arange(len(axis.codes)))
    values = np.array([VALUES.get(code, 1.0) for code in axis.codes])
    values[-1] = sum(code in "abcde" for code in axis.codes)
    found = remainders(equations_of([cube], values.size), values, np.isin(axis.codes, hidden.split()))
    return {" ".join(axis.codes[cell] for cell in sorted(cells)) for cells in found}


@pytest.mark.parametrize(
    ("axis", "hidden", "sums"),
    [
        (NESTED, "a b", {"a b"}),
        (NESTED, "a north", {"a", "north"}),  # north is what is left of the total
        (NESTED, "a c north south", {"a c"}),  # b and d are taken away
        (NESTED, "a b north _T", set()),
        (ASIDE, "a b c d", {"a b", "a b c d", "c d"}),  # the last is a difference
    ],
)
def test_what_is_left_of_totals(
    axis: Axis, hidden: str, sums: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = told(axis, hidden)
    monkeypatch.setattr(subtraction, "FEW", 0)
    assert told(axis, hidden) == sums
    assert sums <= small


def test_all_equations_together_tell_more() -> None:
    """p + s = (p + q) - (q + r) + (r + s), so of p + s + t everybody knows t by itself."""
    members = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 1, 0], [1, 0, 0, 1, 1]])
    equations = csr_array(np.hstack([members, -np.eye(4)]))
    values = np.append(np.ones(5), members.sum(axis=1))
    found = remainders(equations, values, np.arange(9) < 5)
    assert {frozenset([0, 3]), frozenset([4])} <= set(found)
