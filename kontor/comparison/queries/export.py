"""Indicator values as rows to take away: each row carries its limits, marks, release, source and licence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from kontor.indicators import codelists
from kontor.indicators.queries import Definition
from kontor.league import queries as league
from kontor.observations.queries import releases
from kontor.observations.queries.values import LIMITS, Value

from .basis import Basis
from .contract import number
from .standings import comparabilities, period_of, table

Row = dict[str, Any]

# Column -> DuckDB type. Columns may be added, never renamed.
COLUMNS = {
    "area": "VARCHAR",
    "area_name": "VARCHAR",
    "country": "VARCHAR",
    "indicator": "VARCHAR",
    "definition": "VARCHAR",
    "period": "VARCHAR",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "numerator": "DOUBLE",
    "denominator": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "limits": "VARCHAR",
    "flags": "VARCHAR[]",
    "flags_of_inputs": "VARCHAR[]",
    "year_offset": "INTEGER",
    "comparability": "VARCHAR",
    "comparability_reasons": "VARCHAR[]",
    "releases": "VARCHAR[]",
    "as_of": "VARCHAR",
    "source_codes": "VARCHAR[]",
    "source": "VARCHAR",
    "licence": "VARCHAR",
    "demonstration": "BOOLEAN",
}


def select(
    basis: Basis, definition: Definition, areas: Collection[str] = (), periods: Collection[str] = ()
) -> list[Value]:
    """The values of some areas (of all without a name) in some periods (in all), by period and area.

    Refused("period_unknown") for a period without any value.
    """
    held = table(basis, definition)
    for period in periods:
        period_of(basis, definition, period)
    chosen = [
        value
        for period in sorted(set(periods) or held.by_period)
        for value in held.by_period[period]
        if value.area in basis.cities and (not areas or value.area in areas)
    ]
    return sorted(chosen, key=lambda value: (value.period, value.area))


def rows(
    basis: Basis,
    definition: Definition,
    areas: Collection[str] = (),
    periods: Collection[str] = (),
    *,
    language: str = "en",
) -> list[Row]:
    """One row per area and period with the keys of COLUMNS; `language` is that of names, unit and source."""
    return [
        row(basis, definition, value, language=language)
        for value in select(basis, definition, areas, periods)
    ]


def row(basis: Basis, definition: Definition, value: Value, *, language: str = "en") -> Row:
    """One value as a row."""
    city = basis.cities[value.area]
    comparability = comparabilities(basis, definition, value.period)[value.area]
    return {
        "area": value.area,
        "area_name": city.name(language),
        "country": city.country,
        "indicator": definition.code,
        "definition": definition.key,
        "period": value.period,
        "value": number(value.value),
        "unit": definition.text("unit_label", language),
        "numerator": number(value.numerator),
        "denominator": number(value.denominator),
        "low": number(value.low),
        "high": number(value.high),
        "limits": LIMITS.get(definition.kind, "none"),
        "flags": list(value.flags),
        "flags_of_inputs": [f"{variable}={letters}" for variable, letters in value.flags_of_inputs],
        "year_offset": value.offset,
        "comparability": comparability.grade,
        "comparability_reasons": [reason.short for reason in comparability.reasons],
        "releases": list(value.releases),
        "as_of": basis.known.label,
        "source_codes": list(value.sources),
        "source": _joined(value.sources, "attribution", language),
        "licence": _joined(value.sources, "licence", language),
        "demonstration": value.demonstration or city.demonstration,
    }


def _joined(sources: Sequence[str], name: str, language: str) -> str:
    texts = [_text(codelists.sources()[source][name], language) for source in sources]
    return "; ".join(dict.fromkeys(texts))


def _text(entry: Any, language: str) -> str:
    return str(entry[language]) if isinstance(entry, dict) else str(entry)


def attributions(sources: Iterable[str], *, language: str = "en") -> list[dict[str, str]]:
    """What must be shown beside figures of these sources, in the order of the code list."""
    wanted = set(sources)
    return [
        {"source": key, **{name: _text(entry[name], language) for name in _ATTRIBUTION}}
        for key, entry in codelists.sources().items()
        if key in wanted
    ]


_ATTRIBUTION = ("title", "attribution", "licence", "licence_url", "url")


def citation(basis: Basis, definition: Definition, sources: Iterable[str], *, language: str = "en") -> str:
    """One line to cite: league, indicator, unit, definition, release with its day, attributions."""
    found = league.league()
    names = found.names if found else {}
    parts = [
        f"{names.get(language) or names.get('en') or 'Kontor'}: {definition.text('title', language)}, "
        f"{definition.text('unit_label', language)} ({definition.key})",
        released(basis),
        *(entry["attribution"] for entry in attributions(sources, language=language)),
    ]
    return ". ".join(part for part in parts if part) + "."


def released(basis: Basis) -> str:
    """`r1, 2026-11-22`: the release that the figures are as of, with its day; empty where there is none."""
    label = basis.known.label
    return f"{label}, {releases.release(label).published_at.date().isoformat()}" if label else ""


def wording(definition: Definition) -> dict[str, Any]:
    """What a reader of the rows must know of the definition, texts in every language."""
    texts = ("title", "short", "unit_label", "numerator", "denominator")
    return {
        "key": definition.key,
        "code": definition.code,
        "version": definition.version,
        "sha256": definition.sha256,
        "kind": definition.kind,
        "direction": definition.direction,
        "formula": definition.formula,
        "unit": definition.unit,
        "scale": number(definition.scale),
        "decimals": definition.decimals,
        **{name: definition.content[name] for name in texts if name in definition.content},
    }


def document(
    basis: Basis, definition: Definition, listed: list[Row], *, language: str = "en"
) -> dict[str, Any]:
    """The rows with everything that has to travel with them, for JSON."""
    sources = {source for row in listed for source in row["source_codes"]}
    found: dict[str, Any] = {
        "citation": citation(basis, definition, sources, language=language),
        "attributions": attributions(sources, language=language),
        "definition": wording(definition),
        "as_of": basis.known.label,
        "rows": listed,
    }
    if any(row["demonstration"] for row in listed):
        found["demonstration"] = True
    return found


def metadata(
    basis: Basis, definition: Definition, listed: list[Row], *, language: str = "en"
) -> dict[str, str]:
    """The same for the metadata of a Parquet file."""
    sources = {source for row in listed for source in row["source_codes"]}
    entries = attributions(sources, language=language)
    return {
        "citation": citation(basis, definition, sources, language=language),
        "licence": "; ".join(dict.fromkeys(entry["licence"] for entry in entries)),
        "licence_url": "; ".join(dict.fromkeys(entry["licence_url"] for entry in entries)),
        "definition": definition.key,
        "definition_sha256": definition.sha256,
        "as_of": basis.known.label,
        "demonstration": "true" if any(row["demonstration"] for row in listed) else "false",
    }
