"""What goes into report and proof: safe files, recipes, what the attackers found. Nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..recipe import Recipe
from ..safe_file import SafeTable
from ..safe_records import SafeRecords


@dataclass(frozen=True, slots=True)
class SafeFile:
    """What is published as it stands in its file; `sha256` of the file's bytes, `name` of the file."""

    safe: SafeTable | SafeRecords
    recipe: Recipe
    sha256: str
    name: str = "SAFE.csv"


@dataclass(frozen=True, slots=True)
class Contents:
    """tables: the main one first, then the linked ones in the order of the recipe. audit: what the auditor says of
    them, as in PROOF.json; None for a method that it does not attack. known: SHA-256 of the safe files published before,
    in the order of the recipe."""

    tables: tuple[SafeFile, ...]
    audit: Mapping[str, Any] | None
    known: tuple[str, ...] = ()

    @property
    def main(self) -> SafeFile:
        return self.tables[0]
