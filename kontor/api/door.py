"""What holds for every address: reading only, limits, open to other origins, 304 for what is known."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.urls import URLPattern
from django.utils.http import parse_etags

from kontor.errors import Invalid, Refused

from . import limits, problems

OURS = "kontor.api.urls"
METHODS = "GET, HEAD, OPTIONS"
EXPOSED = "Content-Disposition, ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
DESCRIBED = '</api/v1/openapi.json>; rel="service-desc"'
LOG = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]


def guarded(view: View, *, counted: bool = True) -> View:
    """The view behind the door. What is not `counted` does not use up the client's allowance."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        method, allowance = request.method, None
        request.urlconf = OURS  # or a 404 would be sent on to a page in some language
        if method == "OPTIONS":
            return _open(_preflight())
        if counted:  # on the short way or here
            allowance = request.META.get(limits.TAKEN) or limits.take(request.META)
        response = _open(_answer(view, request, allowance, *args, **kwargs))
        if allowance:
            for name, value in allowance.headers.items():
                response[name] = value
        return _without_body(response) if method == "HEAD" else response

    entered.csrf_exempt = True  # type: ignore[attr-defined]  # nothing is written here, and a 405 is the true answer
    return entered


def guard(pattern: Any) -> URLPattern:
    """The same address behind the door."""
    assert isinstance(pattern, URLPattern)
    pattern.callback = guarded(pattern.callback, counted=pattern.name not in ("configuration", "config"))
    return pattern


def _answer(
    view: View, request: HttpRequest, allowance: limits.Allowance | None, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    try:
        if request.method not in ("GET", "HEAD"):
            raise Refused("method_not_allowed", method=request.method, known=METHODS)
        if allowance and allowance.remaining < 0:
            return _too_many(request, allowance)
        if "\x00" in request.path:  # in no code of ours, and databases refuse it
            raise Http404
        request.method = "GET"
        return _unless_known(request, view(request, *args, **kwargs))
    except Http404:
        return problems.answer(request, Refused("address_unknown", address=request.path))
    except SuspiciousOperation:  # more parameters than Django reads
        return problems.answer(request, Refused("request_malformed"))
    except (Refused, Invalid) as error:
        response = problems.answer(request, error)
        if response.status_code == 405:
            response["Allow"] = METHODS
        return response
    except Exception:
        LOG.exception("%s", request.path)
        return problems.answer(request, Refused("server_fault"))


def _unless_known(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """304 where the client names the ETag of the answer (RFC 9110, 13.1.2)."""
    known = [tag.removeprefix("W/") for tag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))]
    tag = response.get("ETag")
    if response.status_code != 200 or not tag or not (tag in known or "*" in known):
        return response
    unchanged = HttpResponseNotModified()
    for name in ("ETag", "Cache-Control", "Link", "Vary"):
        if response.has_header(name):
            unchanged[name] = response[name]
    _let_go(response)
    return unchanged


def _open(response: HttpResponseBase) -> HttpResponseBase:
    """Other origins may read, and find the description."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = EXPOSED
    response["Link"] = f"{response['Link']}, {DESCRIBED}" if response.has_header("Link") else DESCRIBED
    return response


def _preflight() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Allow"] = METHODS
    response["Access-Control-Allow-Methods"] = METHODS
    response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
    response["Access-Control-Max-Age"] = "86400"
    return response


def _too_many(request: HttpRequest, allowance: limits.Allowance) -> HttpResponse:
    error = Refused("too_many_requests", limit=allowance.limit, seconds=limits.WINDOW, wait=allowance.reset)
    response = problems.answer(request, error)
    response["Retry-After"] = str(allowance.reset)
    return response


def _without_body(response: HttpResponseBase) -> HttpResponse:
    """The headers alone, with the length that the body would have."""
    bare = HttpResponse(status=response.status_code)
    del bare["Content-Type"]
    for name, value in response.items():
        bare[name] = value
    if not response.streaming and not response.has_header("Content-Length"):
        bare["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
    _let_go(response)
    return bare


def _let_go(response: HttpResponseBase) -> None:
    """Close the file of an answer that is not sent; response.close() would announce the end of the request."""
    file = getattr(response, "file_to_stream", None)
    if file is not None:
        file.close()
