"""What a code covers: the total of all years leaves out a year in one table that it counts in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .published import Sums
from .recipe import TOTAL

Code = tuple[str, str]  # variable, code
Inner = frozenset[str]
Axes = Mapping[str, tuple[tuple[str, ...], Sums]]  # variable -> its codes, and which of them add up to which


def other_scopes(tables: Sequence[Axes], first_known: int) -> list[dict[Code, Inner]]:
    """Per table its codes that cover something else than in the first table that has them, with what they cover.

    Tables before `first_known` count the same records: what one of them lacks counts nobody.
    """
    everywhere: dict[Code, set[str]] = {}
    for axes in tables:
        for code, members in _groups(axes).items():
            if code[1] != TOTAL:
                everywhere.setdefault(code, set()).update(members)
    first: dict[Code, Inner] = {}
    found: list[dict[Code, Inner]] = []
    for number, axes in enumerate(tables):
        covered = _covered(axes, everywhere)
        if number < first_known:
            first |= {code: first.get(code, frozenset()) | inner for code, inner in covered.items()}
        found.append(
            {code: inner for code, inner in covered.items() if first.setdefault(code, inner) != inner}
            if number >= first_known
            else {}
        )
    return found


def _groups(axes: Axes) -> dict[Code, set[str]]:
    found: dict[Code, set[str]] = {}
    for variable, (_, sums) in axes.items():
        for group, members in sums:
            found.setdefault((variable, group), set()).update(members)
    return found


def _covered(axes: Axes, everywhere: Mapping[Code, set[str]]) -> dict[Code, Inner]:
    """Every code of a table with the finest codes in it; where another table looks more closely, with that one's."""
    own = _groups(axes)
    return {
        (variable, code): frozenset(_finest(variable, _finest(variable, [code], own), everywhere))
        for variable, (codes, _) in axes.items()
        for code in codes
    }


def _finest(variable: str, codes: Iterable[str], groups: Mapping[Code, set[str]]) -> set[str]:
    found, waiting, seen = set[str](), list(codes), set[str]()
    while waiting:
        code = waiting.pop()
        if code not in seen:
            seen.add(code)
            members = groups.get((variable, code))
            waiting += members or ()
            if members is None:
                found.add(code)
    return found
