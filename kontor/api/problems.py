"""Refusals and bad input as problem details (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

from kontor.errors import Invalid, Refused
from kontor.sentences import explain
from kontor.sentences.status import status_of
from kontor.tables import canonical_json

from . import wording

MEDIA_TYPE = "application/problem+json"

# Those that a reader can meet; the docs page explains them.
FOR_READERS = (
    "address_unknown",
    "answer_too_large",
    "city_unknown",
    "definition_version_unknown",
    "figure_withdrawn",
    "format_unknown",
    "indicator_unknown",
    "invalid",
    "language_unknown",
    "method_not_allowed",
    "no_figures",
    "parameter_unknown",
    "period_unknown",
    "release_altered",
    "release_archived",
    "release_unknown",
    "resolution_unknown",
    "server_fault",
    "too_many_requests",
    "variable_unknown",
)


def language_of(request: HttpRequest) -> str:
    """The language that the client prefers among ours (Accept-Language)."""
    return str(get_language_from_request(request))


def type_of(request: HttpRequest, code: str) -> str:
    """The address that explains a code: its line on the docs page."""
    return request.build_absolute_uri(f"/api/v1/docs#{code}")


def details(request: HttpRequest, error: Refused | Invalid) -> dict[str, Any]:
    """The members of the problem; `rows` only where the input has bad places."""
    language = language_of(request)
    explained = explain(error, language)
    status = status_of(error)
    found = {
        "type": type_of(request, error.code),
        "title": wording.status(status, language),
        "status": status,
        "detail": explained["message"],
        "code": error.code,
        "instance": request.get_full_path(),
    }
    if isinstance(error, Invalid):
        found["rows"] = explained["rows"]
    return found


def answer(request: HttpRequest, error: Refused | Invalid) -> HttpResponse:
    """The problem as a response."""
    content = details(request, error)
    response = HttpResponse(canonical_json.write(content), status=content["status"], content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = language_of(request)
    response["Vary"] = "Accept-Language"
    return response
