"""Small pieces of HTML that several sections share."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from html import escape

from .words import Words

CHECK = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12.5l4.5 4.5L19 7"/></svg>'
CROSS = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18"/></svg>'


def section(title: str, *parts: str) -> str:
    return f"<section><h2>{title}</h2>\n" + "\n".join(part for part in parts if part) + "\n</section>"


def statements(rows: Iterable[tuple[str, str, str]]) -> str:
    """A list of (claim, why, tag)."""
    items = (
        f"<li><div><h3>{claim}</h3>{f'<p>{why}</p>' if why else ''}</div>{tag}</li>"
        for claim, why, tag in rows
    )
    return f'<ul class="rows end">{"".join(items)}</ul>'


def box(title: str, sentences: Iterable[str]) -> str:
    """Sentences of equal rank below a heading of their own, set apart from what stands above."""
    items = "".join(f"<li>{sentence}</li>" for sentence in sentences)
    return f'<div class="card"><h3>{title}</h3><ul class="dots">{items}</ul></div>'


def tag(text: str, tone: str = "", sign: str = "") -> str:
    return (
        f'<span class="tag {tone}">{sign}{text}</span>' if tone else f'<span class="tag">{sign}{text}</span>'
    )


def pairs(rows: Iterable[tuple[str, str]], kind: str) -> str:
    """A list of terms and what they are."""
    return f'<dl class="{kind}">' + "".join(f"<div><dt>{a}</dt><dd>{b}</dd></div>" for a, b in rows) + "</dl>"


def bar(share: float) -> str:
    """A share as a bar; the number stands beside it."""
    return (
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{share * 100:.4g}" height="6"/></svg>'
    )


def check_section(hashes: Iterable[tuple[str, str]], safe: str, recipe: str, say: Words) -> str:
    """How a reader runs the attackers again, and on which files."""
    safe_file, recipe_file = escape(shlex.quote(safe)), escape(shlex.quote(recipe))
    command = f'kontor audit {safe_file} <span class="nb">--recipe</span> {recipe_file}'
    how = f'<p>{say("check_how", name=safe)}</p><p class="card"><code>{command}</code></p>'
    return section(say("check"), how, pairs(hashes, "hashes"))
