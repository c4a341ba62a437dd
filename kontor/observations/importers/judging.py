"""Rows that are not taken, one by one: passed over for a reason, or wrong, with every fault and its nearest repair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kontor.errors import BadRow, Invalid
from kontor.tables.delimited import Odd

from ..rules import Reading
from . import Rows
from .cells import nearest_flags, nearest_period, nearest_value, nearest_whole, shown
from .decisions import Decisions
from .shifts import shifted_at

MOST_NOTED = 10_000  # faults in rows that are passed over, each with its text; more are counted
MOST_FAULTS = 100_000  # of one file; where more is wrong it is another thing than it says
FREE = frozenset(
    {"", "F"}
)  # CONF_STATUS of what may be published (SDMX CL_CONF_STATUS); all else is withheld, known or not


class Judge:
    """Writes into the reading what is wrong or passed over. `headings` are those of whole rows, where there are any."""

    def __init__(self, decisions: Decisions, reading: Reading, headings: Sequence[str] = ()) -> None:
        self.decisions, self.reading, self.headings = decisions, reading, headings
        self._columns = decisions.layout.columns
        self._noted = 0

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
        unused = []
        for place in self._of_our_areas(rows, list(places)):
            reason = self._passed_over(rows, place)
            if not reason:
                self.reading.wrong += 1
                for fault in self._faults(rows, place):
                    self.add(fault)
            elif reason == "variable_not_used":
                unused.append(place)
        if unused:
            self._note_faults(rows, unused)

    def _of_our_areas(self, rows: Rows, places: Sequence[int]) -> list[int]:
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
        if others:
            self._note_faults(rows, [place for place in places if areas[place] in others])
        return rest

    def _note_faults(self, rows: Rows, places: Sequence[int]) -> None:
        """What is wrong with the other cells of rows that are passed over: it costs us no figure, but is not hidden."""
        known = self.decisions
        values = known.values.nothing - known.layout.dialect.missing - known.layout.dialect.confidential
        odd = [place for place in places if rows.values[place] in values]
        if periods := known.periods.nothing:
            odd += [place for place in places if rows.periods[place] in periods]
        if rows.flags and (flags := known.flags.nothing):
            odd += [place for place in places if rows.flags[place] in flags]
        if negatives := known.values.negatives:
            odd += [place for place in places if rows.values[place] in negatives]
        if (fractions := known.values.fractions) and known.variables.whole:
            odd += [place for place in places if rows.values[place] in fractions]
        for place in sorted(set(odd)):
            for fault in self._cell_faults(rows, place):
                self._noted += 1
                facts = {name: str(fact) for name, fact in fault.facts.items()}
                if self._noted > MOST_NOTED:
                    facts = {"value": "…"}
                self.reading.notes.add(fault.code, (rows.numbers[place],), fault.column, **facts)

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

    def _passed_over(self, rows: Rows, place: int) -> str:
        """Why a row is not wrong but not for us (other variables, secret and empty cells), or ""."""
        variable, value, columns = rows.variables[place], rows.values[place], self._columns
        dialect = self.decisions.layout.dialect
        heading = rows.columns[place] if rows.columns else columns.value
        secret = rows.confidentiality[place] if rows.confidentiality else ""
        if rows.areas[place] in self.decisions.areas.why:
            return ""
        if self.decisions.layout.others and self.decisions.variables[variable] is None:
            reason, column, text = "variable_not_used", columns.variable, variable
        elif secret not in FREE:
            reason, column, text = "confidential", columns.confidentiality or heading, secret
        elif value in dialect.confidential:
            reason, column, text = "confidential", heading, value
        elif value in dialect.missing:
            reason, column, text = "value_missing", heading, value
        elif rows.flags and self.decisions.flags.denial(rows.flags[place]) == "q":
            reason, column, text = "confidential", columns.flag or heading, rows.flags[place]
        else:
            return ""
        self.reading.skipped.add(reason, (rows.numbers[place],), column, value=shown(text))
        return reason

    def _faults(self, rows: Rows, place: int) -> list[BadRow]:
        number, columns, known = rows.numbers[place], self._columns, self.decisions
        variable, faults = rows.variables[place], []
        if verdict := known.areas.why.get(rows.areas[place]):
            faults.append(_fault(verdict.code, number, columns.area, **verdict.facts))
        if known.variables[variable] is None:
            repair = known.variables.nearest(variable)
            faults.append(_fault("variable_unknown", number, columns.variable, value=variable, repair=repair))
        faults += self._cell_faults(rows, place)
        if len(faults) > 1 and rows.whole and faults[-1].code != "flag_denies_value":
            shift = self._shift(number, rows.whole(place))
            return [shift] if shift else faults
        return faults

    def _cell_faults(self, rows: Rows, place: int) -> list[BadRow]:
        """What is wrong with period, value and flags."""
        number, columns, known = rows.numbers[place], self._columns, self.decisions
        period, faults = rows.periods[place], []
        if known.periods[period] is None:
            faults.append(self._period_fault(number, period))
        faults += self._value_fault(rows, place)
        if rows.flags and known.flags[rows.flags[place]] is None:
            flag = rows.flags[place]
            if not known.flags.denial(flag):
                repair = nearest_flags(flag, known.context.flags)
                faults.append(_fault("flag_unknown", number, columns.flag or None, value=flag, repair=repair))
            elif rows.values[place] not in known.layout.dialect.missing | known.layout.dialect.confidential:
                denied = {"value": rows.values[place], "flag": flag}
                faults.append(_fault("flag_denies_value", number, columns.flag or None, **denied))
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
        if text in dialect.missing | dialect.confidential and known.layout.others:
            return []  # an empty cell is no fault, whatever else is wrong with the row
        if known.values[text] is None:
            repair = nearest_value(text, dialect)
            return [_fault("value_malformed", number, heading, value=text, repair=repair)]
        if variable is None and known.layout.others:
            return []  # nobody knows what it may be
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
