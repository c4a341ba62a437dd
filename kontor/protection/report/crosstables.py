"""Pictures as HTML tables, so that they can be read aloud, copied and printed."""

from __future__ import annotations

from html import escape

from ..recipe import TOTAL
from ..safe_file import HIDDEN
from .figures import Figures
from .marks import section
from .picture import Block, Field, Picture, pictures
from .words import Words

BESIDE = 8  # columns up to which two pictures stand side by side
SHADES = (0.0, 0.25, 0.5, 0.75)  # share hidden above which a field of many cells is darker


def picture_section(figures: Figures, say: Words, *, name: str = "") -> str:
    """The open pictures, then the pages; `name` of a table other than the main one."""
    shown, pages = pictures(figures)
    if not shown:
        return ""
    drawn = [_figure(picture, figures, say) for picture in shown]
    folded = ""
    if pages:
        inside = f'<div class="pics">{"".join(_figure(picture, figures, say) for picture in pages)}</div>'
        folded = (
            f"<details><summary>{say('picture_pages')} ({say.number(len(pages))})</summary>{inside}</details>"
        )
    notes = f"<p>{say('picture_part')}</p>" if any(picture.in_blocks for picture in shown) else ""
    changed = figures.recipe.alternative is not None
    title = say("picture_values" if changed else "picture") + (f": {escape(name)}" if name else "")
    return section(title, notes, f'<div class="pics">{"".join(drawn)}</div>', _legend(figures, say), folded)


def _legend(figures: Figures, say: Words) -> str:
    if not figures.hidden.any():
        return ""
    signs = [("○", "sign_hidden")]
    if figures.recipe.publish.codes:
        signs = [("✕", "sign_primary"), ("○", "sign_secondary")]
    return (
        '<ul class="legend">' + "".join(f"<li><b>{sign}</b> {say(key)}</li>" for sign, key in signs) + "</ul>"
    )


def _figure(picture: Picture, figures: Figures, say: Words) -> str:
    title = _title(picture, say)
    said = say("picture_said", hidden=picture.hidden, cells=picture.cells) if picture.hidden else ""
    if picture.worst:
        block, count = picture.worst
        said += ("" if say.language == "zh-hans" else " ") + say(
            "picture_most", row="\0", count=count
        ).replace("\0", _name(block, say))
    said = f"<p>{said}</p>" if said else ""
    head = "".join(
        f'<th scope="col"{_sum(block)}>{_name(block, say)}</th>'
        if block.codes
        else f'<th scope="col">{_what(picture, figures, say)}</th>'
        for block in picture.across
    )
    corner = escape(picture.rows) + (f" \\ {escape(picture.columns)}" if picture.columns else "")
    lines = "".join(
        f'<tr><th scope="row"{_row_class(block)}>{_name(block, say)}</th>'
        + "".join(_field(field, picture.kind, figures, say) for field in line)
        + "</tr>"
        for block, line in zip(picture.down, picture.fields, strict=True)
    )
    ends = " ends" if picture.across[-1].first == TOTAL else ""
    head = f'<thead><tr><th scope="col">{corner}</th>{head}</tr></thead>'
    table = f'<table class="mx{ends}">{head}<tbody>{lines}</tbody></table>'
    kind = ' class="broad"' if len(picture.across) > BESIDE else ""
    return (
        f"<figure{kind}><figcaption><h3>{title}</h3>{said}</figcaption>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">{table}</div></figure>'
    )


def _what(picture: Picture, figures: Figures, say: Words) -> str:
    """What the only column of a picture of one variable shows."""
    if picture.in_blocks:
        return say("cells")
    amount = figures.recipe.responses[0] if figures.recipe.kind == "magnitude" else ""
    return escape(picture.response or amount) or say("kind_frequency")


def _title(picture: Picture, say: Words) -> str:
    if picture.kind == "page":
        variable, code = picture.page
        title = say("picture_page", variable=variable, code=code)
    elif picture.kind == "cross" and not picture.columns:
        title = escape(picture.rows)
    else:
        title = say(f"picture_{picture.kind}", rows=picture.rows, columns=picture.columns)
    return f"{title} ({escape(picture.response)})" if picture.response else title


def _name(block: Block, say: Words) -> str:
    if block.first == TOTAL:
        return say("total")
    return (
        escape(block.first) if block.first == block.last else say("block", first=block.first, last=block.last)
    )


def _sum(block: Block) -> str:
    return ' class="sum"' if block.first == TOTAL else ""


def _row_class(block: Block) -> str:
    return f' class="i{min(block.depth, 2)}"' if block.depth else _sum(block)


def _field(field: Field, kind: str, figures: Figures, say: Words) -> str:
    """One place of a picture: a value, the sign of a hidden cell, or how many of its cells are hidden."""
    if not field.cells:
        return f'<td class="a"><span class="vh">{say("sign_absent")}</span></td>'
    if field.row is not None and kind != "behind":
        if not field.hidden:
            return f"<td>{_value(figures.table.value[field.row], say)}</td>"
        if figures.recipe.publish.codes and figures.marks[field.row] == HIDDEN:
            return f'<td class="h p"><span class="vh">{say("sign_primary")}</span></td>'
        return f'<td class="h"><span class="vh">{say("sign_hidden")}</span></td>'
    shade = sum(field.hidden / field.cells > limit for limit in SHADES)
    return f'<td class="s{shade}">{say.number(field.hidden)}/{say.number(field.cells)}</td>'


def _value(text: str, say: Words) -> str:
    return say.number(text) if text else "–"
