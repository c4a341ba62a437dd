"""The starter table: city_code, variable, period, value, flag. The league's own figures come in the same layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..rules import Reading
from . import Context
from .layouts import AreaList, Columns, Layout
from .long_form import read_long
from .recognition import recognise
from .tables import open_table

LAYOUT = Layout(
    name="starter",
    prefix="starter",
    areas=(AreaList(shape=".*"),),  # the league's own codes, and every row is for us
    columns=Columns(area="city_code", variable="variable", period="period", value="value", flag="flag"),
    others=False,
)


def read(path: Path, context: Context, name: str | None = None) -> Reading:
    """Published figures of the starter league; variables get the prefix `starter:`."""
    return _read(path, context, name, LAYOUT)


def read_league(path: Path, context: Context, name: str | None = None) -> Reading:
    """Figures that member cities report; variables get the prefix `league:`."""
    return _read(path, context, name, replace(LAYOUT, prefix="league"))


def _read(path: Path, context: Context, name: str | None, layout: Layout) -> Reading:
    with open_table(path, name=name, progress=context.progress) as table:
        return read_long(table, recognise(table, [layout]), context)
