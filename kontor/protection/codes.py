"""Codes that are probably none: totals among the cells, and texts that slipped in from another column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kontor.errors import BadRow

from .reading import MOST_FAULTS, Records, literal, quoted
from .recipe import TOTAL, Recipe

TOTALS = (
    *("total", "totals", "sum", "all", "overall", "grand total"),
    *("insgesamt", "gesamt", "summe", "zusammen", "gesamtsumme", "alle"),
    *("合计", "总计", "总数", "小计", "全部"),
)
FEW = 2  # rows with a code unlike all others
MANY = 100  # rows that are alike, at least


def natural(code: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which d2 comes before d10."""
    parts = re.findall(r"0*([0-9]+)|([^0-9]+)", code)
    return tuple((1, 0, text) if text else (0, len(digits), digits) for digits, text in parts)


def check_codes(records: Records, recipe: Recipe) -> Iterator[BadRow]:
    """What must not be counted as a code of its own. A code that the recipe's hierarchies name is taken as it is."""
    totals = (*TOTALS, TOTAL.lower()) if recipe.input == "records" else TOTALS
    for variable in recipe.variables:
        named = {
            code for parents in recipe.hierarchies_of(variable) for code in (*parents, *parents.values())
        }
        rows = [row for row in _odd(records, variable, totals) if row[0] not in named]
        numbers = records.rows_of(place for _, place, _ in rows)
        for value, place, total in rows:
            code = "code_means_total" if total else "code_unlike_others"
            yield BadRow(code, numbers.get(place), variable, {"value": value[:80]})


def _odd(records: Records, variable: str, totals: Sequence[str]) -> list[tuple[str, int, bool]]:
    """(code, first place, whether it is a word for a total): those words, and texts in one or two rows of a column in
    which all other rows are whole numbers."""
    column = quoted(variable)
    return records.query(
        f"WITH counted AS (SELECT {column} AS code, count(*) AS times, min(rowid) AS place FROM records "  # noqa: S608
        f"WHERE {column} <> '' GROUP BY 1), "
        "codes AS (SELECT *, regexp_full_match(code, '-?[0-9]+') AS whole FROM counted), "
        "rows AS (SELECT coalesce(sum(times) FILTER (whole), 0) AS whole, "
        "coalesce(sum(times) FILTER (NOT whole), 0) AS other FROM codes) "
        f"SELECT code, place, lower(code) IN ({', '.join(map(literal, totals))}) AS total FROM codes, rows "
        f"WHERE total OR (NOT codes.whole AND rows.other <= {FEW} AND rows.whole >= {MANY}) "
        f"ORDER BY place LIMIT {MOST_FAULTS}"
    )
