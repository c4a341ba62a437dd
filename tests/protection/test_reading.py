"""Files as offices have them: every kind is read as columns of text, and a bad row is named by its row."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import openpyxl
import pytest

from kontor.protection.layout import Layout
from kontor.protection.reading import opened
from tests.protection.inputs import codes, faults

LATIN = "BEZ;STRASSE;KM\n1;Südstraße;1,5\n2;Allee;\n"
PLAIN = Layout()
EXPECTED = [("1", "Südstraße", "1,5"), ("2", "Allee", "")]


def read(path: Path, layout: Layout = PLAIN, wanted: tuple[str, ...] | None = None) -> list[tuple[str, ...]]:
    with opened(path, layout, wanted) as records:
        return records.query("SELECT * FROM records")


def write(folder: Path, content: bytes, name: str = "input.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        LATIN.encode(),
        LATIN.encode("utf-8-sig"),
        LATIN.encode("latin-1"),
        LATIN.encode("utf-16"),
        LATIN.replace("\n", "\r\n").encode("latin-1"),
        LATIN.replace(";", "\t").encode(),
        LATIN.replace(";", " ; ").encode(),
        gzip.compress(LATIN.encode("latin-1")),
    ],
    ids=["utf-8", "mark", "latin-1", "utf-16", "crlf", "tabs", "blanks", "gz"],
)
def test_delimited_text_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    assert read(write(tmp_path, content)) == EXPECTED


def test_letters_that_are_no_utf_8_may_come_late(tmp_path: Path) -> None:
    content = b"a;b\n" + b"1;2\n" * 200_000 + "3;ü\n".encode("latin-1")
    with opened(write(tmp_path, content), Layout(), None) as records:
        assert (records.count, records.encoding) == (200_001, "latin-1")
        assert records.query('SELECT " b" FROM records WHERE " a" = ?', "3") == [("ü",)]


def test_letters_of_windows(tmp_path: Path) -> None:
    content = "BEZ;Art\n1;„Sonstige“ – über 100 €\n2;b\n".encode("cp1252")
    assert read(write(tmp_path, content)) == [("1", "„Sonstige“ – über 100 €"), ("2", "b")]
    bad = content + b"3;c;d\n"
    [fault] = faults(lambda: read(write(tmp_path, bad)))
    assert (fault.code, fault.row, fault.facts["found"]) == ("row_length", 4, 3)


def test_quotation_marks_in_odd_places(tmp_path: Path) -> None:
    [fault] = faults(lambda: read(write(tmp_path, b'a;b\n1;2\n"x"y;3\n4;5\n')))
    assert (fault.code, fault.row) == ("cells_unreadable", 3)


def test_an_encoding_that_the_recipe_names_is_kept_to(tmp_path: Path) -> None:
    path = write(tmp_path, LATIN.encode("latin-1"))
    [fault] = faults(lambda: read(path, Layout(encoding="utf-8")))
    assert (fault.code, fault.row) == ("encoding_wrong", 2)


def test_parquet_sheets_and_geojson(tmp_path: Path) -> None:
    parquet = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS BEZ, 'Süd' AS name, NULL AS km) TO '{parquet}' (FORMAT parquet)")
    assert read(parquet) == [("1", "Süd", "")]
    book = openpyxl.Workbook()
    book.active.append(["BEZ", "name", "km"])
    book.active.append([1, "Süd"])
    second = book.create_sheet("other")
    second.append(["x"])
    second.append(["y"])
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [("1", "Süd", "")]
    assert read(tmp_path / "a.xlsx", Layout(sheet="other")) == [("y",)]
    assert codes(lambda: read(tmp_path / "a.xlsx", Layout(sheet="third"))) == ["input_sheet_unknown"]
    feature = {"type": "Feature", "geometry": None, "properties": {"BEZ": 1, "name": "Süd", "km": None}}
    collection = {"type": "FeatureCollection", "features": [feature]}
    assert read(write(tmp_path, json.dumps(collection).encode(), "a.geojson")) == [("1", "Süd", "")]
    empty = {**collection, "features": [feature, {**feature, "properties": None}]}
    path = write(tmp_path, json.dumps(empty).encode(), "a.geojson")
    assert read(path) == [("1", "Süd", "")]


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1}',
        '{"features": 1}',
        '{"features": [1]}',
        '{"features": [{"properties": 3}]}',
        '{"features": {"a": 1}}',
    ],
)
def test_json_that_is_no_geojson(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, content.encode(), "a.geojson")
    assert codes(lambda: read(path)) == ["geojson_malformed"]


def test_only_wanted_columns_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, b"name,district,n\nErika Musterfrau,3,5\n")
    with opened(path, Layout(), ("n", "district")) as records:
        assert records.query("SELECT * FROM records") == [("5", "3")]
        assert records.columns == ("name", "district", "n")
        assert not records.query(
            "SELECT 1 FROM duckdb_columns() WHERE column_name = ' name' AND table_name = 'records'"
        )


def test_a_file_without_header_and_with_signs_for_missing(tmp_path: Path) -> None:
    path = write(tmp_path, b"39, State-gov\n50, ?\n")
    layout = Layout(header=("age", "workclass"), missing=("?", "NA"))
    assert read(path, layout) == [("39", "State-gov"), ("50", "")]


def test_columns_without_a_name_or_with_one_of_ours(tmp_path: Path) -> None:
    path = write(tmp_path, b"rowid,,used\n7,8,9\n")
    with opened(path, Layout(), None) as records:
        assert records.columns == ("rowid", "column_2", "used")
        assert records.query("SELECT * FROM records") == [("7", "8", "9")]
        assert records.query("SELECT rowid FROM records") == [(0,)]


def test_rows_that_do_not_fit_are_all_named(tmp_path: Path) -> None:
    path = write(tmp_path, b"a;b\n1;2\n3\n\n4;5;6\n7;8\n")
    found = faults(lambda: read(path))
    assert [(row.code, row.row, row.facts["found"]) for row in found] == [
        ("row_length", 3, 1),
        ("row_length", 5, 3),
    ]


def test_a_quotation_mark_that_is_not_closed(tmp_path: Path) -> None:
    path = write(tmp_path, b'a;b\n1;2\n3;"x\n4;5\n')
    assert codes(lambda: read(path)) == ["cells_unreadable"]


def test_rows_are_found_where_other_columns_are_no_utf_8(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\nü;1\n\nö;2\n".encode("latin-1"))
    with opened(path, Layout(), ("b",)) as records:
        assert records.rows_of([1]) == {1: 4}


def test_rows_are_counted_as_they_stand_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, b'a;b\n\n1;"two\nlines"\n\n2;x\n')
    with opened(path, Layout(), None) as records:
        assert records.rows_of([0, 1]) == {0: 4, 1: 6}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "input_empty"),
        (b"a;b\n", "rows_missing"),
        (b"a;a\n1;2\n", "header_twice"),
        (b"a;A\n1;2\n", "header_twice"),
        (b"\x89PNG\r\n\x1a\n\x00,1\n2,3,4\n", "input_no_table"),
        (b"%PDF-1.7\n1 0 obj\n", "input_no_table"),
        (b"PAR1 is not all", "file_damaged"),
        (b"\x1f\x8bnothing", "file_damaged"),
        (b"PK\x03\x04nothing", "file_damaged"),
        (b'{"type": "Feature"}', "geojson_malformed"),
        (b'{"features": [', "file_damaged"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: bytes, code: str) -> None:
    path = write(tmp_path, content)
    assert set(codes(lambda: read(path))) == {code}


CROSS = "District;car;foot;Total\nAltstadt;59;0;59\nHafen;8;1;9\n"


@pytest.mark.parametrize(
    "content",
    [
        "Accidents by district 2024\n\n" + CROSS,
        "Accidents by district 2024;;;\n;;;\n" + CROSS,
        "Accidents by district 2024\n" + CROSS.replace(";", ","),
        "Accidents by district, 2024\n" + CROSS,
    ],
)
def test_a_title_above_the_table_is_said_to_be_one(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, content.encode())
    [fault] = faults(lambda: read(path))
    assert (fault.code, fault.row, fault.facts["found"]) == ("title_above_table", 1, 4)
    book = openpyxl.Workbook()
    for line in content.splitlines():
        book.active.append(line.replace(",", ";").split(";") if "Accidents" not in line else ["Accidents"])
    book.save(tmp_path / "a.xlsx")
    assert codes(lambda: read(tmp_path / "a.xlsx")) == ["title_above_table"]
    [fault] = faults(lambda: read(path, wanted=("District", "n")))
    assert (fault.code, fault.facts["columns"]) == ("title_above_columns", "District, n")


@pytest.mark.parametrize(
    "content",
    [
        "address\nMain St, 5\nHill St, 7\n",
        ",n\nd1,5\nd2,6\n",
        "a,,\n1,2,\n3,4,5\n",
        "a;b;c\n1;;\n2;3;4\n",
        "a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n",
    ],
)
def test_a_heading_is_no_title(tmp_path: Path, content: str) -> None:
    assert len(read(write(tmp_path, content.encode()))) == 2


def test_columns_that_are_not_there_are_all_named(tmp_path: Path) -> None:
    path = write(tmp_path, b"a;b\n1;2\n")
    found = faults(lambda: read(path, wanted=("a", "c", "d")))
    assert [(row.code, row.column) for row in found] == [
        ("input_column_missing", "c"),
        ("input_column_missing", "d"),
    ]
    assert codes(lambda: read(tmp_path / "nowhere.csv")) == ["input_missing"]


@pytest.mark.parametrize(
    "name", ["20[1]9*.csv", "what?.csv", "{2019,2020}.csv", "[a-z].csv", "ümläut's 2019.csv"]
)
def test_a_name_that_reads_like_a_pattern(tmp_path: Path, name: str) -> None:
    for other in ("2019.csv", "what2.csv", "2020.csv", "a.csv"):
        write(tmp_path, b"a;b\n9;9\n", other)
    assert read(write(tmp_path, b"a;b\n1;2\n", name)) == [("1", "2")]


def test_letters_of_windows_in_a_file_of_many_columns(tmp_path: Path) -> None:
    """DuckDB falls over such letters in what it reads where the file has more columns."""
    lines = [f"{n},{n % 12 + 1},{'Köln' if n % 2 else 'Bonn'},a" for n in range(20)]
    content = "nr,monat,ort,art\n" + "".join(f"{line}\n" for line in lines)
    path = write(tmp_path, content.encode("latin-1"))
    with opened(path, PLAIN, ("ort", "art")) as records:
        assert records.encoding == "latin-1"
        assert set(records.query("SELECT * FROM records")) == {("Köln", "a"), ("Bonn", "a")}
    # Letters of UTF-8 before: it is no other encoding but a fault, and its row is named.
    path = write(tmp_path, content.encode() + "20,1,Köln,a\n".encode("latin-1"))
    [fault] = faults(lambda: read(path, wanted=("ort", "art")))
    assert (fault.code, fault.row) == ("encoding_wrong", 22)


def test_rows_in_which_nothing_stands_are_none(tmp_path: Path) -> None:
    content = b"name,district,n\n,,\nx,,\n , ,\n,d1,5\n,,\n"
    with opened(write(tmp_path, content), PLAIN, ("n", "district")) as records:
        assert records.query("SELECT * FROM records") == [("", ""), ("5", "d1")]
        assert records.rows_of([0, 1]) == {0: 3, 1: 5}
    latin = "name,district,n\nö,,\n,,\n,d1,5\n,,\n".encode("cp1252") + b"\x84x,d1,5\n"
    with opened(write(tmp_path, latin), PLAIN, ("n", "district")) as records:
        assert records.query("SELECT * FROM records") == [("", ""), ("5", "d1"), ("5", "d1")]
        assert records.rows_of([0, 1, 2]) == {0: 2, 1: 4, 2: 6}
    book = openpyxl.Workbook()
    for row in (
        ["name", "district", "n"],
        ["x", None, None],
        [" ", None, None, " "],
        ["", "d1", 5],
        [None, " "],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with opened(tmp_path / "a.xlsx", PLAIN, ("n", "district")) as records:
        assert records.query("SELECT * FROM records") == [("", ""), ("5", "d1")]
        assert records.rows_of([0, 1]) == {0: 2, 1: 4}
    parquet = tmp_path / "a.parquet"
    duckdb.execute(
        f"COPY (SELECT * FROM (VALUES ('x', NULL), (NULL, NULL), (NULL, 5)) t(a, b)) TO '{parquet}' (FORMAT parquet)"
    )
    assert read(parquet, wanted=("b",)) == [("",), ("5",)]


def test_every_row_of_another_length_is_named_with_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, b"a;b;c\n1;2;3\n1\n1;2\n1;2;3;4;5\n1;2;3\nSource: office\n")
    assert [(row.row, row.facts["found"]) for row in faults(lambda: read(path))] == [
        (3, 1),
        (4, 2),
        (5, 5),
        (7, 1),
    ]


def test_a_heading_of_another_length_is_said_once(tmp_path: Path) -> None:
    path = write(tmp_path, b"1;2;3\n" * 200)
    [fault] = faults(lambda: read(path, Layout(header=("a", "b"))))
    assert (fault.code, fault.facts["found"], fault.facts["expected"]) == ("header_length", 3, 2)


def test_decimal_commas_in_a_file_of_commas(tmp_path: Path) -> None:
    path = write(tmp_path, b"district,kwh\nd1,1,5\nd2,2,25\nd1,3\n")
    [fault] = faults(lambda: read(path))
    assert (fault.code, fault.row, fault.facts["count"]) == ("decimal_commas_split", 2, 2)
    path = write(tmp_path, b"district,n\nd1,a,b\nd2,3\n")
    assert codes(lambda: read(path)) == ["row_length"]


@pytest.mark.parametrize(("right", "said"), [(",", '","'), ("\t", '"\\t"')])
def test_another_delimiter_than_the_recipe_names(tmp_path: Path, right: str, said: str) -> None:
    path = write(tmp_path, b"a;b\n1;2\n".replace(b";", right.encode()))
    [fault] = faults(lambda: read(path, Layout(delimiter=";"), ("a", "b")))
    assert (fault.code, fault.facts["value"], fault.facts["other"]) == ("delimiter_other", '";"', said)
    assert codes(lambda: read(path, Layout(delimiter=";"), ("a", "c"))) == ["input_column_missing"] * 2


def test_a_first_sheet_without_a_table_names_the_others(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Read me"])
    for row in (["x"], ["y"]):
        (book["Data"] if "Data" in book.sheetnames else book.create_sheet("Data")).append(row)
    book.save(tmp_path / "a.xlsx")
    [fault] = faults(lambda: read(tmp_path / "a.xlsx"))
    assert (fault.code, fault.facts["others"]) == ("sheet_without_rows", "Data")
    assert read(tmp_path / "a.xlsx", Layout(sheet="Data")) == [("y",)]


def test_a_break_within_a_cell_is_a_blank(tmp_path: Path) -> None:
    """However the lines of a file end, and whatever else some take for the end of a line."""
    text = 'a,b\n"x\ny",1\n"x\ry",2\n"x\r\ny",3\nx y,4\n"x\u2028y",5\n'
    found = read(write(tmp_path, text.encode()))
    assert [code for code, _ in found] == ["x y"] * 4 + ["x\u2028y"]
