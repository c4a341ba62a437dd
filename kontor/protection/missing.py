"""Why a file cannot be read: it is not there, or it is a folder."""

from __future__ import annotations

from pathlib import Path

from kontor.errors import BadRow


def missing(path: Path, code: str, name: str | None = None) -> BadRow:
    """`code` with the file's name, or as it was given; file_is_folder where that is so."""
    return BadRow(
        "file_is_folder" if path.is_dir() else code, None, None, {"file": name or path.name or str(path)}
    )
