"""A city's office: small accident records with a recipe, and a pattern that hides nearly all, where none is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kontor.engines.disclosure.problem import Budget, Pattern, Problem

RECIPE = """
[table]
kind = "frequency"
input = "records"
variables = ["district", "severity", "mode"]
[hierarchy.district]
north = "outer"
south = "outer"
centre = "inner"
harbour = "inner"
[primary]
threshold = 3
"""
SHORT = "[secondary]\ntime_limit = 3\n"
DISTRICTS, SEVERITIES, MODES = (
    ("north", "south", "centre", "harbour"),
    ("slight", "serious"),
    ("bicycle", "car", "foot"),
)


def records(folder: Path, *, count: int = 240, seed: int = 5) -> Path:
    """One accident per row, unevenly spread."""
    draws = np.random.default_rng(seed)
    rows = [
        f"{draws.choice(DISTRICTS, p=[0.5, 0.3, 0.15, 0.05])},{draws.choice(SEVERITIES, p=[0.8, 0.2])},"
        f"{draws.choice(MODES, p=[0.5, 0.4, 0.1])}"
        for _ in range(count)
    ]
    path = folder / "accidents.csv"
    path.write_text("\n".join(["district,severity,mode", *rows]) + "\n", encoding="utf-8")
    return path


def recipe(folder: Path, *, text: str = RECIPE, more: str = "", name: str = "recipe.toml") -> Path:
    path = folder / name
    path.write_text(text + more, encoding="utf-8")
    return path


def hide_all(problem: Problem, *, budget: Budget | None = None) -> Pattern:
    """Safe, dear and quick: everything but published zeros is hidden."""
    hidden = ~problem.known
    secondary = hidden & ~problem.primary & ~problem.absent
    return Pattern(hidden, secondary, float(secondary.sum()), 0.0, 0, optimal=False)


def hide_primaries(problem: Problem, *, budget: Budget | None = None) -> Pattern:
    """What leaks: nothing beside the primary cells is hidden."""
    hidden = problem.primary | problem.absent
    return Pattern(hidden, np.zeros_like(hidden), 0.0, 0.0, 0, optimal=False)
