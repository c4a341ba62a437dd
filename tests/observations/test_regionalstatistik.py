"""Tables of the Regionaldatenbank: levels never mixed, strokes that are no zeros, districts brought to those of 2020."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest

from kontor.errors import Invalid
from kontor.indicators import codelists
from kontor.observations import crosswalks
from kontor.observations.importers import Context, importer
from kontor.observations.importers.districts import is_additive
from kontor.observations.importers.layouts import publication
from kontor.observations.rules import Figure, Reading

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
COMPLETED, STOCK = FIXTURES / "regionalstatistik-31121.csv", FIXTURES / "regionalstatistik-31231.csv"
KREISE = ROOT.parent / "shared" / "data" / "germany-kreise"
CITIES = {
    "01001": "FLE",
    "02": "HAM",
    "03159": "GOE",
    "03241001": "HAN",
    "11": "BER",
    "12054": "POT",
    "14713": "LEI",
    "15003": "MAG",
    "16063": "WAK",
}
DWELLINGS = "regionalstatistik:dwellings_completed"


def context(cities: dict[str, str] = CITIES) -> Context:
    return Context(
        areas=frozenset(cities.values()),
        codes={("ags", "2020"): cities, ("urban_audit", "2024"): {"14365": "WRONG"}},
        variables=codelists.variables(),
        flags=frozenset(codelists.flags()),
        latest=2026,
        source_of=lambda variable, area: f"{variable} of {area}",
    )


def read(path: Path, cities: dict[str, str] = CITIES) -> Reading:
    return importer("regionalstatistik")(path, context(cities))


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(COMPLETED)


@pytest.fixture(scope="module")
def figures(reading: Reading) -> dict[tuple[str, str, str], Figure]:
    return {
        (figure.area, figure.variable.partition(":")[2], figure.period): figure for figure in reading.figures
    }


def altered(tmp_path: Path, old: str, new: str, *, source: Path = COMPLETED) -> Path:
    text = source.read_bytes().decode("iso-8859-1")
    assert old in text
    path = tmp_path / "table.csv"
    path.write_bytes(text.replace(old, new).encode("iso-8859-1"))
    return path


def reasons(reading: Reading, code: str) -> set[tuple[int | None, str]]:
    return {(row.row, row.facts["value"]) for row in (*reading.skipped, *reading.notes) if row.code == code}


# ---- what stands in the file


def test_a_figure_keeps_digits_row_column_and_source(figures: dict[tuple[str, str, str], Figure]) -> None:
    figure = figures["FLE", "floor_area_completed", "2021"]
    assert figure == Figure(
        "FLE",
        "regionalstatistik:floor_area_completed",
        "2021",
        Decimal("24.5"),
        "",
        "regionalstatistik:floor_area_completed of FLE",
        "regionalstatistik-31121.csv",
        13,
        "Wohnfläche / 1000 qm",
    )
    assert str(figure.value) == "24.5"


def test_levels_are_never_mixed(reading: Reading) -> None:
    assert {figure.area for figure in reading.figures} == set(CITIES.values())
    assert reasons(reading, "country_row") == {(11, "DG")}
    assert reasons(reading, "region_row") == {(12, "01"), (15, "031")}
    assert reasons(reading, "district_row") == {(18, "11001001")}


def test_hamburg_and_berlin_are_states_and_cities(figures: dict[tuple[str, str, str], Figure]) -> None:
    assert figures["HAM", "dwellings_completed", "2021"].value == 7900
    assert figures["BER", "dwellings_completed", "2021"].value == 1461


def test_a_point_is_unknown_and_no_figure(
    reading: Reading, figures: dict[tuple[str, str, str], Figure]
) -> None:
    assert ("FLE", "floor_area_completed", "2015") not in figures
    missing = [row for row in reading.skipped if row.code == "value_missing" and row.row == 21]
    assert [row.facts["value"] for row in missing] == [".", "."]


def test_a_stroke_beside_figures_is_zero(figures: dict[tuple[str, str, str], Figure]) -> None:
    assert figures["FLE", "single_dwelling_buildings_completed", "1995"].value == 0
    assert figures["FLE", "floor_area_completed", "1995"].value == 0


def test_a_row_of_strokes_is_no_row_of_zeros(
    reading: Reading, figures: dict[tuple[str, str, str], Figure]
) -> None:
    assert ("HAN", "dwellings_completed", "2015") not in figures
    assert figures["HAN", "dwellings_completed", "2021"].value == 106
    assert reasons(reading, "district_absent") == {(25, "03241001 2015")}


def test_columns_that_are_not_read_are_listed(reading: Reading) -> None:
    [(row, listed)] = reasons(reading, "columns_not_used")
    assert row == 10 and listed.count(" / Anzahl") == 4


def test_every_entry_is_accounted_for(reading: Reading) -> None:
    assert not reading.faults and not reading.wrong
    converted = Counter(row.code for row in reading.notes)["district_converted"]
    assert (converted, len(reading.notes)) == (7, 8)
    assert reading.read == len(reading.figures) + len(reading.skipped) == (24 - converted) * 5


# ---- territory


def test_a_merged_district_is_the_sum_of_its_parts(figures: dict[tuple[str, str, str], Figure]) -> None:
    figure = figures["GOE", "dwellings_completed", "2015"]
    assert (figure.value, figure.flags, figure.row) == (Decimal(422), "", 24)
    assert figure.conversion == "kreise 2015>2020 population: 03152*1 + 03156*1"
    # 235 and a stroke, which is none
    assert figures["GOE", "dwellings_in_apartment_buildings_completed", "2015"].value == 235


def test_a_sum_with_a_missing_part_is_missing(
    reading: Reading, figures: dict[tuple[str, str, str], Figure]
) -> None:
    assert ("GOE", "floor_area_completed", "2015") not in figures
    missing = [row for row in reading.skipped if row.code == "part_missing" and row.row == 24]
    assert [(row.column, row.facts) for row in missing] == [
        ("Wohnfläche / 1000 qm", {"value": "03159 2015", "parts": "03156"})
    ]


def test_a_part_of_a_district_makes_an_estimate(figures: dict[tuple[str, str, str], Figure]) -> None:
    potsdam = figures["POT", "dwellings_completed", "1995"]
    assert (potsdam.value, potsdam.flags) == (Decimal(1369), "e")
    assert potsdam.conversion == "kreise 1995>2020 population: 12054*1 + 12069*0.04158625585058007"
    magdeburg = figures["MAG", "dwellings_completed", "1995"]
    assert (magdeburg.value, magdeburg.flags, magdeburg.row) == (Decimal(1485), "e", 32)


def test_what_the_publisher_recalculated_is_taken_as_it_is(
    figures: dict[tuple[str, str, str], Figure],
) -> None:
    """In 1995 there was no 14713; the publisher gives it a figure for the territory of today all the same."""
    leipzig = figures["LEI", "dwellings_completed", "1995"]
    assert (leipzig.value, leipzig.flags, leipzig.conversion, leipzig.row) == (Decimal(3738), "", "", 31)


def test_parts_are_named_as_such(reading: Reading) -> None:
    assert reasons(reading, "district_converted") == {
        (22, "03152 2015"),
        (23, "03156 2015"),
        (28, "12069 1995"),
        (29, "14365 1995"),
        (30, "14379 1995"),
        (33, "15303 1995"),
        (34, "15355 1995"),
    }


def test_a_district_that_grew_later_is_not_compared(
    reading: Reading, figures: dict[tuple[str, str, str], Figure]
) -> None:
    assert figures["WAK", "dwellings_completed", "2020"].value == 212
    assert ("WAK", "dwellings_completed", "2021") not in figures
    assert reasons(reading, "territory_differs") == {(19, "16063 2021")}


def test_before_the_table_of_districts_nothing_is_known(tmp_path: Path) -> None:
    found = read(altered(tmp_path, "1995;01001;", "1985;01001;"))
    assert reasons(found, "territory_unknown") == {(26, "01001 1985")}


def test_a_year_to_come_is_a_fault(tmp_path: Path) -> None:
    found = read(altered(tmp_path, "1995;01001;", "2095;01001;"))
    assert {(fault.code, fault.row) for fault in found.faults} == {("period_in_future", 26)}


def test_a_district_listed_twice_is_named(tmp_path: Path) -> None:
    found = read(altered(tmp_path, "2015;03159;", "2015;03156;"))
    assert [(fault.code, fault.row, fault.facts["first"]) for fault in found.faults] == [
        ("row_twice", 24, 23)
    ]
    found = read(altered(tmp_path, "2015;03152;", "2015;01001;"))
    assert [(fault.code, fault.row) for fault in found.faults] == [("row_twice", 22)] * 3


def test_a_broken_part_is_a_fault_and_makes_the_sum_missing(tmp_path: Path) -> None:
    found = read(altered(tmp_path, ";21;19;-;2;28;19;-;-;.", ";21;19;-;2;28.0x;19;-;-;."))
    assert [(fault.code, fault.row, fault.column) for fault in found.faults] == [
        ("value_malformed", 23, "Wohnungen / in Wohngebäuden / Insgesamt / Anzahl")
    ]
    assert "422" not in {str(figure.value) for figure in found.figures}


def test_rates_are_never_added() -> None:
    assert is_additive("dwelling") and is_additive("decare")
    assert not is_additive("percent") and not is_additive("death/kiloresident")


# ---- the other table, and what is wrong with a whole file


def test_a_stock_has_a_day_for_a_period() -> None:
    found = read(STOCK)
    assert [(figure.period, str(figure.value)) for figure in found.figures] == [
        ("2009", "13422"),
        ("2009", "3216.0"),
        ("2009", "44851"),
    ]
    assert {(fault.code, fault.row, fault.facts.get("repair")) for fault in found.faults} == {
        ("period_malformed", 9, "2009")
    }


def test_flags_stand_in_the_cell(tmp_path: Path) -> None:
    found = read(altered(tmp_path, ";13422;3216,0;44851", ";(13422);3216,0p;/", source=STOCK))
    assert [(str(figure.value), figure.flags) for figure in found.figures] == [
        ("13422", "u"),
        ("3216.0", "p"),
    ]
    assert [row.facts["value"] for row in found.skipped if row.code == "value_missing"] == ["/"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Tabelle: 31121-01-02-4", "Tabelle: 12411-01-01-4", "table_unknown"),
        ("Tabelle: 31121-01-02-4", "year;code;name", "header_wrong"),
        ("Wohnfläche", "Umsatz", None),
        (";;;Anzahl;Anzahl", ";x;;Anzahl;Anzahl", "header_wrong"),
    ],
)
def test_a_table_that_is_another_one(tmp_path: Path, old: str, new: str, code: str | None) -> None:
    path = altered(tmp_path, old, new)
    if code is None:
        assert DWELLINGS in {figure.variable for figure in read(path).figures}
        return
    with pytest.raises(Invalid) as invalid:
        read(path)
    assert [fault.code for fault in invalid.value.rows] == [code]


def test_another_delimiter_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as invalid:
        read(altered(tmp_path, ";", "\t"))
    assert [fault.code for fault in invalid.value.rows] == ["delimiter_wrong"]


def test_a_table_without_its_end_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(COMPLETED.read_bytes().partition(b"__________")[0])
    found = read(path)
    assert [fault.code for fault in found.faults] == ["end_missing"] and found.figures


def test_utf_8_is_read_as_well(tmp_path: Path, reading: Reading) -> None:
    path = tmp_path / COMPLETED.name
    path.write_text(COMPLETED.read_bytes().decode("iso-8859-1"), encoding="utf-8")
    assert read(path).figures == reading.figures


# ---- the real tables

real = pytest.mark.skipif(not KREISE.is_dir(), reason="needs the published tables in ../shared/data")


def starter_codes() -> dict[str, str]:
    with (ROOT / "starter" / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["city_code"] for row in csv.DictReader(file) if row["scheme"] == "ags"}


@real
def test_the_published_table_agrees_with_the_starter() -> None:
    found = read(KREISE / "31121-01-02-4_construction_kreis.csv.gz", starter_codes())
    assert found.faults == []
    published = {
        (figure.area, figure.period): figure for figure in found.figures if figure.variable == DWELLINGS
    }
    with (ROOT / "starter" / "figures.csv").open(encoding="utf-8", newline="") as file:
        starter = {
            (row["city_code"], row["period"]): Decimal(row["value"])
            for row in csv.DictReader(file)
            if row["variable"] == "dwellings_completed"
        }
    assert len(starter) == 602
    assert {key: published[key].value for key in starter} == starter
    assert not any(published[key].conversion for key in starter)
    by_city = defaultdict(set)
    for (area, period), figure in published.items():
        if figure.conversion:
            by_city[area].add(int(period))
    assert by_city == {"DE038C": set(range(1995, 2003))}  # Potsdam


@real
def test_the_stock_of_1995() -> None:
    found = read(KREISE / "31231-01-02-4_stock95.csv", starter_codes())
    assert found.faults == []
    assert {figure.period for figure in found.figures} == {"1995"} and len(found.figures) > 200


@real
@pytest.mark.parametrize("name", ["31121-01-02-4_construction_kreis.csv.gz", "31231-01-02-4_stock95.csv"])
def test_every_column_of_the_mapping_stands_in_the_table(name: str) -> None:
    table = next(
        layout for layout in publication("regionalstatistik").layouts if name.startswith(layout.name)
    )
    columns = {figure.column for figure in read(KREISE / name, starter_codes()).figures}
    assert columns == set(table.variables)


@real
def test_conversions_against_what_the_publisher_recalculated() -> None:
    """For 229 districts and years the table has both the old districts and today's: 170 whole ones, 59 divided."""
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    with gzip.open(KREISE / "31121-01-02-4_construction_kreis.csv.gz", "rt", encoding="iso-8859-1") as file:
        for row in csv.reader(file, delimiter=";"):
            if len(row) == 12 and row[0].isdigit() and len(row[1]) == 5 and row[7].isdigit():
                found[int(row[0])][row[1]] = Decimal(row[7])
    whole, divided = [], []
    for year in range(1995, 2008):
        existed = crosswalks.districts(year)
        old = {code: value for code, value in found[year].items() if code in existed}
        for code, figure in crosswalks.districts_to_2020(year).convert(old).figures.items():
            if code not in existed and code in found[year]:
                off = abs(figure.value / found[year][code] - 1)
                (divided if figure.estimated else whole).append(off)
    assert (len(whole), len(divided)) == (170, 59)
    assert max(whole) == 0
    assert median(divided) < Decimal("0.05") and max(divided) < Decimal("0.55")
