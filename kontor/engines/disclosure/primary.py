"""Primary rules: which cells of a table may not be published by themselves, and how much protection each asks for.

Hundepool et al. 2012, Statistical Disclosure Control, chapter 4; the rules as subadditive functions: Cox 1981.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from kontor.errors import Refused

from .cube import filled
from .incidence import expanded, places_of
from .problem import Axis, Bools, Floats, Ints

ROUNDING = 1e-12
"""A level below this share of the total is rounding noise of a cell that just passes."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """Who stands behind each cell; all arrays have the shape of the table.

    total: the sum of all contributions. count: distinct holdings with a contribution, also one of 0.
    largest: one more dimension at the end, the largest contributions in descending order, 0 where there are fewer.
    only: the number of the only holding behind a cell, -1 where there are none or several.
    """

    total: Floats
    count: Ints
    largest: Floats
    only: Ints


@dataclass(frozen=True, slots=True)
class Rules:
    """Primary rules, None where one does not apply; a cell that any of them names is primary.

    threshold: cells of 1..threshold respondents. dominance: (n, k), the n largest hold more than k percent.
    p_percent, q_percent: the largest contribution could be estimated within p percent by the second, who could
    already estimate every other within q percent beforehand (100: he knows nothing but that it is not negative);
    coalition: so many respondents behind the second and following put together what they know.
    width: how wide the attacker's interval of a primary count must be. safety_range: protection of a magnitude that
    is primary by the threshold alone, in percent of its value; no contribution says how much it needs.
    """

    threshold: int | None = None
    dominance: tuple[int, float] | None = None
    p_percent: float | None = None
    q_percent: float = 100.0
    coalition: int = 1
    zeros_published: bool = True
    width: float = 2.0
    safety_range: float = 30.0


@dataclass(frozen=True, slots=True)
class Primary:
    """The primary cells and the protection they ask for; all arrays have the shape of the table.

    down, up: the attacker's interval must reach that far below and above the true value; width: and be that wide.
    All three are 0 where a cell is not primary. rules: rule -> the cells that it names.
    """

    cells: Bools
    down: Floats
    up: Floats
    width: Floats
    rules: Mapping[str, Bools] = field(default_factory=dict)


def frequencies(counts: ArrayLike, rules: Rules, respondents: ArrayLike | None = None) -> Primary:
    """The primary cells of a table of counts: those of 1..threshold respondents, and zeros where they are not published.

    `respondents` are the distinct holdings behind each cell; without them every unit counted is one respondent.
    A count has no protection level below or above, only a width: its interval must not pin it down.
    """
    _check(rules)
    values = np.asarray(counts, dtype=np.float64)
    behind = values if respondents is None else np.asarray(respondents, dtype=np.float64)
    none = np.zeros(values.shape)
    small = (values > 0) & (behind <= (rules.threshold or 0))
    found = {"threshold": small} | ({} if rules.zeros_published else {"zero": values == 0})
    cells = np.logical_or.reduce(list(found.values()))
    return Primary(cells, none, none.copy(), np.where(cells, rules.width, 0.0), found)


def magnitudes(given: Contributions, rules: Rules) -> Primary:
    """The primary cells of a table of sums. Upper protection levels (Hundepool et al. 2012, chapter 4), with X the
    total and x1 >= x2 >= ... the contributions:

    (n,k):  100/k (x1 + ... + xn) - X, primary where it is positive;
    pq:     p/q x1 - (X - x1 - x2), primary where it is positive; p %: q = 100; a coalition subtracts x3, ... too;
    threshold: `safety_range` percent of X;
    zeros that are not published: `safety_range` percent of the smallest cell above 0.
    The lower level is the same, but not more than X: the attacker knows that nothing is negative.
    """
    _check(rules)
    _check_depth(given, rules)
    x, total = given.largest, given.total
    levels: dict[str, Floats] = {}
    if rules.dominance is not None:
        n, k = rules.dominance
        levels["dominance"] = x[..., :n].sum(axis=-1) * 100.0 / k - total
    if rules.p_percent is not None:
        rest = np.maximum(total - x[..., : 1 + rules.coalition].sum(axis=-1), 0.0)
        levels["p_percent"] = x[..., 0] * rules.p_percent / rules.q_percent - rest
    found = {name: level > ROUNDING * total for name, level in levels.items()}
    up = np.maximum.reduce([np.zeros(total.shape), *(np.where(found[n], levels[n], 0.0) for n in levels)])
    if rules.threshold:
        found["threshold"] = (total > 0) & (given.count <= rules.threshold)
        up = np.maximum(up, np.where(found["threshold"], total * rules.safety_range / 100.0, 0.0))
    if not rules.zeros_published:
        found["zero"] = total == 0
        least = total[total > 0].min(initial=np.inf)
        up[found["zero"]] = least * rules.safety_range / 100.0 if np.isfinite(least) else 1.0
    cells = np.logical_or.reduce([np.zeros(total.shape, dtype=np.bool_), *found.values()])
    down = np.minimum(up, total)
    return Primary(cells, down, up, down + up, found)


def holdings(contributors: Sequence[str], belongs: Mapping[str, str]) -> Ints:
    """The number of the holding of each contributor: those that belong to one holding are one respondent.

    `belongs` maps a contributor (or a holding) to what it belongs to, to any depth; who is not in it is his own.
    Raises Refused("holding_cyclic") where somebody belongs to himself.
    """
    top: dict[str, str] = {}
    for name in dict.fromkeys(contributors):
        at, seen = name, {name}
        while at in belongs and belongs[at] != at:
            at = belongs[at]
            if at in seen:
                raise Refused("holding_cyclic", contributor=name)
            seen.add(at)
        top[name] = at
    numbers = {holding: number for number, holding in enumerate(dict.fromkeys(top.values()))}
    return np.array([numbers[top[name]] for name in contributors], dtype=np.int64)


def contributions(
    axes: Sequence[Axis],
    codes: Sequence[Sequence[str]],
    holding: ArrayLike,
    amounts: ArrayLike,
    depth: int = 3,
) -> Contributions:
    """Who contributes how much to every cell of a table, margins included.

    `codes` has one column of inner codes per axis, parallel to `holding` (numbers from 0) and `amounts`. Several amounts of
    one holding in a cell are added before they are compared. `depth`: how many of the largest are kept.
    Raises Refused("contribution_negative") where a holding's amount in an inner cell is below 0.
    """
    cells = places_of(axes, codes)
    who = np.asarray(holding, dtype=np.int64)
    pairs = _added(cells, who, np.asarray(amounts, dtype=np.float64))
    if negative := int((pairs[2] < 0).sum()):
        raise Refused("contribution_negative", count=negative)
    for dimension in range(len(axes)):
        row, cells = expanded(axes, dimension, pairs[0])
        pairs = _added(cells, pairs[1][row], pairs[2][row])
    shape = tuple(len(axis.codes) for axis in axes)
    return _kept(shape, depth, *pairs)


def of_sums(count: int, sums: Ints, holding: Ints, amounts: Floats, depth: int = 3) -> Contributions:
    """The same for `count` sums of cells: each row is what a holding has in a cell of the sum numbered `sums`."""
    return _kept((count,), depth, *_added(sums, holding, amounts))


def sole_respondents(axes: Sequence[Axis], codes: Sequence[Sequence[str]], counts: ArrayLike) -> Ints:
    """For tables of counts: the row (of `counts`) whose respondent is alone in a cell, -1 where there is none.

    Equal numbers are the same person: a cell of 1 and its total of 1. `codes` as in `filled`.
    """
    amounts = np.asarray(counts, dtype=np.float64)
    rows = filled(axes, codes, amounts * np.arange(amounts.size))
    return np.where(filled(axes, codes, amounts) == 1, rows, -1).astype(np.int64)


def together(found: Sequence[Primary]) -> Primary:
    """A cell is primary where any of `found` says so, and gets the most protection that any of them asks for."""
    rules: dict[str, Bools] = {}
    for each in found:
        for name, cells in each.rules.items():
            rules[name] = rules[name] | cells if name in rules else cells
    return Primary(
        cells=np.logical_or.reduce([each.cells for each in found]),
        down=np.maximum.reduce([each.down for each in found]),
        up=np.maximum.reduce([each.up for each in found]),
        width=np.maximum.reduce([each.width for each in found]),
        rules=rules,
    )


def _added(cells: Ints, who: Ints, amounts: Floats) -> tuple[Ints, Ints, Floats]:
    """One amount per cell and holding, in the order of cells. `who` counts from 0."""
    if not cells.size:
        return cells, who, amounts
    span = int(who.max()) + 1
    keys = cells * span + who
    order = np.argsort(keys)
    keys = keys[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    keys = keys[first]
    return keys // span, keys % span, np.add.reduceat(amounts[order], first)


def _kept(shape: tuple[int, ...], depth: int, cells: Ints, who: Ints, amounts: Floats) -> Contributions:
    size = int(np.prod(shape))
    count: Ints = np.bincount(cells, minlength=size).astype(np.int64)
    start = (np.cumsum(count) - count)[count > 0]
    only: Ints = np.full(size, -1, dtype=np.int64)
    only[count > 0] = who[start]
    only[count > 1] = -1
    largest = np.zeros((size, depth))
    largest[count > 0] = _largest(amounts, start, count[count > 0], depth)
    total: Floats = np.bincount(cells, weights=amounts, minlength=size).astype(np.float64)
    ordered: Floats = largest.reshape(*shape, depth)
    return Contributions(total.reshape(shape), count.reshape(shape), ordered, only.reshape(shape))


def _largest(amounts: Floats, start: Ints, count: Ints, depth: int) -> Floats:
    """The `depth` largest amounts of each run of `count` from `start`: the largest is taken away, again and again."""
    found = np.zeros((start.size, depth))
    rest, places = amounts.copy(), np.arange(amounts.size)
    for rank in range(depth if start.size else 0):
        most = np.maximum.reduceat(rest, start)
        found[:, rank] = np.maximum(most, 0.0)
        there = np.where(rest == np.repeat(most, count), places, amounts.size)
        rest[np.minimum.reduceat(there, start)] = -1.0
    return found


def _check(rules: Rules) -> None:
    if rules.threshold is not None and rules.threshold < 0:
        raise Refused("primary_rule_out_of_range", rule="threshold", value=rules.threshold)
    if rules.dominance is not None:
        n, k = rules.dominance
        if n < 1 or not 0 < k < 100:
            raise Refused("primary_rule_out_of_range", rule="dominance", value=f"n = {n}, k = {k}")
    if rules.p_percent is not None and not 0 < rules.p_percent < rules.q_percent <= 100:
        value = f"{rules.p_percent} / {rules.q_percent}"
        raise Refused("primary_rule_out_of_range", rule="p_percent", value=value)
    if rules.coalition < 1:
        raise Refused("primary_rule_out_of_range", rule="coalition", value=rules.coalition)


def _check_depth(given: Contributions, rules: Rules) -> None:
    known = 1 + rules.coalition if rules.p_percent is not None else 1
    needed = max(rules.dominance[0] if rules.dominance else 1, known)
    if given.largest.shape[-1] < needed:
        raise ValueError(f"{needed} largest contributions needed per cell")
