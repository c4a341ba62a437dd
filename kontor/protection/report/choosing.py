"""Whether another method would serve better, judged from what is public: kind, size, share hidden."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..perturbing import DEFAULTS, option
from ..recipe import Recipe
from .breadth import heading
from .figures import Figures, Level
from .marks import section, statements, tag
from .words import Words

MUCH = 0.3  # share of hidden cells from which readers miss more than they get
MOST = 0.6  # share from which the breakdown is too fine for its counts
LARGE = 20_000  # cells of a table that nobody reads as a table
NAMED = 3  # crosses of variables
NOTHING = "\0"  # in place of what is HTML already
VARIANCE = (
    2 * math.exp(-1) / (1 - math.exp(-1)) ** 2
)  # of discrete Laplace noise at ε = 1 (Ghosh et al. 2012)


def choice(recipe: Recipe, figures: Figures, say: Words) -> str:
    """Every method with its promise; the one that was used is marked."""
    if recipe.kind == "microdata":
        return ""
    rows = [_row(method, recipe, figures, say) for method in _methods(recipe)]
    if recipe.alternative is not None:
        return section(say("choice_compared"), statements(rows))
    said = f"<p>{_verdict(recipe, figures, say)}</p>{_crosses(figures, say)}"
    return section(say("choice"), said, statements(rows) if len(rows) > 1 else "")


def advised(recipe: Recipe, *, cells: int, hidden: int) -> str:
    """keep | coarser | round | cellkey | rates | known | magnitude."""
    if recipe.kind == "magnitude":
        return "magnitude"
    if recipe.rates or len(recipe.responses) > 1:
        return "rates"
    if recipe.known:
        return "known"
    if hidden < MUCH * cells:
        return "keep"
    if recipe.input == "records" and (cells >= LARGE or recipe.linked):
        return "cellkey"
    return "coarser" if hidden >= MOST * cells or recipe.linked else "round"


def base_of(recipe: Recipe) -> int:
    """To which rounding goes, or would go so that it hides what the threshold hides."""
    if recipe.alternative is not None:
        return int(option(recipe.alternative, "base"))
    return recipe.primary.threshold + 1 if recipe.primary.threshold else int(DEFAULTS["base"])


def _methods(recipe: Recipe) -> tuple[str, ...]:
    """Those that such a table can be protected by: all but suppression change one count, and not beside earlier tables."""
    if recipe.kind == "magnitude" or recipe.rates or len(recipe.responses) > 1 or recipe.known:
        return ("suppress",)
    return ("suppress", "round", "cellkey", "dp")


def _verdict(recipe: Recipe, figures: Figures, say: Words) -> str:
    hidden = int(figures.hidden.sum())
    key = advised(recipe, cells=figures.cells, hidden=hidden)
    facts = {"cells": figures.cells} if key == "cellkey" else {"base": base_of(recipe)}
    share = say.percent(hidden / figures.cells)
    return say(f"choice_{key}", share="\0", **facts).replace("\0", share)


def _crosses(figures: Figures, say: Words) -> str:
    """Which ways to break the table down hide most; the share of the whole table does not tell."""
    overall = int(figures.hidden.sum()) / figures.cells
    begin, end = "（）" if say.language == "zh-hans" else (" (", ")")
    worst = sorted(figures.levels, key=lambda one: one.hidden / one.cells, reverse=True)
    named = [
        f"{_breakdown(figures, level, say)}{begin}{say.percent(level.hidden / level.cells)}{end}"
        for level in worst[:NAMED]
        if level.hidden / level.cells >= MUCH and level.hidden > overall * level.cells and level.cells > 1
    ]
    if not named:
        return ""
    return f"<p>{say('choice_crosses', crosses=NOTHING).replace(NOTHING, say.between.join(named))}</p>"


def _breakdown(figures: Figures, level: Level, say: Words) -> str:
    """A way to break the table down: its variables by their headings."""
    names = " × ".join(heading(figures.recipe.words, one) for one in level.variables)
    return names or say("by_nothing")


def _row(method: str, recipe: Recipe, figures: Figures, say: Words) -> tuple[str, str, str]:
    asked = recipe.alternative
    used = method == (asked.method if asked is not None else "suppress")
    base = base_of(recipe)
    name = "method_round_every" if method == "round" and _every(recipe) else f"method_{method}"
    said = [say(f"method_{method}_promise", most=base - 1), say(f"method_{method}_when")]
    if asked is None:
        said += _here(method, recipe, figures, say)
    gap = "" if say.language == "zh-hans" else " "
    return say(name, base=base), gap.join(said), tag(say("used_here"), "note") if used else ""


def _every(recipe: Recipe) -> bool:
    return recipe.alternative is not None and bool(option(recipe.alternative, "every"))


def _here(method: str, recipe: Recipe, figures: Figures, say: Words) -> Iterator[str]:
    """What the method would do to this table, as far as the published cells tell."""
    inner = int(figures.inner.sum())
    if method == "round" and recipe.primary.threshold and not recipe.primary.holdings and inner:
        changed = int((figures.inner & figures.hidden).sum())
        yield say("method_round_when_here", changed=changed, inner=inner)
    if method == "dp" and inner > 1:
        total = round(math.sqrt(2 / math.pi * inner * VARIANCE))  # mean absolute value of a normal error
        yield say("method_dp_when_here", inner=inner, total=total)
