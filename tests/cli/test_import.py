"""`kontor import`: what is right is published, what is wrong is named by row, column and reason."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from .conftest import Kontor

HEADER = "city_code,variable,period,value,flag\n"
BROKEN = HEADER + (
    "DE001C,road_deaths,2022,35,\n"  # right, and another value than published
    "DE001C,road_deaths,2o22,36,\n"  # row 3: the year
    'DE001C,road_deaths,2021,"1,200",\n'  # row 4: the value
    "XX999C,road_deaths,2021,3,\n"  # row 5: the city
    "DE002C,road_deaths,2021,3,x\n"  # row 6: the flag
    "DE002C,road_deaths\n"  # row 7: too short
    "DE001C,road_deaths,2022,37,\n"  # row 8: once more
    "DE001C,no_such_thing,2021,1,\n"  # row 9: the variable
)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.csv"
    path.write_text(BROKEN)
    return path


def test_a_broken_row_is_named_and_the_others_are_taken(kontor: Kontor, here: Path, broken: Path) -> None:
    result = kontor("import", "starter", broken, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    report = found["files"][0]
    assert (report["read"], report["taken"]) == (8, 1)
    assert [(fault["row"], fault["column"], fault["code"]) for fault in report["faults"]] == [
        (3, "period", "period_malformed"),
        (4, "value", "value_malformed"),
        (5, "city_code", "city_unknown"),
        (6, "flag", "flag_unknown"),
        (7, None, "row_length"),
        (8, "city_code", "row_twice"),
        (9, "variable", "variable_unknown"),
    ]
    assert "“1,200” is not a number" in report["faults"][1]["message"]
    assert "row 2 holds" in report["faults"][5]["message"]
    assert found["release"] == "r2"
    changes = json.loads(kontor("release", "diff", "r2", "--json").stdout)["changes"]
    assert [(change["kind"], change["area"], change["before"], change["after"]) for change in changes] == [
        ("revised", "DE001C", "34.00", "35")
    ]


def test_the_report_reads_row_by_row(kontor: Kontor, here: Path, broken: Path) -> None:
    lines = kontor("import", "starter", broken).stdout.splitlines()
    assert lines[0] == "broken.csv: figures read: 8, taken: 1, passed over: 0, wrong: 7."
    assert lines[1].startswith("  row 3, period: “2o22” is not a year")
    assert lines[-1] == "Published as r2; figures new or changed: 1."


def test_a_dry_run_keeps_and_publishes_nothing(kontor: Kontor, here: Path, broken: Path) -> None:
    from kontor.events import queries as events

    kept = sorted((here / "submissions").iterdir())
    before = events.head()
    result = kontor("import", "starter", broken, "--dry-run", "--json")
    assert json.loads(result.stdout)["release"] is None
    assert sorted((here / "submissions").iterdir()) == kept
    assert events.head() == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"city;variable\n", "header_wrong"),
        (b"", "file_empty"),
        (HEADER.encode() + b"M\xfcnchen,road_deaths,2021,1,\n", "encoding_wrong"),
        (gzip.compress(HEADER.encode())[:-6], "file_damaged"),
    ],
)
def test_a_file_that_is_another_thing_is_one_sentence(
    kontor: Kontor, here: Path, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    result = kontor("import", "starter", path, "--json")
    assert result.exit_code == 1
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "invalid"
    assert [row["code"] for row in error["rows"]] == [code]
    assert "other.csv" in error["rows"][0]["message"]


def test_eurostats_own_layout_and_what_is_passed_over(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path = tmp_path / "urb_ctran.csv.gz"
    rows = [
        "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG",
        "TT1060V;DE001C;2023;33;",
        "TT1060V;DE;2023;2800;",
        "TT1060V;ES998C;2023;3;",
        "ZZ0000V;DE001C;2023;3;",
        "TT1060V;DE002C;2023;:;",
        "TT1060V;DE003C;2023;x;",
    ]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    found = json.loads(kontor("import", "eurostat", path, "--json").stdout)
    report = found["files"][0]
    assert (report["read"], report["taken"], found["release"]) == (6, 1, "r2")
    assert {reason["code"] for reason in report["skipped"]} == {
        "country_row",
        "city_not_in_league",
        "variable_not_used",
        "value_missing",
    }
    assert [(fault["row"], fault["column"]) for fault in report["faults"]] == [(7, "OBS_VALUE")]


def test_where_no_row_is_right_every_one_is_named_and_nothing_published(
    kontor: Kontor, here: Path, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(HEADER + "DE001C,road_deaths,22,1,\nDE001C,road_deaths,2022,one,\n")
    result = kontor("import", "starter", path, "--json")
    assert result.exit_code == 1
    rows = json.loads(result.stderr)["error"]["rows"]
    assert [(row["row"], row["column"]) for row in rows] == [(2, "period"), (3, "value")]
    assert "wrong.csv: figures read: 2" in kontor("import", "starter", path).stdout
    assert len(json.loads(kontor("release", "list", "--json").stdout)) == 3


def test_where_no_row_is_for_this_league_nothing_is_published(
    kontor: Kontor, here: Path, tmp_path: Path
) -> None:
    path = tmp_path / "others.csv"
    path.write_text("indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG\nTT1060V;ES998C;2023;3;\n")
    result = kontor("import", "eurostat", path, "--json")
    assert json.loads(result.stderr)["error"]["code"] == "nothing_taken"


def test_the_same_file_again_changes_nothing(kontor: Kontor, here: Path, broken: Path) -> None:
    kontor("import", "starter", broken)
    again = kontor("import", "starter", broken, "--json")
    assert again.exit_code == 0
    found = json.loads(again.stdout)
    assert (found["release"], found["files"][0]["taken"]) == (None, 1)
    last = kontor("import", "starter", broken).stdout.splitlines()[-1]
    assert last.startswith("Nothing to publish: every figure is already published")
    assert len(json.loads(kontor("release", "list", "--json").stdout)) == 4


def test_a_file_that_brought_nothing_new_does_not_put_its_values_back(
    kontor: Kontor, here: Path, tmp_path: Path
) -> None:
    for value in (35, 35, 36):  # the second brings nothing; the third revises
        path = tmp_path / f"{value}.csv"
        path.write_text(HEADER + f"DE001C,road_deaths,2022,{value},\n")
        assert kontor("import", "starter", path).exit_code == 0
    waiting = kontor("release", "publish", "--json")
    assert json.loads(waiting.stderr)["error"]["code"] == "nothing_to_publish"
    assert len(json.loads(kontor("release", "list", "--json").stdout)) == 5


def test_names_and_titles_that_no_database_takes_are_made_readable(
    kontor: Kontor, here: Path, tmp_path: Path
) -> None:
    path = tmp_path / "f\udcff\n.csv"
    path.write_text(HEADER + "DE001C,road_deaths,2022,35,\nDE001C,road\x00,2022,35,\n")
    found = json.loads(kontor("import", "starter", path, "--title", "A \udcff title", "--json").stdout)
    assert (found["release"], found["files"][0]["file"]) == ("r2", "f\ufffd\ufffd.csv")
    shown = json.loads(kontor("release", "show", "r2", "--json").stdout)["manifest"]
    assert shown["title"]["en"] == "A \ufffd title"
    assert shown["submissions"][0]["report"]["faults"][0]["facts"]["value"] == "road\ufffd"


class Killed(BaseException):
    """As when the machine stops."""


def fatal(**_: object) -> None:
    raise Killed


def test_what_was_handed_in_before_a_crash_is_published_later(
    kontor: Kontor, here: Path, broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("kontor.observations.operations.release", fatal)
        kontor("import", "starter", broken)
    result = kontor("release", "publish", "--title", "After the crash", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"] == 1
    from kontor.observations.queries import figures

    cell = figures.cell("starter:road_deaths", "DE001C", "2022")
    assert cell is not None
    assert (cell.file, cell.row, cell.release) == ("broken.csv", 2, "r2")


def test_regions_of_an_older_edition_keep_it_and_their_conversion(
    kontor: Kontor, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(__file__).parents[1] / "observations" / "fixtures" / "nuts-pjanaggr3.csv"
    missing = json.loads(kontor("import", "sdmx-csv", path, "--json").stderr)["error"]
    assert [row["code"] for row in missing["rows"]] == ["edition_missing"]
    unused = json.loads(kontor("import", "eurostat", path, "--edition", "2013", "--json").stderr)["error"]
    assert unused["code"] == "edition_not_used"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("kontor.observations.operations.release", fatal)
        kontor("import", "sdmx-csv", path, "--edition", "2013")
    published = json.loads(kontor("release", "publish", "--json").stdout)
    manifest = json.loads(kontor("release", "show", published["id"], "--json").stdout)["manifest"]
    assert [entry["importer"] for entry in manifest["submissions"]] == ["sdmx-csv:2013"]
    from kontor.observations.queries import figures

    warsaw = figures.cell("demo_r_pjanaggr3:T", "PL001C", "2014")
    assert warsaw is not None and warsaw.conversion == "nuts 2013>2021 codes: PL127*1"
