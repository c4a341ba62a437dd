"""The best additive rounding by trying every choice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product


def best(counts: Sequence[int], cells: Sequence[Sequence[int]], free: Sequence[bool], base: int) -> float:
    """The smallest largest + mean absolute error of all ways to round the `free` inner counts down or up.

    `cells` lists, for each published cell, the inner cells that it is the sum of.
    """
    options = [
        [count // base * base, count // base * base + base] if may else [count]
        for count, may in zip(counts, free, strict=True)
    ]
    costs = []
    for choice in product(*options):
        errors = [abs(sum(choice[i] - counts[i] for i in members)) for members in cells]
        costs.append(max(errors) + sum(errors) / len(errors))
    return min(costs)
