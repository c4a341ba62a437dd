"""What in a recipe contradicts itself, or asks for a rule that cannot be applied to such a table."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator

from kontor.errors import BadRow

from .recipe import COUNT, TOTAL, Alternative, Primary, Recipe
from .recipe_keys import SECTIONS

NEEDED_BY = {"cellkey": ("secret", "record"), "dp": ("epsilon", "budget", "data_set", "release")}
RESERVED = ("response", "value", "confidentiality")  # columns of a safe file


def faults_of(recipe: Recipe) -> Iterator[BadRow]:
    """Everything that no single key shows."""
    yield from _names(recipe)
    yield from _hierarchies(recipe)
    yield from _rules(recipe)
    yield from _method(recipe)


def _names(recipe: Recipe) -> Iterator[BadRow]:
    for name in recipe.variables:
        if name in RESERVED or name in recipe.responses:
            yield BadRow("recipe_name_taken", None, name, {"value": name})
    for name, times in Counter(recipe.variables).items():
        if times > 1:
            yield BadRow("recipe_variable_twice", None, "table.variables", {"value": name})
    for name, times in Counter([*recipe.responses, *(rate.name for rate in recipe.rates)]).items():
        if times > 1:
            yield BadRow("recipe_name_taken", None, name, {"value": name})
    for margin in recipe.publish.margins or ():
        for name in margin:
            if name not in recipe.variables:
                yield _not_a_variable(recipe, "publish.margins", name)
    if recipe.kind == "microdata":
        for name in (*recipe.microdata.quasi, *recipe.microdata.sensitive):
            if name not in recipe.variables:
                yield _not_a_variable(recipe, "microdata", name)
    columns = {*recipe.variables, *recipe.responses, *(rate.name for rate in recipe.rates)}
    for name in recipe.words.headings.keys() - columns:
        yield _not_a_variable(recipe, "headings", name)
    for name in recipe.words.labels.keys() - {*recipe.variables}:
        yield _not_a_variable(recipe, "labels", name)
    for name in recipe.variables:
        if recipe.identifiers.get(name) == "drop":
            yield BadRow("identifier_dropped_but_used", None, name, {"column": name})


def _not_a_variable(recipe: Recipe, key: str, name: str) -> BadRow:
    nearest = difflib.get_close_matches(name, recipe.variables, n=1, cutoff=0.0)
    facts = {"key": key, "value": name, "nearest": "".join(nearest)}
    return BadRow("recipe_not_a_variable", None, key, facts)


def _hierarchies(recipe: Recipe) -> Iterator[BadRow]:
    for hierarchy in recipe.hierarchies:
        key = f"hierarchy.{hierarchy.variable}"
        if hierarchy.variable not in recipe.variables:
            yield _not_a_variable(recipe, key, hierarchy.variable)
        if TOTAL in hierarchy.parents:
            yield BadRow("hierarchy_total_has_parent", None, key, {"variable": hierarchy.variable})
    named = Counter((hierarchy.variable, hierarchy.name) for hierarchy in recipe.hierarchies)
    for (variable, name), times in named.items():
        if times > 1:
            yield BadRow("recipe_name_taken", None, f"hierarchy.{variable}", {"value": name or variable})


def _rules(recipe: Recipe) -> Iterator[BadRow]:
    primary = recipe.primary
    amounts = {"dominance": primary.dominance, "p_percent": primary.p_percent}
    for name, rule in amounts.items():
        if rule is not None and (recipe.kind != "magnitude" or recipe.input != "records"):
            yield BadRow("rule_needs_records_of_amounts", None, f"primary.{name}", {"rule": name})
    if primary.holdings and not (recipe.contributor or recipe.holding):
        yield _missing("table.contributor", 'contributor = "owner_id"')
    none = not primary.threshold and not primary.holdings and not any(amounts.values())
    if none and recipe.kind != "microdata" and recipe.alternative is None:
        yield BadRow("recipe_without_rule", None, "primary")


def _method(recipe: Recipe) -> Iterator[BadRow]:
    if recipe.kind == "magnitude" and not recipe.responses:
        yield _missing("table.response", 'response = "kwh"')
    uncounted = COUNT in recipe.responses or recipe.kind == "magnitude"
    if recipe.input == "table" and not recipe.count and uncounted:
        yield _missing("table.count", 'count = "freq"')
    if recipe.kind == "microdata":
        if not recipe.microdata.quasi:
            yield _missing("microdata.quasi", 'quasi = ["age", "sex"]')
        if recipe.input == "table":
            yield BadRow("microdata_needs_records", None, "table.input")
        for name in ("contributor", "holding"):
            if getattr(recipe, name):
                yield BadRow("microdata_counts_records", None, f"table.{name}", {"key": f"table.{name}"})
        if recipe.primary != Primary():
            yield BadRow("microdata_has_no_rules", None, "primary")
    if recipe.alternative is not None:
        for key in NEEDED_BY.get(recipe.alternative.method, ()):
            if key not in recipe.alternative.options:
                yield _missing(f"alternative.{key}", SECTIONS["alternative"][key].example)
        yield from _base(recipe.alternative, recipe.primary.threshold)
    if recipe.kind != "frequency" and recipe.alternative is not None:
        yield BadRow(
            "alternative_needs_counts", None, "alternative.method", {"method": recipe.alternative.method}
        )


def _base(asked: Alternative, threshold: int) -> Iterator[BadRow]:
    """What the base leaves as it is must not be what the threshold protects."""
    base = asked.options.get("base")
    if asked.method == "round" and isinstance(base, int) and base <= threshold:
        facts = {"key": "alternative.base", "base": base, "threshold": threshold, "least": threshold + 1}
        yield BadRow("rounding_base_in_threshold", None, "alternative.base", facts)


def _missing(key: str, example: str) -> BadRow:
    return BadRow("recipe_key_missing", None, key, {"key": key, "example": example})
