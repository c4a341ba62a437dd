"""What respondents know from themselves, alone and in coalitions: the classes in which there is nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from .problem import Bools, Floats, Ints

if TYPE_CHECKING:
    from .merging import Classes

SAME = 1e-9
"""Of the amounts in a sum, it may be off by so much: rounding."""

People = dict[int, frozenset[int]]
"""Class -> the respondents who fill it, where they are no more than a coalition. Numbers are those of `contributor`."""
KnownTo = dict[int, frozenset[frozenset[int]]]
"""Class -> sets of respondents, each of which fills it or a total that contains it."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The equations of counts or amounts that say who is in a total: its members and nobody else.

    total: per row of `equations` the class of the total, -1 where the row is no such sum. order: rows by their total;
    those of one class lie between two of `starts`.
    """

    equations: csr_array
    total: Ints
    order: Ints
    starts: Ints

    def members(self, row: int) -> Ints:
        """The classes that add up to the total."""
        cells = self.equations.indices[self.equations.indptr[row] : self.equations.indptr[row + 1]]
        members: Ints = cells[cells != self.total[row]].astype(np.int64)
        return members

    def inside(self, total: int) -> set[int]:
        """The class and all that adds up to it, over any number of sums."""
        found, waiting = {total}, [total]
        while waiting:
            one = waiting.pop()
            rows = self.order[self.starts[one] : self.starts[one + 1]].tolist()
            more = set(chain(*(self.members(row).tolist() for row in rows))) - found
            found |= more
            waiting += more
        return found


def sums_of(equations: csr_array, value: Floats) -> Sums:
    """Rows of one total and its members; not those that need a published value to hold."""
    counted = abs(equations)
    off = np.abs(equations @ value) > SAME * np.maximum(counted @ np.abs(value), 1.0)
    row = np.repeat(np.arange(equations.shape[0]), np.diff(equations.indptr))
    plain = np.bincount(row, np.abs(equations.data) != 1, equations.shape[0]) == 0
    total = np.full(equations.shape[0], -1, dtype=np.int64)
    for sign in (1.0, -1.0):
        mine = equations.data == sign
        single = np.bincount(row, mine, equations.shape[0]) == 1
        at = mine & (single & plain & ~off)[row]
        total[row[at]] = equations.indices[at]
    order = np.argsort(total, kind="stable")
    return Sums(equations, total, order, np.searchsorted(total[order], np.arange(equations.shape[1] + 1)))


def people_of(sums: Sums, value: Floats, contributor: Ints, persons: Ints, coalition: int) -> People:
    """Who fills a class: its only respondent, or all together those of its members.

    Several persons in a class that is no sum of such classes have the number of that class.
    """
    alone = np.flatnonzero((contributor >= 0) & (persons == 1))
    people = {cell: frozenset([int(contributor[cell])]) for cell in alone.tolist()}
    several = set(np.flatnonzero((contributor >= 0) & (persons > 1)).tolist())
    size = sizes(contributor, persons)
    occupied = (value != 0) | (contributor >= 0)
    while True:
        _added_up(sums, occupied, people, size, coalition)
        several -= people.keys()
        if not several:
            return people
        inner = several - {
            int(sums.total[row])
            for row in np.flatnonzero(np.isin(sums.total, list(several))).tolist()
            if several.intersection(sums.members(row).tolist())
        }
        people |= {cell: frozenset([int(contributor[cell])]) for cell in inner or several}


def _added_up(sums: Sums, occupied: Bools, people: People, size: dict[int, int], coalition: int) -> None:
    """Adds the totals of which all members with somebody in them are filled, over any number of sums."""
    counted = abs(sums.equations)
    while True:
        known = np.zeros(occupied.size, dtype=bool)
        known[list(people)] = True
        open_ = counted @ (occupied & ~known).astype(float)
        rows = np.flatnonzero((sums.total >= 0) & (open_ == 1) & (counted @ known.astype(float) > 0))
        rows = rows[~known[sums.total[rows]]]
        fresh = {}
        for row in rows.tolist():
            inside = [people[cell] for cell in sums.members(row).tolist() if cell in people]
            names = frozenset[int]().union(*inside)
            if occupied[sums.total[row]] and sum(size[name] for name in names) <= coalition:
                fresh[int(sums.total[row])] = names
        if not fresh:
            return
        people |= fresh


def sizes(contributor: Ints, persons: Ints) -> dict[int, int]:
    """Number of a respondent -> for how many persons it stands."""
    named = contributor >= 0
    return dict(zip(contributor[named].tolist(), persons[named].tolist(), strict=True))


def known_from_themselves(sums: Sums, people: People) -> KnownTo:
    """Who fills a total knows what is in it, of empty classes too."""
    found: dict[int, set[frozenset[int]]] = {}
    for cell, names in people.items():
        for one in sums.inside(cell):
            found.setdefault(one, set()).add(names)
    return {cell: frozenset(names) for cell, names in found.items()}


def known_by(known_to: KnownTo, people: People) -> dict[frozenset[int], Ints]:
    """The reverse: a set of respondents -> what they know beyond the classes that they fill."""
    found: dict[frozenset[int], list[int]] = {}
    for cell, sets in known_to.items():
        for names in sets:
            if people.get(cell) != names:
                found.setdefault(names, []).append(cell)
    return {names: np.array(cells, dtype=np.int64) for names, cells in found.items()}


def respondents(classes: Classes, cells: Ints, coalition: int) -> list[tuple[Ints, frozenset[int]]]:
    """Per respondent or coalition of them: the places in `cells` of what they fill, and their numbers."""
    places: dict[frozenset[int], list[int]] = {}
    for place, cell in enumerate(cells.tolist()):
        if cell in classes.people:
            places.setdefault(classes.people[cell], []).append(place)
    several = [names for names in places if len(names) > 1]
    size = {name: classes.size[name] for name in sorted(frozenset[int]().union(*places))}
    found = []
    for count in range(1, coalition + 1):
        for joined in combinations(size, count):
            if sum(size[name] for name in joined) <= coalition:
                names = frozenset(joined)
                own = [places.get(frozenset([name]), []) for name in joined]
                own += [places[one] for one in several if one <= names]
                found.append((np.array(sorted(chain(*own)), dtype=np.int64), names))
    return [(known, names) for known, names in found if known.size]


def told_by_others(classes: Classes, cells: Ints, places: Ints, known: Ints, names: frozenset[int]) -> Ints:
    """Those of some places in `cells` that respondents do not know from themselves."""
    left = np.setdiff1d(places, known)
    parts = chain(*(combinations(sorted(names), count) for count in range(1, len(names) + 1)))
    own = [classes.known_by[part] for part in map(frozenset, parts) if part in classes.known_by]
    if own:
        left = left[~np.isin(cells[left], np.concatenate(own))]
    return left.astype(np.int64)
