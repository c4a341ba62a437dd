"""`kontor league init`: a real league from two files; whatever is wrong in them is named, and then nothing is founded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .conftest import Kontor

LEAGUE = """\
languages = ["en", "de", "zh-hans"]
time_zone = "Europe/Berlin"
contact = "office@league.example"
base_url = "https://league.example"
members = "members.csv"

[name]
en = "League of Rivers"
de = "Bund der Flüsse"
zh-hans = "河流联盟"

[first_officer]
name = "Ada Uferlos"
email = "ada@league.example"
language = "de"
"""
COLUMNS = "code,name_en,name_de,name_zh,country,unit,latitude,longitude,time_zone,member_since,urban_audit"
BERLIN = "DE001C,Berlin,Berlin,柏林,DE,city,52.52,13.41,Europe/Berlin,2026-01-01,DE001C"
NEWTOWN = "NEW,Newtown,Neustadt,,DE,city,,,Europe/Berlin,2026-02-01,"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "members.csv").write_text("\n".join([COLUMNS, BERLIN, NEWTOWN]))
    path = tmp_path / "league.toml"
    path.write_text(LEAGUE)
    return path


def test_a_real_league_with_its_officer(kontor: Kontor, empty_database: Path, files: Path) -> None:
    from django.test import Client

    from kontor.events import queries as events
    from kontor.league import queries as league
    from kontor.observations.queries import releases

    result = kontor("league", "init", files, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["members"], found["observed"]) == (2, 318)
    standing = league.league()
    assert standing is not None
    assert standing.names["de"] == "Bund der Flüsse"
    assert not standing.demonstration
    berlin = league.city("DE001C")
    assert (berlin.status, berlin.name("zh-hans")) == ("member", "柏林")
    assert ("urban_audit", "2024", "DE001C") in league.external_codes("DE001C")
    assert [record.id for record in releases.releases()] == ["r1"]
    assert not (empty_database / "demo-accounts.txt").exists()

    account = league.account("ada@league.example")
    person = league.person_of_account(account.id, on=standing.founded.date())
    assert person is not None
    assert {(one.city, one.capability) for one in person.mandates} == {
        (None, capability) for capability in ("league", "indicators", "observations", "secretariat")
    }
    # The record names the person by a reference that tells nothing.
    assert re.fullmatch(r"p-[0-9a-f]{12}", person.reference)
    assert not any("Ada" in str(event.facts) or "Ada" in event.subject for event in events.newest())

    assert found["link"].startswith("https://league.example/de/account/password/reset/key/")
    assert not account.has_usable_password()
    address, password = found["link"].removeprefix("https://league.example"), "quite long and never used"
    browser = Client()
    asked = browser.get(address, follow=True)
    assert asked.status_code == 200
    browser.post(asked.request["PATH_INFO"], {"password1": password, "password2": password})
    account.refresh_from_db()
    assert account.check_password(password)
    used = Client().get(address, follow=True)
    assert b"password1" not in used.content  # the link works once


def test_a_league_without_the_starter_cities(kontor: Kontor, empty_database: Path, files: Path) -> None:
    from kontor.league import queries as league
    from kontor.observations.queries import releases

    assert kontor("league", "init", files, "--no-starter").exit_code == 0
    assert {city.code for city in league.cities()} == {"DE001C", "NEW"}
    assert releases.releases() == []


def test_only_one_league(kontor: Kontor, empty_database: Path, files: Path) -> None:
    assert kontor("league", "init", files, "--no-starter").exit_code == 0
    again = kontor("league", "init", files, "--json")
    assert again.exit_code == 1
    assert json.loads(again.stderr)["error"]["code"] == "league_exists"


def test_another_link_for_the_same_person(kontor: Kontor, empty_database: Path, files: Path) -> None:
    kontor("league", "init", files, "--no-starter")
    words = ("league", "link", "ADA@league.example", "--base-url", "https://league.example/", "--json")
    result = kontor(*words)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["link"].startswith(
        "https://league.example/de/account/password/reset/key/"
    )


def test_every_fault_of_both_files_is_named(kontor: Kontor, empty_database: Path, files: Path) -> None:
    from kontor.league import queries as league

    text = LEAGUE.replace("contact =", "contac =").replace('"Europe/Berlin"', '"Europe/Bern"')
    text = text.replace('"ada@league.example"', '"ada at league"').replace('zh-hans = "河流联盟"\n', "")
    files.write_text(text.replace("https://league.example", "league.example"))
    rows = [
        COLUMNS,
        BERLIN,
        "NEW,,Neustadt,,Germany,village,52.5,,Mars/Olympus,1.2.2026,",
        "BER,Berlin,Berlin,,DE,city,52.5,13.4,Europe/Berlin,2026-01-01,DE001C",
        "DE002C,Hamburg,Hamburg,,DE,city,53.5,10.0,Europe/Berlin,2026-01-01,DE003C",
        BERLIN,
        "X,too,short",
    ]
    (files.parent / "members.csv").write_text("\n".join(rows))
    result = kontor("league", "init", files, "--json")
    assert result.exit_code == 1
    found = {(row["row"], row["column"], row["code"]) for row in json.loads(result.stderr)["error"]["rows"]}
    assert found == {
        (None, "contact", "key_missing"),
        (None, "contac", "key_unknown"),
        (None, "time_zone", "time_zone_unknown"),
        (None, "first_officer.email", "email_malformed"),
        (None, "name.zh-hans", "key_missing"),
        (None, "base_url", "address_malformed"),
        (3, "name_en", "city_name_missing"),
        (3, "country", "country_malformed"),
        (3, "unit", "unit_of_city_unknown"),
        (3, "latitude", "coordinates_incomplete"),
        (3, "time_zone", "time_zone_unknown"),
        (3, "member_since", "date_malformed"),
        (4, "urban_audit", "member_under_other_code"),
        (5, "urban_audit", "member_under_other_code"),
        (6, "code", "city_twice"),
        (7, None, "row_length"),
    }
    assert league.league() is None


@pytest.mark.parametrize(
    ("toml", "members", "codes"),
    [
        ("languages = [", None, ["toml_unreadable"]),
        (LEAGUE, None, ["file_missing"]),
        (LEAGUE, "a,b\n", ["header_wrong"]),
        (LEAGUE, COLUMNS + "\n", ["key_missing"]),
        (
            LEAGUE.replace('["en", "de", "zh-hans"]', '["en", "fr"]'),
            f"{COLUMNS}\n{BERLIN}",
            ["language_unknown"],
        ),
        (LEAGUE.replace('language = "de"', 'language = "fr"'), f"{COLUMNS}\n{BERLIN}", ["language_unknown"]),
        (LEAGUE.replace('members = "members.csv"', "members = 7"), None, ["key_malformed"]),
    ],
)
def test_files_that_cannot_be_read_at_all(
    kontor: Kontor, empty_database: Path, tmp_path: Path, toml: str, members: str | None, codes: list[str]
) -> None:
    (tmp_path / "league.toml").write_text(toml)
    if members is not None:
        (tmp_path / "members.csv").write_text(members)
    result = kontor("league", "init", tmp_path / "league.toml", "--json")
    assert result.exit_code == 1
    assert [row["code"] for row in json.loads(result.stderr)["error"]["rows"]] == codes


def test_a_crash_in_the_middle_founds_nothing(
    kontor: Kontor, empty_database: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kontor.league import queries as league

    class Killed(BaseException):
        pass

    def fatal(**_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("kontor.league.operations.grant_mandate", fatal)
        kontor("league", "init", files)
    assert league.league() is None
    assert kontor("league", "init", files, "--no-starter").exit_code == 0


def test_the_league_in_a_few_lines(kontor: Kontor, here: Path) -> None:
    shown = json.loads(kontor("league", "show", "--json").stdout)
    assert shown["demonstration"] is True
    assert (shown["observed"], shown["demonstration_cities"], shown["members"]) == (319, 12, 0)


def test_the_second_person(kontor: Kontor, empty_database: Path, files: Path) -> None:
    from kontor.events import queries as events
    from kontor.league import queries as league

    kontor("league", "init", files, "--no-starter")
    words = ["league", "add", "bo@newtown.example", "--name", "Bo Neuland", "--language", "en"]
    site = ["--base-url", "https://league.example", "--json"]
    before = len(events.newest(limit=100))
    wrong = kontor(*words, "--city", "DE001C", "--capability", "observations", "--capability", "tea")
    assert wrong.exit_code == 1 and "“tea” is no field of work" in wrong.stderr
    assert len(events.newest(limit=100)) == before  # all of it or nothing
    odd = kontor(*["league", "add", "bo", *words[3:]], "--capability", "league", "--json")
    assert json.loads(odd.stderr)["error"]["code"] == "email_malformed"

    result = kontor(*words, "--city", "NEW", "--capability", "observations", *site)
    assert result.exit_code == 0, result.stderr
    link = json.loads(result.stdout)["link"]
    assert link.startswith("https://league.example/en/account/password/reset/key/")
    account = league.account("bo@newtown.example")
    person = league.person_of_account(account.id, on=datetime.now(UTC).date())
    assert person is not None
    assert [(one.city, one.capability) for one in person.mandates] == [("NEW", "observations")]


def test_no_link_that_dies_with_the_generated_key(
    kontor: Kontor, empty_database: Path, files: Path, settings: Any
) -> None:
    from kontor.league import queries as league

    settings.SECRET_KEY_IS_GENERATED = True
    refused = kontor("league", "init", files, "--json")
    assert (refused.exit_code, json.loads(refused.stderr)["error"]["code"]) == (1, "secret_key_generated")
    assert league.league() is None
    settings.SECRET_KEY_IS_GENERATED = False
    kontor("league", "init", files, "--no-starter")
    settings.SECRET_KEY_IS_GENERATED = True
    again = kontor("league", "link", "ada@league.example", "--json")
    assert json.loads(again.stderr)["error"]["code"] == "secret_key_generated"


def test_what_a_command_writes_is_its_owners_alone(environment: Any, files: Path, tmp_path: Path) -> None:
    variables = environment("closed")
    done = subprocess.run(
        [sys.executable, "-m", "kontor.cli", "league", "init", str(files), "--no-starter"],
        env=variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    data = tmp_path / "closed"
    modes = {path.name: path.stat().st_mode & 0o077 for path in [data, *data.rglob("*")]}
    assert len(modes) > 1 and set(modes.values()) == {0}, modes
