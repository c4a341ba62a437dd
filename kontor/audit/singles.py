"""Attacker C as the office knows him: who is really alone in a cell, and what no witness says he cannot tell."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .doubts import SEED, search
from .group import Group, Told
from .pairs import Pairs
from .published import Bools, Ints
from .system import CLOSE
from .windows import NOTHING


def persons(numbers: Ints, classes: Ints) -> list[Ints]:
    """Per person all classes in which he is alone. numbers, classes: parallel, whose cell is in which class."""
    own: dict[int, set[int]] = {}
    for number, one in zip(numbers.tolist(), classes.tolist(), strict=True):
        own.setdefault(number, set()).add(one)
    return [np.array(sorted(known), dtype=np.int64) for known in own.values()]


def unproven(moves: csr_array, alone: list[Ints], protected: Bools) -> list[tuple[int, Ints]]:
    """Protected class -> numbers of the persons of whom no witness says that they cannot tell it.

    moves: one row per witness table, the change of each class against the truth. alone: per person the classes that he
    knows. A table in which the class changes by one or more, and none of his does, looks to him like the true one. Takes
    the time of one product of sparse matrices.
    """
    places = np.flatnonzero(protected)
    moved = csr_array(moves[:, places])
    moved.data = (np.abs(moved.data) >= 1 - CLOSE).astype(float)
    moved.eliminate_zeros()
    touched = csr_array(
        csr_array((np.abs(moves.data) > CLOSE, moves.indices, moves.indptr), moves.shape)
        @ _own(alone, moves.shape[1])
    )
    touched.data = (touched.data > 0).astype(float)
    tables = np.asarray(moved.sum(axis=0)).ravel()
    together = csr_array(moved.T @ touched)
    found = []
    for number, place in enumerate(places.tolist()):
        left = np.arange(len(alone))
        if tables[number]:
            part = slice(together.indptr[number], together.indptr[number + 1])
            left = together.indices[part][together.data[part] >= tables[number] - 0.5]
        left = np.array([one for one in left.tolist() if place not in alone[one]], dtype=np.int64)
        if left.size:
            found.append((place, left))
    return found


def _own(alone: list[Ints], size: int) -> csr_array:
    """One column per person, with his classes."""
    starts = np.concatenate([[0], np.cumsum([own.size for own in alone])]).astype(np.int64)
    at = np.concatenate([np.zeros(0, dtype=np.int64), *alone])
    return csr_array(csr_array((np.ones(at.size), at, starts), shape=(len(alone), size)).T)


def seen_by_singles(
    group: Group, alone: list[Ints], doubts: list[tuple[int, Ints]], told: Told
) -> dict[int, Ints]:
    """Number of a person -> classes that no point found says he cannot tell; places are the group's."""
    persons = np.concatenate([NOTHING, *(by for _, by in doubts)])
    seen = np.repeat([place for place, _ in doubts], [by.size for _, by in doubts]).astype(np.int64)
    left = Pairs(group.system, alone, persons, seen)
    left.add(group.points.table())
    search(group, left, np.random.default_rng(SEED), told)
    return left.by_person()
