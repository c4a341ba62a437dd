"""Which rules of the recipe hid cells, and why each is there."""

from __future__ import annotations

from collections.abc import Iterator

from ..recipe import Recipe
from .figures import Figures
from .marks import section, statements
from .words import Words


def rules_section(recipe: Recipe, figures: Figures, say: Words) -> str:
    """Empty for a method that hides nothing."""
    if recipe.alternative is not None or recipe.kind == "microdata":
        return ""
    rows = [*_primary(recipe, say), *_secondary(recipe, figures, say), *_together(recipe, say)]
    return section(say("rules"), f"<p>{say('rules_lead')}</p>", statements(rows))


def _primary(recipe: Recipe, say: Words) -> Iterator[tuple[str, str, str]]:
    rules = recipe.primary
    if recipe.kind == "frequency" and rules.threshold > 0:
        key = "rule_threshold_1" if rules.threshold == 1 else "rule_threshold"
        yield say(key, threshold=rules.threshold), say("rule_threshold_why"), ""
    if rules.dominance is not None:
        n, k = rules.dominance
        key = "rule_dominance_1" if n == 1 else "rule_dominance"
        yield say(key, n=n, k=k), say("rule_dominance_why"), ""
    if rules.p_percent is not None:
        yield say("rule_p_percent", p=rules.p_percent), say("rule_p_percent_why"), ""
    if rules.holdings > 0:
        yield say("rule_holdings", count=rules.holdings), say("rule_holdings_why"), ""
    zeros = "rule_zeros_shown" if recipe.publish.zeros else "rule_zeros_hidden"
    yield say(zeros), say(f"{zeros}_why"), ""


def _secondary(recipe: Recipe, figures: Figures, say: Words) -> Iterator[tuple[str, str, str]]:
    if recipe.secondary.method == "none":
        return
    why = say("rule_secondary_why")
    if recipe.publish.codes:
        why = say("rule_secondary_codes", primary=figures.primaries, secondary=figures.secondaries)
    yield say("rule_secondary"), why, ""


def _together(recipe: Recipe, say: Words) -> Iterator[tuple[str, str, str]]:
    for rate in recipe.rates:
        columns = {"name": rate.name, "numerator": rate.numerator, "denominator": rate.denominator}
        facts = {role: recipe.words.heading(column) for role, column in columns.items()}
        yield say("rule_rate", **facts), say("rule_rate_why"), ""
    if recipe.linked:
        yield say("rule_linked", count=len(recipe.linked)), say("rule_linked_why"), ""
    if recipe.known:
        yield say("rule_known", count=len(recipe.known)), say("rule_known_why"), ""
