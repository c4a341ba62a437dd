"""Observed variables: known units and sources, whole counts, and all that Eurostat's city tables hold."""

from __future__ import annotations

import csv
import gzip
import tomllib
from pathlib import Path

import pytest

from kontor.engines import formula, units

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "definitions"
VARIABLES = tomllib.loads((FOLDER / "variables.toml").read_text(encoding="utf-8"))
INPUTS = {
    origin
    for path in FOLDER.glob("indicators/*/v*.toml")
    for item in tomllib.loads(path.read_text(encoding="utf-8"))["inputs"]
    for origin in item["of"]
}


@pytest.mark.parametrize("code", sorted(VARIABLES))
def test_a_variable_has_a_known_unit_and_a_source(code: str) -> None:
    entry = VARIABLES[code]
    optional = {"area_sources", "labels", "signed"}
    assert entry.keys() - optional == {"unit", "title", "source", "origin", "integer"}
    assert units.factor(formula.parse("x"), {"x": entry["unit"]}, entry["unit"]) == 1
    namespace, name = code.split(":")
    assert (entry["source"] == "league") == (namespace == "league")
    assert namespace != "eurostat" or (entry["source"], entry["origin"]) == ("eurostat", name)


def test_a_variable_of_the_league_has_a_use() -> None:
    # What a publisher counts is kept whole; what the league asks its members for must be needed.
    published = ("eurostat:", "demo_r_pjanaggr3:", "lau:", "regionalstatistik:", "uk:")
    idle = {code for code in VARIABLES if not code.startswith(published)} - INPUTS
    assert idle == set()


def test_a_label_of_a_source_names_one_variable() -> None:
    labels = [(entry["source"], label) for entry in VARIABLES.values() for label in entry.get("labels", ())]
    assert len(labels) == len(set(labels)) >= 80
    assert all(VARIABLES[code].get("labels") for code in VARIABLES if code.startswith("eurostat:"))


def test_only_counts_are_integers_and_only_temperatures_have_a_sign() -> None:
    counted = {"person", "child", "student", "birth", "death", "infant_death", "car", "dwelling", "building"}
    assert {entry["unit"] for entry in VARIABLES.values() if entry["integer"]} == counted
    assert {entry["unit"] for entry in VARIABLES.values() if entry.get("signed")} == {"degree_celsius"}


CITY_TABLES = ROOT.parent / "shared" / "data" / "eurostat-cities"
TABLES = ("ctran", "cenv", "ceduc", "cfermor")


@pytest.mark.parametrize("table", TABLES)
def test_every_variable_of_the_city_tables_is_known_and_counts_are_whole(table: str) -> None:
    path = CITY_TABLES / f"estat_urb_{table}_en.csv.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is missing: variables not compared with the published table")
    values: dict[str, list[float]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["OBS_VALUE"]:
                values.setdefault(f"eurostat:{row['indic_ur']}", []).append(float(row["OBS_VALUE"]))
    assert values.keys() <= VARIABLES.keys()
    for code, found in values.items():
        whole = sum(value.is_integer() for value in found) / len(found)
        assert not VARIABLES[code]["integer"] or whole >= 0.995, (code, whole)


def test_labels_are_those_of_the_code_list() -> None:
    path = CITY_TABLES / "ESTAT_INDIC_UR.csv"
    if not path.exists():
        pytest.skip("ESTAT_INDIC_UR.csv is missing: labels not compared with the code list")
    with path.open(encoding="utf-8-sig", newline="") as file:
        listed = {row["CODE"]: row["Label - English"] for row in csv.DictReader(file, delimiter=";")}
    for code, entry in VARIABLES.items():
        if code.startswith("eurostat:"):
            assert listed[entry["origin"]] in entry["labels"], code


def test_what_member_cities_report_has_the_names_and_units_of_the_starter_figures() -> None:
    def of(namespace: str) -> dict[str, tuple[str, bool]]:
        return {
            code.removeprefix(namespace): (entry["unit"], entry["integer"])
            for code, entry in VARIABLES.items()
            if code.startswith(namespace)
        }

    assert of("league:") == of("starter:")
