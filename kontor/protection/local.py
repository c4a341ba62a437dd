"""What only the office may see: which cells are primary, how good the pattern is, hidden values, the input's hash."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from kontor.engines.disclosure.problem import Bools, Pattern, Witness

from .assembling import published
from .comparing import compared
from .local_page import local_page
from .naming import texts
from .perturbing import Change
from .preparing import Input, Note, Prepared
from .publishing import sha256_of
from .recipe import Labels, Recipe
from .safe_file import RESPONSE
from .writing import Staging

WARNING = {"en": "Do not pass on", "de": "Nicht weitergeben", "zh-hans": "请勿外传"}
WITNESSES = "kontor-witnesses/2"
NAMES = ("LOCAL.html", "LOCAL.json", "WITNESSES.npz")


@dataclass(frozen=True, slots=True)
class LocalPlaces:
    """Where the three files are written while they are under way."""

    page: Path
    data: Path
    witnesses: Path


def places(staging: Staging, folder: Path) -> LocalPlaces:
    """All of them for their owner alone."""
    staging.private_folder(folder)
    page, data, witnesses = (staging.place(folder / name, private=True) for name in NAMES)
    return LocalPlaces(page, data, witnesses)


def write(
    to: LocalPlaces,
    prepared: Prepared,
    pattern: Pattern | None,
    change: Change | None,
    *,
    safe: Path,
    language: str,
) -> None:
    """LOCAL.html, LOCAL.json and WITNESSES.npz for a table."""
    names = texts(prepared.tables)
    content: dict[str, Any] = {
        "warning": WARNING,
        "input": _input(prepared.input),
        "notes": _notes(prepared.notes),
    }
    content["pattern"] = _pattern(prepared, pattern) if pattern else None
    content["cells"] = _cells(prepared, pattern, names) if pattern else []
    content["change"] = dict(change.local) if change else None
    content["advice"] = compared(prepared, pattern) if pattern else None
    _write(to, content, language, [table.recipe for table in prepared.tables])
    _write_witnesses(to.witnesses, prepared, pattern, names, safe)


def write_records(
    to: LocalPlaces, source: Input, notes: tuple[Note, ...], facts: Mapping[str, Any], *, language: str
) -> None:
    """The same for micro-data: what the generalisation cost. There are no witnesses."""
    content = {
        "warning": WARNING,
        "input": _input(source),
        "notes": _notes(notes),
        "pattern": None,
        "cells": [],
    }
    _write(to, {**content, "change": dict(facts), "advice": None}, language)
    with to.witnesses.open("wb") as file:
        np.savez_compressed(file, note=np.array(list(WARNING.values())))


def _write(
    to: LocalPlaces, content: Mapping[str, Any], language: str, recipes: Sequence[Recipe] = ()
) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
    to.data.write_text(text + "\n", encoding="utf-8")
    to.page.write_bytes(local_page(content, language, _words(recipes)))


def _words(recipes: Sequence[Recipe]) -> Labels:
    """Those of all tables; the first that has one counts."""
    words = [recipe.words for recipe in recipes] or [Labels()]
    headings = {name: text for one in words[::-1] for name, text in one.headings.items()}
    labels = {name: codes for one in words[::-1] for name, codes in one.labels.items()}
    return Labels(words[0].title, headings, labels)


def _input(source: Input) -> dict[str, Any]:
    return {
        "name": source.name,
        "sha256": source.sha256,
        "rows": source.rows,
        "dropped": list(source.dropped),
    }


def _notes(notes: tuple[Note, ...]) -> list[dict[str, Any]]:
    return [{"code": note.code, **note.facts} for note in notes]


def _pattern(prepared: Prepared, pattern: Pattern) -> dict[str, Any]:
    """How many were hidden by which rule and how many beside them; `ratio` is secondaries / lower bound."""
    problem, digits = prepared.problem, _digits(prepared)
    secondaries = int(pattern.secondary.sum())
    return {
        "primaries": dict(Counter(rule for rule in prepared.rules if rule)),
        "secondaries": secondaries,
        "lower_bound": pattern.count_bound,
        "ratio": round(secondaries / pattern.count_bound, 4) if pattern.count_bound else None,
        "cost": pattern.cost,
        "cost_bound": pattern.bound,
        "optimal": pattern.optimal,
        "hidden_value": {
            "primary": _number(
                problem.values[pattern.hidden & problem.primary & ~problem.absent].sum(), digits
            ),
            "secondary": _number(problem.values[pattern.secondary].sum(), digits),
        },
        "steps": [asdict(step) for step in pattern.steps],
    }


def _cells(prepared: Prepared, pattern: Pattern, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Every hidden cell with its value and the rule behind it; its variables stand in the order of the recipes."""
    hidden = np.flatnonzero(pattern.hidden & ~prepared.problem.absent)
    digits = _digits(prepared)
    variables = dict.fromkeys(chain(*(table.recipe.variables for table in prepared.tables), [RESPONSE]))

    def ordered(name: str) -> dict[str, str]:
        codes = json.loads(name)
        return {variable: codes[variable] for variable in variables if variable in codes}

    return [
        {
            "cell": ordered(names[cell]),
            "value": _number(prepared.problem.values[cell], digits),
            "rule": prepared.rules[cell] or "secondary",
        }
        for cell in hidden.tolist()
    ]


def _digits(prepared: Prepared) -> int:
    """After the point, of a sum of amounts: as many as the amounts have."""
    return max((digits for table in prepared.tables for digits in table.decimals), default=0)


def _number(value: float, digits: int) -> int | float:
    """Without what binary arithmetic leaves behind a sum of decimal numbers."""
    value = round(float(value), digits)
    return int(value) if value.is_integer() else value


def _write_witnesses(
    path: Path, prepared: Prepared, pattern: Pattern | None, names: Mapping[int, str], safe: Path
) -> None:
    """Two tables per protected cell that the attacker cannot tell from the true one; the auditor checks them quickly.

    Cells are named, not numbered: {"district":"d001"} holds the codes that are not totals. `person` tells which cells
    hold one and the same person and nobody else: equal numbers, -1 for all others.
    """
    problem = prepared.problem
    unseen = ~_shown(prepared)
    if pattern:
        unseen |= pattern.hidden
    listed = np.array([cell for cell in np.flatnonzero(unseen).tolist() if cell in names], dtype=int)
    place = np.full(len(problem.values), -1)
    place[listed] = np.arange(len(listed))
    standing = _standing(prepared)
    witnesses = (_without(one, ~standing) for one in (pattern.witnesses if pattern else ()))
    kept = [one for one in witnesses if _whole(one, place)]
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            note=np.array(list(WARNING.values())),
            format=np.array(WITNESSES),
            safe_sha256=np.array(sha256_of(safe)),
            cells=np.array([names[cell] for cell in listed.tolist()], dtype=np.str_),
            value=problem.values[listed],
            primary=problem.primary[listed],
            person=problem.contributor[listed],
            cell=np.array([place[one.cell] for one in kept], dtype=np.int64),
            start=np.cumsum([0, *(len(one.cells) for one in kept)]).astype(np.int64),
            at=place[np.concatenate([one.cells for one in kept])] if kept else np.zeros(0, dtype=np.int64),
            low=np.concatenate([one.low for one in kept]) if kept else np.zeros(0),
            high=np.concatenate([one.high for one in kept]) if kept else np.zeros(0),
        )


def _shown(prepared: Prepared) -> Bools:
    """Cells that some table publishes or hides. Of the others an attacker may not know what an earlier table tells."""
    shown = np.zeros(len(prepared.problem.values), dtype=np.bool_)
    for table in prepared.tables:
        for cube in table.cubes:
            shown[cube.cells[published(table.recipe, cube.axes)]] = True
    return shown


def _standing(prepared: Prepared) -> Bools:
    """Cells that stand in some table, now or before; the others are but the rest of what a proportion is part of."""
    standing = np.zeros(len(prepared.problem.values), dtype=np.bool_)
    for cube in (
        *(cube for table in prepared.tables for cube in table.cubes),
        *(one.cube for one in prepared.before),
    ):
        standing[cube.cells] = True
    return standing


def _without(witness: Witness, cells: Bools) -> Witness:
    """The same of fewer cells."""
    if not (out := cells[witness.cells]).any():
        return witness
    return Witness(witness.cell, witness.cells[~out], witness.low[~out], witness.high[~out])


def _whole(witness: Witness, place: np.ndarray) -> bool:
    """Whether every cell that it moves has a name."""
    return bool(place[witness.cell] >= 0 and (place[witness.cells] >= 0).all())
