"""Tables by municipality (LAU 2019), added up to the cities and greater cities that are unions of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from kontor.engines import flags
from kontor.engines.crosswalk import Crosswalk, Share

from .. import crosswalks
from ..rules import Figure, Reading
from . import Context, layouts
from .broad_form import read_broad
from .districts import is_additive
from .recognition import recognise
from .tables import open_table

CITIES = ("urban_audit", "2019")  # the codes by which the table of municipalities names the unions
Parts = dict[str, Figure]  # by municipality


def read(path: Path, context: Context, name: str | None = None) -> Reading:
    """Sums of whole municipalities; a city that lacks one has no figure, and is named with what it lacks.

    Invalid: "header_wrong" and what else is wrong with the whole file.
    """
    unions = _unions(context.codes.get(CITIES, {}))
    with open_table(path, name=name, progress=context.progress) as table:
        found = recognise(table, layouts.publication("lau").layouts)
        # Municipalities stand in for cities, so that each of their cells is checked as a figure's is.
        ours = {part: part for union in unions.values() for part in union.areas}
        in_parts = replace(
            context, codes={found.layout.areas[0].key: ours}, source_of=lambda variable, area: ""
        )
        reading = read_broad(table, found, in_parts, prepare=lambda piece, checker: piece)
    return _added_up(reading, unions, context, heading=found.layout.columns.area)


def _unions(codes: Mapping[str, str]) -> dict[str, Crosswalk]:
    """City -> how it is made of municipalities. A code that the table gives to two units by mistake is none."""
    units = crosswalks.units_of_2019()
    count = Counter(unit.code for unit in units)
    return {
        codes[unit.code]: Crosswalk(
            "lau",
            "2019",
            "2019",
            "municipalities",
            tuple(Share(part, codes[unit.code], crosswalks.WHOLE) for part in unit.municipalities),
        )
        for unit in units
        if unit.code in codes and count[unit.code] == 1
    }


def _added_up(parts: Reading, unions: Mapping[str, Crosswalk], context: Context, *, heading: str) -> Reading:
    """The reading with figures of cities in place of those of municipalities."""
    cells: dict[tuple[str, str], Parts] = defaultdict(dict)
    for figure in parts.figures:
        cells[figure.variable, figure.period][figure.area] = figure
    reading = replace(parts, read=parts.read - len(parts.figures), figures=[])
    for (variable, period), known in sorted(cells.items()):
        for city, union in sorted(unions.items()):
            found = {part: known[part] for part in union.areas if part in known}
            if not found:
                continue
            reading.read += 1
            if made := _sum(found, union, city, context):
                reading.figures.append(made)
                continue
            lacking = " ".join(sorted(union.areas - found.keys())) or " ".join(sorted(union.areas))
            facts = {"value": f"{city} {variable} {period}", "parts": lacking}
            reading.skipped.add(
                "municipality_missing", [min(one.row for one in found.values())], heading, **facts
            )
    return reading


def _sum(found: Parts, union: Crosswalk, city: str, context: Context) -> Figure | None:
    """None where a municipality is missing, or figures of several may not be added."""
    first = min(found.values(), key=lambda figure: figure.row)
    values: dict[str, Decimal] = {part: figure.value for part, figure in found.items()}
    additive = is_additive(context.variables[first.variable]["unit"])
    made = union.convert(values, additive=additive).figures.get(city)
    if made is None:
        return None
    return first._replace(
        area=city,
        value=made.value,
        flags=flags.write(flags.merge(figure.flags for figure in found.values())),
        source=context.source_of(first.variable, city),
        conversion=made.recipe,
    )
