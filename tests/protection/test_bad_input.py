"""What is no input: every fault is named, in words and with its place, and nothing is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kontor.errors import Invalid, Refused
from kontor.protection.operations import Places, protect
from kontor.sentences import explain
from tests.protection.inputs import SIMPLE

RECORDS = "district,severity\n" + "d1,a\n" * 9 + "d1,b\n" * 2 + "d2,a\n" * 7 + "d2,b\n" * 8
COUNTS = SIMPLE.replace("variables", 'input = "table"\ncount = "n"\nvariables')
TABLE = "district,severity,n\nd1,a,9\nd1,b,2\nd2,a,7\nd2,b,8\n"
AMOUNTS = """
[table]
kind = "magnitude"
variables = ["district"]
response = "kwh"
[primary]
p_percent = 15
"""
KWH = "district,kwh\nd1,5\nd1,7\nd2,3\n"
PARENTS = "[hierarchy.district]\n"


@pytest.mark.parametrize("folder", ["input.csv", "recipe.toml", "police.csv", "before.csv"])
def test_a_folder_is_no_file(folder: str, tmp_path: Path) -> None:
    recipe = SIMPLE
    if folder == "police.csv":
        recipe += '[[hierarchies]]\nvariable = "district"\nname = "police"\nfile = "police.csv"\n'
    if folder == "before.csv":
        recipe += '[[known]]\nfile = "before.csv"\nrecipe = "before.toml"\n'
    for name, content in {"input.csv": RECORDS, "recipe.toml": recipe, "before.toml": SIMPLE}.items():
        if name != folder:
            (tmp_path / name).write_text(content)
    (tmp_path / folder).mkdir()
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html")
    with pytest.raises(Invalid) as caught:
        protect(input=tmp_path / "input.csv", recipe=tmp_path / "recipe.toml", places=places)
    assert [(row.code, row.facts["file"]) for row in caught.value.rows] == [("file_is_folder", folder)]


def refused(folder: Path, recipe: str, content: str | bytes) -> list[tuple[str, int | None, str | None]]:
    """The faults; each has a sentence in every language, and nothing was written."""
    (folder / "recipe.toml").write_text(recipe, encoding="utf-8")
    (folder / "input.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    places = Places(folder / "SAFE.csv", folder / "REPORT.html", folder / "PROOF.json", folder / "local")
    with pytest.raises(Invalid) as caught:
        protect(input=folder / "input.csv", recipe=folder / "recipe.toml", places=places)
    for language in ("en", "de", "zh-hans"):
        for row in explain(caught.value, language)["rows"]:
            assert row["message"] and "{" not in row["message"].replace("{'n'", "").replace('{"n"', "")
    assert sorted(path.name for path in folder.iterdir()) == ["input.csv", "recipe.toml"]
    return [(row.code, row.row, row.column) for row in caught.value.rows]


@pytest.mark.parametrize(
    ("recipe", "content", "found"),
    [
        (
            SIMPLE + PARENTS + 'd1 = "g"\nd2 = "g"\ng = "h"\nh = "g"\n',
            RECORDS,
            {("hierarchy_cyclic", None, "district")},
        ),
        (SIMPLE + PARENTS + 'd1 = "d1"\nd2 = "_T"\n', RECORDS, {("hierarchy_cyclic", 2, "district")}),
        (SIMPLE + PARENTS + 'd1 = "g"\n', RECORDS, {("code_outside_hierarchy", 13, "district")}),
        (
            COUNTS,
            TABLE + "d1,_T,12\n_T,_T,27\n",
            {("margin_off", 6, "n"), ("margin_off", 7, "n")},
        ),
        (AMOUNTS, KWH.replace("7", "-7"), {("amount_negative", 3, "kwh")}),
        (AMOUNTS, KWH.replace("7", "1e300"), {("amount_too_large", 3, "kwh")}),
        (COUNTS, TABLE.replace("9", "1e18"), {("amount_too_large", 2, "n")}),
        (COUNTS, TABLE.replace("9", "1.5"), {("count_not_whole", 2, "n")}),
        (COUNTS, TABLE.replace("9", "NaN"), {("value_malformed", 2, "n")}),
        (COUNTS, TABLE.replace("9", ""), {("count_missing", 2, "n")}),
        (COUNTS, TABLE + "d1,a,3\n", {("table_cell_twice", 6, None)}),
        (SIMPLE, "", {("input_empty", None, None)}),
        (SIMPLE, "district,severity\n", {("rows_missing", None, None)}),
        (SIMPLE, "district,severity,district\nd1,a,x\n", {("header_twice", 1, "district")}),
        (SIMPLE, RECORDS + '"d1,a\n', {("cells_unreadable", 28, None)}),
        (
            SIMPLE.replace("threshold = 3", "threshold = 0"),
            RECORDS,
            {("recipe_without_rule", None, "primary")},
        ),
        (
            SIMPLE + "[secondary]\ninterval_width = 0\n",
            RECORDS,
            {("recipe_value_wrong", None, "secondary.interval_width")},
        ),
        (
            SIMPLE + "[secondary]\ninterval_width = 1000000\n",
            RECORDS,
            {("recipe_value_wrong", None, "secondary.interval_width")},
        ),
        (
            SIMPLE.replace("severity", "value"),
            RECORDS.replace("severity", "value"),
            {("recipe_name_taken", None, "value")},
        ),
        (
            SIMPLE + "[secondary]\ninterval_width = 5\n[publish]\ncodes = true\n",
            RECORDS,
            {("cell_unprotectable", None, None)},
        ),
    ],
)
def test_faults_are_named(
    tmp_path: Path, recipe: str, content: str, found: set[tuple[str, int | None, str | None]]
) -> None:
    assert found <= set(refused(tmp_path, recipe, content))


@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_table_of_one_cell_is_no_fault(tmp_path: Path, count: int) -> None:
    (tmp_path / "recipe.toml").write_text(SIMPLE.replace(', "severity"', ""))
    (tmp_path / "input.csv").write_text("district\n" + "d1\n" * count)
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html")
    outcome = protect(input=tmp_path / "input.csv", recipe=tmp_path / "recipe.toml", places=places)
    assert (outcome.cells, outcome.hidden) == (2, 2 if count <= 3 else 0)


def test_a_text_is_told_from_a_number_by_its_quotation_marks(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(SIMPLE.replace("= 3", '= "3"'))
    with pytest.raises(Invalid) as caught:
        protect(
            input=tmp_path / "x.csv",
            recipe=tmp_path / "recipe.toml",
            places=Places(tmp_path / "a", tmp_path / "b"),
        )
    assert caught.value.rows[0].facts["value"] == '"3"'


def test_no_device_is_replaced_by_a_result(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "recipe.toml").write_text(SIMPLE)
    (tmp_path / "input.csv").write_text(RECORDS)
    places = Places(tmp_path / "pipe.csv", tmp_path / "REPORT.html")
    with pytest.raises(Refused, match="output_is_device"):
        protect(input=tmp_path / "input.csv", recipe=tmp_path / "recipe.toml", places=places)
    assert (tmp_path / "pipe.csv").is_fifo()


def test_no_linked_table_takes_the_place_of_the_input(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(SIMPLE + '[[linked]]\nrecipe = "other.toml"\n')
    (tmp_path / "other.toml").write_text(SIMPLE.replace(', "severity"', ""))
    (tmp_path / "SAFE.other.csv").write_text(RECORDS)
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html")
    with pytest.raises(Refused, match="output_is_input"):
        protect(input=tmp_path / "SAFE.other.csv", recipe=tmp_path / "recipe.toml", places=places)
    assert (tmp_path / "SAFE.other.csv").read_text() == RECORDS


def test_what_a_linked_recipe_says_of_earlier_tables_is_not_dropped_in_silence(tmp_path: Path) -> None:
    known = '[[known]]\nfile = "old.csv"\nrecipe = "recipe.toml"\n'
    (tmp_path / "recipe.toml").write_text(SIMPLE + '[[linked]]\nrecipe = "other.toml"\n')
    (tmp_path / "other.toml").write_text(SIMPLE.replace(', "severity"', "") + known)
    with pytest.raises(Invalid) as caught:
        protect(
            input=tmp_path / "x.csv",
            recipe=tmp_path / "recipe.toml",
            places=Places(tmp_path / "a", tmp_path / "b"),
        )
    assert [row.code for row in caught.value.rows] == ["linked_names_others"]
