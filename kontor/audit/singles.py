"""Attacker C as the office knows him: who is really alone in a cell, and what no witness says he cannot tell."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .group import Group
from .published import Bools, Floats, Ints
from .supposing import culprits
from .system import CLOSE


def unproven(moves: csr_array, alone: Ints, protected: Bools) -> list[tuple[int, Ints]]:
    """Protected class -> those alone of whom no witness says that they cannot tell it.

    moves: one row per witness table, the change of each class against the truth. A table in which the class changes by
    one or more, and he does not, looks to him like the true one. Takes the time of one product of sparse matrices.
    """
    places = np.flatnonzero(protected)
    moved = csr_array(moves[:, places])
    moved.data = (np.abs(moved.data) >= 1 - CLOSE).astype(float)
    moved.eliminate_zeros()
    touched = csr_array(moves[:, alone])
    touched.data = (np.abs(touched.data) > CLOSE).astype(float)
    touched.eliminate_zeros()
    tables = np.asarray(moved.sum(axis=0)).ravel()
    together = csr_array(moved.T @ touched)
    found = []
    for number, place in enumerate(places.tolist()):
        if not tables[number]:
            left = alone
        else:
            part = slice(together.indptr[number], together.indptr[number + 1])
            left = alone[together.indices[part][together.data[part] >= tables[number] - 0.5]]
        left = left[left != place]
        if left.size:
            found.append((place, left))
    return found


def seen_by_singles(
    group: Group, doubts: list[tuple[int, Ints]], true: Floats, threshold: int
) -> dict[int, Ints]:
    """Class of a single person -> classes that windows do not say he cannot tell; places are the group's."""
    pairs: dict[int, list[int]] = {}
    for place, alone in doubts:
        for one in culprits(group, place, alone, true, threshold):
            pairs.setdefault(one, []).append(place)
    return {alone: np.array(seen, dtype=np.int64) for alone, seen in pairs.items()}
