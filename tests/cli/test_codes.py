"""`kontor league codes` and the codes that the starter cities come with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kontor.cli import codes_file, starter
from kontor.errors import Invalid
from kontor.league.rules import NewCode
from tests.cast import BERLIN, CAMDEN

from .conftest import Kontor

FIXTURES = Path(__file__).parents[1] / "observations" / "fixtures"
HEADER = "scheme,edition,code,city_code,matched_by\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "codes.csv"


def test_a_starter_city_knows_its_codes_of_all_editions() -> None:
    codes = {city.code: dict.fromkeys(city.external_codes) for city in starter.new_cities()}
    assert set(codes[BERLIN]) == {
        ("urban_audit", "2024", "DE001C"),
        ("urban_audit", "2016", "DE001C1"),
        ("urban_audit", "2019", "DE001C1"),
        ("urban_audit_label", "2018", "Berlin"),
        ("urban_audit_label", "2026", "Berlin"),
        ("ags", "2020", "11"),
        ("ags", "2020", "11000"),
        ("nuts", "2021", "DE300"),
    }
    assert {("gss", "2023", CAMDEN), ("uk_authority", "2023", "CMD")} <= set(codes[CAMDEN])


def test_no_code_names_two_starter_cities() -> None:
    codes = [code for city in starter.new_cities() for code in city.external_codes]
    assert len(codes) == len(set(codes)) > 1300


def test_the_command_links_and_says_how_many_are_new(kontor: Kontor, here: Path, file: Path) -> None:
    from kontor.league import queries

    file.write_text(f"{HEADER}own_list,7,B,{BERLIN},by hand\nown_list,7,Doubled,,ambiguous\n")
    first = kontor("league", "codes", file, "--json")
    assert json.loads(first.stdout) == {"read": 1, "new": 1}, first.stderr
    assert "Codes read: 1, of them new: 0." in kontor("league", "codes", file).stdout
    assert queries.codes_of_scheme(scheme="own_list", edition="7") == {"B": BERLIN}


def test_the_command_names_the_row_of_a_fault(kontor: Kontor, here: Path, file: Path) -> None:
    file.write_text(f"{HEADER}own_list,7,B,{BERLIN},x\nown_list,7,B,DE002C,x\n")
    result = kontor("league", "codes", file)
    assert result.exit_code == 1
    assert "3" in result.stderr and "already the code of DE001C" in result.stderr


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, [("file_missing", None)]),
        (b"", [("header_wrong", 1)]),
        (b"code,city\nx,y\n", [("header_wrong", 1)]),
        ("ü".encode("latin-1"), [("encoding_wrong", None)]),
        (f"{HEADER}a,1,B,C\n\na,1,B,C,x,y\n".encode(), [("row_length", 2), ("row_length", 4)]),
    ],
)
def test_a_file_that_cannot_be_read(file: Path, content: bytes | None, found: list[object]) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid) as invalid:
        codes_file.read(file)
    assert [(fault.code, fault.row) for fault in invalid.value.rows] == found


def test_a_byte_order_mark_is_no_part_of_the_header(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}a,1,B,C,x\r\n".encode())
    assert codes_file.read(file) == [NewCode("a", "1", "B", "C", row=2)]


def test_the_starter_league_reads_tables_by_these_codes(kontor: Kontor, here: Path) -> None:
    """German districts and British boroughs are found by the codes that came with the starter."""
    tables = {"regionalstatistik": "regionalstatistik-31121.csv", "uk": "uk-leggi.tsv"}
    taken = {}
    for layout, name in tables.items():
        result = kontor("import", layout, FIXTURES / name, "--dry-run", "--json")
        taken[layout] = json.loads(result.stdout)["files"][0]["taken"]
    assert taken == {"regionalstatistik": 26, "uk": 10}
