"""Dimensional analysis of formulas over the league's own closed vocabulary of units.

The registry is not pint's default one: a unit that nobody defined (a typing error, a furlong) is refused
instead of being guessed from prefixes and plurals of a thousand units, and all factors are exact fractions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kontor.engines.formula import Name, Negate, Node, Number, Operation
from kontor.errors import Refused

if TYPE_CHECKING:
    from pint.facets.plain import PlainUnit as Unit

LONGEST_UNIT = 100

# What pint may see: names with small powers, multiplied and divided. Its own parser takes far more and fails
# in many ways.
_ATOM = r"(?:1|[A-Za-zµμ%][A-Za-z0-9_]*(?: *(?:\*\*|\^) *-?[1-9])?)"
_WRITTEN = re.compile(rf" *{_ATOM}(?: *(?:\*(?!\*)|/) *{_ATOM})* *")

# Things that are counted are dimensions of their own: deaths per resident and births per resident do not mix.
# Kinds of persons are one dimension, so that a share of residents can be put together from children and
# others. Degrees Celsius are not tied to kelvin: their zero is arbitrary, so that no factor leads there.
VOCABULARY = """
micro- = 1e-6 = u- = µ- = μ-
milli- = 1e-3 = m-
centi- = 1e-2 = c-
kilo- = 1e3 = k-
myria- = 1e4
mega- = 1e6 = M-
giga- = 1e9 = G-
tera- = 1e12 = T-
meter = [length] = m = metre
gram = [mass] = g
second = [time] = s
minute = 60 * second = min
hour = 60 * minute = h
day = 24 * hour = d
tonne = 1e6 * gram = t
liter = 1e-3 * meter ** 3 = L = l = litre
hectare = 1e4 * meter ** 2 = ha
decare = 1e3 * meter ** 2
watt = 1e3 * gram * meter ** 2 / second ** 3 = W
degree_celsius = [temperature]
joule = watt * second = J
watt_hour = watt * hour = Wh
km2 = 1e6 * meter ** 2
m2 = meter ** 2
m3 = meter ** 3
percent = 1 / 100 = %
person = [person] = _ = resident = child = student
death = [death] = _ = infant_death
birth = [birth]
car = [car]
building = [building]
dwelling = [dwelling]
place = [place]
trip = [trip]
EUR = [currency_eur]
"""


def factor(formula: Node, units: Mapping[str, str], target: str) -> Fraction:
    """The exact number by which the bare result of the formula must be multiplied to be in `target`.

    `units` gives the unit of each name; numbers are dimensionless. From kilotonne / resident to kg /
    resident: 1000000. Refused: `unit_mismatch` (expected, got) where the dimensions differ;
    `unit_sum_mismatch` (left, right) where a sum or difference joins two units that are not one and the same,
    be it only in scale (km + m); `unit_unknown` (unit); `formula_unknown_name` (name).
    """
    wanted = _unit(target)
    result = _of(formula, units)
    if result.dimensionality != wanted.dimensionality:
        raise Refused("unit_mismatch", expected=target, got=_written(result))
    return _scale(result) / _scale(wanted)


def check(unit: str) -> None:
    """Refused("unit_unknown") for a text that is no unit, with the nearest one as `repair` where one is near."""
    try:
        _unit(unit)
    except Refused as refused:
        near = nearest(unit)
        raise Refused(
            "unit_unknown", unit=unit[:LONGEST_UNIT], **({"repair": near} if near else {})
        ) from refused


def nearest(text: str) -> str:
    """The text with each unknown name in it replaced by the name most like it; "" where one is like none."""
    found = text[:LONGEST_UNIT]
    for name in set(re.findall(r"[A-Za-zµμ%][A-Za-z0-9_]*", found)):
        if _is_unit(name):
            continue
        close = get_close_matches(name, _names(), n=1, cutoff=0.75)
        if not close:
            return ""
        found = re.sub(rf"\b{re.escape(name)}\b", close[0], found)
    return found if found != text else ""


def _is_unit(name: str) -> bool:
    try:
        _unit(name)
    except Refused:
        return False
    return True


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Every name of the vocabulary, alone and behind every prefix that is written out."""
    lines = [line.split("=") for line in VOCABULARY.strip().splitlines()]
    prefixes = [line[0].strip().removesuffix("-") for line in lines if line[0].strip().endswith("-")]
    units = [part.strip() for line in lines if not line[0].strip().endswith("-") for part in line]
    names = {name for name in units if re.fullmatch(r"[A-Za-z%][A-Za-z0-9_]*", name) and name != "_"}
    return frozenset(names | {prefix + name for prefix in prefixes for name in names if len(name) > 3})


def _of(node: Node, units: Mapping[str, str]) -> Unit:
    match node:
        case Number():
            return _unit("dimensionless")
        case Name(name):
            if name not in units:
                raise Refused("formula_unknown_name", name=name)
            return _unit(units[name])
        case Negate(of):
            return _of(of, units)
        case Operation("*", left, right):
            return _product(_of(left, units), _of(right, units))
        case Operation("/", left, right):
            return _product(_of(left, units), _of(right, units) ** -1)
        case Operation(_, left, right):
            return _same(_of(left, units), _of(right, units))


def _product(a: Unit, b: Unit) -> Unit:
    unit: Unit = a * b
    return unit


def _same(left: Unit, right: Unit) -> Unit:
    if left.dimensionality != right.dimensionality or _scale(left) != _scale(right):
        raise Refused("unit_sum_mismatch", left=_written(left), right=_written(right))
    return left


def _written(unit: Unit) -> str:
    # pint's own formatter fails on exponents that are fractions.
    above: list[str] = []
    below: list[str] = []
    for name, exponent in sorted(unit._units.items()):
        power = Fraction(str(exponent))
        written = name if abs(power) == 1 else f"{name}**{abs(power)}"
        (above if power > 0 else below).append(written)
    return " / ".join([" * ".join(above) or ("1" if below else "dimensionless"), *below])


@lru_cache(maxsize=1)
def _registry() -> Any:
    # Imported here: pint costs a fifth of a second that most commands never need.
    import pint

    registry: Any = pint.UnitRegistry(None, non_int_type=Fraction, cache_folder=None)
    registry.load_definitions(VOCABULARY.strip().splitlines())
    return registry


@lru_cache(maxsize=1024)
def _unit(text: str) -> Unit:
    import pint

    if len(text) > LONGEST_UNIT or not _WRITTEN.fullmatch(text):
        raise Refused("unit_unknown", unit=text[:LONGEST_UNIT])
    try:
        unit: Unit = _registry().parse_units(text)
    except (pint.errors.UndefinedUnitError, ValueError, ArithmeticError) as error:
        raise Refused("unit_unknown", unit=text) from error
    return unit


@lru_cache(maxsize=1024)
def _scale(unit: Unit) -> Fraction:
    size, _ = _registry().get_root_units(unit)
    return Fraction(size)
