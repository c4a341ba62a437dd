"""Commands that read: contract of the comparison, releases, the record; and how errors are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Kontor

CITY_KEYS = {
    "city",
    "name",
    "value",
    "numerator",
    "denominator",
    "low",
    "high",
    "shrunk",
    "shrunk_low",
    "shrunk_high",
    "peer_median",
    "gap",
    "gap_low",
    "gap_high",
    "funnel",
    "rank_low",
    "rank_high",
    "flags",
    "comparability",
    "comparability_reasons",
}


def commands() -> Iterator[tuple[str, ...]]:
    """Every command there is, as it is typed."""
    from typer.main import get_command

    from kontor.cli.app import app

    waiting: list[tuple[tuple[str, ...], Any]] = [((), get_command(app))]
    while waiting:
        words, command = waiting.pop()
        yield words
        waiting += [((*words, name), below) for name, below in getattr(command, "commands", {}).items()]


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_every_command_explains_itself(kontor: Kontor, words: tuple[str, ...]) -> None:
    result = kontor(*words, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(" ".join(["Usage: kontor", *words]))
    assert len(result.output.splitlines()) > 3


def test_help_does_not_load_django() -> None:
    import subprocess
    import sys

    from .conftest import ROOT

    look = (
        "import sys, kontor.cli.app; "
        "print([name for name in ('django', 'duckdb', 'numpy', 'granian') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_compare_answers_as_the_contract_says(kontor: Kontor, here: Path) -> None:
    result = kontor("compare", "road_death_rate", "--period", "2019", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["indicator"] == "road_death_rate"
    assert found["definition"] == "road_death_rate/v1"
    assert (found["period"], found["as_of"], found["direction"], found["limits"]) == (
        "2019",
        "r1",
        "lower",
        "poisson",
    )
    assert set(found["unit"]) == {"en", "de", "zh-hans"}
    assert found["league"]["value"] > 0
    assert set(found["league"]["overdispersion"]) == {"phi", "tau2"}
    assert len(found["cities"]) > 200
    assert all(set(city) >= CITY_KEYS for city in found["cities"])
    berlin = next(city for city in found["cities"] if city["city"] == "DE001C")
    # 40 killed among 3,644,798 residents; the exact Poisson limits of 40 are 28.577 and 54.469.
    assert (berlin["numerator"], berlin["denominator"]) == (40, 3_644_798)
    assert berlin["value"] == pytest.approx(1.09745, abs=1e-5)
    assert (berlin["low"], berlin["high"]) == (
        pytest.approx(0.78404, abs=1e-5),
        pytest.approx(1.49442, abs=1e-5),
    )
    assert berlin["flags"] == ["e"]
    assert berlin["comparability"] == "limited"
    assert "demonstration" not in berlin
    invented = [city for city in found["cities"] if city["city"].startswith("ZZ")]
    assert invented
    assert all(city["demonstration"] is True for city in invented)


def test_compare_filters_cities_but_not_what_they_are_compared_with(kontor: Kontor, here: Path) -> None:
    words = ("compare", "road_death_rate", "--period", "2019", "--json")
    everything = json.loads(kontor(*words).stdout)
    two = json.loads(kontor(*words, "--city", "DE001C", "--city", "FR001C").stdout)
    assert [city["city"] for city in two["cities"]] == [
        city["city"] for city in everything["cities"] if city["city"] in ("DE001C", "FR001C")
    ]
    assert two["league"] == everything["league"]
    assert two["cities"] == [city for city in everything["cities"] if city["city"] in ("DE001C", "FR001C")]


def test_compare_as_a_table_in_the_terminals_language(
    kontor: Kontor, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTOR_LANGUAGE", "zh_CN.UTF-8")
    lines = kontor("compare", "road_death_rate", "--period", "2019", "--city", "DE001C").stdout.splitlines()
    assert "每10万居民" in lines[0]
    assert "柏林" in lines[2]
    assert "1.097" in lines[2]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("compare", "no_such_thing"), "indicator_unknown"),
        (("compare", "road_death_rate", "--period", "1850"), "period_unknown"),
        (("compare", "road_death_rate", "--city", "XX999C"), "city_unknown"),
        (("compare", "road_death_rate", "--as-of", "r99"), "release_unknown"),
        (("release", "show", "r99"), "release_unknown"),
        (("release", "verify", "nonsense"), "release_unknown"),
        (("release", "publish"), "nothing_to_publish"),
        (("league", "link", "nobody@league.example"), "account_unknown"),
        (("import", "no-such-layout", "x.csv"), "importer_unknown"),
        (("import", "starter", "no-such-file.csv"), "file_missing"),
    ],
)
def test_a_refusal_is_json_or_a_sentence_on_standard_error(
    kontor: Kontor, here: Path, words: tuple[str, ...], code: str
) -> None:
    result = kontor(*words, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    error = json.loads(result.stderr)["error"]
    assert set(error) == {"code", "message", "rows"}
    assert error["code"] == code
    told = kontor(*words)
    assert told.exit_code == 1
    assert told.stderr.strip() == error["message"]


def test_wrong_usage_is_exit_2(kontor: Kontor) -> None:
    result = kontor("compare", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stderr)["error"]["code"] == "usage"
    assert kontor("compare").exit_code == 2
    assert kontor("no-such-command").exit_code == 2


def test_without_a_league_it_says_how_to_begin(kontor: Kontor, empty_database: Path) -> None:
    result = kontor("compare", "road_death_rate", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "league_missing"


def test_releases_are_listed_shown_compared_and_verified(kontor: Kontor, here: Path) -> None:
    listed = json.loads(kontor("release", "list", "--json").stdout)
    assert {release["id"] for release in listed} == {"r1", "demo-1", "demo-2"}
    assert {release["id"] for release in listed if release["demonstration"]} == {"demo-1", "demo-2"}
    shown = json.loads(kontor("release", "show", "r1", "--json").stdout)
    assert shown["manifest"]["files"]["observations.parquet"]["sha256"]
    assert "Eurostat" in kontor("release", "show", "r1").stdout
    changes = json.loads(kontor("release", "diff", "demo-2", "--json").stdout)["changes"]
    revised = [change for change in changes if change["kind"] == "revised"]
    assert len(revised) == 3
    assert all(change["before"] != change["after"] for change in revised)
    verified = kontor("release", "verify")
    assert verified.exit_code == 0
    assert "Releases that are what was published: 3." in verified.stdout
    (here / "releases" / "r1" / "observations.parquet").write_bytes(b"other")
    altered = kontor("release", "verify", "--json")
    assert altered.exit_code == 1
    assert json.loads(altered.stderr)["error"]["message"].startswith(
        "Release r1 is not what was published: observations.parquet"
    )


def test_the_record_is_listed_and_verified(kontor: Kontor, here: Path) -> None:
    verified = json.loads(kontor("events", "verify", "--json").stdout)
    assert verified["broken_at"] is None
    newest = json.loads(kontor("events", "list", "--limit", "3", "--json").stdout)
    assert [event["position"] for event in newest] == [
        verified["events"],
        verified["events"] - 1,
        verified["events"] - 2,
    ]
    assert newest[0]["hash"] == verified["head"]


def test_an_altered_record_is_named_by_position(kontor: Kontor, here: Path) -> None:
    from django.db import connection

    trigger = {"sqlite": "event_no_update", "postgresql": "event_no_change ON events_event"}[
        connection.vendor
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}")
        cursor.execute("UPDATE events_event SET subject = 'league:2' WHERE position = 5")
    result = kontor("events", "verify", "--json")
    assert result.exit_code == 1
    assert "from event 5 on" in json.loads(result.stderr)["error"]["message"]
