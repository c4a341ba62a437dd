"""The start page: what the league is, its cities, what the newest figures say, what happened last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.charts.change_bars import ChangeRow, change_bars
from kontor.charts.clock import ClockMark, clock
from kontor.comparison.queries.basis import Basis
from kontor.comparison.queries.changes import Changes, changes
from kontor.events import queries as events
from kontor.observations.queries import releases
from kontor.secretariat import queries as secretariat

from . import as_of, charting, happenings, places, wording

NEWS = 6


@dataclass(frozen=True, slots=True)
class Clock:
    """Days until the first pilots, as a resolution of the record sets them."""

    days: int
    days_text: str
    chart: SafeString
    sentence: str
    resolution: str
    url: str
    demonstration: bool
    zone: str


def home_page(request: HttpRequest) -> HttpResponse:
    """`?as_of=r1` shows the figures as of an earlier release; the record is told as it is."""
    ground = as_of.ground(request)
    found = [item for item in ground.cities.values() if item.status == "member"]
    changed = changes(ground)
    newest = releases.release(f"r{ground.known.real}") if ground.known.real else None
    return render(
        request,
        "web/home.html",
        {
            "members": [city for city in found if not city.demonstration],
            "invented": [city for city in found if city.demonstration],
            "observed_count": sum(city.status == "observed" for city in ground.cities.values()),
            "map": places.map_of(
                list(ground.cities.values()),
                id="map",
                title=gettext("Map of the cities of the league"),
                desc=_map_words(any(city.demonstration for city in found)),
            ),
            "map_missing": sum(city.longitude is None for city in ground.cities.values()),
            "clock": _clock(timezone.now()),
            "changes": _change_bars(changed) if changed else "",
            "change_rows": _change_rows(ground, changed),
            "say": _say(changed),
            "release": newest,
            "release_title": wording.text(newest.title) if newest else "",
            "release_rows": wording.number(newest.rows) if newest else "",
            "release_day": wording.day(newest.published_at.date()) if newest else "",
            "release_changes": _release_changes(newest),
            "news": [
                happenings.happening(event)
                for event in events.newest(limit=NEWS, kinds=happenings.NEWSWORTHY)
            ],
        },
    )


def _map_words(invented: bool) -> str:
    if invented:
        return gettext("Dots are observed cities, rings are invented member cities, discs are member cities.")
    return gettext("Dots are observed cities, discs are member cities.")


def _release_changes(newest: releases.ReleaseRecord | None) -> str:
    """What the newest release changed, in one sentence."""
    if newest is None:
        return ""
    counts = releases.change_counts(newest.id)
    return gettext(
        "Release %(id)s: %(added)s figures added, %(revised)s revised, %(withdrawn)s withdrawn."
    ) % {
        "id": newest.id,
        **{kind: wording.number(counts.get(kind, 0)) for kind in ("added", "revised", "withdrawn")},
    }


def _clock(now: datetime) -> Clock | None:
    found = secretariat.clock()
    if found is None:
        return None
    resolution, commitment = found
    days = commitment.days_left(now)
    zone = ZoneInfo(commitment.zone)
    begin, today, end = (
        moment.astimezone(zone).date() for moment in (commitment.begins_at, now, commitment.due_at)
    )
    sentence = (
        gettext("Until the first pilots must have started")
        if days >= 0
        else gettext("Days since the first pilots should have started")
    )
    chart = clock(
        start=begin,
        today=min(max(today, begin), end),
        end=end,
        marks=[ClockMark(begin, wording.text(resolution.title), "done")],
        month_label=wording.month,
        today_label=gettext("today, %(day)s") % {"day": wording.short_day(today)},
        end_label=wording.day(end),
        id="clock",
        title=gettext("From %(begin)s to %(end)s") % {"begin": wording.day(begin), "end": wording.day(end)},
        desc=wording.pair(sentence, wording.number(abs(days))),
    )
    return Clock(
        days=abs(days),
        days_text=wording.number(abs(days)),
        chart=charting.drawn(chart),
        sentence=sentence,
        resolution=wording.text(resolution.title),
        url=reverse("resolution", args=[resolution.slug]),
        demonstration=resolution.demonstration,
        zone=commitment.zone,
    )


def _change_bars(changed: tuple[Changes, ...]) -> SafeString:
    rows = [
        ChangeRow(
            label=wording.text(item.definition.content["title"]),
            better=len(item.better),
            unclear=len(item.unclear),
            worse=len(item.worse),
        )
        for item in changed
    ]
    return charting.drawn(
        change_bars(
            rows=rows,
            id="changes",
            title=gettext("Cities whose figure changed more than chance would explain"),
            desc=wording.clauses(
                gettext("%(what)s: %(better)s better, %(unclear)s no clear change, %(worse)s worse")
                % {"what": row.label, "better": row.better, "unclear": row.unclear, "worse": row.worse}
                for row in rows
            ),
            number=wording.axis,
        )
    )


@dataclass(frozen=True, slots=True)
class ChangeLine:
    title: str
    url: str
    years: str
    better: tuple[tuple[str, str], ...]
    unclear: str
    worse: tuple[tuple[str, str], ...]


def _change_rows(ground: Basis, changed: tuple[Changes, ...]) -> list[ChangeLine]:
    def named(codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        cities = [ground.cities[code] for code in codes]
        return tuple((city.name(wording.language()), reverse("city", args=[city.slug])) for city in cities)

    return [
        ChangeLine(
            title=wording.text(item.definition.content["title"]),
            url=reverse("indicator", args=[item.definition.code]),
            years=f"{item.before} → {item.period}",
            better=named(item.better),
            unclear=wording.number(len(item.unclear)),
            worse=named(item.worse),
        )
        for item in changed
    ]


def _say(changed: tuple[Changes, ...]) -> dict[str, object]:
    """The conclusion beside the bars: every indicator both ways, and how many chance alone would bring."""
    if not changed:
        return {"heading": "", "sentences": []}
    clear = sum(len(item.better) + len(item.worse) for item in changed)
    total = clear + sum(len(item.unclear) for item in changed)
    told = gettext(
        "%(what)s, %(before)s to %(after)s: better in %(better)s cities, worse in %(worse)s; "
        "in %(rest)s the change may be chance."
    )
    sentences = [
        told
        % {
            "what": wording.text(item.definition.content["title"]),
            "before": item.before,
            "after": item.period,
            "better": wording.number(len(item.better)),
            "worse": wording.number(len(item.worse)),
            "rest": wording.number(len(item.unclear)),
        }
        for item in changed
    ]
    return {
        "heading": gettext("%(clear)s of %(total)s changes are clear")
        % {"clear": wording.number(clear), "total": wording.number(total)},
        "sentences": sentences,
    }
