"""Comparisons, and the values they compare."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kontor.comparison.queries import contract, export
from kontor.comparison.queries.basis import basis
from kontor.indicators import queries as indicators
from kontor.league.rules import LANGUAGES

from . import answers, citation, parameters, schemas
from .parameters import Readings, asked, named

router = Readings(tags=["comparison"])

INDICATOR = named("indicator")


@router.at("/compare/{indicator}", response=schemas.Comparison)
def comparison(
    request: HttpRequest,
    indicator: str = INDICATOR,
    period: str = asked("period", "", word="period_compared"),
    city: str = asked("city", ""),
    as_of: str = asked("as_of", ""),
) -> HttpResponse:
    chosen = parameters.codes(request, "city")
    found = contract.comparison(indicator, period=period or None, as_of=as_of or None, cities=chosen)
    sources = {source for row in found["cities"] for source in row["sources"]}
    definition = indicators.definition(indicator)
    shown = export.attributions(sources)
    content = {
        **found,
        "citation": export.citation(basis(as_of or None), definition, sources),
        "attributions": shown,
    }
    return answers.json(content, licences=citation.licences(shown))


@router.at("/data/{indicator}", response=schemas.Data)
def data(
    request: HttpRequest,
    indicator: str = INDICATOR,
    area: str = asked("area", ""),
    period: str = asked("period", ""),
    as_of: str = asked("as_of", ""),
    format: str = asked("format", "json", enum=answers.FORMATS),
    language: str = asked("language", "en", enum=LANGUAGES),
) -> HttpResponse:
    ground = basis(as_of or None)
    definition = indicators.definition(indicator)
    areas = parameters.cities(request, "area", ground.cities)
    periods = parameters.codes(request, "period")
    chosen, spoken = parameters.format_of(format), parameters.language_of(language)
    answers.check_size(len(export.select(ground, definition, areas, periods)))
    rows = export.rows(ground, definition, areas, periods, language=spoken)
    licences = citation.licences(export.attributions({code for row in rows for code in row["source_codes"]}))
    if chosen == "json":
        return answers.json(export.document(ground, definition, rows, language=spoken), licences=licences)
    return answers.table(
        rows,
        export.COLUMNS,
        format=chosen,
        name=f"{indicator}-{ground.known.label or 'none'}",
        metadata=export.metadata(ground, definition, rows, language=spoken),
        licences=licences,
    )
