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
    where `suspected` that can be 1: whether a small cell of other people has one value left.
    """
    equal = _equal(problem, places)
    for own in _knowing(problem, places):
        known = np.flatnonzero(np.isin(places, own))
        seen = found[(found[:, known] == problem.values[places[known]]).all(axis=1)]
        others = [
            other
            for other in range(places.size)
            if not equal[known, other].any() and places[other] not in _of_themselves(problem, own)
        ]
        yield any(seen[:, other].min() == seen[:, other].max() <= problem.threshold for other in others)
    for alone in range(places.size):
        seen = found[found[:, alone] == 1]
        if len(seen) and (problem.suspected or found[:, alone].max() <= problem.threshold):
            others = np.flatnonzero(~equal[alone]).tolist()
            yield any(seen[:, other].min() == seen[:, other].max() <= problem.threshold for other in others)


def _knowing(problem: Problem, places: np.ndarray) -> Iterator[list[int]]:
    """Per coalition the hidden cells that it knows: those in which one of them is alone, and those of whom all join."""
    owner = {int(cell): int(problem.contributor[cell]) for cell in places}
    groups = [
        (1, [cell for cell, name in owner.items() if name == one])
        for one in sorted(set(owner.values()) - {-1})
    ]
    groups += [
        (int(problem.values[cell]), [cell])
        for cell, name in owner.items()
        if name < 0 and problem.primary[cell] and 2 <= problem.values[cell] <= problem.coalition
    ]
    for size in range(1, problem.coalition + 1):
        for joined in combinations(groups, size):
            if sum(persons for persons, _ in joined) <= problem.coalition:
                yield [cell for _, cells in joined for cell in cells]


def _of_themselves(problem: Problem, own: list[int]) -> set[int]:
    """What somebody knows who knows these cells: all else in a total that he fills is 0."""
    known = set(own)
    while True:
        fresh = set[int]()
        for row in problem.equations.toarray():
            rest = [cell for cell in np.flatnonzero(row).tolist() if cell not in known]
            if (
                len(rest) < np.count_nonzero(row)
                and len(set(row[rest])) == 1
                and not problem.values[rest].any()
            ):
                fresh.update(rest)
        if not fresh:
            return known
        known |= fresh


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
