"""The six questions over all releases as of one of them: cell, series, peers, rank, profile, export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from .. import rules, store
from .releases import AsOf, as_of

_ROW = 'area, variable, period, number, demonstration, digits, origin, "row"'
_KNOWN = "number <= CASE WHEN demonstration THEN $invented ELSE $real END"
# What both indexes understand; the rows of one figure come in the order of its releases.
_ROWS = f"SELECT {_ROW} FROM figure WHERE {_KNOWN} AND %s ORDER BY number"

Row = tuple[int, int, str, int, bool, str | None, int, int]


class Cell(NamedTuple):
    """One observed figure as of a release. `value` keeps the digits of its source."""

    area: str
    variable: str
    period: str
    value: Decimal
    flags: str
    source: str
    file: str
    row: int
    release: str
    demonstration: bool
    withdrawn: bool = False
    column: str = ""
    conversion: str = ""
    reason: str = ""


class Tombstone(NamedTuple):
    """What stands in a figure's place since a release withdrew it; the older releases still hold it."""

    area: str
    variable: str
    period: str
    value: None
    flags: str
    source: str
    file: str
    row: int
    release: str
    demonstration: bool
    withdrawn: bool = True
    column: str = ""
    conversion: str = ""
    reason: str = ""


@cache
def _release(number: int, demonstration: bool) -> str:
    return rules.release_id(number=number, demonstration=demonstration)


def _versions(index: store.Index, rows: Iterable[Row]) -> list[Cell | Tombstone]:
    """Published versions of figures: the figure, or that it was withdrawn."""
    found: list[Cell | Tombstone] = []
    for row in rows:
        area, variable, period, number, demonstration, digits, origin, place = row
        if digits is not None:
            found.append(_cell(index, row))
            continue
        found.append(
            Tombstone(
                area=index.area_codes[area],
                variable=index.variable_codes[variable],
                period=period,
                value=None,
                flags="",
                source=index.origin(origin).source,
                file="",
                row=place,
                release=_release(number, demonstration),
                demonstration=bool(demonstration),
                reason=index.origin(origin).reason,
            )
        )
    return found


def _cell(index: store.Index, row: Row) -> Cell:
    area, variable, period, number, demonstration, digits, origin, place = row
    flags, _, _, source, file, column, conversion, reason = index.origin(origin)
    assert digits is not None
    return Cell(
        index.area_codes[area],
        index.variable_codes[variable],
        period,
        Decimal(digits),
        flags,
        source,
        file,
        place,
        _release(number, demonstration),
        bool(demonstration),
        False,
        column,
        conversion,
        reason,
    )


def _current(index: store.Index, rows: Iterable[Row]) -> list[Cell]:
    """Of every figure the newest version; those that were withdrawn are left out."""
    newest = {row[:3]: row for row in rows}
    return [_cell(index, row) for row in newest.values() if row[5] is not None]


def _among(name: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """A condition that both indexes understand, and its facts."""
    facts = {f"{name}{place}": value for place, value in enumerate(values)}
    if len(facts) == 1:  # found quicker than one of a list
        return f"{name} = ${name}0", facts
    return f"{name} IN ({', '.join(f'${key}' for key in facts)})", facts


def _ask(source: Any, known: AsOf, where: str, facts: dict[str, Any]) -> list[Row]:
    facts = {"real": known.real, "invented": known.invented, **facts}
    rows: list[Row] = source.execute(_ROWS % where, facts).fetchall()
    return rows


def _of_areas(
    known: AsOf, variable: str, areas: Sequence[str], periods: Sequence[str] = ()
) -> tuple[store.Index, list[Row]]:
    """Every version of a variable for some areas, in some periods (in all), from the index by area."""
    index = store.opened(known.published)
    numbers = [index.areas[area] for area in areas if area in index.areas]
    if variable not in index.variables or not numbers:
        return index, []
    where, facts = _among("area", numbers)
    facts["variable"] = index.variables[variable]
    if periods:
        within, more = _among("period", periods)
        where, facts = f"{where} AND {within}", facts | more
    return index, _ask(index.cells, known, f"{where} AND variable = $variable", facts)


def cell(variable: str, area: str, period: str, *, known: AsOf | None = None) -> Cell | None:
    """One figure, or None where nothing is published."""
    found = _current(*_of_areas(known or as_of(), variable, [area], [period]))
    return found[0] if found else None


def vintages(variable: str, area: str, period: str, *, known: AsOf | None = None) -> list[Cell | Tombstone]:
    """Every published version of one figure, the oldest first, withdrawals included."""
    return _versions(*_of_areas(known or as_of(), variable, [area], [period]))


def tombstone(variable: str, area: str, period: str, *, known: AsOf | None = None) -> Tombstone | None:
    """The withdrawal of a figure, or None where it stands or was never published."""
    found = vintages(variable, area, period, known=known)
    return found[-1] if found and isinstance(found[-1], Tombstone) else None


def history(
    variable: str, areas: Sequence[str], periods: Sequence[str] = (), *, known: AsOf | None = None
) -> list[Cell | Tombstone]:
    """Every published version of a variable for some cities, in some periods (in all): by city, period, release."""
    found = _versions(*_of_areas(known or as_of(), variable, areas, periods))
    return sorted(found, key=itemgetter(0, 2))


def series(variable: str, area: str, *, known: AsOf | None = None) -> list[Cell]:
    """All periods of one variable for one city."""
    return sorted(_current(*_of_areas(known or as_of(), variable, [area])), key=itemgetter(2))


def peers(variable: str, areas: Sequence[str], period: str, *, known: AsOf | None = None) -> list[Cell]:
    """One variable and period for some cities."""
    return sorted(_current(*_of_areas(known or as_of(), variable, areas, [period])), key=itemgetter(0))


def profile(area: str, *, known: AsOf | None = None) -> list[Cell]:
    """Everything about one city, by variable and period."""
    known = known or as_of()
    index = store.opened(known.published)
    if area not in index.areas:
        return []
    rows = _ask(index.cells, known, "area = $area", {"area": index.areas[area]})
    return sorted(_current(index, rows), key=itemgetter(1, 2))


def rank(variable: str, period: str, *, known: AsOf | None = None) -> list[Cell]:
    """One variable and period for all cities, the smallest value first."""
    known = known or as_of()
    index = store.opened(known.published)
    if variable not in index.variables:
        return []
    facts = {"variable": index.variables[variable], "period": period}
    rows = _ask(index.columns(), known, "variable = $variable AND period = $period", facts)
    return sorted(_current(index, rows), key=itemgetter(3, 0))


def export(variables: Sequence[str] = (), *, known: AsOf | None = None) -> list[Cell]:
    """All current figures of some variables (of all variables without a name), by variable, period, city."""
    known = known or as_of()
    index = store.opened(known.published)
    numbers = [index.variables[variable] for variable in variables if variable in index.variables]
    if variables and not numbers:
        return []
    where, facts = _among("variable", numbers) if numbers else ("true", {})
    return sorted(_current(index, _ask(index.columns(), known, where, facts)), key=itemgetter(1, 2, 0))


@dataclass(frozen=True, slots=True)
class Columns:
    """The newest figures of one variable: (area, period) -> (value, flags, source, release, demonstration)."""

    variable: str
    cells: dict[tuple[str, str], tuple[float, str, str, str, bool]]


def columns(variable: str, *, known: AsOf) -> Columns:
    """`export` of one variable in the shape that computing wants; floats, because computing is in floats."""
    index = store.opened(known.published)
    if variable not in index.variables:
        return Columns(variable, {})
    facts = {"variable": index.variables[variable]}
    newest = {row[:3]: row for row in _ask(index.columns(), known, "variable = $variable", facts)}
    found = {}
    for area, _, period, number, invented, digits, origin, _ in newest.values():
        if digits is not None:
            shared = index.origin(origin)
            place = (index.area_codes[area], period)
            release = _release(number, invented)
            found[place] = (float(digits), shared.flags, shared.source, release, invented)
    return Columns(variable, found)
