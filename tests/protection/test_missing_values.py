"""Who is unknown counts under the code `_U`, directly below the total; rows in which nothing stands are nobody."""

from __future__ import annotations

import csv
from pathlib import Path

from kontor.protection.operations import Places, protect
from tests.protection.inputs import SIMPLE, recipe

HIERARCHY = '[hierarchy.district]\nd1 = "inner"\nd2 = "inner"\nd3 = "outer"\n'


def protected(folder: Path, rows: str) -> dict[tuple[str, str], str]:
    (folder / "input.csv").write_text("district,severity\n" + rows)
    places = Places(folder / "SAFE.csv", folder / "SAFE.html")
    protect(input=folder / "input.csv", recipe=recipe(folder, SIMPLE + HIERARCHY), places=places)
    with places.out.open() as file:
        return {(row["district"], row["severity"]): row["value"] for row in csv.DictReader(file)}


def test_a_missing_code_needs_no_line_of_a_hierarchy(tmp_path: Path) -> None:
    some = "d1,a\n" * 5 + "d2,a\n" * 6 + "d3,a\n" * 7
    found = protected(tmp_path, some + ",a\n" * 8)
    assert (found["_U", "a"], found["inner", "a"], found["_T", "a"]) == ("8", "11", "26")


def test_empty_rows_are_not_counted(tmp_path: Path) -> None:
    some = "d1,a\n" * 5 + "d2,a\n" * 6 + "d3,a\n" * 7
    found = protected(tmp_path, some + ",\n" * 8)
    assert found["_T", "_T"] == "18" and not any("_U" in cell for cell in found)
