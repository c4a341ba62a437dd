"""German districts as they were in the year of a figure, brought to the districts of 2020."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from kontor.engines import flags
from kontor.engines.crosswalk import Crosswalk
from kontor.errors import BadRow

from .. import crosswalks
from ..rules import Figure
from . import Rows
from .broad_form import Column
from .checking import Checker

NIL = "-"  # nothing, or nothing that exists
TAKE, KEEP = "take", "keep"
STATES = {"02": "02000", "11": "11000"}  # listed as states alone, though they are districts and cities too


class Row(NamedTuple):
    """One area in one year; `values` and `flags` by column. `empty`: nothing but strokes in all of its columns."""

    number: int
    year: str
    code: str
    values: tuple[str, ...]
    flags: tuple[str, ...]
    empty: bool


class Part(NamedTuple):
    """A figure that is not taken as it is, because its district has another territory than in 2020."""

    value: Decimal
    flags: str


class Year:
    """The districts of one year, and what becomes of them. `codes` are those of our cities."""

    def __init__(self, year: int, codes: Iterable[str]) -> None:
        self.year = year
        self.existing = crosswalks.districts(year)
        self._codes = tuple(codes)

    @cached_property
    def crosswalk(self) -> Crosswalk | None:
        """None from 2020 on: nothing has to be converted."""
        return crosswalks.districts_to_2020(self.year) if self.year < crosswalks.LAST else None

    @cached_property
    def changed(self) -> Mapping[str, tuple[str, ...]]:
        """Districts of 2020 that are cities of ours and were not so in this year -> the districts they are made of."""
        walk = self.crosswalk
        if walk is None:
            return {}
        return {
            code: tuple(old for old, _ in walk.into[code])
            for code in self._codes
            if code in walk.into and walk.recipe(code)
        }

    @cached_property
    def parts(self) -> frozenset[str]:
        return frozenset(old for olds in self.changed.values() for old in olds)

    def lists(self, code: str) -> bool:
        """Whether the district existed; of municipalities (eight digits) only their figures tell."""
        return len(code) == 8 or STATES.get(code, code) in self.existing


class Districts:
    """Gives rows to the checker where the territory is that of 2020, and keeps the others until all have been read."""

    def __init__(self, checker: Checker, columns: Sequence[Column], *, cities: Mapping[str, str]) -> None:
        self.checker, self.columns, self.cities = checker, columns, cities
        self._years: dict[str, Year] = {}
        # (year, variable) -> by district; (year, district) -> row
        self._parts: dict[tuple[str, str], dict[str, Part]] = defaultdict(dict)
        self._rows: dict[tuple[str, str], int] = {}

    def take(self, rows: Iterable[Row]) -> None:
        """Decide about each row: taken as it is, kept to be converted, or passed over."""
        as_they_are = []
        for row in rows:
            verdict = self._verdict(row)
            if verdict == TAKE:
                as_they_are.append(row)
            elif verdict == KEEP:
                self._keep(row)
            else:
                self._pass_over(verdict, row)
        self.checker.take(self._entries(as_they_are))

    def _verdict(self, row: Row) -> str:
        """TAKE, KEEP, or the reason for which the row is passed over."""
        year, ours = self._year(row.year), row.code in self.cities
        if year is None:  # what is no year at all is named by the checker
            known = self.checker.decisions.periods[row.year] is not None
            return "territory_unknown" if ours and known else TAKE
        if row.code in year.parts or (row.code in year.changed and row.empty):
            return KEEP
        if not ours:
            return TAKE  # the checker passes it over
        if row.empty:
            return "district_absent"
        # A figure under a code that did not exist in its year was recalculated by the publisher for today's district.
        return TAKE if year.lists(row.code) or row.code in year.changed else "territory_differs"

    def _year(self, text: str) -> Year | None:
        """None where the year is none, or lies before the table of districts."""
        if text not in self._years:
            if self.checker.decisions.periods[text] is None or int(text) < crosswalks.FIRST:
                return None
            self._years[text] = Year(int(text), self.cities)
        return self._years[text]

    def _pass_over(self, reason: str, row: Row) -> None:
        heading = self.checker.layout.columns.area
        numbers = [row.number] * len(self.columns)
        self.checker.pass_over(reason, numbers, heading, value=f"{row.code} {row.year}")

    def _keep(self, row: Row) -> None:
        """Remember the figures of a district until those are known with which they go together."""
        key = row.year, row.code
        if key in self._rows:
            facts = {"value": f"{row.code} {row.year}", "first": self._rows[key]}
            self.checker.fault(BadRow("row_twice", row.number, self.checker.layout.columns.area, facts))
            return
        self._rows[key] = row.number
        if row.code not in self.cities:
            heading = self.checker.layout.columns.area
            self.checker.note("district_converted", row.number, heading, value=f"{row.code} {row.year}")
        if row.empty:
            return
        values, missing = self.checker.decisions.values, self.checker.layout.dialect.missing
        for column, text, marks in zip(self.columns, row.values, row.flags, strict=True):
            value = values["0" if text == NIL else text]
            if value is not None:
                self._parts[row.year, column.variable][row.code] = Part(value, marks)
            elif text not in missing:
                facts = {"value": text}
                self.checker.fault(BadRow("value_malformed", row.number, column.heading, facts))

    def _entries(self, rows: Sequence[Row]) -> Rows:
        """One entry per cell. A stroke in a row that has figures means nothing at all, hence zero."""
        count = len(self.columns)
        return Rows(
            numbers=[row.number for row in rows for _ in range(count)],
            areas=[row.code for row in rows for _ in range(count)],
            variables=[column.variable for column in self.columns] * len(rows),
            periods=[row.year for row in rows for _ in range(count)],
            values=["0" if text == NIL else text for row in rows for text in row.values],
            flags=[marks for row in rows for marks in row.flags],
            columns=[column.heading for column in self.columns] * len(rows),
        )

    def convert(self) -> None:
        """Figures of today's districts from those that were kept; one that lacks a part is passed over."""
        published = {(figure.area, figure.period) for figure in self.checker.reading.figures}
        for text, year in sorted(self._years.items()):
            for code, olds in year.changed.items():
                rows = [self._rows[text, name] for name in (code, *olds) if (text, name) in self._rows]
                if rows and (self.cities[code], text) not in published:
                    for column in self.columns:
                        self._convert(year, code, column, rows[0])

    def _convert(self, year: Year, code: str, column: Column, row: int) -> None:
        context, layout = self.checker.context, self.checker.layout
        variable = f"{layout.prefix}:{column.variable}"
        if variable not in context.variables or year.crosswalk is None:
            return
        olds, known = year.changed[code], self._parts[str(year.year), column.variable]
        values = {old: known[old].value for old in olds if old in known}
        additive = is_additive(context.variables[variable]["unit"])
        figure = year.crosswalk.convert(values, additive=additive).figures.get(code)
        if figure is None:
            lacking = " ".join(old for old in olds if old not in known) or " ".join(olds)
            facts = {"value": f"{code} {year.year}", "parts": lacking}
            self.checker.pass_over("part_missing", [row], column.heading, **facts)
            return
        marks = flags.merge([*(known[old].flags for old in olds), "e" if figure.estimated else ""])
        area = self.cities[code]
        self.checker.reading.read += 1
        self.checker.reading.figures.append(
            Figure(
                area,
                variable,
                str(year.year),
                figure.value,
                flags.write(marks),
                context.source_of(variable, area),
                self.checker.file,
                row,
                column.heading,
                figure.recipe,
            )
        )


def is_additive(unit: str) -> bool:
    """Whether figures of two areas may be added: counts and amounts, but no shares, rates or means."""
    return "/" not in unit and unit not in ("percent", "dimensionless", "degree_celsius")
