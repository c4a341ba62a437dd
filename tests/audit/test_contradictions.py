"""Hidden cells into which no values fit: one sentence that names them, wherever the search meets them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from kontor.audit import doubts, integers, points, programme, respondents, searching
from kontor.audit.bounds import Contradiction
from kontor.audit.group import Group
from kontor.audit.integers import solutions
from kontor.audit.system import System
from kontor.errors import BadRow, Invalid
from tests.audit.conftest import RECIPE, Made

# Three pairs that add up to an odd number in all: halves fit, whole numbers do not.
ODD = "row,value,confidentiality\na,,C\nb,,C\nc,,C\nd,40,F\nab,11,F\nbc,11,F\nac,11,F\n_T,{total},{mark}\n"
# Every sum by itself leaves room, all together do not: a + b = c + d = 20, but a + c = 30 and b + d = 12.
NEVER = """
      x   y   _T
a     .   .   20
b     .   .   22
c     .   .   50
_T    .   .   92
"""


def _groups(*groups: str) -> tuple[str, dict[str, str]]:
    """A recipe by rows with these groups of one-letter codes (each a hierarchy of its own), and its files."""
    recipe, files = RECIPE.replace('["row", "column"]', '["row"]'), {}
    codes = sorted({code for group in groups for code in group} | {"d"})
    for group in groups:
        pairs = "".join(f"{code},{group if code in group else '_T'}\n" for code in codes)
        files[f"{group}.csv"] = f"child,parent\n{pairs}{group},_T\n"
        recipe += f'[[hierarchies]]\nvariable = "row"\nname = "{group}"\nfile = "{group}.csv"\n'
    return recipe, files


def _refused(audited: Made, table: str, recipe: str, files: dict[str, str]) -> BadRow:
    with pytest.raises(Invalid) as error:
        audited(table, recipe, files)
    [row] = error.value.rows
    assert row.code == "hidden_cells_contradict"
    return row


def test_whole_numbers_that_do_not_exist_are_a_contradiction(audited: Made) -> None:
    """Not a table of which nothing can be inferred."""
    recipe, files = _groups("ab", "bc", "ac")
    row = _refused(audited, ODD.format(total="", mark="C"), recipe, files)
    assert row.facts["file"] == "SAFE.csv"
    assert set(str(row.facts["value"]).split("; ")) <= {"a", "b", "c", "_T"}


IMPOSSIBLE = "row,value,confidentiality\na,,C\nb,,C\nc,,C\nd,40,F\nab,30,F\nbc,30,F\nac,3,F\n_T,,C\n"


@pytest.mark.parametrize("small", [True, False])
def test_sums_that_leave_room_one_by_one_only(
    audited: Made, monkeypatch: pytest.MonkeyPatch, small: bool
) -> None:
    """a + c = 3 and a + b = b + c = 30: b is 29 or 28 by one sum at a time, and neither by all. Cells are named whether
    the programmes run over all of it or over windows."""
    monkeypatch.setattr(integers, "MOST_CLASSES", 0)
    monkeypatch.setattr("kontor.audit.bounds.MOST_ROUNDS", 0)
    if not small:
        monkeypatch.setattr("kontor.audit.group.SMALL", 0)
        monkeypatch.setattr(programme, "LARGE", 0)
    recipe, files = _groups("ab", "bc", "ac")
    table = IMPOSSIBLE.replace("ac,3,F", "ac,61,F")
    row = _refused(audited, table, recipe, files)
    assert row.facts["file"] == "SAFE.csv"
    assert "a" in str(row.facts["value"]).split("; ")


@pytest.mark.parametrize("step", ["_able", "_alone", "_widened", "_outside"])
def test_wherever_the_search_meets_it(audited: Made, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A programme without a solution in any part of the search ends in the same words, with cells of the whole table."""

    def fails(*_args: object, **_how: object) -> None:
        raise Contradiction(np.array([0]))

    home = respondents if step in ("_able", "_alone") else searching
    monkeypatch.setattr(integers, "MOST_CLASSES", 0)
    monkeypatch.setattr(home, step, fails)
    if home is searching:
        monkeypatch.setattr("kontor.audit.group.SMALL", 0)
    table = """
          x   y   z   _T
    a     .   .   20  40
    b     .   .   30  50
    _T    30  10  50  90
    """
    with pytest.raises(Invalid) as error:
        audited(table)
    assert [row.code for row in error.value.rows] == ["hidden_cells_contradict"]
    assert error.value.rows[0].facts == {
        "value": "a / x; a / y; b / x; b / y",
        "file": "SAFE.csv",
    }


def test_the_file_that_contradicts_is_named(audited: Made) -> None:
    """Not that of today, if the cells are those of an earlier one."""
    recipe = RECIPE.replace('["row", "column"]', '["row"]')
    known = recipe + '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    good = "row,value,confidentiality\na,,C\nb,,C\nc,40,F\n_T,60,F\n"
    old = "row,value,confidentiality\na,,C\nb,,C\nc,58,F\n_T,59,F\n"
    row = _refused(audited, good, known, {"before.toml": recipe, "before.csv": old})
    assert row.facts == {"value": "a; b", "file": "before.csv"}


def _system(rows: list[list[float]], right: list[float], high: float = 9.0) -> System:
    matrix = csr_array(np.array(rows))
    size = matrix.shape[1]
    every = np.ones(size, dtype=bool)
    sums = np.array(right)
    return System(matrix, sums, sums, np.ones(size), np.full(size, high), every, every, np.full(size, 3.0))


def test_equations_that_leave_nothing_free() -> None:
    """As many equations as classes: one solution, none that is whole, or none at all."""
    pairs = [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]
    found = solutions(_system(pairs, [5.0, 7.0, 6.0]))
    assert found is not None and found.tolist() == [[2.0, 3.0, 4.0]]
    assert len(solutions(_system(pairs, [5.0, 7.0, 7.0]))) == 0  # type: ignore[arg-type]
    assert len(solutions(_system(pairs, [5.0, 7.0, 20.0]))) == 0  # type: ignore[arg-type]
    again = [*pairs, [1.0, 1.0, 1.0]]
    assert solutions(_system(again, [5.0, 7.0, 6.0, 9.0])).tolist() == [[2.0, 3.0, 4.0]]  # type: ignore[union-attr]
    assert len(solutions(_system(again, [5.0, 7.0, 6.0, 8.0]))) == 0  # type: ignore[arg-type]


def test_a_contradiction_names_the_classes_of_the_whole() -> None:
    """The group's own places would be other cells."""
    group = Group(
        np.array([7, 9]), _system([[1.0, 1.0]], [5.0]), points.Points(_system([[1.0, 1.0]], [5.0])), 4.0
    )
    with pytest.raises(Contradiction) as error, group.named():
        doubts._reached(group, np.array([0, 1]))
        raise Contradiction(np.array([0]))
    assert error.value.columns.tolist() == [7, 9]


def test_where_all_is_hidden_a_total_may_be_as_large_as_its_members_make_it(audited: Made) -> None:
    """Nothing is published that says how large anything is, but that there is somebody in each cell."""
    codes = [f"c{number}" for number in range(1200)]
    rows = "".join(f"{code},,C\n" for code in [*codes, "_T"])
    recipe = RECIPE.replace('["row", "column"]', '["row"]')
    assert audited("row,value,confidentiality\n" + rows, recipe).safe
