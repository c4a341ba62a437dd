"""How wide a text will be, and how to make it fit: estimates, because the server has no font."""

import unicodedata
from collections.abc import Iterable

ELLIPSIS = "…"
_NARROW = frozenset("iljtfrI.,;:!|'’‘·()[]/ -\u00a0\u2009\u202f")
_BROAD = frozenset("mwMWQ%@…—→←")


def text_width(text: str, size: float = 13, *, bold: bool = False) -> float:
    """Estimated width in px at a font size in px, a little generous; East Asian characters fill a square."""
    return sum(map(_ems, text)) * size * (1.06 if bold else 1.0)


def _ems(character: str) -> float:
    if unicodedata.combining(character) or character == "\u00ad":
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.3
    if character in _BROAD:
        return 0.86
    return 0.6 if character.isupper() else 0.52


def shorten(text: str, width: float, size: float = 13, *, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = text
    while kept and text_width(kept + ELLIPSIS, size, bold=bold) > width:
        kept = kept[:-1]
    return kept.rstrip(" -\u00a0\u00ad") + ELLIPSIS


def column_width(texts: Iterable[str], *, most: float) -> float:
    """Room for a column of texts, such as the numbers of an axis; what is longer than `most` must shrink."""
    return min(max(map(text_width, texts), default=0), most)


def wrap(text: str, width: float, size: float = 13, *, bold: bool = False, lines: int = 2) -> list[str]:
    """At most `lines` lines, broken at spaces, hyphens, soft hyphens and between Chinese characters."""
    found: list[str] = []
    current = ""
    pieces = _pieces(text)
    for index, piece in enumerate(pieces):
        if not current or text_width((current + piece).rstrip(), size, bold=bold) <= width:
            current += piece
            continue
        if len(found) == lines - 1:
            current += "".join(pieces[index:])
            break
        found.append(_line_end(current))
        current = piece
    if current.strip():
        found.append(current)
    return [shorten(line.strip(" ").replace("\u00ad", ""), width, size, bold=bold) for line in found]


def _line_end(line: str) -> str:
    return line[:-1] + "-" if line.endswith("\u00ad") else line


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for character in text:
        wide = unicodedata.east_asian_width(character) == "W" and unicodedata.category(character) == "Lo"
        if wide and pieces[-1]:
            pieces.append("")
        pieces[-1] += character
        if character in " -\u00ad":
            pieces.append("")
    return [piece for piece in pieces if piece]
