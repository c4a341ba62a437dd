"""An observed series as rows to take away: every figure with its flags, vintages, origin and attribution."""

from __future__ import annotations

from typing import Any

from kontor.indicators import codelists
from kontor.observations.queries.figures import Cell, Tombstone

from .basis import Basis
from .export import attributions
from .series import Point, Series

Row = dict[str, Any]

# Column -> DuckDB type. Columns may be added, never renamed.
COLUMNS = {
    "area": "VARCHAR",
    "area_name": "VARCHAR",
    "country": "VARCHAR",
    "variable": "VARCHAR",
    "title": "VARCHAR",
    "period": "VARCHAR",
    "value": "DECIMAL(28,10)",
    "unit": "VARCHAR",
    "flags": "VARCHAR[]",
    "vintage": "INTEGER",
    "vintages": "INTEGER",
    "current": "BOOLEAN",
    "withdrawn": "BOOLEAN",
    "reason": "VARCHAR",
    "findings": "VARCHAR[]",
    "release": "VARCHAR",
    "as_of": "VARCHAR",
    "source_code": "VARCHAR",
    "source": "VARCHAR",
    "licence": "VARCHAR",
    "file": "VARCHAR",
    "file_sha256": "VARCHAR",
    "row": "INTEGER",
    "column": "VARCHAR",
    "conversion": "VARCHAR",
    "demonstration": "BOOLEAN",
}


def rows(basis: Basis, series: Series, *, vintages: bool = False, language: str = "en") -> list[Row]:
    """One row per period, or one per version of each figure. `language` is that of names and attribution."""
    return [
        row(basis, series, point, place, language=language)
        for point in series.points
        for place in range(0 if vintages else len(point.vintages) - 1, len(point.vintages))
    ]


def row(basis: Basis, series: Series, point: Point, place: int, *, language: str = "en") -> Row:
    """One version of one figure; `place` counts from 0, the oldest."""
    cell, origin = point.vintages[place], point.origins[place]
    return {
        "area": cell.area,
        "area_name": series.city.name(language),
        "country": series.city.country,
        "variable": cell.variable,
        "title": codelists.variables()[cell.variable]["title"][language],
        "period": cell.period,
        "value": cell.value,
        "unit": codelists.variables()[cell.variable]["unit"],
        "flags": list(cell.flags),
        "vintage": place + 1,
        "vintages": len(point.vintages),
        "current": cell is point.held,
        "withdrawn": cell.withdrawn,
        "reason": cell.reason,
        "findings": [
            f"{item.kind}, {item.confidence:.2f}, {item.treatment}"
            for item in (point.findings if cell is point.held else ())
        ],
        "release": cell.release,
        "as_of": basis.known.label,
        **_from(cell, language),
        "file": cell.file,
        "file_sha256": origin.sha256 if origin else "",
        "row": cell.row or None,
        "column": cell.column,
        "conversion": cell.conversion,
        "demonstration": cell.demonstration,
    }


def _from(cell: Cell | Tombstone, language: str) -> dict[str, str]:
    entry = attributions([cell.source], language=language)[0]
    return {"source_code": cell.source, "source": entry["attribution"], "licence": entry["licence"]}


def document(basis: Basis, series: Series, listed: list[Row], *, language: str = "en") -> Row:
    """The rows with what has to travel with them, for JSON."""
    found: Row = {
        "variable": series.variable,
        "title": codelists.variables()[series.variable]["title"],
        "unit": codelists.variables()[series.variable]["unit"],
        "city": series.city.code,
        "name": series.city.names,
        "as_of": basis.known.label,
        "attributions": attributions({item["source_code"] for item in listed}, language=language),
        "rows": listed,
    }
    if series.city.demonstration:
        found["demonstration"] = True
    return found


def metadata(basis: Basis, series: Series, listed: list[Row], *, language: str = "en") -> dict[str, str]:
    """The same for the metadata of a Parquet file."""
    entries = attributions({item["source_code"] for item in listed}, language=language)
    return {
        "variable": series.variable,
        "city": series.city.code,
        "as_of": basis.known.label,
        "citation": "; ".join(entry["attribution"] for entry in entries),
        "licence": "; ".join(dict.fromkeys(entry["licence"] for entry in entries)),
        "demonstration": "true" if series.city.demonstration else "false",
    }
