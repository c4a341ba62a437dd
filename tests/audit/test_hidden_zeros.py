"""Where zeros are hidden too: a table tried out number by number, and one person in a cell and in its totals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kontor.audit import audit, group, integers, programme, respondents, searching
from tests.audit.conftest import RECIPE, Made, cells, safe_csv

HIDING = RECIPE + "[publish]\nzeros = false\n"
SQUARE = np.array([[4, 4, 2, 8], [1, 2, 6, 2], [2, 3, 8, 3], [2, 6, 2, 3]])
BLOCKS = [*((i, j) for i in (0, 1) for j in (0, 1)), *((i, j) for i in (2, 3) for j in (2, 3))]
OPEN = [*BLOCKS, (0, 2), (1, 3)]


def _tables(square: np.ndarray, hidden: list[tuple[int, int]]) -> Iterator[np.ndarray]:
    """All squares of whole numbers with the same published cells and sums: one hidden cell after the other, the last one
    of a row or column by subtraction."""
    table = square.copy()
    for place in hidden:
        table[place] = 0
    rows, columns = square.sum(axis=1), square.sum(axis=0)

    def go(number: int) -> Iterator[np.ndarray]:
        if number == len(hidden):
            if (table.sum(axis=1) == rows).all() and (table.sum(axis=0) == columns).all():
                yield table.copy()
            return
        i, j = hidden[number]
        most = min(rows[i] - table[i].sum(), columns[j] - table[:, j].sum())
        later = hidden[number + 1 :]
        last = most if any(one == i for one, _ in later) and any(one == j for _, one in later) else None
        for value in range(most + 1) if last is not None else ([most] if most >= 0 else []):
            table[i, j] = value
            yield from go(number + 1)
        table[i, j] = 0

    yield from go(0)


def _safe(square: np.ndarray, hidden: list[tuple[int, int]]) -> str:
    names = [f"c{j}" for j in range(square.shape[1])]
    lines = [" ".join([*names, "_T"])]
    for i, row in enumerate(square):
        shown = ["." if (i, j) in hidden else str(value) for j, value in enumerate(row)]
        lines.append(" ".join([f"r{i}", *shown, str(row.sum())]))
    lines.append(" ".join(["_T", *map(str, square.sum(axis=0)), str(square.sum())]))
    return safe_csv("\n".join(lines))


def _seen(tables: np.ndarray, hidden: list[tuple[int, int]], *, suspected: bool) -> set[str]:
    """Cells with one value left, up to the threshold, for somebody who is alone in another one."""
    found = set()
    for alone in hidden:
        of_him = tables[:, alone[0], alone[1]]
        if not suspected and of_him.max() > 3:
            continue
        left = tables[of_him == 1]
        for other in hidden:
            values = left[:, other[0], other[1]]
            if other != alone and len(left) and values.min() == values.max() <= 3:
                found.add(f"r{other[0]}/c{other[1]}")
    return found


@pytest.mark.parametrize("suspected", [True, False])
@pytest.mark.parametrize("way", ["enumeration", "programmes", "windows"])
def test_what_is_seen_with_hidden_zeros(
    way: str, suspected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is 1 or more beforehand, so who is alone may stand beside a zero, and a zero can be what he sees."""
    tables = np.array(list(_tables(SQUARE, OPEN)))
    recipe = HIDING + f"[secondary]\nsuspected = {str(suspected).lower()}\n"
    (tmp_path / "SAFE.csv").write_text(_safe(SQUARE, OPEN))
    (tmp_path / "recipe.toml").write_text(recipe)
    if way != "enumeration":
        monkeypatch.setattr(integers, "MOST_CLASSES", 0)
    if way == "windows":
        monkeypatch.setattr(group, "SMALL", 0)
        monkeypatch.setattr(programme, "LARGE", 0)
        monkeypatch.setattr(searching, "SIZES", (4, 8))
    result = audit(tmp_path / "SAFE.csv", tmp_path / "recipe.toml")
    assert len(tables) > 50
    assert cells(result, "C") == _seen(tables, OPEN, suspected=suspected)
    ranges = {f"r{i}/c{j}": np.ptp(tables[:, i, j]) for i, j in OPEN}
    assert cells(result, "B") == {name for name, width in ranges.items() if width == 0}
    assert {"/".join(leak.codes.values()) for leak in result.narrow or ()} == {
        f"r{i}/c{j}" for i, j in OPEN if ranges[f"r{i}/c{j}"] < 2 and tables[:, i, j].min() <= 3
    }


def test_one_person_in_a_cell_and_in_its_total(audited: Made) -> None:
    """Whoever is alone in row a and stands in a/x knows that a/y is empty, so that b/y is 8 and b/x 3. Nobody knows it
    who is alone in one of the three: a person in a/y leaves 4 to b/x."""
    table = """
          x   y   w   _T
    a     .   .   .   .
    b     .   .   30  41
    d     .   20  .   .
    _T    19  28  55  102
    """
    result = audited(table, HIDING + "[secondary]\nsuspected = true\n")
    [leak] = result.attackers["C"] or ()
    assert (tuple(leak.codes.values()), leak.low) == (("b", "x"), 3)
    assert {tuple(one["codes"].values()) for one in leak.by} == {("a", "x"), ("a", "_T")}
    assert [one["persons"] for one in leak.by] == [1, 1]
    assert ("single_persons_know_totals", {"cells": respondents.NESTED}) in result.assumptions


def test_what_a_total_of_one_person_contains_is_no_news_to_him(audited: Made) -> None:
    """Only row a is hidden, with its total: who is all of it knows that the rest of it is empty without any table."""
    table = """
          x   y   z   _T
    a     .   .   .   .
    b     .   .   .   .
    _T    39  49  59  147
    """
    found = audited(table, HIDING)
    assert not cells(found, "C")
    assert found.safe


@pytest.mark.parametrize("way", ["enumeration", "programmes"])
def test_what_one_knows_from_himself_another_one_may_find_out(
    way: str, audited: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is all of row a knows that a/y is empty, from himself; whoever is alone in b/y finds out that it is 3."""
    if way != "enumeration":
        monkeypatch.setattr(integers, "MOST_CLASSES", 0)
    result = audited(
        """
          x   y   _T
    a     .   .   .
    b     0   .   .
    _T    .   4   5
    """,
        HIDING + "[secondary]\nsuspected = true\n",
    )
    assert "a/y" in cells(result, "C")


def test_groups_that_hold_the_same_are_one(audited: Made) -> None:
    """The police calls `ab` what the office calls `left`: whoever is alone in one sees only himself in the other."""
    recipe = HIDING.replace('["row", "column"]', '["row"]') + "[secondary]\nsuspected = true\n"
    files = {}
    for name, groups in {"office": ("left", "right"), "police": ("ab", "cd")}.items():
        recipe += f'[[hierarchies]]\nvariable = "row"\nname = "{name}"\nfile = "{name}.csv"\n'
        files[f"{name}.csv"] = "child,parent\n" + "".join(
            f"{code},{groups[place // 2]}\n" for place, code in enumerate("abcd")
        )
    codes = [*"abcd", "left", "right", "ab", "cd"]
    table = "row,value,confidentiality\n" + "".join(f"{code},,C\n" for code in codes)
    assert audited(table + "_T,12,F\n", recipe, files).safe


def test_the_office_knows_who_is_alone_in_several_cells(audited: Made) -> None:
    """Witnesses of persons: nobody is told of by a table that moves any of the cells he knows."""
    from scipy.sparse import csr_array

    from kontor.audit.singles import unproven

    moves = csr_array(np.array([[2.0, 0.0, -1.0], [2.0, -1.0, 0.0]]))
    protected = np.array([True, False, False])
    apart = unproven(moves, [np.array([1]), np.array([2])], protected)
    together = unproven(moves, [np.array([1, 2])], protected)
    assert apart == []
    assert [(place, by.tolist()) for place, by in together] == [(0, [0])]
