"""Additive rounding: what is guaranteed holds for every generated table, and small tables are rounded best."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from kontor.engines.disclosure import rounding
from kontor.engines.disclosure.cube import axis_of, filled
from kontor.engines.disclosure.incidence import incidence
from kontor.engines.disclosure.problem import Axis, Budget, Step
from kontor.engines.disclosure.rounding import guarantees, rounded
from kontor.engines.reference import rounding as twin
from kontor.errors import Refused

DISTRICTS = {"a": "west", "b": "west", "c": "east", "west": "_T", "east": "_T"}
POLICE = {"a": "p1", "c": "p1", "b": "p2", "p1": "_T", "p2": "_T"}
AXES = (axis_of("district", ["a", "b", "c"], [DISTRICTS, POLICE]), axis_of("kind", ["x", "y"]))
CODES = [["a", "a", "b", "b", "c", "c"], ["x", "y"] * 3]
SUMS = incidence(AXES, CODES)
COUNTS = st.lists(st.integers(0, 9), min_size=6, max_size=6)
BASES = st.sampled_from([2, 3, 5])


def skewed(seed: int, districts: int, kinds: int) -> tuple[list[Axis], list[list[str]], NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    axes = [
        axis_of("district", [f"d{i}" for i in range(districts)]),
        axis_of("kind", [f"k{i}" for i in range(kinds)]),
    ]
    means = np.outer(np.exp(random.normal(0, 1.2, districts)), np.exp(random.normal(0, 1.2, kinds)))
    counts = random.poisson(means * 2)
    i, j = np.nonzero(counts)
    return axes, [[f"d{k}" for k in i], [f"k{k}" for k in j]], counts[i, j]


@given(COUNTS)
@settings(max_examples=30, deadline=None)
def test_the_incidence_adds_up_like_the_table(counts: list[int]) -> None:
    table = filled(AXES, CODES, np.array(counts, dtype=float))
    assert (SUMS.T @ np.array(counts) == table.ravel()).all()


@given(COUNTS, BASES, st.booleans(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_what_is_guaranteed(counts: list[int], base: int, every: bool, seed: int) -> None:
    true = np.array(counts)
    found = rounded(true, SUMS, base, seed, every=every)
    assert (found.cells == filled(AXES, CODES, found.inner.astype(float)).ravel()).all()
    assert not ((found.cells > 0) & (found.cells < base)).any()
    assert (np.abs(found.inner - true) < base).all() and (found.inner >= 0).all()
    assert (found.inner[~found.rounded] == true[~found.rounded]).all()
    assert (found.inner[true == 0] == 0).all()
    if every:
        assert not (found.inner % base).any()
    else:
        assert set(found.inner[(true > 0) & (true < base)]) <= {0, base}
        assert (found.inner[true >= base] == true[true >= base]).all()
    assert found.largest == np.abs(found.errors).max()
    assert found.bias == pytest.approx(found.errors.mean())


@given(COUNTS, BASES, st.booleans())
@settings(max_examples=40, deadline=None)
def test_small_tables_are_rounded_as_well_as_can_be(counts: list[int], base: int, every: bool) -> None:
    found = rounded(counts, SUMS, base, 1, every=every)
    members = [SUMS[:, [cell]].nonzero()[0].tolist() for cell in range(SUMS.shape[1])]
    expected = twin.best(counts, members, found.rounded.tolist(), base)
    assert found.optimal
    assert found.largest + found.mean == pytest.approx(expected)


def test_nobody_who_knows_the_method_finds_a_small_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """All 256 tables of two by two with counts up to 3: whatever is published, no count of 1 or 2 is the same in all
    tables that it is published for."""
    monkeypatch.setattr(rounding, "MOST_EXACT", 0)
    axes = [axis_of("district", ["a", "b"]), axis_of("kind", ["x", "y"])]
    sums = incidence(axes, [["a", "a", "b", "b"], ["x", "y"] * 2])
    behind: dict[bytes, list[tuple[int, ...]]] = {}
    for counts in product(range(4), repeat=4):
        behind.setdefault(rounded(counts, sums, 3, 1).cells.tobytes(), []).append(counts)
    assert len(behind) == 16
    for tables in behind.values():
        for values in zip(*tables, strict=True):
            assert len(set(values)) > 1 or values[0] not in (1, 2)


@pytest.mark.parametrize("seed", range(4))
def test_the_heuristic_stays_near_the_programme(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    axes, codes, counts = skewed(seed, 8, 5)
    sums = incidence(axes, codes)
    best = rounded(counts, sums, 3, seed)
    monkeypatch.setattr(rounding, "MOST_EXACT", 0)
    quick = rounded(counts, sums, 3, seed)
    assert not quick.optimal and best.largest <= quick.largest <= best.largest + 2
    assert best.largest + best.mean <= quick.largest + quick.mean <= 1.6 * (best.largest + best.mean) + 1


def test_sums_of_a_larger_table_stay_close_without_a_drift() -> None:
    """A sum of a hundred independently rounded counts would be off by about 14."""
    axes, codes, counts = skewed(11, 40, 25)
    found = rounded(counts, incidence(axes, codes), 3, 5)
    assert found.rounded.sum() > 250 and not found.optimal
    assert found.largest <= 6 and found.mean < 0.8 and abs(found.bias) < 0.05


def test_the_seed_decides_and_nothing_else() -> None:
    axes, codes, counts = skewed(3, 20, 12)
    sums = incidence(axes, codes)
    one, again, other = (rounded(counts, sums, 5, seed).inner for seed in (1, 1, 2))
    assert (one == again).all() and (one != other).any()


def test_only_published_cells_count() -> None:
    """Inner cells that nobody sees are not rounded where their sums are large."""
    margins = csr_array(np.ones((4, 1), dtype=np.int64))
    assert rounded([1, 2, 1, 2], margins, 3, 1).inner.tolist() == [1, 2, 1, 2]
    # The small sum {0, 1} makes its own inner cells 0 or 3 and, then, {1, 2, 3} must not become small either.
    two = csr_array(np.array([[1, 0], [1, 1], [0, 1], [0, 1]]))
    found = rounded([1, 1, 1, 1], two, 3, 1)
    assert not ((found.cells > 0) & (found.cells < 3)).any()


def test_linked_tables_share_their_rounded_cells() -> None:
    axes, codes, counts = skewed(5, 6, 4)
    kinds = incidence(axes[1:], codes[1:])
    both = rounded(counts, hstack([incidence(axes, codes), kinds]), 3, 1)
    full = both.cells[: -len(axes[1].codes)].reshape(7, 5)
    assert (full[-1] == both.cells[-len(axes[1].codes) :]).all()


def test_empty_tables_bases_and_halves() -> None:
    empty = rounded([], csr_array((0, 3)), 3, 1)
    assert empty.cells.tolist() == [0, 0, 0] and empty.optimal and empty.largest == 0
    with pytest.raises(Refused) as error:
        rounded([1], csr_array(np.ones((1, 1))), 1, 1)
    assert error.value.code == "rounding_base_too_small"
    for wrong in ([-1], [0.5]):
        with pytest.raises(Refused) as error:
            rounded(wrong, csr_array(np.ones((1, 1))), 3, 1)
        assert error.value.code == "rounding_counts_only"


def test_the_statements_say_what_is_done() -> None:
    said = {each.code: each.facts for each in guarantees(3)}
    assert said["rounding_zero_or_base"] == {"base": 3, "most": 2}
    every = {each.code for each in guarantees(3, every=True)}
    assert "rounding_every_count" in every and "rounding_large_counts_exact" not in every


def test_a_cancelled_run_ends_and_progress_is_told() -> None:
    axes, codes, counts = skewed(3, 20, 12)
    told: list[Step] = []
    rounded(counts, incidence(axes, codes), 5, 1, budget=Budget(told=told.append))
    assert told and {step.stage for step in told} == {"rounding"}

    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rounded(counts, incidence(axes, codes), 5, 1, budget=Budget(cancelled=cancel))
