"""k-anonymity and l-diversity of micro-data: the coarsening that loses least, with few records left out.

Every quasi-identifier is brought to one level of its ladder in all records (full-domain generalisation, Samarati &
Sweeney 1998); levels of all together form a lattice. What fails fails on all finer nodes, what holds holds on all
coarser ones: El Emam et al. 2009 (OLA); looking along paths by bisection: Kohlmayer et al. 2012 (Flash).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kontor.errors import Refused

from .classes import Diversity, enough, grouped, numbered_sensitive
from .ladders import Ladder
from .problem import Bools, Budget, Floats, Ints, Step
from .statements import Statement

Metric = Literal["granularity", "discernibility"]
Node = tuple[int, ...]

MOST_NODES = 5_000_000
UNKNOWN, FAILS, HOLDS = 0, 1, 2
TIE = 1e-12


@dataclass(frozen=True, slots=True)
class Demand:
    """k: records per class at least. l: diversity of each sensitive column in each class (1: none asked for).
    A missing sensitive value (`_U`) may be any of the others and is no value of its own.
    limit: the share of the records that may be left out because their class is too small or too uniform."""

    k: int = 2
    l: float = 1.0  # noqa: E741 - the name of the literature
    diversity: Diversity = "distinct"
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class Anonymous:
    """The best node and what comes of it. columns: the coarser values of the records that are kept, in their order.

    granularity: the mean share of its other values that a value is not told from, 1 for records left out (Iyengar
    2002). discernibility: the sum of squared sizes of classes, records left out counting as all (Bayardo & Agrawal
    2005). nodes, looked_at: size of the lattice and how much of it was computed; not about the data.
    """

    demand: Demand
    levels: Mapping[str, int]
    columns: Mapping[str, list[str]]
    kept: Bools
    granularity: float
    discernibility: float
    classes: int
    smallest: int
    nodes: int
    looked_at: int


def guarantees(demand: Demand, quasi: Sequence[str]) -> tuple[Statement, ...]:
    """What holds of records published under this demand; no value goes in."""
    said = [Statement("anonymity_k", {"k": demand.k})]
    if demand.l > 1:
        said.append(Statement(f"anonymity_l_{demand.diversity}", {"l": demand.l}))
    return (*said, Statement("anonymity_quasi_identifiers_only", {"columns": ", ".join(quasi)}))


def anonymised(
    columns: Mapping[str, Sequence[str]],
    ladders: Mapping[str, Ladder],
    sensitive: Mapping[str, Sequence[str]],
    demand: Demand,
    *,
    metric: Metric = "granularity",
    budget: Budget | None = None,
) -> Anonymous:
    """The levels with the smallest loss at which `demand` holds; on equal loss the finer ones, then the earlier columns.

    `columns`: the quasi-identifiers, each with a ladder; `sensitive`: parallel columns, each diverse for itself.
    Proven best: the loss without leaving anything out is a lower bound, and nodes are taken in its order.
    Raises Refused("anonymity_rule_out_of_range"), Refused("anonymity_impossible") where even the coarsest node fails,
    Refused("anonymity_without_columns"), Refused("lattice_too_large"), Invalid with `value_outside_ladder`.
    """
    if not columns:
        raise Refused("anonymity_without_columns")
    _check(demand, sensitive)
    search = _Search(columns, ladders, sensitive, demand, metric, budget or Budget())
    node = search.best()
    group, good = search.classes(node)
    kept = good[group][search.row]
    sizes = np.bincount(group, weights=search.weight)
    names = list(columns)
    levels = dict(zip(names, node, strict=True))
    values = [search.numbers[i][kept] for i in range(len(names))]
    chosen = [ladders[name] for name in names]
    shown = {
        ladder.name: [ladder.labels[level][group] for group in ladder.groups[level][value].tolist()]
        for ladder, level, value in zip(chosen, node, values, strict=True)
    }
    return Anonymous(
        demand=demand,
        levels=levels,
        columns=dict(zip(names, shown.values(), strict=True)),
        kept=kept,
        granularity=search.granularity(node, group, good),
        discernibility=search.discernibility(group, good),
        classes=int(good.sum()),
        smallest=int(sizes[good].min(initial=np.inf)) if good.any() else 0,
        nodes=search.state.size,
        looked_at=search.looked_at,
    )


class _Search:
    """The lattice of one table. Records that agree in everything are one row with a weight."""

    def __init__(
        self,
        columns: Mapping[str, Sequence[str]],
        ladders: Mapping[str, Ladder],
        sensitive: Mapping[str, Sequence[str]],
        demand: Demand,
        metric: Metric,
        budget: Budget,
    ) -> None:
        self.demand, self.metric, self.budget = demand, metric, budget
        self.ladders = [ladders[name] for name in columns]
        self.numbers = [ladder.numbers(columns[ladder.name]) for ladder in self.ladders]
        hidden = [numbered_sensitive(column) for column in sensitive.values()] if demand.l > 1 else []
        self.records = len(next(iter(columns.values()), ()))
        sizes = [ladder.groups[0].size for ladder in self.ladders]
        self.row = grouped(
            [*self.numbers, *(numbers for numbers, _ in hidden)],
            [*sizes, *(size for _, size in hidden)],
            self.records,
        )
        self.weight = np.bincount(self.row).astype(np.float64)
        first = np.zeros(self.weight.size, dtype=np.int64)
        first[self.row] = np.arange(self.records)
        self.values = [numbers[first] for numbers in self.numbers]
        self.hidden = [(numbers[first], size) for numbers, size in hidden]
        self.losses = [ladder.losses() for ladder in self.ladders]
        self.allowed = floor(demand.limit * self.records + 1e-9)
        self.looked_at = 0
        shape = tuple(ladder.levels for ladder in self.ladders)
        if (nodes := int(np.prod(shape, dtype=np.float64))) > MOST_NODES:
            raise Refused("lattice_too_large", nodes=nodes, most=MOST_NODES)
        self.state = np.zeros(shape, dtype=np.int8)
        self.bound = self._bounds(shape)

    def _bounds(self, shape: Node) -> Floats:
        """The granularity of every node if no record were left out: a sum of one term per column."""
        bound = np.zeros(shape)
        for i, (loss, values) in enumerate(zip(self.losses, self.values, strict=True)):
            means = loss[:, values] @ self.weight / max(1, self.records) / len(shape)
            bound = bound + means.reshape([-1 if j == i else 1 for j in range(len(shape))])
        return bound

    @property
    def monotone(self) -> bool:
        """Whether what holds on a node holds on all coarser ones. Entropy with records left out does not: a class that
        merges with one that failed may fail too, and then leaves out more than before."""
        return self.demand.l <= 1 or self.demand.diversity == "distinct" or self.allowed == 0

    def classes(self, node: Node, demand: Demand | None = None) -> tuple[Ints, Bools]:
        """The class of each row on a node, and which classes are good."""
        self.looked_at += 1
        self.budget.cancelled()
        coarse = [
            ladder.groups[level][values]
            for ladder, level, values in zip(self.ladders, node, self.values, strict=True)
        ]
        sizes = [len(ladder.labels[level]) for ladder, level in zip(self.ladders, node, strict=True)]
        group = grouped(coarse, sizes, self.weight.size)
        asked = demand or self.demand
        return group, enough(group, self.hidden, self.weight, asked.k, asked.l, asked.diversity)

    def holds(self, group: Ints, good: Bools) -> bool:
        return bool(self.weight[~good[group]].sum() <= self.allowed)

    def granularity(self, node: Node, group: Ints, good: Bools) -> float:
        kept = good[group]
        lost = np.zeros(self.weight.size)
        for loss, level, values in zip(self.losses, node, self.values, strict=True):
            lost += loss[level, values]
        each = np.where(kept, lost / len(node), 1.0)
        return float(each @ self.weight / max(1, self.records))

    def discernibility(self, group: Ints, good: Bools) -> float:
        sizes = np.bincount(group, weights=self.weight)
        return float((sizes[good] ** 2).sum() + sizes[~good].sum() * self.records)

    def best(self) -> Node:
        """Nodes in the order of their lower bound, until none can be better."""
        levels = np.add.reduce(np.indices(self.state.shape).reshape(len(self.state.shape), -1))
        bound = self.bound.ravel()
        order = np.lexsort((np.arange(bound.size), levels, np.round(bound, 12)))
        found: Node | None = None
        least = np.inf
        ruled_out: NDArray[np.bool_] = np.zeros(self.state.shape, dtype=np.bool_)
        for done, flat in enumerate(order.tolist()):
            if self.metric == "granularity" and bound[flat] >= least - TIE:
                break
            node = tuple(int(i) for i in np.unravel_index(flat, self.state.shape))
            if self.state[node] == UNKNOWN:
                self._explore(node)
            if self.state[node] == FAILS or ruled_out[node]:
                continue
            group, good = self.classes(node)
            if self.metric == "discernibility":
                sizes = np.bincount(group, weights=self.weight)
                if (sizes**2).sum() >= least - TIE:
                    ruled_out[_coarser(node)] = True
            loss = self._loss(node, group, good)
            if loss < least - TIE and self.holds(group, good):
                found, least = node, loss
                self.budget.told(Step("anonymity", done, bound.size, best=least))
        if found is None:
            raise Refused("anonymity_impossible", k=self.demand.k, l=self.demand.l, records=self.records)
        return found

    def _loss(self, node: Node, group: Ints, good: Bools) -> float:
        if self.metric == "granularity":
            return self.granularity(node, group, good)
        return self.discernibility(group, good)

    def _explore(self, node: Node) -> None:
        """Bisects a path from a node to the coarsest one, and marks all that follows from what is found.

        Where the demand is not monotone, a weaker one that is takes its place: it can rule out, not confirm.
        """
        demand = self.demand
        if not self.monotone:
            least = ceil(demand.l - 1e-9)
            demand = Demand(max(demand.k, least), least, "distinct", demand.limit)
        path = self._path(node)
        low, high = 0, len(path)
        while low < high:
            middle = (low + high) // 2
            if self.holds(*self.classes(path[middle], demand)):
                self.state[_coarser(path[middle])] = HOLDS
                high = middle
            else:
                self.state[_finer(path[middle])] = FAILS
                low = middle + 1

    def _path(self, node: Node) -> list[Node]:
        """Upwards through nodes of which nothing is known, always the step that loses least."""
        path = [node]
        while True:
            steps = [
                (*path[-1][:i], level + 1, *path[-1][i + 1 :])
                for i, level in enumerate(path[-1])
                if level + 1 < self.state.shape[i]
            ]
            open_steps = [step for step in steps if self.state[step] == UNKNOWN]
            if not open_steps:
                return path
            path.append(min(open_steps, key=lambda step: self.bound[step]))


def _coarser(node: Node) -> tuple[slice, ...]:
    return tuple(slice(level, None) for level in node)


def _finer(node: Node) -> tuple[slice, ...]:
    return tuple(slice(None, level + 1) for level in node)


def _check(demand: Demand, sensitive: Mapping[str, Sequence[str]]) -> None:
    if demand.k < 1:
        raise Refused("anonymity_rule_out_of_range", rule="k", value=demand.k)
    if not 1 <= demand.l < float("inf") or (demand.l > 1 and not sensitive):
        raise Refused("anonymity_rule_out_of_range", rule="l", value=demand.l)
    if not 0 <= demand.limit < 1:
        raise Refused("anonymity_rule_out_of_range", rule="suppression_limit", value=demand.limit)
