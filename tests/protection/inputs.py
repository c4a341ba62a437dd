"""Recipes and inputs written into a folder, for the tests of what comes before the engine."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from kontor.errors import BadRow, Invalid
from kontor.protection.preparing import Prepared, prepare
from kontor.protection.recipe import TOTAL
from kontor.protection.recipe_file import read_recipe

SIMPLE = """
[table]
kind = "frequency"
variables = ["district", "severity"]
[primary]
threshold = 3
"""


def recipe(folder: Path, text: str, name: str = "recipe.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(counts: Mapping[tuple[str, ...], int], header: str = "district,severity") -> str:
    """Records: each of these combinations of codes so many times."""
    return header + "\n" + "".join((",".join(codes) + "\n") * count for codes, count in counts.items())


def packed(text: str) -> bytes:
    return gzip.compress(text.encode())


def prepared(folder: Path, text: str, content: str | bytes, name: str = "input.csv") -> Prepared:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return prepare(path, read_recipe(recipe(folder, text)))


def faults(run: Callable[[], object]) -> list[BadRow]:
    """What is wrong, where something has to be."""
    with pytest.raises(Invalid) as caught:
        run()
    return caught.value.rows


def codes(run: Callable[[], object]) -> list[str]:
    return [row.code for row in faults(run)]


def cell(found: Prepared, *wanted: str, table: int = 0, response: int = 0) -> int:
    """The number of a cell by its codes."""
    cube = found.tables[table].cubes[response]
    at = tuple(axis.codes.index(code) for axis, code in zip(cube.axes, wanted, strict=True))
    return int(cube.cells[at])


def value(found: Prepared, *wanted: str, table: int = 0, response: int = 0) -> float:
    return float(found.problem.values[cell(found, *wanted, table=table, response=response)])


def total(variables: int) -> Sequence[str]:
    return [TOTAL] * variables
