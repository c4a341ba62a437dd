"""What the other methods would cost this very table, for the office that chooses; from the true values, never public."""

from __future__ import annotations

from typing import Any

from kontor.engines.disclosure.advice import Needs, advised, costs, drawbacks
from kontor.engines.disclosure.cellkey import transitions
from kontor.engines.disclosure.problem import Pattern

from .perturbing import DEFAULTS, inner_counts
from .preparing import Prepared

MOST_CELLS = 20_000  # beyond that, trying out a rounding takes longer than the comparison is worth
EPSILON = 1.0


def compared(prepared: Prepared, pattern: Pattern) -> dict[str, Any] | None:
    """Loss and largest error of every method, and which one is advised; None where only suppression is possible."""
    recipe, tables = prepared.recipe, prepared.tables
    if recipe.kind != "frequency" or len(tables) > 1 or len(tables[0].cubes) > 1:
        return None
    cube = tables[0].cubes[0]
    if cube.cells.size > MOST_CELLS:
        return None
    counts, published = inner_counts(prepared, cube)
    base = max(2, recipe.primary.threshold + 1)
    table = transitions(DEFAULTS["largest"], DEFAULTS["variance"], DEFAULTS["never"])
    found = costs(counts, published, pattern.hidden[cube.cells.ravel()], table, base=base, epsilon=EPSILON)
    advice = advised(Needs(releases=len(recipe.known)), found)
    return {
        "method": advice.method,
        "only": all(said for method, said in advice.against.items() if method != "suppress"),
        "base": base,
        "settings": {name: DEFAULTS[name] for name in ("largest", "variance", "never")}
        | {"epsilon": EPSILON},
        "costs": [{"method": one.method, "loss": one.loss, "largest": one.largest} for one in advice.costs],
        "against": {method: [one.code for one in said] for method, said in advice.against.items()},
        "drawbacks": {
            cost.method: [{"code": one.code, **one.facts} for one in drawbacks(cost)] for cost in advice.costs
        },
    }
