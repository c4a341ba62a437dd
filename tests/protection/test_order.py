"""The order of codes and variables: the recipe's, else that of numbers and names; never that of the records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kontor.protection import operations
from kontor.protection.codes import in_order
from kontor.protection.operations import Places, protect
from kontor.protection.report.figures import Figures
from kontor.protection.report.picture import pictures
from kontor.protection.safe_file import read
from tests.protection.inputs import recipe, rows
from tests.protection.offices import hide_all

MONTHS = [str(month) for month in (1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9)]
QUARTERS = "".join(f'{month} = "Q{(month + 2) // 3}"\n' for month in range(1, 13))
TEXT = f"""
[table]
kind = "frequency"
variables = ["month", "area"]
[hierarchy.month]
{QUARTERS}
[primary]
threshold = 3
"""


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (["10", "9", "1"], ["1", "9", "10"]),
        (["1", "0.5", "-2", "1.25", "x"], ["-2", "0.5", "1", "1.25", "x"]),
        (["d10", "d2", "_U", "a"], ["a", "d2", "d10", "_U"]),
        (["7", "07"], ["07", "7"]),
    ],
)
def test_codes_stand_as_people_count(given: list[str], order: list[str]) -> None:
    assert in_order(given, (), "_U") == order
    assert in_order(given[::-1], (), "_U") == order


def test_codes_of_a_hierarchy_stand_as_it_is_written() -> None:
    written = {"young": "all", "middle": "all", "old": "all"}
    assert in_order(["middle", "_U", "old", "young"], (written,), "_U") == ["young", "middle", "old", "_U"]


def test_all_files_follow_that_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SAFE.csv, the pictures, and the page for the office."""
    monkeypatch.setattr(operations, "suppress", hide_all)
    counts = {(month, area): 2 for month in MONTHS for area in ("10", "9")}
    (tmp_path / "a.csv").write_text(rows(counts, "month,area"))
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html", local=tmp_path / "office")
    asked = recipe(tmp_path, TEXT)
    outcome = protect(input=tmp_path / "a.csv", recipe=asked, places=places)
    assert outcome.hidden
    safe = read(tmp_path / "SAFE.csv")
    months = [str(month) for month in range(1, 13)]
    assert list(dict.fromkeys(safe.codes[0])) == [*months, "Q1", "Q2", "Q3", "Q4", "_T"]
    assert list(dict.fromkeys(safe.codes[1])) == ["9", "10", "_T"]
    (picture,), _ = pictures(Figures(safe, operations.read_recipe(asked)))
    assert [block.first for block in picture.down][:6] == ["Q1", "1", "2", "3", "Q2", "4"]
    cells = [cell["cell"] for cell in json.loads((tmp_path / "office/LOCAL.json").read_text())["cells"]]
    assert list(cells[0].items()) == [("month", "1"), ("area", "9")]


def test_hidden_values_of_the_office_are_plain_decimals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.1 + 0.2 is no 0.30000000000000004."""
    monkeypatch.setattr(operations, "suppress", hide_all)
    text = '[table]\nkind = "magnitude"\nvariables = ["area"]\nresponse = "kwh"\n[primary]\np_percent = 15\n'
    (tmp_path / "a.csv").write_text("area,kwh\na,0.1\na,0.2\nb,0.7\nb,0.1\nb,0.0000001\n")
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html", local=tmp_path / "office")
    protect(input=tmp_path / "a.csv", recipe=recipe(tmp_path, text), places=places)
    local = json.loads((tmp_path / "office/LOCAL.json").read_text())
    assert [cell["value"] for cell in local["cells"]] == [0.3, 0.8, 1.1]
    assert local["pattern"]["hidden_value"] == {"primary": 1.1, "secondary": 1.1}
