"""The part of a table in which a class can be protected at low cost: its own equations and everything above it."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from .incidence import above
from .merging import Classes
from .problem import SPLIT, Axis, Cube, Floats, Ints

WIDEST = 2
"""Boxes come in sizes 0 to WIDEST; beyond is the whole table."""
CHOSEN = -1
"""The size of the box of `chosen`."""
FEW, ALL = 2, 50
"""So many codes of an equation are chosen at least, besides those above, and at most."""
ZERO = -0.7
"""What a published zero is worth in that choice; a hidden class is worth 1."""


class Boxes:
    """Sub-tables around a class, in sizes. A box contains all cells above its class, so hiding it always suffices."""

    def __init__(self, cubes: tuple[Cube, ...], classes: Classes) -> None:
        self._of = classes.of
        self._count = classes.count
        self._columns = csc_array(classes.equations)
        self._rows = classes.equations
        self._cubes = [_Places(cube, classes) for cube in cubes]
        self._splits = _splits(cubes, classes)

    def around(self, cell: int, size: int) -> Ints:
        """The classes of a box, ascending. Size 0: the codes of the equations of the class, and the codes above.

        Size 1: also the equations of those codes. Size 2 and beyond: all classes.
        """
        if size >= WIDEST:
            return np.arange(self._count, dtype=np.int64)
        found = [places.around(cell, size) for places in self._cubes]
        found += [self._beside(np.array([cell]))]
        if len(self._cubes) > 1 or found[0].size == 0:
            found += [self._beside(found[-1])]
        return np.unique(np.concatenate(found))

    def chosen(self, cell: int, worth: Floats, few: int) -> Ints:
        """A smaller box, ascending: the codes above, and of each equation so few codes, those worth most together.

        worth: per class, 1 if it is hidden already, less if it may be.
        """
        found = [places.chosen(cell, worth, few) for places in self._cubes]
        return np.unique(np.concatenate([np.array([cell]), *found]))

    def rising(self, cell: int, turn: int = 0) -> Ints | None:
        """Every cell that one more respondent in a cell of the class would raise: its classes, once per raised cell.

        turn: the how many-th inner cell below it is chosen. None where no cube has the class. One more in part of a
        denominator is one more in all of it, and one more in it elsewhere one more in its rest.
        """
        for places in self._cubes:
            found = places.rising(cell, turn)
            if found is not None:
                return self._with_wholes(found)
        return None

    def _with_wholes(self, raised: Ints) -> Ints | None:
        """None where one of them is known to everybody."""
        if not self._splits:
            return raised
        found = set(raised.tolist())
        waiting = list(found)
        while waiting:
            one = waiting.pop()
            for part, rest, whole in self._splits.get(one, ()):
                due = whole if one == part else rest if one == whole and part not in found else one
                if due not in found:
                    found.add(due)
                    waiting.append(due)
        return None if -1 in found else np.array(sorted(found), dtype=np.int64)

    def _beside(self, cells: Ints) -> Ints:
        rows = np.unique(np.concatenate([self._part(self._columns, cell) for cell in cells]))
        if not rows.size:
            return cells
        return np.unique(np.concatenate([self._part(self._rows, row) for row in rows])).astype(np.int64)

    @staticmethod
    def _part(matrix: csc_array, at: int) -> Ints:
        part: Ints = matrix.indices[matrix.indptr[at] : matrix.indptr[at + 1]]
        return part


def _splits(cubes: tuple[Cube, ...], classes: Classes) -> dict[int, list[tuple[int, int, int]]]:
    """Class -> the proportions of which it is numerator or denominator, as classes (numerator, rest, denominator)."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for cube in cubes:
        if cube.axes[-1] != SPLIT:
            continue
        for part, rest, whole in classes.of[cube.cells].tolist():
            for one in {part, whole} - {-1}:
                found.setdefault(one, []).append((part, rest, whole))
    return found


class _Places:
    """Where the classes lie in one cube."""

    def __init__(self, cube: Cube, classes: Classes) -> None:
        self._classes = classes.of[cube.cells]
        flat = self._classes.ravel()
        order = np.argsort(flat, kind="stable")
        self._order = order[flat[order] >= 0]
        self._starts = np.searchsorted(flat[self._order], np.arange(classes.count + 1))
        self._near = [[_near(axis), _near(axis, hops=2)] for axis in cube.axes]
        self._above = [above(axis) for axis in cube.axes]
        self._below = [_inner_below(axis) for axis in cube.axes]

    def _codes(self, cell: int) -> list[Ints]:
        places = self._order[self._starts[cell] : self._starts[cell + 1]]
        return [np.unique(codes) for codes in np.unravel_index(places, self._classes.shape)]

    def around(self, cell: int, size: int) -> Ints:
        chosen = []
        for codes, near, higher in zip(self._codes(cell), self._near, self._above, strict=True):
            chosen.append(np.union1d(_joined(near[size], codes), _joined(higher, codes)))
        block = np.unique(self._classes[np.ix_(*chosen)])
        return block[block >= 0]

    def chosen(self, cell: int, worth: Floats, few: int) -> Ints:
        codes = self._codes(cell)
        taken, others = [], []
        for own, near, higher in zip(codes, self._near, self._above, strict=True):
            up = _joined(higher, own)
            taken.append(up)
            others.append(np.setdiff1d(_joined(near[0], own), up, assume_unique=True))
        for axis in np.argsort([codes.size for codes in others]).tolist():
            if others[axis].size > few:
                block = self._classes[np.ix_(*taken[:axis], others[axis], *taken[axis + 1 :])]
                each = np.where(block < 0, ZERO, worth[block])
                rank = each.mean(axis=tuple(at for at in range(block.ndim) if at != axis))
                others[axis] = others[axis][np.argsort(-rank, kind="stable")[:few]]
            taken[axis] = np.union1d(taken[axis], others[axis])
        block = np.unique(self._classes[np.ix_(*taken)])
        return block[block >= 0]

    def rising(self, cell: int, turn: int) -> Ints | None:
        first, last = self._starts[cell], self._starts[cell + 1]
        if first == last:
            return None
        place = np.unravel_index(self._order[first], self._classes.shape)
        inner = self._inner([int(code) for code in place], turn)
        block = self._classes[
            np.ix_(*(higher[code] for higher, code in zip(self._above, inner, strict=True)))
        ]
        return None if block.min() < 0 else block.ravel()

    def _inner(self, place: list[int], turn: int) -> list[int]:
        """An inner cell below a cell that is no published zero; the cell itself if there is none."""
        below = [inner[code] for inner, code in zip(self._below, place, strict=True)]
        block = self._classes[np.ix_(*below)]
        full = np.flatnonzero(block.ravel() >= 0)
        if not full.size:
            return place
        chosen = np.unravel_index(full[turn % full.size], block.shape)
        return [int(codes[at]) for codes, at in zip(below, chosen, strict=True)]


def _joined(of: list[Ints], codes: Ints) -> Ints:
    parts = [of[code] for code in codes]
    return np.unique(np.concatenate(parts)) if parts else codes


def _near(axis: Axis, hops: int = 1) -> list[Ints]:
    """For every code the codes that share an equation with it; with more hops, their equations too."""
    near = [{place} for place in range(len(axis.codes))]
    for parent, members in axis.sums:
        together = {parent, *members}
        for place in together:
            near[place] = near[place] | together
    out = near
    for _ in range(hops - 1):
        out = [set().union(*(near[place] for place in codes)) for codes in out]
    return [np.array(sorted(codes), dtype=np.int64) for codes in out]


def _inner_below(axis: Axis) -> list[Ints]:
    """For every code the inner codes that it contains: those that are nobody's sum."""
    parents = {parent for parent, _ in axis.sums}
    below: list[list[int]] = [[] for _ in axis.codes]
    for place, higher in enumerate(above(axis)):
        if place not in parents:
            for code in higher:
                below[code].append(place)
    return [np.array(places, dtype=np.int64) for places in below]
