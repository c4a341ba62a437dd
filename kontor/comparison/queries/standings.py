"""Where cities stand in one indicator and period: limits, peers, gap, funnel, comparability, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from kontor.engines import funnel as funnels
from kontor.engines import gaps
from kontor.engines.funnel import Funnel
from kontor.engines.gaps import Gap
from kontor.errors import Refused
from kontor.indicators.queries import Definition
from kontor.league.queries import CityRecord
from kontor.observations.queries import values
from kontor.observations.queries.values import Table, Value

from .. import rules
from ..rules import Comparability
from . import peers
from .basis import Basis, exceptions


@dataclass(frozen=True, slots=True)
class Standing:
    """One city in one indicator and period. `gap` is None without peers; `funnel` is empty where none can be drawn."""

    city: CityRecord
    value: Value
    comparability: Comparability
    peers: tuple[str, ...]
    gap: Gap | None
    funnel: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Field:
    """All cities in one indicator and period, and what the real and comparable ones say together.

    `league_value` is pooled (sum of counts over sum of exposures) where there are counts, else the median.
    """

    definition: Definition
    period: str
    limits: str
    statistic: str
    league_value: float | None
    funnel: Funnel | None
    reporting: frozenset[str]
    comparability: dict[str, Comparability]
    values: dict[str, Value]
    places: dict[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of an indicator in one period; standings by value, the smallest first."""

    field: Field
    basis: Basis
    standings: tuple[Standing, ...]


def table(basis: Basis, definition: Definition) -> Table:
    """All values of the definition as of the basis."""
    return values.table(definition, known=basis.known)


@lru_cache(maxsize=512)
def coverage(basis: Basis, definition: Definition) -> dict[str, int]:
    """Period -> how many real cities have a value."""
    return {
        period: count
        for period, listed in table(basis, definition).by_period.items()
        if (count := sum(basis.real(value.area) for value in listed))
    }


def period_of(basis: Basis, definition: Definition, asked: str | None = None) -> str:
    """The period asked for, else the newest shared one. Refused("period_unknown") where it has no value."""
    known = table(basis, definition).by_period
    if asked is not None:
        if asked not in known:
            raise Refused("period_unknown", period=asked, known=", ".join(sorted(known)) or "-")
        return asked
    newest = rules.newest_shared_period(coverage(basis, definition))
    if newest is None:
        raise Refused("no_figures", indicator=definition.code)
    return newest


@lru_cache(maxsize=2048)
def comparabilities(basis: Basis, definition: Definition, period: str) -> dict[str, Comparability]:
    """City -> how far its value of an indicator and period may stand beside the others."""
    found = [v for v in table(basis, definition).by_period.get(period, ()) if v.area in basis.cities]
    prevailing = rules.prevailing_unit(basis.cities[v.area].unit for v in found if basis.real(v.area))
    return {v.area: _comparability(basis, definition, v, prevailing=prevailing) for v in found}


@lru_cache(maxsize=2048)
def field(basis: Basis, definition: Definition, period: str) -> Field:
    """What every standing of an indicator and period shares."""
    comparability = comparabilities(basis, definition, period)
    found = {area: table(basis, definition).by_cell[area, period] for area in comparability}
    reporting = frozenset(area for area in found if basis.real(area) and comparability[area].grade != "none")
    limits = values.LIMITS.get(definition.kind, "none")
    fitted = _fit(definition, [found[area] for area in sorted(reporting)]) if limits != "none" else None
    return Field(
        definition=definition,
        period=period,
        limits=limits,
        statistic="pooled" if limits != "none" else "median",
        league_value=_league_value(definition, fitted, [found[area].value for area in sorted(reporting)]),
        funnel=fitted,
        reporting=reporting,
        comparability=comparability,
        values=found,
        places=_places(fitted, found),
    )


def _comparability(basis: Basis, definition: Definition, value: Value, *, prevailing: str) -> Comparability:
    reservations, derogations = exceptions(definition, basis.stamp)
    return rules.comparability(
        value=value.value,
        flags=value.flags,
        offset=value.offset,
        unit=basis.cities[value.area].unit,
        prevailing=prevailing,
        plausible=(definition.plausible_low, definition.plausible_high),
        reservations=[
            (item.clause, item.effect)
            for item in reservations.get(value.area, ())
            if item.touches(value.period)
        ],
        derogation=any(item.touches(value.period) for item in derogations.get(value.area, ())),
        findings=value.findings,
    )


def _fit(definition: Definition, found: list[Value]) -> Funnel | None:
    if not found:
        return None
    kind: Literal["poisson", "binomial"] = (
        "poisson" if definition.kind == "count_over_exposure" else "binomial"
    )
    counts = np.array([value.numerator for value in found], dtype=float)
    exposures = np.array([value.denominator for value in found], dtype=float)
    return funnels.fit(counts, exposures, kind)


def _league_value(definition: Definition, fitted: Funnel | None, listed: list[float]) -> float | None:
    if fitted is not None:
        return fitted.target * definition.factor
    return float(np.median(listed)) if listed else None


def _places(fitted: Funnel | None, found: dict[str, Value]) -> dict[str, str]:
    """Where each city lies in the funnel; all empty where too few cities carry one."""
    if fitted is None or fitted.cities < rules.FEWEST_FOR_FUNNEL:
        return dict.fromkeys(found, "")
    areas = sorted(found)
    counts = np.array([found[area].numerator for area in areas], dtype=float)
    exposures = np.array([found[area].denominator for area in areas], dtype=float)
    return dict(zip(areas, map(str, funnels.place(fitted, counts, exposures)), strict=True))


@lru_cache(maxsize=20_000)
def standing(basis: Basis, definition: Definition, period: str, city: str) -> Standing | None:
    """One city's standing, or None where it has no value."""
    shared = field(basis, definition, period)
    value = shared.values.get(city)
    if value is None:
        return None
    comparability = shared.comparability[city]
    chosen = tuple(peer.city for peer in peers.group(basis, city, shared.reporting))
    gap = None
    if chosen and comparability.grade != "none":
        low = value.value if value.low is None else value.low
        high = value.value if value.high is None else value.high
        gap = gaps.gap(value.value, low, high, np.array([shared.values[peer].value for peer in chosen]))
    return Standing(
        city=basis.cities[city],
        value=value,
        comparability=comparability,
        peers=chosen,
        gap=gap,
        funnel=shared.places[city] if comparability.grade != "none" else "",
        verdict=rules.verdict(
            gap=gap,
            value=value.value,
            direction=definition.direction,
            limits=shared.limits,
            grade=comparability.grade,
        ),
    )


def compare(basis: Basis, definition: Definition, period: str | None = None) -> Comparison:
    """All cities in one period, invented ones beside the real ones but counting in nothing."""
    chosen = period_of(basis, definition, period)
    shared = field(basis, definition, chosen)
    listed = [standing(basis, definition, chosen, area) for area in shared.values]
    ordered = sorted(
        (item for item in listed if item),
        key=lambda item: (item.value.value, item.city.demonstration, item.city.code),
    )
    return Comparison(field=shared, basis=basis, standings=tuple(ordered))
