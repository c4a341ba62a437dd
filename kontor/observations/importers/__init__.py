"""Readers of other people's files: any layout is brought to `Rows`, one checker decides about them.

To add an importer: one module with `read(path, context, name)`, its name below, a mapping in definitions/layouts/
where columns have to be named, a small file of the same layout in the tests. The module does three things:

    table = open_table(path, name=name, progress=context.progress)      # tables.py: text or sheet -> rows of cells
    checker = Checker(LAYOUT, context, file=table.name)                  # checking.py
    checker.take(Rows(numbers=..., areas=..., variables=..., ...))       # as often as there are pieces
    return checker.finish(table.source.notes)

What is wrong with the whole file is raised as `Invalid`; what is wrong with a row is left to the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kontor.errors import Refused

from ..rules import Reading


def _silent(_: int) -> None:
    """Nobody watches the progress."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an importer may know: our city codes, external codes by (scheme, edition), observed variables and flags.

    `latest` is the last year that may be reported: what has not begun cannot have been observed. `progress` is told
    how many bytes of the file have been read since it was last told. `edition` is that of the regions (NUTS) by which
    the file names its areas, where whoever brings it has said so.
    """

    areas: frozenset[str]
    codes: Mapping[tuple[str, str], Mapping[str, str]]
    variables: Mapping[str, Any]
    flags: Collection[str]
    latest: int
    source_of: Callable[[str, str], str]
    progress: Callable[[int], None] = _silent
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Cells exactly as they stand in the file, one entry per figure: what every layout is brought to.

    All sequences have the same length; those that a layout does not have stay empty. `numbers` counts rows of the
    file from 1. `columns` is the heading above each value where one row holds several figures. `whole` gives all cells
    of the row of an entry, so that shifted rows can be recognised.
    """

    numbers: Sequence[int]
    areas: Sequence[str]
    variables: Sequence[str]
    periods: Sequence[str]
    values: Sequence[str]
    flags: Sequence[str] = ()
    confidentiality: Sequence[str] = ()
    columns: Sequence[str] = ()
    whole: Callable[[int], Sequence[str]] | None = None


class Importer(Protocol):
    """`name` is under which name the file is cited; without it, its own."""

    def __call__(self, path: Path, context: Context, name: str | None = None) -> Reading: ...


NAMES = ("starter", "league", "eurostat", "sdmx-csv", "regionalstatistik", "lau", "uk")
OF_EDITIONS = ("sdmx-csv",)  # read regions in the edition that is named behind a colon: "sdmx-csv:2016"


def check_name(name: str) -> None:
    """Refused: "importer_unknown", "edition_not_used"."""
    layout, _, edition = name.partition(":")
    if layout not in NAMES:
        raise Refused("importer_unknown", value=layout, known=", ".join(NAMES))
    if edition and layout not in OF_EDITIONS:
        raise Refused("edition_not_used", file=layout, value=edition)


def importer(name: str) -> Importer:
    """The importer of this name, as a submission keeps it. Refused: see `check_name`."""
    from . import eurostat, lau, regionalstatistik, sdmx_csv, starter, uk

    found: dict[str, Importer] = {
        "starter": starter.read,
        "league": starter.read_league,
        "eurostat": eurostat.read,
        "sdmx-csv": sdmx_csv.read,
        "regionalstatistik": regionalstatistik.read,
        "lau": lau.read,
        "uk": uk.read,
    }
    check_name(name)
    layout, _, edition = name.partition(":")
    if not edition:
        return found[layout]
    return lambda path, context, name=None: found[layout](path, replace(context, edition=edition), name)
