"""Addresses of the interface; mounted at `api/`. Every one of them stands behind the door."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView

from . import configuration, docs
from .door import guard
from .v1 import api


def unknown(request: HttpRequest) -> HttpResponse:
    """Everything below that is none of ours."""
    raise Http404


_patterns, _, _namespace = api.urls
_front = RedirectView.as_view(url="/api/v1/docs")

urlpatterns: list[URLPattern | URLResolver] = [
    guard(path("config", configuration.configuration, name="config")),
    guard(path("", _front, name="api_front")),
    guard(path("v1/", _front, name="api_front_v1")),
    guard(path("v1/openapi.json", docs.document, name="api_document")),
    guard(path("v1/docs", docs.docs, name="api_docs")),
    path("v1/", ([guard(pattern) for pattern in _patterns], "ninja", _namespace)),
    guard(re_path("", unknown)),
]
