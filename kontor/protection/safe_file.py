"""SAFE.csv: one row per published cell, margins included; never a value in a hidden cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kontor.engines.disclosure.problem import Bools, Floats, Ints, Problem
from kontor.errors import BadRow, Invalid

from .assembling import published
from .preparing import PublishedTable

RESPONSE, VALUE, CONFIDENTIALITY = "response", "value", "confidentiality"
PUBLISHED, HIDDEN, SECONDARY = "F", "C", "D"  # CONF_STATUS; D only where the recipe publishes codes
MOST_DIGITS = 9  # after the point
DUST = 1e-12  # of a sum of decimal numbers, relative: what binary arithmetic leaves


@dataclass(frozen=True, slots=True)
class SafeTable:
    """The rows as they stand in the file, column by column; `response` is None where the file has no such column."""

    variables: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    response: tuple[str, ...] | None
    value: tuple[str, ...]
    confidentiality: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.value)

    @property
    def hidden(self) -> int:
        return len(self) - self.confidentiality.count(PUBLISHED)

    @property
    def header(self) -> tuple[str, ...]:
        response = (RESPONSE,) if self.response is not None else ()
        return (*self.variables, *response, VALUE, CONFIDENTIALITY)

    def rows(self) -> Iterator[tuple[str, ...]]:
        response = (self.response,) if self.response is not None else ()
        return zip(*self.codes, *response, self.value, self.confidentiality, strict=True)

    def to_bytes(self) -> bytes:
        """UTF-8, LF, comma."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows())
        return out.getvalue().encode("utf-8")


def read(path: Path) -> SafeTable:
    """Invalid with `safe_file_malformed` where it is not such a file."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    names = tuple(header[:-2])
    if tuple(header[-2:]) != (VALUE, CONFIDENTIALITY) or {len(row) for row in rows} - {len(header)}:
        raise Invalid([BadRow("safe_file_malformed", None, None, {"file": path.name})])
    columns = [tuple(column) for column in zip(*rows, strict=True)] or [()] * len(header)
    response = columns[-3] if names and names[-1] == RESPONSE else None
    variables = names[:-1] if response is not None else names
    return SafeTable(variables, tuple(columns[: len(variables)]), response, columns[-2], columns[-1])


def safe_table(
    table: PublishedTable, problem: Problem, *, hidden: Bools, secondary: Bools, values: Floats | None = None
) -> SafeTable:
    """The rows of one table. `hidden` and `secondary` are per cell of the problem; so are `values`, where they are not
    the true ones (perturbed or rounded)."""
    amounts = problem.values if values is None else values
    cells, rates = _blocks(table)
    texts = np.where(hidden, "", _numbers(amounts))[cells]
    marks = np.where(hidden, np.where(secondary, SECONDARY, HIDDEN), PUBLISHED)[cells]
    if not table.recipe.publish.codes:
        marks = np.where(marks == SECONDARY, HIDDEN, marks)
    for numerator, denominator, per, decimals in rates:
        text, mark = _rate(amounts[cells], marks, (numerator, denominator), per, decimals)
        texts, marks = np.column_stack([texts, text]), np.column_stack([marks, mark])
    axes = table.cubes[0].axes
    places = np.indices([len(axis.codes) for axis in axes]).reshape(len(axes), -1)
    names = np.array([*table.responses, *(rate.name for rate in table.rates)], dtype=object)
    there = np.repeat(published(table.recipe, axes).ravel()[:, None], len(names), axis=1)
    wide = [np.array(axis.codes, dtype=object)[at] for axis, at in zip(axes, places, strict=True)]
    codes = [np.repeat(column[:, None], len(names), axis=1)[there] for column in wide]
    return SafeTable(
        tuple(axis.name for axis in axes),
        tuple(tuple(column.tolist()) for column in codes),
        tuple(np.tile(names, (len(cells), 1))[there].tolist()) if len(names) > 1 else None,
        tuple(texts[there].tolist()),
        tuple(marks[there].tolist()),
    )


def _blocks(table: PublishedTable) -> tuple[Ints, list[tuple[int, int, float, int]]]:
    """Cells by combination of codes and response, and for every rate the places of its two responses."""
    cells = np.stack([cube.cells.ravel() for cube in table.cubes], axis=1)
    places = {name: place for place, name in enumerate(table.responses)}
    rates = [(places[r.numerator], places[r.denominator], r.per, r.decimals) for r in table.rates]
    return cells, rates


def _rate(
    amounts: Floats, marks: np.ndarray, of: tuple[int, int], per: float, decimals: int
) -> tuple[np.ndarray, np.ndarray]:
    """A rate is hidden with its numerator or its denominator, and empty where the denominator is 0."""
    numerator, denominator = of
    below = amounts[:, denominator]
    shares = np.divide(amounts[:, numerator] * per, below, out=np.zeros_like(below), where=below != 0)
    shown = (marks[:, numerator] == PUBLISHED) & (marks[:, denominator] == PUBLISHED)
    worded = np.array([_trimmed(f"{share:.{decimals}f}") for share in shares], dtype=object)
    mark = np.where(marks[:, numerator] == PUBLISHED, marks[:, denominator], marks[:, numerator])
    return np.where(shown & (below != 0), worded, ""), mark


def _numbers(values: Floats) -> np.ndarray:
    """Plain decimals: each with the fewest digits after the point that stand for it."""
    texts = np.empty(len(values), dtype=object)
    left = np.ones(len(values), dtype=bool)
    for digits in range(MOST_DIGITS + 1):
        near = np.abs(np.round(values, digits) - values) <= DUST * np.maximum(1.0, np.abs(values))
        now = left & near if digits < MOST_DIGITS else left
        texts[now] = [_trimmed(f"{value:.{digits}f}") for value in values[now]]
        left &= ~now
    return texts


def _trimmed(text: str) -> str:
    """Without zeros that say nothing, and without a minus before zero."""
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
