"""Equivalence classes of micro-data: records that look alike, how many, and how diverse what is sensitive about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .problem import Bools, Floats, Ints

Diversity = Literal["distinct", "entropy"]
LARGEST_KEY = 2**62
DENSE = 8
TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Standing:
    """How anonymous a table is. k: the smallest class; l_distinct, l_entropy: the least diverse class, over all
    sensitive columns (0 and 0.0 without any); classes; unique: records that are alone in their class."""

    records: int
    k: int
    l_distinct: int
    l_entropy: float
    classes: int
    unique: int


def standing(columns: Mapping[str, Sequence[str]], sensitive: Mapping[str, Sequence[str]]) -> Standing:
    """How anonymous records are as they stand: `columns` what an attacker may know of a person, `sensitive` what not.

    k: Samarati & Sweeney 1998; l: Machanavajjhala, Gehrke, Kifer & Venkitasubramaniam 2006 (entropy l: exp of the
    entropy of the sensitive values in a class).
    """
    coded = [numbered(column) for column in columns.values()]
    hidden = [numbered(column) for column in sensitive.values()]
    records = len(next(iter([*columns.values(), *sensitive.values()]), ()))
    if not records:
        return Standing(0, 0, 0, 0.0, 0, 0)
    group = grouped([numbers for numbers, _ in coded], [size for _, size in coded], records)
    weight = np.ones(records)
    sizes = np.bincount(group)
    return Standing(
        records=records,
        k=int(sizes.min()),
        l_distinct=int(min((diversity(group, h, s, weight, "distinct").min() for h, s in hidden), default=0)),
        l_entropy=float(min((diversity(group, h, s, weight, "entropy").min() for h, s in hidden), default=0)),
        classes=sizes.size,
        unique=int((sizes == 1).sum()),
    )


def numbered(column: Sequence[str]) -> tuple[Ints, int]:
    """Values as numbers 0.. in the order in which they are met, and how many there are."""
    names = {value: number for number, value in enumerate(dict.fromkeys(column))}
    return np.array([names[value] for value in column], dtype=np.int64), len(names)


def grouped(columns: Sequence[Ints], sizes: Sequence[int], records: int) -> Ints:
    """The class of each record, numbered 0.. without gaps: records that agree in all columns.

    `sizes`: how many values each column has. Short keys are counted in a table, long ones sorted.
    """
    key, span = np.zeros(records, dtype=np.int64), 1
    for column, size in zip(columns, sizes, strict=True):
        if span * size >= LARGEST_KEY:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            span = int(key.max(initial=0)) + 1
        key, span = key * size + column, span * size
    if span <= DENSE * records:
        number = np.cumsum(np.bincount(key, minlength=span) > 0) - 1
        return number[key]
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


def diversity(group: Ints, sensitive: Ints, values: int, weight: Floats, kind: Diversity) -> Floats:
    """The l of each class: its distinct sensitive values, or exp of their entropy. `weight`: records per row."""
    pair = grouped([group, sensitive], [int(group.max(initial=0)) + 1, values], group.size)
    first = np.zeros(int(pair.max(initial=-1)) + 1, dtype=np.int64)
    first[pair] = group
    if kind == "distinct":
        return np.bincount(first).astype(np.float64)
    amount = np.bincount(pair, weights=weight)
    share = amount / np.bincount(group, weights=weight)[first]
    return np.exp(np.bincount(first, weights=-share * np.log(share)))


def enough(
    group: Ints, hidden: Sequence[tuple[Ints, int]], weight: Floats, k: int, least: float, kind: Diversity
) -> Bools:
    """Which classes have k records and, in every sensitive column, the least diversity."""
    good: Bools = np.bincount(group, weights=weight) >= k
    if least > 1:
        for sensitive, values in hidden:
            good &= diversity(group, sensitive, values, weight, kind) >= least - TIE
    return good
