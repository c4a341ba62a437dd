"""Micro-data: records that stay records, coarse enough that each is like k others; what stands out is left out."""

from __future__ import annotations

from itertools import compress
from typing import Any

from kontor.engines.disclosure.anonymity import Anonymous, Demand, Metric, anonymised
from kontor.engines.disclosure.anonymity import guarantees as guarantees_of
from kontor.engines.disclosure.classes import Diversity
from kontor.engines.disclosure.ladders import ladder_of_parents
from kontor.engines.disclosure.problem import Budget
from kontor.engines.disclosure.statements import Statement

from .recipe import Recipe
from .records import PreparedRecords
from .safe_records import SafeRecords


def anonymised_records(prepared: PreparedRecords, budget: Budget) -> tuple[SafeRecords, dict[str, Any]]:
    """Generalise the quasi-identifiers along their hierarchies, leave the outliers out; and what that cost, for the
    office only.

    Refused("anonymity_impossible") where even the coarsest records are not alike enough.
    """
    recipe, columns = prepared.recipe, prepared.columns
    asked = recipe.microdata
    quasi = {name: columns[name] for name in asked.quasi}
    ladders = {
        name: ladder_of_parents(name, sorted(set(values)), next(iter(recipe.hierarchies_of(name)), {}))
        for name, values in quasi.items()
    }
    sensitive = {name: columns[name] for name in asked.sensitive}
    metric: Metric = "discernibility" if asked.metric == "discernibility" else "granularity"
    made = anonymised(quasi, ladders, sensitive, _demand(recipe), metric=metric, budget=budget)
    kept = made.kept.tolist()
    shown = [
        made.columns[name] if name in made.columns else list(compress(columns[name], kept))
        for name in recipe.variables
    ]
    return SafeRecords(recipe.variables, tuple(zip(*shown, strict=True))), _local(made)


def guarantees(recipe: Recipe) -> tuple[Statement, ...]:
    """What holds of the published records, from the recipe alone."""
    return guarantees_of(_demand(recipe), recipe.microdata.quasi)


def _local(made: Anonymous) -> dict[str, Any]:
    left_out = len(made.kept) - int(made.kept.sum())
    return {
        "levels": ", ".join(f"{name}: {level}" for name, level in made.levels.items()),
        "left_out": left_out,
        "classes": made.classes,
        "smallest": made.smallest,
        "granularity": made.granularity,
        "discernibility": made.discernibility,
    }


def _demand(recipe: Recipe) -> Demand:
    asked = recipe.microdata
    diversity: Diversity = "entropy" if asked.diversity == "entropy" else "distinct"
    return Demand(asked.k, float(asked.l), diversity, asked.suppression_limit)
