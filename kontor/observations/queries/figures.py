"""The six questions over all releases as of one of them: cell, series, peers, rank, profile, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .. import store
from .releases import AsOf, as_of

_KNOWN = "(NOT demonstration AND number <= $real OR demonstration AND number <= $invented)"
_NEWEST = "QUALIFY row_number() OVER (PARTITION BY area, variable, period ORDER BY number DESC) = 1"
_FIELDS = (
    'area, variable, period, value, decimals, flags, status, source, file, "row", release, demonstration, '
    '"column", conversion, reason'
)


@dataclass(frozen=True, slots=True)
class Cell:
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


def _cell(row: tuple[Any, ...]) -> Cell:
    return Cell(
        area=row[0],
        variable=row[1],
        period=row[2],
        value=row[3].quantize(Decimal(1).scaleb(-row[4])),
        flags=row[5],
        withdrawn=row[6] == "W",
        source=row[7],
        file=row[8],
        row=row[9],
        release=row[10],
        demonstration=row[11],
        column=row[12],
        conversion=row[13],
        reason=row[14],
    )


def _ask(known: AsOf, sql: str, facts: dict[str, Any]) -> list[Cell]:
    cursor = store.reader(known.published)
    rows = cursor.execute(sql, {"real": known.real, "invented": known.invented, **facts}).fetchall()
    return [_cell(row) for row in rows]


def _current(table: str, where: str, order: str) -> str:
    newest = f"SELECT {_FIELDS}, number FROM {table} WHERE {_KNOWN} AND {where} {_NEWEST}"
    return f"SELECT {_FIELDS} FROM ({newest}) WHERE status <> 'W' ORDER BY {order}"


def cell(variable: str, area: str, period: str, *, known: AsOf | None = None) -> Cell | None:
    """One figure, or None where nothing is published."""
    where = "variable = $variable AND area = $area AND period = $period"
    facts = {"variable": variable, "area": area, "period": period}
    found = _ask(known or as_of(), _current("by_variable", where, "1"), facts)
    return found[0] if found else None


def vintages(variable: str, area: str, period: str, *, known: AsOf | None = None) -> list[Cell]:
    """Every published version of one figure, the oldest first, withdrawals included."""
    sql = f"""SELECT {_FIELDS} FROM by_variable WHERE {_KNOWN}
              AND variable = $variable AND area = $area AND period = $period ORDER BY number"""
    return _ask(known or as_of(), sql, {"variable": variable, "area": area, "period": period})


def history(
    variable: str, areas: Sequence[str], periods: Sequence[str] = (), *, known: AsOf | None = None
) -> list[Cell]:
    """Every published version of a variable for some cities, in some periods (in all): by city, period, release."""
    where = "area IN (SELECT unnest($areas))" + (
        " AND period IN (SELECT unnest($periods))" if periods else ""
    )
    sql = f"SELECT {_FIELDS} FROM by_area WHERE {_KNOWN} AND variable = $variable AND {where} ORDER BY area, period, number"
    facts: dict[str, Any] = {"variable": variable, "areas": list(areas)}
    return _ask(known or as_of(), sql, facts | ({"periods": list(periods)} if periods else {}))


def series(variable: str, area: str, *, known: AsOf | None = None) -> list[Cell]:
    """All periods of one variable for one city."""
    sql = _current("by_area", "area = $area AND variable = $variable", "period")
    return _ask(known or as_of(), sql, {"area": area, "variable": variable})


def peers(variable: str, areas: Sequence[str], period: str, *, known: AsOf | None = None) -> list[Cell]:
    """One variable and period for some cities."""
    where = "variable = $variable AND period = $period AND area IN (SELECT unnest($areas))"
    facts = {"variable": variable, "period": period, "areas": list(areas)}
    return _ask(known or as_of(), _current("by_variable", where, "area"), facts)


def rank(variable: str, period: str, *, known: AsOf | None = None) -> list[Cell]:
    """One variable and period for all cities, the smallest value first."""
    where = "variable = $variable AND period = $period"
    return _ask(
        known or as_of(),
        _current("by_variable", where, "value, area"),
        {"variable": variable, "period": period},
    )


def profile(area: str, *, known: AsOf | None = None) -> list[Cell]:
    """Everything about one city."""
    return _ask(known or as_of(), _current("by_area", "area = $area", "variable, period"), {"area": area})


def export(variables: Sequence[str] = (), *, known: AsOf | None = None) -> list[Cell]:
    """All current figures of some variables (of all variables without a name), by variable, period, city."""
    where = "variable IN (SELECT unnest($variables))" if variables else "true"
    facts: dict[str, Any] = {"variables": list(variables)} if variables else {}
    return _ask(known or as_of(), _current("by_variable", where, "variable, period, area"), facts)


@dataclass(frozen=True, slots=True)
class Columns:
    """The newest figures of one variable: (area, period) -> (value, flags, source, release, demonstration)."""

    variable: str
    cells: dict[tuple[str, str], tuple[float, str, str, str, bool]]


def columns(variable: str, *, known: AsOf) -> Columns:
    """`export` of one variable in the shape that computing wants; floats, because computing is in floats."""
    cursor = store.reader(known.published)
    where = "variable = $variable"
    sql = f"""SELECT area, period, CAST(value AS DOUBLE), flags, source, release, demonstration, status FROM by_variable
              WHERE {_KNOWN} AND {where} {_NEWEST}"""
    rows = cursor.execute(
        sql, {"real": known.real, "invented": known.invented, "variable": variable}
    ).fetchall()
    return Columns(
        variable,
        {(row[0], row[1]): (row[2], row[3], row[4], row[5], row[6]) for row in rows if row[7] != "W"},
    )
