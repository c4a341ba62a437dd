"""SAFE.csv: order, numbers, marks, and never a value in a hidden cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from kontor.engines.disclosure.cube import axis_of
from kontor.engines.disclosure.problem import Cube, Problem
from kontor.errors import Invalid
from kontor.protection.preparing import PublishedTable
from kontor.protection.recipe import Publish, Rate, Recipe
from kontor.protection.safe_file import read, safe_table


def problem(values: list[float]) -> Problem:
    size = len(values)
    none, off = np.zeros(size), np.zeros(size, dtype=bool)
    whole = np.array(values, dtype=float)
    return Problem(
        whole,
        csr_array((0, size)),
        (),
        off,
        off,
        off,
        none,
        none,
        none,
        none,
        none,
        none.astype(int),
        none + 1,
    )


def table(
    *,
    publish: Publish | None = None,
    rates: tuple[Rate, ...] = (),
    responses: tuple[str, ...] = ("count",),
) -> PublishedTable:
    axes = (axis_of("district", ["a", "b"]),)
    recipe = Recipe(
        Path("r.toml"), "", "frequency", "records", ("district",), responses, publish=publish or Publish()
    )
    cubes = tuple(Cube(axes, np.arange(3) + 3 * place) for place in range(len(responses)))
    return PublishedTable(recipe, responses, cubes, rates)


def flags(*places: int, of: int = 3) -> np.ndarray:
    found = np.zeros(of, dtype=bool)
    found[list(places)] = True
    return found


def lines(made: bytes) -> list[str]:
    return made.decode().splitlines()


def test_rows_in_the_order_of_the_codes_with_the_total_last() -> None:
    made = safe_table(table(), problem([4, 2, 6]), hidden=flags(1), secondary=flags()).to_bytes()
    assert lines(made) == ["district,value,confidentiality", "a,4,F", "b,,C", "_T,6,F"]
    assert made.endswith(b"\n") and b"\r" not in made


def test_primary_and_secondary_differ_only_where_the_recipe_says_so() -> None:
    quiet = safe_table(table(), problem([4, 2, 6]), hidden=flags(0, 1), secondary=flags(0))
    told = safe_table(
        table(publish=Publish(codes=True)), problem([4, 2, 6]), hidden=flags(0, 1), secondary=flags(0)
    )
    assert quiet.confidentiality == ("C", "C", "F")
    assert told.confidentiality == ("D", "C", "F")


def test_what_is_not_published_has_no_row() -> None:
    """Though everybody may know it, from an earlier table: that would tell what was not corrected since."""
    inner = table(publish=Publish(margins=()))
    assert safe_table(inner, problem([4, 2, 6]), hidden=flags(), secondary=flags()).codes == (("a", "b"),)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1234567.25, "1234567.25"),
        (1e15, "1000000000000000"),
    ],
)
def test_numbers_are_plain_and_as_short_as_they_can_be(value: float, text: str) -> None:
    made = safe_table(table(), problem([value, 1, 1]), hidden=flags(), secondary=flags())
    assert made.value[0] == text


def test_a_rate_is_hidden_with_its_numerator_and_empty_over_nothing() -> None:
    rate = Rate("risk", "deaths", "people", per=1000, decimals=2)
    both = table(responses=("deaths", "people"), rates=(rate,))
    made = safe_table(both, problem([4, 2, 6, 1200, 900, 0]), hidden=flags(1, of=6), secondary=flags(of=6))
    assert made.header == ("district", "response", "value", "confidentiality")
    assert [row[1:] for row in made.rows()] == [
        ("deaths", "4", "F"),
        ("people", "1200", "F"),
        ("risk", "3.33", "F"),
        ("deaths", "", "C"),
        ("people", "900", "F"),
        ("risk", "", "C"),
        ("deaths", "6", "F"),
        ("people", "0", "F"),
        ("risk", "", "F"),
    ]


def test_perturbed_values_take_the_place_of_the_true_ones() -> None:
    made = safe_table(
        table(), problem([4, 2, 6]), hidden=flags(), secondary=flags(), values=np.array([3.0, 3.0, 6.0])
    )
    assert made.value == ("3", "3", "6")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    both = table(responses=("deaths", "people"))
    for one, size in ((table(), 3), (both, 6)):
        made = safe_table(one, problem([1.5] * size), hidden=flags(1, of=size), secondary=flags(of=size))
        path = tmp_path / "SAFE.csv"
        path.write_bytes(made.to_bytes())
        assert read(path) == made


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "district,value,confidentiality\na,4\n"])
def test_another_file_is_no_safe_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(Invalid) as caught:
        read(path)
    assert caught.value.rows[0].code == "safe_file_malformed"
