"""Dimensional analysis: the league's own cases and a hand-written table as oracle."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines.formula import Name, Negate, Node, Number, Operation, parse
from kontor.engines.reference import units as twin
from kontor.engines.units import factor
from kontor.errors import Refused

QUICK = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize(
    ("text", "units", "target", "expected"),
    [
        ("w / r", {"w": "kilotonne", "r": "resident"}, "kg / resident", Fraction(1_000_000)),
        ("d / r", {"d": "death", "r": "resident"}, "death / resident", Fraction(1)),
        ("d / b", {"d": "infant_death", "b": "birth"}, "death/birth", Fraction(1)),
        ("p / c", {"p": "place", "c": "child"}, "place/resident", Fraction(1)),
        ("r / a", {"r": "person", "a": "km2"}, "resident / km**2", Fraction(1)),
        ("n", {"n": "microgram / m**3"}, "ug/m3", Fraction(1)),
        ("e / r", {"e": "MWh", "r": "resident"}, "kWh / resident", Fraction(1000)),
        ("a / b", {"a": "car", "b": "car"}, "percent", Fraction(100)),
        ("s", {"s": "percent"}, "dimensionless", Fraction(1, 100)),
        ("a + b - c", {"a": "percent", "b": "percent", "c": "percent"}, "percent", Fraction(1)),
        ("p + c", {"p": "resident", "c": "child"}, "person", Fraction(1)),
        ("-k * 3", {"k": "kWh"}, "kJ", Fraction(3600)),
        ("t", {"t": "EUR"}, "EUR", Fraction(1)),
        ("d", {"d": "death/myriaresident"}, "death/kiloresident", Fraction(1, 10)),
        ("s / r", {"s": "student", "r": "resident"}, "student/kiloresident", Fraction(1000)),
        ("s", {"s": "hour/day"}, "percent", Fraction(100, 24)),
        ("r", {"r": "liter/m**2"}, "mm", Fraction(1)),
        ("f / d", {"f": "decare", "d": "dwelling"}, "m**2/dwelling", Fraction(1000)),
        ("d / b", {"d": "dwelling", "b": "building"}, "dwelling/building", Fraction(1)),
        ("o / y", {"o": "microgram*day/m**3", "y": "day"}, "microgram/m**3", Fraction(1)),
        ("a - b", {"a": "degree_celsius", "b": "degree_celsius"}, "degree_celsius", Fraction(1)),
    ],
)
def test_factors_are_exact(text: str, units: dict[str, str], target: str, expected: Fraction) -> None:
    found = factor(parse(text), units, target)
    assert found == expected and isinstance(found, Fraction)


@pytest.mark.parametrize(
    ("text", "units", "target", "code"),
    [
        ("a / b", {"a": "death", "b": "birth"}, "death / resident", "unit_mismatch"),
        ("a", {"a": "EUR"}, "dimensionless", "unit_mismatch"),
        ("a * b", {"a": "km", "b": "km"}, "km", "unit_mismatch"),
        ("a + b", {"a": "km", "b": "m"}, "km", "unit_sum_mismatch"),
        ("a - b", {"a": "birth", "b": "death"}, "person", "unit_sum_mismatch"),
        ("1 - a", {"a": "percent"}, "percent", "unit_sum_mismatch"),
        ("a", {"a": "degree_celsius"}, "K", "unit_unknown"),
        ("a", {"a": "degree_celsius"}, "dimensionless", "unit_mismatch"),
        ("a", {"a": "furlong"}, "m", "unit_unknown"),
        ("a", {"a": "km"}, "mile", "unit_unknown"),
        ("a", {}, "m", "formula_unknown_name"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, units: dict[str, str], target: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        factor(parse(text), units, target)
    assert refused.value.code == code


def test_facts_name_both_sides() -> None:
    with pytest.raises(Refused) as refused:
        factor(parse("a / b"), {"a": "death", "b": "birth"}, "death/resident")
    assert refused.value.facts == {"expected": "death/resident", "got": "death / birth"}
    with pytest.raises(Refused) as refused:
        factor(parse("a + b"), {"a": "kWh", "b": "MWh"}, "kWh")
    assert refused.value.facts == {"left": "kilowatt_hour", "right": "megawatt_hour"}


@given(
    st.one_of(
        st.text(max_size=12),
        st.text(alphabet="km*/ ()^.-23%µ", max_size=10),
        st.sampled_from(
            ["nan", "inf", "None", "__class__", "km**9999", "km" * 80, "2 km", "[length]", "km km"]
        ),
    )
)
@settings(max_examples=200, deadline=None)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        factor(Number(Fraction(1)), {}, text)
    except Refused as refused:
        assert refused.code in ("unit_unknown", "unit_mismatch")


ATOMS = st.sampled_from(sorted(set(twin.TABLE) - {"1"}))
UNITS = st.one_of(
    ATOMS,
    st.tuples(ATOMS, st.sampled_from([" * ", " / ", "/"]), ATOMS).map("".join),
    st.tuples(ATOMS, st.sampled_from(["**2", "**3"])).map("".join),
)
LEAVES: st.SearchStrategy[Node] = st.one_of(st.sampled_from("abc").map(Name), st.just(Number(Fraction(5))))
TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Negate), st.builds(Operation, st.sampled_from(["*", "/", "+"]), inner, inner)
    ),
    max_leaves=5,
)


@given(TREES, st.fixed_dictionaries(dict.fromkeys("abc", UNITS)), UNITS)
@QUICK
def test_agrees_with_a_table_written_by_hand(node: Node, units: dict[str, str], target: str) -> None:
    def outcome(engine: object) -> object:
        try:
            return engine(node, units, target)  # type: ignore[operator]
        except Refused as refused:
            return refused.code

    assert outcome(factor) == outcome(twin.factor)


@given(UNITS, UNITS)
@QUICK
def test_there_and_back_is_one(first: str, second: str) -> None:
    try:
        there = factor(Name("a"), {"a": first}, second)
    except Refused as refused:
        assert refused.code == "unit_mismatch"
        with pytest.raises(Refused):
            factor(Name("a"), {"a": second}, first)
    else:
        assert there * factor(Name("a"), {"a": second}, first) == 1
