"""LOCAL.html: for the office alone, in three languages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from .report.marks import section
from .report.page import frame
from .report.words import Words

MOST_CELLS = 300  # the rest stands in LOCAL.json


def local_page(content: Mapping[str, Any], language: str) -> bytes:
    """The content of LOCAL.json as a page; headed in three languages by what must not happen to it."""
    warning = " · ".join(escape(text) for text in content["warning"].values())
    head = f'<p class="tag bad whole">{warning}</p>'
    return frame("local_title", lambda say: head + "\n".join(_parts(content, say)), "local_foot", language)


def _parts(content: Mapping[str, Any], say: Words) -> Iterator[str]:
    source = content["input"]
    yield f'<header class="mast"><h1>{say("local_title")}</h1><p class="lead">{say("local_lead")}</p></header>'
    if content["pattern"]:
        yield _pattern(content["pattern"], say)
    if content["change"]:
        yield _change(content["change"], say)
    if content["advice"]:
        yield _advice(content["advice"], say)
    if content["cells"]:
        yield _cells(content["cells"], say)
    rows = (
        (say("local_file"), escape(source["name"])),
        (say("local_rows"), say.number(source["rows"])),
        (say("local_dropped"), escape(", ".join(source["dropped"])) or "–"),
        ("SHA-256", f"<code>{source['sha256']}</code>"),
    )
    head = (say("local_what"), say("local_read"))
    yield section(say("local_input"), _table(say("local_input"), head, rows))


def _change(change: Mapping[str, Any], say: Words) -> str:
    rows = ((say(f"local_change_{name}"), _text(value, say)) for name, value in change.items())
    head = (say("local_what"), say("local_much"))
    return section(say("local_change"), _table(say("local_change"), head, rows, numbers=(1,)))


def _pattern(pattern: Mapping[str, Any], say: Words) -> str:
    rows = [(say(f"local_rule_{rule}"), say.number(count)) for rule, count in pattern["primaries"].items()]
    bound = say("local_optimal") if pattern["optimal"] else say.number(pattern["lower_bound"])
    ratio = say.number(f"{pattern['ratio']:.3f}") if pattern["ratio"] else "–"
    rows += [
        (say("local_rule_secondary"), say.number(pattern["secondaries"])),
        (say("local_bound"), bound),
        (say("local_ratio"), ratio),
        (say("local_hidden_primary"), _text(pattern["hidden_value"]["primary"], say)),
        (say("local_hidden_secondary"), _text(pattern["hidden_value"]["secondary"], say)),
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
            ", ".join(say(code) for code in advice["against"].get(cost["method"], ())) or "–",
        )
        for cost in advice["costs"]
    ]
    head = (say("local_method"), say("local_loss"), say("local_largest"), say("local_against"))
    gap = "" if say.language == "zh-hans" else " "
    said = f"<p>{say('local_advice_lead')}{gap}{say('advice_' + advice['method'])}</p>"
    return section(say("local_advice"), said, _table(say("local_advice"), head, rows, numbers=(1, 2)))


def _cells(cells: list[Mapping[str, Any]], say: Words) -> str:
    rows = [
        (
            escape(", ".join(f"{name} {code}" for name, code in cell["cell"].items())) or say("total"),
            _text(cell["value"], say),
            say(f"local_rule_{cell['rule']}"),
        )
        for cell in cells[:MOST_CELLS]
    ]
    note = say("local_more", count=len(cells) - MOST_CELLS) if len(cells) > MOST_CELLS else ""
    head = (say("local_cell"), say("local_value"), say("local_why"))
    listed = _table(say("local_cells"), head, rows, numbers=(1,))
    return section(say("local_cells"), listed, f"<p>{note}</p>" if note else "")


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
