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

from .identifiers import Identifier, identified
from .layout import Layout
from .numerals import NUMBER
from .preparing import Note
from .reading import Records, opened
from .recipe import TOTAL
from .recognising import (
    MOST_CODES,
    Column,
    column_of,
)
from .shaping import PER_CELL, Shape, shape_of

THRESHOLD = 3
P_PERCENT, DOMINANCE = 15, (2, 85)
SECONDS = 60
MOST_AMOUNTS = 8  # that are named


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
    shape = shape_of(records, columns, {one.column for one in personal}, refused)
    parts: list[str | Note] = [Note("suggest_read", {"columns": len(columns)})]
    parts += _table(records, header, columns, shape)
    parts += _hierarchies(shape)
    parts += _rules(shape)
    parts += _rate(shape)
    parts += _identifiers(personal)
    return Suggestion(tuple(parts))


# ---- how it is said


def _table(
    records: Records, header: tuple[str, ...], columns: Sequence[Column], shape: Shape
) -> Iterable[str | Note]:
    if shape.crossed:
        yield Note("suggest_crossed", {"columns": ", ".join(shape.crossed[:MOST_AMOUNTS])})
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
    yield from _reading(records, header, columns)
    if shape.amounts:
        listed, more = ", ".join(shape.amounts[:MOST_AMOUNTS]), len(shape.amounts) - MOST_AMOUNTS
        if more > 0:
            yield Note("suggest_amounts_some", {"columns": listed, "more": more})
        else:
            yield Note("suggest_amounts", {"columns": listed})
        yield f"# response = {_toml(shape.amounts[0])}"
    if shape.populations and not shape.finished:
        yield Note("suggest_population_of_records", {"columns": ", ".join(shape.populations)})
    if shape.contributor:
        yield Note("suggest_contributor", {"column": shape.contributor, "holdings": THRESHOLD + 1})
        yield f"# contributor = {_toml(shape.contributor)}"


def _reading(records: Records, header: tuple[str, ...], columns: Sequence[Column]) -> Iterable[str | Note]:
    """How the file is written."""
    if header:
        yield Note("suggest_header_missing", {"columns": len(header)})
        yield f"header = [{', '.join(map(_toml, header))}]"
    missing = dict.fromkeys(text for column in columns for text in column.missing)
    if missing:
        yield Note("suggest_missing", {"values": ", ".join(missing)})
        yield f"missing = [{', '.join(map(_toml, missing))}]"
    decimals = {column.decimal for column in columns if column.decimal}
    if len(decimals) == 1:
        yield Note("suggest_decimal")
        yield f"decimal = {_toml(*decimals)}"
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
