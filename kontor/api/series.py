"""Observed figures with their vintages."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from kontor.comparison.queries import export
from kontor.comparison.queries.basis import basis
from kontor.errors import Refused
from kontor.league.rules import LANGUAGES
from kontor.observations.queries import figures
from kontor.observations.queries.figures import Cell, Tombstone
from kontor.observations.queries.releases import AsOf
from kontor.sentences import reason
from kontor.tables import canonical_json

from . import answers, citation, parameters, problems, schemas
from .indicators import variable as variable_of
from .parameters import Readings, asked, named

router = Readings(tags=["observations"])

MOST_SERIES = 2000  # figures whose vintages one answer may look up

Versions = list[tuple[Cell | Tombstone, bool]]  # each with whether it holds now

FIGURES = {
    "area": "VARCHAR",
    "variable": "VARCHAR",
    "period": "VARCHAR",
    "value": "DECIMAL(28,10)",
    "unit": "VARCHAR",
    "flags": "VARCHAR[]",
    "release": "VARCHAR",
    "current": "BOOLEAN",
    "withdrawn": "BOOLEAN",
    "file": "VARCHAR",
    "row": "INTEGER",
    "column": "VARCHAR",
    "conversion": "VARCHAR",
    "reason": "VARCHAR",
    "as_of": "VARCHAR",
    "source_code": "VARCHAR",
    "source": "VARCHAR",
    "licence": "VARCHAR",
    "demonstration": "BOOLEAN",
}


@router.at("/series/{variable}", response=schemas.Series)
def series(
    request: HttpRequest,
    variable: str = named("variable"),
    area: str = asked("area", ..., pattern=r"[^,\s]"),  # at least one code
    period: str = asked("period", ""),
    as_of: str = asked("as_of", ""),
    format: str = asked("format", "json", enum=answers.FORMATS),
    language: str = asked("language", "en", enum=LANGUAGES),
) -> HttpResponse:
    chosen, spoken = parameters.format_of(format), parameters.language_of(language)
    areas, periods = parameters.codes(request, "area"), parameters.codes(request, "period")
    content = series_of(variable, areas, periods, as_of=as_of, language=spoken)
    shown = content["attributions"]
    licences = citation.licences(shown)
    if chosen == "json":
        return answers.json(content, licences=licences)
    name = f"{variable.replace(':', '-')}-{content['as_of'] or 'none'}"
    metadata = {
        "variable": variable,
        "as_of": content["as_of"],
        "citation": "; ".join(item["attribution"] for item in shown),
    }
    return answers.table(
        content["rows"], FIGURES, format=chosen, name=name, metadata=metadata, licences=licences
    )


@router.at("/series/{variable}/{area}/{period}", response=schemas.Figure)
def figure(
    request: HttpRequest,
    variable: str = named("variable"),
    area: str = named("city_code"),
    period: str = named("year"),
    as_of: str = asked("as_of", ""),
    language: str = asked("language", "en", enum=LANGUAGES),
) -> HttpResponse:
    spoken = parameters.language_of(language)
    content, shown = figure_of(
        variable, area, period, as_of=as_of, language=spoken, reasons_in=problems.language_of(request)
    )
    return answers.json(content, licences=citation.licences(shown))


def series_of(
    variable: str, areas: Sequence[str], periods: Sequence[str], *, as_of: str = "", language: str = "en"
) -> dict[str, Any]:
    """Every version of the figures of some cities in some periods (in all), with what must stand beside them.

    Refused: variable_unknown, release_unknown, city_unknown, period_unknown, answer_too_large.
    """
    content, rows, cells = _asked(variable, areas, periods, as_of=as_of, language=language)
    return content | {"rows": [rows.row(cell, current) for cell, current in cells]} | _mark(cells)


def series_text(
    variable: str, areas: Sequence[str], periods: Sequence[str], *, as_of: str = ""
) -> tuple[bytes, list[dict[str, str]]]:
    """`series_of` in canonical JSON, written in a third of the time, and its attributions."""
    content, rows, cells = _asked(variable, areas, periods, as_of=as_of, language="en")
    before = canonical_json.write(content)[:-1]
    after = canonical_json.write(_mark(cells))[1:]
    listed = ",".join([rows.text(cell, current) for cell, current in cells])
    joint = b"," if len(after) > 1 else b""
    return b'%s,"rows":[%s]%s%s' % (before, listed.encode(), joint, after), content["attributions"]


def _asked(
    variable: str, areas: Sequence[str], periods: Sequence[str], *, as_of: str, language: str
) -> tuple[dict[str, Any], Rows, Versions]:
    entry, ground = variable_of(variable), basis(as_of or None)
    _check_cities(areas, ground.cities)
    cells = _history(variable, areas, periods, known=ground.known)
    label = ground.known.label
    shown = export.attributions({cell.source for cell, _ in cells}, language=language)
    content = {
        "variable": variable,
        "title": entry["title"],
        "unit": entry["unit"],
        "attributions": shown,
        "as_of": label,
    }
    return content, Rows(entry["unit"], label, shown), cells


def _mark(cells: Versions) -> dict[str, bool]:
    return {"demonstration": True} if any(cell.demonstration for cell, _ in cells) else {}


def figure_of(
    variable: str, area: str, period: str, *, as_of: str = "", language: str = "en", reasons_in: str = "en"
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The figure that holds, and what must stand beside it.

    Refused: variable_unknown, release_unknown, city_unknown, period_unknown, figure_withdrawn with its reason.
    """
    entry, ground = variable_of(variable), basis(as_of or None)
    _check_cities([area], ground.cities)
    versions = figures.vintages(variable, area, period, known=ground.known)
    if not versions:
        raise Refused("period_unknown", period=period, known="-")
    found = versions[-1]
    if isinstance(found, Tombstone):
        raise Refused("figure_withdrawn", release=found.release, reason=reason(found.reason, reasons_in))
    shown = export.attributions({found.source}, language=language)
    return Rows(entry["unit"], ground.known.label, shown).row(found, True), shown


def _check_cities(areas: Sequence[str], known: Container[str]) -> None:
    for code in areas:
        if code not in known:
            raise Refused("city_unknown", city=code)


def _history(variable: str, areas: Sequence[str], periods: Sequence[str], *, known: AsOf) -> Versions:
    """Every version of every figure asked for, by area, period and release, and whether it holds now."""
    found = figures.history(variable, areas, periods, known=known)
    if len(found) > MOST_SERIES:
        raise Refused("answer_too_large", rows=len(found), limit=MOST_SERIES)
    answered = {cell.period for cell in found}
    for period in periods:
        if period not in answered:
            others = sorted({cell.period for cell in figures.history(variable, areas, known=known)})
            raise Refused("period_unknown", period=period, known=", ".join(others) or "-")
    last = {(cell.area, cell.period): cell for cell in found}
    return [(cell, cell is last[cell.area, cell.period] and not cell.withdrawn) for cell in found]


class Rows:
    """Figures as rows of an answer: as dictionaries, or as text."""

    def __init__(self, unit: str, as_of: str, attributions: Iterable[dict[str, str]]) -> None:
        self._unit, self._as_of = unit, as_of
        self._sources = {item["source"]: item for item in attributions}
        self._frames: dict[tuple[Any, ...], list[str]] = {}

    def row(self, cell: Cell | Tombstone, current: bool) -> dict[str, Any]:
        """The keys of FIGURES."""
        return {
            "area": cell.area,
            "variable": cell.variable,
            "period": cell.period,
            "value": cell.value,
            "unit": self._unit,
            "flags": list(cell.flags),
            "release": cell.release,
            "current": current,
            "withdrawn": cell.withdrawn,
            "file": cell.file,
            "row": cell.row,
            "column": cell.column,
            "conversion": cell.conversion,
            "reason": cell.reason,
            "as_of": self._as_of,
            "source_code": cell.source,
            "source": self._sources[cell.source]["attribution"],
            "licence": self._sources[cell.source]["licence"],
            "demonstration": cell.demonstration,
        }

    def text(self, cell: Cell | Tombstone, current: bool) -> str:
        """`row` in canonical JSON. What rows have in common is written once, and only what differs put into it."""
        area, variable, period, value, flags, source, file, number, *rest = cell
        kind = (variable, flags, source, file, current, *rest)
        frame = self._frames.get(kind)
        if frame is None:
            blank = self.row(cell, current) | dict.fromkeys(("area", "period", "value", "row"), MARK)
            frame = self._frames[kind] = canonical_json.write(blank).decode().split(f'"{MARK}"')
        digits = "null" if value is None else f'"{_plain(value)}"'
        before, to_period, to_value, to_row, after = frame
        return f"{before}{_quoted(area)}{to_period}{_quoted(period)}{to_value}{digits}{to_row}{number}{after}"


MARK = "\ufffe\ufffe"  # in no text: no character of Unicode
_quoted = json.encoder.encode_basestring


def _plain(value: Decimal) -> str:
    """Without an exponent, which few have; asking for none takes four times as long."""
    text = str(value)
    return f"{value:f}" if "E" in text else text
