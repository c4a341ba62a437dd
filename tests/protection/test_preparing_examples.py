"""Recipes for open data sets: each can be read, and fits the data it is made for."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontor.protection.preparing import prepare
from kontor.protection.recipe_file import read_recipe
from kontor.protection.records import prepare_records
from kontor.protection.suggesting import suggest
from tests.protection.inputs import faults

ROOT = Path(__file__).parents[2]
EXAMPLES = Path(__file__).with_name("recipes")
DATA = ROOT.parent / "shared" / "data" / "microdata"
ACCIDENTS = "AfSBBB_BE_LOR_Strasse_Strassenverkehrsunfaelle_2019_Datensatz.csv.gz"
OPEN_DATA = pytest.mark.skipif(not DATA.exists(), reason="the open data sets are not beside the checkout")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_can_be_read(path: Path) -> None:
    assert read_recipe(path).variables


@OPEN_DATA
@pytest.mark.parametrize(
    ("name", "file", "cells", "primary", "whole"),
    [
        ("berlin-accidents", ACCIDENTS, 660, 97, 13_390),
        ("berlin-streets", "unfaelle_berlin_2018_abschnitte.geo.json.gz", 208, 37, 7_413),
        ("eia", "EIA.csv", 676, 50, 3_097_809_930),
        ("seattle-energy", "seattle_2016_Building_Energy_Benchmarking.csv.gz", 72, 10, 18_215_762_450),
        ("adult", "adult.data.csv.gz", 1350, 165, 32_561),
    ],
)
def test_examples_on_their_data(name: str, file: str, cells: int, primary: int, whole: float) -> None:
    found = prepare(DATA / file, read_recipe(EXAMPLES / f"{name}.toml"))
    problem = found.problem
    assert (len(problem.values), int(problem.primary.sum())) == (cells, primary)
    assert problem.values.max() == pytest.approx(whole, rel=1e-6)
    assert abs(problem.equations @ problem.values).max() <= 1e-9 * whole


@OPEN_DATA
def test_micro_data_of_the_adults() -> None:
    found = prepare_records(DATA / "adult.data.csv.gz", read_recipe(EXAMPLES / "adult-records.toml"))
    assert len(found.columns["sex"]) == 32_561
    assert set(found.columns["sex"]) == {"Male", "Female"}
    assert found.columns["native-country"].count("_U") == 583


@OPEN_DATA
def test_the_row_of_the_accidents_that_slipped_is_named(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    text = '[table]\nkind = "frequency"\nvariables = ["BEZ", "USTRZUSTAND"]\n[primary]\nthreshold = 3\n'
    recipe.write_text(text)
    [fault] = faults(lambda: prepare(DATA / ACCIDENTS, read_recipe(recipe)))
    assert (fault.code, fault.column, fault.facts["value"]) == (
        "code_unlike_others",
        "USTRZUSTAND",
        "Hellersdorfer Promenade",
    )
    assert fault.row == 11_895


@OPEN_DATA
@pytest.mark.parametrize(
    ("file", "personal"),
    [
        (ACCIDENTS, {"STRASSE", "LINREFX", "LINREFY", "XGCSWGS84", "YGCSWGS84"}),
        ("seattle_2015_Building_Energy_Benchmarking.csv.gz", {"PropertyName", "Location"}),
        (
            "seattle_2019_Building_Energy_Benchmarking.csv.gz",
            {"BuildingName", "Address", "Latitude", "Longitude"},
        ),
    ],
)
def test_a_suggestion_finds_who_could_be_recognised(tmp_path: Path, file: str, personal: set[str]) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(suggest(DATA / file).recipe, encoding="utf-8")
    read = read_recipe(recipe)
    assert personal <= read.identifiers.keys()
    assert prepare(DATA / file, read).problem.primary.any()
