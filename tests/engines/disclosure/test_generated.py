"""The engine on generated tables: any size, skew and share of zeros, hierarchies that overlap, years that are linked."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bench.generated import skewed
from kontor.engines.disclosure import Budget, Cube, Problem, suppress
from kontor.engines.disclosure.cube import axis_of, equations_of
from kontor.engines.reference import disclosure as reference
from tests.engines.disclosure.test_large import leaks, witnesses_hold

MOST = 12
"""Hidden cells up to which every table of whole numbers is tried."""
QUIET = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def rounds(most: int = 80) -> Budget:
    """A budget that is used up after so many questions for it: time without a clock."""
    asked = count()
    return Budget(left=lambda: float(most - next(asked)))


def drawn(size: int, seed: int, skew: float, zeros: float) -> np.ndarray:
    """Counts from a log-normal distribution, a share of them 0."""
    random = np.random.default_rng(seed)
    counts = np.ceil(random.lognormal(1.0, skew, size)).astype(int)
    return np.where(random.random(size) < zeros, 0, counts)


@st.composite
def overlapping(draw: st.DrawFn) -> Problem:
    """Areas that add up to districts and, across these, to police areas; by kind."""
    areas = [f"a{place}" for place in range(draw(st.integers(3, 7)))]
    kinds = [f"k{place}" for place in range(draw(st.integers(2, 3)))]
    districts = {code: f"d{place // 2}" for place, code in enumerate(areas)}
    police = {code: f"p{place % 2}" for place, code in enumerate(areas)}
    axes = (axis_of("area", areas, [districts, police]), axis_of("kind", kinds))
    columns = tuple(zip(*[(area, kind) for area in areas for kind in kinds], strict=True))
    shares = draw(st.floats(0.2, 1.5)), draw(st.floats(0.0, 0.4))
    counts = drawn(len(columns[0]), draw(st.integers(0, 10_000)), *shares)
    return skewed.problem_of(skewed.Table(axes, (districts, {}), columns, counts))


@st.composite
def years(draw: st.DrawFn) -> Problem:
    """Two tables of the same cases, by kind and area and by kind and year, that share the totals by kind."""
    names = [[f"{name}{place}" for place in range(size)] for name, size in (("k", 3), ("a", 3), ("y", 2))]
    axes = tuple(axis_of(name, codes) for name, codes in zip(("kind", "area", "year"), names, strict=True))
    counts = drawn(18, draw(st.integers(0, 10_000)), draw(st.floats(0.2, 1.2)), draw(st.floats(0.0, 0.4)))
    columns = tuple(zip(*[(k, a, y) for k in names[0] for a in names[1] for y in names[2]], strict=True))
    whole = skewed.problem_of(skewed.Table(axes, ({}, {}, {}), columns, counts))
    cells = whole.cubes[0].cells
    cubes = (Cube(axes[:2], cells[:, :, -1]), Cube((axes[0], axes[2]), cells[:, -1, :]))
    used = np.unique(np.concatenate([cube.cells.ravel() for cube in cubes]))
    number = np.full(whole.values.size, -1)
    number[used] = np.arange(used.size)
    cubes = tuple(Cube(cube.axes, number[cube.cells]) for cube in cubes)
    kept = {
        name: getattr(whole, name)[used]
        for name in ("values", "primary", "known", "absent", "low", "high", "width", "down", "up",
                     "contributor", "weight")
    }  # fmt: skip
    return replace(whole, **kept, cubes=cubes, equations=equations_of(cubes, used.size))


def check(problem: Problem) -> None:
    """An attack on the whole table, and every table of whole numbers where there are few hidden cells."""
    assume(problem.primary.any())
    pattern = suppress(problem, budget=rounds())
    assert not pattern.unprotectable
    assert leaks(problem, pattern) == []
    assert pattern.bound <= pattern.cost == pattern.secondary.sum()
    witnesses_hold(problem, pattern)
    if pattern.hidden.sum() <= MOST:
        assert reference.safe(problem, pattern.hidden)


@settings(max_examples=10, **QUIET)
@given(problem=overlapping())
def test_hierarchies_that_overlap(problem: Problem) -> None:
    check(problem)


@settings(max_examples=15, **QUIET)
@given(problem=years())
def test_years_that_are_linked(problem: Problem) -> None:
    check(problem)
