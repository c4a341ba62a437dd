"""The alternatives to suppression: rounding, cell-key noise, differential privacy, as the recipe asks for them."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from kontor.engines.disclosure import cellkey, privacy, rounding
from kontor.engines.disclosure.incidence import incidence
from kontor.engines.disclosure.problem import Budget, Cube, Floats, Ints
from kontor.engines.disclosure.statements import Statement
from kontor.errors import BadRow, Invalid, Refused

from .preparing import Prepared
from .recipe import Alternative, Recipe
from .recipe_keys import SECTIONS

DEFAULTS: Mapping[str, Any] = {
    "base": 3,
    "every": False,
    "largest": 5,
    "variance": 3,
    "never": 2,
    "contribution": 1,
}


@dataclass(frozen=True, slots=True)
class Change:
    """values: what is published, per cell of the problem. local: what it cost, for the office only."""

    values: Floats
    local: Mapping[str, Any]


def perturbed(prepared: Prepared, budget: Budget) -> Change:
    """The published values of the recipe's alternative.

    Refused: alternative_alone for several responses or linked tables, what the engines refuse, and for differential
    privacy when the budget of the data set does not suffice.
    """
    recipe = prepared.recipe
    asked = recipe.alternative
    if asked is None or len(prepared.tables) > 1 or len(prepared.tables[0].cubes) > 1:
        raise Refused("alternative_alone")
    cube = prepared.tables[0].cubes[0]
    method = {"round": _rounded, "cellkey": _cellkey, "dp": _private}[asked.method]
    cells, local = method(prepared, cube, asked, budget)
    values = prepared.problem.values.copy()
    values[cube.cells.ravel()] = cells
    return Change(values, local)


def option(asked: Alternative, name: str) -> Any:
    """What the recipe says, else the default."""
    return asked.options.get(name, DEFAULTS.get(name))


def guarantees(asked: Alternative) -> tuple[Statement, ...]:
    """What the method promises, from the recipe alone: no value of the table goes in."""
    if asked.method == "round":
        return rounding.guarantees(option(asked, "base"), every=option(asked, "every"))
    if asked.method == "cellkey":
        return cellkey.guarantees(_transitions(asked))
    return privacy.guarantees(float(option(asked, "epsilon")), option(asked, "contribution"))


def _rounded(
    prepared: Prepared, cube: Cube, asked: Alternative, budget: Budget
) -> tuple[Ints, Mapping[str, Any]]:
    counts, published = inner_counts(prepared, cube)
    made = rounding.rounded(
        counts, published, option(asked, "base"), _seed(prepared), every=option(asked, "every"), budget=budget
    )
    local = {
        "largest": made.largest,
        "mean": made.mean,
        "bias": made.bias,
        "rounded": int(made.rounded.sum()),
    }
    return made.cells, {**local, "optimal": made.optimal}


def _cellkey(
    prepared: Prepared, cube: Cube, asked: Alternative, _budget: Budget
) -> tuple[Ints, Mapping[str, Any]]:
    assert prepared.keys is not None
    places = cube.cells.ravel()
    made = cellkey.perturbed(prepared.problem.values[places], prepared.keys, _transitions(asked))
    return made.cells, {"largest": int(np.abs(made.changes).max(initial=0)), "mean": _mean(made.changes)}


def _private(
    prepared: Prepared, cube: Cube, asked: Alternative, _budget: Budget
) -> tuple[Ints, Mapping[str, Any]]:
    counts, published = inner_counts(prepared, cube)
    epsilon, contribution = str(option(asked, "epsilon")), int(option(asked, "contribution"))
    expected = privacy.expected(counts, published, float(epsilon), contribution)
    left = _charge(prepared.recipe, asked, epsilon)
    made = privacy.noisy(counts, published, float(epsilon), contribution)
    return made.cells, {
        "expected_inner": expected.inner,
        "expected_largest": expected.largest,
        "expected_relative": expected.relative,
        "epsilon_left": left,
    }


def inner_counts(prepared: Prepared, cube: Cube) -> tuple[Floats, Any]:
    """Counts of all combinations of inner codes, also the empty ones, and which published cells they are part of."""
    codes = privacy.inner_codes(cube.axes)
    published = incidence(cube.axes, codes)
    places = [{code: place for place, code in enumerate(axis.codes)} for axis in cube.axes]
    at = tuple(np.array([of[code] for code in column]) for of, column in zip(places, codes, strict=True))
    return prepared.problem.values[cube.cells[at]], published


def _transitions(asked: Alternative) -> cellkey.Transitions:
    return cellkey.transitions(
        option(asked, "largest"), float(option(asked, "variance")), option(asked, "never")
    )


def _seed(prepared: Prepared) -> int:
    """The same input is rounded the same way again; who has not the input cannot repeat it."""
    return int(prepared.input.sha256[:16] or "0", 16)


def _mean(changes: Ints) -> float:
    return float(np.abs(changes).mean()) if changes.size else 0.0


def _charge(recipe: Recipe, asked: Alternative, epsilon: str) -> str:
    """Write the account before anything is drawn; a run that fails later has spent its share all the same."""
    data_set, release = str(option(asked, "data_set")), str(option(asked, "release"))
    name = str(asked.options.get("ledger", f"{data_set}.privacy.json"))
    path = recipe.path.parent / name
    if path.exists() and not path.is_file():
        key, example = "alternative.ledger", SECTIONS["alternative"]["ledger"].example
        facts = {"file": recipe.path.name, "key": key, "value": f'"{name}"', "example": example}
        raise Invalid([BadRow("recipe_value_wrong", None, key, facts)])
    ledger = _ledger(path)
    budget = str(option(asked, "budget"))
    ledger = privacy.charged(ledger, data_set, release, epsilon, budget)
    _write_ledger(path, ledger)
    return str(privacy.left(ledger, data_set, budget))


def _ledger(path: Path) -> tuple[privacy.Spent, ...]:
    if not path.exists():
        return ()
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            privacy.Spent(e["data_set"], e["release"], Decimal(e["epsilon"])) for e in listed["spent"]
        )
    except (ValueError, KeyError, TypeError, ArithmeticError):
        raise Refused("ledger_malformed", file=path.name) from None


def _write_ledger(path: Path, ledger: Sequence[privacy.Spent]) -> None:
    content = {
        "spent": [{"data_set": e.data_set, "release": e.release, "epsilon": str(e.epsilon)} for e in ledger]
    }
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with new.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise Refused("folder_unwritable", folder=str(path.parent), reason=str(error.strerror)) from None
