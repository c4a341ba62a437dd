"""`kontor import`: what would change, a file with a line for every row that was not taken, bytes as progress."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from kontor.cli import terminal
from tests.cli.conftest import Kontor

HEADER = "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG\n"
ROWS = (
    "TT1060V;DE001C;2023;33;\n"
    "TT1060V;DE;2023;2800;\n"
    'TT1060V;DE002C;2023;"1.234";\n'
    "TT1060V;DE003C;31.12.2023;5;\n"
    "TT1060V;DE011C1;2023;4;\n"
    "TT1060V;DE004C;2023\n"
    "=1+1;DE004C;2023;4;\n"
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "urb_ctran.csv"
    path.write_text(HEADER + ROWS)
    return path


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_line_for_every_row_that_was_not_taken(
    kontor: Kontor, here: Path, table: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    found = json.loads(kontor("import", "eurostat", table, "--report", report, "--json").stdout)
    assert (found["files"][0]["read"], found["files"][0]["taken"], found["release"]) == (7, 1, "r2")
    lines = lines_of(report)
    assert [(line["row"], line["column"], line["code"], line["repair"]) for line in lines] == [
        ("3", "cities", "country_row", ""),
        ("4", "OBS_VALUE", "value_not_whole", "1234"),
        ("5", "TIME_PERIOD", "period_malformed", "2023"),
        ("6", "cities", "code_of_other_edition", ""),
        ("7", "", "row_length", ""),
        ("8", "indic_ur", "variable_not_used", ""),
    ]
    assert {line["file"] for line in lines} == {"urb_ctran.csv"}
    assert lines[1]["message"].endswith("Perhaps meant: “1234”.")
    assert lines[5]["message"].endswith(": =1+1")
    assert not [cell for line in lines for cell in line.values() if cell.startswith(("=", "+", "-", "@"))]


def test_the_report_speaks_the_language_of_who_asks(
    kontor: Kontor, here: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "bericht.csv"
    for language, words in (("de", "Vielleicht gemeint: „2023“."), ("zh_CN", "可能应为“2023”。")):
        monkeypatch.setenv("KONTOR_LANGUAGE", language)
        kontor("import", "eurostat", table, "--dry-run", "--report", report)
        assert lines_of(report)[2]["message"].endswith(words)


def test_a_report_also_of_a_file_that_is_refused(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    damaged, report = tmp_path / "damaged.csv.gz", tmp_path / "report.csv"
    damaged.write_bytes(gzip.compress((HEADER + ROWS).encode())[:-9])
    assert kontor("import", "eurostat", damaged, "--report", report).exit_code == 1
    assert [(line["file"], line["code"]) for line in lines_of(report)] == [("damaged.csv.gz", "file_damaged")]


def test_where_the_report_cannot_be_written_nothing_is_read(
    kontor: Kontor, here: Path, table: Path, tmp_path: Path
) -> None:
    kept = sorted((here / "submissions").iterdir())
    result = kontor("import", "eurostat", table, "--report", tmp_path / "none" / "report.csv", "--json")
    assert json.loads(result.stderr)["error"]["code"] == "report_unwritable"
    assert sorted((here / "submissions").iterdir()) == kept


def test_a_dry_run_says_what_would_change(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text(
        "city_code,variable,period,value,flag\n"
        "DE001C,road_deaths,2022,35,\n"  # published with 34.00
        "DE001C,road_deaths,2025,30,p\n"
    )
    found = json.loads(kontor("import", "starter", path, "--dry-run", "--json").stdout)["preview"]
    assert (found["added"], found["revised"], found["unchanged"]) == (1, 1, 0)
    said = kontor("import", "starter", path, "--dry-run").stdout
    assert "revised" in said and "34.00 -> 35" in said
    assert "added 1, revised 1; published exactly so already: 0. Nothing was kept." in said
    assert len(json.loads(kontor("release", "list", "--json").stdout)) == 3


def test_one_line_per_reason_and_the_rare_ones_are_seen(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path = tmp_path / "urb_ctran.csv"
    others = "".join(f"TT1060V;FR{number:03d}C;2023;4;\n" for number in range(700, 760))
    rare = "TT1060V;DE002C;2023;:;\nTT1060V;DE003C;2023;;\nTT1060V;DE011C1;2023;4;\n"
    path.write_text(HEADER + "TT1060V;DE001C;2023;33;\n" + others + rare)
    said = kontor("import", "eurostat", path, "--dry-run").stdout.splitlines()
    assert said[:4] == [
        "urb_ctran.csv: figures read: 64, taken: 1, passed over: 63, wrong: 0.",
        "       60  a city that is not in this league: FR700C, FR701C, FR702C, …  (different: 60; rows: 3-62)",
        "        2  no value: “:”  (different: 2; rows: 63-64)",
        "        1  “DE011C1” stands in the list of 2019, not in that of 2024 by which this file names its areas; "
        "nothing is guessed  (rows: 65)",
    ]


def test_notes_stand_apart(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path, report = tmp_path / "members.csv", tmp_path / "report.csv"
    path.write_text("city_code,variable,period,value,flag,author\nDE001C,road_deaths,2025,30,p,me\n")
    said = kontor("import", "starter", path, "--dry-run", "--report", report).stdout.splitlines()
    assert said[0] == "members.csv: figures read: 1, taken: 1, passed over: 0, wrong: 0."
    assert said[1] == "  Note: columns that are not read here: author  (rows: 1)"
    assert [line["code"] for line in lines_of(report)] == ["columns_not_used"]
    found = json.loads(kontor("import", "starter", path, "--dry-run", "--json").stdout)["files"][0]
    assert (found["skipped"], [note["code"] for note in found["notes"]]) == ([], ["columns_not_used"])


def test_a_folder_is_told_from_a_file_that_is_not_there(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    for name, code in ((".", "file_is_folder"), ("none.csv", "file_missing")):
        result = kontor("import", "starter", tmp_path / name, "--json")
        assert json.loads(result.stderr)["error"]["code"] == code


def test_progress_counts_the_bytes_of_all_files(
    kontor: Kontor, here: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bar:
        total, seen = 0, 0

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, count: int) -> None:
            self.seen += count

    bar = Bar()

    def progress(label: str, total: int) -> Bar:
        bar.total = total
        return bar

    monkeypatch.setattr(terminal, "progress", progress)
    packed = tmp_path / "again.csv.gz"
    packed.write_bytes(gzip.compress((HEADER + ROWS).encode()))
    kontor("import", "eurostat", table, packed, "--dry-run")
    assert bar.seen == bar.total == table.stat().st_size + packed.stat().st_size


def test_counts_are_read_by_people(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = "".join(f"TT1060V;XX001C;{1900 + number % 100};1;\n" for number in range(12_345))
    path.write_text("indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG\n" + rows)
    lines = kontor("import", "eurostat", path, "--dry-run").stdout.splitlines()
    assert lines[0] == "long.csv: figures read: 12\u202f345, taken: 0, passed over: 12\u202f345, wrong: 0."
    assert lines[1] == "   12\u202f345  a city that is not in this league: XX001C  (rows: 2-12346)"
