"""The attackers against every whole number tried out, on tables with up to a dozen hidden cells."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from math import prod
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kontor.audit import Result, audit, doubts, group, integers, programme, searching
from kontor.audit.group import Group
from tests.audit.conftest import RECIPE

Table = dict[tuple[int, int], int]
THRESHOLD, WIDTH, MOST = 3, 2, 12
LAST = -1  # the place of a total


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, Table, set[tuple[int, int]]]:
    """Rows, columns, all cells with their totals at place LAST, and the hidden ones (never a zero)."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    counts = st.sampled_from([0, 0, 1, 1, 2, 2, 3, 4, 5])
    cells = {place: draw(counts) for place in product(range(rows), range(columns))}
    for row in range(rows):
        cells[row, LAST] = sum(cells[row, column] for column in range(columns))
    for column in [*range(columns), LAST]:
        cells[LAST, column] = sum(cells[row, column] for row in range(rows))
    possible = [place for place, value in cells.items() if value]
    small = {place for place in possible if cells[place] <= THRESHOLD}
    hidden = small | (set(draw(st.lists(st.sampled_from(possible), max_size=8))) if possible else set())
    return rows, columns, cells, hidden


def _most(cells: Table, hidden: set[tuple[int, int]], place: tuple[int, int]) -> int:
    """The least of the published totals above an inner cell."""
    above = ((place[0], LAST), (LAST, place[1]), (LAST, LAST))
    return min(cells[one] for one in above if one not in hidden)


def _solutions(
    rows: int, columns: int, cells: Table, hidden: set[tuple[int, int]], least: int
) -> list[Table]:
    """All tables with the published values, every hidden cell being `least` or more, by plain search."""
    inner = [place for place in hidden if LAST not in place]
    found: list[Table] = []

    def total(known: Table, place: tuple[int, int]) -> int:
        across = range(rows) if place[0] == LAST else [place[0]]
        down = range(columns) if place[1] == LAST else [place[1]]
        return sum(known[one] for one in product(across, down))

    def go(number: int, known: Table) -> None:
        if number == len(inner):
            whole = dict(known)
            for place in cells:
                if LAST in place:
                    whole[place] = total(known, place)
            if all(whole[one] >= least if one in hidden else whole[one] == cells[one] for one in cells):
                found.append(whole)
            return
        for value in range(least, _most(cells, hidden, inner[number]) + 1):
            known[inner[number]] = value
            go(number + 1, known)
        del known[inner[number]]

    go(0, {place: value for place, value in cells.items() if place not in hidden and LAST not in place})
    return found


def _write(
    folder: Path, cells: Table, hidden: set[tuple[int, int]], suspected: bool, zeros: bool, coalition: int
) -> None:
    lines = ["row,column,value,confidentiality"]
    for place, value in cells.items():
        names = ["_T" if one == LAST else f"{letter}{one}" for letter, one in zip("rc", place, strict=True)]
        lines.append(",".join([*names, "", "C"] if place in hidden else [*names, str(value), "F"]))
    (folder / "SAFE.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    recipe = RECIPE + f"[publish]\nzeros = {str(zeros).lower()}\n"
    (folder / "recipe.toml").write_text(
        recipe + f"[secondary]\nsuspected = {str(suspected).lower()}\ncoalition = {coalition}\n",
        encoding="utf-8",
    )


def _places(leaks: object) -> set[tuple[int, int]]:
    return {
        tuple(LAST if code == "_T" else int(code[1:]) for code in leak.codes.values())  # type: ignore[misc]
        for leak in leaks  # type: ignore[attr-defined]
    }


def _equal(solutions: list[Table], one: tuple[int, int], other: tuple[int, int]) -> bool:
    return all(table[one] == table[other] for table in solutions)


def _contains(whole: tuple[int, int], part: tuple[int, int]) -> bool:
    return whole != part and all(one in (LAST, other) for one, other in zip(whole, part, strict=True))


def _known_to_one(able: set[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], ...]]:
    """What one person may be alone in at the same time: a cell, and any of its totals with it."""
    for place in sorted(able):
        around = sorted(one for one in able if _contains(one, place))
        for size in range(len(around) + 1):
            for chosen in combinations(around, size):
                yield place, *chosen


def _expected(
    hidden: set[tuple[int, int]], plain: list[Table], informed: list[Table], suspected: bool
) -> dict[str, set[tuple[int, int]]]:
    values = {place: {table[place] for table in informed} for place in hidden}
    exact = {place for place, found in values.items() if len(found) == 1}
    narrow = {
        place
        for place, found in values.items()
        if max(found) - min(found) < WIDTH and min(found) <= THRESHOLD
    }
    seen = set()
    able = {place for place in hidden - exact if suspected or max(values[place]) <= THRESHOLD}
    for known in _known_to_one(able):
        left = [table for table in informed if all(table[one] == 1 for one in known)]
        about = {other for other in hidden if any(_equal(informed, one, other) for one in known)}
        inside = {one for one in hidden if any(_contains(whole, one) for whole in about)}
        about |= {other for other in hidden if any(_equal(informed, one, other) for one in inside)}
        for other in hidden - exact - about:
            if len({table[other] for table in left}) == 1 and left[0][other] <= THRESHOLD:
                seen.add(other)
    return {
        "A": {place for place in hidden if len({table[place] for table in plain}) == 1},
        "B": exact,
        "C": seen,
        "narrow": narrow,
    }


def _inner(cells: Table, place: tuple[int, int]) -> set[tuple[int, int]]:
    """The inner cells of a cell but for those that show that nobody is there."""
    return {one for one in cells if LAST not in one and (one == place or _contains(place, one))}


def _joined(able: set[tuple[int, int]], coalition: int) -> Iterator[dict[tuple[int, int], int]]:
    """Cells that hold so many of several persons each, and nobody else."""
    for size in range(1, coalition + 1):
        for chosen in combinations(sorted(able), size):
            for shares in product(range(1, coalition + 1), repeat=size):
                if 1 < sum(shares) <= coalition:
                    yield dict(zip(chosen, shares, strict=True))


def _seen_together(
    cells: Table,
    hidden: set[tuple[int, int]],
    informed: list[Table],
    suspected: bool,
    coalition: int,
) -> set[tuple[int, int]]:
    values = {place: {table[place] for table in informed} for place in hidden}
    exact = {place for place, found in values.items() if len(found) == 1}
    most = THRESHOLD + coalition - 1
    able = {place for place in hidden - exact if suspected or max(values[place]) <= most}
    empty = {place for place, value in cells.items() if place not in hidden and not value}
    seen = set()
    for by in _joined(able, coalition):
        most = THRESHOLD + sum(by.values()) - 1
        if not suspected and any(max(values[place]) > most for place in by):
            continue
        left = [table for table in informed if all(table[one] == count for one, count in by.items())]
        theirs = set[tuple[int, int]]().union(empty, *(_inner(cells, place) for place in by))
        others = {one for one in hidden - exact if one not in by and not _inner(cells, one) <= theirs}
        for other in others:
            if len({table[other] for table in left}) == 1 and left[0][other] <= THRESHOLD:
                seen.add(other)
    return seen


def _found(result: Result) -> dict[str, set[tuple[int, int]]]:
    return {
        **{name: _places(result.attackers.get(name, ())) for name in "ABCD"},
        "narrow": _places(result.narrow),
    }


def _one_point(group: Group, _asked: object) -> Iterator[None]:
    """Nothing but a single point to start from, so that all is left to the windows."""
    group.points.add(group.solver().spread(searching.NOTHING, searching.NOTHING))
    yield


@pytest.mark.parametrize("zeros", [True, False])
@pytest.mark.parametrize("suspected", [False, True])
@pytest.mark.parametrize("way", ["enumeration", "programmes", "windows", "rounds"])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(table=tables(), coalition=st.integers(1, 3))
def test_as_if_every_number_were_tried(
    way: str,
    suspected: bool,
    zeros: bool,
    coalition: int,
    table: tuple[int, int, Table, set[tuple[int, int]]],
    tmp_path: Path,
) -> None:
    """Cross tables are totally unimodular, so programmes must find exactly what enumeration finds."""
    rows, columns, cells, hidden = table
    inner = [place for place in hidden if LAST not in place]
    assume(hidden and len(hidden) <= MOST and (LAST, LAST) not in hidden)
    assume(prod(_most(cells, hidden, place) + 1 for place in inner) <= 3000)
    informed = _solutions(rows, columns, cells, hidden, int(zeros))
    expected = _expected(hidden, _solutions(rows, columns, cells, hidden, 0), informed, suspected)
    together = _seen_together(cells, hidden, informed, suspected, coalition)
    _write(tmp_path, cells, hidden, suspected, zeros, coalition)
    with pytest.MonkeyPatch.context() as patch:
        if way != "enumeration":
            patch.setattr(integers, "MOST_CLASSES", 0)
        if way in ("windows", "rounds"):  # what large tables need, on the smallest ones
            patch.setattr(group, "SMALL", 0)
            patch.setattr(searching, "SIZES", (3, 6))
            patch.setattr(programme, "LARGE", 0)
        if way == "windows":
            patch.setattr(searching, "_first_points", _one_point)
        if way == "rounds":
            patch.setattr(searching, "MANY", 0)
            patch.setattr(doubts, "MANY", 0)
        found = _found(audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml"))
    equal = {
        place: {other for other in hidden if _equal(informed, place, other)} for place in hidden
    }  # equal in all solutions, though not by one equation
    assert {name: found[name] for name in ("A", "B", "narrow")} == {
        name: expected[name] for name in ("A", "B", "narrow")
    }
    linked = {place for place in found["C"] - expected["C"] if len(equal[place]) > 1}
    assert found["C"] - linked <= expected["C"]
    assert expected["C"] <= found["C"]
    assert found["D"] == together
