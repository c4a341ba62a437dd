"""Advice: the costs are what the methods do to a table, and no advice goes against a need."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from kontor.engines.disclosure.advice import METHODS, Cost, Needs, advised, costs, drawbacks
from kontor.engines.disclosure.cellkey import cell_keys, perturbed, record_keys, transitions
from kontor.engines.disclosure.cube import axis_of
from kontor.engines.disclosure.incidence import incidence
from kontor.engines.disclosure.rounding import rounded

AXES = (axis_of("district", list("abcdef")), axis_of("kind", list("uvwxyz")))
CODES = [list(column) for column in zip(*product("abcdef", "uvwxyz"), strict=True)]
SUMS = incidence(AXES, CODES)
COUNTS = np.random.default_rng(4).poisson(6.0, 36)
TABLE = transitions(5, 3.0, 2)


def test_costs_are_what_the_methods_do() -> None:
    true = SUMS.T @ COUNTS
    hidden = (true > 0) & (true < 4)
    found = {cost.method: cost for cost in costs(COUNTS, SUMS, hidden, TABLE, base=3, epsilon=1.0)}
    assert list(found) == list(METHODS)
    assert found["suppress"].loss == found["suppress"].hidden == pytest.approx(hidden[true > 0].mean())
    made = rounded(COUNTS, SUMS, 3, 1)
    lost = np.minimum(np.abs(made.errors)[true > 0] / true[true > 0], 1)
    assert found["round"].loss == pytest.approx(lost.mean()) and found["round"].largest == made.largest
    assert found["dp"].largest > 5 and found["cellkey"].largest == 5


def test_the_cost_of_cell_keys_is_that_of_many_draws() -> None:
    true = SUMS.T @ COUNTS
    nothing = np.zeros(true.size, dtype=bool)
    said = {cost.method: cost.loss for cost in costs(COUNTS, SUMS, nothing, TABLE, base=3, epsilon=1.0)}
    drawn = []
    for seed in range(300):
        keys = cell_keys(SUMS, record_keys([f"{i}" for i in range(36)], b"%016d" % seed))
        errors = np.abs(perturbed(true, keys, TABLE).changes)[true > 0]
        drawn.append(np.minimum(errors / true[true > 0], 1).mean())
    assert said["cellkey"] == pytest.approx(np.mean(drawn), abs=6 * np.std(drawn) / 300**0.5)


EVEN = [Cost(method, 0.1, 1.0) for method in METHODS]


@pytest.mark.parametrize("needs", [Needs(*each) for each in product((0, 1), (0, 1), (0, 3), (0, 1))])
def test_no_advice_goes_against_a_need(needs: Needs) -> None:
    given = advised(needs, EVEN)
    fit = [method for method in METHODS if not given.against[method]]
    assert given.method in fit or not fit
    if needs.magnitudes:
        assert given.method == "suppress"
    if needs.additive:
        assert given.method != "cellkey"
    if needs.releases:
        assert given.method == "suppress"
    elif needs.ad_hoc and not needs.additive and not needs.magnitudes:
        assert given.method == "cellkey"


def test_the_least_loss_wins_and_says_by_how_much() -> None:
    given = advised(Needs(), [Cost("suppress", 0.4, 0, 0.4), Cost("round", 0.05, 3), *EVEN[2:]])
    assert given.method == "round" and given.reasons[0].code == "advice_round"
    compared = {each.facts["other"]: each.facts["other_loss"] for each in given.reasons[1:]}
    assert compared == {"suppress": 0.4, "dp": 0.1}
    assert [each.code for each in given.against["cellkey"]] == ["advice_sums_do_not_hold"]
    assert advised(Needs(), EVEN).method == "suppress"


def test_published_anew_what_was_rounded_before() -> None:
    """Nothing but suppression goes beside tables with hidden cells, whatever it would lose."""
    cheap = [Cost("suppress", 0.4, 0, 0.4), *(Cost(method, 0.05, 3) for method in METHODS[1:])]
    given = advised(Needs(additive=False, releases=2), cheap)
    assert given.method == "suppress"
    for method in METHODS[1:]:
        (said,) = given.against[method]
        assert (said.code, said.facts) == ("advice_not_beside_earlier", {"releases": 2})
    assert given.reasons[-1].code == "advice_nothing_else_fits"


def test_noise_puts_the_grand_total_off_by_more_than_any_single_count() -> None:
    found = {
        cost.method: cost for cost in costs(COUNTS, SUMS, SUMS.T @ COUNTS < 0, TABLE, base=4, epsilon=1.0)
    }
    assert found["dp"].total == found["dp"].largest > 2
    assert found["suppress"].total == 0
    (said,) = drawbacks(found["dp"])
    assert (said.code, said.facts) == ("advice_every_count_off", {"total": found["dp"].total})


def test_an_empty_table_costs_nothing() -> None:
    empty = costs(COUNTS * 0, SUMS, np.zeros(SUMS.shape[1], dtype=bool), TABLE, base=3, epsilon=1.0)
    assert {cost.loss for cost in empty} == {0.0}
