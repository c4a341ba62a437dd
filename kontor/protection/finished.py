"""A finished table as input: which rows are inner cells, and whether its margins are the sums of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np

from kontor.errors import BadRow, Invalid

from .amounts import number_of, response_columns
from .layout import MOST_FAULTS, literal
from .reading import Records, quoted
from .recipe import TOTAL, Recipe
from .tabulating import Tabulated, groups_of

ADDS_UP = 1e-9  # of a sum of magnitudes, relative: what rounding in the file may explain is less than that


def mark_inner(records: Records, recipes: Sequence[Recipe]) -> None:
    """Give each row the column `used`: whether all its codes are inner ones, of the variables of all linked tables.

    Raises Invalid("table_cell_twice") naming both rows, or "inner_cells_missing" where there are margins only.
    """
    records.query("ALTER TABLE records ADD COLUMN used BOOLEAN DEFAULT true")
    variables = _variables(recipes)
    for variable in variables:
        codes = (groups_of(recipe, variable) for recipe in recipes if variable in recipe.variables)
        groups = ", ".join(map(literal, sorted(set[str]().union(*codes))))
        records.query(f"UPDATE records SET used = false WHERE {quoted(variable)} IN ({groups})")  # noqa: S608
    names = ", ".join(map(quoted, variables))
    twice = records.query(
        f"SELECT min(rowid), max(rowid), {names} FROM records GROUP BY {names} HAVING count(*) > 1 "  # noqa: S608
        f"ORDER BY 1 LIMIT {MOST_FAULTS}"
    )
    if twice:
        rows = records.rows_of(place for pair in twice for place in pair[:2])
        empty = {
            variable for pair in twice for variable, code in zip(variables, pair[2:], strict=True) if not code
        }
        merged = [
            BadRow("codes_only_once", None, name, {"column": name}) for name in variables if name in empty
        ]
        again = [
            BadRow("table_cell_twice", rows[last], None, {"first": rows[first]})
            for first, last, *found in twice
            if all(found)
        ]
        raise Invalid([*merged, *again])
    if not records.query("SELECT count(*) FROM records WHERE used")[0][0]:
        raise Invalid([BadRow("inner_cells_missing", None, None, {"file": records.name})])


def _variables(recipes: Sequence[Recipe]) -> list[str]:
    return list(dict.fromkeys(variable for recipe in recipes for variable in recipe.variables))


def check_margins(records: Records, table: Tabulated, recipes: Sequence[Recipe]) -> set[int]:
    """Which rows of the file are margins of this table; each must be the sum of the inner cells. Where linked tables have
    variables that this one has not, it is those with their totals.

    Raises Invalid with a "margin_off" for every one that is not: the row, the cell, what stands there and the sum.
    """
    recipe = table.recipe
    names = ", ".join(map(quoted, recipe.variables))
    numbers = "".join(f", {number_of(name)}" for name in response_columns(recipe))
    others = (variable for variable in _variables(recipes) if variable not in recipe.variables)
    own = "".join(f" AND {quoted(variable)} = {literal(TOTAL)}" for variable in others)
    rows = records.query(
        f"SELECT rowid, {names}{numbers} FROM records WHERE NOT used{own} ORDER BY rowid"  # noqa: S608
    )
    places = [{code: place for place, code in enumerate(axis.codes)} for axis in table.axes]
    faults = []
    count = len(recipe.variables)
    for rowid, *cells in rows:
        faults += _off(table, places, rowid, cells[:count], cells[count:])
    if faults:
        wrong = list(islice(faults, MOST_FAULTS))
        numbers_of = records.rows_of(rowid for rowid, _ in wrong)
        raise Invalid([BadRow(row.code, numbers_of[rowid], row.column, row.facts) for rowid, row in wrong])
    return {rowid for rowid, *_ in rows}


def _off(
    table: Tabulated,
    places: Sequence[Mapping[str, int]],
    rowid: int,
    codes: list[str],
    amounts: list[float | None],
) -> list[tuple[int, BadRow]]:
    """What is wrong with one margin."""
    cell = ", ".join(codes)
    for variable, code, place in zip(table.recipe.variables, codes, places, strict=True):
        if code not in place:
            return [(rowid, BadRow("margin_without_members", None, variable, {"cell": cell, "value": code}))]
    at = tuple(place[code] for place, code in zip(places, codes, strict=True))
    found = []
    for name, amount in zip(response_columns(table.recipe), amounts, strict=True):
        due = float(table.values[name][at])
        if amount is not None and not np.isclose(amount, due, rtol=ADDS_UP, atol=1e-9):
            facts = {"cell": cell, "value": _shown(amount), "sum": _shown(due)}
            found.append((rowid, BadRow("margin_off", None, name, facts)))
    return found


def _shown(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
