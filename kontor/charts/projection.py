"""From longitude and latitude to a point of one of the two maps whose land outlines are in land.json."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Literal

View = Literal["world", "europe"]
Point = tuple[float, float]

WIDTH = 480.0


@dataclass(frozen=True)
class Frame:
    """A view's drawing area: width and height in SVG units, left and top in the plane, scale in units per Earth radius."""

    projection: Callable[[float, float], Point]
    left: float
    top: float
    scale: float
    width: float
    height: float


def equal_earth(lon: float, lat: float) -> Point:
    """Degrees to the plane of the unit sphere, y northwards (Šavrič, Patterson and Jenny 2018, eq. 9 and 10)."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = asin(sqrt(3) / 2 * sin(radians(lat)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * sqrt(3) * radians(lon) * cos(t) / (3 * slope)
    return x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t


def european_equal_area(lon: float, lat: float) -> Point:
    """Lambert's azimuthal equal-area projection about 52° N 10° E, the centre of ETRS89-LAEA (Annoni et al. 2003).

    Degrees to the plane of the unit sphere, y northwards (Snyder 1987, eq. 24-2 to 24-4).
    """
    phi, phi0, dlon = radians(lat), radians(52.0), radians(lon - 10.0)
    k = sqrt(2 / (1 + sin(phi0) * sin(phi) + cos(phi0) * cos(phi) * cos(dlon)))
    return k * cos(phi) * sin(dlon), k * (cos(phi0) * sin(phi) - sin(phi0) * cos(phi) * cos(dlon))


def _frame(projection: Callable[[float, float], Point], corners: list[Point]) -> Frame:
    """The smallest frame around the given points (longitude, latitude)."""
    points = [projection(lon, lat) for lon, lat in corners]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    scale = WIDTH / (right - left)
    return Frame(projection, left, top, scale, WIDTH, round((top - bottom) * scale, 1))


FRAMES: dict[View, Frame] = {
    # All longitudes; from Cape Horn to the north of Greenland.
    "world": _frame(equal_earth, [(-180.0, 0.0), (180.0, 0.0), (0.0, -57.0), (0.0, 84.0)]),
    # 11° W to 32° E, 34.5° N to 71° N; on its middle meridian a parallel lies furthest south.
    "europe": _frame(
        european_equal_area, [(-11.0, 34.5), (32.0, 34.5), (10.0, 34.5), (-11.0, 71.0), (32.0, 71.0)]
    ),
}


def to_frame(view: View, lon: float, lat: float) -> Point:
    """SVG coordinates (x rightwards, y downwards from the top left corner), also of points outside the frame."""
    frame = FRAMES[view]
    x, y = frame.projection(lon, lat)
    return (x - frame.left) * frame.scale, (frame.top - y) * frame.scale


def project(view: View, lon: float, lat: float) -> Point | None:
    """SVG coordinates of a point given in degrees; None when it lies outside the view's frame."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    frame = FRAMES[view]
    x, y = to_frame(view, lon, lat)
    return (x, y) if 0 <= x <= frame.width and 0 <= y <= frame.height else None
