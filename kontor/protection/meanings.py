"""Whether a code of a hierarchy means the same in all tables that are taken together, and what a total covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kontor.engines.disclosure.problem import Axis
from kontor.errors import BadRow, Invalid

from .recipe import TOTAL, Recipe

Leaves = frozenset[str]
Scopes = Mapping[tuple[str, str], Leaves]  # (variable, code) -> the inner codes in it


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
            below = _covered(axis, fine)
            everything = below.pop(TOTAL)
            for code, mine in below.items():
                for name, theirs, all_theirs in met.setdefault((axis.name, code), [])[:1]:
                    if mine & all_theirs != theirs & everything:
                        facts = {"value": code, "first": name, "second": recipe.path.name}
                        faults.append(BadRow("group_of_two_meanings", None, axis.name, facts))
                met[axis.name, code].append((recipe.path.name, mine, everything))
    if faults:
        raise Invalid(sorted(faults, key=lambda fault: (fault.column or "", str(fault.facts["value"]))))


def other_scopes(today: Sequence[Sequence[Axis]], earlier: Sequence[Sequence[Axis]]) -> tuple[Scopes, ...]:
    """Per earlier table the codes that cover something else in it than in the first table that has them: the total of
    the years, where a year has been added since. The tables of today cover the same; what one of them has not counts
    nobody.
    """
    finer = _finer(axis for axes in (*today, *earlier) for axis in axes)
    first: dict[tuple[str, str], Leaves] = {}
    for axes in today:
        for code, leaves in _scopes(axes, finer).items():
            first[code] = first.get(code, frozenset()) | leaves
    return tuple(
        {
            code: leaves
            for code, leaves in _scopes(axes, finer).items()
            if first.setdefault(code, leaves) != leaves
        }
        for axes in earlier
    )


def _scopes(axes: Iterable[Axis], finer: Mapping[str, Mapping[str, Leaves]]) -> dict[tuple[str, str], Leaves]:
    return {
        (axis.name, code): leaves
        for axis in axes
        for code, leaves in _covered(axis, finer[axis.name]).items()
    }


def _covered(axis: Axis, finer: Mapping[str, Leaves]) -> dict[str, Leaves]:
    """Code -> the inner codes in it, as closely as any table looks."""
    return {
        code: _expanded({code} if leaves == {code} else leaves, finer)
        for code, leaves in _leaves(axis).items()
    }


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
