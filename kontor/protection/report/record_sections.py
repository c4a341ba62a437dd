"""The report on published records: how coarse each column is, and how large the groups of alike records are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from ..recipe import TOTAL, Recipe
from ..safe_records import SafeRecords
from .breadth import heading
from .contents import SafeFile
from .guarantees import guarantees_section
from .marks import check_section, section
from .words import Words


def record_sections(records: SafeRecords, file: SafeFile, say: Words) -> Iterator[str]:
    """HTML of one language."""
    recipe = file.recipe
    asked = recipe.microdata
    title = escape(recipe.words.title) or say("title_records")
    yield (
        f'<header class="mast"><p class="kick">{say("kick")}</p><h1>{title}</h1>'
        f'<p class="lead">{say("lead_records", rows=len(records.rows), k=asked.k)}</p></header>'
    )
    groups = Counter(zip(*(records.column(name) for name in asked.quasi), strict=True))
    boxes = [
        (say("records_published"), len(records.rows)),
        (say("records_groups"), len(groups)),
        (say("records_smallest"), min(groups.values(), default=0)),
    ]
    items = (
        f'<div class="key"><dt>{name}</dt><dd class="big">{say.number(big)}</dd></div>' for name, big in boxes
    )
    yield f'<dl class="keys three">{"".join(items)}</dl>'
    yield guarantees_section(recipe, say)
    yield section(say("records"), f"<p>{_lead(records, say)}</p>", _columns(records, recipe, say))
    hashes = [
        (say("check_linked", name=file.name), f"<code>{file.sha256}</code>"),
        (say("check_recipe"), f"<code>{recipe.sha256}</code>"),
    ]
    yield check_section(hashes, file.name, recipe.path.name, say)


def _columns(records: SafeRecords, recipe: Recipe, say: Words) -> str:
    rows = "".join(
        f'<tr><th scope="row">{heading(recipe.words, name)}</th><td class="n">{_values(records, name, say)}</td>'
        f"<td>{say(_role(recipe, name))}</td></tr>"
        for name in records.header
    )
    head = "".join(
        f'<th scope="col"{kind}>{say(key)}</th>'
        for key, kind in (("records_column", ""), ("records_values", ' class="n"'), ("records_role", ""))
    )
    table = f'<table class="t"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{say("records")}">{table}</div>'


def _lead(records: SafeRecords, say: Words) -> str:
    hidden = any(TOTAL in records.column(name) for name in records.header)
    gap = "" if say.language == "zh-hans" else " "
    return say("records_lead") + (gap + say("records_total") if hidden else "")


def _values(records: SafeRecords, name: str, say: Words) -> str:
    """How many different ones are shown of a column; where there are none, that it is not shown."""
    shown = len({*records.column(name)} - {TOTAL})
    return say.number(shown) if shown else say("records_nothing")


def _role(recipe: Recipe, name: str) -> str:
    if name in recipe.microdata.quasi:
        return "role_quasi"
    return "role_sensitive" if name in recipe.microdata.sensitive else "role_other"
