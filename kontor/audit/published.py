"""A safe file as an attacker reads it: which cells it has, which values, and what is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kontor.errors import BadRow, Invalid

from .delimited import Rows, records
from .recipe import TOTAL, Recipe

PUBLISHED, HIDDEN, SECONDARY = "F", "C", "D"
UNKNOWN = "_U"  # stands directly below the total without a line of its own in a hierarchy
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
MOST = 1e15  # sums of larger numbers are not exact

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Sums = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A safe file. All lists are parallel, one entry per row of the file.

    codes: one tuple per row, in the order of the recipe's variables. values: NaN where hidden. lines: numbers in the
    file, the header being 1.
    """

    name: str
    recipe: Recipe
    codes: list[tuple[str, ...]]
    responses: list[str]
    values: Floats
    marks: list[str]
    lines: list[int]
    decimals: int

    @property
    def hidden(self) -> Bools:
        """Which rows have no value."""
        return np.isnan(self.values)


def read_published(path: Path, recipe: Recipe, *, foreign: bool = False) -> Published:
    """The rows of a safe file; foreign as in `records`. Raises Invalid with every fault of the file."""
    expected = recipe.columns
    _, rows = records(path, expected, foreign=foreign)
    if not rows:
        raise Invalid([BadRow("rows_missing", None, None, {"file": path.name})])
    faults = [*_faults(rows, recipe), *_twice(rows)]
    if faults:
        raise Invalid(
            [BadRow(one.code, one.row, one.column, {**one.facts, "file": path.name}) for one in faults]
        )
    count = len(recipe.variables)
    texts = [row[-2] for _, row in rows]
    several = "response" in expected
    return Published(
        name=path.name,
        recipe=recipe,
        codes=[tuple(row[:count]) for _, row in rows],
        responses=[row[count] if several else recipe.responses[0] for _, row in rows],
        values=np.array([float(text) if text else np.nan for text in texts]),
        marks=[row[-1] for _, row in rows],
        lines=[number for number, _ in rows],
        decimals=max(len(text.partition(".")[2]) for text in texts),
    )


def _faults(rows: Rows, recipe: Recipe) -> Iterator[BadRow]:
    marks = (PUBLISHED, HIDDEN, SECONDARY) if recipe.codes else (PUBLISHED, HIDDEN)
    names = {*recipe.responses, *(rate.name for rate in recipe.rates)}
    rates = {rate.name: rate for rate in recipe.rates}
    place = len(recipe.variables)
    several = "response" in recipe.columns
    whole = recipe.kind == "frequency" and recipe.alternative.get("method") != "dp"
    for number, row in rows:
        value, mark = row[-2], row[-1]
        response = row[place] if several else ""
        for variable, code in zip(recipe.variables, row, strict=False):
            if not code:
                yield BadRow("code_missing", number, variable)
        if several and response not in names:
            yield BadRow(
                "response_unknown", number, "response", {"value": response, "known": ", ".join(names)}
            )
        if mark not in marks:
            yield BadRow(
                "mark_unknown", number, "confidentiality", {"value": mark, "known": ", ".join(marks)}
            )
        elif mark != PUBLISHED and value:
            yield BadRow("hidden_with_value", number, "value", {"mark": mark})
        elif mark == PUBLISHED and not value and response not in rates:
            yield BadRow("published_without_value", number, "value", {})
        if value and not NUMBER.fullmatch(value):
            yield BadRow("value_malformed", number, "value", {"value": value})
        elif value and abs(float(value)) > MOST:
            yield BadRow("value_too_large", number, "value", {"value": value[:40], "most": f"{MOST:.0f}"})
        elif value and response in rates and digits(value) > rates[response].decimals:
            facts = {"value": value, "decimals": rates[response].decimals, "rate": response}
            yield BadRow("rate_too_exact", number, "value", facts)
        elif value and float(value) < 0 and recipe.alternative.get("method") != "dp":
            yield BadRow("value_negative", number, "value", {"value": value})
        elif value and whole and response not in rates and float(value) % 1:
            yield BadRow("value_not_whole", number, "value", {"value": value})


def digits(value: str) -> int:
    """How many digits after the point a number is written with; an exponent moves the point."""
    number, _, exponent = value.lower().partition("e")
    return max(0, len(number.partition(".")[2]) - int(exponent or 0))


def _twice(rows: Rows) -> Iterator[BadRow]:
    seen: dict[tuple[str, ...], int] = {}
    for number, row in rows:
        first = seen.setdefault(tuple(row[:-2]), number)
        if first != number:
            yield BadRow("cell_twice", number, None, {"value": " / ".join(row[:-2]), "first": first})


def axis(variable: str, found: Sequence[str], recipe: Recipe, file: str) -> tuple[tuple[str, ...], Sums]:
    """The codes of a variable in a file, the total last, and which of them add up to which; groups that cover the same
    codes do to each other.

    Invalid("code_outside_hierarchy") for codes that are neither in the first hierarchy nor a group of any.
    """
    hierarchies = recipe.hierarchies.get(variable, ())
    groups = {parent for parents in hierarchies for parent in parents.values()} | {TOTAL}
    codes = list(dict.fromkeys(found))
    inner = [code for code in codes if code not in groups]
    if hierarchies:
        strange = [code for code in inner if code not in hierarchies[0] and code != UNKNOWN]
        if strange:
            facts = [{"value": code, "file": file} for code in strange]
            raise Invalid([BadRow("code_outside_hierarchy", None, variable, one) for one in facts])
    sums: dict[tuple[str, tuple[str, ...]], None] = {}
    for parents in hierarchies or ({},):
        members: dict[str, dict[str, None]] = {}
        for code in inner:
            below, above = code, parents.get(code, TOTAL)
            while True:
                members.setdefault(above, {})[below] = None
                if above == TOTAL:
                    break
                below, above = above, parents.get(above, TOTAL)
        sums.update({(group, tuple(below)): None for group, below in members.items()})
    sums.update(dict.fromkeys(_equal(inner, hierarchies, sums)))
    made = {group for group, _ in sums}
    if empty := [code for code in codes if code in groups and code not in made and code != TOTAL]:
        facts = [{"value": code, "file": file} for code in empty]
        raise Invalid([BadRow("group_without_members", None, variable, one) for one in facts])
    extra = [group for group, _ in sums if group not in codes]
    ordered = [code for code in [*codes, *extra] if code != TOTAL]
    return (*ordered, TOTAL), tuple(sums)


def _equal(
    inner: Sequence[str],
    hierarchies: Sequence[Mapping[str, str]],
    sums: Iterable[tuple[str, tuple[str, ...]]],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of groups that cover the same inner codes, the second and later ones as equal to the first, unless a sum of one
    member says so."""
    covered: dict[str, set[str]] = {}
    for parents in hierarchies:
        for code in inner:
            above = parents.get(code, TOTAL)
            while above != TOTAL:
                covered.setdefault(above, set()).add(code)
                above = parents.get(above, TOTAL)
    said = {(group, members[0]) for group, members in sums if len(members) == 1}
    first: dict[frozenset[str], str] = {}
    for group, codes in covered.items():
        other = first.setdefault(frozenset(codes), group)
        if other != group and not said & {(group, other), (other, group)}:
            yield group, (other,)
