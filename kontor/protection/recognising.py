"""What stands in the columns of an input, and whether it is a finished table: its variables, its count, its population."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .codes import TOTALS
from .identifiers import tokens
from .layout import literal
from .numerals import NUMBER, plain_text, written
from .reading import Records, quoted
from .recipe import TOTAL

MOST_CODES = 150  # of a variable; more make a table of cells that are nearly all small
FAR = 10  # times a count, at least, for a column to be what the count is a part of
DENSE = 0.5  # of all combinations of codes, at least, where nothing but that says that rows are cells
MISSING = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?", "k. A.", "k.A.", "不详")
COUNTS = re.compile(
    r"count|freq|frequency|anzahl|n|n_total|total|value|obs_value|wert|faelle|fälle|fallzahl|personen|"
    r"(\w+_)?(deaths?|killed|cases|injured|accidents|patients|births|getoetete|getötete|gestorbene|verletzte|"
    r"unfaelle|unfälle|geburten)|人数|数量|件数|死亡人数|病例数|数值",
    re.I,
)
POPULATIONS = re.compile(
    r"population|inhabitants|residents|einwohner|bevoelkerung|bevölkerung|人口|常住人口|居民数", re.I
)
PERIODS = re.compile(
    r"year|jahr|period|quarter|quartal|month|monat|week|woche|day|tag|hour|stunde|年|月|日|季度", re.I
)
PLACES = re.compile(
    r"district|bezirk|^bez$|stadtteil|ortsteil|kreis|region|state|area|borough|neighbo|区|街道|县", re.I
)
SOME = 0.5  # share of the values
LEAST_CROSSED = 2  # columns of a cross-table
NUMBERS = re.compile(
    "ids?|uuid|guid|oid|fid|gid|objectid|identifier|number|nummer|nr|no|code|key|schluessel|ags|kennung|kennziffer|"
    "plz|postleitzahl|zip|zipcode|postcode"
)
AMOUNTS = re.compile(
    r"sales|revenue|turnover|kwh|mwh|gwh|kbtu|energy|consumption|emission|amount|income|wage|salar|cost|tax|value|weight|"
    r"tonnes|area|umsatz|erl(oe|ö)s|verbrauch|energie|strom|betrag|betr(ae|ä)ge|menge|einkommen|lohn|kosten|steuer|wert|"
    r"fl(ae|ä)che|额|量|收入|面积",
    re.I,
)
RATIOS = re.compile(
    r"/|(^|_)per_|intensity|percent|prozent|share|anteil|rate|quote|average|mean|mittel|率|比", re.I
)
WHOLES = re.compile(r"tot|all|ges|summe|总|合计", re.I)  # how names of sums begin
CODES = re.compile(r"(code|_id|_nr|_no|schluessel|schlüssel|ags|代码|编号)$", re.I)


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in a column. codes: different values; numbers, fractions: share of the values that are such (28.00 is
    none). totals: codes that read like a total, _T among them. decimal: the decimal mark of numbers in groups of three."""

    name: str
    codes: int
    filled: float
    numbers: float
    fractions: float
    longest: int
    missing: tuple[str, ...]
    totals: tuple[str, ...] = ()
    decimal: str = ""
    shortest: int = 0

    @property
    def inner(self) -> int:
        """Codes that are no totals."""
        return self.codes - len(self.totals)

    @property
    def counts(self) -> bool:
        """Whether its name and its whole numbers say that it counts cases."""
        return bool(COUNTS.fullmatch(self.name)) and self.numbers == 1.0 and not self.fractions

    @property
    def population(self) -> bool:
        """Whether it counts who lives there: what rates are of."""
        return bool(POPULATIONS.search(self.name)) and self.numbers > 0.9

    @property
    def amount(self) -> bool:
        """Numbers that are no codes of a time, a place or a list."""
        named = PERIODS.search(self.name) or PLACES.search(self.name) or CODES.search(self.name)
        return self.numbers > 0.99 and not named

    @property
    def like_amount(self) -> tuple[bool, bool, bool]:
        """To sort by: what is called an amount first, sums before their parts, then what has decimals. Ratios are not added
        up, and numbers that are all as long as each other are often codes."""
        named = bool(AMOUNTS.search(self.name)) and not RATIOS.search(self.name)
        coded = not self.fractions and self.longest > 1 and self.shortest == self.longest
        return not named or coded, not WHOLES.match(self.name), not self.fractions


@dataclass(frozen=True, slots=True)
class Finished:
    """A table whose rows are cells. variables: no two rows have the same codes of them. others: what counts beside
    `count`. population: a column of denominators, "" where there is none."""

    variables: tuple[Column, ...]
    count: str
    others: tuple[str, ...]
    population: str
    repeated: str  # the variable along which the population stands several times, "" where it does not


def numbers_things(name: str) -> bool:
    """Whether the numbers of a column so named tell things apart, by its last word: OSEBuildingID, ParcelNumber."""
    return bool(CODES.search(name)) or any(map(NUMBERS.fullmatch, tokens(name)[-1:]))


def column_of(records: Records, name: str) -> Column:
    column, how = quoted(name), written(records, name, "")
    [(codes, filled, numbers, fractions, longest, shortest)] = records.query(
        f"SELECT count(DISTINCT {column}) FILTER ({column} <> ''), avg(({column} <> '')::INT), "  # noqa: S608
        f"avg(regexp_full_match({column}, {literal(NUMBER)})::INT) FILTER ({column} <> ''), "
        f"avg(regexp_full_match({plain_text(name, how)}, '.*[.,][0-9]*[1-9][0-9]*')::INT) FILTER ({column} <> ''), "
        f"max(length({column})), min(length({column})) FILTER ({column} <> '') "
        "FROM records"
    )
    found = records.query(
        f"SELECT DISTINCT {column} FROM records WHERE list_contains(?, {column}) ORDER BY 1",  # noqa: S608
        list(MISSING),
    )
    missing = tuple(value for (value,) in found)
    totals = records.query(
        f"SELECT DISTINCT {column} FROM records WHERE list_contains(?, lower({column})) ORDER BY 1",  # noqa: S608
        [*TOTALS, TOTAL.lower()],
    )
    shares = numbers or 0.0, fractions or 0.0
    decimal = how.decimal if how.grouped and numbers else ""
    named = tuple(code for (code,) in totals)
    return Column(name, codes, filled, *shares, longest or 0, missing, named, decimal, shortest or 0)


def finished_table(records: Records, columns: Sequence[Column], personal: set[str]) -> Finished | None:
    """None where rows are records: several have the same codes, or nothing counts."""
    usable = [column for column in columns if column.name not in personal and column.codes >= 2]
    amounts = [c for c in usable if (c.amount or c.counts) and not c.population]
    counts = [c for c in amounts if c.numbers == 1.0 and not c.fractions]
    named = [c for c in counts if c.counts]
    keys = [c for c in usable if c not in amounts and not c.population and c.longest <= 80]
    if not counts or not _different(records, keys):
        return None
    variables = _needed(records, keys)
    small = len(variables) > 1 and all(c.codes <= MOST_CODES for c in variables)
    if not named and not (small and _dense(records, variables)):
        return None
    population = next((c.name for c in usable if c.population), "") or _whole(records, counts, named)
    first, *others = [*named, *(c for c in counts if c not in named and c.name != population)]
    repeated = _repeated(records, variables, population) if population else ""
    return Finished(tuple(variables), first.name, tuple(c.name for c in others), population, repeated)


def crossed(records: Records, columns: Sequence[Column]) -> tuple[str, ...]:
    """The columns of counts of a cross-table: one column of codes, each in one row, and beside it nothing but whole numbers
    that no name calls counts. Empty where it is none."""
    codes = [column for column in columns if column.numbers < SOME]
    counts = [column for column in columns if column not in codes]
    if len(codes) != 1 or codes[0].codes != records.count or len(counts) < LEAST_CROSSED:
        return ()
    whole = all(column.amount and not column.fractions and not column.counts for column in counts)
    named = any(column.population or AMOUNTS.search(column.name) for column in counts)
    return tuple(column.name for column in counts) if whole and not named else ()


def _whole(records: Records, counts: Sequence[Column], named: Sequence[Column]) -> str:
    """A count of which another one may be a part: in no row smaller, and far larger in all; "" where there is none."""
    for whole in counts if len(counts) > 1 else ():
        for part in counts:
            above, below = (
                f"try_cast({plain_text(c.name, written(records, c.name, ''))} AS DOUBLE)"
                for c in (whole, part)
            )
            [(most,)] = records.query(
                f"SELECT bool_and({above} >= {below}) AND sum({above}) >= {FAR} * sum({below}) "  # noqa: S608
                f"FROM records WHERE {quoted(whole.name)} <> '' AND {quoted(part.name)} <> ''"
            )
            if most and whole not in named and part is not whole:
                return whole.name
    return ""


def _different(records: Records, columns: Sequence[Column]) -> bool:
    """Whether no two rows have the same codes."""
    return bool(columns) and _combinations(records, [column.name for column in columns]) == records.count


def _combinations(records: Records, names: Sequence[str]) -> int:
    listed = ", ".join(map(quoted, names))
    [(different,)] = records.query(f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM records)")  # noqa: S608
    return int(different)


def _needed(records: Records, keys: Sequence[Column]) -> list[Column]:
    """Without columns that tell no cell from another: flags, remarks, groups of a code."""
    kept = list(keys)
    for column in reversed(keys):
        rest = [other for other in kept if other is not column]
        follows = any(_follows(records, column, other) for other in rest)
        if _different(records, rest) and (follows or _dense(records, rest)):
            kept = rest
    return kept


def _follows(records: Records, group: Column, code: Column) -> bool:
    """Whether each code of one column has one code of the other."""
    return group.codes < code.codes == _combinations(records, [code.name, group.name])


def _dense(records: Records, variables: Sequence[Column]) -> bool:
    return records.count >= DENSE * math.prod(column.codes for column in variables)


def _repeated(records: Records, variables: Sequence[Column], population: str) -> str:
    """The first variable that does not matter for the population, so that adding up would count people again."""
    for variable in variables if len(variables) > 1 else ():
        others = [column.name for column in variables if column is not variable]
        if _combinations(records, [*others, population]) == _combinations(records, others):
            return variable.name
    return ""
