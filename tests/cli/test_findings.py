"""`kontor findings` and `kontor release withdraw`: what is odd is said, what is withdrawn says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Kontor

RIGA_WASTE = ("--variable", "starter:municipal_waste_kt", "--city", "LV001C")


def test_rigas_waste_in_another_unit_is_found_with_its_sentence(kontor: Kontor, here: Path) -> None:
    found = json.loads(kontor("findings", *RIGA_WASTE, "--json").stdout)
    assert found["as_of"] == "r1"
    switched = {one["period"]: one for one in found["findings"] if one["kind"] == "unit_switch"}
    assert set(switched) == {"2020", "2023"}
    assert "unit" in switched["2020"]["message"] and switched["2020"]["facts"]["value"] == "206338.61"
    assert {one["area"] for one in found["findings"]} == {"LV001C"}


def test_findings_are_counted_by_kind_and_the_first_are_printed(kontor: Kontor, here: Path) -> None:
    every = json.loads(kontor("findings", "--json").stdout)
    lines = kontor("findings").stdout.splitlines()
    assert lines[0].startswith(f"Plausibility: {every['count']} findings.")
    kinds = {line.split()[1]: int(line.split()[0]) for line in lines[1:] if line.startswith("   ")}
    assert sum(kinds.values()) == every["count"] == len(every["findings"]) > 50
    printed = [line for line in lines if line.startswith(("  starter:", "  league:"))]
    assert len(printed) == 50
    assert lines[-1] == f"  and {every['count'] - 50} more findings; --json lists all of them."
    some = json.loads(kontor("findings", "--kind", "unit_switch", "--treatment", "ask", "--json").stdout)
    assert {(one["kind"], one["treatment"]) for one in some["findings"]} <= {("unit_switch", "ask")}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--kind", "odd"), "filter_unknown"),
        (("--treatment", "forget"), "filter_unknown"),
        (("--city", "XX001C"), "city_unknown"),
        (("--variable", "starter:happiness"), "variable_unknown"),
        (("--as-of", "r9"), "release_unknown"),
    ],
)
def test_a_filter_that_names_nothing_is_refused(
    kontor: Kontor, here: Path, words: tuple[str, ...], code: str
) -> None:
    result = kontor("findings", *words, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == code


# ---- withdraw

BERLIN_DEATHS = ("--variable", "starter:road_deaths", "--city", "DE001C")


def test_one_figure_is_withdrawn_and_the_release_says_why(kontor: Kontor, here: Path) -> None:
    words = ("release", "withdraw", *BERLIN_DEATHS, "--period", "2019", "--reason", "Counted twice.")
    preview = kontor(*words, "--dry-run").stdout.splitlines()
    assert preview == [
        "withdrawn  starter:road_deaths  DE001C  2019  40.00 -> –  Counted twice.",
        "1 figures would be withdrawn; nothing was published.",
    ]
    assert kontor(*words).stdout == "Withdrawn in r2: 1 figures. Earlier releases still hold them.\n"
    assert kontor("release", "diff", "r2").stdout.splitlines() == preview[:1]
    listed = json.loads(kontor("release", "list", "--json").stdout)
    assert listed[0]["title"] == {
        "en": "Withdrawn: 1 figures",
        "de": "Zurückgezogen: 1 Werte",
        "zh-hans": "撤回1个数据",
    }
    again = kontor(*words, "--json")
    assert again.exit_code == 1
    assert json.loads(again.stderr)["error"]["code"] in ("invalid", "nothing_to_withdraw")


def test_some_years_of_a_series_or_all(kontor: Kontor, here: Path) -> None:
    words = ("release", "withdraw", *BERLIN_DEATHS, "--reason", "r", "--dry-run", "--json")
    everything = json.loads(kontor(*words).stdout)["changes"]
    some = json.loads(kontor(*words, "--from", "2018", "--to", "2020").stdout)["changes"]
    assert [change["period"] for change in some] == ["2018", "2019", "2020"]
    assert len(everything) == 13
    late = json.loads(kontor(*words, "--from", "2020").stdout)["changes"]
    assert late == [change for change in everything if change["period"] >= "2020"]


def test_figures_named_in_a_file(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_text(
        "\ufeffcity_code,variable,period,note\n"
        "DE001C,starter:road_deaths,2019,twice\n\nLV001C,starter:municipal_waste_kt,2012,unit\n",
        encoding="utf-8",
    )
    result = kontor("release", "withdraw", "--from-file", path, "--reason", "Wrong", "--json")
    assert json.loads(result.stdout) == {"release": "r2", "rows": 2}


def test_every_bad_row_of_the_file_is_named(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_text(
        "city_code,variable,period\nDE001C,starter:road_deaths,2019\nDE001C,starter:road_deaths,1899\nDE001C\n"
    )
    result = kontor("release", "withdraw", "--from-file", path, "--reason", "Wrong", "--json")
    assert result.exit_code == 1
    rows = json.loads(result.stderr)["error"]["rows"]
    assert [(row["row"], row["code"]) for row in rows] == [
        (3, "figure_unpublished"),
        (4, "figure_unpublished"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "header_wrong"), (b"area;variable\n", "header_wrong"), (b"\xff\xfe", "encoding_wrong")],
)
def test_a_file_that_is_another_thing(
    kontor: Kontor, here: Path, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "cells.csv"
    path.write_bytes(content)
    result = kontor("release", "withdraw", "--from-file", path, "--reason", "Wrong", "--json")
    assert [row["code"] for row in json.loads(result.stderr)["error"]["rows"]] == [code]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--reason", "Wrong"), "withdrawal_unnamed"),
        (("--variable", "starter:road_deaths", "--reason", "Wrong"), "withdrawal_unnamed"),
        ((*BERLIN_DEATHS, "--period", "2019"), "reason_missing"),
        ((*BERLIN_DEATHS, "--from", "2090", "--reason", "Wrong"), "nothing_to_withdraw"),
        ((*BERLIN_DEATHS, "--period", "1899", "--reason", "Wrong"), "invalid"),
        (("--from-file", "none.csv", "--reason", "Wrong"), "file_missing"),
    ],
)
def test_what_withdraw_refuses(kontor: Kontor, here: Path, words: tuple[str, ...], code: str) -> None:
    result = kontor("release", "withdraw", *words, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == code


def test_an_import_says_what_stays_withdrawn(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    words = ("release", "withdraw", *BERLIN_DEATHS, "--period", "2019", "--reason", "Counted twice.")
    assert kontor(*words).exit_code == 0
    path = tmp_path / "same.csv"
    path.write_text("city_code,variable,period,value,flag\nDE001C,road_deaths,2019,40,\n")
    assert (
        "1 figures came exactly as they had been withdrawn"
        in kontor("import", "starter", path, "--dry-run").stdout
    )
    result = kontor("import", "starter", path, "--json")
    assert json.loads(result.stderr)["error"]["code"] == "figures_stay_withdrawn"
    with path.open("a") as file:
        file.write("DE001C,road_deaths,2025,3,\n")
    lines = kontor("import", "starter", path).stdout.splitlines()
    assert lines[-2] == "Published as r3: 1 figures new or changed."
    assert lines[-1].startswith("1 figures came exactly as they had been withdrawn and stay withdrawn")
    lines = kontor(
        "import", "starter", path, "--again", "--reason", "Confirmed by the police."
    ).stdout.splitlines()
    assert lines[-1] == "Published as r4: 1 figures new or changed."
    shown = kontor("release", "show", "r4").stdout.splitlines()
    assert "added: 1" in shown and "Confirmed by the police." in shown
