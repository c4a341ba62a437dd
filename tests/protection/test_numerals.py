"""Numbers as offices write them: what can mean one thing only is read, the rest is named with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontor.protection.suggesting import suggest
from tests.protection.inputs import faults, prepared, total, value

AMOUNTS = """
[table]
kind = "magnitude"
variables = ["district"]
response = "kwh"
{}
[primary]
p_percent = 15
"""


def made(folder: Path, numbers: list[str], more: str = "") -> float:
    content = "district;kwh\n" + "".join(f"d{place};{text}\n" for place, text in enumerate(numbers))
    return value(prepared(folder, AMOUNTS.format(more), content), *total(1))


@pytest.mark.parametrize(
    ("numbers", "more", "expected"),
    [
        (["16.666,67", "1.234", "5"], "", 17905.67),
        (["16,666.67", "1,234", "5"], "", 17905.67),
        (["1.234.567", "8"], "", 1234575),
        (["1.234", "2,5", "12.345,5"], 'decimal = ","', 13582),
        (["1,234", "2.5"], 'decimal = "."', 1236.5),
        (["1.234", "5"], 'decimal = "."', 6.234),
        (["1\u202f234,5", "12 345,5", "7"], "", 13587),
        (["1'234.5", "7"], "", 1241.5),
        (["1,5", "2,25"], "", 3.75),
        (["0.125", "12.345", "7"], "", 19.47),
        (["1.234", "5.600"], "", 6.834),
        (["1.234", "123456"], "", 123457.234),
    ],
)
def test_numbers_that_mean_one_thing(numbers: list[str], more: str, expected: float, tmp_path: Path) -> None:
    assert made(tmp_path, numbers, more) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("numbers", "more", "expected"),
    [
        (["1,234", "16,666"], "", [("digits_doubtful", 2)]),
        (["5", "1.234"], "", [("digits_doubtful", 3)]),
        (["1", "16,666.67", "2.5"], 'decimal = ","', [("decimal_other", 3)]),
        (["16.666,67"] * 9, 'decimal = "."', [("decimal_other", 2)]),
        (["1,234", "2.5"], "", [("digits_grouped", 2)]),
        (["1,5", "2.5"], "", [("decimal_other", 2)]),
        (["1.23.456,7", "ten"], 'decimal = ","', [("value_malformed", 2), ("value_malformed", 3)]),
    ],
)
def test_numbers_that_may_mean_another(
    numbers: list[str], more: str, expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert [(row.code, row.row) for row in faults(lambda: made(tmp_path, numbers, more))] == expected


def test_a_suggestion_reads_numbers_in_groups(tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    rows = "".join(f"d{n % 3};{n + 1}.{n * 7:03},{n:02}\n" for n in range(90))
    path.write_text("district;kwh\n" + rows)
    lines = suggest(path).recipe.splitlines()
    assert 'decimal = ","' in lines and '# response = "kwh"' in lines
    assert not any("drop" in line for line in lines)
