"""Files as they should not be: what is refused as a whole says so in one code, everything else is named row by row."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kontor.errors import BadRow, Invalid
from kontor.observations.importers import Importer, eurostat, judging, sdmx_csv, starter
from kontor.observations.rules import Reading
from kontor.tables import files
from tests.observations import layouts
from tests.observations.layouts import CONTEXT, FORMS, TOWNS, VARIABLES, Line, Observation

CODES = FORMS["codes"]
HEADER = "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG\n"
GOOD = "TT1060V;DE001C;2018;45;\n"
STARTER = "city_code,variable,period,value,flag\n"

Write = Callable[[str | bytes], Path]
Told = list[tuple[int | None, str | None, str]]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "figures.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def told(faults: list[BadRow]) -> Told:
    return [(fault.row, fault.column, fault.code) for fault in faults]


def refused(path: Path, reader: Importer = eurostat.read) -> Told:
    with pytest.raises(Invalid) as invalid:
        reader(path, CONTEXT)
    return told(invalid.value.rows)


@contextmanager
def memory_below(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes << 20
    finally:
        tracemalloc.stop()


# ---- files that are something else


@pytest.mark.parametrize(
    ("content", "row", "code"),
    [
        (b"", 1, "file_empty"),
        (b"\r\n\r\n", 1, "file_empty"),
        (HEADER.replace(";", ",").encode() + b"TT1060V,DE001C,2018,45,\n", 1, "delimiter_wrong"),
        (HEADER.replace(";", "\t").encode(), 1, "delimiter_wrong"),
        (b"TIME;CITIES;INDIC_UR;Value\n", 1, "delimiter_wrong"),
        (b"one,two\n1,2\n", 1, "header_wrong"),
        (b"\x00\x01\x02" * 999, 1, "encoding_wrong"),
        (b"\xff\xd8\xff\xe0 picture", 1, "header_wrong"),
        (HEADER.encode("utf-16-le"), 1, "encoding_wrong"),
        ((HEADER + GOOD).encode("utf-16") + b"\x00", 3, "encoding_wrong"),
        ((HEADER + GOOD).encode() + "TT1060V;DE001C;2019;4;é\n".encode("latin-1"), 3, "encoding_wrong"),
        (HEADER.encode() + b"x" * (1 << 21), 2, "line_too_long"),
        (gzip.compress((HEADER + GOOD * 9999).encode())[:-40], None, "file_damaged"),
        (gzip.compress(HEADER.encode()) + b"\x1f\x8bbehind it", None, "file_damaged"),
        (gzip.compress(HEADER.encode())[:-8] + b"\1" * 8, None, "file_damaged"),
        (HEADER.encode("utf-32-le"), 1, "encoding_wrong"),
        ((HEADER + GOOD).encode("utf-32") + b"\x00", 3, "encoding_wrong"),
        (b"PK\x03\x04 no archive", None, "file_damaged"),
    ],
)
def test_a_file_that_is_another_thing_is_refused_in_one_code(
    content: bytes, row: int | None, code: str, file: Write
) -> None:
    assert refused(file(content)) == [(row, None, code)]


def test_a_column_that_stands_there_twice(file: Write) -> None:
    assert refused(file(HEADER.replace("\n", ";cities\n") + GOOD)) == [(1, "cities", "header_twice")]
    assert refused(file(STARTER.replace("\n", ",value\n")), starter.read) == [(1, "value", "header_twice")]


def test_the_wrong_delimiter_says_which_one_it_is(file: Write) -> None:
    with pytest.raises(Invalid) as invalid:
        starter.read(file("city_code;variable;period;value;flag\n"), CONTEXT)
    assert invalid.value.rows[0].facts == {"file": "figures.csv", "found": ";", "expected": ","}


def test_a_header_without_rows(file: Write) -> None:
    for content in (HEADER, HEADER + "\n;;;;\n", "\ufeff" + HEADER.rstrip()):
        reading = eurostat.read(file(content), CONTEXT)
        assert (told(reading.faults), reading.figures) == ([(None, None, "rows_missing")], [])


def test_letters_before_and_behind_another_encoding(file: Write) -> None:
    """What is not UTF-8 from its first letter on is read as the layout says; a mixture is refused where it begins."""
    form, town = FORMS["long labels"], TOWNS[2]
    lines = layouts.long_lines(form, [Observation(town, "EN4008V", str(year), "5") for year in (2001, 2002)])
    text = layouts.to_text([layouts.header(form), *lines], ",", ends=lambda _: "\n")
    for encoding in ("utf-8", "latin-1", "utf-8-sig", "utf-16", "utf-32"):
        assert len(eurostat.read(file(text.encode(encoding)), CONTEXT).figures) == 2
    first, second, third = text.splitlines(keepends=True)
    assert refused(file((first + second).encode() + third.encode("latin-1"))) == [(3, None, "encoding_wrong")]


@pytest.mark.parametrize("count", [1, 9, 1 << 19])
def test_what_stands_behind_a_packed_text_is_left_out_and_noted(file: Write, count: int) -> None:
    content = gzip.compress(HEADER.encode()) + gzip.compress(GOOD.encode()) + b"\0" * 512
    plain = eurostat.read(file(content), CONTEXT)
    assert len(plain.figures) == 1 and not plain.notes
    found = eurostat.read(file(content + b"x" * count), CONTEXT)
    assert found.figures == plain.figures and found.faults == []
    assert [(note.code, note.facts["value"]) for note in found.notes] == [("bytes_behind", str(count))]


def test_an_encoding_that_ends_too_early_is_named(file: Write) -> None:
    with pytest.raises(Invalid) as invalid:
        eurostat.read(file((HEADER + GOOD).encode("utf-32") + b"\x00"), CONTEXT)
    assert invalid.value.rows[0].facts["expected"] == "UTF-32"


# ---- files without end


def test_two_gigabytes_of_garbage_without_a_line_end(file: Write) -> None:
    member = gzip.compress(b"\xc3\xa9" * (1 << 24), 1)
    path = file(gzip.compress(HEADER.encode()) + member * 64)
    with memory_below(48):
        assert refused(path) == [(2, None, "line_too_long")]


def test_two_gigabytes_of_wrong_rows(file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_FAULTS", 5_000)
    member = gzip.compress(b"garbage\n" * (1 << 22), 1)
    with memory_below(64), pytest.raises(Invalid) as invalid:
        eurostat.read(file(gzip.compress(HEADER.encode()) + member * 64), CONTEXT)
    faults = invalid.value.rows
    assert (len(faults), faults[0].code, faults[-1].code) == (5_001, "row_length", "too_many_faults")


def test_a_file_larger_than_the_limit(file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(files, "PIECE", 1 << 16)
    path = file(gzip.compress(HEADER.encode() + b"\n" * (1 << 25)))
    with memory_below(8):
        assert refused(path) == [(None, None, "file_too_large")]


def test_ten_thousand_columns(file: Write) -> None:
    more = ";".join(f"column {number}" for number in range(9_995))
    rows = "".join(f"TT1060V;DE001C;{year};{year};b" + ";" * 9_995 + "\n" for year in range(2000, 2020))
    reading = eurostat.read(file(HEADER.rstrip() + ";" + more + "\n" + rows + GOOD), CONTEXT)
    assert [str(figure.value) for figure in reading.figures] == [str(year) for year in range(2000, 2020)]
    assert told(reading.faults) == [(22, None, "row_length")]


def test_a_file_that_changes_while_it_is_read(file: Write) -> None:
    path = file(HEADER + GOOD)

    def someone_writes(_: int) -> None:
        with path.open("a") as handle:  # as soon as the first byte has been read
            handle.write("TT1060V;DE001C;2019;45;\n")

    with pytest.raises(Invalid) as invalid:
        eurostat.read(path, replace(CONTEXT, progress=someone_writes))
    assert told(invalid.value.rows) == [(None, None, "file_changed")]


@pytest.mark.parametrize("packed", [False, True])
def test_progress_tells_every_byte_of_the_file_once(packed: bool, file: Write) -> None:
    content = (
        HEADER + GOOD + "".join(f"TT1060V;DE;{year};4;\n" for year in range(1900, 2018)) * 900
    ).encode()
    path, seen = file(gzip.compress(content) if packed else content), list[int]()
    eurostat.read(path, replace(CONTEXT, progress=seen.append))
    assert sum(seen) == path.stat().st_size
    assert min(seen) > 0


# ---- rows


def test_a_quotation_mark_that_is_never_closed_costs_one_row(file: Write) -> None:
    rows = [f"TT1060V;DE001C;{year};4;\n" for year in range(1950, 2020)]
    rows[3] = 'TT1060V;"DE001C;1953;4;\n'
    rows[60] = 'TT1060V;DE001C;2010;"4"x;\n'
    reading = eurostat.read(file(HEADER + "".join(rows)), CONTEXT)
    assert told(reading.faults) == [(5, None, "cells_unreadable"), (62, None, "cells_unreadable")]
    assert len(reading.figures) == 68


def test_a_cell_of_several_lines(file: Write) -> None:
    rows = 'TT1060V;DE001C;2018;45;;"not\r\navailable; so far"\nTT1060V;DE001C;2019;46;;\n'
    reading = eurostat.read(file(HEADER.replace("\n", ";note\n") + rows), CONTEXT)
    assert [(figure.row, figure.period) for figure in reading.figures] == [(3, "2018"), (4, "2019")]
    assert (reading.read, reading.faults) == (2, [])


def test_a_cell_of_several_lines_that_lies_across_two_pieces(
    file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE", 16)
    self = test_a_cell_of_several_lines
    self(file)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (";TT1060V;DE001C;2019;45", "indic_ur"),
        ("TT1060V;;DE001C;2019;45", "cities"),
        ("TT1060V;DE001C;Hellersdorfer Promenade;2019;45", "TIME_PERIOD"),
        ("TT1060V;DE001C;2019;;45", "OBS_VALUE"),
        ("TT1060V;Hellersdorf;DE001C;2019;45;", "cities"),
        ("DE001C;2019;45;", "indic_ur"),
        ("DE001C;2019;45;b;", "indic_ur"),
        ("TT1060V;2019;45;b;", "cities"),
    ],
)
def test_a_shifted_row_names_the_column_where_it_begins(row: str, column: str, file: Write) -> None:
    reading = eurostat.read(file(HEADER + GOOD + row + "\n"), CONTEXT)
    if row.startswith("TT1060V;DE001C;2019;;"):  # an empty value is what it says; the flag alone is wrong
        assert [bad.code for bad in reading.skipped] == ["value_missing"]
        return
    assert told(reading.faults) == [(3, column, "row_shifted")]
    assert len(reading.figures) == 1


def test_the_second_of_two_figures_is_named_across_pieces(
    file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE", 64)
    rows = [f"TT1060V;DE001C;{year};4;\n" for year in (2001, 2002, 2003, 2001, 2004, 2002, 2001)]
    reading = eurostat.read(file(HEADER + "".join(rows)), CONTEXT)
    assert [(f.row, f.code, f.facts["value"], f.facts["first"]) for f in reading.faults] == [
        (5, "row_twice", "DE001C TT1060V 2001", 2),
        (7, "row_twice", "DE001C TT1060V 2002", 3),
        (8, "row_twice", "DE001C TT1060V 2001", 2),
    ]
    assert [figure.period for figure in reading.figures] == ["2001", "2002", "2003", "2004"]


def test_more_wrong_rows_than_a_file_can_have(file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_FAULTS", 10)
    nine = HEADER + GOOD + "TT1060V;DE001C;2019;x;\n" * 9
    assert len(eurostat.read(file(nine), CONTEXT).faults) == 9
    assert refused(file(nine + "TT1060V;DE001C;2019;x;\n"))[-1] == (12, None, "too_many_faults")


def test_a_novel_in_a_cell_is_cut_where_it_is_reported(file: Write) -> None:
    novel = "It was a dark and stormy night. " * 1000
    rows = f"TT1060V;DE001C;2019;{novel};\nTT1060V;{novel};2019;4;\n{novel};DE001C;2019;4;\n"
    reading = eurostat.read(file(HEADER + rows), CONTEXT)
    assert told(reading.faults) == [(2, "OBS_VALUE", "value_malformed"), (3, "cities", "area_malformed")]
    assert [bad.code for bad in reading.skipped] == ["variable_not_used"]
    assert max(len(str(bad.facts)) for bad in [*reading.faults, *reading.skipped]) < 300


# ---- areas


def read_labels(file: Write, *rows: str) -> Reading:
    return eurostat.read(file("TIME,CITIES,INDIC_UR,Value,Flag and Footnotes\n" + "".join(rows)), CONTEXT)


def label_row(label: str, value: str, year: int = 2010) -> str:
    return f'{year},"{label}","{VARIABLES["EN4008V"][0]}","{value}",\n'


def test_a_name_that_the_list_knows_to_mean_two_units(file: Write) -> None:
    reading = read_labels(file, label_row("Madrid", "3"), label_row("Berlin", "4"))
    assert [(bad.row, bad.code) for bad in reading.skipped] == [(2, "label_ambiguous")]
    assert [figure.area for figure in reading.figures] == ["BER"]


def test_a_name_that_stands_for_two_units_in_the_file_itself(file: Write) -> None:
    """No row of that name is taken, whichever came first."""
    rows = [
        label_row("Berlin", "4", 2009),
        label_row("Berlin", "3"),
        label_row("Flensburg", "1"),
        label_row("Berlin", "9"),
    ]
    reading = read_labels(file, *rows)
    assert [(bad.row, bad.code, bad.facts["value"]) for bad in reading.skipped] == [
        (row, "label_ambiguous", "Berlin") for row in (2, 3, 5)
    ]
    assert ([figure.area for figure in reading.figures], reading.faults) == (["FLE"], [])


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("DE052C1", "code_of_other_edition"),
        ("DE052C", "city_not_in_league"),  # Neumünster in this edition, and no member
        ("DE", "country_row"),
        ("EU27_2020", "aggregate_row"),
        ("DE999C", "aggregate_row"),
        ("DE001F", "functional_area_row"),
        ("DE001L1", "functional_area_row"),
        ("DE001K1", "greater_city_row"),
        ("DE001D12", "district_row"),
        ("DE2", "region_row"),
        ("DE21H", "region_row"),
    ],
)
def test_what_is_no_city_of_ours_by_its_code(code: str, reason: str, file: Write) -> None:
    reading = eurostat.read(file(HEADER + GOOD + f"TT1060V;{code};2018;45;\n"), CONTEXT)
    assert [(bad.row, bad.code, bad.facts["value"]) for bad in reading.skipped] == [(3, reason, code)]
    assert len(reading.figures) == 1


def test_a_code_of_another_edition_says_of_which(file: Write) -> None:
    reading = eurostat.read(file(HEADER + "TT1060V;DE052C1;2018;45;\n"), CONTEXT)
    (bad,) = reading.skipped
    assert bad.facts == {"value": "DE052C1", "edition": "2016", "expected": "2024"}
    (reason,) = reading.report()["skipped"]
    assert reason == {"code": bad.code, **bad.facts, "count": 1, "rows": "2"}


def test_leading_zeros_that_a_spreadsheet_lost(file: Write) -> None:
    context = replace(CONTEXT, areas=frozenset({"01001", "11000"}))
    rows = "1001,EN4008V,2018,4,\n01001,EN4008V,2018,4,\n11000,EN4008V,2018,4,\n12000,EN4008V,2018,4,\n"
    reading = starter.read(file(STARTER + rows), context)
    assert [(fault.row, fault.facts.get("repair")) for fault in reading.faults] == [(2, "01001"), (5, None)]
    assert [figure.area for figure in reading.figures] == ["01001", "11000"]


# ---- SDMX


MESSAGE = "STRUCTURE,STRUCTURE_ID,ACTION,freq,indic_ur,cities,TIME_PERIOD,OBS_VALUE\n"
ROW = "dataflow,ESTAT:URB_CTRAN(1.0),{action},{freq},TT1060V,DE001C,{year},45\n"


def test_actions_dataflows_and_dimensions_of_a_message(file: Write) -> None:
    rows = [
        ROW.format(action=action, freq=freq, year=2000 + number)
        for number, (action, freq) in enumerate(
            [("I", "A"), ("A", "A"), ("M", "A"), ("R", "A"), ("", "A"), ("D", "A"), ("X", "A"), ("I", "Q")]
        )
    ]
    rows.append(ROW.format(action="I", freq="A", year=2010).replace("URB_CTRAN", "NAMA"))
    rows.append("," + ROW.format(action="I", freq="A", year=2011).replace(",45", ""))
    reading = sdmx_csv.read(file(MESSAGE + "".join(rows)), CONTEXT)
    assert [figure.period for figure in reading.figures] == ["2000", "2001", "2002", "2003", "2004"]
    assert told(reading.faults) == [
        (8, "ACTION", "action_unknown"),
        (11, "STRUCTURE_ID", "dataflow_malformed"),
    ]
    assert [(bad.row, bad.column, bad.code) for bad in reading.skipped] == [
        (7, "ACTION", "deletion_asked"),
        (9, "freq", "dimension_other"),
        (10, "STRUCTURE_ID", "dataflow_other"),
    ]
    assert reading.read == 10


@pytest.mark.parametrize(
    ("content", "row", "code"),
    [
        (MESSAGE.replace("freq", "sex") + ROW.format(action="I", freq="T", year=2000), 1, "column_unknown"),
        (MESSAGE.replace("cities", "geo") + ROW.format(action="I", freq="A", year=2000), 1, "column_missing"),
        (MESSAGE + ROW.format(action="I", freq="A", year=2000).replace("URB", "XYZ"), 2, "dataflow_unknown"),
        (MESSAGE.replace("freq", "cities") + ROW.format(action="I", freq="A", year=2000), 1, "header_twice"),
        ("a,b\n", 1, "header_wrong"),
        ("", 1, "file_empty"),
    ],
)
def test_a_message_that_cannot_be_understood(content: str, row: int, code: str, file: Write) -> None:
    assert refused(file(content), sdmx_csv.read) == [(row, None, code)]


def test_a_line_says_what_the_table_is_made_of() -> None:
    """The tests would prove nothing if their files were not what they seem."""
    assert layouts.header(CODES) == Line(list(CODES.columns))
