"""Classes that move in proportion: if one of them were a single respondent, he would know the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .boxes import CHOSEN
from .checks import components
from .cleanup import Seeded
from .construct import Construction, paced
from .points import Points
from .problem import Ints, Step
from .routes import Route
from .suspicions import Suspicions

DIRECTIONS = 4
SAME = 1e-6
SEED = 19
TOLD = 200
MOST = 30
"""Classes of larger values hardly ever reach 1 with others in tow."""
PACED = 0.7
"""The share of the time left in which a search one by one should be through; boxes become as large as that allows."""
LARGEST = 1_500
"""Larger components are not searched pair by pair."""

Pair = tuple[int, int, float]
"""(class that might hold 1, class whose value it would then tell, that value)."""


def proportional(points: Points, random: np.random.Generator) -> Iterator[Ints]:
    """Groups of classes that move in proportion in random sums of all points, each ascending.

    What is tied to each other by the equations is so in every possible table, so no such pair is missed; what only the
    points tie to each other may be among them.
    """
    ways = points.combined(random, DIRECTIONS)
    moving = np.flatnonzero(np.abs(ways).max(axis=1) > SAME)
    rays = ways[moving] / ways[moving, :1]
    order = np.lexsort(np.round(rays / SAME).T[::-1])
    apart = np.abs(np.diff(rays[order], axis=0)) > SAME * np.maximum(1.0, np.abs(rays[order][1:]))
    for group in np.split(moving[order], np.flatnonzero(apart.any(axis=1)) + 1):
        if group.size > 1:
            yield np.sort(group)


def separated(made: Construction, threshold: float, coalition: int = 1, *, suspected: bool = False) -> int:
    """Sees to it that no hidden class would tell the value of a small one if it held 1; how many pairs did.

    An outsider does not know which hidden classes hold 1. He can tell that two classes of one small sum may, and where
    `suspected` he suspects it of all that could. Small components are searched exactly, larger ones by all
    pairs that move in proportion (the parallel rows of a null space) and by those that the points found so far leave
    open.
    """
    if threshold < 0:
        return 0
    found = 0
    large = False
    for cells in components(made.classes, made.hidden):
        if made.budget.left() <= 0:
            found += 0 if suspected else _lifted(made, cells, threshold)
            continue
        if cells.size > LARGEST:
            large = True
            found += _one_by_one(made, cells, threshold, suspected=suspected)
            continue
        if cells.tobytes() in made.settled["separated"]:
            continue
        before = found
        component = Seeded(made.classes, cells, coalition)
        component.keep(made.points.within(cells))
        component.narrow()
        made.component = cells
        for told in list(Suspicions(component, threshold, suspected=suspected).found()):
            pairs = [(suspicion.known, suspicion.cell, suspicion.told) for suspicion in told]
            found += _quieted(made, pairs, threshold, suspected=suspected)
        if found == before:
            made.settled["separated"].add(cells.tobytes())
    made.component = np.zeros(0, dtype=np.int64)
    if large and suspected:
        for group in proportional(made.points, np.random.default_rng(SEED)):
            found += sum(_apart(made, *pair) for pair in _pairs(made, group, threshold, suspected))
    return found


def _quieted(made: Construction, pairs: list[Pair], threshold: float, *, suspected: bool) -> int:
    """Sees to it that one class tells nothing, the cheaper way: the others get room, or it may exceed the threshold
    and is no longer suspected.
    """
    open_ = [pair for pair in pairs if not _known_apart(made, *pair)]
    if not open_:
        return 0
    known = open_[0][0]
    more = threshold + 1.0 - float(made.classes.value[known])
    if not suspected and more > 0:
        price = made.quoted(known, known, more, more)
        for _, cell, value in open_:
            if price <= 0:
                break
            price -= made.quoted(cell, known, *_ways(made, known, cell, value))
        if price <= 0:
            _waited(made, made.suppose(known, known, more, more))
            return 0 if (known, known) in made.given_up else len(open_)
    return sum(_apart(made, *pair) for pair in open_)


def _ways(made: Construction, known: int, cell: int, told: float) -> tuple[float, float]:
    """How far `known` deviates if it holds 1, and how far `cell` must then deviate to have more than it would tell."""
    return 1.0 - float(made.classes.value[known]), told + 1.0 - float(made.classes.value[cell])


def _known_apart(made: Construction, known: int, cell: int, told: float) -> bool:
    given_up = (cell, known) in made.given_up
    return given_up or made.points.supposed(cell, known, *_ways(made, known, cell, told))


def _waited(made: Construction, waiting: list[int]) -> None:
    while waiting:
        waiting += made.protect(waiting.pop())


def _apart(made: Construction, known: int, cell: int, told: float) -> bool:
    """Lets a class have more than the value that another one, if it held 1, would tell; False if it could already."""
    if _known_apart(made, known, cell, told):
        return False
    _waited(made, made.suppose(cell, known, *_ways(made, known, cell, told)))
    return (cell, known) not in made.given_up


def _one_by_one(made: Construction, cells: Ints, threshold: float, *, suspected: bool) -> int:
    """Lets every class hold 1, and sees what cannot move besides by all points that could then still be added."""
    classes, found = made.classes, 0
    able = _able(made, cells, threshold, suspected=suspected)
    before = made.budget.left()
    for done, known in enumerate(able.tolist()):
        made.budget.cancelled()
        if made.budget.left() <= 0:
            return found + (0 if suspected else _lifted(made, able[done:], threshold))
        if done % TOLD == 0:
            made.budget.told(Step("singles", done, able.size))
            left = made.budget.left()
            if made.few is not None and done:
                made.few = paced(made.few, before - left, PACED * left * TOLD / (able.size - done))
            before = left
        if not suspected and _grown(made, known, threshold):
            continue
        held = 1.0 - float(classes.value[known])
        route = _alone(made, known, held)
        if route is None:
            continue
        tight = route.cells[(route.high < 0) & (route.high <= SAME - classes.fall[route.cells])]
        told = classes.value.copy()
        told[route.cells] += route.high
        stuck = made.points.stuck(known, tight)
        stuck = stuck[classes.judged[stuck] & (told[stuck] <= threshold + SAME)]
        stuck = np.setdiff1d(stuck, list(classes.sums.inside(known)))  # that he knows from himself
        pairs = [(known, cell, float(np.round(told[cell]))) for cell in stuck.tolist()]
        found += _quieted(made, pairs, threshold, suspected=suspected)
    return found


def _alone(made: Construction, known: int, held: float) -> Route | None:
    """A possible table in which a class holds 1; the one found before as long as all that it moves is hidden."""
    route = made.alone.get(known)
    if route is None or not made.hidden[route.cells].all():
        for size in (CHOSEN, 0, 1):
            box = made.box(known, size, False)
            route = made.router.supposed(-1, known, held, -np.inf, box, made.price)
            if route is not None:
                made.alone[known] = route
                break
    return route


def _able(made: Construction, cells: Ints, threshold: float, *, suspected: bool) -> Ints:
    """Classes that can be 1, small values first; those only that no point shows to exceed the threshold."""
    classes = made.classes
    held = 1.0 - classes.value[cells]
    able = cells[
        classes.judged[cells] & (held < 0) & (classes.fall[cells] >= -held) & (classes.value[cells] <= MOST)
    ]
    if not suspected:
        able = able[[not _exceeds(made, known, threshold) for known in able.tolist()]]
    return able[np.argsort(classes.value[able], kind="stable")]


def _grown(made: Construction, known: int, threshold: float) -> bool:
    """Whether a class may exceed the threshold as it is; then that is remembered."""
    more = threshold + 1.0 - float(made.classes.value[known])
    for size in (CHOSEN, 0):
        if _exceeds(made, known, threshold):
            return True
        route = made.router.supposed(known, known, more, more, made.box(known, size, False), made.price)
        if route is not None:
            made.points.add(route.cells, route.high)
    return _exceeds(made, known, threshold)


def _lifted(made: Construction, cells: Ints, threshold: float) -> int:
    """Without time: lets every class exceed the threshold, by all cells above it; how many could not before."""
    nobody = np.zeros(0, dtype=np.int64)
    found = 0
    for known in _able(made, cells, threshold, suspected=False).tolist():
        more = threshold + 1.0 - float(made.classes.value[known])
        if not _exceeds(made, known, threshold):
            fresh = made.lifted(known, more, nobody)
            _waited(made, fresh or [])
            found += fresh is not None
    return found


def _exceeds(made: Construction, cell: int, threshold: float) -> bool:
    """Whether a point shows that a class may be larger than the threshold."""
    _, (cells, ways) = made.points.ends(cell)
    return bool(made.classes.value[cell] + ways[cells == cell].sum() >= threshold + 1 - SAME)


def _pairs(made: Construction, group: Ints, threshold: float, suspected: bool) -> list[Pair]:
    """All pairs of a group in which a value up to the threshold would be told."""
    classes = made.classes
    pairs = []
    for known in group.tolist():
        held = 1.0 - float(classes.value[known])
        if classes.fall[known] < -held:
            continue
        for cell in sorted(set(group.tolist()) - classes.sums.inside(known)):
            factor = made.points.factor(cell, known)
            if factor is None or (factor > 0 and not suspected):
                continue
            told = float(classes.value[cell]) + factor * held
            if 0 < told <= threshold:
                pairs.append((known, cell, told))
    return pairs
