"""Atom feeds made from the record: of everything, of one city, of one indicator. No mail is sent."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext

from kontor.events import queries as events
from kontor.events.queries import EventRecord
from kontor.indicators import queries as indicators
from kontor.league import queries as league
from kontor.observations.queries import releases

from . import happenings, wording

LIMIT = 50


def league_feed(request: HttpRequest) -> HttpResponse:
    listed = events.newest(limit=LIMIT, kinds=happenings.NEWSWORTHY)
    return _feed(
        request,
        gettext("League of Cities"),
        gettext("Everything that enters the public record"),
        reverse("home"),
        listed,
    )


def city_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Releases that changed a figure of the city, and exceptions that it entered."""
    city = league.city_by_slug(slug)
    name = city.name(wording.language())
    found = [
        told
        for event in events.newest(limit=500, kinds=happenings.NEWSWORTHY)
        if (told := _about_city(event, city.code))
    ]
    return _feed(
        request,
        name,
        gettext("What changes for %(city)s") % {"city": name},
        reverse("city", args=[city.slug]),
        found[:LIMIT],
    )


def _about_city(event: EventRecord, code: str) -> EventRecord | None:
    """The event where it touches the city; of a release, only the city's own figures are counted."""
    if event.kind not in releases.PUBLISHING:
        return event if event.facts.get("city") == code else None
    rows = releases.rows_by_city(event.subject.split(":", 1)[1]).get(code)
    return replace(event, facts={**event.facts, "rows": rows}) if rows else None


def indicator_feed(request: HttpRequest, code: str) -> HttpResponse:
    """New versions, reservations and derogations, and releases that brought figures for the indicator."""
    definition = indicators.definition(code)
    title = wording.text(definition.content["title"])
    sources = {source for item in definition.inputs for source in item.of}
    listed = [
        event
        for event in events.newest(limit=500, kinds=happenings.NEWSWORTHY)
        if event.subject == definition.ref
        or any(key.startswith(f"{code}/") for key in event.facts.get("definitions", ()))
        or (
            event.kind in releases.PUBLISHING
            and sources & set(releases.manifest(event.subject.split(":", 1)[1])["variables"])
        )
    ]
    return _feed(
        request,
        title,
        wording.text(definition.content["short"]),
        reverse("indicator", args=[code]),
        listed[:LIMIT],
    )


def _league_name() -> str:
    found = league.league()
    return wording.text(found.names) if found else gettext("League of Cities")


def _feed(
    request: HttpRequest, title: str, subtitle: str, page: str, listed: list[EventRecord]
) -> HttpResponse:
    feed = Atom1Feed(
        title=f"{title} · Kontor",
        link=request.build_absolute_uri(page),
        description=subtitle,
        author_name=_league_name(),
        language=wording.language(),
        feed_url=request.build_absolute_uri(request.path),
        feed_guid=request.build_absolute_uri(request.path),
    )
    for event in listed:
        told = happenings.happening(event)
        mark = f"[{gettext('Demonstration')}] " if told.demonstration else ""
        feed.add_item(
            title=f"{mark}{told.title}",
            link=request.build_absolute_uri(told.url),
            description=told.sentence,
            unique_id=f"{request.build_absolute_uri('/')}events/{event.position}/{event.hash[:12]}",
            pubdate=told.at,
            updateddate=told.at,
            categories=(told.kind,),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
