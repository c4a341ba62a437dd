"""The short way to observed figures, before Django: the same answers at a twentieth of the time.

Django answers the first question of every kind (host, scheme, language, encodings; no cookie) and so decides whether
that kind is let in. Its headers serve for the next ones of the kind; only what belongs to the answer is made anew.
Whatever is not a plain answer, every refusal among it, goes the long way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.text import compress_string

from kontor.tables import canonical_json

from . import answers, citation, limits, series
from .door import DESCRIBED

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

PREFIX = "/api/v1/series/"
MOST_KINDS = 256
RANDOM = 100  # bytes at most that Django's own compression adds, so that lengths tell nothing
# What decides how Django takes a request, beside the question itself.
KIND = (
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "wsgi.url_scheme",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING",
)
UNUSUAL = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_AUTHORIZATION")
OWN = {"content-length", "etag", "link", "ratelimit", "ratelimit-policy"}  # headers of one answer alone
ASKED = {"area", "period", "as_of"}


class ShortWay:
    """A WSGI application around Django's."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._kinds: dict[tuple[str | None, ...], Headers] = {}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        kind = _kind(environ)
        if kind is None:
            return self._application(environ, start_response)
        if kind not in self._kinds:
            return self._application(environ, self._learning(kind, start_response))
        allowance = environ[limits.TAKEN] = limits.take(environ)
        if allowance is None or allowance.remaining >= 0:
            answer = _answer(environ)
            if answer is not None:
                headers, body = _dressed(*answer, self._kinds[kind])
                start_response("200 OK", [*headers, *(allowance.headers.items() if allowance else ())])
                return [body]
        return self._application(environ, start_response)

    def _learning(
        self, kind: tuple[str | None, ...], start_response: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Keeps the headers that Django gives to an answer of this kind."""

        def started(status: str, headers: Headers, *rest: Any) -> Any:
            names = {name.lower() for name, _ in headers}
            if status.startswith("200") and "set-cookie" not in names and len(self._kinds) < MOST_KINDS:
                self._kinds[kind] = headers
            return start_response(status, headers, *rest)

        return started


def _kind(environ: Environ) -> tuple[str | None, ...] | None:
    """What the request is like beside its question; None where Django has to look at it itself."""
    path = environ.get("PATH_INFO", "")
    if environ.get("REQUEST_METHOD") != "GET" or not path.startswith(PREFIX) or not path.isascii():
        return None
    if any(environ.get(name) for name in UNUSUAL):
        return None
    return tuple(environ.get(name) for name in KIND)


def _answer(environ: Environ) -> tuple[bytes, list[str]] | None:
    """The body and the addresses of its licences; None where the answer is not simply that."""
    parts = environ["PATH_INFO"].removeprefix(PREFIX).split("/")
    try:
        asked = parse_qs(
            environ.get("QUERY_STRING", ""),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        )
        as_of = asked.get("as_of", [""])
        if not all(parts) or not asked.keys() <= ASKED or len(as_of) != 1:
            return None
        if len(parts) == 1:
            areas, periods = _codes(asked.get("area", [])), _codes(asked.get("period", []))
            if not areas:
                return None
            body, shown = series.series_text(parts[0], areas, periods, as_of=as_of[0])
        elif len(parts) == 3 and asked.keys() <= {"as_of"}:
            content, shown = series.figure_of(*parts, as_of=as_of[0])
            body = canonical_json.write(content)
        else:
            return None
    except Exception:  # told, and written down, on the long way
        return None
    return body, citation.licences(shown)


def _codes(given: list[str]) -> list[str]:
    return list(dict.fromkeys(code for text in given for part in text.split(",") if (code := part.strip())))


def _dressed(body: bytes, licences: list[str], learnt: Headers) -> tuple[Headers, bytes]:
    """The answer with the headers of its kind and its own, packed where the kind is."""
    tag = f'"{hashlib.sha256(body).hexdigest()}"'
    if ("Content-Encoding", "gzip") in learnt:
        body, tag = compress_string(body, max_random_bytes=RANDOM), f"W/{tag}"
    kept = [header for header in learnt if header[0].lower() not in OWN]
    links = ", ".join(filter(None, (answers.licence_links(licences), DESCRIBED)))
    return [*kept, ("Content-Length", str(len(body))), ("ETag", tag), ("Link", links)], body
