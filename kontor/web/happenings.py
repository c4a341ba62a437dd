"""Events of the record as sentences, for the start page and the feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from kontor.errors import Refused
from kontor.events.queries import EventRecord
from kontor.indicators import queries as indicators
from kontor.league import queries as league

from . import wording

NEWSWORTHY = (
    "league.founded",
    "league.cities_admitted",
    "indicators.definitions_loaded",
    "indicators.reservation_entered",
    "indicators.derogation_entered",
    "observations.released",
    "secretariat.resolution_recorded",
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as people read it."""

    position: int
    at: datetime
    day: str
    kind: str
    title: str
    sentence: str
    url: str
    demonstration: bool


def happening(event: EventRecord) -> Happening:
    """The event in the page's language."""
    kind, title, sentence, url = _words(event)
    return Happening(
        position=event.position,
        at=event.at,
        day=wording.day(event.at.date()),
        kind=kind,
        title=title,
        sentence=sentence,
        url=url,
        demonstration=event.demonstration,
    )


def _words(event: EventRecord) -> tuple[str, str, str, str]:
    facts = event.facts
    key = event.subject.split(":", 1)[1]
    if event.kind == "observations.released":
        return (
            gettext("Release"),
            gettext("Release %(id)s: %(title)s") % {"id": key, "title": wording.text(facts["title"])},
            ngettext(
                "%(count)s figure was added or revised.",
                "%(count)s figures were added or revised.",
                facts["rows"],
            )
            % {"count": wording.number(facts["rows"])},
            reverse("release", args=[key]),
        )
    if event.kind == "secretariat.resolution_recorded":
        return (
            gettext("Resolution"),
            wording.text(facts["title"]),
            gettext("Entered in the record of the office."),
            reverse("resolution", args=[key]),
        )
    if event.kind == "indicators.definitions_loaded":
        count = len(facts["definitions"])
        return (
            gettext("Definitions"),
            ngettext("%(count)s definition loaded", "%(count)s definitions loaded", count)
            % {"count": wording.number(count)},
            gettext("Each with its hash in the record: a change of wording is a new version."),
            reverse("indicators"),
        )
    if event.kind in ("indicators.reservation_entered", "indicators.derogation_entered"):
        return _exception_words(event, key)
    if event.kind == "league.cities_admitted":
        return (
            gettext("League"),
            ngettext(
                "%(count)s city entered the league's lists",
                "%(count)s cities entered the league's lists",
                facts["cities"],
            )
            % {"count": wording.number(facts["cities"])},
            gettext("%(count)s of them as members, the others observed through published statistics.")
            % {"count": wording.number(len(facts["members"]))},
            reverse("cities"),
        )
    return (
        gettext("League"),
        gettext("The league was founded"),
        wording.text(facts.get("names", {})),
        reverse("home"),
    )


def _exception_words(event: EventRecord, code: str) -> tuple[str, str, str, str]:
    facts = {
        "city": _city_name(str(event.facts["city"])),
        "what": wording.text(indicators.definition(code).content["title"]),
        "clause": event.facts.get("clause"),
        "first": event.facts.get("first_period"),
        "last": event.facts.get("last_period"),
    }
    if event.kind == "indicators.reservation_entered":
        return (
            gettext("Reservation"),
            gettext("%(city)s: reservation to “%(what)s”, clause %(clause)s") % facts,
            gettext("It marks the figures of the city that entered it."),
            reverse("indicator", args=[code]),
        )
    return (
        gettext("Derogation"),
        gettext("%(city)s: derogation from “%(what)s”") % facts,
        gettext("The city is let off the definition from %(first)s to %(last)s.") % facts,
        reverse("indicator", args=[code]),
    )


def _city_name(code: str) -> str:
    try:
        return league.city(code).name(wording.language())
    except Refused:
        return code
