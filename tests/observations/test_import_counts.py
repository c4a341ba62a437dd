"""What was read is what was taken, passed over and wrong; what concerns no figure is a note and is not counted."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from kontor.indicators import codelists
from kontor.observations.importers import Context, eurostat, importer, starter
from kontor.observations.rules import PassedOver, Reading
from tests.cast import CAMDEN
from tests.observations.layouts import CONTEXT

FIXTURES = Path(__file__).parent / "fixtures"
# By the beginning of a fixture's name: its importer, and a city of the league in its list.
CODES = {
    "uk": ("uk", "gss", "2023", CAMDEN),
    "regionalstatistik": ("regionalstatistik", "ags", "2020", "03159"),
    "nuts": ("sdmx-csv:2013", "nuts", "2021", "DE300"),
    "lau": ("lau", "urban_audit", "2019", "BE004K1"),
}
HEADER = "city_code,variable,period,value,flag\n"


def read(path: Path, *, codes: bool = True) -> Reading:
    layout, scheme, edition, code = CODES[path.name.partition("-")[0]]
    context = Context(
        areas=frozenset({code}),
        codes={(scheme, edition): {code: code}} if codes else {},
        variables=codelists.variables(),
        flags=frozenset(codelists.flags()),
        latest=2026,
        source_of=lambda variable, area: "source",
    )
    return importer(layout)(path, context, path.name)


def balanced(reading: Reading) -> bool:
    return reading.read == len(reading.figures) + len(reading.skipped) + reading.wrong


@pytest.mark.parametrize("path", sorted(FIXTURES.iterdir()), ids=lambda path: path.name)
def test_every_figure_of_a_fixture_is_accounted_for(path: Path) -> None:
    reading = read(path)
    assert reading.read > 5 and balanced(reading)


def test_every_figure_of_a_damaged_table_by_district_is_accounted_for(tmp_path: Path) -> None:
    """A part of a district with broken cells, the same once more, and a row that is too short."""
    text = (FIXTURES / "regionalstatistik-31121.csv").read_bytes().decode("iso-8859-1")
    lines = text.splitlines()
    part = next(line for line in lines if ";03152;" in line)
    broken = ";".join((*part.split(";")[:3], *["five"] * (part.count(";") - 2)))
    damaged = tmp_path / "regionalstatistik-31121.csv"
    more = "\n".join((broken, part, "2015;03159;short"))
    damaged.write_bytes(text.replace(part, more, 1).encode("iso-8859-1"))
    reading = read(damaged)
    assert {fault.code for fault in reading.faults} == {"value_malformed", "row_twice", "row_length"}
    assert reading.wrong == len(reading.faults) and balanced(reading)


def test_a_row_with_several_faults_is_wrong_once() -> None:
    reading = starter_reading("XX,happiness,19,five,x\nBER,TT1060V,2019,5,\nBER,TT1060V,2019,5,\n")
    assert (reading.read, len(reading.figures), reading.wrong, len(reading.faults)) == (3, 1, 2, 6)
    report = reading.report()
    assert (report["passed_over"], report["wrong"]) == (0, 2)


def starter_reading(rows: str, header: str = HEADER, context: Context = CONTEXT) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.csv"
        path.write_text(header + rows)
        return starter.read(path, context)


# ---- the starter table: what was perhaps meant, what is not read


@pytest.mark.parametrize(
    ("city", "variable", "column", "repair"),
    [
        ("Berlin", "TT1060V", "city_code", "BER"),  # the name that it has in a list of labels
        ("DE052C1", "TT1060V", "city_code", "FLE"),  # its code in another list
        ("ber", "TT1060V", "city_code", "BER"),
        ("Paris", "TT1060V", "city_code", None),
        ("BER", "starter:TT1060V", "variable", "TT1060V"),
        ("BER", "league:TT1060V", "variable", None),
    ],
)
def test_what_was_perhaps_meant(city: str, variable: str, column: str, repair: str | None) -> None:
    reading = starter_reading(f"{city},{variable},2019,5,\n")
    [fault] = reading.faults
    assert (fault.column, fault.facts.get("repair")) == (column, repair)
    assert reading.figures == []


def test_a_code_that_means_two_cities_in_two_editions_is_not_repaired() -> None:
    codes = {("urban_audit", "2016"): {"DE052C": "FLE"}, ("urban_audit", "2024"): {"DE052C": "NMS"}}
    reading = starter_reading("DE052C,TT1060V,2019,5,\n", context=replace(CONTEXT, codes=codes))
    assert "repair" not in reading.faults[0].facts


def test_a_thousands_separator_or_a_decimal_comma_is_nothing_to_paste() -> None:
    reading = starter_reading('BER,TT1060V,2019,"1,048",\n')
    assert reading.faults[0].facts == {"value": "1,048"}


def test_a_further_column_of_the_starter_table_is_noted() -> None:
    reading = starter_reading("BER,TT1060V,2019,5,,me\n", header=HEADER.replace("flag", "flag,author"))
    assert [(note.code, note.row, note.facts) for note in reading.notes] == [
        ("columns_not_used", 1, {"value": "author"})
    ]
    assert (reading.read, len(reading.figures), len(reading.skipped)) == (1, 1, 0)


def test_where_no_code_of_a_list_is_known_that_is_the_reason() -> None:
    reading = read(FIXTURES / "uk-leggi.tsv", codes=False)
    reasons = {reason.code: reason.facts() for reason in reading.skipped.reasons()}
    assert "city_not_in_league" not in reasons
    assert (reasons["codes_missing"]["scheme"], reasons["codes_missing"]["edition"]) == ("gss", "2023")
    assert "codes_missing" not in {bad.code for bad in read(FIXTURES / "uk-leggi.tsv").skipped}


# ---- one entry per reason


def test_a_reason_tells_its_most_frequent_texts_and_all_of_its_rows() -> None:
    passed = PassedOver()
    for code, rows in {"FR001C": [5], "DE": [2, 3, 4], "ES": [7, 9], "IT": [8], "": [11]}.items():
        passed.add("city_not_in_league", rows, "cities", value=code)
    passed.add("code_of_other_edition", [6], "cities", value="DE052C1", edition="2016", expected="2024")
    most, rare = passed.reasons()
    assert (most.code, sorted(most.rows), len(most.values)) == (
        "city_not_in_league",
        [2, 3, 4, 5, 7, 8, 9, 11],
        5,
    )
    assert most.facts() == {"value": "DE, ES, FR001C, …"}
    assert rare.facts() == {"value": "DE052C1", "edition": "2016", "expected": "2024"}


def test_several_sheets_keep_their_notes_and_counts() -> None:
    one, other = Reading(read=2, wrong=1), Reading(read=3, wrong=2)
    other.notes.add("columns_not_used", [1], value="author")
    both = one.joined(other)
    assert (both.read, both.wrong, len(both.notes)) == (5, 3, 1)


def test_eurostat_is_not_told_about_its_own_labels(tmp_path: Path) -> None:
    path = tmp_path / "urb.csv"
    path.write_text("indic_ur;cities;TIME_PERIOD;OBS_VALUE;Observation status\nTT1060V;DE001C;2019;5;\n")
    reading = eurostat.read(path, CONTEXT)
    assert (len(reading.figures), len(reading.notes)) == (1, 0)


def test_a_long_text_is_cut_where_a_reason_is_told_in_one_line() -> None:
    passed = PassedOver()
    passed.add("columns_not_used", [1], value="x" * 999)
    [reason] = passed.reasons()
    assert reason.facts() == {"value": "x" * 160 + "…"}
    assert len(passed.report()[0]["value"]) == 999
