"""Sums that a table does not publish: whoever can work out that one is small knows of a few persons, whatever is hidden."""

from __future__ import annotations

from tests.audit.conftest import RECIPE, Made, cells

GRAND = RECIPE + "[publish]\nmargins = [[]]\nzeros = false\n"
HEAD = "row,column,value,confidentiality\n"
REST = "b,x,10,F\nb,y,12,F\nc,x,9,F\nc,y,8,F\n"


def test_a_sum_that_is_determined_and_small(audited: Made) -> None:
    """41 less what is published leaves 2 persons in a."""
    found = audited(HEAD + "a,x,,C\na,y,,C\n" + REST + "_T,_T,41,F\n", GRAND)
    assert cells(found, "A") == cells(found, "B") == {"a/_T"}
    assert [(leak.low, leak.high) for leak in found.attackers["A"]] == [(2.0, 2.0)]


def test_a_sum_that_is_determined_and_larger_than_the_threshold(audited: Made) -> None:
    for total, safe in ((42, False), (43, True)):
        assert audited(HEAD + f"a,x,,C\na,y,,C\n{REST}_T,_T,{total},F\n", GRAND).safe == safe


def test_a_sum_that_cannot_be_worked_out(audited: Made) -> None:
    rest = REST.replace("b,x,10,F", "b,x,,C")
    assert audited(HEAD + "a,x,,C\na,y,,C\n" + rest + "_T,_T,41,F\n", GRAND).safe


def test_a_sum_of_one_hidden_cell_is_that_cell(audited: Made) -> None:
    """a / x is named, and not once more as all of a."""
    found = audited(HEAD + "a,x,,C\na,y,0,F\n" + REST + "_T,_T,41,F\n", GRAND.replace("false", "true"))
    assert cells(found, "A") == {"a/x"}


def test_a_sum_of_what_is_published_tells_nothing_more(audited: Made) -> None:
    """a / x was published before: that all of a is 2 adds nothing."""
    recipe = GRAND.replace("false", "true") + '[[known]]\nfile = "OLD.csv"\nrecipe = "old.toml"\n'
    table = HEAD + "a,x,2,F\na,y,0,F\n" + REST + "_T,_T,41,F\n"
    files = {"old.toml": GRAND.replace("false", "true"), "OLD.csv": table}
    assert audited(table, recipe, files).safe
