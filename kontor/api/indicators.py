"""Indicators, their definitions, and the variables they are computed from."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from kontor.comparison.queries import export, standings
from kontor.comparison.queries.basis import Basis, basis
from kontor.errors import Refused
from kontor.indicators import codelists, queries
from kontor.indicators.queries import Definition
from kontor.observations.queries.values import LIMITS

from . import answers, citation, schemas
from .parameters import Readings, named

router = Readings(tags=["indicators"])

CODE = named("indicator")


def in_short(ground: Basis, definition: Definition) -> dict[str, Any]:
    content = definition.content
    return {
        "code": definition.code,
        "key": definition.key,
        "version": definition.version,
        "topic": definition.topic,
        "kind": definition.kind,
        "direction": definition.direction,
        "limits": LIMITS.get(definition.kind, "none"),
        "title": content["title"],
        "short": content["short"],
        "unit_label": content["unit_label"],
        "decimals": definition.decimals,
        "in_force_from": definition.in_force_from,
        "cities_by_period": dict(sorted(standings.coverage(ground, definition).items())),
    }


def in_full(definition: Definition) -> dict[str, Any]:
    return {
        "key": definition.key,
        "sha256": definition.sha256,
        "factor": definition.factor,
        "content": definition.content,
    }


@router.at("/indicators", response=schemas.Indicators)
def indicators(request: HttpRequest) -> HttpResponse:
    ground = basis()
    found = [in_short(ground, definition) for definition in queries.definitions()]
    return answers.json({"count": len(found), "indicators": found})


@router.at("/indicators/{code}", response=schemas.IndicatorInFull)
def indicator(request: HttpRequest, code: str = CODE) -> HttpResponse:
    queries.definition(code)
    return answers.json({"code": code, "versions": [in_full(version) for version in queries.versions(code)]})


@router.at("/indicators/{code}/v/{int:version}", response=schemas.Definition)
def definition(
    request: HttpRequest,
    code: str = CODE,
    version: int = named("version", ge=1),
) -> HttpResponse:
    return answers.json(in_full(queries.definition(code, version)))


@router.at("/variables", response=schemas.Variables)
def variables(request: HttpRequest) -> HttpResponse:
    found = [
        {"code": code, **{name: entry[name] for name in ("unit", "title", "source", "origin", "integer")}}
        for code, entry in codelists.variables().items()
    ]
    shown = export.attributions(entry["source"] for entry in codelists.variables().values())
    content = {"count": len(found), "attributions": shown, "variables": found}
    return answers.json(content, licences=citation.licences(shown))


def variable(code: str) -> dict[str, Any]:
    """An observed variable. Refused("variable_unknown") where there is none."""
    if code not in codelists.variables():
        raise Refused("variable_unknown", value=code)
    return dict(codelists.variables()[code])
