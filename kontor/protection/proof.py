"""PROOF.json: which files, which rules, what the attackers found. No times, nothing that the files do not say."""

from __future__ import annotations

import json
from typing import Any

from kontor import __version__

from .recipe import Alternative, Recipe
from .report.contents import Contents

FORMAT = "kontor-proof/1"
PLACES = ("secret", "record", "ledger")  # of files and columns that only the office has


def proof(contents: Contents) -> bytes:
    """JSON for programs; the same files give the same bytes."""
    main = contents.main
    content = {
        "format": FORMAT,
        "safe_sha256": main.sha256,
        "recipe_sha256": main.recipe.sha256,
        "linked": [
            {
                "recipe": table.recipe.path.stem,
                "safe_sha256": table.sha256,
                "recipe_sha256": table.recipe.sha256,
            }
            for table in contents.tables[1:]
        ],
        "known": [
            {"safe_sha256": sha256, "recipe_sha256": known.recipe.sha256}
            for known, sha256 in zip(main.recipe.known, contents.known, strict=True)
        ],
        "kind": main.recipe.kind,
        "rules": rules(main.recipe),
        "audit": contents.audit,
        "versions": {"kontor": __version__},
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _parameters(alternative: Alternative) -> dict[str, Any]:
    """What the recipe asks of the method, in its words: base, every; largest, variance, never; epsilon, budget ..."""
    return {key: value for key, value in sorted(alternative.options.items()) if key not in PLACES}


def rules(recipe: Recipe) -> dict[str, Any]:
    """The rules in the words of the recipe; null where there is none."""
    dominance = recipe.primary.dominance
    return {
        "threshold": recipe.primary.threshold or None,
        "dominance": {"n": dominance[0], "k": dominance[1]} if dominance else None,
        "p_percent": recipe.primary.p_percent,
        "holdings": recipe.primary.holdings or None,
        "zeros": recipe.publish.zeros,
        "codes": recipe.publish.codes,
        "margins": "all" if recipe.publish.margins is None else [list(one) for one in recipe.publish.margins],
        "interval_width": recipe.secondary.interval_width,
        "coalition": recipe.secondary.coalition,
        "suspected": recipe.secondary.suspected,
        "alternative": recipe.alternative.method if recipe.alternative else None,
        "parameters": _parameters(recipe.alternative) if recipe.alternative else None,
        "microdata": {"k": recipe.microdata.k, "l": recipe.microdata.l}
        if recipe.kind == "microdata"
        else None,
    }
