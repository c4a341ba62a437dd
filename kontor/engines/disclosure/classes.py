"""Equivalence classes of micro-data: records that look alike, how many, and how diverse what is sensitive about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import entr

from .problem import Bools, Floats, Ints

Diversity = Literal["distinct", "entropy"]
LARGEST_KEY = 2**62
DENSE = 8
MISSING = "_U"  # SDMX: the code of what is not known
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
    hidden = [numbered_sensitive(column) for column in sensitive.values()]
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


def numbered_sensitive(column: Sequence[str]) -> tuple[Ints, int]:
    """As `numbered`, but 0 is always what is missing."""
    names = {value: number for number, value in enumerate(dict.fromkeys((MISSING, *column)))}
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
    """The l of each class: its distinct sensitive values, or exp of their entropy. `weight`: records per row.

    `sensitive` from `numbered_sensitive`: what is missing may be any of the others, so it adds no value of its own, and
    for the entropy it is taken for the most frequent one, which leaves the least.
    """
    classes = int(group.max(initial=-1)) + 1
    pair = grouped([group, sensitive], [classes, values], group.size)
    first, value = np.zeros((2, int(pair.max(initial=-1)) + 1), dtype=np.int64)
    first[pair], value[pair] = group, sensitive
    known = value > 0
    if kind == "distinct":
        return np.maximum(np.bincount(first[known], minlength=classes), 1).astype(np.float64)
    total = np.bincount(group, weights=weight)
    share = np.bincount(pair, weights=weight) / total[first]
    missing = np.bincount(first, weights=np.where(known, 0.0, share))
    most = np.zeros(classes)
    np.maximum.at(most, first[known], share[known])
    entropy = np.bincount(first, weights=np.where(known, entr(share), 0.0))
    found: Floats = np.exp(entropy - entr(most) + entr(np.minimum(most + missing, 1.0)))
    return found


def enough(
    group: Ints, hidden: Sequence[tuple[Ints, int]], weight: Floats, k: int, least: float, kind: Diversity
) -> Bools:
    """Which classes have k records and, in every sensitive column, the least diversity."""
    good: Bools = np.bincount(group, weights=weight) >= k
    if least > 1:
        for sensitive, values in hidden:
            good &= diversity(group, sensitive, values, weight, kind) >= least - TIE
    return good
