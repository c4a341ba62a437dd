"""SDMX-CSV 1.0 and 2.x of any dataflow for which definitions/layouts has a mapping: codes, labels, or both in one cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import compress
from pathlib import Path
from typing import cast

from kontor.errors import BadRow
from kontor.tables.delimited import Piece

from ..rules import Reading, printable
from . import Context, layouts
from .cells import shown
from .checking import Checker
from .layouts import Publication
from .long_form import read_long
from .recognition import Found
from .regions import of_edition
from .tables import Table, open_table

START = re.compile(r'\s*"?(?:STRUCTURE(?:\[.\])?|DATAFLOW)"?(.)')
ARTEFACT = ("STRUCTURE_ID", "DATAFLOW")  # in 2.x and in 1.0
DATAFLOW = re.compile(r"[\w.-]+:[\w.-]+(\(.*\))?")
WRONG = ("action_unknown", "dataflow_malformed")  # reasons that are faults
TAKEN = ("", "I", "A", "M", "R")  # information, append, merge, replace
DELETES = "D"
FRAME = frozenset(
    {"STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "DATAFLOW", "ACTION", "SERIES_KEY", "OBS_KEY"}
)


def read(path: Path, context: Context, name: str | None = None) -> Reading:
    """Figures of a message, read by the mapping whose dataflows include its own. Invalid: see `read_message`."""
    with open_table(path, name=name, progress=context.progress) as table:
        return read_message(table, layouts.publications(), context)


def is_message(table: Table, sheet: str = "") -> bool:
    """Whether the table begins as an SDMX-CSV message does."""
    return _delimiter(table, sheet) is not None


def read_message(
    table: Table, publications: Mapping[str, Publication], context: Context, *, sheet: str = ""
) -> Reading:
    """Invalid: "header_wrong", "dataflow_unknown", "column_unknown" (it may be a dimension), "column_missing"; see
    `of_edition` too."""
    delimiter = _delimiter(table, sheet)
    head = [(row, cells) for row, cells in table.head(delimiter=delimiter or ",", sheet=sheet) if any(cells)]
    if not head:
        raise table.source.refusal("file_empty", 1)
    row, cells = head[0]
    headings = tuple(cells)
    if delimiter is None:
        found = printable(",".join(headings)[:200])
        raise table.source.refusal(
            "header_wrong", row, expected="STRUCTURE,STRUCTURE_ID,ACTION,…", found=found
        )
    message = _Message(table, headings, row)
    publication = message.of(publications, [cells for _, cells in head[1:]])
    mapped = replace(cast(layouts.Layout, publication.sdmx), delimiter=delimiter)
    layout = of_edition(mapped, context, table.source)
    positions = message.positions(publication)
    found_header = Found(layout, row, headings, positions)
    return read_long(
        table, found_header, context, sheet=sheet, prepare=message.prepare(publication, positions)
    )


def _delimiter(table: Table, sheet: str) -> str | None:
    """What follows the first heading; None where that is not the one of a message."""
    if table.source.sheet:
        first = next((cells for _, cells in table.head(delimiter=",", sheet=sheet) if any(cells)), [""])
        return "," if START.fullmatch(first[0] + ",") else None
    found = START.match(table.source.sample().lstrip("\n"))
    return found[1] if found else None


def _code(text: str) -> str:
    """The code of a cell or heading that may hold a label behind it: "A: Annual", "SEX[]"."""
    return text.partition(": ")[0]


def _heading(text: str) -> str:
    return re.sub(r"\[[^]]*\]$", "", _code(text).strip())


@dataclass(frozen=True, slots=True)
class _Only:
    """Rows count only where the cell at `place` is right; `reason` says why else they do not ("" = right)."""

    place: int
    heading: str
    reason: Callable[[str], str]


class _Message:
    """The header of a message: what its columns are."""

    def __init__(self, table: Table, headings: Sequence[str], row: int) -> None:
        self.table, self.row, self.raw = table, row, headings
        self.headings = [_heading(heading) for heading in headings]
        self.artefact = next((self.headings.index(name) for name in ARTEFACT if name in self.headings), 0)
        self.with_names = "STRUCTURE_NAME" in self.headings

    def of(self, publications: Mapping[str, Publication], rows: Sequence[Sequence[str]]) -> Publication:
        """The mapping for the dataflow of these rows. A message without rows is read by any."""
        able = [publication for publication in publications.values() if publication.sdmx]
        named = [_code(cells[self.artefact]) for cells in rows if len(cells) > self.artefact]
        for publication in able:
            if not named or any(_speaks_for(publication, dataflow) for dataflow in named):
                return publication
        known = ", ".join(pattern for publication in able for pattern in publication.dataflows)
        value = printable(named[0][:200])
        raise self.table.source.refusal("dataflow_unknown", self.row + 1, value=value, known=known)

    def positions(self, publication: Publication) -> dict[str, int]:
        """Role -> place; a role made of several columns stands behind the last of them (see `prepare`)."""
        assert publication.sdmx is not None
        roles = {role: heading.split(" ") for role, heading in publication.sdmx.columns.named().items()}
        positions, behind = {}, len(self.headings)
        for role, names in roles.items():
            present = [name in self.headings for name in names]
            if not all(present) and (role not in ("flag", "confidentiality") or any(present)):
                raise self.table.source.refusal("column_missing", self.row, value=" ".join(names))
            if all(present):
                self._check_once(names)
                positions[role] = self.headings.index(names[0]) if len(names) == 1 else behind
                behind += len(names) > 1
        self._check_columns({name for names in roles.values() for name in names}, publication)
        return positions

    def _check_once(self, names: Sequence[str]) -> None:
        for name in names:
            if self.headings.count(name) > 1:
                raise self.table.source.refusal("header_twice", self.row, value=name)

    def _check_columns(self, roles: set[str], publication: Publication) -> None:
        """A column of which nothing is known may be a dimension, and rows that differ in it are not one figure."""
        known = roles | FRAME | set(publication.dimensions) | set(publication.ignored)
        for before, heading in zip(["", *self.headings], self.headings, strict=False):
            label = self.with_names and before in known
            if heading not in known and not label:
                raise self.table.source.refusal("column_unknown", self.row, value=printable(heading[:200]))

    def prepare(
        self, publication: Publication, positions: Mapping[str, int]
    ) -> Callable[[Piece, Checker], Piece]:
        """What happens to every piece: other dataflows, actions and dimensions out, labels off, codes joined."""
        assert publication.sdmx is not None
        conditions = self._conditions(publication)
        joined = [
            [self.headings.index(name) for name in heading.split(" ")]
            for role, heading in publication.sdmx.columns.named().items()
            if role in positions and " " in heading
        ]
        both = [place for place, heading in enumerate(self.raw) if ": " in heading]

        def prepared(piece: Piece, checker: Checker) -> Piece:
            if both:
                columns = list(piece.columns)
                for place in both:
                    codes = {text: _code(text) for text in set(columns[place])}
                    columns[place] = [codes[text] for text in columns[place]]
                piece = piece._replace(columns=columns)
            for condition in conditions:
                piece = _apply(condition, piece, checker)
            if joined:
                more = [
                    list(map(" ".join, zip(*(piece.columns[p] for p in places), strict=True)))
                    for places in joined
                ]
                piece = piece._replace(columns=[*piece.columns, *more])
            return piece

        return prepared

    def _conditions(self, publication: Publication) -> list[_Only]:
        found = [
            _Only(
                self.artefact, self.headings[self.artefact], lambda text: _other_dataflow(publication, text)
            )
        ]
        if "ACTION" in self.headings:
            found.append(_Only(self.headings.index("ACTION"), "ACTION", _action))
        for name, allowed in publication.dimensions.items():
            if name in self.headings:
                found.append(_Only(self.headings.index(name), name, _other_than(allowed)))
        return found


def _speaks_for(publication: Publication, dataflow: str) -> bool:
    return any(fnmatchcase(dataflow, pattern) for pattern in publication.dataflows)


def _other_dataflow(publication: Publication, text: str) -> str:
    if _speaks_for(publication, _code(text)):
        return ""
    return "dataflow_other" if DATAFLOW.match(text) else "dataflow_malformed"


def _action(text: str) -> str:
    return "" if text in TAKEN else "deletion_asked" if text == DELETES else "action_unknown"


def _other_than(allowed: Sequence[str]) -> Callable[[str], str]:
    return lambda text: "" if text in allowed else "dimension_other"


def _apply(condition: _Only, piece: Piece, checker: Checker) -> Piece:
    """The piece without the rows that a condition excludes; they are passed over with their reason, or wrong."""
    column = piece.columns[condition.place]
    reasons = {text: reason for text in set(column) if (reason := condition.reason(text))}
    if not reasons:
        return piece
    for text, reason in sorted(reasons.items()):
        rows = [number for number, cell in zip(piece.numbers, column, strict=True) if cell == text]
        if reason in WRONG:
            for number in rows:
                checker.fault(BadRow(reason, number, condition.heading, {"value": shown(text)}))
        else:
            checker.pass_over(reason, rows, condition.heading, value=shown(text), column=condition.heading)
    kept = [text not in reasons for text in column]
    columns = [list(compress(one, kept)) for one in piece.columns]
    return Piece(list(compress(piece.numbers, kept)), columns, piece.odd)
