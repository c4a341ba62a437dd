"""Rows that are not taken, one by one: passed over for a reason, or wrong, with every fault and its nearest repair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kontor.errors import BadRow, Invalid

from ..rules import Reading
from . import Rows
from .cells import nearest_flags, nearest_period, nearest_value, nearest_whole, shown
from .decisions import Decisions
from .delimited import Odd
from .shifts import shifted_at

MOST_FAULTS = 100_000  # of one file; where more is wrong it is another thing than it says
FREE = frozenset(
    {"", "F"}
)  # CONF_STATUS of what may be published (SDMX CL_CONF_STATUS); all else is withheld, known or not


class Judge:
    """Writes into the reading what is wrong or passed over. `headings` are those of whole rows, where there are any."""

    def __init__(self, decisions: Decisions, reading: Reading, headings: Sequence[str] = ()) -> None:
        self.decisions, self.reading, self.headings = decisions, reading, headings
        self._columns = decisions.layout.columns

    def add(self, fault: BadRow) -> None:
        """One more fault. Invalid where there are more than MOST_FAULTS."""
        faults = self.reading.faults
        if faults and faults[-1] == fault:  # several figures of one row share its area
            return
        faults.append(fault)
        if len(faults) >= MOST_FAULTS:
            raise Invalid([*faults, BadRow("too_many_faults", fault.row, None, {"most": MOST_FAULTS})])

    def judge(self, rows: Rows, places: Iterable[int]) -> None:
        """Look at the entries that cannot be taken."""
        for place in self._of_our_areas(rows, places):
            if not self._passed_over(rows, place):
                self.reading.wrong += 1
                for fault in self._faults(rows, place):
                    self.add(fault)

    def _of_our_areas(self, rows: Rows, places: Iterable[int]) -> list[int]:
        """Pass over the rows of areas that are not ours, all of one area at once; the others are given back."""
        why, areas = self.decisions.areas.why, rows.areas
        rest: list[int] = []
        others: dict[str, list[int]] = {}
        for place in places:
            area = areas[place]
            if area in why and not why[area].wrong:
                others.setdefault(area, []).append(rows.numbers[place])
            else:
                rest.append(place)
        for area, numbers in others.items():
            self.reading.skipped.add(why[area].code, numbers, self._columns.area, **why[area].facts)
        return rest

    def odd(self, row: Odd) -> None:
        """A row of another length, or one that cannot be split into cells."""
        if row.reason:
            self.add(BadRow("cells_unreadable", row.number, None, {"reason": row.reason}))
            return
        width = len(self.headings)
        if shift := self._shift(row.number, row.cells):
            self.add(shift)
        else:
            self.add(BadRow("row_length", row.number, None, {"expected": width, "found": len(row.cells)}))

    def _passed_over(self, rows: Rows, place: int) -> bool:
        """Rows that are not wrong but not for us: other variables, secret and empty cells."""
        number, variable = rows.numbers[place], rows.variables[place]
        value, columns, add = rows.values[place], self._columns, self.reading.skipped.add
        dialect = self.decisions.layout.dialect
        heading = rows.columns[place] if rows.columns else columns.value
        secret = rows.confidentiality[place] if rows.confidentiality else ""
        if rows.areas[place] in self.decisions.areas.why:
            return False
        if self.decisions.layout.others and self.decisions.variables[variable] is None:
            add("variable_not_used", (number,), columns.variable, value=shown(variable))
        elif secret not in FREE:
            add("confidential", (number,), columns.confidentiality or heading, value=shown(secret))
        elif value in dialect.confidential:
            add("confidential", (number,), heading, value=value)
        elif value in dialect.missing:
            add("value_missing", (number,), heading, value=value)
        elif rows.flags and self.decisions.flags.denial(rows.flags[place]) == "q":
            add("confidential", (number,), columns.flag or heading, value=shown(rows.flags[place]))
        else:
            return False
        return True

    def _faults(self, rows: Rows, place: int) -> list[BadRow]:
        number, columns, known = rows.numbers[place], self._columns, self.decisions
        variable, period = rows.variables[place], rows.periods[place]
        faults = []
        if verdict := known.areas.why.get(rows.areas[place]):
            faults.append(_fault(verdict.code, number, columns.area, **verdict.facts))
        if known.variables[variable] is None:
            repair = known.variables.nearest(variable)
            faults.append(_fault("variable_unknown", number, columns.variable, value=variable, repair=repair))
        if known.periods[period] is None:
            faults.append(self._period_fault(number, period))
        faults += self._value_fault(rows, place)
        if rows.flags and known.flags[rows.flags[place]] is None:
            flag = rows.flags[place]
            if known.flags.denial(flag):
                denied = {"value": rows.values[place], "flag": flag}
                return [*faults, _fault("flag_denies_value", number, columns.flag or None, **denied)]
            repair = nearest_flags(flag, known.context.flags)
            faults.append(_fault("flag_unknown", number, columns.flag or None, value=flag, repair=repair))
        if len(faults) > 1 and rows.whole:
            shift = self._shift(number, rows.whole(place))
            return [shift] if shift else faults
        return faults

    def _period_fault(self, number: int, period: str) -> BadRow:
        latest = self.decisions.context.latest
        future = period.isdecimal() and len(period) == 4 and int(period) > latest and period < "2100"
        code = "period_in_future" if future else "period_malformed"
        repair = nearest_period(period, latest=latest)
        heading = self._columns.period or None
        return _fault(code, number, heading, value=period, latest=latest, repair=repair)

    def _value_fault(self, rows: Rows, place: int) -> list[BadRow]:
        text, known = rows.values[place], self.decisions
        number, dialect = rows.numbers[place], known.layout.dialect
        variable = known.variables[rows.variables[place]]
        heading = rows.columns[place] if rows.columns else self._columns.value
        if text in dialect.missing and known.layout.others:
            return []  # an empty cell is no fault, whatever else is wrong with the row
        if known.values[text] is None:
            repair = nearest_value(text, dialect)
            return [_fault("value_malformed", number, heading, value=text, repair=repair)]
        if text in known.values.negatives and variable not in known.variables.signed:
            return [_fault("value_negative", number, heading, value=text)]
        if text in known.values.fractions and variable in known.variables.whole:
            return [_fault("value_not_whole", number, heading, value=text, repair=nearest_whole(text))]
        return []

    def _shift(self, number: int, cells: Sequence[str]) -> BadRow | None:
        if not self.decisions.positions:
            return None
        place = shifted_at(cells, len(self.headings), self.decisions.fits)
        if place is None:
            return None
        heading = self.headings[min(place, len(self.headings) - 1)]
        return BadRow("row_shifted", number, heading, {"value": shown(cells[place]), "column": heading})


def _fault(code: str, number: int, heading: str | None, *, repair: str = "", **facts: Any) -> BadRow:
    short = {name: shown(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    return BadRow(code, number, heading, {**short, "repair": repair} if repair else short)
