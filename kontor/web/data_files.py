"""The data beside each page: `/en/cities/berlin.csv`, `.json`; the same rows that the API gives."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse

from kontor.comparison.queries import export
from kontor.comparison.queries.basis import Basis
from kontor.errors import Refused
from kontor.indicators import queries as indicators
from kontor.league import queries as league
from kontor.observations.queries import releases
from kontor.tables import canonical_json, csv_text

from . import as_of, wording

CHANGE_COLUMNS = (
    "kind",
    "area",
    "variable",
    "period",
    "before",
    "after",
    "flags_before",
    "flags_after",
    "reason",
    "demonstration",
)
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def _answer(name: str, form: str, content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = f'inline; filename="{name}.{form}"'
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _check(form: str) -> None:
    if form not in TYPES:
        raise Refused("format_unknown", value=form, known=", ".join(TYPES))


def city_data(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """All indicator values of one city, all years."""
    _check(form)
    city = league.city_by_slug(slug)
    ground = as_of.ground(request)
    listed = [
        row
        for definition in indicators.definitions()
        for row in export.rows(ground, definition, [city.code], language=wording.language())
    ]
    if form == "csv":
        return _answer(city.slug, form, csv_text.write(listed, list(export.COLUMNS)))
    return _answer(city.slug, form, canonical_json.write(_city_document(ground, city, listed)))


def _city_document(ground: Basis, city: league.CityRecord, listed: list[export.Row]) -> dict[str, object]:
    sources = {source for row in listed for source in row["source_codes"]}
    document: dict[str, object] = {
        "city": city.code,
        "name": city.names,
        "as_of": ground.known.label,
        "attributions": export.attributions(sources, language=wording.language()),
        "rows": listed,
    }
    if city.demonstration:
        document["demonstration"] = True
    return document


def indicator_data(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """All cities of one indicator; `?period=` and `?area=` (comma-separated) narrow it."""
    _check(form)
    definition = indicators.definition(code)
    ground = as_of.ground(request)
    areas = [area for area in request.GET.get("area", "").split(",") if area]
    for area in areas:
        if area not in ground.cities:
            raise Refused("city_unknown", city=area)
    periods = [period for period in request.GET.get("period", "").split(",") if period]
    listed = export.rows(ground, definition, areas, periods, language=wording.language())
    if form == "csv":
        return _answer(code, form, csv_text.write(listed, list(export.COLUMNS)))
    document = export.document(ground, definition, listed, language=wording.language())
    return _answer(code, form, canonical_json.write(document))


def release_changes(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """What a release added, revised and withdrew, all rows."""
    _check(form)
    release = releases.release(slug)
    listed = [asdict(change) | {"demonstration": release.demonstration} for change in releases.diff(slug)]
    name = f"{release.id}-changes"
    if form == "csv":
        return _answer(name, form, csv_text.write(listed, CHANGE_COLUMNS))
    return _answer(
        name,
        form,
        canonical_json.write({"release": release.id, "demonstration": release.demonstration, "rows": listed}),
    )
