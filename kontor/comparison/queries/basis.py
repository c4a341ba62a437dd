"""On what a comparison rests: the figures as of a release, the cities, the exceptions in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from kontor.events import queries as events
from kontor.indicators import queries as indicators
from kontor.league import queries as league
from kontor.league.queries import CityRecord
from kontor.observations.queries import releases
from kontor.observations.queries.releases import AsOf


@dataclass(frozen=True, slots=True)
class Basis:
    """Hashable by what was known and by the newest event that touched cities or definitions."""

    known: AsOf
    stamp: int
    cities: Mapping[str, CityRecord] = field(compare=False, repr=False)

    def real(self, code: str) -> bool:
        """Whether the city exists and is not an invented one: only such cities enter averages, peers and funnels."""
        city = self.cities.get(code)
        return city is not None and not city.demonstration


def basis(as_of: str | None = None) -> Basis:
    """What is known as of a release, or now. Refused("release_unknown")."""
    _, head = events.head()
    return _basis(releases.as_of(as_of, at=head), events.stamp(_TOUCHING, at=head))


def coming() -> Basis:
    """On what pages rest as soon as the newest releases can be read."""
    return _basis(releases.coming(), events.stamp(_TOUCHING))


_TOUCHING = ("league.", "indicators.")


@lru_cache(maxsize=16)
def _basis(known: AsOf, stamp: int) -> Basis:
    return Basis(known, stamp, {city.code: city for city in league.cities()})


@lru_cache(maxsize=512)
def exceptions(
    definition: indicators.Definition, stamp: int
) -> tuple[
    Mapping[str, tuple[indicators.ReservationRecord, ...]],
    Mapping[str, tuple[indicators.DerogationRecord, ...]],
]:
    """Reservations and derogations by city. `stamp` is there so that a new one is seen."""
    reservations: dict[str, tuple[indicators.ReservationRecord, ...]] = {}
    for reservation in indicators.reservations(definition.code, definition.version):
        reservations[reservation.city] = (*reservations.get(reservation.city, ()), reservation)
    derogations: dict[str, tuple[indicators.DerogationRecord, ...]] = {}
    for derogation in indicators.derogations(definition.code, definition.version):
        derogations[derogation.city] = (*derogations.get(derogation.city, ()), derogation)
    return reservations, derogations
