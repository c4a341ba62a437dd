"""The few elements the charts are drawn with. Classes only: a strict CSP forbids inline style."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from html import escape

Number = Callable[[float], str]
"""Formats a number for the reader's language; charts hold no words and no number format."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Svg(str):
    """Finished markup. Template engines that know `__html__` insert it without escaping it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def safe(text: str) -> str:
    """Text for content or a quoted attribute, without the characters that XML cannot hold."""
    return escape(_NOT_XML.sub("", text), quote=True)


def px(value: float) -> str:
    """A coordinate with one decimal at most. ValueError for NaN or infinity, which would break a drawing."""
    if not math.isfinite(value):
        raise ValueError("a coordinate must be finite")
    short = f"{value:.1f}".removesuffix(".0")
    return "0" if short == "-0" else short


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}"/>'


def rect(kind: str, x: float, y: float, width: float, height: float, *, round_by: float = 0) -> str:
    corner = f' rx="{px(round_by)}"' if round_by else ""
    size = f'width="{px(max(width, 0))}" height="{px(max(height, 0))}"'
    return f'<rect class="{kind}" x="{px(x)}" y="{px(y)}" {size}{corner}/>'


def circle(kind: str, x: float, y: float, r: float, *, tip: str = "") -> str:
    return _tipped("circle", f'class="{kind}" cx="{px(x)}" cy="{px(y)}" r="{px(r)}"', tip)


def polygon(kind: str, points: Iterable[tuple[float, float]], *, tip: str = "") -> str:
    return _tipped("polygon", f'class="{kind}" points="{_pairs(points)}"', tip)


def polyline(kind: str, points: Iterable[tuple[float, float]], *, unscaled: bool = False) -> str:
    return f'<polyline class="{kind}"{_unscaled(unscaled)} points="{_pairs(points)}"/>'


def dots(kind: str, points: Sequence[tuple[float, float]], *, unscaled: bool = False) -> str:
    """Many round points as one path of zero-length strokes; the class gives stroke-width and round caps."""
    if not points:
        return ""
    steps = "".join(f"M{px(x)} {px(y)}h0" for x, y in points)
    return f'<path class="{kind}"{_unscaled(unscaled)} d="{steps}"/>'


def text(content: str, x: float, y: float, kind: str = "", *, anchor: str = "start") -> str:
    """One line of text; `anchor` is start, middle or end. Nothing for empty content."""
    if not content:
        return ""
    name = f' class="{kind}"' if kind else ""
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text{name} x="{px(x)}" y="{px(y)}"{where}>{safe(content)}</text>'


def drawing(
    width: float, height: float, body: Iterable[str], *, id: str, title: str, desc: str, kind: str = "chart"
) -> Svg:
    """The outer element with its accessible name. ValueError for an id that is empty or holds white space."""
    if not id or re.search(r"\s", id):
        raise ValueError("an id must not be empty or contain white space")
    key = safe(id)
    names, described = f"{key}-t", ""
    if desc:
        names, described = f"{key}-t {key}-d", f'<desc id="{key}-d">{safe(desc)}</desc>'
    head = f'<svg class="{kind}" viewBox="0 0 {px(width)} {px(height)}" role="img" aria-labelledby="{names}">'
    return Svg(f'{head}<title id="{key}-t">{safe(title)}</title>{described}{"".join(body)}</svg>')


def cell(kind: str, width: float, height: float, body: Iterable[str], *, stretch: bool = False) -> Svg:
    """A small graphic beside a number that says the same: hidden from assistive technology."""
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    head = f'<svg class="{kind}" viewBox="0 0 {px(width)} {px(height)}"{ratio} aria-hidden="true">'
    return Svg(f"{head}{''.join(body)}</svg>")


def _tipped(name: str, attributes: str, tip: str) -> str:
    return f"<{name} {attributes}><title>{safe(tip)}</title></{name}>" if tip else f"<{name} {attributes}/>"


def _pairs(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{px(x)},{px(y)}" for x, y in points)


def _unscaled(unscaled: bool) -> str:
    return ' vector-effect="non-scaling-stroke"' if unscaled else ""
