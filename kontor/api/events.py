"""The record."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kontor.events import queries, rules
from kontor.events.queries import EventRecord

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
    (position, digest), found = _since(after)
    previous = found[0].hash if found and found[0].position == after else rules.GENESIS
    shown = []
    for event in [event for event in found if event.position > after][:limit]:
        shown.append(
            {
                "position": event.position,
                "at": rules.instant(event.at),
                "kind": event.kind,
                "by": event.by,
                "subject": event.subject,
                "facts": event.facts,
                "demonstration": event.demonstration,
                "previous": previous,
                "hash": event.hash,
            }
        )
        previous = event.hash
    return answers.json({"head": {"position": position, "hash": digest}, "events": shown})


def _since(after: int) -> tuple[tuple[int, str], list[EventRecord]]:
    """The head and all events from `after` up to it, the oldest first; read again where one came between."""
    while True:
        position, digest = queries.head()
        found = queries.newest(limit=position - after + 1)[::-1] if after < position else []
        if not found or found[-1].position == position:
            return (position, digest), found


@router.at("/events/head", response=schemas.Head)
def events_head(request: HttpRequest) -> HttpResponse:
    position, digest = queries.head()
    return answers.json({"position": position, "hash": digest})
