"""Skewed tables of counts as offices publish them: log-additive Poisson, hierarchies, zeros and all margins published.

The same sizes and seed give the same table.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import poisson

from kontor.engines.disclosure.cube import axis_of, equations_of, filled
from kontor.engines.disclosure.primary import sole_respondents
from kontor.engines.disclosure.problem import Axis, Cube, Floats, Ints, Problem

SHAPES: dict[int, tuple[tuple[int, ...], ...]] = {
    100: ((9,), (9,)),
    1_012: ((3, 18), (5, 40)),
    9_966: ((5,), (2, 4, 4), (10, 140)),
    10_032: ((5, 60), (10, 141)),
    99_660: ((9,), (5,), (2, 4, 4), (10, 140)),
}
"""Published cells -> per axis the number of codes at each level, the last of them inner ones; the total comes on top.

Two, three and four variables; groups of equal size, and from three on one tree that is halved again and again.
"""
THRESHOLD = 3
WIDTH = 2.0
PRIMARY = 0.165
"""The share of primary cells among the published ones."""
LEAST = 2
"""A group has at least so many members."""
SKEW = 1.0
"""The standard deviation of the logarithm of the effect of one code."""


@dataclass(frozen=True, slots=True)
class Table:
    """The inner cells of a table: `codes` has one column per axis, parallel to `counts`; zeros are in it."""

    axes: tuple[Axis, ...]
    parents: tuple[dict[str, str], ...]
    codes: tuple[tuple[str, ...], ...]
    counts: Ints


def table(shape: Sequence[Sequence[int]], seed: int, *, primary: float = PRIMARY) -> Table:
    """A table whose axes have `shape` (see SHAPES), with about that share of cells of 1 to THRESHOLD."""
    random = np.random.default_rng([seed, *(size for levels in shape for size in levels)])
    trees = [_tree(f"{chr(97 + number)}", levels) for number, levels in enumerate(shape)]
    inner = [[code for code in tree if code not in tree.values()] for tree in trees]
    axes = tuple(
        axis_of(f"variable_{number + 1}", codes, [tree])
        for number, (codes, tree) in enumerate(zip(inner, trees, strict=True))
    )
    columns = tuple(zip(*product(*inner), strict=True))
    effects = [random.normal(0.0, SKEW, len(codes)) for codes in inner]
    means = np.exp(sum(np.meshgrid(*effects, indexing="ij"))).ravel()
    counts = _counts(axes, columns, means, random.random(means.size), primary)
    return Table(axes, tuple(trees), columns, counts)


def _tree(prefix: str, levels: Sequence[int]) -> dict[str, str]:
    """Child -> parent; groups of one level are equally large where that is possible. Where a level is too small for
    all codes above it, the last of these have no children: they are inner codes themselves.
    """
    tree: dict[str, str] = {}
    above = ["_T"]
    for level, size in enumerate(levels):
        names = [f"{prefix}{level + 1}{number:03d}" for number in range(1, size + 1)]
        each = max(size // len(above), LEAST)
        tree.update((name, above[min(number // each, len(above) - 1)]) for number, name in enumerate(names))
        above = names
    return tree


def _counts(
    axes: tuple[Axis, ...], columns: Sequence[Sequence[str]], means: Floats, uniform: Floats, primary: float
) -> Ints:
    """Poisson counts, scaled by bisection until the share of primary cells is met from the dense side."""
    low, high = 0.0, 12.0
    found = np.zeros(means.size, dtype=np.int64)
    for _ in range(14):
        middle = (low + high) / 2
        found = np.asarray(poisson.ppf(uniform, means / means.mean() * np.exp(middle)), dtype=np.int64)
        cells = filled(axes, columns, found.astype(float))
        share = np.mean((cells > 0) & (cells <= THRESHOLD))
        low, high = (middle, high) if share > primary else (low, middle)
    return found


def problem(cells: int, seed: int) -> Problem:
    """The table with that many published cells (a key of SHAPES) as a problem of disclosure control."""
    return problem_of(table(SHAPES[cells], seed))


def problem_of(made: Table, *, zeros: bool = True) -> Problem:
    """All margins published; the price of every cell is 1. `zeros`: zeros are published, so an attacker knows them."""
    shape = [len(axis.codes) for axis in made.axes]
    values = filled(made.axes, made.codes, made.counts.astype(float))
    cube = Cube(made.axes, np.arange(values.size, dtype=np.int64).reshape(shape))
    values = values.ravel()
    primary = (values > 0) & (values <= THRESHOLD)
    return Problem(
        values=values,
        equations=equations_of([cube], values.size),
        cubes=(cube,),
        primary=primary,
        known=(values == 0) & zeros,
        absent=np.zeros(values.size, dtype=bool),
        low=np.where(values > 0, float(zeros), 0.0),
        high=np.full(values.size, np.inf),
        width=np.where(primary, WIDTH, 0.0),
        down=np.zeros(values.size),
        up=np.zeros(values.size),
        contributor=sole_respondents(made.axes, made.codes, made.counts).ravel(),
        weight=np.ones(values.size),
        threshold=float(THRESHOLD),
        default_width=WIDTH,
    )


def write(folder: Path, cells: int, seed: int, *, seconds: int = 60) -> None:
    """The same table as files: inner.csv (the variables and `count`) and recipe.toml with that time limit."""
    made = table(SHAPES[cells], seed)
    folder.mkdir(parents=True, exist_ok=True)
    names = [axis.name for axis in made.axes]
    with (folder / "inner.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, "count"])
        writer.writerows(zip(*made.codes, made.counts.tolist(), strict=True))
    (folder / "recipe.toml").write_text(_recipe(names, made.parents, seconds), encoding="utf-8")


def _recipe(names: Sequence[str], parents: Sequence[dict[str, str]], seconds: int) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    lines = ["[table]", 'kind = "frequency"', 'input = "table"', f"variables = [{quoted}]", 'count = "count"']
    for name, tree in zip(names, parents, strict=True):
        lines += ["", f"[hierarchy.{name}]", *(f'{child} = "{parent}"' for child, parent in tree.items())]
    lines += ["", "[publish]", "zeros = true", 'margins = "all"', "codes = false"]
    lines += [
        "",
        "[primary]",
        f"threshold = {THRESHOLD}",
        "",
        "[secondary]",
        f"interval_width = {WIDTH:.0f}",
        f"time_limit = {seconds}",
    ]
    return "\n".join(lines) + "\n"
