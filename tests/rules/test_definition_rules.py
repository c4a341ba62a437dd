"""By what a formula's bare result is multiplied, and when sources of one input do not go together."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from kontor.errors import Refused
from kontor.indicators import rules

UNITS = {
    "s:deaths": "death",
    "s:people": "person",
    "s:waste_kt": "kilotonne",
    "s:waste_t": "tonne",
    "s:load_t": "tonne",
    "s:load_kt": "kilotonne",
    "s:share": "percent",
    "s:km": "km",
    "s:area": "km2",
}


def content(formula: str, unit: str, scale: int = 1, **inputs: list[str]) -> dict[str, Any]:
    listed = [{"name": name, "of": of} for name, of in inputs.items()]
    return {"code": "x", "version": 1, "formula": formula, "unit": unit, "scale": scale, "inputs": listed}


FACTORS = [
    (content("a / b", "death / person", 100_000, a=["s:deaths"], b=["s:people"]), Fraction(100_000)),
    (content("a / b", "kg / resident", a=["s:waste_kt"], b=["s:people"]), Fraction(1_000_000)),
    (content("a / b", "kg / resident", a=["s:waste_t"], b=["s:people"]), Fraction(1000)),
    (content("a / b", "percent", a=["s:waste_t"], b=["s:load_t"]), Fraction(100)),
    (content("a", "percent", a=["s:share"]), Fraction(1)),
    (content("100 * a / b", "1", a=["s:deaths"], b=["s:deaths"]), Fraction(1)),
    (content("a / b", "m / hectare", a=["s:km"], b=["s:area"]), Fraction(10)),
    (content("a / b", "km / km**2", a=["s:km"], b=["s:area"]), Fraction(1)),
]


@pytest.mark.parametrize(("definition", "factor"), FACTORS)
def test_factors_known_by_hand(definition: dict[str, Any], factor: Fraction) -> None:
    assert rules.factor(definition, unit_of=UNITS) == factor


DIFFER = [
    content("a / b", "kg / resident", a=["s:waste_kt", "s:waste_t"], b=["s:people"]),
    content("a / b", "percent", a=["s:waste_t"], b=["s:load_t", "s:load_kt"]),
    # The differences of both inputs cancel out in each rank, and would not where ranks mix.
    content("a / b", "percent", a=["s:waste_t", "s:waste_kt"], b=["s:load_t", "s:load_kt"]),
]


@pytest.mark.parametrize("definition", DIFFER)
def test_sources_of_one_input_must_not_differ_in_unit(definition: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        rules.factor(definition, unit_of=UNITS)
    assert refused.value.code == "input_units_differ"
