"""Releases as the first version of the program wrote them: without the columns and files that came later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kontor.observations import store

COLUMNS = ('"column"', "conversion", "reason")
STATED = ("changes", "checked", "engine", "findings", "reason")


def write_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on releases are written in the older layout."""
    original = store.write_release

    def write_release(*, release: str, write: Callable[[Path], None], manifest: dict[str, Any]) -> str:
        def older(folder: Path) -> None:
            write(folder)
            (folder / store.FINDINGS).unlink()
            _without_later_columns(folder / store.PARQUET)

        kept = {name: value for name, value in manifest.items() if name not in STATED}
        return original(release=release, write=older, manifest=kept)

    monkeypatch.setattr(store, "write_release", write_release)


def _without_later_columns(path: Path) -> None:
    older = path.with_suffix(".older")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            f"COPY (SELECT * EXCLUDE ({', '.join(COLUMNS)}) FROM read_parquet('{path}')) TO '{older}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    older.replace(path)
