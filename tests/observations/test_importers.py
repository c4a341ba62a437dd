"""Reading other people's files: what is taken, what is passed over and why, and what is wrong in which row."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from kontor.errors import BadRow, Invalid, Refused
from kontor.observations import operations
from kontor.observations.importers import Context, eurostat, starter
from kontor.observations.rules import Reading
from tests.cast import NOON

CONTEXT = Context(
    areas=frozenset({"DE001C", "E09000007"}),
    codes={
        ("urban_audit", "2024"): {"DE001C": "DE001C", "DE999C": "HAM"},
        ("urban_audit", "2014"): {"DE002C": "DE001C"},
    },
    variables={
        "starter:population": {},
        "starter:road_deaths": {},
        "league:road_deaths": {},
        "eurostat:TT1060V": {},
    },
    flags=frozenset("bdep"),
    latest=2026,
    source_of=lambda variable, area: f"source of {variable} for {area}",
)
HEADER = "city_code,variable,period,value,flag\n"
EUROSTAT = (
    "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG;Observation status;CONF_STATUS;Confidentiality status\r\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "figures.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


File = Callable[[str | bytes], Path]


def told(faults: list[BadRow]) -> list[tuple[int | None, str | None, str]]:
    return [(fault.row, fault.column, fault.code) for fault in faults]


def refusal(
    reader: Callable[[Path, Context], Reading], path: Path
) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(Invalid) as invalid:
        reader(path, CONTEXT)
    return told(invalid.value.rows)


# ---- the starter layout


def test_a_good_row_keeps_its_digits_and_its_place(file: File) -> None:
    reading = starter.read(file(HEADER + "DE001C,population,2019,3644798.50,eb\n"), CONTEXT)
    (figure,) = reading.figures
    assert (figure.area, figure.variable, figure.period) == ("DE001C", "starter:population", "2019")
    assert str(figure.value) == "3644798.50"
    assert (figure.flags, figure.file, figure.row) == ("be", "figures.csv", 2)
    assert figure.source == "source of starter:population for DE001C"
    assert reading.faults == [] and reading.read == 1


# One broken row -> the column and the code of what is wrong with it.
BROKEN = [
    ("XX001C,population,2019,5,", "city_code", "city_unknown"),
    ("de001c,population,2019,5,", "city_code", "city_unknown"),
    (" DE001C,population,2019,5,", "city_code", "city_unknown"),
    ("DE001C,happiness,2019,5,", "variable", "variable_unknown"),
    ("DE001C,starter:population,2019,5,", "variable", "variable_unknown"),
    ("DE001C,population,19,5,", "period", "period_malformed"),
    ("DE001C,population,2019-01,5,", "period", "period_malformed"),
    ("DE001C,population,1819,5,", "period", "period_malformed"),
    ("DE001C,population,20١٩,5,", "period", "period_malformed"),
    ('DE001C,population,"2019\n",5,', "period", "period_malformed"),
    ("DE001C,population,2019,,", "value", "value_malformed"),
    ("DE001C,population,2019,:,", "value", "value_malformed"),
    ("DE001C,population,2019,five,", "value", "value_malformed"),
    ('DE001C,population,2019,"1,000",', "value", "value_malformed"),
    ("DE001C,population,2019,1 000,", "value", "value_malformed"),
    ("DE001C,population,2019,1e3,", "value", "value_malformed"),
    ("DE001C,population,2019,NaN,", "value", "value_malformed"),
    ("DE001C,population,2019,Infinity,", "value", "value_malformed"),
    ("DE001C,population,2019,٣,", "value", "value_malformed"),
    ("DE001C,population,2019,1.12345678901,", "value", "value_malformed"),
    ("DE001C,population,2019,1234567890123456789,", "value", "value_malformed"),
    ("DE001C,population,2019,.5,", "value", "value_malformed"),
    ('DE001C,population,2019,"5\n",', "value", "value_malformed"),
    ("DE001C,population,2027,5,", "period", "period_in_future"),
    ("DE001C,population,2019,-5,", "value", "value_negative"),
    ("DE001C,population,2019,-0.1,", "value", "value_negative"),
    ("DE001C,population,2019,5,c", "flag", "flag_unknown"),
    ("DE001C,population,2019,5,x", "flag", "flag_unknown"),
    ("DE001C,population,2019,5,B", "flag", "flag_unknown"),
    ("DE001C,population,2019,5", None, "row_length"),
    ("DE001C,population,2019,5,,", None, "row_length"),
    ("DE001C;population;2019;5;", None, "row_length"),
]


@pytest.mark.parametrize(("row", "column", "code"), BROKEN)
def test_a_broken_row_is_named_and_the_others_are_read(
    row: str, column: str | None, code: str, file: File
) -> None:
    good = "DE001C,road_deaths,2018,45,\n"
    reading = starter.read(file(HEADER + good + row + "\nDE001C,road_deaths,2019,40,\n"), CONTEXT)
    assert [(bad[1], bad[2]) for bad in told(reading.faults)] == [(column, code)]
    assert reading.faults[0].row == 3 + row.count("\n")
    assert [figure.period for figure in reading.figures] == ["2018", "2019"]
    assert reading.read == 3


def test_everything_that_is_wrong_with_a_row(file: File) -> None:
    reading = starter.read(file(HEADER + "XX,happiness,19,five,x\n"), CONTEXT)
    assert told(reading.faults) == [
        (2, "city_code", "city_unknown"),
        (2, "variable", "variable_unknown"),
        (2, "period", "period_malformed"),
        (2, "value", "value_malformed"),
        (2, "flag", "flag_unknown"),
    ]


def test_a_second_figure_for_one_cell_is_a_fault_that_names_the_first(file: File) -> None:
    row = "DE001C,population,2019,5,\n"
    reading = starter.read(
        file(HEADER + row + "DE001C,population,2020,5,\n" + row.replace("5", "6")), CONTEXT
    )
    (fault,) = reading.faults
    assert (fault.row, fault.code) == (4, "row_twice")
    assert fault.facts == {"value": "DE001C population 2019", "first": 2}
    assert [str(figure.value) for figure in reading.figures] == ["5", "5"]


@pytest.mark.parametrize(
    "row", ["DE001C,population,2026,5,", "DE001C,population,2019,0,", "DE001C,population,2019,0.50,p"]
)
def test_what_looks_odd_and_is_right(row: str, file: File) -> None:
    assert starter.read(file(HEADER + row + "\n"), CONTEXT).faults == []


def test_empty_lines_are_nothing(file: File) -> None:
    reading = starter.read(file(HEADER + "\n,,,,\nDE001C,population,2019,5,\n\n"), CONTEXT)
    assert (reading.read, reading.figures[0].row, reading.faults) == (1, 4, [])


def test_a_members_table_is_the_leagues_own(file: File) -> None:
    reading = starter.read_league(
        file(HEADER + "DE001C,road_deaths,2019,40,\nDE001C,population,2019,5,\n"), CONTEXT
    )
    assert [figure.variable for figure in reading.figures] == ["league:road_deaths"]
    assert told(reading.faults) == [(3, "variable", "variable_unknown")]


@pytest.mark.parametrize(
    ("content", "row", "code"),
    [
        (b"", 1, "file_empty"),
        (b"\n\n", 1, "file_empty"),
        (b"city,variable,period,value,flag\n", 1, "header_wrong"),
        (b"city_code;variable;period;value;flag\n", 1, "delimiter_wrong"),
        (HEADER.encode() + b"DE001C,population,2019,5,\nDE001C,M\xfcnchen,2019,5,\n", 3, "encoding_wrong"),
        (HEADER.encode("utf-16-le"), 1, "encoding_wrong"),
        (gzip.compress(HEADER.encode() * 99)[:-9], None, "file_damaged"),
        (b"\x1f\x8b" + b"nothing packed", None, "file_damaged"),
        (gzip.compress(HEADER.encode() * 99)[:12] + b"\xff" * 40, None, "file_damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    content: bytes, row: int | None, code: str, file: File
) -> None:
    assert refusal(starter.read, file(content)) == [(row, None, code)]


def test_a_byte_order_mark_windows_lines_and_gzip_are_no_faults(file: File) -> None:
    plain = starter.read(file(HEADER + "DE001C,population,2019,5,\n"), CONTEXT)
    content = ("\ufeff" + HEADER + "DE001C,population,2019,5,\n").replace("\n", "\r\n").encode()
    for other in (content, gzip.compress(content)):
        assert starter.read(file(other), CONTEXT) == plain


# ---- Eurostat's layout


def eurostat_rows(*rows: str) -> str:
    return EUROSTAT + "".join(f"{row}\r\n" for row in rows)


def test_eurostats_rows_are_taken_under_our_code(file: File) -> None:
    reading = eurostat.read(
        file(eurostat_rows("TT1060V;DE001C;2019;40;;;;", "TT1060V;DE999C;2019;7.50;be;break, estimated;;")),
        CONTEXT,
    )
    assert [(figure.area, figure.variable, figure.flags) for figure in reading.figures] == [
        ("DE001C", "eurostat:TT1060V", ""),
        ("HAM", "eurostat:TT1060V", "be"),
    ]
    assert str(reading.figures[1].value) == "7.50" and reading.figures[1].row == 3
    assert reading.faults == reading.skipped == []


# A row that is not for us -> why it is passed over.
PASSED_OVER = [
    ("TT1060V;DE;2019;3046;;;;", "country_row", "DE"),
    ("TT1060V;FR001C;2019;40;;;;", "city_not_in_league", "FR001C"),
    ("EN9999V;DE001C;2019;40;;;;", "variable_not_used", "EN9999V"),
    ("TT1060V;DE001C;2019;;;;C;confidential", "confidential", "C"),
    ("TT1060V;DE001C;2019;40;;;C;confidential", "confidential", "C"),
    ("TT1060V;DE001C;2019;;;;;", "value_missing", ""),
    ("TT1060V;DE001C;2019;:;;;;", "value_missing", ":"),
]


@pytest.mark.parametrize(("row", "code", "value"), PASSED_OVER)
def test_what_is_passed_over_says_why(row: str, code: str, value: str, file: File) -> None:
    reading = eurostat.read(file(eurostat_rows("TT1060V;DE001C;2018;45;;;;", row)), CONTEXT)
    assert [(bad.row, bad.code, bad.facts) for bad in reading.skipped] == [(3, code, {"value": value})]
    assert (reading.read, len(reading.figures), reading.faults) == (2, 1, [])


EUROSTAT_BROKEN = [
    ("TT1060V;DE001C;2019Q1;40;;;;", "TIME_PERIOD", "period_malformed"),
    ("TT1060V;DE001C;2019;40 b;;;;", "OBS_VALUE", "value_malformed"),
    ("TT1060V;DE001C;2027;40;;;;", "TIME_PERIOD", "period_in_future"),
    ("TT1060V;DE001C;2019;-40;;;;", "OBS_VALUE", "value_negative"),
    ("TT1060V;DE001C;2019;40;x;;;", "OBS_FLAG", "flag_unknown"),
    ("TT1060V;DE001C;2019", None, "row_length"),
    ("TT1060V;DE001C;2018;46;;;;", "cities", "row_twice"),
]


@pytest.mark.parametrize(("row", "column", "code"), EUROSTAT_BROKEN)
def test_a_broken_row_of_eurostat(row: str, column: str | None, code: str, file: File) -> None:
    reading = eurostat.read(
        file(eurostat_rows("TT1060V;DE001C;2018;45;;;;", row, "TT1060V;DE001C;2020;41;;;;")), CONTEXT
    )
    assert told(reading.faults) == [(3, column, code)]
    assert [figure.period for figure in reading.figures] == ["2018", "2020"]


def test_eurostats_population_table_in_latin_letters_is_refused_at_its_row(file: File) -> None:
    content = eurostat_rows(
        "TT1060V;DE001C;2018;45;;;;"
    ).encode() + "TT1060V;DE001C;2019;40;;Schätzung;;\r\n".encode("latin-1")
    assert refusal(eurostat.read, file(content)) == [(3, None, "encoding_wrong")]


def test_the_short_header_of_five_columns_is_enough(file: File) -> None:
    content = "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG\nTT1060V;DE001C;2019;40;\n"
    assert len(eurostat.read(file(content), CONTEXT).figures) == 1


def test_the_report_groups_what_was_passed_over(file: File) -> None:
    rows = [f"TT1060V;DE;{year};9;;;;" for year in range(2000, 2004)] + [
        "TT1060V;FR001C;2019;40;;;;",
        "TT1060V;DE;2010;9;;;;",
    ]
    report = eurostat.read(file(eurostat_rows(*rows, "TT1060V;DE001C;2019;x;;;;")), CONTEXT).report()
    assert report["skipped"] == [
        {"code": "country_row", "value": "DE", "count": 5, "rows": "2-5, 7"},
        {"code": "city_not_in_league", "value": "FR001C", "count": 1, "rows": "6"},
    ]
    assert report["faults"] == [
        {"code": "value_malformed", "row": 8, "column": "OBS_VALUE", "facts": {"value": "x"}}
    ]
    assert (report["read"], report["taken"]) == (7, 0)


def test_a_report_holds_nothing_that_a_database_refuses(file: File) -> None:
    report = starter.read(file(HEADER + "DE001C,pop\x00,2019,5\x1b[2J,\n"), CONTEXT).report()
    assert [fault["facts"]["value"] for fault in report["faults"]] == ["pop\ufffd", "5\ufffd[2J"]
    report = eurostat.read(file(eurostat_rows("A\x00;DE001C;2019;4;;;;")), CONTEXT).report()
    assert report["skipped"][0]["value"] == "A\ufffd"


# ---- with the real league


def test_the_starter_table_is_read_without_a_fault(db: None) -> None:
    reading = operations.read(settings.STARTER / "figures.csv", layout="starter", at=NOON)
    assert (reading.read, len(reading.figures)) == (27_586, 27_586)
    assert reading.faults == reading.skipped == []
    assert len({figure.area for figure in reading.figures}) == 319
    berlin = next(
        f
        for f in reading.figures
        if (f.area, f.variable, f.period) == ("DE001C", "starter:road_deaths", "2019")
    )
    assert berlin.value == Decimal(40) and berlin.source == "eurostat"


def test_a_london_boroughs_population_names_its_own_publisher(db: None) -> None:
    reading = operations.read(settings.STARTER / "figures.csv", layout="starter", at=NOON)
    publishers = {
        f.source for f in reading.figures if f.area.startswith("E09") and f.variable == "starter:population"
    }
    assert publishers == {"mysociety"}


@pytest.mark.parametrize(
    ("name", "layout", "code"),
    [("figures.csv", "excel", "importer_unknown"), ("none.csv", "starter", "file_missing")],
)
def test_what_cannot_be_read_at_all(db: None, name: str, layout: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        operations.read(settings.STARTER / name, layout=layout, at=NOON)
    assert refused.value.code == code


def test_a_small_archive_cannot_fill_the_memory(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    from kontor.tables import files

    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    packed = gzip.compress(b"0" * (1 << 22))
    assert len(packed) < 1 << 14
    assert refusal(starter.read, file(packed)) == [(1, None, "header_wrong")]
    packed = gzip.compress(HEADER.encode() + b"\n" * (1 << 22))
    assert refusal(starter.read, file(packed)) == [(None, None, "file_too_large")]
