"""What an alternative to suppression promises, in words; the promises come from the engines, the facts from the recipe."""

from __future__ import annotations

from ..anonymising import guarantees as of_records
from ..perturbing import guarantees
from ..recipe import Recipe
from .marks import CHECK, section, statements
from .words import Words


def guarantees_section(recipe: Recipe, say: Words) -> str:
    """Empty for suppression, whose promise is what the attackers found."""
    if recipe.kind == "microdata":
        promised = of_records(recipe)
    elif recipe.alternative is not None:
        promised = guarantees(recipe.alternative)
    else:
        return ""
    sign = f'<span class="tag good">{CHECK}</span>'
    rows = ((say(promise.code, **promise.facts), "", sign) for promise in promised)
    return section(say("changed"), statements(rows))
