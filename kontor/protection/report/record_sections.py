"""The report on published records: how coarse each column is, and how large the groups of alike records are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from ..recipe import Recipe
from ..safe_records import SafeRecords
from .contents import SafeFile
from .guarantees import guarantees_section
from .marks import check_section, section
from .words import Words


def record_sections(records: SafeRecords, file: SafeFile, say: Words) -> Iterator[str]:
    """HTML of one language."""
    recipe = file.recipe
    asked = recipe.microdata
    yield (
        f'<header class="mast"><p class="kick">{say("kick")}</p><h1>{say("title_records")}</h1>'
        f'<p class="lead">{say("lead_records", rows=len(records.rows), k=asked.k)}</p></header>'
    )
    groups = Counter(zip(*(records.column(name) for name in asked.quasi), strict=True))
    boxes = [
        (say("kind_microdata"), len(records.rows)),
        (say("records_groups"), len(groups)),
        (say("records_smallest"), min(groups.values(), default=0)),
    ]
    items = (
        f'<div class="key"><dt>{name}</dt><dd class="big">{say.number(big)}</dd></div>' for name, big in boxes
    )
    yield f'<dl class="keys three">{"".join(items)}</dl>'
    yield guarantees_section(recipe, say)
    yield section(say("records"), f"<p>{say('records_lead')}</p>", _columns(records, recipe, say))
    hashes = [
        (say("check_linked", name=file.name), f"<code>{file.sha256}</code>"),
        (say("check_recipe"), f"<code>{recipe.sha256}</code>"),
    ]
    yield check_section(hashes, file.name, recipe.path.name, say)


def _columns(records: SafeRecords, recipe: Recipe, say: Words) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="n">{say.number(len(set(records.column(name))))}</td>'
        f"<td>{say(_role(recipe, name))}</td></tr>"
        for name in records.header
    )
    head = "".join(
        f'<th scope="col"{kind}>{say(key)}</th>'
        for key, kind in (("records_column", ""), ("records_values", ' class="n"'), ("records_role", ""))
    )
    table = f'<table class="t"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{say("records")}">{table}</div>'


def _role(recipe: Recipe, name: str) -> str:
    if name in recipe.microdata.quasi:
        return "role_quasi"
    return "role_sensitive" if name in recipe.microdata.sensitive else "role_other"
