"""Eurostat city statistics as the bulk download writes them: codes and labels, separated by semicolons."""

from __future__ import annotations

from pathlib import Path

from kontor.errors import BadRow

from ..rules import Figure, Reading, file_name, flags_of, period_fault, value_fault, value_of
from . import Context
from .lines import rows, text_of

HEADER = ("indic_ur", "cities", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG")
EDITION = (
    "urban_audit",
    "2024",
)  # these files name cities by the code list of 2024; older lists mean other cities


def read(path: Path, context: Context) -> Reading:
    """Figures of known variables for known cities; other rows are passed over with their reason."""
    reading = Reading()
    cities = context.codes.get(EDITION, {})
    first_row: dict[tuple[str, str, str], int] = {}
    for number, cells in rows(text_of(path), header=HEADER, delimiter=";", file=file_name(path.name)):
        if not any(cells):
            continue
        reading.read += 1
        if len(cells) < len(HEADER):
            facts = {"expected": len(HEADER), "found": len(cells)}
            reading.faults.append(BadRow("row_length", number, None, facts))
            continue
        reason = _passed_over(number, cells, cities, context)
        if reason:
            reading.skipped.append(reason)
            continue
        faults = _faults(number, cells, context)
        key = (cells[0], cells[1], cells[2])
        if not faults and key in first_row:
            faults = [
                BadRow("row_twice", number, "cities", {"value": " ".join(key), "first": first_row[key]})
            ]
        first_row.setdefault(key, number)
        if faults:
            reading.faults += faults
        else:
            reading.figures.append(
                _figure(number, cells, cities[cells[1]], context, file=file_name(path.name))
            )
    return reading


def _passed_over(number: int, cells: list[str], cities: object, context: Context) -> BadRow | None:
    """Rows that are not wrong but not for us: countries, unknown cities and variables, empty or secret cells."""
    variable, city, _, value = cells[:4]
    if len(city) == 2:
        return BadRow("country_row", number, "cities", {"value": city})
    if city not in cities:  # type: ignore[operator]
        return BadRow("city_not_in_league", number, "cities", {"value": city})
    if f"eurostat:{variable}" not in context.variables:
        return BadRow("variable_not_used", number, "indic_ur", {"value": variable})
    if len(cells) > 6 and cells[6] == "C":
        return BadRow("confidential", number, "CONF_STATUS", {"value": "C"})
    if value in ("", ":"):
        return BadRow("value_missing", number, "OBS_VALUE", {"value": value})
    return None


def _faults(number: int, cells: list[str], context: Context) -> list[BadRow]:
    _, _, period, value, flag = cells[:5]
    faults = []
    if code := period_fault(period, latest=context.latest):
        faults.append(BadRow(code, number, "TIME_PERIOD", {"value": period, "latest": context.latest}))
    if code := value_fault(value):
        faults.append(BadRow(code, number, "OBS_VALUE", {"value": value}))
    if flags_of(flag, context.flags) is None:
        faults.append(BadRow("flag_unknown", number, "OBS_FLAG", {"value": flag}))
    return faults


def _figure(number: int, cells: list[str], area: str, context: Context, *, file: str) -> Figure:
    code = f"eurostat:{cells[0]}"
    value, flags = value_of(cells[3]), flags_of(cells[4], context.flags)
    assert value is not None and flags is not None  # checked above
    return Figure(area, code, cells[2], value, flags, context.source_of(code, area), file, number)
