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
    assert lines[0].startswith(f"Plausibility, findings: {every['count']}.")
    kinds = {line.split()[1]: int(line.split()[0]) for line in lines[1:] if line.startswith("   ")}
    assert sum(kinds.values()) == every["count"] == len(every["findings"]) > 50
    printed = [line for line in lines if line.startswith(("  starter:", "  league:"))]
    assert len(printed) == 50
    assert lines[-1] == f"  further findings: {every['count'] - 50}; --json lists all of them."
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
        "Figures that would be withdrawn: 1; nothing was published.",
    ]
    assert kontor(*words).stdout == "Withdrawn in r2; figures: 1. Earlier releases still hold them.\n"
    assert kontor("release", "diff", "r2").stdout.splitlines() == ["withdrawn: 1", preview[0]]
    listed = json.loads(kontor("release", "list", "--json").stdout)
    assert listed[0]["title"] == {
        "en": "Withdrawn figures: 1",
        "de": "Zurückgezogene Werte: 1",
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
    assert json.loads(result.stdout) == {"release": "r2", "rows": 2, "overruled": []}


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
        ((*BERLIN_DEATHS, "--from", "2019", "--to", "2015", "--reason", "Wrong"), "period_range_reversed"),
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
    stay = "Figures that came exactly as they had been withdrawn and stay withdrawn: 1"
    assert stay in kontor("import", "starter", path, "--dry-run").stdout
    assert stay not in kontor("import", "starter", path, "--dry-run", "--again").stdout
    result = kontor("import", "starter", path)
    assert (result.exit_code, result.stdout.splitlines()[-1][:21]) == (0, "Nothing was published")
    answer = json.loads(kontor("import", "starter", path, "--json").stdout)
    assert (answer["release"], answer["nothing_new"]) == (None, "figures_stay_withdrawn")
    with path.open("a") as file:
        file.write("DE001C,road_deaths,2025,3,\n")
    lines = kontor("import", "starter", path).stdout.splitlines()
    assert lines[-2] == "Published as r3; figures new or changed: 1."
    assert lines[-1].startswith(stay)
    lines = kontor(
        "import", "starter", path, "--again", "--reason", "Confirmed by the police."
    ).stdout.splitlines()
    assert lines[-1] == "Published as r4; figures new or changed: 1."
    shown = kontor("release", "show", "r4").stdout.splitlines()
    assert "added: 1" in shown and "Confirmed by the police." in shown


def test_it_is_said_where_indicators_read_another_variable(
    kontor: Kontor, here: Path, tmp_path: Path
) -> None:
    path = tmp_path / "eurostat.csv"
    path.write_text(
        "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG;;CONF_STATUS;\nTT1060V;DE001C;2019;42;;;;\n"
    )
    assert "does not follow" not in kontor("import", "eurostat", path).stdout
    told = "road_death_rate does not follow: for 1 of these figures it reads eurostat:TT1060V, not starter:road_deaths."
    words = ("release", "withdraw", *BERLIN_DEATHS, "--period", "2019", "--reason", "Counted twice.")
    assert told in kontor(*words, "--dry-run").stdout.splitlines()
    (first, second) = json.loads(kontor(*words, "--dry-run", "--json").stdout)["overruled"]
    assert first == {
        "indicator": "road_death_rate",
        "variable": "starter:road_deaths",
        "reads": "eurostat:TT1060V",
        "count": 1,
    }
    assert told in kontor(*words).stdout.splitlines()
    path.write_text("city_code,variable,period,value,flag\nDE001C,road_deaths,2019,39,\n")
    assert told in kontor("import", "starter", path, "--dry-run").stdout.splitlines()
    assert json.loads(kontor("import", "starter", path, "--dry-run", "--json").stdout)["overruled"] == [
        first,
        second,
    ]
    assert told in kontor("import", "starter", path).stdout.splitlines()


def test_a_dry_run_shows_the_reason_that_was_given(kontor: Kontor, here: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("city_code,variable,period,value,flag\nDE001C,road_deaths,2019,39,\n")
    said = kontor("import", "starter", path, "--dry-run", "--reason", "Corrected by the police.").stdout
    assert "40.00 -> 39  Corrected by the police." in said
    assert (
        "The file handed in last has another figure." in kontor("import", "starter", path, "--dry-run").stdout
    )


def test_a_large_diff_is_cut_after_its_counts(kontor: Kontor, here: Path) -> None:
    lines = kontor("release", "diff", "r1").stdout.splitlines()
    every = kontor("release", "diff", "r1", "--all").stdout.splitlines()
    count = int(lines[0].removeprefix("added: ").replace("\u202f", ""))
    assert lines[0] == f"added: {count:,}".replace(",", "\u202f")
    assert every[:201] == lines[:201] and len(every) == count + 1 > 1000
    assert (
        len(lines) == 202
        and f"{count - 200:,}".replace(",", "\u202f") in lines[-1]
        and "/en/releases/r1/changes.csv" in lines[-1]
    )
