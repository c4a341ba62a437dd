"""A first recipe from the data: which columns make a table, what must be hidden, and why it was chosen so.

A recipe is passed on with its comments: nothing that is counted goes into them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .codes import natural
from .identifiers import Identifier, coordinates_named, identified
from .preparing import Note
from .reading import Layout, Records, opened, quoted
from .recipe import TOTAL
from .recognising import (
    COUNTS,
    MOST_CODES,
    NUMBER,
    PLACES,
    Column,
    Finished,
    column_of,
    finished_table,
    numbers_things,
)

MANY_CODES = 30  # comes after variables of fewer
MOST_VARIABLES = 3
GROUPED = 3.0  # codes per group, at least, for groups to be worth a margin of their own
PER_CELL = 5.0  # records per inner cell, at least: below that most of the table would be hidden
THRESHOLD = 3
P_PERCENT, DOMINANCE = 15, (2, 85)
SECONDS = 60
OWNERS = re.compile(
    r"owner|contributor|company|firm|enterprise|utility|betrieb|unternehmen|eigent|企业|单位", re.I
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lines of TOML and, as notes, the reasons that stand above them as comments."""

    parts: tuple[str | Note, ...]

    def written(self, say: Callable[[Note], str]) -> str:
        """The recipe, with the comments in the words of `say`."""
        return "".join(
            part + "\n" if isinstance(part, str) else f"# {' '.join(say(part).split())}\n"
            for part in self.parts
        )

    @property
    def recipe(self) -> str:
        """The recipe without its reasons."""
        return "".join(part + "\n" for part in self.parts if isinstance(part, str))

    @property
    def explained(self) -> tuple[Note, ...]:
        return tuple(part for part in self.parts if isinstance(part, Note))


@dataclass(frozen=True, slots=True)
class Shape:
    """What the recipe will say.

    left, roomy: what could be a variable, too; without and with enough records per cell. groups: variable -> (column of its
    groups, code -> group). inner: variable with totals -> its other codes. count: the column of counts; finished: its rows
    are the cells of a table. populations: columns that count who lives there.
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


def suggest(input: Path, *, cancelled: Callable[[], None] = lambda: None) -> Suggestion:
    """A first recipe for this input, to be read, corrected and kept. Raises Invalid where the file cannot be read."""
    with opened(input, Layout(), None, cancelled=cancelled) as records:
        header: tuple[str, ...] = ()
        if records.delimiter and any(re.fullmatch(NUMBER, name) for name in records.columns):
            header = tuple(f"column_{place}" for place in range(1, len(records.columns) + 1))
        else:
            return _suggested(records, header)
    with opened(input, Layout(header=header), None, cancelled=cancelled) as records:
        return _suggested(records, header)


def _suggested(records: Records, header: tuple[str, ...]) -> Suggestion:
    columns = [column_of(records, name) for name in records.columns]
    personal = identified(records, records.columns)
    # Columns of numbers that are merely all different are amounts, not identifiers.
    numeric = {column.name for column in columns if column.numbers > 0.99}
    refused = {one.column: one.kind for one in personal}
    personal = [one for one in personal if one.named or one.column not in numeric]
    shape = _shape(records, columns, {one.column for one in personal}, refused)
    parts: list[str | Note] = [Note("suggest_read", {"columns": len(columns)})]
    parts += _table(records, header, columns, shape)
    parts += _hierarchies(shape)
    parts += _rules(shape)
    parts += _rate(shape)
    parts += _identifiers(personal)
    return Suggestion(tuple(parts))


# ---- what makes a table


def _shape(
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
    amounts = tuple(column.name for column in columns if column.name not in none and _added_up(column))
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


def _added_up(column: Column) -> bool:
    """Whether its numbers can be amounts: no codes, no numbers of things, no coordinates."""
    many = column.codes > MOST_CODES or (column.fractions > 0 and column.codes > 2)
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


# ---- how it is said


def _table(
    records: Records, header: tuple[str, ...], columns: Sequence[Column], shape: Shape
) -> Iterable[str | Note]:
    yield "[table]"
    yield 'kind = "frequency"'
    if shape.finished:
        yield Note("suggest_table", {"count": shape.count})
        yield 'input = "table"'
        yield f"count = {_toml(shape.count)}"
        if shape.finished.others:
            yield Note("suggest_more_counts", {"columns": ", ".join(shape.finished.others)})
    elif shape.count:
        yield Note("suggest_response", {"count": shape.count})
        yield f"response = {_toml(shape.count)}"
    for column in shape.variables:
        yield Note("suggest_variable", {"variable": column.name, "codes": column.inner})
        if shape.finished and column.totals:
            totals = ", ".join(column.totals)
            yield Note("suggest_totals", {"variable": column.name, "totals": totals, "total": TOTAL})
    for code, found in (("suggest_left_out", shape.left), ("suggest_also_possible", shape.roomy)):
        if found:
            listed = ", ".join(f"{column.name} ({column.codes})" for column in found)
            yield Note(code, {"columns": listed, "records": round(PER_CELL)})
    if not shape.variables:
        yield Note("suggest_no_variable", {"most": MOST_CODES})
    yield f"variables = [{', '.join(_toml(column.name) for column in shape.variables)}]"
    if header:
        yield Note("suggest_header_missing", {"columns": len(header)})
        yield f"header = [{', '.join(map(_toml, header))}]"
    missing = dict.fromkeys(text for column in columns for text in column.missing)
    if missing:
        yield Note("suggest_missing", {"values": ", ".join(missing)})
        yield f"missing = [{', '.join(map(_toml, missing))}]"
    if shape.amounts:
        yield Note("suggest_amounts", {"columns": ", ".join(shape.amounts[:8])})
        yield f"# response = {_toml(shape.amounts[0])}"
    if shape.populations and not shape.finished:
        yield Note("suggest_population_of_records", {"columns": ", ".join(shape.populations)})
    if shape.contributor:
        yield Note("suggest_contributor", {"column": shape.contributor, "holdings": THRESHOLD + 1})
        yield f"# contributor = {_toml(shape.contributor)}"
    if records.encoding == "latin-1":
        yield Note("suggest_encoding", {"encoding": "ISO-8859-1"})
        yield 'encoding = "latin-1"'


def _hierarchies(shape: Shape) -> Iterable[str | Note]:
    for variable in shape.variables:
        total = _named_total(shape, variable)
        column, parents = _grouped(shape, variable)
        groups = list(dict.fromkeys(parents.values()))
        if groups:
            yield ""
            yield Note(
                "suggest_hierarchy", {"variable": variable.name, "column": column, "groups": len(groups)}
            )
        elif total != TOTAL:
            yield ""
            parents = dict.fromkeys(shape.inner[variable.name], total)
        if not parents:
            continue
        if total != TOTAL:
            yield Note("suggest_total_named", {"total": total, "code": TOTAL})
        yield f"[hierarchy.{_toml(variable.name)}]"
        yield from (f"{_toml(code)} = {_toml(group)}" for code, group in parents.items())
        yield from (f"{_toml(group)} = {_toml(total)}" for group in groups)
        if total != TOTAL:
            yield f"{_toml(total)} = {_toml(TOTAL)}"


def _grouped(shape: Shape, variable: Column) -> tuple[str, Mapping[str, str]]:
    """The column of its groups and code -> group, without the totals of a finished table."""
    column, parents = shape.groups.get(variable.name, ("", {}))
    totals = variable.totals if shape.finished else ()
    return column, {code: group for code, group in parents.items() if code not in totals}


def _named_total(shape: Shape, variable: Column) -> str:
    """The code that a finished table has for the total of a variable."""
    others = [code for code in variable.totals if code != TOTAL] if shape.finished else []
    return others[0] if others else TOTAL


def _rules(shape: Shape) -> Iterable[str | Note]:
    yield ""
    yield "[publish]"
    yield Note("suggest_zeros")
    yield "zeros = true"
    yield Note("suggest_margins", {"cells": _size(shape)})
    yield 'margins = "all"'
    yield ""
    yield "[primary]"
    yield Note("suggest_threshold", {"threshold": THRESHOLD})
    yield f"threshold = {THRESHOLD}"
    if shape.contributor:
        yield Note("suggest_holdings", {"column": shape.contributor, "holdings": THRESHOLD + 1})
        yield f"# holdings = {THRESHOLD + 1}"
    if shape.amounts:
        yield Note("suggest_amount_rules")
        yield f"# p_percent = {P_PERCENT}"
        yield f"# dominance = {{n = {DOMINANCE[0]}, k = {DOMINANCE[1]}}}"
    yield ""
    yield "[secondary]"
    yield Note("suggest_width", {"width": 2})
    yield "interval_width = 2"
    yield Note("suggest_time", {"seconds": SECONDS})
    yield f"time_limit = {SECONDS}"


def _rate(shape: Shape) -> Iterable[str | Note]:
    """A rate that could be published beside the counts, for the office to decide: its lines are comments."""
    if not shape.finished or not shape.finished.population:
        return
    population, repeated = shape.finished.population, shape.finished.repeated
    yield ""
    if repeated:
        yield Note("suggest_population_repeated", {"column": population, "variable": repeated})
        return
    yield Note("suggest_rate", {"column": population})
    yield "# [[rate]]"
    yield f"# numerator = {_toml(shape.count)}"
    yield f"# denominator = {_toml(population)}"
    yield "# per = 100000"
    yield "# decimals = 1"


def _size(shape: Shape) -> int:
    """Cells of the table, totals and groups included."""
    return math.prod(
        (column.inner + (_named_total(shape, column) != TOTAL) if shape.finished else column.codes)
        + len(set(_grouped(shape, column)[1].values()))
        + 1
        for column in shape.variables
    )


def _identifiers(personal: Sequence[Identifier]) -> Iterable[str | Note]:
    if not personal:
        return
    yield ""
    yield Note("suggest_identifiers", {"columns": len(personal)})
    yield "[identifiers]"
    for one in personal:
        if one.kind == "birth_date":
            yield Note("suggest_birth_date", {"column": one.column})
        yield f'{_toml(one.column)} = "drop"'


def _toml(text: str) -> str:
    """A basic string of TOML, which is one of JSON but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
