"""Pictures as HTML tables, so that they can be read aloud, copied and printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from ..recipe import TOTAL
from ..safe_file import HIDDEN
from .breadth import breadth, heading, labelled, room
from .figures import Figures
from .marks import section
from .picture import Block, Field, Picture, pictures
from .words import Words

BESIDE = 40  # em up to which two pictures may stand side by side
SHADES = (0.0, 0.25, 0.5, 0.75)  # share hidden above which a field of many cells is darker


def picture_section(figures: Figures, say: Words, *, of: str = "") -> str:
    """The open pictures, then the pages; `of` a table other than the main one."""
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
    title = say("picture_values" if changed else "picture") + (f": {escape(of)}" if of else "")
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
    title = _title(picture, figures, say)
    said = say("picture_said", hidden=picture.hidden, cells=picture.cells) if picture.hidden else ""
    if picture.worst:
        block, count = picture.worst
        said += ("" if say.language == "zh-hans" else " ") + say(
            "picture_most", row="\0", count=count
        ).replace("\0", _name(block, picture.rows, figures, say))
    said = f"<p>{said}</p>" if said else ""
    digits = [_digits(picture, figures, column) for column in range(len(picture.across))]
    lines = "".join(
        f'<tr><th scope="row"{_row_class(block)}>{_name(block, picture.rows, figures, say)}</th>'
        + "".join(
            _field(field, picture.kind, figures, say, places)
            for field, places in zip(line, digits, strict=True)
        )
        + "</tr>"
        for block, line in zip(picture.down, picture.fields, strict=True)
    )
    ends = " ends" if picture.across[-1].first == TOTAL else ""
    wide = _breadth(picture, figures, say, digits)
    table = f'<table class="mx{ends}">{_head(picture, figures, say)}<tbody>{lines}</tbody></table>'
    kind = f"broad {room(wide)}" if wide > BESIDE else room(wide)
    more = f'<p class="more" aria-hidden="true">{say("picture_scroll")}</p>'
    return (
        f'<figure class="{kind}"><figcaption><h3>{title}</h3>{said}</figcaption>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_title(picture, figures, say, plain=True)}">'
        f"{more}{table}</div></figure>"
    )


def _head(picture: Picture, figures: Figures, say: Words) -> str:
    words = figures.recipe.words
    corner = heading(words, picture.rows)
    corner += f" \\ {heading(words, picture.columns)}" if picture.columns else ""
    heads = "".join(
        f'<th scope="col"{_sum(block)}>{_name(block, picture.columns, figures, say)}</th>'
        if block.codes
        else f'<th scope="col">{_what(picture, figures, say)}</th>'
        for block in picture.across
    )
    return f'<thead><tr><th scope="col">{corner}</th>{heads}</tr></thead>'


def _breadth(picture: Picture, figures: Figures, say: Words, digits: Sequence[int]) -> float:
    columns = [
        [_text(line[place], picture.kind, figures, say, digits[place]) for line in picture.fields]
        for place in range(len(picture.across))
    ]
    heads = [
        _read(block, picture.columns, figures, say) if block.codes else _what(picture, figures, say)
        for block in picture.across
    ]
    codes = [_read(block, picture.rows, figures, say) for block in picture.down]
    return breadth(codes, heads, columns)


def _read(block: Block, variable: str, figures: Figures, say: Words) -> str:
    """The text of a code and its label, without marks."""
    return unescape(re.sub("<[^>]*>", "", _name(block, variable, figures, say)))


def _digits(picture: Picture, figures: Figures, column: int) -> int:
    """After the point, of all figures in one column of a picture: as many as the one with most of them needs."""
    rows = (line[column].row for line in picture.fields)
    texts = (figures.table.value[row] for row in rows if row is not None)
    return max((len(text.partition(".")[2]) for text in texts), default=0)


def _what(picture: Picture, figures: Figures, say: Words) -> str:
    """What the only column of a picture of one variable shows."""
    if picture.in_blocks:
        return say("cells")
    amount = figures.recipe.responses[0] if figures.recipe.kind == "magnitude" else ""
    column = picture.response or amount
    return heading(figures.recipe.words, column) if column else say("kind_frequency")


def _title(picture: Picture, figures: Figures, say: Words, *, plain: bool = False) -> str:
    """plain: for an attribute, where nothing can be broken."""
    words = figures.recipe.words

    def written(column: str) -> str:
        return escape(words.heading(column)) if plain else heading(words, column)

    if picture.kind == "page":
        variable, code = picture.page
        said = f"{code} {words.label(variable, code)}".rstrip()
        title = say("picture_page", variable=words.heading(variable), code=said)
    elif picture.kind == "cross" and not picture.columns:
        title = written(picture.rows)
    else:
        title = say(f"picture_{picture.kind}", rows="\0", columns="\1")
        title = title.replace("\0", written(picture.rows)).replace("\1", written(picture.columns))
    return f"{title} ({written(picture.response)})" if picture.response else title


def _name(block: Block, variable: str, figures: Figures, say: Words) -> str:
    if block.first == TOTAL:
        return escape(figures.recipe.words.label(variable, TOTAL)) or say("total")
    if block.first != block.last:
        return say("block", first=block.first, last=block.last)
    return labelled(figures.recipe.words, variable, block.first)


def _sum(block: Block) -> str:
    return ' class="sum"' if block.first == TOTAL else ""


def _row_class(block: Block) -> str:
    return f' class="i{min(block.depth, 2)}"' if block.depth else _sum(block)


def _field(field: Field, kind: str, figures: Figures, say: Words, digits: int) -> str:
    """One place of a picture: a value, the sign of a hidden cell, or how many of its cells are hidden."""
    if not field.cells:
        return f'<td class="a"><span class="vh">{say("sign_absent")}</span></td>'
    text = _text(field, kind, figures, say, digits)
    if field.row is not None and kind != "behind":
        if not field.hidden:
            return f"<td>{text}</td>"
        if figures.recipe.publish.codes and figures.marks[field.row] == HIDDEN:
            return f'<td class="h p"><span class="vh">{say("sign_primary")}</span></td>'
        return f'<td class="h"><span class="vh">{say("sign_hidden")}</span></td>'
    shade = sum(field.hidden / field.cells > limit for limit in SHADES)
    return f'<td class="s{shade}">{text}</td>'


def _text(field: Field, kind: str, figures: Figures, say: Words, digits: int) -> str:
    """What is read in a field, without its sign."""
    if field.row is None or kind == "behind":
        return f"{say.number(field.hidden)}/{say.number(field.cells)}" if field.cells else ""
    value = figures.table.value[field.row]
    return say.number(value, digits=digits) if value else "" if field.hidden else "–"
