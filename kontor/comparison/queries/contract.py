"""A comparison in the shape that other programs read (docs/reference/compare.md)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from kontor.errors import Refused
from kontor.indicators import queries as indicators
from kontor.league.rules import LANGUAGES

from .basis import basis
from .standings import Comparison, Standing, compare


def comparison(
    code: str, *, period: str | None = None, as_of: str | None = None, cities: Collection[str] = ()
) -> dict[str, Any]:
    """The comparison of an indicator. `cities` filters the list alone: peers and averages stay those of all.

    Refused: indicator_unknown, release_unknown, period_unknown, no_figures, city_unknown.
    """
    ground = basis(as_of)
    for city in cities:
        if city not in ground.cities:
            raise Refused("city_unknown", city=city)
    return as_json(compare(ground, indicators.definition(code), period), cities=cities)


def as_json(found: Comparison, *, cities: Collection[str] = ()) -> dict[str, Any]:
    """The whole comparison as plain values; a key whose method does not apply is None."""
    field = found.field
    definition = field.definition
    return {
        "indicator": definition.code,
        "definition": definition.key,
        "period": field.period,
        "as_of": found.basis.known.label,
        "unit": in_languages(definition.content["unit_label"]),
        "direction": definition.direction,
        "kind": definition.kind,
        "limits": field.limits,
        "league": {
            "value": number(field.league_value),
            "statistic": field.statistic,
            "cities": len(field.reporting),
            "overdispersion": None
            if field.funnel is None
            else {"phi": number(field.funnel.phi), "tau2": number(field.funnel.tau2 * definition.factor**2)},
        },
        "cities": [
            city(standing) for standing in found.standings if not cities or standing.city.code in cities
        ],
    }


def city(standing: Standing) -> dict[str, Any]:
    """One city of a comparison."""
    value, gap = standing.value, standing.gap
    row: dict[str, Any] = {
        "city": standing.city.code,
        "name": in_languages(standing.city.names),
        "value": number(value.value),
        "numerator": number(value.numerator),
        "denominator": number(value.denominator),
        "low": number(value.low),
        "high": number(value.high),
        "shrunk": None,
        "shrunk_low": None,
        "shrunk_high": None,
        "peer_median": number(gap.median) if gap else None,
        "gap": number(gap.gap) if gap else None,
        "gap_low": number(gap.low) if gap else None,
        "gap_high": number(gap.high) if gap else None,
        "funnel": standing.funnel or None,
        "rank_low": None,
        "rank_high": None,
        "flags": list(value.flags),
        "flags_of_inputs": {variable: list(letters) for variable, letters in value.flags_of_inputs},
        "comparability": standing.comparability.grade,
        "comparability_reasons": [reason.short for reason in standing.comparability.reasons],
        "verdict": standing.verdict,
        "peers": list(standing.peers),
        "releases": list(value.releases),
        "sources": list(value.sources),
    }
    if standing.city.demonstration:
        row["demonstration"] = True
    return row


def in_languages(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts in the order of the league's languages: databases keep JSON keys in orders of their own."""
    return {language: texts[language] for language in LANGUAGES if language in texts}


def number(value: float | None) -> float | int | None:
    """Whole numbers as integers, others to twelve significant digits, nan as None."""
    if value is None or math.isnan(value):
        return None
    if float(value).is_integer() and abs(value) < 1e15:
        return int(value)
    return float(f"{value:.12g}")
