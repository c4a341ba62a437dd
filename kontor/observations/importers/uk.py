"""Tables of the United Kingdom by GSS codes: London's energy inventory (LEGGI), and mySociety's local authorities."""

from __future__ import annotations

from itertools import compress
from pathlib import Path

from kontor.tables.delimited import Piece

from ..rules import Reading
from . import Context, layouts
from .broad_form import columns_of, read_broad
from .checking import Checker
from .recognition import recognise
from .tables import open_table

ENDED = "end-date"  # of an authority that was dissolved
NAMES = ("official-name", "area")  # who a row without a code is about


def read(path: Path, context: Context, name: str | None = None) -> Reading:
    """Figures of areas with a code; rows without one (totals, what could not be apportioned) and dissolved
    authorities are passed over. Invalid: "header_wrong" and what else is wrong with the whole file."""
    with open_table(path, name=name, progress=context.progress) as table:
        found = recognise(table, layouts.publication("uk").layouts)
        headings = found.headings
        code = found.positions["area"]
        ended = headings.index(ENDED) if ENDED in headings else None
        named = next((headings.index(heading) for heading in NAMES if heading in headings), code)
        cells = len(columns_of(found.layout, headings))

        def prepare(piece: Piece, checker: Checker) -> Piece:
            kept = []
            for place, number in enumerate(piece.numbers):
                reason = ""
                if ended is not None and piece.columns[ended][place]:
                    reason, at = "area_dissolved", ended
                elif not piece.columns[code][place]:
                    reason, at = "area_without_code", code
                if reason:
                    facts = {"value": piece.columns[named][place]}
                    checker.pass_over(reason, [number] * cells, headings[at], **facts)
                kept.append(not reason)
            return Piece(
                list(compress(piece.numbers, kept)), [list(compress(cells, kept)) for cells in piece.columns]
            )

        return read_broad(table, found, context, prepare=prepare)
