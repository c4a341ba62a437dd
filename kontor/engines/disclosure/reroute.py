"""Makes a safe pattern cheaper: hidden classes are published again and what they protected takes another way."""

from __future__ import annotations

import numpy as np

from .construct import Construction
from .problem import Floats, Ints, Step

TOLD = 200
FEW = 3
"""Classes that at most so many points move are published together with the others of their route."""


def cleaned(made: Construction) -> None:
    """Publishes every class that is not needed, those first that few points use and that cost much."""
    order = _secondary(made)
    uses = np.array([made.points.through(int(cell)) for cell in order])
    order = order[np.lexsort((-made.weight[order], uses))]
    for done, cell in enumerate(order):
        if made.budget.left() <= 0:
            return
        if made.hidden[cell]:
            without(made, np.array([cell]), hidden_only=True)
        if done % TOLD == 0:
            made.budget.told(Step("clean", done, order.size))


def idle(made: Construction) -> Ints:
    """Publishes the classes that no point moves: they protect nobody, and could be computed. Answers with them."""
    if made.blind:
        return np.zeros(0, dtype=np.int64)
    found = np.array(
        [cell for cell in _secondary(made) if not made.points.through(int(cell))], dtype=np.int64
    )
    made.publish(found)
    return found


def rebuilt(made: Construction) -> float:
    """Tears down the private part of one route after the other and builds it anew if that is cheaper; what it saved."""
    saved = 0.0
    order = made.demanding()
    for done, cell in enumerate(order):
        if made.budget.left() <= 0:
            break
        saved += _again(made, int(cell))
        if done % TOLD == 0:
            made.budget.told(Step("rebuild", done, order.size))
    return saved


def _again(made: Construction, cell: int) -> float:
    private = [
        other
        for other in made.points.neighbours(cell)
        if made.hidden[other] and not made.classes.always[other] and made.points.through(other) <= FEW
    ]
    if len(private) < 2:
        return 0.0
    return without(made, np.array(private, dtype=np.int64), hidden_only=False)


def without(made: Construction, cells: Ints, *, hidden_only: bool) -> float:
    """Publishes classes if all demands can be met for less; otherwise everything stays. Answers with what it saved."""
    limit = float(made.weight[cells].sum())
    taken = made.points.without(cells.tolist())
    made.publish(cells)
    made.journal.clear()
    blind = made.blind
    touched = np.unique(np.concatenate([moved for moved, _ in taken.values()])) if taken else cells[:0]
    values = made.classes.value
    waiting = [int(cell) for cell in touched if made.hidden[cell] and made.demands(int(cell))]
    waiting.sort(key=lambda cell: values[cell])
    while waiting:
        cell = waiting.pop(0)
        if made.met(cell):
            continue
        waiting += made.protect(cell, hidden_only=hidden_only)
        spent = float(made.weight[made.journal].sum())
        if spent > limit - 0.5 * float(made.weight[cells].min()) or not made.met(cell):
            _undo(made, cells, taken)
            made.blind = blind
            return 0.0
    return limit - float(made.weight[made.journal].sum())


def _undo(made: Construction, cells: Ints, taken: dict[int, tuple[Ints, Floats]]) -> None:
    new = np.array(made.journal, dtype=np.int64)
    made.points.without(new.tolist())
    made.publish(new)
    made.points.put_back(taken)
    made.hide(cells)


def _secondary(made: Construction) -> Ints:
    return np.flatnonzero(made.hidden & ~made.classes.always)
