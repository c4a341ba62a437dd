"""From inner cells and hierarchies to all published cells and the equations among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

import numpy as np
from scipy.sparse import coo_array, csr_array

from kontor.errors import BadRow, Invalid

from .problem import Axis, Cube, Floats, Ints

TOTAL = "_T"


def axis_of(name: str, inner: Sequence[str], hierarchies: Sequence[Mapping[str, str]] = ()) -> Axis:
    """The axis of a variable whose inner cells have the codes `inner`; its last code is the total.

    Each hierarchy maps child -> parent, to any depth; what has no parent belongs to the total. An inner code may be
    missing in a second hierarchy (then it stands directly below the total there), not in the first. Of groups with the
    same inner codes one is the sum of the other alone, so that everybody sees that they are equal.
    Raises Invalid with `hierarchy_cyclic`, `code_outside_hierarchy` or `group_is_inner_code`.
    """
    leaves = list(dict.fromkeys(inner))
    codes, sums = dict.fromkeys(leaves), []
    for number, parents in enumerate(hierarchies):
        _check(name, leaves, parents, complete=number == 0)
        children = _children(leaves, parents)
        codes.update(dict.fromkeys(group for group in children if group != TOTAL))
        sums.append(children)
    sums = sums or [{TOTAL: leaves}]
    places = {code: place for place, code in enumerate([*codes, TOTAL])}
    every = [item for children in sums for item in children.items()]
    pairs = (
        (places[group], tuple(places[member] for member in members))
        for group, members in [*every, *_same(every, leaves)]
    )
    return Axis(name, tuple(places), tuple(dict.fromkeys(pairs)))


def _check(name: str, leaves: list[str], parents: Mapping[str, str], *, complete: bool) -> None:
    faults = []
    for code in leaves:
        if complete and code not in parents:
            faults.append(BadRow("code_outside_hierarchy", column=name, facts={"value": code}))
        if code in parents.values() or code == TOTAL:
            faults.append(BadRow("group_is_inner_code", column=name, facts={"value": code}))
    for code in parents:
        seen, at = {code}, code
        while at in parents and parents[at] != TOTAL:
            at = parents[at]
            if at in seen:
                faults.append(BadRow("hierarchy_cyclic", column=name, facts={"value": code}))
                break
            seen.add(at)
    if faults:
        raise Invalid(faults)


def _children(leaves: list[str], parents: Mapping[str, str]) -> dict[str, list[str]]:
    """Group -> members, deepest groups first as they are met; groups without any inner cell are left out."""
    children: dict[str, dict[str, None]] = {}
    for leaf in leaves:
        path = [leaf]
        while path[-1] != TOTAL:
            path.append(parents.get(path[-1], TOTAL))
        for member, group in pairwise(path):
            children.setdefault(group, {})[member] = None
    return {group: list(members) for group, members in children.items()}


def _same(
    sums: Sequence[tuple[str, Sequence[str]]], leaves: Iterable[str]
) -> Iterator[tuple[str, list[str]]]:
    """Of codes with the same inner codes, one as the sum of another alone, where no such sum ties them already."""
    members: dict[str, Sequence[str]] = {}
    for group, children in sums:
        members.setdefault(group, children)
    alike: dict[frozenset[str], list[str]] = {}
    for code in [*leaves, *members]:
        alike.setdefault(_inner(code, members), []).append(code)
    single = [{group, *children} for group, children in sums if len(children) == 1]
    for codes in alike.values():
        tied: set[str] = set()
        for code in codes:
            if tied and code not in tied:
                yield code, codes[:1]
            fresh = {code}
            while fresh - tied:
                tied |= fresh
                fresh = {*chain(*(pair for pair in single if pair & tied))}


def _inner(code: str, members: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The inner codes of a code."""
    if code not in members:
        return frozenset([code])
    return frozenset(chain(*(_inner(member, members) for member in members[code])))


def filled(axes: Sequence[Axis], codes: Sequence[Sequence[str]], amounts: Floats) -> Floats:
    """All cells of a table from its inner cells: an array with one dimension per axis.

    `codes` has one column per axis, parallel to `amounts`; several rows of the same cell add up.
    """
    places = [{code: place for place, code in enumerate(axis.codes)} for axis in axes]
    at = tuple(
        np.array([place[code] for code in column], dtype=np.int64)
        for place, column in zip(places, codes, strict=True)
    )
    cells = np.zeros([len(axis.codes) for axis in axes])
    np.add.at(cells, at, amounts)
    for dimension, axis in enumerate(axes):
        view = np.moveaxis(cells, dimension, 0)
        for parent, members in _upwards(axis):
            view[parent] = view[list(members)].sum(axis=0)
    return cells


def _upwards(axis: Axis) -> list[tuple[int, tuple[int, ...]]]:
    """The sums in an order in which every group is added up before it is added to another."""
    waiting = list(axis.sums)
    unknown = {parent for parent, _ in waiting}
    order = []
    while waiting:
        ready = [item for item in waiting if not unknown.intersection(item[1])]
        order += ready
        waiting = [item for item in waiting if unknown.intersection(item[1])]
        unknown -= {parent for parent, _ in ready}
    return order


def equations_of(cubes: Sequence[Cube], cells: int) -> csr_array:
    """The sums of every axis, for every combination of the other axes: members minus parent is zero.

    One row per equation, `cells` columns. Linked tables that repeat an equation have it once.
    """
    rows: list[Ints] = []
    columns: list[Ints] = []
    signs: list[Floats] = []
    count = 0
    for cube in cubes:
        for dimension, axis in enumerate(cube.axes):
            view = np.moveaxis(cube.cells, dimension, 0).reshape(len(axis.codes), -1)
            for parent, members in axis.sums:
                across = view.shape[1]
                block = view[[parent, *members]]
                rows.append(np.tile(np.arange(count, count + across), len(members) + 1))
                columns.append(block.ravel())
                signs.append(np.repeat([-1.0] + [1.0] * len(members), across))
                count += across
    if not rows:
        return csr_array((0, cells))
    shape = (count, cells)
    triple = (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns)))
    return (
        _unique(csr_array(coo_array(triple, shape=shape)))
        if len(cubes) > 1
        else csr_array(coo_array(triple, shape))
    )


def _unique(equations: csr_array) -> csr_array:
    equations.sort_indices()
    keep, seen = [], set()
    for row in range(equations.shape[0]):
        part = slice(equations.indptr[row], equations.indptr[row + 1])
        key = (equations.indices[part].tobytes(), equations.data[part].tobytes())
        if key not in seen:
            seen.add(key)
            keep.append(row)
    return equations[keep]
