"""What every page shares: the league's name, navigation, languages, the demonstration notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.translation import gettext, pgettext

from kontor.league import queries as league
from kontor.secretariat import queries as secretariat

from . import as_of, wording


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str
    current: bool = False
    code: str = ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template."""
    found = league.league()
    place = request.resolver_match.view_name if request.resolver_match else ""
    section = getattr(request, "section", "") or (place or "").split("_")[0]
    return {
        "league_name": wording.text(found.names) if found else gettext("League of Cities"),
        "navigation": [
            Link(gettext("Cities"), reverse("cities"), section in ("cities", "city")),
            Link(gettext("Indicators"), reverse("indicators"), section in ("indicators", "indicator")),
            Link(
                pgettext("section", "Figures"), reverse("explore"), section in ("explore", "series", "figure")
            ),
            Link(gettext("Compare"), reverse("compare"), section == "compare"),
            Link(gettext("Releases"), reverse("releases"), section in ("releases", "release")),
            *_what_exists(section),
        ],
        "languages": [
            Link(
                name,
                _in_language(request, code),
                wording.language() == code,
                "zh-Hans" if code == "zh-hans" else code,
            )
            for code, name in settings.LANGUAGES
        ],
        "html_lang": "zh-Hans" if wording.language() == "zh-hans" else wording.language(),
        "origin": f"{request.scheme}://{request.get_host()}",
        "page_url": request.build_absolute_uri(request.path),
        "alternates": [
            Link(
                "",
                request.build_absolute_uri(_in_language(request, code, query=False)),
                False,
                "zh-Hans" if code == "zh-hans" else code,
            )
            for code, _ in settings.LANGUAGES
        ],
        "as_of_bar": as_of.bar(request),
        # Asked here, because a template would ask only while it is rendered.
        "signed_in": bool(getattr(request, "user", None) and request.user.is_authenticated),
        "demonstration_loaded": bool(found and found.demonstration),
    }


def _what_exists(section: str) -> list[Link]:
    """Rooms that are shown only once there is something in them."""
    if not secretariat.has_resolutions():
        return []
    return [Link(gettext("Resolutions"), reverse("resolutions"), section in ("resolutions", "resolution"))]


def _in_language(request: HttpRequest, code: str, *, query: bool = True) -> str:
    """The same page in another language, with the same question."""
    url = request.get_full_path() if query and request.method == "GET" else request.path
    try:
        return translate_url(url, code)
    except NoReverseMatch:
        return f"/{code}/"
