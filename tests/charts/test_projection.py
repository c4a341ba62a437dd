"""The two map projections keep areas, agree with published values and with the outlines in land.json."""

from __future__ import annotations

import json
import re
from math import cos, hypot, pi, radians, sin
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontor.charts import projection
from kontor.charts.projection import FRAMES, Point, View, equal_earth, european_equal_area, project, to_frame

LAND = json.loads((Path(projection.__file__).parent / "land.json").read_text("utf-8"))

longitudes = st.floats(-179, 179)
latitudes = st.floats(-85, 85)


@pytest.mark.parametrize(
    ("lon", "lat", "metres"),
    [(180, 0, (17_243_959.06, 0)), (0, 90, (0, 8_392_927.6)), (-180, 90, (-10_216_474.79, 8_392_927.6))],
)
def test_equal_earth_of_the_corners(lon: float, lat: float, metres: Point) -> None:
    """The extent of EPSG:8857, on the sphere that has WGS 84's area (6,371,007.181 m)."""
    assert [6_371_007.181 * v for v in equal_earth(lon, lat)] == pytest.approx(metres, abs=0.1)


@given(longitudes, latitudes)
@pytest.mark.parametrize("forward", [equal_earth, european_equal_area])
def test_areas_are_kept(forward, lon: float, lat: float) -> None:  # type: ignore[no-untyped-def]
    """The Jacobian by central differences is cos(latitude) everywhere."""
    h = 1e-4
    (xw, yw), (xe, ye) = forward(lon - h, lat), forward(lon + h, lat)
    (xs, ys), (xn, yn) = forward(lon, lat - h), forward(lon, lat + h)
    jacobian = ((xe - xw) * (yn - ys) - (xn - xs) * (ye - yw)) / radians(2 * h) ** 2
    # Towards the antipode of its centre the azimuthal projection stretches without limit.
    if forward is equal_earth or hypot(*forward(lon, lat)) < 1.9:
        assert jacobian == pytest.approx(cos(radians(lat)), rel=1e-3, abs=1e-3)


@given(st.floats(-41, 37))
def test_azimuthal_distance_from_the_centre(degrees: float) -> None:
    """Along the middle meridian a point c away from the centre lies at 2 sin(c / 2) (Snyder 1987, eq. 24-1)."""
    x, y = european_equal_area(10.0, 52.0 + degrees)
    assert x == pytest.approx(0, abs=1e-12)
    assert y == pytest.approx(2 * sin(radians(degrees) / 2), abs=1e-9)


@given(st.sampled_from(["world", "europe"]), longitudes, latitudes)
def test_a_point_is_projected_exactly_when_it_lies_in_the_frame(view: View, lon: float, lat: float) -> None:
    x, y = to_frame(view, lon, lat)
    inside = 0 <= x <= FRAMES[view].width and 0 <= y <= FRAMES[view].height
    assert project(view, lon, lat) == ((x, y) if inside else None)


@pytest.mark.parametrize(
    ("view", "lon", "lat"),
    [
        ("world", 0, -75),
        ("world", 0, 85),
        ("europe", 55.45, -20.88),
        ("europe", -15.43, 28.1),
        ("world", 181, 0),
        ("europe", 10, 91),
    ],
)
def test_outside(view: View, lon: float, lat: float) -> None:
    assert project(view, lon, lat) is None


def test_land_is_as_large_as_the_frames() -> None:
    assert (LAND["width"], LAND["height"]) == (FRAMES["world"].width, FRAMES["world"].height)
    assert (LAND["europe_width"], LAND["europe_height"]) == (FRAMES["europe"].width, FRAMES["europe"].height)


def rings(path: str) -> list[list[Point]]:
    found = []
    for subpath in path.rstrip("z").split("z"):
        numbers = [float(n) for n in re.findall(r"-?(?:\d+(?:\.\d+)?|\.\d+)", subpath)]
        x = y = 0.0
        ring = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        found.append(ring)
    return found


RINGS = {view: rings(LAND[view]) for view in FRAMES}


def is_land(view: View, lon: float, lat: float) -> bool:
    """Even-odd rule; the sea's holes (Caspian Sea) turn land into water again."""
    x, y = to_frame(view, lon, lat)
    crossings = 0
    for ring in RINGS[view]:
        for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize("view", ["world", "europe"])
def test_outlines_stay_in_the_frame(view: View) -> None:
    frame = FRAMES[view]
    for ring in RINGS[view]:
        assert len(ring) >= 3
        assert all(-0.06 <= x <= frame.width + 0.06 and -0.06 <= y <= frame.height + 0.06 for x, y in ring)


@pytest.mark.parametrize(
    ("view", "place", "lon", "lat", "land"),
    [
        ("world", "Beijing", 116.4, 39.9, True),
        ("world", "Brasília", -47.9, -15.8, True),
        ("world", "Alice Springs", 133.9, -23.7, True),
        ("world", "Chukotka, west of 180°", 178.0, 67.5, True),
        ("world", "Chukotka, east of 180°", -175.0, 66.5, True),
        ("world", "Caspian Sea", 51.0, 41.0, False),
        ("world", "Atlantic at Fiji's latitude", -30.0, -16.8, False),
        ("world", "Arctic Ocean at Wrangel's latitude", -170.0, 71.0, False),
        ("world", "Pacific", -140.0, 0.0, False),
        ("europe", "Madrid", -3.7, 40.4, True),
        ("europe", "Oulu", 26.0, 65.0, True),
        ("europe", "Malta", 14.45, 35.88, True),
        ("europe", "Palma", 2.9, 39.6, True),
        ("europe", "North Sea", 3.0, 56.0, False),
        ("europe", "Adriatic", 16.0, 42.5, False),
        ("europe", "Baltic Sea", 19.5, 56.5, False),
        ("europe", "Bay of Biscay", -5.0, 45.5, False),
    ],
)
def test_land_and_sea(view: View, place: str, lon: float, lat: float, land: bool) -> None:
    assert is_land(view, lon, lat) is land, place


def test_land_covers_its_share_of_the_world() -> None:
    """Land without Antarctica is 135 million of the sphere's 510 million km2; an equal-area map shows it so."""
    signed = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(r, r[1:] + r[:1], strict=True)) / 2
        for r in RINGS["world"]
    ]
    share = abs(sum(signed)) / (4 * pi * FRAMES["world"].scale ** 2)
    assert share == pytest.approx(135 / 510, rel=0.03)
