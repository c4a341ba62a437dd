"""The interface explained to people: a page without scripts, made from the OpenAPI document."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, engines
from django.template.loader import get_template
from django.utils.translation import override
from ninja.openapi.schema import OpenAPISchema

from kontor.league.rules import LANGUAGES

from . import answers, description, parameters, problems, wording
from .v1 import api

PAGES = Path(__file__).parent / "pages"
TAGS = {"en": "en", "de": "de", "zh-hans": "zh-Hans"}


def docs(request: HttpRequest) -> HttpResponse:
    """In the language of `?language=`, else in the one that the client prefers."""
    asked = request.GET.get("language")
    language = parameters.language_of(asked) if asked else problems.language_of(request)
    with override(language):
        response = HttpResponse(_page("docs.html").render(_content(request, language), request))
    response["Content-Language"] = TAGS[language]
    response["Vary"] = "Accept-Language"
    return response


def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    return answers.json(_schema())


@cache
def _schema() -> OpenAPISchema:
    return api.get_openapi_schema()


@cache
def _page(name: str) -> Any:
    """A template of this folder; the interface is no Django application, so no loader finds it."""
    return engines["django"].from_string((PAGES / name).read_text(encoding="utf-8"))


def _frame() -> Any:
    """The site's own frame, or a bare one where the pages are not installed."""
    try:
        found: Any = get_template("web/base.html")
    except TemplateDoesNotExist:
        found = _page("bare.html")
    return found.template


def _content(request: HttpRequest, language: str) -> dict[str, Any]:
    words = wording.words()
    schema = _schema()
    links = [
        {
            "text": name,
            "code": TAGS[code],
            "url": f"{request.path}?language={code}",
            "current": code == language,
        }
        for code, name in settings.LANGUAGES
    ]
    return {
        "frame": _frame(),
        "words": {name: texts[language] for name, texts in words["titles"].items()},
        "rules": [rule[language] for rule in words["rules"]],
        "operations": description.operations(schema, language),
        "problems": [
            {**problem, "text": wording.status(problem["status"], language)}
            for problem in description.problem_codes()
        ],
        "languages": links,
        "alternates": [
            {"code": TAGS[code], "url": request.build_absolute_uri(f"{request.path}?language={code}")}
            for code in LANGUAGES
        ],
        "html_lang": TAGS[language],
    }
