"""The data beside the pages of series and figures: exactly what one sees there, as CSV, JSON or Parquet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kontor.comparison.queries import series as queries
from kontor.comparison.queries import series_export
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.series import Series
from kontor.errors import Refused
from kontor.league import queries as league
from kontor.tables import canonical_json, csv_text, parquet

from . import as_of, asked, wording

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": parquet.MEDIA_TYPE}


def series_data(request: HttpRequest, variable: str, slug: str, form: str) -> HttpResponse:
    """The figures of the page, with the same `?from=`, `?to=` and `?as_of=`."""
    _check(form)
    city, ground = league.city_by_slug(slug), as_of.ground(request)
    first, last = asked.span(request)
    series = queries.series(ground, variable, city, first=first, last=last or "9999")
    return _answer(ground, series, form, name=_name(series), vintages=False)


def figure_data(request: HttpRequest, variable: str, slug: str, period: str, form: str) -> HttpResponse:
    """Every version of one figure."""
    _check(form)
    city, ground = league.city_by_slug(slug), as_of.ground(request)
    series = queries.series(ground, variable, city, first=period, last=period)
    if not series.points:
        raise Refused("period_unknown", period=period, known=", ".join(series.periods))
    return _answer(ground, series, form, name=f"{_name(series)}-{period}", vintages=True)


def _check(form: str) -> None:
    if form not in TYPES:
        raise Refused("format_unknown", value=form, known=", ".join(TYPES))


def _name(series: Series) -> str:
    return f"{series.variable.replace(':', '-')}-{series.city.slug}"


def _answer(ground: Basis, series: Series, form: str, *, name: str, vintages: bool) -> HttpResponse:
    language = wording.language()
    rows = series_export.rows(ground, series, vintages=vintages, language=language)
    if form == "csv":
        content = csv_text.write(rows, list(series_export.COLUMNS))
    elif form == "json":
        content = canonical_json.write(series_export.document(ground, series, rows, language=language))
    else:
        facts = series_export.metadata(ground, series, rows, language=language)
        content = parquet.write(rows, series_export.COLUMNS, facts)
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = f'inline; filename="{name}.{form}"'
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
