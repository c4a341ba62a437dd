"""Primary rules cell by cell, from the list of records of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from kontor.engines.disclosure.primary import Rules
from kontor.engines.disclosure.problem import Axis


def behind(axis: Axis, code: str) -> set[str]:
    """All codes whose records belong to a code: itself and, to any depth, its members."""
    found = {code}
    for parent, members in axis.sums:
        if axis.codes[parent] == code:
            for member in members:
                found |= behind(axis, axis.codes[member])
    return found


def cells(
    axes: Sequence[Axis], codes: Sequence[Sequence[str]], holding: Sequence[int], amounts: Sequence[float]
) -> dict[tuple[str, ...], dict[int, float]]:
    """Cell -> holding -> the sum of its amounts, for every cell of the table."""
    table: dict[tuple[str, ...], dict[int, float]] = {}
    for key in product(*(axis.codes for axis in axes)):
        inside = [behind(axis, code) for axis, code in zip(axes, key, strict=True)]
        sums: dict[int, float] = {}
        for *record, who, amount in zip(*codes, holding, amounts, strict=True):
            if all(code in group for code, group in zip(record, inside, strict=True)):
                sums[who] = sums.get(who, 0.0) + amount
        table[key] = sums
    return table


def levels(sums: dict[int, float], rules: Rules) -> dict[str, float]:
    """Rule -> the upper protection level it asks for, for one cell of a magnitude table; rules that pass are left out.
    That of a zero depends on the other cells: it is given as 0."""
    x = sorted(sums.values(), reverse=True) + [0.0] * 4
    total = sum(x)
    found = {}
    if rules.dominance:
        n, k = rules.dominance
        if sum(x[:n]) > k / 100 * total:
            found["dominance"] = 100 / k * sum(x[:n]) - total
    unknown = total - x[0] - sum(x[1 : 1 + rules.coalition])
    if rules.p_percent and unknown < rules.p_percent / rules.q_percent * x[0]:
        found["p_percent"] = rules.p_percent / rules.q_percent * x[0] - unknown
    if rules.threshold and total > 0 and len(sums) <= rules.threshold:
        found["threshold"] = rules.safety_range / 100 * total
    if not rules.zeros_published and total == 0:
        found["zero"] = 0.0
    return found
