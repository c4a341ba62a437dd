"""Columns of text as what they mean: numbers to be added up, and codes after what becomes of an identifier."""

from __future__ import annotations

from collections.abc import Iterator

from kontor.errors import BadRow, Invalid

from .layout import MOST_FAULTS, literal
from .numerals import MARKS, Written, code_of_fault, plain_text, written
from .reading import Records, quoted
from .recipe import COUNT, Recipe

DATES = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%Y%m%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y年%m月%d日",
)
MOST_DECIMALS = 6
MOST = 10**12  # of one number: beyond, sums are not exact


def columns_of(recipe: Recipe) -> list[str]:
    """The columns of the input that a recipe uses."""
    record = recipe.alternative.options.get("record", "") if recipe.alternative else ""
    named = [*recipe.variables, *response_columns(recipe), recipe.contributor, recipe.holding, str(record)]
    return [name for name in dict.fromkeys(named) if name]


def response_columns(recipe: Recipe) -> list[str]:
    """The columns that are added up: the responses but for the count of records, and how many stand behind a sum."""
    named = [*recipe.responses, recipe.count]
    return [name for name in dict.fromkeys(named) if name and not counted(recipe, name)]


def counted(recipe: Recipe, response: str) -> bool:
    """Whether a response is the number of records."""
    return recipe.counts_records and response == COUNT


def code_of(recipe: Recipe, variable: str) -> str:
    """The expression of SQL that gives the code of a variable, dates cut as the recipe says."""
    column, fate = quoted(variable), recipe.identifiers.get(variable, "keep")
    if fate in ("keep", "drop"):
        return column
    date = _date(column)
    form = {"year": "%Y", "month": "%Y-%m", "decade": "%Y"}[fate]
    cut = f"strftime({date}, '{form}')"
    cut = f"left({cut}, 3) || '0'" if fate == "decade" else cut
    # A year that stands alone is one already.
    if fate != "month":
        year = "left({0}, 3) || '0'" if fate == "decade" else "{0}"
        cut = f"CASE WHEN regexp_full_match({column}, '[12][0-9]{{3}}') THEN {year.format(column)} ELSE {cut} END"
    return cut


def _date(column: str) -> str:
    forms = ", ".join(map(literal, DATES))
    return f"try_strptime({column}, [{forms}])"


def check_dates(records: Records, recipe: Recipe) -> list[BadRow]:
    """Values of a date that is to be cut and is none."""
    faults = []
    for variable in recipe.variables:
        if recipe.identifiers.get(variable, "keep") not in ("keep", "drop"):
            wrong = f"{quoted(variable)} <> '' AND {code_of(recipe, variable)} IS NULL"
            faults += _named(records, variable, wrong, "date_malformed")
    return faults


def add_numbers(records: Records, recipe: Recipe, decimals: dict[str, int]) -> dict[str, int]:
    """Give each response a column of numbers, `number_of(name)`; answers name -> digits after the point.

    An empty cell is no number, not 0. Raises Invalid with every row that is no number, negative, or, for counts, not
    whole or missing.
    """
    faults, found = list[BadRow](), {}
    for name in response_columns(recipe):
        if name in decimals:
            continue
        how = written(records, name, recipe.decimal)
        if how.doubtful:
            faults += _doubtful(records, name, how.doubtful)
            continue
        plain = plain_text(name, how)
        records.query(f"ALTER TABLE records ADD COLUMN {number_of(name)} DOUBLE")
        records.query(f"UPDATE records SET {number_of(name)} = try_cast({plain} AS DOUBLE)")  # noqa: S608
        wrong = f"{quoted(name)} <> '' AND ({number_of(name)} IS NULL OR NOT isfinite({number_of(name)}))"
        own = _explained(_named(records, name, wrong, "value_malformed"), how)
        own += _named(records, name, f"{number_of(name)} < 0", "amount_negative")
        large = f"isfinite({number_of(name)}) AND {number_of(name)} > {MOST}"
        own += _named(records, name, large, "amount_too_large")
        if name == recipe.count or (recipe.kind == "frequency" and not _population(recipe, name)):
            number = number_of(name)
            part = f"isfinite({number}) AND {number} <> floor({number})"
            own += _named(records, name, part, "count_not_whole")
            own += _named(records, name, f"{quoted(name)} = ''", "count_missing")
        faults += own
        digits = f"max(length(regexp_extract({plain}, '\\.([0-9]*?)0*$', 1)))"
        [(longest,)] = records.query(f"SELECT {digits} FROM records") if not own else [(0,)]  # noqa: S608
        most = MOST_DECIMALS if recipe.decimals is None else recipe.decimals
        found[name] = min(longest or 0, most)
        if (longest or 0) > most:
            records.query(f"UPDATE records SET {number_of(name)} = round({number_of(name)}, {most})")  # noqa: S608
    if faults:
        raise Invalid(sorted(faults, key=lambda fault: fault.row or 0)[:MOST_FAULTS])
    return found


def _explained(faults: list[BadRow], how: Written) -> list[BadRow]:
    """Texts that are no numbers, with what is wrong with them; what is so of a whole column is said once."""
    said = dict[tuple[str, int | None], BadRow]()
    for fault in faults:
        code = code_of_fault(str(fault.facts["value"]), how)
        facts = {**fault.facts, "mark": how.decimal, "other": MARKS[how.decimal]}
        row = fault.row if code == "value_malformed" else None
        said.setdefault((code, row), BadRow(code, fault.row, fault.column, facts))
    return list(said.values())


def missing_amounts(records: Records, recipe: Recipe) -> dict[str, int]:
    """Response -> rows in which nothing stands; only where there are any."""
    names = response_columns(recipe)
    if not names:
        return {}
    counts = ", ".join(f"count(*) FILTER ({quoted(name)} = '')" for name in names)
    [found] = records.query(f"SELECT {counts} FROM records")  # noqa: S608
    return {name: count for name, count in zip(names, found, strict=True) if count}


def _population(recipe: Recipe, name: str) -> bool:
    """Whether a response is nothing but a denominator: an average population need not be whole."""
    return name in {rate.denominator for rate in recipe.rates} and name != recipe.count


def number_of(name: str) -> str:
    """The column of numbers of a response, quoted."""
    return '"number of ' + name.replace('"', '""') + '"'


def _doubtful(records: Records, name: str, mark: str) -> list[BadRow]:
    """The first number that may be one in groups of three."""
    column = quoted(name)
    [(place, value)] = records.query(
        f"SELECT rowid, {column} FROM records WHERE contains({column}, '{mark}') ORDER BY rowid LIMIT 1"  # noqa: S608
    )
    facts = {"value": value, "grouped": value.replace(mark, ""), "decimal": value.replace(mark, ".")}
    return [BadRow("digits_doubtful", records.rows_of([place])[place], name, facts)]


def _named(records: Records, column: str, condition: str, code: str) -> list[BadRow]:
    rows = records.query(
        f"SELECT rowid, {quoted(column)} FROM records WHERE {condition} ORDER BY rowid LIMIT {MOST_FAULTS}"  # noqa: S608
    )
    numbers = records.rows_of(place for place, _ in rows)
    return [BadRow(code, numbers.get(place), column, {"value": value[:80]}) for place, value in rows]


def first_rows(records: Records, column: str, values: list[str]) -> Iterator[tuple[str, int | None]]:
    """(value, row of the file) where each of some values of a column stands first."""
    rows = records.query(
        f"SELECT {quoted(column)}, min(rowid) FROM records WHERE list_contains(?, {quoted(column)}) GROUP BY 1",  # noqa: S608
        values[:MOST_FAULTS],
    )
    numbers = records.rows_of(place for _, place in rows)
    for value, place in sorted(rows, key=lambda row: row[1]):
        yield value, numbers.get(place)
