"""What a first recipe for these data can say: variables, groups, counts and amounts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .codes import natural
from .identifiers import coordinates_named
from .reading import Records, quoted
from .recognising import COUNTS, MOST_CODES, PLACES, Column, Finished, crossed, finished_table, numbers_things

MANY_CODES = 30  # comes after variables of fewer
MOST_VARIABLES = 3
GROUPED = 3.0  # codes per group, at least, for groups to be worth a margin of their own
PER_CELL = 5.0  # records per inner cell, at least: below that most of the table would be hidden
REPEATED = 0.1  # different values per row, at most, for whole numbers to be codes, whatever they are called
SLIPS = 0.01  # of the values
OWNERS = re.compile(
    r"owner|contributor|company|firm|enterprise|utility|betrieb|unternehmen|eigent|企业|单位", re.I
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the recipe will say.

    left, roomy: what could be a variable, too; without and with enough records per cell. groups: variable -> (column of its
    groups, code -> group). inner: variable with totals -> its other codes. count: the column of counts; finished: its rows
    are the cells of a table. populations: columns that count who lives there. crossed: columns that are codes, it seems.
    """

    variables: tuple[Column, ...]
    left: tuple[Column, ...]
    roomy: tuple[Column, ...]
    groups: Mapping[str, tuple[str, Mapping[str, str]]]
    inner: Mapping[str, tuple[str, ...]]
    count: str
    finished: Finished | None
    populations: tuple[str, ...]
    contributor: str
    amounts: tuple[str, ...]
    crossed: tuple[str, ...]


def shape_of(
    records: Records, columns: Sequence[Column], personal: set[str], refused: Mapping[str, str]
) -> Shape:
    finished = finished_table(records, columns, personal)
    count = finished.count if finished else next((column.name for column in columns if column.counts), "")
    owners = [column.name for column in columns if OWNERS.search(column.name) and column.codes > 2]
    contributor = owners[0] if owners and not count else ""
    coded = [
        column
        for column in columns
        if _coded(column, {contributor, *(personal if finished else refused)})
        and not (finished and column.amount and column not in finished.variables)
    ]
    groups = _groups(records, coded)
    above = {column for column, _ in groups.values()}
    if finished:
        chosen = list(finished.variables)
    else:
        chosen = _fitting(records, _in_order(columns, [one for one in coded if one.name not in above]))
    populations = tuple(column.name for column in columns if column.population)
    places = {name for name, kind in refused.items() if kind == "coordinate"}
    none = {count, *owners, *personal, *places, *populations, *(column.name for column in chosen)}
    summed = [column for column in columns if column.name not in none and _added_up(column, records.count)]
    amounts = tuple(column.name for column in sorted(summed, key=lambda column: column.like_amount))
    others = [one for one in coded if not finished and one not in chosen and one.name not in above]
    roomy = [one for one in others if _room(records, chosen, one)]
    return Shape(
        tuple(chosen),
        tuple(one for one in others if one not in roomy),
        tuple(roomy),
        {column.name: groups[column.name] for column in chosen if column.name in groups},
        {column.name: _inner(records, column) for column in chosen if column.totals},
        count,
        finished,
        populations,
        contributor,
        () if finished else amounts,
        () if finished else crossed(records, columns),
    )


def _coded(column: Column, personal: set[str]) -> bool:
    """Whether it could be a variable of a table."""
    return (
        not COUNTS.fullmatch(column.name)
        and not column.population
        and column.name not in personal
        and 2 <= column.codes <= MOST_CODES
        and column.longest <= 80
        and not (column.numbers > 0.99 and column.fractions > 0)
    )


def _added_up(column: Column, rows: int) -> bool:
    """Whether its numbers can be amounts: no codes, no numbers of things, no coordinates. A fraction may be a slip."""
    again = not column.fractions and column.codes < REPEATED * rows and column.like_amount[0]
    many = (column.codes > MOST_CODES and not again) or (column.fractions > SLIPS and column.codes > 2)
    named = numbers_things(column.name) or coordinates_named(column.name)
    return column.numbers > 0.9 and many and not named


def _in_order(columns: Sequence[Column], free: list[Column]) -> list[Column]:
    """One that names places first, then those of few codes."""
    places = [column for column in free if PLACES.search(column.name)][:1]
    return sorted(
        free, key=lambda column: (column not in places, column.codes > MANY_CODES, columns.index(column))
    )


def _fitting(records: Records, free: Sequence[Column]) -> list[Column]:
    """As many variables as leave enough records per cell, in the order given."""
    chosen = list[Column]()
    for column in free:
        if (
            len(chosen) < MOST_VARIABLES
            and (not chosen or _room(records, chosen, column))
            and not any(_parents(records, one, column) for one in chosen)
        ):
            chosen.append(column)
    return chosen


def _room(records: Records, chosen: Sequence[Column], column: Column) -> bool:
    """Whether one more variable leaves enough records per inner cell."""
    return math.prod(one.codes for one in (*chosen, column)) * PER_CELL <= records.count


def _groups(records: Records, coded: Sequence[Column]) -> dict[str, tuple[str, dict[str, str]]]:
    """Columns whose code follows from another one: variable -> (column of groups, code -> group)."""
    found = {}
    for fine in coded:
        for coarse in coded:
            if not 2 <= coarse.inner <= fine.inner / GROUPED or fine.name in found:
                continue
            if parents := _parents(records, fine, coarse):
                found[fine.name] = (coarse.name, parents)
    return found


def _inner(records: Records, column: Column) -> tuple[str, ...]:
    """The codes of a column that are no totals."""
    rows = records.query(f"SELECT DISTINCT {quoted(column.name)} FROM records")  # noqa: S608
    return tuple(sorted(({code for (code,) in rows} - {"", *column.totals}), key=natural))


def _parents(records: Records, fine: Column, coarse: Column) -> dict[str, str]:
    """Code -> group where each code of one column has one code of the other; else nothing."""
    rows = records.query(
        f"SELECT {quoted(fine.name)}, min({quoted(coarse.name)}), max({quoted(coarse.name)}) "  # noqa: S608
        f"FROM records WHERE {quoted(fine.name)} <> '' GROUP BY 1 ORDER BY 1"
    )
    if not all(low == high for _, low, high in rows):
        return {}
    named = {code: f"{coarse.name} {group}" for code, group, _ in rows}
    return dict(sorted(named.items(), key=lambda item: natural(item[0])))
