"""Where labels go so that they do not cover each other."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in drawing units, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, other: "Box") -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )

    def covers(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a text: its anchor point, the text-anchor and the box it would fill."""

    x: float
    y: float
    anchor: str
    box: Box


def spots_around(*, x: float, y: float, reach: float, width: float, height: float) -> list[Spot]:
    """Places for a label around a mark of radius `reach`: right, left, above, below, then the corners."""
    side, near, base = reach + 5, reach * 0.7 + 3, height * 0.3
    return [
        _spot(x + side, y + base, "start", width, height),
        _spot(x - side, y + base, "end", width, height),
        _spot(x, y - reach - 6, "middle", width, height),
        _spot(x, y + reach + height * 0.85 + 2, "middle", width, height),
        _spot(x + near, y - near - 2, "start", width, height),
        _spot(x + near, y + near + height * 0.7, "start", width, height),
        _spot(x - near, y - near - 2, "end", width, height),
        _spot(x - near, y + near + height * 0.7, "end", width, height),
    ]


def _spot(x: float, y: float, anchor: str, width: float, height: float) -> Spot:
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    return Spot(x, y, anchor, Box(left, y - height * 0.8, left + width, y + height * 0.25))


def best_spot(
    spots: Sequence[Spot], *, frame: Box, taken: Sequence[Box], marks: Sequence[tuple[float, float]]
) -> Spot | None:
    """The free spot that covers the fewest marks, the earlier one on a tie; None when every one collides."""
    free = [s for s in spots if s.box.inside(frame) and not any(s.box.overlaps(box) for box in taken)]
    return min(free, key=lambda s: sum(s.box.covers(x, y) for x, y in marks), default=None)


def push_apart(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones, in the same order, at least `gap` apart and inside [low, high].

    Where there is no room for all, the gap shrinks evenly.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    placed: list[float] = []
    for index in order:
        floor = placed[-1] + gap if placed else low
        placed.append(max(wanted[index], floor))
    ceiling = high
    for position in range(len(placed) - 1, -1, -1):
        placed[position] = min(placed[position], ceiling)
        ceiling = placed[position] - gap
    result = [0.0] * len(wanted)
    for index, value in zip(order, placed, strict=True):
        result[index] = value
    return result
