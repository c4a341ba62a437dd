"""The worked examples of the guide: each is run again on the published file, and gives the figures that the guide states.

What depends on the time that a search has is stated as “about” and not compared: `tools/protect_examples.py` makes
those figures anew. Skipped without ../shared.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kontor.audit import audit
from kontor.protection.recipe_file import read_recipe
from tools.protect_examples import DATA, INPUTS, RECIPES, run

GUIDE = RECIPES.parent / "protect.md"
NUMBER = r"(about )?([\d ]+|–)"
ROW = re.compile(
    rf"^\| \[`(\w+)\.toml`\]\(protect/\w+\.toml\) \|[^|]*\| {NUMBER} \| {NUMBER} \| {NUMBER} \| ([^|]*) \|",
    re.MULTILINE,
)
OPEN_DATA = pytest.mark.skipif(
    not DATA.is_dir(), reason="needs the published files in ../shared/data/microdata"
)
SECONDS = 1  # for the search: the figures that are compared do not depend on it


def told() -> dict[str, tuple[int | None, int | None, int | None, str]]:
    """What the guide says of each example: cells (or records) published, hidden by a rule, and hidden if that is no
    limit; then the rest of the figures."""
    found = {}
    for name, _, cells, _, by_rule, most, hidden, rest in ROW.findall(GUIDE.read_text(encoding="utf-8")):
        found[name] = (_number(cells), _number(by_rule), None if most else _number(hidden), rest)
    return found


def _number(text: str) -> int | None:
    return None if text == "–" else int(text.replace(" ", ""))


def test_every_recipe_beside_the_guide_is_explained_in_it() -> None:
    recipes = sorted(RECIPES.glob("*.toml"))
    assert {path.stem for path in recipes} == set(told()) == set(INPUTS)
    assert {path.stem for path in RECIPES.glob("*.html")} == set(INPUTS)


@pytest.mark.parametrize("name", [name for name in INPUTS if name != "segments"])
def test_every_recipe_can_be_read(name: str) -> None:
    assert read_recipe(RECIPES / f"{name}.toml").variables


@OPEN_DATA
@pytest.mark.parametrize("name", list(INPUTS))
def test_an_example_gives_what_the_guide_says(tmp_path: Path, name: str) -> None:
    found = run(name, tmp_path, seconds=SECONDS)
    cells, by_rule, hidden, rest = told()[name]
    assert (found.cells, found.by_rule) == (cells, by_rule)
    assert (hidden is not None) == ("optimal" in rest)
    if hidden is not None:  # proven: nobody hides fewer
        assert found.hidden == hidden if found.optimal else found.hidden >= hidden
    assert audit(tmp_path / "SAFE.csv", tmp_path / f"{name}.toml").safe
    assert json.loads((tmp_path / "PROOF.json").read_text())["audit"]["safe"] is True
    assert f"{found.cells:,}".replace(",", "\u202f") in (tmp_path / "REPORT.html").read_text()


@OPEN_DATA
def test_the_table_of_the_guide_is_written_by_the_tool(tmp_path: Path) -> None:
    row = run("buildings", tmp_path).row("buildings")
    [line] = [line for line in GUIDE.read_text().splitlines() if "(protect/buildings.toml)" in line]
    assert line.endswith(row.removeprefix("| `buildings.toml` "))
