"""Which method serves a table best: what each would cost in the same unit, and which needs it cannot meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from .cellkey import Transitions
from .privacy import expected
from .problem import Bools, Floats
from .rounding import rounded
from .statements import Statement

Method = Literal["suppress", "round", "cellkey", "dp"]
METHODS: tuple[Method, ...] = ("suppress", "round", "cellkey", "dp")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a table is for. additive: readers add cells up. ad_hoc: users choose their tables themselves, so nobody
    knows beforehand which will exist. releases: tables about the same people that were published before."""

    additive: bool = True
    ad_hoc: bool = False
    releases: int = 0
    magnitudes: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What a method costs a table: `loss` is the mean over cells above 0 of |error| / count, 1 at most, and 1 for a
    hidden cell; `largest` the largest error, expected where chance decides; `hidden` the share of hidden cells; `total`
    the error of the cell that adds up most, expected where chance decides."""

    method: Method
    loss: float
    largest: float
    hidden: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """The method that loses least of those that meet the needs, why, and why the others do not. Not for the public:
    the costs follow from the true counts."""

    method: Method
    reasons: tuple[Statement, ...]
    against: Mapping[Method, tuple[Statement, ...]]
    costs: tuple[Cost, ...]


def costs(
    counts: ArrayLike,
    published: csr_array,
    hidden: Bools,
    table: Transitions,
    *,
    base: int,
    epsilon: float,
    contribution: int = 1,
    seed: int = 1,
) -> tuple[Cost, ...]:
    """What each method would cost this table. `counts` are inner, `published` is inner cells x published cells, `hidden`
    the pattern of the suppression (or the primary cells alone: then its cost is a lower bound).

    Rounding is tried out, the error of cell keys and of noise is computed. Nothing is drawn.
    """
    true: Floats = published.T @ np.asarray(counts, dtype=np.float64)
    there = true > 0
    if not there.any():
        return tuple(Cost(method, 0.0, 0.0) for method in METHODS)
    share = float(hidden[there].mean())
    errors = np.abs(rounded(counts, published, base, seed).errors)
    rows = np.minimum(true[there].astype(np.int64), len(table.chances) - 1)
    sizes = np.abs(table.deviations)
    parts = np.minimum(sizes / true[there][:, None], 1.0)
    noise = expected(counts, published, epsilon, contribution).errors
    whole = int(np.argmax(published.sum(axis=0)))
    return (
        Cost("suppress", share, 0.0, share),
        Cost("round", _loss(errors, true), float(errors.max()), total=float(errors[whole])),
        Cost("cellkey", float((table.chances[rows] * parts).sum(axis=1).mean()), float(table.largest)),
        Cost("dp", _loss(noise, true), float(noise.max()), total=float(noise[whole])),
    )


def advised(needs: Needs, found: Sequence[Cost]) -> Advice:
    """The least loss among the methods that meet the needs; where none does, suppression."""
    against = {method: tuple(_against(method, needs)) for method in METHODS}
    fit = [cost for cost in found if not against[cost.method]]
    best = min(fit, key=lambda cost: (round(cost.loss, 6), METHODS.index(cost.method)), default=None)
    if best is None:
        return Advice("suppress", (Statement("advice_nothing_else_fits"),), against, tuple(found))
    others = [cost for cost in fit if cost is not best]
    reasons = [Statement(f"advice_{best.method}")]
    if not others:
        reasons.append(Statement("advice_nothing_else_fits"))
    for other in others:
        facts = {"loss": best.loss, "other": other.method, "other_loss": other.loss}
        reasons.append(Statement("advice_loses_less", facts))
    return Advice(best.method, tuple(reasons), against, tuple(found))


def drawbacks(cost: Cost) -> tuple[Statement, ...]:
    """What speaks against a method though it meets the needs."""
    if cost.method == "suppress":
        return (Statement("advice_cells_hidden", {"share": cost.hidden}),)
    if cost.method == "round":
        return (Statement("advice_total_off", {"total": cost.total}),)
    if cost.method == "dp":
        return (Statement("advice_every_count_off", {"total": cost.total}),)
    return ()  # that sums do not hold is said where readers need them


def _against(method: Method, needs: Needs) -> list[Statement]:
    found = []
    if needs.releases and method != "suppress":
        found.append(Statement("advice_not_beside_earlier", {"releases": needs.releases}))
    if needs.magnitudes and method != "suppress":
        found.append(Statement("advice_counts_only"))
    if needs.additive and method == "cellkey":
        found.append(Statement("advice_sums_do_not_hold"))
    if needs.ad_hoc and method == "suppress":
        found.append(Statement("advice_tables_must_be_known"))
    if needs.ad_hoc and method == "dp":
        found.append(Statement("advice_every_table_spends"))
    if needs.ad_hoc and method == "round":
        found.append(Statement("advice_rounded_anew", {"releases": needs.releases}))
    return found


def _loss(errors: Floats, true: Floats) -> float:
    there = true > 0
    return float(np.minimum(errors[there] / true[there], 1.0).mean())
