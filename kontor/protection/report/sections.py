"""The sections of the report, top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from ..perturbing import option
from ..recipe import Alternative, Recipe
from .breadth import heading
from .choosing import choice
from .contents import Contents
from .crosstables import picture_section
from .figures import Figures, by_number_of_variables
from .guarantees import guarantees_section
from .marks import CHECK, CROSS, bar, box, check_section, pairs, section, statements, tag
from .rules_section import rules_section
from .words import Words

MOST_LEVELS = 16
MET_WITH = frozenset(
    (
        "corrected_cells",
        "mostly_corrected",
        "revision_one_way",
        "respondents_see_themselves",
        "single_persons_know_totals",
        "coalitions_of_neighbours",
        "amounts_without_primaries",
        "margins_unpublished",
    )
)
"""Assumptions of the auditor that no rule of the recipe says already."""


def sections(contents: Contents, figures: Sequence[Figures], say: Words) -> Iterator[str]:
    """HTML of one language."""
    recipe = contents.main.recipe
    main = figures[0]
    yield _head(contents, main, say)
    yield _keys(contents, main, say)
    yield rules_section(recipe, main, say)
    yield guarantees_section(recipe, say)
    yield picture_section(main, say)
    attacked = main.hidden.any() or recipe.known
    if contents.audit is not None and recipe.alternative is None and attacked:
        yield _attackers(recipe, contents.audit, say)
    if recipe.alternative is None:
        yield _seen(main, say)
    for other in figures[1:]:
        yield _seen(other, say, name=other.recipe.path.stem)
        yield picture_section(other, say, of=other.recipe.path.stem)
    yield choice(recipe, main, say)
    yield _check(contents, say)


def _head(contents: Contents, figures: Figures, say: Words) -> str:
    recipe, hidden = figures.recipe, int(figures.hidden.sum())
    if recipe.alternative is not None:
        lead = _changed(recipe.alternative, figures.cells, say)
    elif hidden:
        attackers = say(f"attackers_{attackers_of(recipe)}")
        lead = say("lead_hidden", hidden=hidden, cells=figures.cells, attackers=attackers)
    else:
        lead = say("lead_open", cells=figures.cells)
    facts = [
        (say("fact_kind"), say(f"kind_{recipe.kind}")),
        (say("fact_variables"), " × ".join(_both(recipe, one) for one in recipe.variables)),
    ]
    if recipe.kind == "magnitude" or len(figures.responses) > 1:
        facts.append((say("fact_response"), say.between.join(_both(recipe, one) for one in recipe.responses)))
    sha256 = contents.main.sha256
    facts.append((say("fact_hash", name=contents.main.name), f"<code>{sha256[:4]}…{sha256[-4:]}</code>"))
    return (
        f'<header class="mast"><p class="kick">{say("kick")}</p><h1>{escape(recipe.words.title) or say("title")}</h1>'
        f'<p class="lead">{lead}</p>{pairs(facts, "facts")}</header>'
    )


def _both(recipe: Recipe, column: str) -> str:
    """The heading of a variable or a response and, where it has one, its name in SAFE.csv."""
    given = recipe.words.heading(column)
    return heading(recipe.words, column) + (f" ({escape(column)})" if given != column else "")


def _changed(asked: Alternative, cells: int, say: Words) -> str:
    """What the method did to the counts."""
    if asked.method == "round":
        base = option(asked, "base")
        key = "lead_round_every" if option(asked, "every") else "lead_round"
        return say(key, cells=cells, base=base, most=base - 1)
    if asked.method == "cellkey":
        return say("lead_cellkey", cells=cells, largest=option(asked, "largest"))
    return say("lead_dp", cells=cells, epsilon=_decimal(option(asked, "epsilon"), say))


def _decimal(written: float | str, say: Words) -> str:
    """A number of the recipe with as many digits as are written there."""
    return say.number(format(Decimal(str(written)), "f"))


def attackers_of(recipe: Recipe) -> int:
    """A, B, C; D only where the recipe asks for a coalition."""
    return 4 if recipe.secondary.coalition > 1 else 3


def _keys(contents: Contents, figures: Figures, say: Words) -> str:
    if figures.recipe.alternative is not None:
        return _boxes(_sizes(figures, say), "keys three")
    hidden = int(figures.hidden.sum())
    shown = figures.cells - hidden
    sums = ~figures.inner
    boxes = [
        (
            say("key_cells"),
            say.percent(shown / figures.cells),
            say("key_cells_note", shown=shown, cells=figures.cells),
        ),
        _key_total(figures, say),
    ]
    if sums.any():
        shown_sums, all_sums = int((sums & ~figures.hidden).sum()), int(sums.sum())
        note = say("key_margins_note", shown=shown_sums, cells=all_sums)
        boxes.append((say("key_margins"), say.percent(shown_sums / all_sums), note))
    else:
        boxes.append((say("key_margins"), "–", say("key_margins_none")))
    if contents.audit is not None:
        found = sum(found_by(contents.audit, name) or 0 for name in "ABCD")
        note = say("key_found_note", attackers=attackers_of(figures.recipe), hidden=hidden)
        boxes.append((say("key_found"), say.number(found), note))
    return _boxes(boxes, "keys")


def _sizes(figures: Figures, say: Words) -> list[tuple[str, str, str]]:
    """How large a table is of which nothing is hidden."""
    inner = int(figures.inner.sum())
    counts = (("key_cells", figures.cells), ("key_inner", inner), ("key_sums", figures.cells - inner))
    return [(say(key), say.number(count), "") for key, count in counts]


def _boxes(boxes: Iterable[tuple[str, str, str]], kind: str) -> str:
    items = (
        f'<div class="key"><dt>{name}</dt><dd class="big">{big}</dd>'
        + (f'<dd class="small soft">{note}</dd>' if note else "")
        + "</div>"
        for name, big, note in boxes
    )
    return f'<dl class="{kind}">{"".join(items)}</dl>'


def _key_total(figures: Figures, say: Words) -> tuple[str, str, str]:
    share = figures.share_of_total
    if share is None:
        return say("key_total"), "–", say("key_total_unknown")
    inner = figures.inner & figures.of_response(figures.responses[0])
    note = say("key_total_note", inner=int(inner.sum()))
    return say("key_total"), say.percent(share), note


def found_by(audit: Mapping[str, Any], name: str) -> int | None:
    """How many cells an attacker determined; None where he was not asked."""
    attacker = audit["attackers"].get(name)
    return None if attacker is None else int(attacker["exact"])


def _attackers(recipe: Recipe, audit: Mapping[str, Any], say: Words) -> str:
    """Who tried what, what he found, and what was taken for granted."""
    counts = recipe.secondary.coalition
    threshold = recipe.primary.threshold
    rows = [
        (say("attacker_A"), say("attacker_A_how"), _result(audit, "A", say)),
        (say("attacker_B"), say(_how_of_b(recipe), threshold=threshold), _result(audit, "B", say)),
        (say("attacker_C"), say("attacker_C_how"), _result(audit, "C", say)),
    ]
    if counts > 1:
        claim, how = say("attacker_D", count=counts), say("attacker_D_how", count=counts)
        rows.append((claim, how, _result(audit, "D", say)))
    width = recipe.secondary.interval_width
    if recipe.kind == "frequency":
        rows.append((say("narrow"), say("narrow_how", width=width), _tag(int(audit["narrow"] or 0), say)))
    return section(
        say("attackers"),
        f"<p>{say('attackers_lead')}</p>",
        statements(rows),
        box(say("assumed"), _assumed(recipe, audit, say)),
    )


def _assumed(recipe: Recipe, audit: Mapping[str, Any], say: Words) -> Iterator[str]:
    """What was taken for granted: always, by this recipe, and by what the auditor met with."""
    yield say("assumed_knows")
    yield say("assumed_merged")
    if recipe.known:
        yield say("assumed_known")
    if recipe.kind == "frequency" and recipe.primary.threshold:
        yield say("assumed_suspected" if recipe.secondary.suspected else "assumed_told")
    if recipe.secondary.coalition == 1:
        yield say("assumed_alone")
    for met in audit.get("assumptions", ()):
        if met["code"] in MET_WITH:
            yield say(
                f"assumed_{met['code']}", **{name: fact for name, fact in met.items() if name != "code"}
            )


def _how_of_b(recipe: Recipe) -> str:
    if recipe.kind == "magnitude":
        return "attacker_B_how_magnitude"
    if recipe.publish.codes:
        return "attacker_B_how_codes"
    return "attacker_B_how" if recipe.publish.zeros else "attacker_B_how_plain"


def _result(audit: Mapping[str, Any], name: str, say: Words) -> str:
    found = found_by(audit, name)
    return tag(say("not_run")) if found is None else _tag(found, say)


def _tag(found: int, say: Words) -> str:
    if found:
        return tag(say("found_cells", count=found), "bad", CROSS)
    return tag(say("found_nothing"), "good", CHECK)


def _seen(figures: Figures, say: Words, *, name: str = "") -> str:
    """What is shown at which level of detail."""
    rows = [
        _level(
            " × ".join(heading(figures.recipe.words, one) for one in level.variables),
            level.cells,
            level.hidden,
            say,
        )
        for level in figures.levels
    ]
    if len(rows) > MOST_LEVELS:
        rows = [
            _level(say("by_many", count=count) if count else "", cells, hidden, say)
            for count, cells, hidden in by_number_of_variables(figures.levels)
        ]
    head = "".join(
        f'<th scope="col"{kind}>{say(key)}</th>'
        for key, kind in (("by", ""), ("cells", ' class="n"'), ("hidden", ' class="n"'), ("share_shown", ""))
    )
    title = say("seen") + (f": {escape(name)}" if name else "")
    table = f'<table class="t"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    scroll = f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">{table}</div>'
    return section(title, f"<p>{say('seen_lead')}</p>", scroll)


def _level(name: str, cells: int, hidden: int, say: Words) -> str:
    share = (cells - hidden) / cells
    return (
        f'<tr><th scope="row">{name or say("by_nothing")}</th><td class="n">{say.number(cells)}</td>'
        f'<td class="n">{say.number(hidden)}</td>'
        f'<td><span class="share"><span>{say.percent(share)}</span>{bar(share)}</span></td></tr>'
    )


def _check(contents: Contents, say: Words) -> str:
    """How a reader runs the attackers again."""
    main = contents.main
    hashes = [
        (say("check_linked", name=main.name), f"<code>{main.sha256}</code>"),
        (say("check_recipe"), f"<code>{main.recipe.sha256}</code>"),
    ]
    for file in contents.tables[1:]:
        name = say("check_linked", name=file.name)
        hashes.append((name, f"<code>{file.sha256}</code>"))
    return check_section(hashes, main.name, main.recipe.path.name, say)
