"""Which observed series there are: of a city, of a variable, at all; and what is to be asked about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from kontor.observations.queries import figures, findings, releases
from kontor.observations.queries.findings import FindingRecord
from kontor.observations.queries.releases import AsOf

from .basis import Basis


@dataclass(frozen=True, slots=True)
class Holding:
    """A series that has figures: how many, from the first to the last period."""

    area: str
    variable: str
    count: int
    first: str
    last: str


@lru_cache(maxsize=16)
def variables(known: AsOf) -> tuple[str, ...]:
    """Every variable of which something was published, also where it was withdrawn since."""
    return _named(known, "variables", demonstration=None)


def is_checked(known: AsOf, variable: str, *, demonstration: bool) -> bool:
    """Whether a release looked for what is not plausible in the variable; releases of earlier versions did not."""
    return variable in _named(known, "checked", demonstration=demonstration)


@lru_cache(maxsize=64)
def _named(known: AsOf, entry: str, *, demonstration: bool | None) -> tuple[str, ...]:
    """The variables that an entry of the manifests names, in the releases that are known."""
    newest = {False: known.real, True: known.invented}
    found = {
        variable
        for release in releases.releases(demonstration=demonstration)
        if release.number <= newest[release.demonstration]
        for variable in releases.manifest(release.id).get(entry, ())
    }
    return tuple(sorted(found))


@lru_cache(maxsize=16)
def questions(known: AsOf) -> tuple[FindingRecord, ...]:
    """Everything that is not plausible and needs an answer, the surest first; what is kept with its flag does not."""
    asked = [item for item in findings.findings(known=known) if item.treatment != "keep"]
    return tuple(sorted(asked, key=lambda item: (-item.confidence, item.variable, item.area, item.period)))


def of_city(basis: Basis, city: str) -> list[Holding]:
    """The series of a city, by variable."""
    return _grouped(
        (cell.area, cell.variable, cell.period) for cell in figures.profile(city, known=basis.known)
    )


def of_variable(basis: Basis, variable: str) -> list[Holding]:
    """The series of a variable, by city."""
    cells = figures.columns(variable, known=basis.known).cells
    return _grouped((area, variable, period) for area, period in cells if area in basis.cities)


def _grouped(keys: Iterable[tuple[str, str, str]]) -> list[Holding]:
    periods: dict[tuple[str, str], list[str]] = {}
    for area, variable, period in keys:
        periods.setdefault((area, variable), []).append(period)
    return [
        Holding(area, variable, len(found), min(found), max(found))
        for (area, variable), found in sorted(periods.items())
    ]
