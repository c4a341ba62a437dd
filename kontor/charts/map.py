"""Cities on the land: the world, or Europe enlarged."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kontor.charts.lettering import shorten, text_width
from kontor.charts.placement import Box, best_spot, spots_around
from kontor.charts.projection import project
from kontor.charts.scale import finite
from kontor.charts.svg import Svg, circle, dots, drawing, safe, text

View = Literal["world", "europe"]
Kind = Literal["member", "observed", "you", "demonstration"]


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A city in degrees. Observed cities are drawn small and never labelled."""

    lon: float | None
    lat: float | None
    label: str = ""
    kind: Kind = "member"


@cache
def land() -> dict[str, Any]:
    """The outlines and their sizes, as tools/land.py wrote them."""
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("land.json").read_text(encoding="utf-8"))
    return loaded


def view_size(view: View) -> tuple[float, float]:
    """Width and height of a view in drawing units."""
    sizes = land()
    return float(sizes.get(f"{view}_width", sizes["width"])), float(
        sizes.get(f"{view}_height", sizes["height"])
    )


def draw_map(*, view: View, points: Sequence[MapPoint], id: str, title: str, desc: str) -> Svg:
    """Land, then observed cities, demonstration cities as rings, members as discs, the reader's own on top.

    Points without coordinates or outside the view are left out; so are labels that would cover another,
    except the reader's own.
    """
    width, height = view_size(view)
    placed = [(point, spot) for point in points if (spot := _spot(view, point)) is not None]
    body = [f'<path class="land" d="{safe(land()[view])}"/>']
    for kind, drawn in (("observed", "seen"), ("member", "c-dot")):
        body.append(dots(drawn, [spot for point, spot in placed if point.kind == kind]))
    body += [circle("open", *spot, 3) for point, spot in placed if point.kind == "demonstration"]
    for _, spot in _of(placed, "you"):
        body += [circle("ring", *spot, 7), circle("me", *spot, 3.2)]
    body += _labels(placed, Box(0, 0, width, height))
    return drawing(width, height, body, id=id, title=title, desc=desc, kind="map")


_Placed = tuple[MapPoint, tuple[float, float]]


def _spot(view: View, point: MapPoint) -> tuple[float, float] | None:
    lon, lat = finite(point.lon), finite(point.lat)
    return None if lon is None or lat is None else project(view, lon, lat)


def _of(placed: Iterable[_Placed], kind: Kind) -> list[_Placed]:
    return [item for item in placed if item[0].kind == kind]


def _labels(placed: Sequence[_Placed], frame: Box) -> list[str]:
    """Labels where they are free, the reader's own first."""
    body = []
    own = _of(placed, "you")
    taken = [Box(x - 7, y - 7, x + 7, y + 7) for _, (x, y) in own]
    named = [item for item in placed if item[0].label and item[0].kind in ("member", "demonstration")]
    for point, (x, y) in [*own, *named]:
        name = shorten(point.label, frame.right / 2, 12, bold=True)
        reach = 7 if point.kind == "you" else 3
        spots = spots_around(x=x, y=y, reach=reach, width=text_width(name, 12, bold=True), height=15)
        spot = best_spot(spots, frame=frame, taken=taken, marks=[at for _, at in placed])
        if spot is None and point.kind == "you":
            spot = next((s for s in spots if s.box.inside(frame)), spots[0])
        if spot is not None and name:
            taken.append(spot.box)
            body.append(text(name, spot.x, spot.y, "me-t" if point.kind == "you" else "", anchor=spot.anchor))
    return body
