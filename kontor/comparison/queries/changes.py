"""Which changes over the years are more than chance: the start page's picture of the newest figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kontor.engines import rates
from kontor.engines.discoveries import benjamini_hochberg
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition
from kontor.observations.queries.values import LIMITS

from .basis import Basis
from .standings import coverage, field, period_of, table

SPAN = 10  # years between the two figures that are set against each other


@dataclass(frozen=True, slots=True)
class Changes:
    """Real cities whose figure changed from `before` to `period`, without a break between.

    Better and worse hold together at a false discovery rate of 5 % within the indicator.
    """

    definition: Definition
    before: str
    period: str
    better: tuple[str, ...]
    unclear: tuple[str, ...]
    worse: tuple[str, ...]


def changes(basis: Basis) -> tuple[Changes, ...]:
    """For every indicator that has counts and a direction, the newest shared period against ten years before."""
    return _changes(basis, tuple(indicators.definitions()))


@lru_cache(maxsize=32)
def _changes(basis: Basis, definitions: tuple[Definition, ...]) -> tuple[Changes, ...]:
    telling = [
        definition
        for definition in definitions
        if definition.kind in LIMITS and definition.direction != "context" and coverage(basis, definition)
    ]
    found = [_change(basis, definition) for definition in telling]
    return tuple(item for item in found if item.better or item.unclear or item.worse)


def _change(basis: Basis, definition: Definition) -> Changes:
    period = period_of(basis, definition)
    before = str(int(period) - SPAN)
    new, old = field(basis, definition, period), field(basis, definition, before)
    both = [
        city
        for city in sorted(new.reporting & old.reporting)
        if not _broken(basis, definition, city, before, period)
    ]
    pairs = [(new.values[city], old.values[city]) for city in both]
    columns = np.array(
        [(a.numerator, a.denominator, b.numerator, b.denominator) for a, b in pairs], dtype=float
    )
    clear = benjamini_hochberg(rates.rate_ratio_p(*columns.reshape(-1, 4).T))
    found: dict[str, list[str]] = {"better": [], "unclear": [], "worse": []}
    for city, (a, b), beyond in zip(both, pairs, clear, strict=True):
        rose = a.value > b.value
        verdict = "better" if rose == (definition.direction == "higher") else "worse"
        found[verdict if beyond else "unclear"].append(city)
    return Changes(definition, before, period, *(tuple(found[key]) for key in ("better", "unclear", "worse")))


def _broken(basis: Basis, definition: Definition, city: str, before: str, period: str) -> bool:
    """Whether the city's series breaks between the two periods: then nothing is said about its change."""
    series = table(basis, definition).by_area[city]
    return any("b" in value.flags for value in series if before < value.period <= period)
