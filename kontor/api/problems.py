"""Refusals and bad input as problem details (RFC 9457), with the status of every code in one table."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

from kontor.errors import Invalid, Refused
from kontor.sentences import explain
from kontor.tables import canonical_json

from . import wording

MEDIA_TYPE = "application/problem+json"

# What cannot be found is 404, what cannot be understood 400, what a rule forbids 403, 409 or 422.
_CODES = {
    400: """
        answer_too_large event_kind_malformed file_missing format_unknown importer_unknown instant_without_zone
        invalid language_unknown parameter_malformed parameter_missing parameter_unknown reference_malformed
        request_malformed text_missing_in_language time_zone_unknown
        """,
    403: "not_permitted",
    404: """
        account_unknown address_unknown capability_unknown city_unknown clause_unknown
        definition_version_unknown indicator_unknown no_figures period_unknown person_unknown
        release_unknown resolution_unknown variable_unknown
        """,
    405: "method_not_allowed",
    409: "account_exists city_exists definition_changed league_exists release_empty resolution_exists",
    422: """
        city_not_a_member definitions_missing formula_syntax formula_too_deep formula_too_long
        formula_unknown_name input_units_differ mandate_needs_member_city real_and_invented_never_mix
        unit_mismatch unit_sum_mismatch unit_unknown
        """,
    429: "too_many_requests",
    500: "event_outside_transaction release_altered server_fault",
}
STATUS = {code: status for status, codes in _CODES.items() for code in codes.split()}

# Those that a reader can meet; the docs page explains them.
FOR_READERS = (
    "address_unknown",
    "answer_too_large",
    "city_unknown",
    "definition_version_unknown",
    "format_unknown",
    "indicator_unknown",
    "invalid",
    "language_unknown",
    "method_not_allowed",
    "no_figures",
    "parameter_unknown",
    "period_unknown",
    "release_altered",
    "release_unknown",
    "resolution_unknown",
    "server_fault",
    "too_many_requests",
    "variable_unknown",
)


def status_of(error: Refused | Invalid) -> int:
    """The HTTP status of a refusal; what the table does not name is a fault of ours."""
    return STATUS.get(error.code, 500)


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
