"""Municipalities of 2019, added up to cities: whole unions alone, each with what it was made from."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from kontor.indicators import codelists
from kontor.observations import crosswalks
from kontor.observations.importers import Context, importer
from kontor.observations.rules import Reading

ROOT = Path(__file__).resolve().parents[2]
SMALL = Path(__file__).parent / "fixtures" / "lau-2019.csv"
PUBLISHED = ROOT.parent / "shared" / "data" / "crosswalks" / "lau_nuts2016_city_fua_2019.csv.gz"
CITIES = {"BE004K1": "CHA", "BE009K1": "MON", "DE001C1": "BER", "DE052C1": "FLE", "SE002K1": "GOT"}


def context(cities: dict[str, str] = CITIES) -> Context:
    return Context(
        areas=frozenset(cities.values()),
        codes={("urban_audit", "2019"): cities},
        variables=codelists.variables(),
        flags=frozenset(codelists.flags()),
        latest=2026,
        source_of=lambda variable, area: f"{variable} of {area}",
    )


@pytest.fixture(scope="module")
def reading() -> Reading:
    return importer("lau")(SMALL, context())


def test_whole_unions_are_added_up_with_the_recipe(reading: Reading) -> None:
    assert [(f.area, f.variable, f.period, str(f.value), f.row, f.conversion) for f in reading.figures] == [
        ("BER", "lau:population", "2019", "3644826.0", 7, "lau 2019>2019 municipalities: DE_11000000*1"),
        (
            "CHA",
            "lau:population",
            "2019",
            "238170.0",
            2,
            "lau 2019>2019 municipalities: BE_52011*1 + BE_52012*1",
        ),
    ]
    assert {figure.source for figure in reading.figures} == {"lau:population of BER", "lau:population of CHA"}
    assert {figure.column for figure in reading.figures} == {"population"}


def test_a_union_that_lacks_a_part_has_no_figure_and_names_it(reading: Reading) -> None:
    lacking = {
        bad.facts["value"]: bad.facts["parts"]
        for bad in reading.skipped
        if bad.code == "municipality_missing"
    }
    assert lacking == {
        "MON lau:population 2019": "BE_53053 BE_53082",
        "GOT lau:population 2019": "SE_1402",
    }


def test_every_row_is_accounted_for(reading: Reading) -> None:
    assert [(fault.code, fault.row, fault.facts.get("repair")) for fault in reading.faults] == [
        ("area_malformed", 8, "DE_01001000"),
        ("value_not_whole", 9, None),
        ("row_twice", 11, None),
    ]
    assert {(bad.code, bad.row) for bad in reading.skipped if bad.code != "municipality_missing"} == {
        ("value_missing", 5),
        ("municipality_row", 12),
    }
    assert reading.read == len(reading.figures) + len(reading.skipped) + reading.wrong


def test_what_does_not_add_up_is_not_added() -> None:
    variables = dict(codelists.variables()) | {"lau:population": {"unit": "person/km**2"}}
    found = importer("lau")(SMALL, replace(context(), variables=variables))
    assert [figure.area for figure in found.figures] == ["BER"]  # one municipality is not added to anything
    assert "BE_52011 BE_52012" in {bad.facts.get("parts") for bad in found.skipped}


def test_a_code_that_the_table_gave_to_two_units_is_none(tmp_path: Path) -> None:
    """ES016C1 stands there for Toledo and, by mistake, for Talavera de la Reina."""
    both = [unit for unit in crosswalks.units_of_2019() if unit.code == "ES016C1"]
    assert len(both) == 2
    path = tmp_path / "toledo.csv"
    path.write_text(f"gisco_id,population\n{both[0].municipalities[0]},83226\n")
    found = importer("lau")(path, context({"ES016C1": "TOL"}))
    assert found.figures == [] and [bad.code for bad in found.skipped] == ["municipality_row"]


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="needs the published table in ../shared/data")
def test_the_published_table_gives_the_cities_of_the_starter() -> None:
    with (ROOT / "starter" / "codes.csv").open(encoding="utf-8", newline="") as file:
        codes = {
            row["code"]: row["city_code"]
            for row in csv.DictReader(file)
            if (row["scheme"], row["edition"]) == ("urban_audit", "2019")
        }
    found = importer("lau")(PUBLISHED, context(codes))
    stated = {codes[unit.code]: unit.population for unit in crosswalks.units_of_2019() if unit.code in codes}
    made = {figure.area: figure.value for figure in found.figures}
    assert found.faults == [] and len(made) > 190
    assert made == {city: count for city, count in stated.items() if count is not None and city in made}
    assert {city for city, count in stated.items() if count is not None} - made.keys() <= {
        codes.get("ES016C1")
    }
    assert made["DE001C"] == Decimal(3644826)
    without = {bad.facts["value"].split()[0] for bad in found.skipped if bad.code == "municipality_missing"}
    assert without <= {city for city, count in stated.items() if count is None}
