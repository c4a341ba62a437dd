"""What this installation is and allows."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kontor.comparison.queries import export
from kontor.comparison.queries.basis import basis
from kontor.events import queries as events
from kontor.league import queries as league
from kontor.league.rules import LANGUAGES
from kontor.observations.queries import releases

from . import answers, citation, limits, observations, schemas, series
from . import events as record
from .parameters import Readings

router = Readings(tags=["configuration"])


@cache
def version() -> str:
    """The version of this software, as its project file says."""
    return str(tomllib.loads((settings.PROJECT / "pyproject.toml").read_text())["project"]["version"])


@router.at("/config", response=schemas.Configuration)
def configuration(request: HttpRequest) -> HttpResponse:
    found, newest, (position, digest) = league.league(), releases.newest(), events.head()
    names = found.names if found else {"en": "Kontor"}
    shown = [*export.attributions(citation.all_sources()), citation.GEONAMES]
    content = {
        "name": names,
        "version": version(),
        "languages": list(found.languages if found else LANGUAGES),
        "limits": _limits(),
        "citation": _citation(request, names.get("en", "Kontor")),
        "attributions": shown,
        "contact": found.contact if found else "",
        "formats": {
            "/api/v1/data/{indicator}": list(answers.FORMATS),
            "/api/v1/series/{variable}": list(answers.FORMATS),
            "/api/v1/releases/{id}/diff": list(answers.FORMATS),
        },
        "newest_release": observations.in_short(newest) if newest else None,
        "demonstration_loaded": bool(found and found.demonstration),
        "events": {"position": position, "hash": digest},
    }
    return answers.json(content)


def _limits() -> dict[str, Any]:
    counted = limits.limit()
    return {
        "requests": {"count": counted, "seconds": limits.WINDOW, "per": "address"} if counted > 0 else None,
        "rows_per_answer": limits.ROWS,
        "figures_with_vintages_per_answer": series.MOST_SERIES,
        "events_per_answer": record.MOST,
    }


def _citation(request: HttpRequest, name: str) -> str:
    """How to cite the whole; each answer of figures carries its own line."""
    day = export.released(basis())
    return ". ".join(part for part in (name, day, request.build_absolute_uri("/")) if part)
