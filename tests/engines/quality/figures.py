"""Columns and checks for the tests: series written as {period: value}, flags behind a value in a tuple."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kontor.engines.quality import Checks, Columns, Finding, Limits, assess

Cell = float | tuple[float, str]
Table = Mapping[tuple[str, str], Mapping[int | str, Cell]]  # (area, variable) -> period -> value

LIMITS = {
    "deaths": Limits("count", 0),
    "births": Limits("count", 0),
    "cars": Limits("count", 1),
    "waste": Limits("quantity", 0.01),
    "network": Limits("quantity", 0),
    "price": Limits("rate", 0),
    "car": Limits("share", 0, 100),
    "transit": Limits("share", 0, 100),
    "foot": Limits("share", 0, 100),
    "warmest": Limits("degree", -60, 60, 8),
    "ozone": Limits("erratic", 0, 366),
}


def columns(table: Table) -> Columns:
    cells = [
        (area, variable, str(period), cell if isinstance(cell, tuple) else (cell, ""))
        for (area, variable), series in table.items()
        for period, cell in series.items()
    ]
    return Columns(
        area=[cell[0] for cell in cells],
        variable=[cell[1] for cell in cells],
        period=[cell[2] for cell in cells],
        value=np.array([cell[3][0] for cell in cells], dtype=np.float64),
        flags=[cell[3][1] for cell in cells],
    )


def years(values: list[Cell], first: int = 2010) -> dict[int | str, Cell]:
    return {first + place: value for place, value in enumerate(values)}


def found(table: Table, checks: Checks | None = None) -> list[Finding]:
    return assess(columns(table), checks or Checks(LIMITS))


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Area, period and kind."""
    return [(finding.area, finding.period, finding.kind) for finding in findings]
