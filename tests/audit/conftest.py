"""Tiny safe files by hand: a recipe, a table in plain text, and what the audit says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kontor.audit import Result, audit

RECIPE = """
[table]
kind = "frequency"
variables = ["row", "column"]
[primary]
threshold = 3
"""
Made = Callable[..., Result]


def safe_csv(text: str) -> str:
    """A cross table as the rows of a safe file: codes in the first line and column, `.` for hidden, `.D` for secondary."""
    lines = [line.split() for line in text.strip().splitlines()]
    rows = ["row,column,value,confidentiality"]
    for code, *cells in lines[1:]:
        for column, cell in zip(lines[0], cells, strict=True):
            hidden = cell.startswith(".")
            rows.append(f"{code},{column},{'' if hidden else cell},{cell[1:] or 'C' if hidden else 'F'}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def audited(tmp_path: Path) -> Made:
    """audited(table, recipe): the audit of a cross table, or of whole files given by name."""

    def run(
        table: str, recipe: str = RECIPE, files: Mapping[str, str] | None = None, **how: object
    ) -> Result:
        for name, content in {"recipe.toml": recipe, **(files or {})}.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        text = table if "," in table else safe_csv(table)
        (tmp_path / "SAFE.csv").write_text(text, encoding="utf-8")
        return audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml", **how)  # type: ignore[arg-type]

    return run


def cells(result: Result, attacker: str) -> set[str]:
    """The codes of the cells that an attacker determines, as `a/x`."""
    return {"/".join(leak.codes.values()) for leak in result.attackers[attacker]}


def narrow(result: Result) -> set[str]:
    """The codes of the cells whose intervals are too narrow."""
    return {"/".join(leak.codes.values()) for leak in result.narrow}
