"""What lies beside a safe table: leftovers of earlier runs are named, other people's files never end the command."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kontor.errors import Refused
from kontor.protection import operations
from kontor.protection.operations import Outcome, Places, protect
from tests.protection.offices import RECIPE, hide_all, recipe, records

LINKED = RECIPE.replace(', "mode"]', "]")
LINK = '[[linked]]\nrecipe = "short.toml"\n'


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "suppress", hide_all)


def run(folder: Path, *, more: str = "", out: str = "SAFE.csv", local: str = "", count: int = 240) -> Outcome:
    (folder / "short.toml").write_text(LINKED)
    safe = folder / out
    places = Places(safe, safe.with_suffix(".html"), local=folder / local if local else None)
    return protect(input=records(folder, count=count), recipe=recipe(folder, more=more), places=places)


def named(outcome: Outcome) -> list[str]:
    return [str(note.facts["files"]) for note in outcome.notes if note.code == "older_beside"]


def _empty_archive(folder: Path) -> None:
    (folder / "office").mkdir()
    (folder / "office" / "WITNESSES.npz").touch()


def _one_array(folder: Path) -> None:
    (folder / "office").mkdir()
    with (folder / "office" / "WITNESSES.npz").open("wb") as file:
        np.save(file, np.arange(3))


FOREIGN: dict[str, Callable[[Path], object]] = {
    "empty archive": _empty_archive,
    "one array": _one_array,
    "deep json": lambda folder: (folder / "x.json").write_text("[" * 200_000),
    "pipe": lambda folder: os.mkfifo(folder / "x.html"),
    "pipe of a table": lambda folder: os.mkfifo(folder / "SAFE.x.csv"),
    "picture": lambda folder: (folder / "x.html").write_bytes(bytes(range(256))),
    "link to itself": lambda folder: (folder / "x.html").symlink_to("x.html"),
    "table of somebody": lambda folder: (folder / "SAFE.2019.csv").write_text("district,value\nnorth,3\n"),
}


@pytest.mark.parametrize("foreign", FOREIGN)
def test_files_of_other_people_are_passed_over(tmp_path: Path, foreign: str) -> None:
    FOREIGN[foreign](tmp_path)
    assert named(run(tmp_path)) == []


def test_what_an_earlier_run_left_is_named(tmp_path: Path) -> None:
    run(tmp_path, out="OLD.csv", count=30, more=LINK, local="office")
    (tmp_path / "OLD.csv").unlink()
    assert named(run(tmp_path, out="SAFE.csv")) == ["OLD.html, office"]


def test_a_linked_table_that_is_no_longer_made_is_named(tmp_path: Path) -> None:
    assert named(run(tmp_path, more=LINK)) == []
    assert named(run(tmp_path, more="[secondary]\ninterval_width = 3\n")) == ["SAFE.short.csv"]


def test_a_table_with_its_own_report_is_no_leftover(tmp_path: Path) -> None:
    """Nor are the tables that it is linked to, nor one that was published before and is named in the recipe."""
    run(tmp_path, out="SAFE.2023.csv", count=30, more=LINK)
    (tmp_path / "2023.toml").write_bytes((tmp_path / "recipe.toml").read_bytes())
    assert named(run(tmp_path)) == []
    (tmp_path / "SAFE.2023.html").unlink()
    (tmp_path / "SAFE.2023.short.csv").unlink()
    assert named(run(tmp_path)) == ["SAFE.2023.csv"]
    (tmp_path / "2023.toml").write_bytes((tmp_path / "recipe.toml").read_bytes())  # without the linked one
    known = '[[known]]\nfile = "SAFE.2023.csv"\nrecipe = "2023.toml"\nrevised = true\n'
    assert named(run(tmp_path, more=known)) == []


@pytest.mark.parametrize("name", ["SAFE.csv", "SAFE.html"])
def test_a_result_that_is_a_link_to_itself_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(name)
    with pytest.raises(Refused, match="output_is_device"):
        run(tmp_path)


@pytest.mark.parametrize("name", ["SAFE.xlsx", "SAFE", "SAFE.parquet"])
def test_a_table_is_called_what_it_is(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="output_not_csv"):
        run(tmp_path, out=name)
