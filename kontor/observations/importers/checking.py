"""One checker for all layouts: rows to figures, to rows passed over with their reason, and to rows that are wrong.

Columns are decided as columns, each distinct text once; only rows that are not taken are looked at one by one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import compress, repeat
from typing import Any

from kontor.errors import BadRow
from kontor.tables.delimited import Odd

from ..rules import Figure, Reading
from . import Context, Rows
from .cells import Decided
from .decisions import Decisions
from .judging import FREE, Judge
from .layouts import Layout

Key = tuple[str, str, str]
_figure = partial(
    tuple.__new__, Figure
)  # what Figure._make does, without a frame of its own for each of them


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Figures hold no cycles; looking for some among hundreds of thousands takes longer than making them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Checker:
    """Takes the rows of one file piece by piece and keeps the reading. `file` is the name that figures cite.

    `headings` and `positions` (role -> place) describe whole rows, so that a row whose cells are shifted is recognised.
    """

    def __init__(
        self,
        layout: Layout,
        context: Context,
        *,
        file: str,
        headings: Sequence[str] = (),
        positions: Mapping[str, int] | None = None,
    ) -> None:
        self.layout, self.context, self.file = layout, context, file
        self.reading = Reading()
        self.decisions = Decisions(layout, context, positions)
        self.judge = Judge(self.decisions, self.reading, headings)
        self._seen: set[Key] = set()
        self._rows_of: dict[Key, int] | None = None
        self._doubled: dict[str, tuple[str, list[int]]] = {}

    def take(self, rows: Rows) -> None:
        """Decide about one entry after another. Invalid where far too many are wrong."""
        with _collector_resting():
            self._take(rows)

    def _take(self, rows: Rows) -> None:
        known = self.decisions
        known.forget_when_full()
        decided: list[list[Any]] = [
            list(map(known.variables.__getitem__, rows.variables)),
            list(map(known.areas.__getitem__, rows.areas)),
            list(map(known.periods.__getitem__, rows.periods)),
            list(map(known.values.__getitem__, rows.values)),
            list(map(known.flags.__getitem__, rows.flags)) if rows.flags else [""] * len(rows.areas),
        ]
        numbers, columns, texts = rows.numbers, rows.columns, rows.areas
        self.reading.read += len(numbers)
        if out := self._not_taken(rows, decided):
            self.judge.judge(rows, sorted(out))
            kept = [place not in out for place in range(len(numbers))]
            decided = [list(compress(column, kept)) for column in decided]
            numbers = list(compress(numbers, kept))
            columns, texts = list(compress(columns, kept)), list(compress(texts, kept))
        self._add(decided, numbers, columns, texts)

    def odd(self, rows: Iterable[Odd]) -> None:
        """Rows of another length, or that cannot be split into cells."""
        for row in rows:
            self.reading.read += 1
            self.reading.wrong += 1
            self.judge.odd(row)

    def pass_over(self, code: str, rows: Sequence[int], heading: str | None = None, /, **facts: str) -> None:
        """Rows that the importer itself passes over."""
        self.reading.read += len(rows)
        self.reading.skipped.add(code, rows, heading, **facts)

    def note(self, code: str, row: int, heading: str | None = None, /, **facts: str) -> None:
        """Something about this row that a reader should know and that concerns no figure."""
        self.reading.notes.add(code, (row,), heading, **facts)

    def fault(self, fault: BadRow) -> None:
        """A row that the importer itself finds wrong."""
        self.reading.read += 1
        self.reading.wrong += 1
        self.judge.add(fault)

    def finish(self, notes: Mapping[str, Mapping[str, str]]) -> Reading:
        """The reading of the whole file; where it had no rows at all, that is a fault. `notes`: those of its source."""
        reading = self.reading
        for code, facts in notes.items():
            reading.notes.add(code, (1,), None, **facts)
        if self._doubled:
            self._withdraw_doubled()
        if not reading.read and not reading.faults:
            self.judge.add(BadRow("rows_missing", None, None, {"file": self.file}))
        reading.faults.sort(key=lambda fault: fault.row or 0)
        return reading

    def _not_taken(self, rows: Rows, decided: Sequence[Sequence[Any]]) -> set[int]:
        """Places of the entries that cannot become figures."""
        known = self.decisions
        out: set[int] = set()
        memories: tuple[Decided[Any], ...] = (
            known.variables,
            known.areas,
            known.periods,
            known.values,
            known.flags,
        )
        for memory, column in zip(memories, decided, strict=True):
            if memory.some_mean_nothing:
                out.update([place for place, meant in enumerate(column) if meant is None])
        if rows.confidentiality and not FREE.issuperset(rows.confidentiality):
            out.update([place for place, text in enumerate(rows.confidentiality) if text not in FREE])
        if fractions := known.values.fractions:
            whole, variables = known.variables.whole, decided[0]
            out.update(
                [p for p, text in enumerate(rows.values) if text in fractions and variables[p] in whole]
            )
        if negatives := known.values.negatives:
            signed, variables = known.variables.signed, decided[0]
            out.update(
                [p for p, text in enumerate(rows.values) if text in negatives and variables[p] not in signed]
            )
        return out

    def _add(
        self,
        decided: Sequence[list[Any]],
        numbers: Sequence[int],
        columns: Sequence[str],
        texts: Sequence[str],
    ) -> None:
        """Rows that are right become figures, unless a figure of the same key came before."""
        variables, areas, periods, _, _ = decided
        keys: list[Key] = list(zip(variables, areas, periods, strict=True))
        fresh = set(keys)
        if len(fresh) < len(keys) or not self._seen.isdisjoint(fresh):
            kept = self._first_of_each(keys, numbers, texts)
            decided = [list(compress(column, kept)) for column in decided]
            keys, numbers = list(compress(keys, kept)), list(compress(numbers, kept))
            columns, texts = list(compress(columns, kept)), list(compress(texts, kept))
        variables, areas, periods, values, flags = decided
        self._seen |= fresh
        if self._rows_of is not None:
            self._rows_of.update(zip(keys, numbers, strict=True))
        sources = map(self.decisions.sources.__getitem__, zip(variables, areas, strict=True))
        none, recipes = repeat(""), self.decisions.areas.recipes
        conversions = [recipes.get(text, "") for text in texts] if recipes else none
        figures = zip(
            areas, variables, periods, values, flags, sources,
            repeat(self.file), numbers, columns or none, conversions, none,
        )  # fmt: skip
        self.reading.figures.extend(map(_figure, figures))

    def _first_of_each(self, keys: Sequence[Key], numbers: Sequence[int], texts: Sequence[str]) -> list[bool]:
        """Which of the rows are the first with their key. A later one is wrong; in a list of labels, which may name
        two units by one word, no row of that label counts."""
        if self._rows_of is None:
            self._rows_of = {(f.variable, f.area, f.period): f.row for f in self.reading.figures}
        first, kept = dict(self._rows_of), []
        for key, number, text in zip(keys, numbers, texts, strict=True):
            kept.append(key not in first)
            if key not in first:
                first[key] = number
            elif self.decisions.areas.by_label(text):
                self._doubled.setdefault(key[1], (text, []))[1].append(number)
            else:
                facts = {"value": f"{text} {key[0].partition(':')[2]} {key[2]}", "first": first[key]}
                self.reading.wrong += 1
                self.judge.add(BadRow("row_twice", number, self.layout.columns.area, facts))
        return kept

    def _withdraw_doubled(self) -> None:
        """Take back every figure of a label that named two units."""
        remaining = []
        for figure in self.reading.figures:
            if figure.area in self._doubled:
                self._doubled[figure.area][1].append(figure.row)
            else:
                remaining.append(figure)
        self.reading.figures = remaining
        for text, rows in self._doubled.values():
            self.reading.skipped.add("label_ambiguous", rows, self.layout.columns.area, value=text)
