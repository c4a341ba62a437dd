"""Why no pattern helps: an earlier table may give its cells away by itself, whatever is published today."""

from __future__ import annotations

from collections.abc import Callable

from kontor.audit import audit
from kontor.errors import BadRow, Invalid

from .naming import place
from .recipe import Known, Recipe

MOST = 100  # cells that are named


def leaking_before(recipe: Recipe, told: Callable[[str, int, int], None]) -> list[BadRow]:
    """Per cell that can be inferred from one of the earlier files alone, or with its own linked ones, a row that names
    both. A small count that was published is no such cell: it is known, and stays public.
    """
    rows = [row for known in recipe.known for row in _leaking(known, told)]
    return list({(row.facts["file"], row.facts["cell"]): row for row in rows}.values())[:MOST]


def _leaking(known: Known, told: Callable[[str, int, int], None]) -> list[BadRow]:
    try:
        result = audit(known.file, known.recipe.path, told=told)
    except Invalid:  # what stood beside it then is not there any more
        return []
    found = [leak for leaks in result.attackers.values() for leak in leaks or ()]
    return [
        BadRow("known_leaks_itself", None, None, {"cell": place(leak.codes), "file": leak.table})
        for leak in (*found, *(result.narrow or ()))
        if not leak.known
    ]
