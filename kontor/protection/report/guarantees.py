"""What an alternative to suppression promises, in words; the promises come from the engines, the facts from the recipe."""

from __future__ import annotations

from dataclasses import replace

from ..anonymising import guarantees as of_records
from ..perturbing import guarantees
from ..recipe import Recipe
from .marks import CHECK, box, section, statements, tag
from .words import Words

LIMITS = frozenset(
    (
        "rounding_error_of_sums_unbounded",
        "rounding_no_true_sums_elsewhere",
        "cellkey_not_additive",
        "cellkey_secret_needed",
        "privacy_codes_known",
        "privacy_adds_up_over_releases",
        "anonymity_quasi_identifiers_only",
    )
)
"""Statements that are no promise: what a method does not bound, and what its promise rests on."""


def guarantees_section(recipe: Recipe, say: Words) -> str:
    """Empty for suppression, whose promise is what the attackers found."""
    if recipe.kind == "microdata":
        said = of_records(recipe)
    elif recipe.alternative is not None:
        said = guarantees(recipe.alternative)
    else:
        return ""
    if recipe.kind == "microdata":
        columns = say.between.join(recipe.microdata.quasi)
        said = tuple(replace(one, facts={**one.facts, "columns": columns}) for one in said)
    rows = [
        (say(one.code, **one.facts), "", tag(say("promised"), "good", CHECK))
        for one in said
        if one.code not in LIMITS
    ]
    limits = [say(one.code, **one.facts) for one in said if one.code in LIMITS]
    return section(say("changed"), statements(rows), box(say("changed_limits"), limits))
