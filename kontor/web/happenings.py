"""Events of the record as sentences, for the start page and the feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from kontor.errors import Refused
from kontor.events.queries import EventRecord
from kontor.indicators import queries as indicators
from kontor.league import queries as league

from . import wording


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
    kind, title, sentence, url = _WORDS[event.kind](event, event.subject.split(":", 1)[1])
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


Words = tuple[str, str, str, str]  # kind, title, sentence, address


def _release(event: EventRecord, key: str) -> Words:
    rows = event.facts["rows"]
    sentence = ngettext(
        "%(count)s figure was added or revised.", "%(count)s figures were added or revised.", rows
    )
    return (
        gettext("Release"),
        gettext("Release %(id)s: %(title)s") % {"id": key, "title": wording.text(event.facts["title"])},
        sentence % {"count": wording.number(rows)},
        reverse("release", args=[key]),
    )


def _withdrawal(event: EventRecord, key: str) -> Words:
    rows = event.facts["rows"]
    sentence = ngettext("%(count)s figure was withdrawn.", "%(count)s figures were withdrawn.", rows)
    return (
        gettext("Withdrawal"),
        gettext("Release %(id)s: %(title)s") % {"id": key, "title": wording.text(event.facts["title"])},
        sentence % {"count": wording.number(rows)},
        reverse("release", args=[key]),
    )


def _resolution(event: EventRecord, key: str) -> Words:
    return (
        gettext("Resolution"),
        wording.text(event.facts["title"]),
        gettext("Entered in the record of the office."),
        reverse("resolution", args=[key]),
    )


def _definitions(event: EventRecord, key: str) -> Words:
    count = len(event.facts["definitions"])
    title = ngettext("%(count)s definition loaded", "%(count)s definitions loaded", count)
    return (
        gettext("Definitions"),
        title % {"count": wording.number(count)},
        gettext("Each with its hash in the record: a change of wording is a new version."),
        reverse("indicators"),
    )


def _cities(event: EventRecord, key: str) -> Words:
    count, members = event.facts["cities"], len(event.facts["members"])
    title = ngettext(
        "%(count)s city entered the league's lists", "%(count)s cities entered the league's lists", count
    )
    sentence = gettext("%(count)s of them as members, the others observed through published statistics.")
    return (
        gettext("League"),
        title % {"count": wording.number(count)},
        sentence % {"count": wording.number(members)},
        reverse("cities"),
    )


def _founding(event: EventRecord, key: str) -> Words:
    names = wording.text(event.facts.get("names", {}))
    return gettext("League"), gettext("The league was founded"), names, reverse("home")


def _reservation(event: EventRecord, key: str) -> Words:
    return (
        gettext("Reservation"),
        gettext("%(city)s: reservation to “%(what)s”, clause %(clause)s") % _exception(event, key),
        gettext("It marks the figures of the city that entered it."),
        reverse("indicator", args=[key]),
    )


def _derogation(event: EventRecord, key: str) -> Words:
    facts = _exception(event, key)
    return (
        gettext("Derogation"),
        gettext("%(city)s: derogation from “%(what)s”") % facts,
        gettext("The city is let off the definition from %(first)s to %(last)s.") % facts,
        reverse("indicator", args=[key]),
    )


def _exception(event: EventRecord, code: str) -> dict[str, object]:
    return {
        "city": _city_name(str(event.facts["city"])),
        "what": wording.text(indicators.definition(code).content["title"]),
        "clause": event.facts.get("clause"),
        "first": event.facts.get("first_period"),
        "last": event.facts.get("last_period"),
    }


def _city_name(code: str) -> str:
    try:
        return league.city(code).name(wording.language())
    except Refused:
        return code


_WORDS: dict[str, Callable[[EventRecord, str], Words]] = {
    "league.founded": _founding,
    "league.cities_admitted": _cities,
    "indicators.definitions_loaded": _definitions,
    "indicators.reservation_entered": _reservation,
    "indicators.derogation_entered": _derogation,
    "observations.released": _release,
    "observations.withdrawn": _withdrawal,
    "secretariat.resolution_recorded": _resolution,
}
NEWSWORTHY = tuple(_WORDS)
