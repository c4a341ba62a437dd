"""Ladders: how the values of a quasi-identifier become coarser, level by level, until they say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kontor.errors import BadRow, Invalid

from .problem import Floats, Ints


@dataclass(frozen=True, slots=True)
class Ladder:
    """labels[level][group] is a name, groups[level][value] the group of each value; level 0 has one group per value.

    Levels nest: who shares a group on one level shares it on all above.
    """

    name: str
    labels: tuple[tuple[str, ...], ...]
    groups: tuple[Ints, ...]

    @property
    def levels(self) -> int:
        return len(self.groups)

    def losses(self) -> Floats:
        """levels x values: the share of the other values that a value is no longer told from (Iyengar 2002)."""
        values = self.groups[0].size
        if values == 1:
            return np.zeros((self.levels, 1))
        sizes = [np.bincount(groups)[groups] for groups in self.groups]
        return (np.array(sizes, dtype=np.float64) - 1.0) / (values - 1.0)

    def numbers(self, column: Sequence[str]) -> Ints:
        """The value of each record as a number. Raises Invalid with `value_outside_ladder` per unknown value."""
        place = {label: number for number, label in enumerate(self.labels[0])}
        unknown = {value: row for row, value in reversed(list(enumerate(column))) if value not in place}
        if unknown:
            raise Invalid(
                [
                    BadRow("value_outside_ladder", row + 2, self.name, {"value": value})
                    for value, row in sorted(unknown.items(), key=lambda item: item[1])
                ]
            )
        return np.array([place[value] for value in column], dtype=np.int64)


def ladder_of(name: str, rows: Sequence[Sequence[str]]) -> Ladder:
    """A ladder from one row per value: the value, then its group on each level.

    Raises Invalid with `ladder_ragged` (a row of another length), `ladder_value_twice` or `ladder_not_nested`.
    """
    if not rows or not rows[0]:
        raise Invalid([BadRow("ladder_ragged", 1, name, {"columns": 0, "expected": 1})])
    faults = []
    depth, above = len(rows[0]), [dict[str, str]() for _ in rows[0]]
    for number, row in enumerate(rows, start=1):
        if len(row) != depth:
            faults.append(BadRow("ladder_ragged", number, name, {"columns": len(row), "expected": depth}))
            continue
        if row[0] in above[0]:
            faults.append(BadRow("ladder_value_twice", number, name, {"value": row[0]}))
        for level, (group, parent) in enumerate(zip(row, [*row[1:], ""], strict=True)):
            if above[level].setdefault(group, parent) != parent and level:
                facts = {"value": group, "one": above[level][group], "other": parent}
                faults.append(BadRow("ladder_not_nested", number, name, facts))
    if faults:
        raise Invalid(faults)
    return _built(name, rows)


def ladder_of_parents(name: str, values: Sequence[str], parents: Mapping[str, str]) -> Ladder:
    """A ladder from a hierarchy (child -> parent, to any depth; without one: the total): level n is n steps up."""
    paths = []
    for value in dict.fromkeys(values):
        path = [value]
        while path[-1] != "_T":
            path.append(parents.get(path[-1], "_T"))
            if len(path) > len(parents) + 2:
                raise Invalid([BadRow("hierarchy_cyclic", column=name, facts={"value": value})])
        paths.append(path)
    depth = max((len(path) for path in paths), default=1)
    return _built(name, [path + ["_T"] * (depth - len(path)) for path in paths])


def _built(name: str, rows: Sequence[Sequence[str]]) -> Ladder:
    labels, groups = [], []
    for level in zip(*rows, strict=True):
        names = {label: number for number, label in enumerate(dict.fromkeys(level))}
        labels.append(tuple(names))
        groups.append(np.array([names[label] for label in level], dtype=np.int64))
    return Ladder(name, tuple(labels), tuple(groups))
