"""What is to be protected: published cells, the equations that tie them, and what an attacker knows beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Axis:
    """One variable of a table: its published codes, and which of them add up to which.

    `sums` holds pairs (place of the parent, places of its children) in `codes`. Several hierarchies of one variable
    simply have more sums; they need not nest.
    """

    name: str
    codes: tuple[str, ...]
    sums: tuple[tuple[int, tuple[int, ...]], ...]


SPLIT = Axis("part", ("numerator", "rest", "denominator"), ((2, (0, 1)),))
"""Last axis of a cube of proportions: what of a denominator is no part of the numerator is published by nobody."""


@dataclass(frozen=True, slots=True)
class Cube:
    """One table: every combination of the codes of its axes.

    `cells[i, j, ...]` is the number of that cell in the problem; linked tables share numbers.
    """

    axes: tuple[Axis, ...]
    cells: Ints


@dataclass(frozen=True, slots=True)
class Problem:
    """n cells and m equations, all known to everybody: `equations` (m x n) times the true values is zero.

    values: the true values, whole numbers where `integral`.
    primary: must be hidden, and protected.
    known: the attacker has the value (a published zero, an earlier release); can never be hidden.
    absent: never published, so hidden at no cost and in no need of protection (sums the recipe does not publish, and
        slack variables of rates).
    low, high: what the attacker knows of a hidden cell before he looks at the table; low <= value <= high.
    width: the attacker's interval of a protected cell must be at least that wide (0 where a cell is not primary).
    down, up: the interval must also reach at least that far below and above the true value (0 for frequencies).
    threshold: a hidden cell whose interval reaches down to it could be a primary one, so an auditor who does not
        know the primaries asks `default_width` of its interval too; below 0: there is no such rule. Of linked tables
        the largest one, and `small` has that of the tables in which a cell stands (None: the same everywhere).
    coalition: so many respondents join what they know (attacker D where more than 1).
    suspected: whoever does not know the counts suspects one person behind every hidden cell that can be 1; such
        suspicions must lead nowhere either.
    contributor: the number of the only respondent behind a cell, -1 where there are none or several. Who is alone in
        a hidden cell subtracts himself (attacker C).
    weight: the price of hiding a cell, positive; the certified bound is in these units.
    """

    values: Floats
    equations: csr_array
    cubes: tuple[Cube, ...]
    primary: Bools
    known: Bools
    absent: Bools
    low: Floats
    high: Floats
    width: Floats
    down: Floats
    up: Floats
    contributor: Ints
    weight: Floats
    integral: bool = True
    threshold: float = -1.0
    default_width: float = 2.0
    small: Floats | None = None
    coalition: int = 1
    suspected: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """How far the engine is: for progress bars and the local report. `best` and `bound` are None while unknown."""

    stage: str
    done: int = 0
    of: int = 0
    best: float | None = None
    bound: float | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """How long the engine may go on, told from outside: engines have no clock.

    `left` answers the seconds left; `cancelled` is asked often, and answered by raising whatever shall end the run.
    """

    left: Callable[[], float] = lambda: float("inf")
    cancelled: Callable[[], None] = lambda: None
    told: Callable[[Step], None] = lambda _step: None


@dataclass(frozen=True, slots=True)
class Witness:
    """Two tables that the attacker cannot tell from the true one, between which a protected cell moves far enough.

    `cells`, `low` and `high` are parallel: deviations from the true values, zero everywhere else.
    """

    cell: int
    cells: Ints
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which cells are hidden, what that costs, and how much better it could be at most.

    cost: the sum of the weights of the secondary cells. bound: no safe pattern costs less (a proven lower bound).
    count_bound: no safe pattern has fewer secondary cells. optimal: the pattern is proven to be the best.
    unprotectable: cells that no pattern protects (they follow from what is known), and what this one leaves open where
        no safe one was found; the caller must refuse or widen what is unpublished.
    settled: no suspicion was given up that boxes of a large table could not meet.
    """

    hidden: Bools
    secondary: Bools
    cost: float
    bound: float
    count_bound: int
    optimal: bool
    steps: tuple[Step, ...] = ()
    witnesses: tuple[Witness, ...] = field(default=(), repr=False)
    unprotectable: tuple[int, ...] = ()
    settled: bool = True
