"""Tables published before, as everybody has them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kontor.engines.disclosure.problem import Axis, Cube, Floats
from kontor.errors import BadRow, Invalid

from .recipe import Known, Recipe
from .tabulating import axes_of, groups_of

MOST_FAULTS = 100
LONGEST = 200  # characters of a wrong header


@dataclass(frozen=True, slots=True)
class Earlier:
    """A table published before. values: response -> cells, nan where they were hidden or not published. revised: as in
    Known."""

    name: str
    recipe: Recipe
    axes: tuple[Axis, ...]
    values: Mapping[str, Floats]
    revised: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """Where the cells of a table published before are in the problem. known: which of the recipe's [[known]] tables it
    is, counted from 1."""

    known: int
    file: str
    response: str
    cube: Cube


def read_earlier(recipe: Recipe) -> tuple[Earlier, ...]:
    """The tables that the recipe says are known. Invalid names what in their files is not as their recipe has it."""
    return tuple(_read(known) for known in recipe.known)


def _read(known: Known) -> Earlier:
    recipe, name = known.recipe, known.file.name
    header, rows = _rows(known.file)
    several = len(recipe.responses) + len(recipe.rates) > 1
    expected = [*recipe.variables, *(["response"] if several else []), "value", "confidentiality"]
    if header != expected:
        facts = {"file": name, "expected": ",".join(expected), "found": _heading(header, expected)}
        raise Invalid([BadRow("header_wrong", 1, None, facts)])
    bad = [number for number, row in enumerate(rows, start=2) if len(row) != len(expected)]
    if bad:
        raise Invalid([BadRow("known_row_wrong", row, None, {"file": name}) for row in bad[:MOST_FAULTS]])
    count = len(recipe.variables)
    inner = {
        variable: {row[place] for row in rows} - groups_of(recipe, variable)
        for place, variable in enumerate(recipe.variables)
    }
    axes = axes_of(recipe, inner)
    places = [{code: place for place, code in enumerate(axis.codes)} for axis in axes]
    values = {name: np.full([len(axis.codes) for axis in axes], np.nan) for name in recipe.responses}
    for number, row in enumerate(rows, start=2):
        response = row[count] if several else recipe.responses[0]
        text = row[-2]
        if response not in values or not text:
            continue
        at = tuple(place[code] for place, code in zip(places, row[:count], strict=True))
        values[response][at] = _figure(text)
        if not np.isfinite(values[response][at]):
            raise Invalid([BadRow("known_row_wrong", number, "value", {"file": name})])
    return Earlier(name, recipe, axes, values, known.revised)


def _heading(header: Sequence[str], expected: Sequence[str]) -> str:
    """A header to be shown: what has no column of ours is some other file, whose first line may be nobody's business."""
    line = ",".join(header)
    ours = set(expected) & set(re.split(r"[,;|\t]", line))
    return (line if len(line) <= LONGEST else line[: LONGEST - 1] + "…") if ours else "…"


def _figure(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _rows(file: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except UnicodeDecodeError:
        facts = {"file": file.name, "expected": "UTF-8"}
        raise Invalid([BadRow("encoding_wrong", None, None, facts)]) from None
    except (OSError, csv.Error) as error:
        facts = {"file": file.name, "reason": str(error)[:120]}
        raise Invalid([BadRow("file_damaged", None, None, facts)]) from None
    if not rows:
        raise Invalid([BadRow("input_empty", None, None, {"file": file.name})])
    return rows[0], rows[1:]
