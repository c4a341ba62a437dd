"""Numbers as offices write them: with a decimal point or comma, and with their digits in groups of three."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .layout import literal
from .reading import Records, quoted

BLANKS = " \u00a0\u2009\u202f'’"  # between groups of digits, whatever the decimal mark
MARKS = {",": ".", ".": ","}  # decimal mark -> what groups digits beside it
MOST_SHORT = 3  # digits of a number that needs no grouping


def grouped(decimal: str, *, sure: bool = False) -> str:
    """The pattern of a number in groups of three. sure: the decimal mark stands there, too, or there are three groups, so
    that nothing else is meant."""
    group = rf"\{MARKS[decimal]}[0-9]{{3}}"
    if sure:
        return rf"-?[0-9]{{1,3}}((?:{group})+\{decimal}[0-9]+|(?:{group}){{2,}})"
    return rf"-?[0-9]{{1,3}}(?:(?:{group})+|(?:[{BLANKS}][0-9]{{3}})+)(\{decimal}[0-9]+)?"


NUMBER = rf"-?[0-9]+(?:[.,][0-9]+)?|{grouped(',')}|{grouped('.')}"  # of any kind


@dataclass(frozen=True, slots=True)
class Written:
    """How the numbers of a column are written. grouped: whether the other mark groups digits. doubtful: a mark that may
    be the one or the other, "" where there is none."""

    decimal: str
    grouped: bool
    doubtful: str = ""


def written(records: Records, name: str, decimal: str) -> Written:
    """decimal: as the recipe says; "" is found out."""
    if decimal:
        return Written(decimal, grouped=True)
    column = quoted(name)

    def some(pattern: str) -> str:
        return f"coalesce(bool_or(regexp_full_match({column}, {literal(pattern)})), false)"

    marks = f"coalesce(bool_or(contains({column}, ',')), false), coalesce(bool_or(contains({column}, '.')), false)"
    [(commas, points)] = records.query(f"SELECT {marks} FROM records")  # noqa: S608
    if not commas and not points:
        return Written(".", grouped=False)
    tests = ", ".join(some(grouped(mark, sure=True)) for mark in MARKS)
    [(with_comma, with_point)] = records.query(f"SELECT {tests} FROM records")  # noqa: S608
    if with_comma != with_point:
        return Written("," if with_comma else ".", grouped=True)
    decimal = "," if commas and not points else "."
    return Written(decimal, False, decimal if _doubtful(records, column, decimal) else "")


def _doubtful(records: Records, column: str, mark: str) -> bool:
    """Whether each number with this mark has three digits behind it, as groups have: 1,234. Files have commas for decimals
    seldom, points often: those are in doubt only beside numbers without, none of which is long enough to be grouped."""
    group = literal(rf"-?[1-9][0-9]{{0,2}}\{mark}[0-9]{{3}}")
    with_mark = f"contains({column}, '{mark}')"
    [(all_groups, bare, longest)] = records.query(
        f"SELECT bool_and(regexp_full_match({column}, {group})) FILTER ({with_mark}), "  # noqa: S608
        f"count(*) FILTER (NOT {with_mark} AND {column} <> ''), "
        f"max(length({column})) FILTER (NOT {with_mark}) FROM records"
    )
    return bool(all_groups) and (mark == "," or (bare > 0 and longest <= MOST_SHORT))


def plain_text(name: str, how: Written) -> str:
    """The expression of SQL that gives the text of a number with a decimal point and nothing else in it."""
    column, other = quoted(name), MARKS[how.decimal]
    pattern = (
        grouped(how.decimal)
        if how.grouped
        else rf"-?[0-9]{{1,3}}(?:[{BLANKS}][0-9]{{3}})+(\{how.decimal}[0-9]+)?"
    )
    bare = f"regexp_replace({column}, {literal(f'[{BLANKS}{other}]')}, '', 'g')"
    # Another mark than these is a fault.
    once = column if how.decimal == "." else f"replace({column}, '.', '?')"
    text = f"CASE WHEN regexp_full_match({column}, {literal(pattern)}) THEN {bare} ELSE {once} END"
    return text if how.decimal == "." else f"replace({text}, ',', '.')"


def code_of_fault(value: str, how: Written) -> str:
    """Why a text is no number: "decimal_other", "digits_grouped", or "value_malformed"."""
    if re.fullmatch(grouped(MARKS[how.decimal], sure=True), value) or re.fullmatch(
        rf"-?[0-9]+\{MARKS[how.decimal]}[0-9]+", value
    ):
        return "digits_grouped" if re.fullmatch(grouped(how.decimal), value) else "decimal_other"
    return "value_malformed"
