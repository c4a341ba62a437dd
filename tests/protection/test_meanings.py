"""A code of a hierarchy means the same in all tables that are taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kontor.engines.disclosure.cube import axis_of
from kontor.engines.disclosure.problem import Axis
from kontor.protection.meanings import check_groups, other_scopes
from kontor.protection.recipe import Recipe
from tests.protection.inputs import faults

North = Mapping[str, str]


def check(*tables: tuple[Sequence[str], North]) -> None:
    check_groups(
        [
            (
                Recipe(Path(f"{number}.toml"), "", "frequency", "records", ("area",), ("count",)),
                (axis_of("area", inner, [parents] if parents else []),),
            )
            for number, (inner, parents) in enumerate(tables)
        ]
    )


BOTH = {"q1": "north", "q2": "north", "q3": "south"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((("q1", "q2", "q3"), BOTH), (("north", "south"), {})),
        ((("north", "south"), {}), (("q1", "q2", "q3"), BOTH)),
        ((("q1", "q3"), BOTH), (("q1", "q2", "q3"), BOTH)),
        (
            (("d1", "d2"), {"d1": "north", "d2": "north"}),
            (("q1", "q2", "d2"), {"q1": "d1", "q2": "d1", "d1": "north", "d2": "north"}),
        ),
    ],
    ids=["coarser", "finer", "a code that occurs once", "split in the middle"],
)
def test_tables_that_look_more_or_less_closely_agree(
    first: tuple[Sequence[str], North], second: tuple[Sequence[str], North]
) -> None:
    check(first, second)


def test_a_code_that_moved_from_one_group_to_another_is_told() -> None:
    moved = {**BOTH, "q2": "south"}
    found = faults(lambda: check((("q1", "q2", "q3"), BOTH), (("q1", "q2", "q3"), moved)))
    assert [(row.code, row.facts["value"], row.facts["second"]) for row in found] == [
        ("group_of_two_meanings", "north", "1.toml"),
        ("group_of_two_meanings", "south", "1.toml"),
    ]


def test_a_part_that_moved_is_told_though_one_table_does_not_name_it() -> None:
    split = {"q1": "d1", "q2": "d1", "d1": "south", "d2": "north"}
    found = faults(lambda: check((("d1", "d2"), {"d1": "north", "d2": "north"}), (("q1", "q2", "d2"), split)))
    assert [row.facts["value"] for row in found] == ["north"]


def test_what_a_total_covers_is_told_apart_unless_one_table_only_looks_more_closely() -> None:
    def axes(inner: Sequence[str], parents: North) -> tuple[Axis, ...]:
        return (axis_of("area", inner, [parents] if parents else []),)

    split = {"d1": "_T", "q1": "d2", "q2": "d2"}
    today = axes(("d1", "q1", "q2"), split)
    coarse, gone = axes(("d1", "d2"), {}), axes(("d1", "q1"), split)
    # What only another table of today has counts nobody.
    found = other_scopes([axes(("d1",), {}), today], [coarse, gone, axes(("d1", "d3"), {})])
    assert [{code: set(inner) for code, inner in other.items()} for other in found] == [
        {},
        {("area", "d2"): {"q1"}, ("area", "_T"): {"d1", "q1"}},
        {("area", "_T"): {"d1", "d3"}},
    ]
