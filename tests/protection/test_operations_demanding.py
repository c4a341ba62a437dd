"""What the auditor found becomes a demand; what everybody can work out is published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kontor.audit import Leak, Result
from kontor.engines.disclosure.cube import axis_of, equations_of
from kontor.engines.disclosure.problem import Bools, Cube, Pattern, Problem
from kontor.protection.demanding import as_asked, opened, stricter
from kontor.protection.earlier import Before
from kontor.protection.naming import Found
from kontor.protection.operations import Places, protect
from kontor.protection.preparing import PublishedTable
from kontor.protection.recipe import Recipe

CODES = ("a", "b", "c", "_T")  # cells 0..3 of one variable: 2 + 7 + 9 = 18
AXIS = axis_of("district", CODES[:3])
TABLE = PublishedTable(
    Recipe(Path("r.toml"), "", "frequency", "records", ("district",), ("count",)),
    ("count",),
    (Cube((AXIS,), np.arange(4)),),
)
NUMBERS = Found([TABLE])


def flags(*places: int) -> Bools:
    found = np.zeros(4, dtype=np.bool_)
    found[list(places)] = True
    return found


@pytest.fixture
def problem() -> Problem:
    cubes = TABLE.cubes
    none, off = np.zeros(4), flags()
    return Problem(
        values=np.array([2.0, 7.0, 9.0, 18.0]),
        equations=equations_of(cubes, 4),
        cubes=cubes,
        primary=flags(0),
        known=off,
        absent=off,
        low=none + 1,
        high=none + np.inf,
        width=np.array([2.0, 0.0, 0.0, 0.0]),
        down=none,
        up=none,
        contributor=np.full(4, -1),
        weight=none + 1,
    )


def pattern(*hidden: int, secondary: tuple[int, ...] = ()) -> Pattern:
    return Pattern(flags(*hidden), flags(*secondary), float(len(secondary)), 1.0, 1, optimal=True)


def leak(code: str, *by: str) -> Leak:
    seen = tuple({"table": "SAFE.csv", "codes": {"district": one}, "response": None} for one in by)
    return Leak("SAFE.csv", {"district": code}, None, 7.0, 7.0, seen)


def result(**found: tuple[Leak, ...]) -> Result:
    return Result(4, 2, {"A": (), "B": (), "C": (), **found})


def test_a_found_cell_is_protected_and_a_protected_one_by_more(problem: Problem) -> None:
    after = stricter(problem, [leak("a"), leak("b")], NUMBERS, hidden=flags(0, 1), more=False)
    assert after.primary.tolist() == [True, True, False, False]
    assert after.width.tolist() == [4.0, 2.0, 0.0, 0.0]


def test_who_sees_it_counts_as_alone_and_each_for_himself(problem: Problem) -> None:
    after = stricter(problem, [leak("a", "b"), leak("a", "c")], NUMBERS, hidden=flags(0, 1, 2), more=False)
    assert after.contributor.tolist() == [-1, 0, 1, -1]


def test_the_smallest_published_neighbour_goes_too_where_that_did_not_suffice(problem: Problem) -> None:
    after = stricter(problem, [leak("a")], NUMBERS, hidden=flags(0), more=True)
    assert after.primary.tolist() == [True, True, False, False]
    assert after.width[1] == 0.0


def test_a_secondary_cell_that_follows_from_the_others_is_published(problem: Problem) -> None:
    made = opened(pattern(0, 1, 2, secondary=(1, 2)), result(A=(leak("b"),)), problem, NUMBERS)
    assert made is not None
    assert (made.hidden.tolist(), made.secondary.tolist()) == (
        [True, False, True, False],
        [False, False, True, False],
    )
    assert made.cost == 1.0


@pytest.mark.parametrize("found", [{"A": "a"}, {"C": "b"}])
def test_a_primary_cell_or_one_that_only_insiders_see_is_not(problem: Problem, found: dict[str, str]) -> None:
    leaks = {name: (leak(code),) for name, code in found.items()}
    assert opened(pattern(0, 1, secondary=(1,)), result(**leaks), problem, NUMBERS) is None


def test_a_later_pattern_is_measured_against_what_the_recipe_asks(problem: Problem) -> None:
    first = pattern(0, 1, secondary=(1,))
    later = as_asked(Pattern(flags(0, 1, 2), flags(), 0.0, 9.0, 9, optimal=True), problem, first)
    assert later.secondary.tolist() == [False, True, True, False]
    assert (later.cost, later.bound, later.count_bound, later.optimal) == (2.0, 1.0, 1, False)
    assert as_asked(first, problem, first).optimal


def test_a_cell_of_a_table_published_before_is_its_own(problem: Problem) -> None:
    """Whatever their files are called."""
    before = [
        Before(number, "SAFE.csv", "count", Cube((AXIS,), np.array([cell, -1, -1, -1])))
        for number, cell in ((1, 2), (2, 3))
    ]
    found = Found([TABLE], before)
    assert [found.cell({"district": "a"}, None, known) for known in (0, 1, 2)] == [0, 2, 3]
    assert found.cell({"district": "elsewhere"}, None, 1) == -1
    assert found.of([leak("a"), replace(leak("a"), known=2)]).tolist() == [0, 3]


def test_a_bound_never_exceeds_what_was_found_in_the_end(problem: Problem) -> None:
    dear = replace(pattern(0, 1, 2, secondary=(1, 2)), bound=2.0, count_bound=2)
    made = opened(dear, result(A=(leak("b"),)), problem, NUMBERS)
    assert made is not None
    assert (made.bound, made.count_bound) == (1.0, 1)


def test_a_small_sum_that_is_not_published_must_not_follow(tmp_path: Path) -> None:
    """The rules hide a / x and a / y; the grand total less all others would leave 2 persons in a."""
    counts = {"a": (1, 1, 0), "b": (10, 12, 9), "c": (10, 12, 9)}
    rows = [
        f"{row},{column}"
        for row, of in counts.items()
        for column, n in zip("xyz", of, strict=True)
        for _ in range(n)
    ]
    (tmp_path / "in.csv").write_text("\n".join(["row,column", *rows]) + "\n")
    (tmp_path / "r.toml").write_text(
        '[table]\nkind = "frequency"\nvariables = ["row", "column"]\n[primary]\nthreshold = 3\n'
        "[publish]\nzeros = false\nmargins = [[]]\n[secondary]\ntime_limit = 1\n"
    )
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html")
    made = protect(input=tmp_path / "in.csv", recipe=tmp_path / "r.toml", places=places)
    assert made.hidden == 4
    assert made.pattern is not None and int(made.pattern.secondary.sum()) == 1
