"""Refusals as pages: every one says what is wrong and offers a way on."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import translation

from kontor.errors import Invalid, Refused
from kontor.sentences import explain
from kontor.sentences.status import status_of

from . import wording


class ErrorPages:
    """Middleware: a refusal or an unknown address becomes a page, also where DEBUG is on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.path.startswith(("/api/", "/admin/")):
            return None
        if isinstance(error, Refused | Invalid):
            return page(request, error)
        if isinstance(error, Http404):
            return page(request, Refused("page_unknown", address=request.path))
        return None


def page(request: HttpRequest, error: Refused | Invalid) -> HttpResponse:
    """The refusal as a page with its status."""
    status = status_of(error)
    explained = explain(error, wording.language())
    return render(request, "web/error.html", {"error": explained, "status": status}, status=status)


def unknown_page(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The last entry of the address table, and Django's handler404. An address that lacks only its last slash gets it."""
    if request.method == "GET" and not request.path.endswith("/") and _is_page(f"{request.path}/"):
        question = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
        return HttpResponsePermanentRedirect(f"{request.path}/{question}")
    return page(request, Refused("page_unknown", address=request.path))


def _is_page(path: str) -> bool:
    try:
        return resolve(path).func is not unknown_page
    except Resolver404:
        return False


def forbidden_page(request: HttpRequest, exception: PermissionDenied | None = None) -> HttpResponse:
    return page(request, Refused("not_permitted", action="open", who="-"))


def outdated_form_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW."""
    return page(request, Refused("form_outdated"))


def bad_request_page(request: HttpRequest, exception: SuspiciousOperation | None = None) -> HttpResponse:
    """Rendered without `page`: the request may name a host that is not ours, and then has no address to link to."""
    with translation.override(translation.get_language_from_request(request, check_path=True)):
        explained = explain(Refused("request_malformed"), wording.language())
        return HttpResponse(render_to_string("web/bad_request.html", {"error": explained}), status=400)


def broken_page(request: HttpRequest) -> HttpResponse:
    """Something went wrong on our side; rendered without the database, which may be what is broken."""
    return HttpResponse(render_to_string("web/broken.html"), status=500)
