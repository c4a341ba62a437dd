"""Primary rules: printed examples, the slow twin on generated records, what nobody may get wrong."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines.disclosure.cube import axis_of, filled
from kontor.engines.disclosure.primary import (
    Contributions,
    Rules,
    contributions,
    frequencies,
    holdings,
    magnitudes,
    sole_respondents,
    together,
)
from kontor.engines.reference import primary as twin
from kontor.errors import Refused

EIA = Path(__file__).parents[4] / "shared" / "data" / "microdata" / "EIA.csv"

DISTRICTS = {"a": "west", "b": "west", "c": "east", "west": "_T", "east": "_T"}
POLICE = {"a": "p1", "c": "p1", "b": "p2", "p1": "_T", "p2": "_T"}
AXES = (axis_of("district", ["a", "b", "c"], [DISTRICTS, POLICE]), axis_of("kind", ["x", "y"]))


def cell(*largest: float) -> Contributions:
    """One cell with these contributions."""
    amounts = np.array([[*sorted(largest, reverse=True), 0.0, 0.0, 0.0]])
    return Contributions(amounts.sum(axis=1), np.array([len(largest)]), amounts, np.array([-1]))


@pytest.mark.parametrize(
    ("largest", "rules", "up"),
    [
        # 100 and 50 of 200 are 75 percent: 100/70 * 150 - 200.
        ((100, 50, 30, 20), Rules(dominance=(2, 70)), 100 / 70 * 150 - 200),
        ((100, 50, 30, 20), Rules(dominance=(2, 75)), None),
        # The second subtracts himself: 90 - 80 = 10 is within 15 percent of 80: 12 - 8 - 2.
        ((80, 10, 6, 2), Rules(p_percent=15), 12 - 8),
        ((80, 10, 12), Rules(p_percent=15), 12 - 10),
        ((80, 12, 12), Rules(p_percent=15), None),
        # Who already knows the others within 50 percent leaves half the doubt.
        ((80, 12, 12), Rules(p_percent=15, q_percent=50), 24 - 12),
        # Two who join subtract both: nothing is left between them and the largest but 6.
        ((80, 12, 12, 6), Rules(p_percent=15), None),
        ((80, 12, 12, 6), Rules(p_percent=15, coalition=2), 12 - 6),
        ((80,), Rules(p_percent=15), 12),
        ((80,), Rules(dominance=(1, 80)), 20),
        ((80, 20), Rules(threshold=2), 30),
        ((80, 20), Rules(threshold=1), None),
    ],
)
def test_levels_by_hand(largest: tuple[float, ...], rules: Rules, up: float | None) -> None:
    found = magnitudes(cell(*largest), rules)
    assert bool(found.cells[0]) == (up is not None)
    assert found.up[0] == pytest.approx(up or 0.0) and found.down[0] == pytest.approx(up or 0.0)
    assert found.width[0] == pytest.approx(2 * (up or 0.0))


def test_a_tenth_times_ten_is_not_more_than_the_limit() -> None:
    """0.1 + 0.2 against 0.3 differs in the last bit; exactly at the limit is not above it."""
    assert not magnitudes(cell(0.3, 0.3, 0.3, 0.1), Rules(dominance=(3, 90))).cells[0]
    assert not magnitudes(cell(3e-7, 3e-7, 3e-7, 1e-7), Rules(dominance=(3, 90))).cells[0]


def test_nothing_is_below_zero_and_the_attacker_knows() -> None:
    found = magnitudes(cell(10), Rules(dominance=(1, 30)))
    assert found.up[0] == pytest.approx(10 * 70 / 30) and found.down[0] == 10


def test_counts_zeros_and_respondents() -> None:
    counts = np.array([0, 1, 3, 4, 200])
    assert frequencies(counts, Rules(threshold=3)).cells.tolist() == [False, True, True, False, False]
    hidden = frequencies(counts, Rules(threshold=3, zeros_published=False, width=4))
    assert hidden.cells.tolist() == [True, True, True, False, False]
    assert hidden.width.tolist() == [4, 4, 4, 0, 0] and not hidden.up.any()
    by_holding = frequencies(counts, Rules(threshold=3), respondents=[0, 1, 3, 4, 2])
    assert by_holding.cells.tolist() == [False, True, True, False, True]
    assert not frequencies(counts, Rules()).cells.any()


def test_members_of_one_holding_are_one_respondent() -> None:
    belongs = {"plant 1": "works", "plant 2": "works", "works": "trust"}
    who = holdings(["plant 1", "plant 2", "baker", "trust"], belongs)
    assert who.tolist() == [0, 0, 1, 0]
    (axis,) = (axis_of("district", ["a"]),)
    found = contributions([axis], [["a"] * 4], who, [30.0, 25.0, 40.0, 5.0])
    assert found.count.tolist() == [2, 2] and found.largest[0].tolist() == [60, 40, 0]
    assert magnitudes(found, Rules(threshold=2)).cells.all()
    with pytest.raises(Refused) as error:
        holdings(["a"], {"a": "b", "b": "a"})
    assert error.value.code == "holding_cyclic"


def test_who_is_alone_is_found_in_margins_too() -> None:
    counts = [1, 1, 5]
    codes = [["a", "b", "c"], ["x", "y", "y"]]
    found = sole_respondents(AXES, codes, counts)
    table = filled(AXES, codes, np.array(counts, dtype=float))
    district, kind = AXES[0].codes, AXES[1].codes
    at = {key: int(found[district.index(key[0]), kind.index(key[1])]) for key in product(district, kind)}
    assert at["a", "x"] == at["a", "_T"] == at["_T", "x"] == at["west", "x"] == at["p1", "x"] == 0
    assert at["b", "y"] == at["p2", "_T"] == 1
    assert set(found[table != 1]) == {-1}


RECORDS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 5), st.integers(0, 40).map(float)
    ),
    min_size=1,
    max_size=25,
)
RULES = st.builds(
    Rules,
    threshold=st.sampled_from([None, 1, 2, 3]),
    dominance=st.sampled_from([None, (1, 70.0), (2, 85.0), (3, 33.0)]),
    p_percent=st.sampled_from([None, 10.0, 15.5]),
    q_percent=st.sampled_from([30.0, 100.0]),
    coalition=st.integers(1, 2),
    zeros_published=st.booleans(),
)


@given(RECORDS, RULES)
@settings(max_examples=80, deadline=None)
def test_every_cell_of_overlapping_hierarchies_agrees_with_the_twin(
    records: list[tuple[str, str, int, float]], rules: Rules
) -> None:
    district, kind, who, amounts = (list(column) for column in zip(*records, strict=True))
    given_ = contributions(AXES, [district, kind], who, amounts)
    found = magnitudes(given_, rules)
    for key, sums in twin.cells(AXES, [district, kind], who, amounts).items():
        place = tuple(axis.codes.index(code) for axis, code in zip(AXES, key, strict=True))
        assert given_.count[place] == len(sums)
        assert given_.only[place] == (next(iter(sums)) if len(sums) == 1 else -1)
        assert given_.total[place] == pytest.approx(sum(sums.values()))
        expected = {name: up for name, up in twin.levels(sums, rules).items() if up > 1e-9 or name == "zero"}
        named = {name for name, cells in found.rules.items() if cells[place]}
        assert named - {"threshold"} == set(expected) - {"threshold"}
        assert ("threshold" in named) == ("threshold" in twin.levels(sums, rules))
        least = min((total for total in given_.total.ravel() if total > 0), default=100 / 30)
        up = least * 0.3 if "zero" in expected else max(expected.values(), default=0.0)
        assert found.up[place] == pytest.approx(up)
        assert (found.width[place] > 0) == bool(expected)


@given(RECORDS)
@settings(max_examples=40, deadline=None)
def test_what_is_added_to_a_safe_group_stays_safe(records: list[tuple[str, str, int, float]]) -> None:
    """The rules are subadditive (Cox 1981): two disjoint safe cells make a safe one."""
    rules = Rules(dominance=(2, 85.0), p_percent=15.0)
    district, kind, who, amounts = (list(column) for column in zip(*records, strict=True))
    # Each code has holdings of its own, so that the cells share no respondent.
    who = [number + 10 * "abc".index(code) for number, code in zip(who, district, strict=True)]
    found = magnitudes(contributions(AXES, [district, kind], who, amounts), rules).cells
    codes = AXES[0].codes
    for parent, members in AXES[0].sums:
        unsafe = found[list(members)].any(axis=0)
        assert not (found[parent] & ~unsafe).any(), codes[parent]


def test_several_rules_ask_for_the_most() -> None:
    one = magnitudes(cell(80, 12, 2), Rules(p_percent=15))
    two = magnitudes(cell(80, 12, 2), Rules(dominance=(1, 60)))
    both = together([one, two])
    assert both.cells[0] and both.up[0] == max(one.up[0], two.up[0])
    assert set(both.rules) == {"p_percent", "dominance"}
    assert both.up[0] == magnitudes(cell(80, 12, 2), Rules(p_percent=15, dominance=(1, 60))).up[0]


@pytest.mark.parametrize(
    "rules",
    [
        Rules(threshold=-1),
        Rules(dominance=(0, 80)),
        Rules(dominance=(2, 100)),
        Rules(p_percent=100),
        Rules(coalition=0),
    ],
)
def test_rules_that_cannot_be(rules: Rules) -> None:
    with pytest.raises(Refused) as error:
        frequencies([1], rules)
    assert error.value.code == "primary_rule_out_of_range"


def test_too_few_contributions_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="5 largest"):
        magnitudes(cell(1), Rules(p_percent=10, coalition=4))


def test_negative_contributions_are_refused() -> None:
    with pytest.raises(Refused) as error:
        contributions([axis_of("district", ["a"])], [["a"]], [1], [-2.0])
    assert error.value.code == "contribution_negative"


@pytest.mark.skipif(not EIA.is_file(), reason="needs the utility records in ../shared/data")
def test_one_utility_dominates_each_state() -> None:
    import csv

    with EIA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    states = [row["STATE"] for row in rows]
    axis = axis_of("state", states)
    who = holdings([row["UTILNAME"] for row in rows], {})
    sales = [float(row["TOTSALES"]) for row in rows]
    found = magnitudes(contributions([axis], [states], who, sales), Rules(dominance=(1, 85)))
    assert len(axis.codes) > 10 and 1 <= found.cells[:-1].sum() < len(axis.codes) and not found.cells[-1]
