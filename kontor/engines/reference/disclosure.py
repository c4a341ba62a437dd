"""The obvious twin of the disclosure engine: all patterns and all tables of whole numbers, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np

from kontor.engines.disclosure.problem import Bools, Problem

FAR = 8
"""How far above its value a cell without an upper limit is tried."""


def tables(problem: Problem, hidden: Bools) -> list[tuple[int, ...]]:
    """All tables of whole numbers that an attacker cannot tell from the true one, FAR above it at most."""
    places = np.flatnonzero(hidden & ~problem.known)
    ranges = [
        range(int(np.ceil(problem.low[cell])), int(min(problem.high[cell], problem.values[cell] + FAR)) + 1)
        for cell in places
    ]
    matrix = problem.equations.toarray()
    used = matrix[np.abs(matrix[:, places]).any(axis=1)]
    fixed = used @ np.where(np.isin(np.arange(problem.values.size), places), 0.0, problem.values)
    return list(_filled(used[:, places], -fixed, ranges))


def _filled(matrix: np.ndarray, wanted: np.ndarray, ranges: list[range]) -> Iterator[tuple[int, ...]]:
    """Depth first: an equation is tested as soon as its last cell has a value."""
    last = [int(np.flatnonzero(row)[-1]) for row in matrix]
    chosen: list[int] = []

    def further(left: np.ndarray) -> Iterator[tuple[int, ...]]:
        place = len(chosen)
        if place == len(ranges):
            yield tuple(chosen)
            return
        due = [row for row, end in enumerate(last) if end == place]
        for value in ranges[place]:
            after = left - matrix[:, place] * value
            if all(abs(after[row]) < 1e-9 for row in due):
                chosen.append(value)
                yield from further(after)
                chosen.pop()

    yield from further(np.asarray(wanted, dtype=float))


def safe(problem: Problem, hidden: Bools) -> bool:
    """Whether no demand is open: widths of primary cells and of those that could be taken for one, and what respondents
    see, each alone and in coalitions."""
    places = np.flatnonzero(hidden & ~problem.known)
    if not places.size:
        return True
    found = np.array(tables(problem, hidden), dtype=float).reshape(-1, places.size)
    lowest, highest = found.min(axis=0), found.max(axis=0)
    for at, cell in enumerate(places):
        value = problem.values[cell]
        doubtful = problem.threshold < value < problem.threshold + problem.default_width
        doubtful &= problem.low[cell] <= problem.threshold  # else everybody knows that it is above
        width = problem.width[cell] if problem.primary[cell] else problem.default_width * doubtful
        if highest[at] - lowest[at] < width:
            return False
        if problem.primary[cell] and (
            highest[at] - value < problem.up[cell] or value - lowest[at] < problem.down[cell]
        ):
            return False
    return not any(_found(problem, places, found))


def _found(problem: Problem, places: np.ndarray, found: np.ndarray) -> Iterator[bool]:
    """For everybody who knows cells, alone or in a coalition, and for every cell that everybody can tell to be small, or
    where `suspected` that can be 1: whether a small cell of other people has one value left. Of cells that no table
    publishes nobody is supposed to be one person, nor told.
    """
    equal = _equal(problem, places)
    for own, inside in _knowing(problem):
        known = np.flatnonzero(np.isin(places, list(own)))
        seen = found[(found[:, known] == problem.values[places[known]]).all(axis=1)]
        others = [
            other
            for other in range(places.size)
            if not equal[known, other].any() and places[other] not in inside
        ]
        yield any(seen[:, other].min() == seen[:, other].max() <= problem.threshold for other in others)
    judged = np.flatnonzero(~problem.absent[places] | problem.primary[places])
    for alone in judged.tolist():
        seen = found[found[:, alone] == 1]
        if len(seen) and (problem.suspected or found[:, alone].max() <= problem.threshold):
            others = judged[~equal[alone, judged]].tolist()
            yield any(seen[:, other].min() == seen[:, other].max() <= problem.threshold for other in others)


def _knowing(problem: Problem) -> Iterator[tuple[set[int], set[int]]]:
    """Per coalition the cells that hold nobody but its members, and with them all that is in those, be it empty."""
    people = _people(problem)
    size = {one: _size(problem, one) for names in people.values() for one in names}
    for count in range(1, problem.coalition + 1):
        for joined in combinations(sorted(size), count):
            if sum(size[one] for one in joined) <= problem.coalition:
                filled = {cell for cell, names in people.items() if names <= set(joined)}
                yield filled, _inside(problem, filled)


Name = tuple[str, int]
"""("one", number of a respondent) or ("all", a cell of several persons)."""


def _size(problem: Problem, name: Name) -> int:
    return 1 if name[0] == "one" else int(problem.values[name[1]])


def _people(problem: Problem) -> dict[int, set[Name]]:
    """Who is in a cell, where it is one respondent, or so many persons that a coalition may be all of them."""
    people: dict[int, set[Name]] = {
        cell: {("one", int(name))} for cell, name in enumerate(problem.contributor.tolist()) if name >= 0
    }
    few = {
        cell
        for cell in np.flatnonzero(problem.primary & (problem.values >= 2)).tolist()
        if problem.values[cell] <= problem.coalition and cell not in people
    }
    while True:
        _totals_of_those(problem, people)
        few -= people.keys()
        if not few:
            return people
        parts = [(total, few & set(members)) for total, members in _sums(problem)]
        inner = few - {total for total, inside in parts if inside}
        people |= {cell: {("all", cell)} for cell in inner or few}


def _totals_of_those(problem: Problem, people: dict[int, set[Name]]) -> None:
    """Adds all totals whose members are filled or empty."""
    while True:
        fresh = {}
        for total, members in _sums(problem):
            inside = [cell for cell in members if problem.values[cell] or problem.contributor[cell] >= 0]
            if total not in people and inside and all(cell in people for cell in inside):
                names = set[Name]().union(*(people[cell] for cell in inside))
                if sum(_size(problem, one) for one in names) <= problem.coalition:
                    fresh[total] = names
        if not fresh:
            return
        people |= fresh


def _sums(problem: Problem) -> Iterator[tuple[int, list[int]]]:
    for row in problem.equations.toarray():
        yield int(np.flatnonzero(row < 0)[0]), np.flatnonzero(row > 0).tolist()


def _inside(problem: Problem, cells: set[int]) -> set[int]:
    """These and all that they contain."""
    found = set(cells)
    while True:
        more = {cell for total, members in _sums(problem) if total in found for cell in members} - found
        if not more:
            return found
        found |= more


def _equal(problem: Problem, places: np.ndarray) -> Bools:
    """Which cells are equal whatever is hidden, because the equations say so."""
    matrix = problem.equations.toarray()[:, ~problem.known]
    names = np.flatnonzero(~problem.known)
    at = np.searchsorted(names, places)
    rank = np.linalg.matrix_rank(matrix)
    out = np.eye(places.size, dtype=bool)
    for a, b in combinations(range(places.size), 2):
        row = np.zeros(names.size)
        row[at[a]], row[at[b]] = 1.0, -1.0
        out[a, b] = out[b, a] = np.linalg.matrix_rank(np.vstack([matrix, row])) == rank
    return out


def optimum(problem: Problem) -> tuple[float, Bools] | None:
    """The cheapest safe pattern, by trying all of them; None where not even hiding everything is safe."""
    able = np.flatnonzero(~problem.primary & ~problem.absent & ~problem.known)
    always = problem.primary | problem.absent
    best: tuple[float, Bools] | None = None
    for size in range(able.size + 1):
        for chosen in combinations(able, size):
            hidden = always.copy()
            hidden[list(chosen)] = True
            cost = float(problem.weight[list(chosen)].sum())
            if (best is None or cost < best[0]) and safe(problem, hidden):
                best = cost, hidden
        if best is not None and np.all(problem.weight == 1):
            return best
    return best


def every_pattern(problem: Problem) -> Iterator[Bools]:
    """All patterns that hide the primary cells."""
    able = np.flatnonzero(~problem.primary & ~problem.absent & ~problem.known)
    for choice in product((False, True), repeat=able.size):
        hidden = problem.primary | problem.absent
        hidden[able] = choice
        yield hidden
