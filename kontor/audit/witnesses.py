"""The office's own proof: the true values, and for each protected cell two tables that cannot be told from the true one.

Checked in time that grows with its length alone; what it proves needs no search. Never to be passed on.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, vstack

from kontor.errors import BadRow, Invalid, Refused

from .cells import Cells
from .published import Bools, Floats, Ints
from .recipe import TOTAL
from .singles import persons, unproven
from .system import System
from .unknowns import Unknowns

FILE = "WITNESSES.npz"
FORMAT = "kontor-witnesses/2"
MOST_POINTS = 400  # whole tables kept to start from
NUMBERS = "iuf"
KINDS: dict[str, tuple[str, int]] = {  # array -> kinds of numpy that it may have, and dimensions
    "format": ("U", 0),
    "safe_sha256": ("U", 0),
    "cells": ("U", 1),
    "value": (NUMBERS, 1),
    "person": ("i", 1),  # of the one person in a cell, below 0 for none
    "width": (NUMBERS, 1),  # may be missing
    "cell": ("iu", 1),
    "start": ("iu", 1),
    "at": ("iu", 1),
    "low": (NUMBERS, 1),
    "high": (NUMBERS, 1),
}
UNREADABLE = (
    OSError,
    EOFError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
LOOSE = 1e-5
LOOSE_COUNT = 0.01  # where only counts are involved, however large some are


@dataclass(frozen=True, slots=True)
class Proven:
    """Per class: the extremes that witnesses reach, and some of their points (one per row). count: witnesses checked.

    width: what the office asks of each class, 0 where nothing is known of it. alone: per person who is
    alone in a class those that he knows; unproven: protected class -> numbers of the persons of whom no witness says that
    they cannot tell it.
    """

    low: Floats
    high: Floats
    points: Floats
    width: Floats
    count: int
    alone: list[Ints]
    unproven: list[tuple[int, Ints]]


def proven(folder: Path, safe: Path, cells: Cells, hidden: Unknowns) -> Proven | None:
    """Read and check the witnesses in the office's folder; None if there are hidden cells of earlier tables, which no
    witness of today's table names, or if they do not fit what earlier tables make attackers believe, who cannot see all
    that was corrected since: then everything is searched.

    Refused("file_missing"); Invalid: witnesses_malformed, witnesses_of_other_file, witness_wrong.
    """
    path = folder / FILE
    arrays = _arrays(path)
    if str(arrays["safe_sha256"]) != hashlib.sha256(safe.read_bytes()).hexdigest():
        raise Invalid([BadRow("witnesses_of_other_file", None, None, {"file": path.name, "safe": safe.name})])
    try:
        return _checked(path, arrays, cells, hidden)
    except Invalid as error:
        if cells.first_known == len(cells.tables) or error.rows[0].code != "witness_wrong":
            raise
        return None


def _checked(path: Path, arrays: dict[str, np.ndarray], cells: Cells, hidden: Unknowns) -> Proven | None:
    classes = _classes(path, arrays["cells"], cells, hidden)
    system = hidden.informed
    true = np.full(system.size, np.nan)
    known = classes >= 0
    true[classes[known]] = arrays["value"][known] / hidden.scale
    if _earlier(cells, hidden, np.isnan(true)):
        return None
    if np.isnan(true).any():
        raise Invalid([BadRow("witnesses_malformed", None, None, {"file": path.name, "reason": "cells"})])
    _check(cells, hidden, true[None, :], "equations")
    lengths = np.diff(arrays["start"])
    owner, at = np.repeat(np.arange(lengths.size), lengths), classes[arrays["at"]]
    low, high, points, tables = true.copy(), true.copy(), [true], []
    for name in ("low", "high"):
        moved = _moves(arrays[name] / hidden.scale, owner, at, (lengths.size, system.size))
        _check_moves(cells, hidden, true, moved)
        tables.append(moved)
        entries = moved.tocoo()
        reached = true[entries.coords[1]] + entries.data
        np.minimum.at(low, entries.coords[1], reached)
        np.maximum.at(high, entries.coords[1], reached)
        chosen = np.linspace(0, lengths.size - 1, min(lengths.size, MOST_POINTS // 2)).astype(np.int64)
        points.append(true + moved[chosen].toarray())
    width = np.zeros(system.size)
    np.maximum.at(width, classes[known], arrays.get("width", np.zeros(known.size))[known])
    single = known & (arrays["person"] >= 0)
    single[single] = (system.counts & (np.abs(true - 1) < LOOSE))[classes[single]]
    protected = system.judged & system.counts & (system.small > 0) & (true <= system.small + LOOSE)
    moves, known_to = csr_array(vstack(tables)), persons(arrays["person"][single], classes[single])
    doubts = unproven(moves, known_to, protected)
    return Proven(low, high, np.vstack(points), width, int(lengths.size), known_to, doubts)


def _earlier(cells: Cells, hidden: Unknowns, missing: Bools) -> bool:
    """Whether classes are missing, and all of them stand in tables published before alone."""
    today = np.zeros(missing.size, dtype=bool)
    today[hidden.classes[cells.owner[hidden.cells] < cells.first_known]] = True
    return bool(missing.any() and not (missing & today).any())


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise Refused("file_missing", file=path.name)
    try:
        with np.load(path, allow_pickle=False) as file:  # TypeError: one array instead of an archive of them
            arrays = {name: np.asarray(file[name]) for name in file.files}
        reason = _odd(arrays)
    except UNREADABLE as error:
        reason = type(error).__name__
    if reason:
        raise Invalid([BadRow("witnesses_malformed", None, None, {"file": path.name, "reason": reason})])
    return arrays


def _odd(arrays: dict[str, np.ndarray]) -> str:
    """The name of what is missing, or is not what it should be; "" where all is as it is written."""
    if missing := KINDS.keys() - arrays.keys() - {"width"}:
        return ", ".join(sorted(missing))
    for name, (kinds, dimensions) in KINDS.items():
        array = arrays.get(name)
        if array is None:
            continue
        whole = array.dtype.kind != "f" or np.isfinite(array).all()
        if array.dtype.kind not in kinds or array.ndim != dimensions or not whole:
            return name
    if str(arrays["format"]) != FORMAT:
        return "format"
    if not _fit(arrays):
        return "start"
    of_cells = (arrays[name].shape == arrays["cells"].shape for name in ("person", "width") if name in arrays)
    return "" if all(of_cells) else "person"


def _fit(arrays: dict[str, np.ndarray]) -> bool:
    """Whether the offsets and numbers stay inside the other arrays."""
    start, at, count = arrays["start"], arrays["at"], len(arrays["cells"])
    return bool(
        start.size == arrays["cell"].size + 1
        and start[0] == 0
        and start[-1] == at.size == arrays["low"].size == arrays["high"].size
        and (np.diff(start) >= 0).all()
        and (at.size == 0 or (at.min() >= 0 and at.max() < count))
        and arrays["value"].size == count
    )


def _classes(path: Path, names: np.ndarray, cells: Cells, hidden: Unknowns) -> Ints:
    """The class of each named cell of today, -1 where it is published."""
    classes = {
        _name(cells, int(cell)): int(one)
        for cell, one in zip(hidden.cells, hidden.classes, strict=True)
        if cells.owner[cell] < cells.first_known
    }
    try:
        given = [_canonical(json.loads(name)) for name in names.tolist()]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Invalid(
            [BadRow("witnesses_malformed", None, None, {"file": path.name, "reason": "cells"})]
        ) from None
    return np.array([classes.get(name, -1) for name in given], dtype=np.int64)


def _canonical(name: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(name.items())


def _name(cells: Cells, cell: int) -> frozenset[tuple[str, str]]:
    response, codes = cells.names[cell]
    table = cells.tables[int(cells.owner[cell])]
    named = {
        variable: code for variable, code in zip(table.recipe.variables, codes, strict=True) if code != TOTAL
    }
    if "response" in table.recipe.columns:
        named["response"] = response
    return frozenset(named.items())


def _moves(values: Floats, owner: Ints, at: Ints, shape: tuple[int, int]) -> csr_array:
    """One row per witness, one column per class; the cells of a class move together."""
    inside = at >= 0
    flat = owner[inside] * shape[1] + at[inside]
    places, first = np.unique(flat, return_index=True)
    return csr_array((values[inside][first], (places // shape[1], places % shape[1])), shape=shape)


def _check(cells: Cells, hidden: Unknowns, points: Floats, reason: str) -> None:
    """Invalid("witness_wrong") for a point that breaks an equation or a bound."""
    system = hidden.informed
    sums = points @ system.matrix.T
    rows, columns = _tolerances(system, points)
    off = ((sums < system.least - rows) | (sums > system.most + rows)).any(axis=0)
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise _wrong(cells, hidden, int(system.matrix.indices[system.matrix.indptr[row]]), reason)
    outside = ((points < system.low - columns) | (points > system.high + columns)).any(axis=0)
    if outside.any():
        raise _wrong(cells, hidden, int(np.flatnonzero(outside)[0]), "bounds")


def _check_moves(cells: Cells, hidden: Unknowns, true: Floats, moved: csr_array) -> None:
    """The same for all witnesses at once, sparse: true values plus moves."""
    system: System = hidden.informed
    rows, columns = _tolerances(system, true)
    change = (moved @ system.matrix.T).tocoo()
    places, base = change.coords[1], system.matrix @ true
    after = base[places] + change.data
    off = (after < system.least[places] - rows[places]) | (after > system.most[places] + rows[places])
    if off.any():
        witness = int(change.coords[0][np.flatnonzero(off)[0]])
        raise _wrong(cells, hidden, int(moved.indices[moved.indptr[witness]]), "equations")
    entries = moved.tocoo()
    after = true[entries.coords[1]] + entries.data
    low, high = system.low[entries.coords[1]], system.high[entries.coords[1]]
    loose = columns[entries.coords[1]]
    outside = np.flatnonzero((after < low - loose) | (after > high + loose))
    if outside.size:
        raise _wrong(cells, hidden, int(entries.coords[1][outside[0]]), "bounds")


def _tolerances(system: System, points: Floats) -> tuple[Floats, Floats]:
    """How far an equation and a class may be off: rounding of amounts, and of counts next to nothing."""
    loose = LOOSE * max(1.0, float(np.abs(points).max(initial=1.0)))
    amounts = abs(system.matrix) @ (~system.counts).astype(float) > 0
    least = min(loose, LOOSE_COUNT)
    return np.where(amounts, loose, least), np.where(system.counts, least, loose)


def _wrong(cells: Cells, hidden: Unknowns, column: int, reason: str) -> Invalid:
    name = cells.place(int(hidden.members(column)[0]))
    return Invalid([BadRow("witness_wrong", None, None, {"value": name, "reason": reason})])
