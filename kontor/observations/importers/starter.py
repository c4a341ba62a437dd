"""The starter table: city_code, variable, period, value, flag. The league's own figures come in the same layout."""

from __future__ import annotations

from pathlib import Path

from kontor.errors import BadRow

from ..rules import Figure, Reading, file_name, flags_of, period_fault, value_fault, value_of
from . import Context
from .lines import rows, text_of

HEADER = ("city_code", "variable", "period", "value", "flag")


def read(path: Path, context: Context) -> Reading:
    """Published figures of the starter league; variables get the prefix `starter:`."""
    return _read(path, context, prefix="starter")


def read_league(path: Path, context: Context) -> Reading:
    """Figures that member cities report; variables get the prefix `league:`."""
    return _read(path, context, prefix="league")


def _read(path: Path, context: Context, *, prefix: str) -> Reading:
    reading = Reading()
    first_row: dict[tuple[str, str, str], int] = {}
    for number, cells in rows(text_of(path), header=HEADER, delimiter=",", file=file_name(path.name)):
        if not any(cells):
            continue
        reading.read += 1
        faults = _faults(number, cells, context, prefix=prefix)
        if not faults:
            key = (cells[0], cells[1], cells[2])
            if key in first_row:
                faults = [
                    BadRow(
                        "row_twice", number, "city_code", {"value": " ".join(key), "first": first_row[key]}
                    )
                ]
            first_row.setdefault(key, number)
        if faults:
            reading.faults += faults
            continue
        reading.figures.append(_figure(number, cells, context, prefix=prefix, file=file_name(path.name)))
    return reading


def _faults(number: int, cells: list[str], context: Context, *, prefix: str) -> list[BadRow]:
    if len(cells) != len(HEADER):
        return [BadRow("row_length", number, None, {"expected": len(HEADER), "found": len(cells)})]
    area, variable, period, value, flag = cells
    faults = []
    if area not in context.areas:
        faults.append(BadRow("city_unknown", number, "city_code", {"city": area}))
    if f"{prefix}:{variable}" not in context.variables:
        faults.append(BadRow("variable_unknown", number, "variable", {"value": variable}))
    if code := period_fault(period, latest=context.latest):
        faults.append(BadRow(code, number, "period", {"value": period, "latest": context.latest}))
    if code := value_fault(value):
        faults.append(BadRow(code, number, "value", {"value": value}))
    if flags_of(flag, context.flags) is None:
        faults.append(BadRow("flag_unknown", number, "flag", {"value": flag}))
    return faults


def _figure(number: int, cells: list[str], context: Context, *, prefix: str, file: str) -> Figure:
    area, variable, period, value, flag = cells
    code = f"{prefix}:{variable}"
    number_value, flags = value_of(value), flags_of(flag, context.flags)
    assert number_value is not None and flags is not None  # checked above
    return Figure(area, code, period, number_value, flags, context.source_of(code, area), file, number)
