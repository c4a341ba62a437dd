"""Files that a recipe names: nothing but plain files is read, nothing is written elsewhere, and nothing of a strange file
is shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kontor.errors import BadRow
from kontor.protection.earlier import read_earlier
from kontor.protection.operations import Places, protect
from kontor.protection.recipe_file import read_recipe
from tests.protection.inputs import SIMPLE, faults, recipe

RECORDS = "district,severity,id\n" + "".join(f"d{n % 2},{'ab'[n % 3 > 0]},{n}\n" for n in range(60))
NAMED = {
    "known.file": '[[known]]\nrecipe = "other.toml"\nfile = {}\n',
    "known.recipe": '[[known]]\nfile = "old.csv"\nrecipe = {}\n',
    "linked.recipe": "[[linked]]\nrecipe = {}\n",
    "hierarchies.file": '[[hierarchies]]\nvariable = "district"\nname = "police"\nfile = {}\n',
    "alternative.secret": '[alternative]\nmethod = "cellkey"\nrecord = "id"\nsecret = {}\n',
}
PRIVATE = '[alternative]\nmethod = "dp"\nepsilon = 1\nbudget = 9\nrelease = "r"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "input.csv").write_text(RECORDS, encoding="utf-8")
    (tmp_path / "old.csv").write_text("district,severity,value,confidentiality\n", encoding="utf-8")
    recipe(tmp_path, SIMPLE, "other.toml")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def refused(folder: Path, text: str) -> list[BadRow]:
    """What is wrong with it, where nothing is written anywhere."""
    before = sorted(folder.parent.rglob("*"))
    places = Places(folder / "SAFE.csv", folder / "REPORT.html")
    path = recipe(folder, SIMPLE + text)
    found = faults(lambda: protect(input=folder / "input.csv", recipe=path, places=places))
    path.unlink()
    assert sorted(folder.parent.rglob("*")) == before
    return found


@pytest.mark.parametrize("key", NAMED)
@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
def test_a_pipe_or_a_device_is_no_file(folder: Path, key: str, name: str) -> None:
    found = refused(folder, NAMED[key].format(f'"{name}"'))
    assert [row.code for row in found] == ["recipe_file_missing"]


@pytest.mark.parametrize("key", NAMED)
@pytest.mark.parametrize("value", ["1", "[]", r'"a\u0000b"', '"' + 300 * "x" + '"'])
def test_what_cannot_be_a_path(folder: Path, key: str, value: str) -> None:
    found = refused(folder, NAMED[key].format(value))
    assert [(row.code, row.column) for row in found] == [("recipe_value_wrong", key)]


@pytest.mark.parametrize("name", ["/", "../accidents", "a/b", r"a\\b", r"a\u0000"])
def test_the_account_of_a_data_set_is_beside_the_recipe(folder: Path, name: str) -> None:
    found = refused(folder, PRIVATE + f'data_set = "{name}"\n')
    assert [(row.code, row.column) for row in found] == [("recipe_value_wrong", "alternative.data_set")]


@pytest.mark.parametrize("name", [".", "pipe"])
def test_an_account_that_is_no_file(folder: Path, name: str) -> None:
    found = refused(folder, PRIVATE + f'data_set = "a"\nledger = "{name}"\n')
    assert [(row.code, row.column) for row in found] == [("recipe_value_wrong", "alternative.ledger")]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("root:x:0:0:root:/root", "…"),
        ("password,secret", "…"),
        ("district;severity;value;confidentiality", "district;severity;value;confidentiality"),
        ("severity,district,value,confidentiality", "severity,district,value,confidentiality"),
    ],
)
def test_the_first_line_of_a_strange_file_is_not_shown(folder: Path, line: str, shown: str) -> None:
    (folder / "old.csv").write_text(line + "\n1\n", encoding="utf-8")
    path = recipe(folder, SIMPLE + NAMED["known.file"].format('"old.csv"'))
    (fault,) = faults(lambda: read_earlier(read_recipe(path)))
    assert (fault.code, fault.facts["found"]) == ("header_wrong", shown)
