"""All attackers against one set of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kontor.errors import BadRow, Invalid

from .bounds import Contradiction, tightened
from .cells import Cells
from .group import Told
from .intervals import Ranges, ranges
from .limits import limits
from .nesting import Nesting
from .published import Bools, Floats
from .respondents import Asked, Sight, sights, true_sights
from .result import Leak
from .system import CLOSE
from .unknowns import LARGEST_AMOUNT, Unknowns
from .witnesses import Proven

NAMED = 5  # cells of a contradiction
NOTHING = 1e-5  # of an amount: whoever knows it so closely knows it exactly
AMOUNT = 2 * NOTHING * LARGEST_AMOUNT  # in units of the programmes: more than is ever called exact


def exact_and_narrow(
    cells: Cells, hidden: Unknowns, office: Proven | None, told: Told
) -> tuple[dict[str, list[Leak]], list[Leak], Ranges]:
    """What A and B determine, what is narrow under B, and B's ranges for those who know more.

    office: what the office's witnesses prove, then amounts are also judged by the widths it asked for. Raises
    Contradiction with classes of `hidden`.
    """
    informed = tightened(hidden.informed)
    wanted = (
        np.zeros(informed.size)
        if office is None
        else np.where(informed.counts, 0.0, office.width / hidden.scale)
    )
    # Of a count that cannot be as small as its threshold nobody asks more than whether it is determined.
    width = np.where(informed.low <= informed.small, hidden.width, 1.0)
    asked = np.where(informed.judged, _asked(informed.counts, width), 0.0)
    # Of a sum that nobody publishes it is only asked whether it is determined, and small.
    sums = np.where(informed.counts, hidden.sums, 0.0)
    asked = np.where(sums > 0, 1.0, asked)
    room = max(float(hidden.width.max(initial=0.0)), float(informed.small.max(initial=0.0))) + 1.0
    room = room if informed.counts.all() else max(room, AMOUNT)
    found = ranges(informed, np.maximum(asked, wanted), office, room, told, "B")
    few = (found.high > 1 - CLOSE) & (found.high <= sums + CLOSE)
    exact = _exact(found) & (informed.judged | few)
    plain = ranges(hidden.plain, np.where(exact, _asked(informed.counts, 1.0), 0.0), None, room, told, "A")
    by_all = exact & _exact(plain)
    small = (np.ceil(found.low - CLOSE) <= informed.small) & (informed.small > 0)
    narrow = informed.judged & informed.counts & small & (found.widths < hidden.width - CLOSE)
    narrow |= informed.judged & (wanted > 0) & (found.widths < wanted * (1 - CLOSE))
    leaks = {
        "A": leaks_of(cells, hidden, by_all, plain),
        "B": leaks_of(cells, hidden, exact, found),
    }
    return leaks, leaks_of(cells, hidden, narrow, found), found


def _asked(counts: Bools, width: Floats | float) -> Floats:
    """Counts: at least two numbers. Amounts: more than any width that is called exact."""
    asked: Floats = np.where(counts, np.maximum(width, 1.0), AMOUNT)
    return asked


def _exact(found: Ranges) -> Bools:
    """One whole number is left, or an interval that is nothing beside its amount."""
    tiny = NOTHING * np.clip(np.abs(found.high), 1.0, LARGEST_AMOUNT)
    exact: Bools = np.where(found.system.counts, found.widths <= 0, found.widths <= tiny)
    return exact


def contradiction(cells: Cells, hidden: Unknowns, error: Contradiction) -> Invalid:
    """Hidden cells into which no values fit, as what is wrong with a file."""
    members = [int(hidden.members(int(column))[0]) for column in error.columns[:NAMED]]
    files = dict.fromkeys(name_of(cells, cell)["table"] for cell in members)
    facts = {"value": "; ".join(map(cells.place, members)), "file": ", ".join(files)}
    return Invalid([BadRow("hidden_cells_contradict", None, None, facts)])


def respondents(
    cells: Cells, hidden: Unknowns, asked: Asked, found: Ranges, told: Told, *, large: bool = True
) -> dict[str, list[Leak]]:
    """What respondents see beyond their own cells: C alone, D together; each cell once per attacker.

    large: in large groups too.
    """
    attackers = ("C", "D") if asked.coalition > 1 else ("C",)
    leaks: dict[str, dict[int, Leak]] = {name: {} for name in attackers}
    if not found.system.small.any():
        return {name: list(one.values()) for name, one in leaks.items()}
    done = 0

    def seen(stage: str, part: int, of: int) -> None:
        told(stage, done + part, found.system.size if of else 0)

    for group in found.groups:
        if group.large and not large:
            continue
        with group.named():
            for sight in sights(group, asked, seen):
                for name, one in _seen(cells, hidden, sight):
                    leaks[_attacker(sight)].setdefault(name, one)
        done += group.columns.size
        told("C", done, found.system.size)
    return {name: list(one.values()) for name, one in leaks.items()}


def true_respondents(
    cells: Cells, hidden: Unknowns, found: Ranges, office: Proven, nesting: Nesting | None, told: Told
) -> list[Leak]:
    """What persons who are really alone in a cell see beyond it; the office's folder says who they are."""
    leaks: dict[int, Leak] = {}
    for group in found.groups:
        place = np.full(found.system.size, -1)
        place[group.columns] = np.arange(group.columns.size)
        alone = [place[own][place[own] >= 0] for own in office.alone]
        here = np.array([own.size > 0 for own in alone], dtype=bool)
        doubts = [(int(place[seen]), by[here[by]]) for seen, by in office.unproven if place[seen] >= 0]
        with group.named():
            for sight in true_sights(group, alone, doubts, nesting, told):
                for cell, one in _seen(cells, hidden, sight):
                    leaks.setdefault(cell, one)
    return list(leaks.values())


def _attacker(sight: Sight) -> str:
    return "C" if sight.alone else "D"


def _seen(cells: Cells, hidden: Unknowns, sight: Sight) -> Iterable[tuple[int, Leak]]:
    by = tuple(
        {**_named(cells, int(hidden.members(column)[0])), "persons": persons}
        for column, persons in sight.by.items()
    )
    themselves = _themselves(cells, hidden, sight)
    for cell in hidden.members(sight.seen):
        if (cells.hidden[cell] or cells.hidden_before[cell]) and int(cell) not in themselves:
            yield int(cell), _leak(cells, int(cell), sight.value, sight.value, by)


def _themselves(cells: Cells, hidden: Unknowns, sight: Sight) -> set[int]:
    """Who is alone in a cell now and sees that the same cell held as many before (or the reverse) sees himself."""
    if not cells.revised:
        return set()
    known = {
        int(cell)
        for column, persons in sight.by.items()
        if persons == sight.value
        for cell in hidden.members(column)
    }
    pairs = [pair for revised in cells.revised for pair in revised.pairs]
    return {other for now, then in pairs for one, other in ((now, then), (then, now)) if one in known}


def leaks_of(cells: Cells, hidden: Unknowns, columns: Bools, found: Ranges) -> list[Leak]:
    """The hidden cells of these classes with their intervals."""
    counts = found.system.counts
    low = np.where(counts, np.ceil(found.low - CLOSE), found.low * hidden.scale)
    high = np.where(counts, np.floor(found.high + CLOSE), found.high * hidden.scale)
    return [
        _leak(cells, int(cell), float(low[column]), float(high[column]))
        for cell, column, sum_ in zip(hidden.cells, hidden.classes, hidden.unpublished, strict=True)
        if columns[column] and (cells.hidden[cell] or cells.hidden_before[cell] or sum_ > 0)
    ]


def known_leaks(cells: Cells) -> list[Leak]:
    """Hidden here, and published in a linked or an earlier table."""
    places = np.flatnonzero(cells.hidden & ~np.isnan(cells.values))
    return [leak_at(cells, int(cell)) for cell in places]


def small_and_published(cells: Cells) -> list[Leak]:
    """Counts up to the threshold that stand there for everybody, though no earlier table has published them."""
    rules = limits(cells)
    values = np.nan_to_num(cells.values, nan=np.inf)
    small = (values >= np.where(rules.zeros, 1, 0)) & (values <= rules.small) & (rules.small > 0)
    shown = (cells.table >= 0) & ~cells.before & ~cells.hidden & ~rules.exempt
    return [leak_at(cells, int(cell)) for cell in np.flatnonzero(small & shown)]


def name_of(cells: Cells, cell: int) -> dict[str, Any]:
    """Where a cell stands: file, codes by variable, response where there are several; `known` says which earlier
    table it is, counted from 1 in the order of the recipe, and 0 that it is of today."""
    response, codes = cells.names[cell]
    number = int(cells.owner[cell])
    if cells.table[cell] >= 0:
        number = int(cells.table[cell])
        codes = cells.tables[number].codes[int(cells.row[cell])]
    table = cells.tables[number]
    several = "response" in table.recipe.columns
    return {
        "table": table.name,
        "codes": dict(zip(table.recipe.variables, codes, strict=True)),
        "response": response if several else None,
        "known": max(0, number - cells.first_known + 1),
    }


def _named(cells: Cells, cell: int) -> dict[str, Any]:
    name = name_of(cells, cell)
    return {key: value for key, value in name.items() if key != "known" or value}


def leak_at(cells: Cells, cell: int, true: float | None = None) -> Leak:
    """A published cell as a leak by itself, or for the true value behind it."""
    return _leak(cells, cell, *(float(cells.values[cell]) if true is None else true,) * 2)


def _leak(cells: Cells, cell: int, low: float, high: float, by: tuple[Mapping[str, Any], ...] = ()) -> Leak:
    name = name_of(cells, cell)
    return Leak(name["table"], name["codes"], name["response"], low, high, by, name["known"])
