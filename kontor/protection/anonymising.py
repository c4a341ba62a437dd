"""Micro-data: records that stay records, coarse enough that each is like k others; what stands out is left out."""

from __future__ import annotations

from itertools import compress
from typing import Any

from kontor.engines.disclosure.anonymity import Anonymous, Demand, Metric, anonymised
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
    demand = Demand(asked.k, float(asked.l), _diversity(asked.diversity), asked.suppression_limit)
    metric: Metric = "discernibility" if asked.metric == "discernibility" else "granularity"
    made = anonymised(quasi, ladders, sensitive, demand, metric=metric, budget=budget)
    kept = made.kept.tolist()
    shown = [
        made.columns[name] if name in made.columns else list(compress(columns[name], kept))
        for name in recipe.variables
    ]
    return SafeRecords(recipe.variables, tuple(zip(*shown, strict=True))), _local(made)


def guarantees(recipe: Recipe) -> tuple[Statement, ...]:
    """What holds of the published records, from the recipe alone."""
    asked = recipe.microdata
    said = [Statement("anonymity_k", {"k": asked.k})]
    if asked.l > 1:
        said.append(Statement(f"anonymity_l_{_diversity(asked.diversity)}", {"l": asked.l}))
    return (*said, Statement("anonymity_quasi_identifiers_only", {"columns": ", ".join(asked.quasi)}))


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


def _diversity(asked: str) -> Diversity:
    return "entropy" if asked == "entropy" else "distinct"
