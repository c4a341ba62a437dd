"""The order of codes, and codes that are probably none: totals among the cells, texts from another column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from kontor.engines.disclosure.problem import Axis
from kontor.errors import BadRow

from .layout import MOST_FAULTS, literal
from .reading import Records, quoted
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


def in_order(codes: Iterable[str], hierarchies: Sequence[Mapping[str, str]], last: str) -> list[str]:
    """Inner codes as the first hierarchy writes them; without one numbers by their value, then texts with d2 before d10.
    last: the code of what is not known. Nothing but codes and recipe tells the order."""
    written = {code: place for place, code in enumerate(hierarchies[0])} if hierarchies else {}

    def place(code: str) -> tuple[bool, int, bool, Decimal, tuple[tuple[int, int, str], ...], str]:
        number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", code)
        value = Decimal(code) if number else Decimal(0)
        return code == last, written.get(code, len(written)), not number, value, natural(code), code

    return sorted(codes, key=place)


def check_labels(recipe: Recipe, axes: Iterable[Axis]) -> Iterator[BadRow]:
    """Labels are of codes of the table or of its hierarchies: what is none is probably misspelt."""
    for axis in axes:
        named = {
            code for parents in recipe.hierarchies_of(axis.name) for code in (*parents, *parents.values())
        }
        for code in recipe.words.labels.get(axis.name, {}):
            if code not in named and code not in axis.codes:
                nearest = difflib.get_close_matches(code, [*axis.codes, *named], n=1, cutoff=0.0)
                facts = {"variable": axis.name, "value": code[:80], "nearest": "".join(nearest)}
                yield BadRow("label_of_no_code", None, f"labels.{axis.name}", facts)


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
