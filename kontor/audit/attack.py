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
from .published import Bools, Floats
from .respondents import Sight, sights, true_sights
from .result import Leak
from .system import CLOSE
from .unknowns import Unknowns
from .witnesses import Proven


def exact_and_narrow(
    cells: Cells, hidden: Unknowns, office: Proven | None, told: Told
) -> tuple[dict[str, list[Leak]], list[Leak], Ranges]:
    """What A and B determine, what is narrow under B, and B's ranges for those who know more.

    office: what the office's witnesses prove, then amounts are also judged by the widths it asked for.
    """
    recipe = cells.tables[0].recipe
    informed = hidden.informed
    wanted = (
        np.zeros(informed.size)
        if office is None
        else np.where(informed.counts, 0.0, office.width / hidden.scale)
    )
    try:
        informed = tightened(informed)
        # Of a count that cannot be as small as the threshold nobody asks more than whether it is determined.
        width = np.where(informed.low <= recipe.threshold, recipe.width, 1.0)
        asked = np.where(informed.judged, _asked(informed.counts, width), 0.0)
        room = max(recipe.width, float(recipe.threshold)) + 1.0
        found = ranges(informed, np.maximum(asked, wanted), office, room, told, "B")
        exact = _exact(found) & informed.judged
        plain = ranges(
            hidden.plain, np.where(exact, _asked(informed.counts, 1.0), 0.0), None, room, told, "A"
        )
    except Contradiction as error:
        raise Invalid([_contradiction(cells, hidden, error)]) from None
    by_all = exact & _exact(plain)
    small = np.ceil(found.low - CLOSE) <= recipe.threshold
    narrow = (
        informed.judged
        & informed.counts
        & small
        & (found.widths < recipe.width - CLOSE)
        & (recipe.threshold > 0)
    )
    narrow |= informed.judged & (wanted > 0) & (found.widths < wanted * (1 - CLOSE))
    leaks = {
        "A": leaks_of(cells, hidden, by_all, plain),
        "B": leaks_of(cells, hidden, exact, found),
    }
    return leaks, leaks_of(cells, hidden, narrow, found), found


def _asked(counts: Bools, width: Floats | float) -> Floats:
    """Counts: at least two numbers. Amounts: any width that is more than rounding."""
    asked: Floats = np.where(counts, np.maximum(width, 1.0), 1e-3)
    return asked


def _exact(found: Ranges) -> Bools:
    """One whole number is left, or an interval that is nothing beside its amount."""
    tiny = 1e-5 * np.maximum(1.0, np.abs(found.high))
    exact: Bools = np.where(found.system.counts, found.widths <= 0, found.widths <= tiny)
    return exact


def _contradiction(cells: Cells, hidden: Unknowns, error: Contradiction) -> BadRow:
    names = [cells.place(int(hidden.members(int(column))[0])) for column in error.columns[:5]]
    return BadRow(
        "hidden_cells_contradict", None, None, {"value": "; ".join(names), "file": cells.tables[0].name}
    )


def respondents(cells: Cells, hidden: Unknowns, found: Ranges, told: Told) -> dict[str, list[Leak]]:
    """What respondents see beyond their own cells: C alone, D together; each cell once per attacker."""
    recipe = cells.tables[0].recipe
    attackers = ("C", "D") if recipe.coalition > 1 else ("C",)
    leaks: dict[str, dict[int, Leak]] = {name: {} for name in attackers}
    if recipe.threshold < 1:
        return {name: list(one.values()) for name, one in leaks.items()}
    done = 0

    def seen(stage: str, part: int, of: int) -> None:
        told(stage, done + part, found.system.size if of else 0)

    for group in found.groups:
        for sight in sights(group, recipe.threshold, recipe.coalition, seen, suspected=recipe.suspected):
            for name, one in _seen(cells, hidden, sight):
                leaks[_attacker(sight)].setdefault(name, one)
        done += group.columns.size
        told("C", done, found.system.size)
    return {name: list(one.values()) for name, one in leaks.items()}


def true_respondents(cells: Cells, hidden: Unknowns, found: Ranges, office: Proven) -> list[Leak]:
    """What persons who are really alone in a cell see beyond it; the office's folder says who they are."""
    leaks: dict[int, Leak] = {}
    for group in found.groups:
        place = np.full(found.system.size, -1)
        place[group.columns] = np.arange(group.columns.size)
        alone = place[office.alone]
        doubts = [
            (int(place[seen]), place[by][place[by] >= 0]) for seen, by in office.unproven if place[seen] >= 0
        ]
        true = office.true[group.columns]
        for sight in true_sights(group, alone[alone >= 0], doubts, true, cells.tables[0].recipe.threshold):
            for cell, one in _seen(cells, hidden, sight):
                leaks.setdefault(cell, one)
    return list(leaks.values())


def _attacker(sight: Sight) -> str:
    return "C" if sum(sight.by.values()) == 1 else "D"


def _seen(cells: Cells, hidden: Unknowns, sight: Sight) -> Iterable[tuple[int, Leak]]:
    by = tuple(
        {**name_of(cells, int(hidden.members(column)[0])), "persons": persons}
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
    pairs = [pair for revised in cells.revised for pair in revised]
    return {other for now, then in pairs for one, other in ((now, then), (then, now)) if one in known}


def leaks_of(cells: Cells, hidden: Unknowns, columns: Bools, found: Ranges) -> list[Leak]:
    """The hidden cells of these classes with their intervals."""
    counts = found.system.counts
    low = np.where(counts, np.ceil(found.low - CLOSE), found.low * hidden.scale)
    high = np.where(counts, np.floor(found.high + CLOSE), found.high * hidden.scale)
    return [
        _leak(cells, int(cell), float(low[column]), float(high[column]))
        for cell, column in zip(hidden.cells, hidden.classes, strict=True)
        if columns[column] and (cells.hidden[cell] or cells.hidden_before[cell])
    ]


def known_leaks(cells: Cells) -> list[Leak]:
    """Hidden here, and published in a linked or an earlier table."""
    places = np.flatnonzero(cells.hidden & ~np.isnan(cells.values))
    return [leak_at(cells, int(cell)) for cell in places]


def small_and_published(cells: Cells) -> list[Leak]:
    """Counts up to the threshold that stand there for everybody, though no earlier table has published them."""
    found = []
    for number, table in enumerate(cells.tables):
        recipe = table.recipe
        if recipe.kind != "frequency" or not recipe.threshold:
            continue
        values = np.nan_to_num(cells.values)
        small = (
            (values >= (1 if recipe.zeros else 0)) & (values <= recipe.threshold) & ~np.isnan(cells.values)
        )
        for cell in np.flatnonzero(small & (cells.table == number) & ~cells.before & ~cells.hidden):
            if cells.names[cell][0] not in recipe.public:
                found.append(leak_at(cells, int(cell)))
    return found


def name_of(cells: Cells, cell: int) -> dict[str, Any]:
    """Where a cell stands: file, codes by variable, response where there are several."""
    response, codes = cells.names[cell]
    table = cells.tables[int(cells.owner[cell])]
    if cells.table[cell] >= 0:
        table = cells.tables[int(cells.table[cell])]
        codes = table.codes[int(cells.row[cell])]
    several = "response" in table.recipe.columns
    return {
        "table": table.name,
        "codes": dict(zip(table.recipe.variables, codes, strict=True)),
        "response": response if several else None,
    }


def leak_at(cells: Cells, cell: int) -> Leak:
    """A published cell as a leak by itself."""
    return _leak(cells, cell, *(float(cells.values[cell]),) * 2)


def _leak(cells: Cells, cell: int, low: float, high: float, by: tuple[Mapping[str, Any], ...] = ()) -> Leak:
    name = name_of(cells, cell)
    return Leak(name["table"], name["codes"], name["response"], low, high, by)
