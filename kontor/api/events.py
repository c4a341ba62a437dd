"""The record."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kontor.events import queries, rules

from . import answers, schemas
from .parameters import Readings, asked

router = Readings(tags=["events"])

MOST = 1000  # events in one answer


@router.at("/events", response=schemas.Events)
def events(
    request: HttpRequest,
    after: int = asked("after", 0, ge=0),
    limit: int = asked("limit", 100, ge=1, le=MOST),
) -> HttpResponse:
    shown = [
        {
            "position": event.position,
            "at": rules.instant(event.at),
            "kind": event.kind,
            "by": event.by,
            "subject": event.subject,
            "facts": event.facts,
            "demonstration": event.demonstration,
            "previous": event.previous,
            "hash": event.hash,
        }
        for event in queries.after(after, limit=limit)
    ]
    position, digest = queries.head()
    return answers.json({"head": {"position": position, "hash": digest}, "events": shown})


@router.at("/events/head", response=schemas.Head)
def events_head(request: HttpRequest) -> HttpResponse:
    position, digest = queries.head()
    return answers.json({"position": position, "hash": digest})
