"""Which changes over the years are more than chance: the start page's picture of the newest figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kontor.engines import rates
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition
from kontor.observations.queries.values import LIMITS

from .basis import Basis
from .standings import coverage, field, period_of

SPAN = 5  # years between the two figures that are set against each other


@dataclass(frozen=True, slots=True)
class Changes:
    """Real cities whose figure changed from `before` to `period`; counted only where chance would hardly do it."""

    definition: Definition
    before: str
    period: str
    better: tuple[str, ...]
    unclear: tuple[str, ...]
    worse: tuple[str, ...]


def changes(basis: Basis) -> tuple[Changes, ...]:
    """For every indicator that has counts and a direction, the newest shared period against five years before."""
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
    both = sorted(new.reporting & old.reporting)
    columns = np.array(
        [
            [
                new.values[c].numerator,
                new.values[c].denominator,
                old.values[c].numerator,
                old.values[c].denominator,
            ]
            for c in both
        ],
        dtype=float,
    ).reshape(-1, 4)
    _, low, high = rates.rate_ratio_limits(*columns.T)
    rose = {city for city, limit in zip(both, low, strict=True) if limit > 1}
    fell = {city for city, limit in zip(both, high, strict=True) if limit < 1}
    better, worse = (rose, fell) if definition.direction == "higher" else (fell, rose)
    return Changes(
        definition=definition,
        before=before,
        period=period,
        better=tuple(sorted(better)),
        unclear=tuple(city for city in both if city not in rose | fell),
        worse=tuple(sorted(worse)),
    )
