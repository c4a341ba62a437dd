"""Pages of the office: resolutions, how we compare, open data, accessibility, and the workspace of who is signed in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from kontor.comparison import rules as comparison_rules
from kontor.events import queries as events
from kontor.indicators import codelists
from kontor.league import queries as league
from kontor.observations.queries import releases
from kontor.secretariat import queries as secretariat

from . import marks, wording


def resolutions_page(request: HttpRequest) -> HttpResponse:
    listed = [
        (
            wording.text(found.title),
            reverse("resolution", args=[found.slug]),
            wording.instant(found.adopted_at, found.zone),
            found.demonstration,
        )
        for found in secretariat.resolutions()
    ]
    return render(request, "web/resolutions.html", {"resolutions": listed})


def resolution_page(request: HttpRequest, slug: str) -> HttpResponse:
    found = secretariat.resolution(slug)
    now = timezone.now()
    return render(
        request,
        "web/resolution.html",
        {
            "resolution": found,
            "title": wording.text(found.title),
            "text": wording.text(found.text),
            "adopted": wording.instant(found.adopted_at, found.zone),
            "commitments": [
                (
                    wording.text(item.text),
                    wording.instant(item.due_at, item.zone),
                    item.days_left(now),
                    wording.number(abs(item.days_left(now))),
                    abs(item.days_left(now)),
                )
                for item in found.commitments
            ],
        },
    )


def method_page(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "web/method.html",
        {
            "peers": comparison_rules.PEERS,
            "fewest": comparison_rules.FEWEST_PEERS,
            "flags": marks.flag_marks(codelists.flags()),
            "limiting": comparison_rules.LIMITING_FLAGS,
        },
    )


def data_page(request: HttpRequest) -> HttpResponse:
    newest = releases.newest()
    return render(
        request,
        "web/data.html",
        {
            "newest": newest,
            "attributions": marks.attributions(codelists.sources()),
            "example": request.build_absolute_uri("/api/v1/data/road_death_rate?period=2019&format=csv"),
        },
    )


def accessibility_page(request: HttpRequest) -> HttpResponse:
    found = league.league()
    return render(request, "web/accessibility.html", {"contact": found.contact if found else ""})


@login_required
def workspace_page(request: HttpRequest) -> HttpResponse:
    """Who you are, what you may do, and what waits for you."""
    today = timezone.now().date()
    person = league.person_of_account(int(request.user.pk or 0), on=today)
    cities = {city.code: city for city in league.cities()}
    mandates = [
        (
            cities[mandate.city].name(wording.language()) if mandate.city else gettext("Permanent office"),
            reverse("city", args=[cities[mandate.city].slug]) if mandate.city else "",
            _capability_words(mandate.capability),
            wording.day(mandate.begins),
            wording.day(mandate.ends) if mandate.ends else "",
        )
        for mandate in (person.mandates if person else ())
    ]
    return render(request, "web/workspace.html", {"person": person, "mandates": mandates})


def _capability_words(capability: str) -> str:
    return {
        "league": gettext("Cities, people and mandates"),
        "indicators": gettext("Indicators and their definitions"),
        "observations": gettext("Figures and releases"),
        "secretariat": gettext("Meetings and resolutions"),
    }[capability]


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers and the newest release's index opens; no secrets, no details."""
    position, _ = events.head()
    newest = releases.newest()
    return JsonResponse({"status": "ok", "events": position, "release": newest.id if newest else None})
