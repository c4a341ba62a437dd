"""All cells of a table from its inner ones, and the equations among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontor.engines.disclosure.cube import TOTAL, axis_of, equations_of, filled
from kontor.engines.disclosure.problem import Axis, Cube
from kontor.errors import Invalid

DISTRICTS = {"d1": "west", "d2": "west", "d3": "east", "west": TOTAL, "east": TOTAL}
POLICE = {"d1": "north", "d3": "north"}


def cube_of(axes: list[Axis]) -> Cube:
    shape = [len(axis.codes) for axis in axes]
    return Cube(tuple(axes), np.arange(np.prod(shape)).reshape(shape))


def codes_of(fault: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {row.code for row in fault.value.rows}


def test_groups_with_the_same_inner_codes_are_equal() -> None:
    """Also where they are sums of different groups; once is enough, and where one contains the other alone it is said."""
    deep = {"a": "ab", "b": "ab", "c": "cd", "d": "cd", "ab": "east", "cd": "east", "e": "west"}
    flat = {"a": "left", "b": "left", "c": "left", "d": "left", "e": "right", "left": "all", "right": "all"}
    axis = axis_of("district", list("abcde"), [deep, flat])
    single = {
        (axis.codes[group], axis.codes[members[0]]) for group, members in axis.sums if len(members) == 1
    }
    assert single == {("west", "e"), ("right", "e"), ("left", "east"), ("_T", "all")}
    amounts = filled([axis], [list("abcde")], np.arange(1.0, 6.0))
    assert dict(zip(axis.codes, amounts.tolist(), strict=True))["left"] == 10


def test_a_variable_without_hierarchy_has_one_sum() -> None:
    axis = axis_of("mode", ["foot", "car", "foot"])
    assert axis.codes == ("foot", "car", TOTAL)
    assert axis.sums == ((2, (0, 1)),)


def test_groups_of_two_hierarchies_that_do_not_nest_share_one_axis() -> None:
    axis = axis_of("district", ["d1", "d2", "d3"], [DISTRICTS, POLICE])
    assert axis.codes == ("d1", "d2", "d3", "west", "east", "north", TOTAL)
    place = axis.codes.index
    assert set(axis.sums) == {
        (place("west"), (place("d1"), place("d2"))),
        (place("east"), (place("d3"),)),
        (place(TOTAL), (place("west"), place("east"))),
        (place("north"), (place("d1"), place("d3"))),
        (place(TOTAL), (place("north"), place("d2"))),
    }


def test_a_group_without_inner_cells_is_left_out() -> None:
    assert "east" not in axis_of("district", ["d1", "d2"], [DISTRICTS]).codes


def test_known_sums() -> None:
    axes = [axis_of("district", ["d1", "d2", "d3"], [DISTRICTS, POLICE]), axis_of("mode", ["foot", "car"])]
    cells = filled(axes, [["d1", "d1", "d2", "d3"], ["foot", "foot", "car", "car"]], np.array([2.0, 1, 4, 5]))
    of = {(a, b): cells[i, j] for i, a in enumerate(axes[0].codes) for j, b in enumerate(axes[1].codes)}
    assert of["d1", "foot"] == 3
    assert of["west", TOTAL] == 7
    assert of["north", TOTAL] == 8
    assert of[TOTAL, "car"] == 9
    assert of[TOTAL, TOTAL] == 12


@given(
    st.lists(
        st.tuples(st.sampled_from(["d1", "d2", "d3"]), st.sampled_from("abc"), st.integers(0, 9)), min_size=1
    )
)
def test_every_equation_holds_for_every_table(records: list[tuple[str, str, int]]) -> None:
    districts, letters, amounts = zip(*records, strict=True)
    axes = [axis_of("district", ["d1", "d2", "d3"], [DISTRICTS, POLICE]), axis_of("letter", list(letters))]
    cells = filled(axes, [districts, letters], np.array(amounts, dtype=float))
    equations = equations_of([cube_of(axes)], cells.size)
    assert equations.shape[0] > 0
    assert not (equations @ cells.ravel()).any()
    assert cells[-1, -1] == sum(amounts)


def test_tables_that_share_cells_repeat_no_equation() -> None:
    axis = axis_of("mode", ["foot", "car"])
    cube = cube_of([axis])
    assert equations_of([cube, cube], 3).shape[0] == 1
    assert equations_of([], 3).shape == (0, 3)


def test_a_cycle_is_named() -> None:
    with pytest.raises(Invalid) as fault:
        axis_of("district", ["d1"], [{"d1": "west", "west": "east", "east": "west"}])
    assert codes_of(fault) == {"hierarchy_cyclic"}


def test_a_code_outside_the_hierarchy_is_named() -> None:
    with pytest.raises(Invalid) as fault:
        axis_of("district", ["d1", "d9"], [DISTRICTS])
    assert [(row.code, row.facts["value"]) for row in fault.value.rows] == [("code_outside_hierarchy", "d9")]


@pytest.mark.parametrize("inner", ["west", TOTAL])
def test_a_group_may_not_be_an_inner_code(inner: str) -> None:
    with pytest.raises(Invalid) as fault:
        axis_of("district", ["d1", inner], [DISTRICTS])
    assert "group_is_inner_code" in codes_of(fault)
