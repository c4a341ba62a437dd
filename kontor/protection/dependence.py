"""Variables of linked tables of which one says the other: whoever knows the city knows that too, no equation does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from .reading import Records, quoted
from .recipe import Recipe

PER_CODE = 5.0  # records per code, at least: with fewer it may be chance


def dependent(records: Records, recipes: Sequence[Recipe]) -> Iterator[tuple[str, str]]:
    """(fine, coarse): every code of `fine`, a variable of one table only, has one code of `coarse`, one of another."""
    pairs = dict.fromkeys(
        (fine, coarse)
        for first, second in permutations(recipes, 2)
        for fine in first.variables
        for coarse in second.variables
        if fine not in second.variables and coarse not in first.variables
    )
    for fine, coarse in pairs:
        one, other = quoted(fine), quoted(coarse)
        [(codes, groups, several)] = records.query(
            f"WITH codes AS (SELECT {one}, count(DISTINCT {other}) AS n FROM records GROUP BY 1) "  # noqa: S608
            f"SELECT count(*), (SELECT count(DISTINCT {other}) FROM records), count(*) FILTER (n > 1) FROM codes"
        )
        if not several and 2 <= groups < codes and records.count >= PER_CODE * codes:
            yield fine, coarse
