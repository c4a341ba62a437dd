"""Cell keys: moments of the transition table, the same people have the same count everywhere, the slow twin."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines.disclosure.cellkey import (
    cell_keys,
    guarantees,
    perturbed,
    record_keys,
    transitions,
)
from kontor.engines.disclosure.cube import axis_of, filled
from kontor.engines.disclosure.incidence import incidence
from kontor.engines.reference import cellkey as twin
from kontor.errors import Refused

SECRET = b"a secret of the league"
TABLES = [(5, 3.0, 2), (5, 2.0, 2), (3, 1.0, 0), (2, 1.25, 0), (10, 4.0, 3), (1, 0.5, 0), (8, 6.5, 1)]


@pytest.mark.parametrize(("largest", "variance", "never"), TABLES)
def test_moments_and_what_may_not_come_out(largest: int, variance: float, never: int) -> None:
    table = transitions(largest, variance, never)
    assert len(table.chances) == largest + never + 2
    for count, row in enumerate(table.chances):
        assert (row >= 0).all() and row.sum() == pytest.approx(1, abs=1e-12)
        assert row @ table.deviations == pytest.approx(0, abs=1e-9)
        assert row @ table.deviations**2 == pytest.approx(variance if count else 0, abs=1e-9)
        possible = {count + int(d) for d, chance in zip(table.deviations, row, strict=True) if chance > 0}
        assert min(possible) >= 0 and not possible & set(range(1, never + 1))
    last = table.chances[-1]
    assert last == pytest.approx(last[::-1], abs=1e-9)


@pytest.mark.parametrize(("largest", "variance", "never"), [(5, 3.0, 2), (3, 1.0, 0), (4, 1.5, 1)])
def test_no_other_distribution_has_more_entropy(largest: int, variance: float, never: int) -> None:
    table = transitions(largest, variance, never)
    for count in range(1, len(table.chances)):
        expected = twin.row(count, largest, variance, never)
        assert table.chances[count] == pytest.approx(expected, abs=2e-5)


def test_symmetric_changes_of_at_most_one_by_hand() -> None:
    """Three outcomes and two moments leave one distribution: V/2, 1 - V, V/2."""
    assert transitions(1, 0.5).chances[1:].tolist() == [pytest.approx([0.25, 0.5, 0.25])] * 2


def test_the_lowest_variance_leaves_two_outcomes() -> None:
    """A count of 1 that may become 0, 3, 4, ...: without a bias it varies by 2 at least, as 0 or 3."""
    assert transitions(5, 2.0, 2).chances[1][[4, 7]] == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize(("largest", "variance", "never"), [(5, 1.0, 2), (5, 5.1, 0), (2, 3.0, 0)])
def test_impossible_variances_name_the_possible(largest: int, variance: float, never: int) -> None:
    with pytest.raises(Refused) as error:
        transitions(largest, variance, never)
    assert error.value.code == "ptable_impossible"
    lowest, highest = error.value.facts["lowest"], error.value.facts["highest"]
    assert not lowest <= variance <= highest and error.value.facts["count"] == 1


@pytest.mark.parametrize("wrong", [(0, 1.0, 0), (3, 0.0, 0), (3, 1.0, 3), (3, 1.0, -1), (3, math.nan, 0)])
def test_parameters_that_cannot_be(wrong: tuple[int, float, int]) -> None:
    with pytest.raises(Refused) as error:
        transitions(*wrong)
    assert error.value.code == "ptable_parameters"


def test_keys_are_those_of_the_hash_and_need_the_secret() -> None:
    records = ["1", "2", "person 3", "名"]
    keys = record_keys(records, SECRET)
    assert keys.tolist() == [twin.record_key(record, SECRET) for record in records]
    assert not set(keys.tolist()) & set(record_keys(records, SECRET + b"!").tolist())
    long = b"x" * 100
    assert len(set(record_keys(records, long).tolist())) == 4
    with pytest.raises(Refused) as error:
        record_keys(records, b"too short")
    assert error.value.code == "cellkey_secret_too_short"


DISTRICTS = {"a": "west", "b": "west", "c": "east", "west": "_T", "east": "_T"}
AXES = (axis_of("district", ["a", "b", "c"], [DISTRICTS]), axis_of("kind", ["x", "y"]))
PERSONS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), min_size=1, max_size=60)


@given(PERSONS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_same_people_have_the_same_count_in_every_table(persons: list[tuple[str, str]], order) -> None:  # type: ignore[no-untyped-def]
    records = [(f"person {i}", *person) for i, person in enumerate(persons)]
    table = transitions(5, 3.0, 2)

    def published(rows: list[tuple[str, str, str]], axes: list[int]) -> dict[tuple[str, ...], int]:
        names, *columns = (list(column) for column in zip(*rows, strict=True))
        kept, columns = [AXES[i] for i in axes], [columns[i] for i in axes]
        keys = cell_keys(incidence(kept, columns), record_keys(names, SECRET))
        counts = filled(kept, columns, np.ones(len(rows))).ravel()
        found = perturbed(counts, keys, table).cells
        return dict(zip(itertools.product(*(axis.codes for axis in kept)), found.tolist(), strict=True))

    full = published(records, [0, 1])
    shuffled = list(records)
    order.shuffle(shuffled)
    assert published(shuffled, [0, 1]) == full
    for (code,), count in published(records, [0]).items():
        assert full[code, "_T"] == count
    for (code,), count in published(records, [1]).items():
        assert full["_T", code] == count
    # A district's own table, without the others.
    in_a = [record for record in records if record[1] == "a"]
    if in_a:
        assert published(in_a, [0, 1])["_T", "x"] == full["a", "x"]


@given(PERSONS)
@settings(max_examples=25, deadline=None)
def test_every_cell_agrees_with_the_twin(persons: list[tuple[str, str]]) -> None:
    names = [f"{i}" for i in range(len(persons))]
    district, kind = (list(column) for column in zip(*persons, strict=True))
    sums = incidence(AXES, [district, kind])
    keys = cell_keys(sums, record_keys(names, SECRET))
    counts = filled(AXES, [district, kind], np.ones(len(persons))).ravel()
    table = transitions(4, 2.5, 1)
    found = perturbed(counts, keys, table)
    for cell in range(keys.size):
        members = [names[i] for i in sums[:, [cell]].nonzero()[0]]
        key = twin.cell_key(members, SECRET)
        assert int(keys[cell]) == key
        row = table.chances[min(len(members), len(table.chances) - 1)].tolist()
        assert found.changes[cell] == twin.change(len(members), key, row, 4)


def test_changes_follow_the_table() -> None:
    """20,000 counts of 3 with keys from the hash: frequencies within five standard errors of their chances."""
    table = transitions(5, 3.0, 2)
    keys = record_keys([str(i) for i in range(20_000)], SECRET)
    found = perturbed(np.full(20_000, 3), keys, table)
    for d, chance in zip(table.deviations, table.chances[3], strict=True):
        error = math.sqrt(chance * (1 - chance) / 20_000)
        assert abs((found.changes == d).mean() - chance) <= 5 * error
    assert abs(found.changes.mean()) < 5 * math.sqrt(3 / 20_000)


def test_sums_of_inner_keys_are_sums_of_record_keys() -> None:
    """Records may be put together before: 2**64 is wrapped around exactly."""
    keys = record_keys(["1", "2", "3"], SECRET)
    whole = cell_keys(incidence(AXES, [["a", "a", "b"], ["x", "x", "y"]]), keys)
    parts = cell_keys(incidence(AXES, [["a", "b"], ["x", "y"]]), [keys[:2].sum(), keys[2]])
    assert (whole == parts).all()


def test_edges_of_the_key_stay_inside_the_table() -> None:
    table = transitions(5, 2.0, 2)
    top = np.array([0, 2**64 - 1], dtype=np.uint64)
    for count in range(12):
        found = perturbed([count, count], top, table).cells
        row = table.chances[min(count, len(table.chances) - 1)]
        possible = {count + int(d) for d, chance in zip(table.deviations, row, strict=True) if chance > 0}
        assert set(found.tolist()) <= possible
    assert perturbed([], [], table).cells.size == 0


def test_counts_only_and_what_is_said() -> None:
    table = transitions(5, 3.0, 2)
    for wrong in (-1.0, 0.5):
        with pytest.raises(Refused) as error:
            perturbed([wrong], [0], table)
        assert error.value.code == "cellkey_counts_only"
    said = {each.code: each.facts for each in guarantees(table)}
    assert said["cellkey_bounded"] == {"largest": 5, "variance": 3.0, "never": 2}
    assert "cellkey_not_additive" in said and "cellkey_no_small_counts" in said
    without = {each.code for each in guarantees(transitions(3, 1.0))}
    assert "cellkey_no_small_counts" not in without
