"""Where the rows of releases are: in their own Parquet or, where that is archived, in a compacted file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kontor.errors import Refused

from ..rules import number_of
from . import compact
from .releases import PARQUET, literal, releases_folder


def selects(published: Sequence[tuple[str, str]]) -> Iterator[str]:
    """SQL that together gives every row of these (release, manifest hash): the columns of `COLUMNS`, release, number.

    Older files lack the latest columns: insert BY NAME into a table that has their defaults.
    Refused("release_altered") where the rows are nowhere.
    """
    archived: dict[Path, list[str]] = {}
    for release, _ in published:
        path = releases_folder() / release / PARQUET
        if path.exists():
            _, number = number_of(release)
            yield f"SELECT *, '{release}' AS release, {number} AS number FROM read_parquet({literal(path)})"
        elif found := compact.covering(release):
            archived.setdefault(found.parquet, []).append(release)
        else:
            raise Refused("release_altered", release=release, file=PARQUET)
    for path, releases in archived.items():
        listed = ", ".join(f"'{release}'" for release in releases)
        yield f"SELECT * FROM read_parquet({literal(path)}) WHERE release IN ({listed})"
