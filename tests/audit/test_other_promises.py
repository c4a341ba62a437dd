"""Amounts, rounded and perturbed tables, micro-data: other promises, and what of them can be seen from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontor.errors import Invalid
from tests.audit.conftest import RECIPE, Made, cells

AMOUNTS = RECIPE.replace("frequency", "magnitude").replace(
    '["row", "column"]', '["row", "column"]\nresponse = "kwh"'
)


def test_an_amount_that_is_left_over(audited: Made) -> None:
    table = """
          x      y      _T
    a     .      17.5   20.25
    b     5.5    6      11.5
    _T    8.25   23.5   31.75
    """
    assert cells(audited(table, AMOUNTS), "A") == {"a/x"}
    hidden = table.replace("17.5   20.25", ".      20.25").replace("5.5    6 ", ".      . ")
    result = audited(hidden, AMOUNTS)
    assert result.safe
    assert "amounts_without_primaries" in dict(result.assumptions)


def test_amounts_are_not_whole(audited: Made) -> None:
    """0 to 0.5 is an interval of an amount, though only one whole number lies in it."""
    table = """
          x      y      _T
    a     .      .      0.5
    b     .      .      10
    _T    3.5    7      10.5
    """
    assert audited(table, AMOUNTS).safe


ROUNDED = RECIPE.replace("threshold = 3", "threshold = 2") + '[alternative]\nmethod = "round"\nbase = 3\n'


def test_rounded(audited: Made) -> None:
    """Safe where no count from 1 to base - 1 is left; a leak names what was not rounded."""
    table = """
          x   y   _T
    a     0   3   3
    b     7   6   13
    _T    7   9   16
    """
    result = audited(table, ROUNDED)
    assert result.safe
    assert result.guarantee == "rounding"
    kept = audited(
        table.replace("a     0   3   3", "a     2   1   3").replace("_T    7   9", "_T    9   7"), ROUNDED
    )
    assert {tuple(leak.codes.values()) for leak in kept.open} == {("a", "x"), ("a", "y")}


def test_rounded_tables_add_up(audited: Made) -> None:
    with pytest.raises(Invalid) as error:
        audited("row,column,value,confidentiality\na,x,3,F\na,_T,6,F\n_T,x,3,F\n_T,_T,6,F\n", ROUNDED)
    assert {row.code for row in error.value.rows} == {"sum_wrong"}


def test_a_changed_table_hides_nothing(audited: Made) -> None:
    with pytest.raises(Invalid) as error:
        audited("row,column,value,confidentiality\na,x,,C\na,_T,6,F\n_T,x,3,F\n_T,_T,6,F\n", ROUNDED)
    assert error.value.rows[0].code == "changed_and_hidden"


def test_cell_keys(audited: Made) -> None:
    """Changes of up to 1 that must add up: two cells of 4 and a total of 2 leave nothing, unless changes are larger."""
    keys = (
        RECIPE.replace('["row", "column"]', '["row"]')
        + '[alternative]\nmethod = "cellkey"\nlargest = 1\nnever = 0\n'
    )
    table = "row,value,confidentiality\na,4,F\nb,4,F\n_T,9,F\n"
    assert audited(table, keys).safe
    tight = "row,value,confidentiality\na,2,F\nb,2,F\n_T,1,F\n"
    assert {"a", "b"} == cells(audited(tight, keys), "B") - {"_T"}
    with pytest.raises(Invalid):
        audited(table.replace("_T,9", "_T,2"), keys)
    assert audited(tight, keys.replace("= 1", "= 5")).safe


KEYS = RECIPE + '[alternative]\nmethod = "cellkey"\nlargest = 3\n'


def test_what_cell_keys_never_show(audited: Made) -> None:
    """Where the recipe names none, 1 and 2 are never shown."""
    table = """
          x   y   _T
    a     2   12  13
    b     8   9   17
    _T    9   21  30
    """
    assert {tuple(leak.codes.values()) for leak in audited(table, KEYS).open} == {("a", "x")}
    assert audited(table, KEYS + "never = 1\n").safe
    with pytest.raises(Invalid) as error:
        audited(table, KEYS + "never = 3\n")
    assert [row.code for row in error.value.rows] == ["ptable_parameters"]
    with pytest.raises(Invalid) as error:
        audited(table.replace("2   12", "-2  12"), KEYS)
    assert [row.code for row in error.value.rows] == ["value_negative"]


def test_a_published_zero_under_cell_keys_may_be_somebody(audited: Made) -> None:
    """a/y is 15 at most and the row 18 at least, so the published zero is 3."""
    table = """
          x   y   _T
    a     0   12  21
    b     8   9   17
    _T    9   21  36
    """
    assert cells(audited(table, KEYS), "A") == {"a/x"}
    assert audited(table.replace("12  21", "12  20"), KEYS).safe
    assert audited(table, KEYS.replace("largest = 3", "largest = 4")).safe


def test_noise_cannot_be_checked_from_outside(audited: Made) -> None:
    noise = RECIPE.replace('["row", "column"]', '["row"]') + '[alternative]\nmethod = "dp"\n'
    result = audited("row,value,confidentiality\na,-1,F\nb,4,F\n_T,9,F\n", noise)
    assert result.safe
    assert result.as_dict()["attackers"]["C"] is None
    assert result.guarantee == "differential_privacy"


# The textbook table of Machanavajjhala et al. (2007), figure 2: 4-anonymous, and its first class tells the disease.
HOSPITAL = """zip,age,disease
130**,<30,heart
130**,<30,heart
130**,<30,viral
130**,<30,viral
1485*,>=40,cancer
1485*,>=40,heart
1485*,>=40,viral
1485*,>=40,viral
130**,3*,cancer
130**,3*,cancer
130**,3*,cancer
130**,3*,cancer
"""
RECORDS = """
[table]
kind = "microdata"
variables = ["zip", "age", "disease"]
[microdata]
quasi = ["zip", "age"]
sensitive = ["disease"]
k = 4
"""


def test_k_anonymity(audited: Made) -> None:
    result = audited(HOSPITAL, RECORDS)
    assert result.safe
    assert dict(result.facts)["k"] == 4
    assert result.as_dict()["attackers"] == {"A": None, "B": None, "C": None}
    leaking = audited(HOSPITAL, RECORDS.replace("k = 4", "k = 5"))
    assert len(leaking.open) == 3
    assert not audited(HOSPITAL.replace("130**,3*,cancer\n", "", 1), RECORDS).safe


def test_l_diversity(audited: Made) -> None:
    """Everyone of the third class has cancer."""
    result = audited(HOSPITAL, RECORDS + "l = 2\n")
    assert [(dict(leak.codes), leak.response, leak.low) for leak in result.open] == [
        ({"zip": "130**", "age": "3*"}, "disease", 1)
    ]
    assert dict(result.facts)["l"] == {"disease": 1}


def test_records_with_another_header(audited: Made) -> None:
    with pytest.raises(Invalid) as error:
        audited(HOSPITAL.replace("zip,age", "age,zip", 1), RECORDS)
    assert error.value.rows[0].code == "header_wrong"


def test_an_amount_is_exact_only_if_nothing_is_left_beside_it(audited: Made) -> None:
    """A part of a total that is itself the largest figure may be anything, however little the first look moves it."""
    recipe = """
[table]
kind = "magnitude"
input = "records"
response = "amount"
contributor = "who"
variables = ["area"]
[hierarchy.area]
a0 = "north"
a1 = "south"
a2 = "south"
[publish]
zeros = false
[primary]
holdings = 3
"""
    rows = "area,value,confidentiality\na0,,C\na1,,C\na2,,C\nnorth,,C\nsouth,,C\n_T,352.7,F\n"
    assert audited(rows, recipe).safe


def test_rounding_hides_what_the_threshold_names_where_no_base_is_given(audited: Made) -> None:
    """By default the base is the threshold + 1, so a true 3 may not be left as it is."""
    table = "row,column,value,confidentiality\na,x,3,F\na,_T,3,F\n_T,x,3,F\n_T,_T,3,F\n"
    assert len(audited(table, RECIPE + '[alternative]\nmethod = "round"\n').open) == 4
    assert audited(table, ROUNDED).safe
    with pytest.raises(Invalid) as error:
        audited(table, ROUNDED.replace("threshold = 2", "threshold = 3"))
    assert [row.code for row in error.value.rows] == ["rounding_base_in_threshold"]


def test_what_was_checked_is_said_for_each_method(audited: Made, tmp_path: Path) -> None:
    table = "row,column,value,confidentiality\na,x,9,F\na,_T,9,F\n_T,x,9,F\n_T,_T,9,F\n"
    for method, code, facts in (
        ("round", "rounding_checked", {"most": 3}),
        ("cellkey", "cell_key_checked", {"largest": 5, "never": 2}),
        ("dp", "noise_unchecked", {}),
    ):
        asked = RECIPE + f'[alternative]\nmethod = "{method}"\n'
        assert audited(table, asked).assumptions == ((code, facts),)
        with_folder = audited(table, asked, local=tmp_path)
        assert with_folder.assumptions == ((code, facts), ("local_not_used", {}))


def test_a_total_of_several_sums_is_named_once(audited: Made) -> None:
    with pytest.raises(Invalid) as error:
        audited("row,column,value,confidentiality\na,x,9,F\na,_T,9,F\n_T,x,9,F\n_T,_T,8,F\n")
    assert [(row.code, row.row) for row in error.value.rows] == [("sum_wrong", 5)]


UNIFORM = "zip,age,disease\n" + "1,2,cancer\n" * 18 + "1,2,heart\n1,2,viral\n"


def test_entropy_asks_how_mixed_a_group_is(audited: Made) -> None:
    """Three values of which one stands in 18 of 20 records are worth exp(H) = 1.48 of them."""
    asked = RECORDS + "l = 3\n"
    assert audited(UNIFORM, asked).safe
    result = audited(UNIFORM, asked + 'diversity = "entropy"\n')
    assert [leak.response for leak in result.open] == ["disease"]
    assert dict(result.facts)["l"] == {"disease": pytest.approx(1.4834, abs=1e-4)}
    even = "zip,age,disease\n" + "1,2,cancer\n1,2,heart\n1,2,viral\n" * 2
    assert audited(even, asked + 'diversity = "entropy"\n').safe


@pytest.mark.parametrize("missing", ["_U", "*", ""])
def test_a_missing_sensitive_value_is_none_of_its_own(audited: Made, missing: str) -> None:
    table = "zip,age,disease\n" + "1,2,cancer\n" * 4 + f"1,2,{missing}\n" * 4
    for kind in ("distinct", "entropy"):
        result = audited(table, RECORDS + f'l = 2\ndiversity = "{kind}"\n')
        assert [leak.low for leak in result.open] == [1]
    nothing = "zip,age,disease\n" + f"1,2,{missing}\n" * 4
    assert not audited(nothing, RECORDS + "l = 2\n").safe
    assert audited(table + "1,2,heart\n" * 4, RECORDS + "l = 2\n").safe
