"""Whether a code of a hierarchy means the same in all tables that are taken together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kontor.engines.disclosure.problem import Axis
from kontor.errors import BadRow, Invalid

from .recipe import TOTAL, Recipe

Leaves = frozenset[str]


def check_groups(tables: Sequence[tuple[Recipe, Sequence[Axis]]]) -> None:
    """Invalid("group_of_two_meanings") names the groups that hold a code in one table and do not hold it in another.

    An inner code of one table may be a group of another that looks more closely, and a code that occurs in one table
    alone contradicts nobody.
    """
    met: dict[tuple[str, str], list[tuple[str, Leaves, Leaves]]] = {}
    finer = _finer(axis for _, axes in tables for axis in axes)
    faults = []
    for recipe, axes in tables:
        for axis in axes:
            fine = finer[axis.name]
            below = _leaves(axis)
            everything = _expanded(below[TOTAL], fine)
            for code in below.keys() - {TOTAL}:
                mine = _expanded({code}, fine) if below[code] == {code} else _expanded(below[code], fine)
                for name, theirs, all_theirs in met.setdefault((axis.name, code), [])[:1]:
                    if mine & all_theirs != theirs & everything:
                        facts = {"value": code, "first": name, "second": recipe.path.name}
                        faults.append(BadRow("group_of_two_meanings", None, axis.name, facts))
                met[axis.name, code].append((recipe.path.name, mine, everything))
    if faults:
        raise Invalid(sorted(faults, key=lambda fault: (fault.column or "", str(fault.facts["value"]))))


def _finer(axes: Iterable[Axis]) -> dict[str, dict[str, Leaves]]:
    """Variable -> group -> its inner codes, in all tables that have it as a group."""
    found: dict[str, dict[str, Leaves]] = {}
    for axis in axes:
        groups = found.setdefault(axis.name, {})
        for code, leaves in _leaves(axis).items():
            if leaves != {code}:
                groups[code] = groups.get(code, frozenset()) | leaves
    return found


def _expanded(codes: Iterable[str], finer: Mapping[str, Leaves]) -> Leaves:
    """The codes, and in the place of those that are groups elsewhere their inner codes."""
    found, waiting, seen = set(), list(codes), set()
    while waiting:
        code = waiting.pop()
        if code in seen:
            continue
        seen.add(code)
        if code in finer:
            waiting += finer[code]
        else:
            found.add(code)
    return frozenset(found)


def _leaves(axis: Axis) -> dict[str, Leaves]:
    """Code -> the inner codes in it; an inner code has itself."""
    below = {parent: set[int]() for parent, _ in axis.sums}
    for parent, members in axis.sums:
        below[parent] |= set(members)

    def inner(place: int) -> set[int]:
        return set().union(*map(inner, below[place])) if place in below else {place}

    return {
        code: frozenset(axis.codes[leaf] for leaf in inner(place)) for place, code in enumerate(axis.codes)
    }
