"""From a safe file and its recipe to what goes with it: report and proof. Nothing else is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import safe_file
from .recipe import Recipe
from .report.contents import Contents, SafeFile
from .safe_records import read_records


def linked_path(safe: Path, linked: Recipe) -> Path:
    """Where the safe file of a linked table stands: beside the main one."""
    return safe.with_name(f"{safe.stem}.{linked.path.stem}.csv")


def contents_of(safe: Path, recipe: Recipe, audit: Mapping[str, Any] | None) -> Contents:
    """Read the safe files again: what is not in them cannot get into report or proof."""
    if recipe.kind == "microdata":
        return Contents((SafeFile(read_records(safe), recipe, sha256_of(safe), safe.name),), audit)
    places = [(safe, recipe), *((linked_path(safe, linked), linked) for linked in recipe.linked)]
    tables = tuple(SafeFile(safe_file.read(path), one, sha256_of(path), path.name) for path, one in places)
    return Contents(tables, audit, tuple(sha256_of(known.file) for known in recipe.known))


def sha256_of(path: Path) -> str:
    """In hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
