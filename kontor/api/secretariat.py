"""Resolutions and the commitments that follow from them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from kontor.secretariat import queries
from kontor.secretariat.queries import ResolutionRecord

from . import answers, schemas
from .parameters import Readings, named

router = Readings(tags=["secretariat"])


def as_json(found: ResolutionRecord) -> dict[str, Any]:
    return {
        "slug": found.slug,
        "title": found.title,
        "text": found.text,
        "adopted_at": found.adopted_at,
        "zone": found.zone,
        "demonstration": found.demonstration,
        "commitments": [
            {
                "city": commitment.city,
                "purpose": commitment.purpose,
                "text": commitment.text,
                "begins_at": commitment.begins_at,
                "due_at": commitment.due_at,
                "zone": commitment.zone,
            }
            for commitment in found.commitments
        ],
    }


@router.at("/resolutions", response=schemas.Resolutions)
def resolutions(request: HttpRequest) -> HttpResponse:
    found = [as_json(resolution) for resolution in queries.resolutions()]
    return answers.json({"count": len(found), "resolutions": found})


@router.at("/resolutions/{slug}", response=schemas.Resolution)
def resolution(request: HttpRequest, slug: str = named("resolution")) -> HttpResponse:
    return answers.json(as_json(queries.resolution(slug)))
