"""The worked examples of the guide: each is run again on the published file, and gives the figures that the guide states.

Skipped without ../shared.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest

from kontor.protection.operations import Places, protect
from kontor.protection.recipe_file import read_recipe

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
DATA = ROOT.parent / "shared" / "data" / "microdata"
STARTER = ROOT / "starter" / "figures.csv"
ROW = re.compile(
    r"^\| \[`(\w+)\.toml`\]\(protect/\w+\.toml\) \|[^|]*\| ([\d ]+) \| ([\d ]+|–) \|", re.MULTILINE
)
INPUTS = {
    "dominance": DATA / "EIA.csv",
    "buildings": DATA / "seattle_2016_Building_Energy_Benchmarking.csv.gz",
    "adult": DATA / "adult.data.csv.gz",
    "accidents": DATA / "AfSBBB_BE_LOR_Strasse_Strassenverkehrsunfaelle_2019_Datensatz.csv.gz",
    "segments": DATA / "unfaelle_berlin_2018_abschnitte.geo.json.gz",
    "deaths": STARTER,
}
QUICK = ("dominance", "adult")


def told() -> dict[str, tuple[int, int | None]]:
    """What the guide says of each example: cells (or records) published, and hidden."""
    found = ROW.findall((GUIDE / "protect.md").read_text(encoding="utf-8"))
    number = {name: (cells.replace(" ", ""), hidden.replace(" ", "")) for name, cells, hidden in found}
    return {
        name: (int(cells), None if hidden == "–" else int(hidden)) for name, (cells, hidden) in number.items()
    }


def test_every_recipe_beside_the_guide_is_explained_in_it(tmp_path: Path) -> None:
    recipes = sorted((GUIDE / "protect").glob("*.toml"))
    assert {path.stem for path in recipes} == set(told()) == set(INPUTS)


@pytest.mark.parametrize("name", [name for name in INPUTS if name != "segments"])
def test_every_recipe_can_be_read(name: str) -> None:
    assert read_recipe(GUIDE / "protect" / f"{name}.toml").variables


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the published files in ../shared/data/microdata")
@pytest.mark.parametrize("name", QUICK)
def test_an_example_gives_what_the_guide_says(tmp_path: Path, name: str) -> None:
    shutil.copy(GUIDE / "protect" / f"{name}.toml", tmp_path)
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html", tmp_path / "PROOF.json")
    outcome = protect(input=INPUTS[name], recipe=tmp_path / f"{name}.toml", places=places)
    cells, hidden = told()[name]
    assert outcome.cells == cells
    assert hidden is None or outcome.hidden == hidden
    assert json.loads((tmp_path / "PROOF.json").read_text())["audit"]["safe"] is True


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the published files in ../shared/data/microdata")
def test_the_files_of_the_examples_are_there() -> None:
    assert [name for name, path in INPUTS.items() if not path.exists()] == []
    with gzip.open(INPUTS["segments"]) as file:
        assert len(json.load(file)["features"]) == 7413
