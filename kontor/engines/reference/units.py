"""Dimensional analysis with a hand-written table instead of a unit library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from kontor.engines.formula import Name, Negate, Node, Number, Operation
from kontor.errors import Refused

Dimension = tuple[tuple[str, int], ...]
Measured = tuple[Fraction, Dimension]
ENERGY = (("length", 2), ("mass", 1), ("time", -2))

TABLE: dict[str, Measured] = {
    "dimensionless": (Fraction(1), ()),
    "1": (Fraction(1), ()),
    "percent": (Fraction(1, 100), ()),
    "m": (Fraction(1), (("length", 1),)),
    "km": (Fraction(1000), (("length", 1),)),
    "km2": (Fraction(10**6), (("length", 2),)),
    "m3": (Fraction(1), (("length", 3),)),
    "ug": (Fraction(1, 10**6), (("mass", 1),)),
    "microgram": (Fraction(1, 10**6), (("mass", 1),)),
    "kg": (Fraction(1000), (("mass", 1),)),
    "tonne": (Fraction(10**6), (("mass", 1),)),
    "kilotonne": (Fraction(10**9), (("mass", 1),)),
    "decare": (Fraction(1000), (("length", 2),)),
    "liter": (Fraction(1, 1000), (("length", 3),)),
    "minute": (Fraction(60), (("time", 1),)),
    "hour": (Fraction(3600), (("time", 1),)),
    "day": (Fraction(86_400), (("time", 1),)),
    "degree_celsius": (Fraction(1), (("temperature", 1),)),
    "kiloresident": (Fraction(1000), (("person", 1),)),
    "myriaresident": (Fraction(10_000), (("person", 1),)),
    "kWh": (Fraction(3_600_000 * 1000), ENERGY),
    "MWh": (Fraction(3_600_000 * 10**6), ENERGY),
    **{name: (Fraction(1), (("person", 1),)) for name in ("person", "resident", "child", "student")},
    **{name: (Fraction(1), (("death", 1),)) for name in ("death", "infant_death")},
    **{
        name: (Fraction(1), ((name, 1),))
        for name in ("birth", "building", "car", "dwelling", "place", "trip", "EUR")
    },
}


def factor(formula: Node, units: Mapping[str, str], target: str) -> Fraction:
    """See `kontor.engines.units.factor`."""
    scale, dimension = _of(formula, units)
    wanted, expected = _unit(target)
    if dimension != expected:
        raise Refused("unit_mismatch", expected=target, got=str(dimension))
    return scale / wanted


def _of(node: Node, units: Mapping[str, str]) -> Measured:
    if isinstance(node, Number):
        return Fraction(1), ()
    if isinstance(node, Name):
        if node.name not in units:
            raise Refused("formula_unknown_name", name=node.name)
        return _unit(units[node.name])
    if isinstance(node, Negate):
        return _of(node.of, units)
    left, right = _of(node.left, units), _of(node.right, units)
    if isinstance(node, Operation) and node.op in "*/":
        return _times(left, right, 1 if node.op == "*" else -1)
    if left != right:
        raise Refused("unit_sum_mismatch", left=str(left), right=str(right))
    return left


def _times(left: Measured, right: Measured, power: int) -> Measured:
    exponents = dict(left[1])
    for name, exponent in right[1]:
        exponents[name] = exponents.get(name, 0) + power * exponent
    return left[0] * right[0] ** power, tuple(sorted((n, e) for n, e in exponents.items() if e))


def _unit(text: str) -> Measured:
    result: Measured = (Fraction(1), ())
    sign = 1
    for piece in re.split(r"(?<!\*)(\*(?!\*)|/)", text.replace(" ", "")):
        if piece in ("*", "/"):
            sign = 1 if piece == "*" else -1
            continue
        name, _, power = piece.partition("**")
        if name not in TABLE:
            raise Refused("unit_unknown", unit=text)
        result = _times(result, TABLE[name], 0)
        for _ in range(int(power or 1)):
            result = _times(result, TABLE[name], sign)
    return result
