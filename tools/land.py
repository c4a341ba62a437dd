"""Rebuild kontor/charts/land.json: the land outlines of both map views as SVG paths.

Needs the unpacked npm package world-atlas 2.0.2 (`npm pack world-atlas@2.0.2`, `tar xzf world-atlas-2.0.2.tgz`):
`python tools/land.py package`. Its files are checked against the sums below.
"""

from __future__ import annotations

import hashlib
import json
import sys
from math import hypot
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kontor.charts.projection import FRAMES, Point, View, to_frame  # noqa: E402

Ring = list[Point]

LAND = ROOT / "kontor" / "charts" / "land.json"
SOURCES: dict[View, tuple[str, str]] = {
    "world": ("land-110m.json", "ead5f68119c49a9250902e7da303bcb209341bbb8fefe7369a439b48b704658a"),
    "europe": ("land-50m.json", "619477ff690c086885e45cb91707d783805561bd75ae8e437b7d4694b0204e0f"),
}
# In SVG units: how far a simplified line may stray, and the smallest island that is kept (in square units).
TOLERANCE: dict[View, float] = {"world": 0.2, "europe": 0.35}
SMALLEST: dict[View, float] = {"world": 0.4, "europe": 0.8}
# Land that lies wholly south of this latitude is Antarctica's.
ANTARCTICA = -60.0


def read_topology(folder: Path, view: View) -> dict[str, Any]:
    name, expected = SOURCES[view]
    content = (folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise SystemExit(f"{name} is not the one of world-atlas 2.0.2")
    topology: dict[str, Any] = json.loads(content)
    return topology


def decode_arcs(topology: dict[str, Any]) -> list[Ring]:
    """Delta-coded integers to degrees (TopoJSON specification 2.1.3)."""
    (scale_x, scale_y), (shift_x, shift_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc: Ring = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(arc)
    return arcs


def land_rings(topology: dict[str, Any]) -> list[Ring]:
    """Every ring of the land in degrees, holes included (they run the other way round)."""
    arcs = decode_arcs(topology)
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                points: Ring = []
                for index in ring:
                    # ~i stands for arc i reversed; consecutive arcs share a point.
                    arc = arcs[index] if index >= 0 else arcs[~index][::-1]
                    points += arc[1:] if points else arc
                rings += cut_at_antimeridian(points)
    return rings


def clip(ring: Ring, box: tuple[float, float, float, float]) -> Ring:
    """The part of the ring inside (left, low, right, high) (Sutherland and Hodgman 1974)."""
    left, low, right, high = box
    for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, low, 1), (1, high, -1)):
        kept: Ring = []
        for a, b in zip(ring[-1:] + ring[:-1], ring, strict=True):
            a_in, b_in = (sign * (p[axis] - limit) >= 0 for p in (a, b))
            if a_in != b_in:
                t = (limit - a[axis]) / (b[axis] - a[axis])
                kept.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
            if b_in:
                kept.append(b)
        ring = kept
    return ring


def cut_at_antimeridian(ring: Ring) -> list[Ring]:
    """A ring that crosses 180° in two or more parts, each within -180° to 180°."""
    unwrapped = ring[:1]
    for lon, lat in ring[1:]:
        unwrapped.append((lon - 360 * round((lon - unwrapped[-1][0]) / 360), lat))
    shifted = ([(lon + turn, lat) for lon, lat in unwrapped] for turn in (-360, 0, 360))
    return [part for part in (clip(copy, (-180, -90, 180, 90)) for copy in shifted) if part]


def area(ring: Ring) -> float:
    """Shoelace formula, unsigned."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def distance_to_chord(p: Point, a: Point, b: Point) -> float:
    length = hypot(b[0] - a[0], b[1] - a[1])
    if length == 0:
        return hypot(p[0] - a[0], p[1] - a[1])
    return abs((b[0] - a[0]) * (a[1] - p[1]) - (a[0] - p[0]) * (b[1] - a[1])) / length


def simplify(line: Ring, tolerance: float) -> Ring:
    """Drop points that stray less than the tolerance (Douglas and Peucker 1973)."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        strays = [distance_to_chord(line[i], line[first], line[last]) for i in range(first + 1, last)]
        worst = max(strays)
        if worst > tolerance:
            middle = first + 1 + strays.index(worst)
            keep.add(middle)
            spans += [(first, middle), (middle, last)]
    return [line[i] for i in sorted(keep)]


def number(tenths: int, before: str) -> str:
    """tenths / 10 without a leading zero, after a space only where the number before would run into it."""
    text = f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"
    apart = text[0] == "-" or not before[-1].isdigit() or (text[0] == "." and "." in before)
    return text if apart else " " + text


def path_data(ring: Ring) -> str:
    """A closed subpath in relative steps of whole tenths: short, and rounding errors do not add up."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
    (x, y), written = tenths[0], ["M"]
    for step_number, (next_x, next_y) in enumerate(tenths):
        if step_number == 0:
            steps = (next_x, next_y)
        elif (next_x, next_y) == (x, y):
            continue
        else:
            steps = (next_x - x, next_y - y)
            written += ["l"] if len(written) == 3 else []
        for step in steps:
            written.append(number(step, written[-1]))
        x, y = next_x, next_y
    return "".join(written) + "z"


def outline(folder: Path, view: View) -> str:
    frame = FRAMES[view]
    paths = []
    for ring in land_rings(read_topology(folder, view)):
        if max(lat for _, lat in ring) < ANTARCTICA:
            continue
        drawn = clip([to_frame(view, lon, lat) for lon, lat in ring], (0, 0, frame.width, frame.height))
        if area(drawn) >= SMALLEST[view]:
            simple = simplify(drawn, TOLERANCE[view])
            paths += [path_data(simple)] if len(simple) > 3 else []
    return "".join(paths)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    folder = Path(arguments[0])
    land = {
        "attribution": "Made with Natural Earth (public domain), from world-atlas 2.0.2",
        "projection": "equal-earth",
        "width": FRAMES["world"].width,
        "height": FRAMES["world"].height,
        "world": outline(folder, "world"),
        "europe_projection": "lambert-azimuthal-equal-area",
        "europe_width": FRAMES["europe"].width,
        "europe_height": FRAMES["europe"].height,
        "europe": outline(folder, "europe"),
    }
    LAND.write_text(json.dumps(land, indent=1) + "\n", "utf-8")
    print(f"world {len(str(land['world']))} bytes, Europe {len(str(land['europe']))} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
