"""Small parts of the table that attack sub-problems look at: a weaker attacker, so what he shows holds for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.sparse import csc_array, csr_array

from .merging import Classes
from .problem import Cube, Ints, Problem

LARGEST = 700
"""More classes than that in one window make the sub-problems too slow; it is cut into slices."""
MOST = 3
"""Equations are combined in so many dimensions; further dimensions are fixed to one code each."""


@dataclass(frozen=True, slots=True)
class Window:
    """`cells` are classes; `equations` has their columns, and lies completely inside."""

    cells: Ints
    equations: csr_array


def windows(problem: Problem, classes: Classes, largest: int = LARGEST) -> list[Window]:
    """One window per product of one equation of every dimension, and one per equation that no cube explains."""
    columns = csc_array(classes.equations)
    filled = np.diff(classes.equations.indptr)
    seen: set[bytes] = set()
    found = []
    for cube in problem.cubes:
        for block in _blocks(cube, min(MOST, len(cube.axes)), largest):
            cells = np.unique(classes.of[block])
            cells = cells[cells >= 0]
            if cells.size < 2 or cells.tobytes() in seen:
                continue
            seen.add(cells.tobytes())
            part = columns[:, cells]
            inside = _inside(part, filled)
            if inside.size:
                found.append(Window(cells, csr_array(csr_array(part)[inside])))
    return found + _rest(classes, found)


def joined(problem: Problem, classes: Classes, largest: int) -> list[Window]:
    """Windows of neighbouring equations: along every axis as many as fit, the axis with the fewest codes first.

    An attacker who goes through several levels of a short hierarchy finds what no single level shows.
    """
    columns = csc_array(classes.equations)
    filled = np.diff(classes.equations.indptr)
    found = []
    for cube in problem.cubes:
        for codes in product(*_stretches(cube, largest)):
            cells = np.unique(classes.of[cube.cells[np.ix_(*codes)]])
            cells = cells[cells >= 0]
            part = columns[:, cells]
            inside = _inside(part, filled)
            if inside.size:
                found.append(Window(cells, csr_array(csr_array(part)[inside])))
    return found


def _stretches(cube: Cube, largest: int) -> list[list[Ints]]:
    """Per axis the codes of each equation, or all codes if the windows stay small enough with them."""
    each = [[np.array([parent, *members]) for parent, members in axis.sums] for axis in cube.axes]
    size = [max((codes.size for codes in one), default=1) for one in each]
    for place in np.argsort([len(axis.codes) for axis in cube.axes]).tolist():
        whole = len(cube.axes[place].codes)
        if np.prod(size) // size[place] * whole <= largest:
            each[place], size[place] = [np.arange(whole)], whole
    return each


def _touching(classes: Classes, cells: Ints) -> Window:
    """All equations through any of these classes, with all classes in them."""
    return through(classes, np.unique(csc_array(classes.equations)[:, cells].indices))


def through(classes: Classes, rows: Ints) -> Window:
    """Certain equations, with all classes in them."""
    part = classes.equations[rows]
    inside = np.unique(part.indices).astype(np.int64)
    return Window(inside, csr_array(csc_array(part)[:, inside]))


def _inside(part: csc_array, filled: Ints) -> Ints:
    rows, count = np.unique(part.indices, return_counts=True)
    return np.asarray(rows[count == filled[rows]], dtype=np.int64)


def _blocks(cube: Cube, dimensions: int, largest: int) -> Iterator[Ints]:
    """The sub-tables of one equation in every dimension, cut into slices of at most so many dimensions and cells."""
    for equations in product(*(axis.sums for axis in cube.axes)):
        codes = [np.array([parent, *members]) for parent, members in equations]
        yield from _slices(cube.cells[np.ix_(*codes)], dimensions, largest)


def _slices(block: Ints, dimensions: int, largest: int) -> Iterator[Ints]:
    for kept in combinations(range(block.ndim), dimensions):
        others = [place for place in range(block.ndim) if place not in kept]
        view = np.moveaxis(block, others, range(len(others)))
        for fixed in np.ndindex(view.shape[: len(others)]):
            part = view[fixed]
            if part.size <= largest:
                yield part.ravel()
            elif dimensions > 1:
                yield from _slices(part, dimensions - 1, largest)


def _rest(classes: Classes, found: list[Window]) -> list[Window]:
    """Equations beyond the cubes (rates, earlier tables) with the equations that share classes with them."""
    known = {window.cells.tobytes() for window in found}
    equations = classes.equations
    inside: set[bytes] = set()
    for window in found:
        inside.update(row.tobytes() for row in _rows(window.equations, window.cells))
    out = []
    for row in _rows(equations, np.arange(equations.shape[1])):
        if row.tobytes() in inside or row.size > LARGEST:
            continue
        window = _touching(classes, row)
        if window.cells.size > LARGEST:
            window = Window(row, _only(classes, row))
        if window.cells.tobytes() not in known:
            known.add(window.cells.tobytes())
            out.append(window)
    return out


def _rows(equations: csr_array, names: Ints) -> Iterator[Ints]:
    for start, end in zip(equations.indptr[:-1], equations.indptr[1:], strict=True):
        yield np.sort(names[equations.indices[start:end]])


def _only(classes: Classes, cells: Ints) -> csr_array:
    part = csc_array(classes.equations)[:, cells]
    return csr_array(csr_array(part)[_inside(part, np.diff(classes.equations.indptr))])
