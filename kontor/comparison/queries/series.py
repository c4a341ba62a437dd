"""One observed series of a city: every period with its vintages and origin, and what other cities look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kontor.engines.gaps import quartiles
from kontor.errors import Refused
from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition
from kontor.league.queries import CityRecord
from kontor.observations.queries import figures, origins, releases
from kontor.observations.queries.figures import Cell, Tombstone
from kontor.observations.queries.findings import FindingRecord
from kontor.observations.queries.findings import findings as stated
from kontor.observations.queries.origins import Origin
from kontor.observations.queries.releases import AsOf

from .. import rules
from . import peers
from .basis import Basis
from .profile import GroupYear


@dataclass(frozen=True, slots=True)
class Point:
    """One period: every version of its figure with its origin, the oldest first, and what is not plausible about it."""

    period: str
    vintages: tuple[Cell | Tombstone, ...]
    origins: tuple[Origin | None, ...]
    findings: tuple[FindingRecord, ...]

    @property
    def newest(self) -> Cell | Tombstone:
        return self.vintages[-1]

    @property
    def held(self) -> Cell | None:
        """The figure that holds; None where it was withdrawn."""
        return self.newest if isinstance(self.newest, Cell) else None

    @property
    def counts(self) -> bool:
        """Whether the figure is compared with others: it holds and is no probable error."""
        return self.held is not None and all(item.treatment != "exclude" for item in self.findings)


@dataclass(frozen=True, slots=True)
class Others:
    """Similar cities of the same kind of unit in one period, the most similar first, and their middle over the years."""

    period: str
    cells: tuple[Cell, ...]
    years: tuple[GroupYear, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """What is published on one variable of one city, by period; `periods` are all there are, whatever is shown."""

    variable: str
    city: CityRecord
    points: tuple[Point, ...]
    periods: tuple[str, ...]


def series(basis: Basis, variable: str, city: CityRecord, *, first: str = "", last: str = "9999") -> Series:
    """The periods from `first` to `last`. Refused: variable_unknown; series_unknown where nothing is published."""
    if variable not in codelists.variables():
        raise Refused("variable_unknown", value=variable)
    versions: dict[str, list[Cell | Tombstone]] = {}
    for cell in figures.history(variable, [city.code], known=basis.known):
        versions.setdefault(cell.period, []).append(cell)
    if not versions:
        raise Refused("series_unknown", variable=variable, city=city.code, release=basis.known.label or "-")
    shown = {period: found for period, found in versions.items() if first <= period <= last}
    stands = origins.origins(cell for found in shown.values() for cell in found)
    doubts = stated(variable, city.code, known=basis.known)
    return Series(
        variable=variable,
        city=city,
        points=tuple(
            Point(
                period,
                tuple(found),
                tuple(stands.get(cell) for cell in found),
                tuple(item for item in doubts if item.period == period),
            )
            for period, found in sorted(shown.items())
        ),
        periods=tuple(sorted(versions)),
    )


def others(basis: Basis, variable: str, city: CityRecord, periods: Sequence[str]) -> Others | None:
    """Cities to look at beside the series, in the newest of its periods in which enough of them report.

    None where nobody similar reports the variable in any of the periods.
    """
    alike = [
        peer.city
        for peer in peers.similar(basis).get(city.code, ())
        if basis.cities[peer.city].unit == city.unit
    ]
    cells = _cells(basis.known, variable)
    reporting = {period: [code for code in alike if (code, period) in cells] for period in periods}
    told = [period for period in sorted(periods, reverse=True) if reporting[period]]
    if not told:
        return None
    period = next((one for one in told if len(reporting[one]) >= rules.FEWEST_PEERS), told[0])
    chosen = reporting[period][: rules.PEERS]
    found = {cell.area: cell for cell in figures.peers(variable, chosen, period, known=basis.known)}
    return Others(
        period=period,
        cells=tuple(found[code] for code in chosen),
        years=_years(basis.known, variable, tuple(chosen)),
    )


@lru_cache(maxsize=64)
def _cells(known: AsOf, variable: str) -> dict[tuple[str, str], float]:
    """(area, period) -> value of all that may be compared: probable errors are left out."""
    excluded = {(item.area, item.period) for item in stated(variable, treatment="exclude", known=known)}
    cells = figures.columns(variable, known=known).cells
    return {cell: found[0] for cell, found in cells.items() if cell not in excluded}


@lru_cache(maxsize=1024)
def _years(known: AsOf, variable: str, chosen: tuple[str, ...]) -> tuple[GroupYear, ...]:
    """The middle of fixed cities by period, where at least eight of them report."""
    by_period: dict[str, list[float]] = {}
    wanted = set(chosen)
    for (area, period), value in _cells(known, variable).items():
        if area in wanted:
            by_period.setdefault(period, []).append(value)
    return tuple(
        GroupYear(period, *quartiles(values), len(values))
        for period, values in sorted(by_period.items())
        if len(values) >= rules.FEWEST_PEERS
    )


def definitions_of(variable: str) -> list[Definition]:
    """The definitions in use that take figures from the variable itself."""
    return [
        definition
        for definition in indicators.definitions()
        if any(variable in item.of for item in definition.inputs)
    ]


def versions_at(release: str) -> dict[str, int]:
    """Indicator -> the newest version that was loaded when a release was published."""
    newest: dict[str, int] = {}
    for key in releases.manifest(release)["definitions"]:
        code, _, version = key.rpartition("/v")
        newest[code] = max(newest.get(code, 0), int(version))
    return newest
