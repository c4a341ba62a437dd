"""Micro-data as input: the columns that stay, record by record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kontor.engines.disclosure.problem import Step
from kontor.errors import Invalid

from .amounts import check_dates
from .codes import check_codes
from .identifiers import check_identifiers
from .preparing import Input, Note, layout_of
from .reading import opened
from .recipe import Recipe
from .tabulating import code


@dataclass(frozen=True, slots=True)
class PreparedRecords:
    """columns: variable -> one code per record, in the order of the file; an empty one is `_U`."""

    recipe: Recipe
    columns: dict[str, list[str]]
    notes: tuple[Note, ...]
    input: Input


def prepare_records(
    input: Path,
    recipe: Recipe,
    *,
    cancelled: Callable[[], None] = lambda: None,
    told: Callable[[Step], None] = lambda _step: None,
) -> PreparedRecords:
    """The records of a recipe of kind "microdata". Invalid names every fault of the input at once."""
    told(Step("reading"))
    with opened(input, layout_of(recipe), recipe.variables, cancelled=cancelled) as records:
        kept = check_identifiers(records, (recipe,))
        faults = [*check_dates(records, recipe), *check_codes(records, recipe)]
        if faults:
            raise Invalid(faults)
        parts = ", ".join(code(recipe, name) for name in recipe.variables)
        found = records.connection.execute(f"SELECT {parts} FROM records ORDER BY rowid").fetchnumpy()  # noqa: S608
    columns = {
        name: [str(value) for value in np.ma.filled(column)]
        for name, column in zip(recipe.variables, found.values(), strict=True)
    }
    dropped = tuple(name for name in records.columns if name not in recipe.variables)
    notes = [Note("identifier_kept", {"column": one.column}) for one in kept]
    if dropped:
        notes.append(Note("columns_dropped", {"columns": ", ".join(dropped)}))
    source = Input(records.name, records.sha256, records.count, records.columns, dropped)
    return PreparedRecords(recipe, columns, tuple(notes), source)
