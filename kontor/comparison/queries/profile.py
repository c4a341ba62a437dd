"""One city in all indicators: where it stands, how it got there, how its peers went."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kontor.engines.gaps import quartiles
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition
from kontor.observations.queries.values import Value

from .. import rules
from .basis import Basis, coming
from .standings import Standing, field, standing, table


@dataclass(frozen=True, slots=True)
class Entry:
    """One indicator of a city: its standing in `period`, and its plausible values, the oldest first."""

    definition: Definition
    period: str
    standing: Standing
    series: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class GroupYear:
    """The peer group in one period: median and quartiles of those that report."""

    period: str
    low: float
    median: float
    high: float
    count: int


def profile(basis: Basis, city: str) -> tuple[Entry, ...]:
    """Every indicator for which the city has a value, in the order of topics."""
    return _profile(basis, city, tuple(indicators.definitions()))


@lru_cache(maxsize=1024)
def _profile(basis: Basis, city: str, definitions: tuple[Definition, ...]) -> tuple[Entry, ...]:
    entries = []
    for definition in definitions:
        values = table(basis, definition).by_area.get(city, ())
        if not values:
            continue
        series = tuple(
            value for value in values if definition.plausible_low <= value.value <= definition.plausible_high
        )
        period = _telling_period(basis, definition, [value.period for value in series or values])
        found = standing(basis, definition, period, city)
        if found is not None:
            entries.append(Entry(definition, period, found, series))
    return tuple(entries)


def _telling_period(basis: Basis, definition: Definition, periods: list[str]) -> str:
    """The newest period in which enough others report; without one, simply the newest."""
    for period in sorted(periods, reverse=True):
        if len(field(basis, definition, period).reporting) > rules.FEWEST_PEERS:
            return period
    return max(periods)


@lru_cache(maxsize=20_000)
def group_series(basis: Basis, definition: Definition, peers: tuple[str, ...]) -> tuple[GroupYear, ...]:
    """Median and quartiles of a fixed set of cities by period, where at least eight of them report."""
    years = []
    for period in sorted(table(basis, definition).by_period):
        shared = field(basis, definition, period)
        values = [shared.values[peer].value for peer in peers if peer in shared.reporting]
        if len(values) >= rules.FEWEST_PEERS:
            low, median, high = quartiles(values)
            years.append(GroupYear(period, low, median, high, len(values)))
    return tuple(years)


def warm() -> None:
    """Compute what every page rests on, so that no visitor waits for it: neither the first one of a worker nor the
    first one after a release."""
    ground = coming()
    for city in sorted(ground.cities)[:1]:
        profile(ground, city)
