"""The frame of the report: one file, three languages inside it, chosen without a script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from ..safe_file import SafeTable
from ..safe_records import SafeRecords
from .breadth import rules
from .contents import Contents
from .figures import Figures
from .record_sections import record_sections
from .sections import sections
from .words import LANGUAGES, TAGS, Words

MARK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.2">'
    '<circle cx="16" cy="16" r="13.5"/><path d="M6 21h20M9 21v-7l4-3v10M13 21V8l6-3v16M19 12l5 3v6"/></svg>'
)


def render(contents: Contents, *, language: str = "en") -> bytes:
    """The report as HTML; `language` opens first, the others are one choice away.

    The same contents in the same language are the same bytes.
    """
    records = contents.main.safe
    if isinstance(records, SafeRecords):
        return frame(
            "title_records",
            lambda say: "\n".join(record_sections(records, contents.main, say)),
            "foot",
            language,
            name=contents.main.recipe.words.title,
        )
    figures = [
        Figures(file.safe, file.recipe) for file in contents.tables if isinstance(file.safe, SafeTable)
    ]
    return frame(
        "title",
        lambda say: "\n".join(sections(contents, figures, say)),
        "foot",
        language,
        name=contents.main.recipe.words.title,
    )


def frame(title: str, body: Callable[[Words], str], foot: str, language: str, *, name: str = "") -> bytes:
    """A page of its own around what `body` says in each language; `title` and `foot` are keys of say. name: of the
    table."""
    order = [language, *(other for other in LANGUAGES if other != language)]
    style = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    articles = [_article(body(say), say(foot), say) for say in map(Words, order)]
    style += rules("".join(articles))
    top = f'<header class="top"><div class="wrap"><span class="brand">{MARK}Kontor</span>{_chooser(order)}</div></header>'
    shown = f"{escape(name)}: " if name else ""
    page = [
        f'<!doctype html>\n<html lang="{TAGS[language]}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{shown}{Words(language)(title)}</title>\n<style>\n{style}</style></head><body>",
        f"{top}\n<main>",
        *articles,
        "</main></body></html>\n",
    ]
    return "\n".join(page).encode("utf-8")


def _chooser(order: Sequence[str]) -> str:
    legend = " · ".join(
        f'<span lang="{TAGS[language]}">{Words(language)("choose")}</span>' for language in order
    )
    choices = "".join(
        f'<label lang="{TAGS[language]}"><input type="radio" name="language" id="l-{language}"'
        f"{' checked' if place == 0 else ''}>{Words(language)('language')}</label>"
        for place, language in enumerate(order)
    )
    return f'<fieldset class="lang"><legend class="vh">{legend}</legend>{choices}</fieldset>'


def _article(body: str, foot: str, say: Words) -> str:
    return (
        f'<article class="wrap {say.language}" lang="{TAGS[say.language]}">\n{body}\n'
        f'<footer class="foot"><p>{foot}</p></footer></article>'
    )
