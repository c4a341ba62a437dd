"""Tables of the United Kingdom: one column per variable, areas by GSS code, totals and dissolved authorities aside."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from kontor.errors import Invalid
from kontor.indicators import codelists
from kontor.observations.importers import Context, importer
from kontor.observations.importers.layouts import publication
from kontor.observations.rules import Figure, Reading
from tests.cast import CAMDEN

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
ENERGY, AUTHORITIES = FIXTURES / "uk-leggi.tsv", FIXTURES / "uk-authorities.csv"
TABLES = ROOT.parent / "shared" / "data" / "uk"


def read(path: Path, codes: set[str] | None = None) -> Reading:
    boroughs = {code: code for code in codes or {CAMDEN}}
    return importer("uk")(
        path,
        Context(
            areas=frozenset(boroughs),
            codes={("gss", "2023"): boroughs},
            variables=codelists.variables(),
            flags=frozenset(codelists.flags()),
            latest=2026,
            source_of=codelists.source_of,
        ),
    )


def reasons(reading: Reading) -> set[tuple[str, int | None, str]]:
    return {(row.code, row.row, row.facts["value"]) for row in reading.skipped}


def test_energy_of_a_borough() -> None:
    found = read(ENERGY)
    assert found.figures[0] == Figure(
        CAMDEN,
        "uk:domestic_electricity_kwh",
        "2016",
        Decimal("267217383.6"),
        "",
        "gla_leggi",
        "uk-leggi.tsv",
        2,
        "domestic_electricity",
    )
    assert len(found.figures) == 10 and found.read == 5 * 6
    assert {figure.area for figure in found.figures} == {CAMDEN}


def test_rows_without_a_code_and_unknown_areas_are_passed_over() -> None:
    assert reasons(read(ENERGY)) == {
        ("value_missing", 3, "NA"),
        ("area_without_code", 4, "London"),
        ("area_without_code", 5, "Unapportioned"),
        ("city_not_in_league", 6, "E09000099"),
    }


def test_a_thousands_separator_is_named_with_its_repair() -> None:
    [fault] = read(ENERGY).faults
    assert (fault.code, fault.row, fault.column) == (
        "value_malformed",
        3,
        "industrial_and_commercial_total",
    )
    assert fault.facts["repair"] == "730983.1"


def test_columns_that_are_not_read_are_listed() -> None:
    listed = [row.facts["value"] for row in read(ENERGY).notes if row.code == "columns_not_used"]
    assert listed == ["area, transport_shipping"]


def test_area_and_population_of_an_authority() -> None:
    found = read(AUTHORITIES, {CAMDEN, "E07000026"})
    assert [(f.variable, f.period, str(f.value), f.column) for f in found.figures] == [
        ("uk:land_area_km2", "2020", "22.0", "area"),
        ("uk:population", "2020", "279516.0", "pop-2020"),
    ]
    assert reasons(found) == {
        ("area_dissolved", 3, "Allerdale, Borough of"),
        ("region_row", 4, "E10000006"),
        ("area_without_code", 5, "New Authority"),
    }


def test_a_half_person_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "authorities.csv"
    path.write_text(AUTHORITIES.read_text().replace("279516.0", "279516.5"))
    assert [(fault.code, fault.column) for fault in read(path).faults] == [("value_not_whole", "pop-2020")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("area;leggi_year;domestic_total;gss\nCamden;2016;1;E09000007\n", "delimiter_wrong"),
        ("area\tleggi_year\tgss\nCamden\t2016\tE09000007\n", "header_wrong"),
        ("gss\tleggi_year\tdomestic_total\tdomestic_total\n", "header_twice"),
        ("", "file_empty"),
    ],
)
def test_another_table_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_text(text)
    with pytest.raises(Invalid) as invalid:
        read(path)
    assert [fault.code for fault in invalid.value.rows] == [code]


# ---- the real tables

real = pytest.mark.skipif(not TABLES.is_dir(), reason="needs the published tables in ../shared/data")


def starter(variable: str) -> dict[tuple[str, str], Decimal]:
    with (ROOT / "starter" / "figures.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["city_code"], row["period"]): Decimal(row["value"])
            for row in csv.DictReader(file)
            if row["variable"] == variable and row["city_code"].startswith("E09")
        }


@real
def test_energy_agrees_with_the_starter() -> None:
    """The starter rounds to whole kilowatt hours; the City of London is given with two decimals."""
    expected = starter("domestic_energy_kwh")
    found = read(TABLES / "london_boroughs_energycons_df.tsv", {area for area, _ in expected})
    assert found.faults == []
    published = {
        (figure.area, figure.period): figure.value
        for figure in found.figures
        if figure.variable == "uk:domestic_energy_kwh"
    }
    assert len(expected) == 264 and published.keys() == expected.keys()
    assert {key: round(value) for key, value in published.items()} == expected
    assert sum(published[key] == expected[key] for key in expected) == 255


@real
def test_population_agrees_with_the_starter() -> None:
    expected = starter("population")
    found = read(TABLES / "uk_local_authorities_current.csv", {area for area, _ in expected})
    assert found.faults == []
    published = {
        (figure.area, figure.period): figure.value
        for figure in found.figures
        if figure.variable == "uk:population"
    }
    assert published == expected and len(expected) == 33


@real
def test_every_column_of_the_mapping_stands_in_the_tables() -> None:
    codes = {area for area, _ in starter("population")}
    columns = [
        {figure.column for figure in read(TABLES / name, codes).figures}
        for name in ("london_boroughs_energycons_df.tsv", "uk_local_authorities_current.csv")
    ]
    assert columns == [set(layout.variables) for layout in publication("uk").layouts]
