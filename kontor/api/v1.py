"""Version 1 of the interface: its addresses and its OpenAPI document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from kontor.errors import Invalid, Refused

from . import (
    comparison,
    configuration,
    description,
    events,
    findings,
    indicators,
    league,
    observations,
    parameters,
    problems,
    secretariat,
    series,
    wording,
)


class Interface(NinjaAPI):
    """NinjaAPI whose document says what the door and the problems do, and calls operations as the code does."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **place: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**place)
        description.complete(schema)
        return schema


api = Interface(
    title="Kontor",
    version="1",
    description=wording.words()["titles"]["lead"]["en"],
    docs_url=None,
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}}},
)
for module in (
    configuration,
    league,
    indicators,
    observations,
    series,
    findings,
    comparison,
    events,
    secretariat,
):
    api.add_router("", module.router)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What the declared types do not take, parameter by parameter."""
    rows = []
    for fault in error.errors:
        name = str(fault["loc"][-1])
        if fault["type"] == "missing":
            rows.append(parameters.missing(name))
        else:
            rows.append(parameters.malformed(name, request.GET.get(name, "")))
    return problems.answer(request, Invalid(rows))


@api.exception_handler(Refused)
@api.exception_handler(Invalid)
def refused(request: HttpRequest, error: Refused | Invalid) -> HttpResponse:
    return problems.answer(request, error)


@api.exception_handler(Exception)
def fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """Left to the door, which writes it down."""
    raise error
