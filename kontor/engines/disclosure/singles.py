"""Classes that move in proportion: if one of them were a single respondent, he would know the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .checks import Component, components
from .construct import Construction
from .points import Points
from .problem import Ints
from .suppositions import suppositions

DIRECTIONS = 4
SAME = 1e-6
SEED = 19
MOST = 30
"""Classes of larger values hardly ever reach 1 with others in tow."""
LARGEST = 700
"""Larger components are not searched pair by pair."""


def proportional(points: Points, count: int, random: np.random.Generator) -> Iterator[Ints]:
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
    `suspected` he suspects it of all that could. Looked at are all
    pairs that move in proportion (the parallel rows of a null space), in small components all pairs, and in larger
    ones those that the points found so far leave open.
    """
    if threshold < 0:
        return 0
    random = np.random.default_rng(SEED)
    found = 0
    for group in proportional(made.points, made.classes.count, random):
        found += sum(_apart(made, *pair) for pair in _pairs(made, group, threshold, suspected))
    for cells in components(made.classes, made.hidden):
        if made.budget.left() <= 0:
            break
        if cells.size > LARGEST:
            found += _one_by_one(made, cells, threshold) if suspected else 0
            continue
        component = Component(made.classes, cells, coalition)
        component.narrow()
        for leak in list(suppositions(component, threshold, LARGEST, suspected=suspected)):
            if made.budget.left() <= 0:
                break
            found += _apart(made, *_told(made, cells, leak.known[0], leak.cell))
    return found


def _apart(made: Construction, known: int, cell: int, told: float) -> bool:
    """Lets a class have more than the value that another one, if it held 1, would tell; False if it could already."""
    held, least = 1.0 - float(made.classes.value[known]), told + 1.0 - float(made.classes.value[cell])
    if made.points.supposed(cell, known, held, least) or (cell, known) in made.given_up:
        return False
    waiting = made.suppose(cell, known, held, least)
    while waiting:
        waiting += made.protect(waiting.pop())
    return (cell, known) not in made.given_up


def _one_by_one(made: Construction, cells: Ints, threshold: float) -> int:
    """Lets every class hold 1, and sees what cannot move besides by all points that could then still be added."""
    classes, found = made.classes, 0
    held = 1.0 - classes.value[cells]
    able = cells[(held < 0) & (classes.fall[cells] >= -held) & (classes.value[cells] <= MOST)]
    for known in able[np.argsort(classes.value[able], kind="stable")].tolist():
        if made.budget.left() <= 0:
            break
        box = made.boxes.around(known, 0)
        box = box[made.hidden[box]]
        route = made.router.supposed(-1, known, 1.0 - float(classes.value[known]), -np.inf, box, made.price)
        if route is None:
            continue
        tight = route.cells[(route.high < 0) & (route.high <= SAME - classes.fall[route.cells])]
        told = classes.value.copy()
        told[route.cells] += route.high
        stuck = made.points.stuck(known, tight)
        for cell in stuck[told[stuck] <= threshold + SAME].tolist():
            found += _apart(made, known, cell, float(np.round(told[cell])))
    return found


def _told(made: Construction, cells: Ints, known: int, cell: int) -> tuple[int, int, float]:
    """What a component tells of a class if another one holds 1."""
    held, value = 1.0 - float(made.classes.value[known]), float(made.classes.value[cell])
    route = made.router.supposed(cell, known, held, -value, cells, made.price)
    if route is None:
        return known, cell, value
    way = route.high[route.cells == cell]
    return known, cell, float(np.round(value + way.sum()))


def _pairs(
    made: Construction, group: Ints, threshold: float, suspected: bool
) -> list[tuple[int, int, float]]:
    """(class that might hold 1, class whose value it would then tell, that value up to the threshold)."""
    classes = made.classes
    pairs = []
    for known in group.tolist():
        held = 1.0 - float(classes.value[known])
        if classes.fall[known] < -held:
            continue
        for cell in group.tolist():
            factor = made.points.factor(cell, known)
            if cell == known or factor is None or (factor > 0 and not suspected):
                continue
            told = float(classes.value[cell]) + factor * held
            if 0 < told <= threshold:
                pairs.append((known, cell, told))
    return pairs
