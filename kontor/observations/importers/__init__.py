"""Readers of other people's files: one module per layout, `read(path, context)` each. See docs/guide/import.md."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..rules import Reading


@dataclass(frozen=True, slots=True)
class Context:
    """What an importer may know: our city codes, external codes by (scheme, edition), observed variables and flags.

    `latest` is the last year that may be reported: what has not begun cannot have been observed.
    """

    areas: frozenset[str]
    codes: Mapping[tuple[str, str], Mapping[str, str]]
    variables: Mapping[str, Any]
    flags: Collection[str]
    latest: int
    source_of: Callable[[str, str], str]


Importer = Callable[[Path, Context], Reading]


def importer(name: str) -> Importer:
    """The importer of this name; KeyError where there is none."""
    from . import eurostat, starter

    return {"starter": starter.read, "league": starter.read_league, "eurostat": eurostat.read}[name]


NAMES = ("starter", "league", "eurostat")
