"""Eurostat city statistics in every layout of definitions/layouts/eurostat.toml: with codes or labels, long or wide,
SDMX-CSV, text or sheet."""

from __future__ import annotations

from pathlib import Path

from kontor.errors import BadRow, Invalid

from ..rules import Reading
from . import Context, layouts, sdmx_csv
from .long_form import read_long
from .recognition import recognise
from .tables import Table, open_table
from .wide_form import read_wide


def read(path: Path, context: Context, name: str | None = None) -> Reading:
    """Figures of known variables for known cities; other rows are passed over with their reason.

    Every sheet of a workbook is read; one that is no table of figures is named. Invalid: "header_wrong" and what
    else is wrong with the whole file.
    """
    with open_table(path, name=name, progress=context.progress) as table:
        if len(table.sheets) == 1:
            return _sheet(table, "", context)
        return _workbook(table, context)


def _sheet(table: Table, sheet: str, context: Context) -> Reading:
    publication = layouts.publication("eurostat")
    if sdmx_csv.is_message(table, sheet):
        return sdmx_csv.read_message(table, {"eurostat": publication}, context, sheet=sheet)
    found = recognise(table, publication.layouts, sheet)
    form = read_wide if found.layout.form == "wide" else read_long
    return form(table, found, context, sheet=sheet)


def _workbook(table: Table, context: Context) -> Reading:
    """The sheets one after another. Where not one of them is a table of figures, Invalid."""
    whole, refusals = Reading(), []
    for sheet in table.sheets:
        try:
            reading = _sheet(table, sheet, context)
        except Invalid as invalid:
            if any(row.code not in ("header_wrong", "file_empty") for row in invalid.rows):
                raise
            refusals.append(sheet)
            continue
        whole = whole.joined(reading)
    if len(refusals) == len(table.sheets):
        raise table.source.refusal("sheets_unknown", names=", ".join(refusals))
    whole.faults += [
        BadRow("sheet_unknown", None, None, {"file": table.name, "value": sheet}) for sheet in refusals
    ]
    return whole
