"""Whether another method would serve better, judged from what is public: kind, size, share hidden."""

from __future__ import annotations

from ..recipe import Recipe
from .figures import Figures
from .marks import section, statements, tag
from .words import Words

MUCH = 0.3  # share of hidden cells from which readers miss more than they get
LARGE = 20_000  # cells of a table that nobody reads as a table


def choice(recipe: Recipe, figures: Figures, say: Words) -> str:
    """Every method with its promise; the one that was used is marked."""
    if recipe.kind == "microdata":
        return ""
    used = recipe.alternative.method if recipe.alternative is not None else "suppress"
    methods = ["suppress"] if recipe.kind == "magnitude" else ["suppress", "round", "cellkey", "dp"]
    base = recipe.primary.threshold + 1 if recipe.primary.threshold else 3
    if recipe.alternative is not None:
        base = int(recipe.alternative.options.get("base", base))
    said = "" if recipe.alternative is not None else f"<p>{_verdict(recipe, figures, say)}</p>"
    rows = [_row(method, used, base, say) for method in methods]
    return section(say("choice"), said, statements(rows) if len(rows) > 1 else "")


def advised(recipe: Recipe, *, cells: int, hidden: int) -> str:
    """keep | round | cellkey | magnitude."""
    if recipe.kind == "magnitude":
        return "magnitude"
    if hidden < MUCH * cells:
        return "keep"
    return "cellkey" if cells >= LARGE or len(recipe.linked) > 1 else "round"


def _verdict(recipe: Recipe, figures: Figures, say: Words) -> str:
    hidden = int(figures.hidden.sum())
    share = say.percent(hidden / figures.cells)
    key = advised(recipe, cells=figures.cells, hidden=hidden)
    facts = {"cells": figures.cells} if key == "cellkey" else {}
    return say(f"choice_{key}", share="\0", **facts).replace("\0", share)


def _row(method: str, used: str, base: int, say: Words) -> tuple[str, str, str]:
    gap = "" if say.language == "zh-hans" else " "
    why = say(f"method_{method}_promise") + gap + say(f"method_{method}_when")
    return (
        say(f"method_{method}", base=base),
        why,
        tag(say("used_here"), "note") if method == used else "",
    )
