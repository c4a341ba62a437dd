"""LOCAL.html: for the office alone, in three languages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from .recipe import TOTAL, Labels
from .report.breadth import heading, labelled
from .report.marks import section
from .report.page import frame
from .report.words import Words

MOST_CELLS = 300  # the rest stands in LOCAL.json


def local_page(content: Mapping[str, Any], language: str, words: Labels | None = None) -> bytes:
    """The content of LOCAL.json as a page; headed in three languages by what must not happen to it. words: those of the
    recipe for its variables and codes."""
    words = words or Labels()
    warning = " · ".join(escape(text) for text in content["warning"].values())
    head = f'<p class="tag bad whole">{warning}</p>'
    return frame(
        "local_title",
        lambda say: head + "\n".join(_parts(content, say, words)),
        "local_foot",
        language,
        name=words.title,
    )


def _parts(content: Mapping[str, Any], say: Words, words: Labels) -> Iterator[str]:
    source = content["input"]
    kick = f'<p class="kick">{escape(words.title)}</p>' if words.title else ""
    yield f'<header class="mast">{kick}<h1>{say("local_title")}</h1><p class="lead">{say("local_lead")}</p></header>'
    if content["pattern"]:
        yield _pattern(content["pattern"], say)
    if content["change"]:
        yield _change(content["change"], say)
    if content["advice"]:
        yield _advice(content["advice"], say)
    if earlier := [note for note in content["notes"] if note["code"] == "known_before"]:
        yield _earlier(earlier, say, words)
    if content["cells"]:
        yield _cells(content["cells"], say, words)
    rows = (
        (say("local_file"), escape(source["name"])),
        (say("local_rows"), say.number(source["rows"])),
        (say("local_dropped"), escape(say.between.join(source["dropped"])) or "–"),
        ("SHA-256", f"<code>{source['sha256']}</code>"),
    )
    head = (say("local_what"), say("local_read"))
    yield section(say("local_input"), _table(say("local_input"), head, rows))


def _change(change: Mapping[str, Any], say: Words) -> str:
    rows = ((say(f"local_change_{name}"), _cost(value, say)) for name, value in change.items())
    head = (say("local_what"), say("local_much"))
    return section(say("local_change"), _table(say("local_change"), head, rows, numbers=(1,)))


def _cost(value: Any, say: Words) -> str:
    """A text is a decimal number, or a list."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return say.number(value)
    return escape(value.replace(", ", say.between)) if isinstance(value, str) else _text(value, say)


def _pattern(pattern: Mapping[str, Any], say: Words) -> str:
    rows = [(say(f"local_rule_{rule}"), say.number(count)) for rule, count in pattern["primaries"].items()]
    sums = (pattern["hidden_value"]["primary"], pattern["hidden_value"]["secondary"])
    bound = say("local_optimal") if pattern["optimal"] else say.number(pattern["lower_bound"])
    ratio = say.number(f"{pattern['ratio']:.3f}") if pattern["ratio"] else "–"
    rows += [
        (say("local_rule_secondary"), say.number(pattern["secondaries"])),
        (say("local_bound"), bound),
        (say("local_ratio"), ratio),
        *zip((say("local_hidden_primary"), say("local_hidden_secondary")), _aligned(sums, say), strict=True),
    ]
    # What changes nothing that is shown is no step of its own.
    steps = dict.fromkeys(
        (say(f"local_stage_{step['stage']}"), _text(step["best"], say), _text(step["bound"], say))
        for step in pattern["steps"]
    )
    head = (say("local_step"), say("local_best"), say("local_bound"))
    folded = _table(say("local_steps"), head, steps, numbers=(1, 2)) if steps else ""
    title = (say("local_what"), say("local_much"))
    return section(
        say("local_pattern"),
        _table(say("local_pattern"), title, rows, numbers=(1,)),
        f"<details><summary>{say('local_steps')}</summary>{folded}</details>" if steps else "",
    )


def _advice(advice: Mapping[str, Any], say: Words) -> str:
    """What each method would lose; the costs follow from the true values, so this is not for the public report."""
    rows = [
        (
            say(f"method_{cost['method']}", base=advice["base"]),
            say.number(f"{cost['loss']:.3f}"),
            _text(round(cost["largest"], 1), say),
            say.between.join(_speaking_against(cost["method"], advice, say)) or "–",
        )
        for cost in advice["costs"]
    ]
    head = (say("local_method"), say("local_loss"), say("local_largest"), say("local_against"))
    gap = "" if say.language == "zh-hans" else " "
    best = "nothing_else_fits" if advice["only"] else advice["method"]
    sentences = [say("local_advice_lead"), say(f"advice_{best}")]
    if best not in ("nothing_else_fits", "suppress"):
        sentences.append(say("local_advice_exact"))
    sentences.append(say("local_advice_settings", **advice["settings"]))
    said = f"<p>{gap.join(sentences)}</p>"
    return section(say("local_advice"), said, _table(say("local_advice"), head, rows, numbers=(1, 2)))


def _speaking_against(method: str, advice: Mapping[str, Any], say: Words) -> Iterator[str]:
    """What rules it out, then what it costs."""
    yield from (say(code) for code in advice["against"].get(method, ()))
    for one in advice["drawbacks"].get(method, ()):
        share = say.percent(one.get("share", 0))
        yield say(one["code"], share="\0", total=round(one.get("total", 0))).replace("\0", share)


def _earlier(notes: Sequence[Mapping[str, Any]], say: Words, words: Labels) -> str:
    """What tables published before have of today's, and which of their figures differ."""
    said, rows = [], []
    for note in notes:
        facts = {name: note[name] for name in ("file", "same", "revised", "open")}
        said.append(f"<p>{say('local_known_open' if note['open'] else 'local_known', **facts)}</p>")
        several = len({one["response"] for one in note["different"]}) > 1
        for one in note["different"]:
            where = _place(one["cell"], say, words) + (escape(f": {one['response']}") if several else "")
            rows.append((where, *(_text(one[name], say) for name in ("then", "now")), escape(note["file"])))
    more = say("local_more", count=len(rows) - MOST_CELLS) if len(rows) > MOST_CELLS else ""
    head = (say("local_cell"), say("local_then"), say("local_now"), say("local_earlier_file"))
    table = _table(say("local_differing"), head, rows[:MOST_CELLS], numbers=(1, 2)) if rows else ""
    return section(say("local_earlier"), *said, table, f"<p>{more}</p>" if more else "")


def _place(cell: Mapping[str, str], say: Words, words: Labels) -> str:
    """A cell by its codes, but for totals; escaped."""
    codes = [
        f"{heading(words, name)} {labelled(words, name, code)}"
        for name, code in cell.items()
        if code != TOTAL
    ]
    return say.between.join(codes) or say("total")


def _cells(cells: list[Mapping[str, Any]], say: Words, words: Labels) -> str:
    listed = cells[:MOST_CELLS]
    rows = [
        (
            _place(cell["cell"], say, words),
            value,
            say(f"local_rule_{cell['rule']}"),
        )
        for cell, value in zip(listed, _aligned([cell["value"] for cell in listed], say), strict=True)
    ]
    note = say("local_more", count=len(cells) - MOST_CELLS) if len(cells) > MOST_CELLS else ""
    head = (say("local_cell"), say("local_value"), say("local_why"))
    table = _table(say("local_cells"), head, rows, numbers=(1,))
    return section(say("local_cells"), table, f"<p>{note}</p>" if note else "")


def _aligned(values: Sequence[float | int], say: Words) -> list[str]:
    """Numbers one below the other: as many digits after the point as the one with most of them has."""
    plain = [say.plain(value) for value in values]
    digits = max((len(text.partition(".")[2]) for text in plain), default=0)
    return [say.number(text, digits=digits) for text in plain]


def _text(value: Any, say: Words) -> str:
    if isinstance(value, bool):
        return say("yes" if value else "no")
    if not isinstance(value, int | float):
        return "–" if value is None else escape(str(value))
    return say.number(round(value, 3))


def _table(
    title: str, head: tuple[str, ...], rows: Iterable[Sequence[str]], *, numbers: Collection[int] = ()
) -> str:
    """`numbers`: the columns whose figures stand one below the other."""

    def kind(column: int) -> str:
        return ' class="n"' if column in numbers else ""

    columns = "".join(f'<th scope="col"{kind(place)}>{name}</th>' for place, name in enumerate(head))
    lines = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f"<td{kind(place)}>{text}</td>" for place, text in enumerate(rest, start=1))
        + "</tr>"
        for first, *rest in rows
    )
    table = f'<table class="t fit"><thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table>'
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">{table}</div>'
