"""`kontor doctor`: all is well, or the finding says what is not and what helps."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import forget

from .conftest import Kontor


@pytest.fixture(autouse=True)
def a_trial(settings: Any) -> None:
    settings.DEBUG = True


def findings(kontor: Kontor, *words: str, healthy: bool) -> dict[str, dict[str, Any]]:
    result = kontor("doctor", "--json", *words)
    assert result.exit_code == (0 if healthy else 1), result.stdout
    found = json.loads(result.stdout)
    assert found["healthy"] is healthy
    return {one["check"]: one for one in found["checks"]}


def test_all_is_well(kontor: Kontor, here: Path) -> None:
    from kontor.cli import translations

    translations.compile_stale()
    found = findings(kontor, healthy=True)
    assert set(found) == {
        "database",
        "events",
        "releases",
        "compactions",
        "index",
        "leftovers",
        "definitions",
        "translations",
        "accounts",
        "settings",
        "disk",
    }
    lines = kontor("doctor").stdout.splitlines()
    assert all(line.startswith("ok ") for line in lines)


def test_an_altered_release_is_named_and_the_other_checks_still_run(kontor: Kontor, here: Path) -> None:
    (here / "releases" / "demo-1" / "observations.parquet").write_bytes(b"")
    found = findings(kontor, healthy=False)
    assert found["releases"]["code"] == "release_altered"
    assert found["releases"]["facts"] == {"release": "demo-1", "file": "observations.parquet"}
    assert found["events"]["ok"]
    assert found["definitions"]["ok"]


def test_leftovers_are_named_and_removed_once_they_are_old(kontor: Kontor, here: Path) -> None:
    old = [here / "releases" / ".draft-r2-1234", here / "releases" / "r7"]
    for folder in old:
        folder.mkdir()
        os.utime(folder, (time.time() - 3600,) * 2)
    young = here / "index" / ".draft-abcd.duckdb"
    young.touch()
    found = findings(kontor, healthy=False)
    assert found["leftovers"]["facts"]["names"] == ".draft-r2-1234, r7"
    findings(kontor, "--clean", healthy=True)
    assert not any(folder.exists() for folder in old)
    assert young.exists()  # may be an index that is being built
    assert (here / "releases" / "r1").is_dir()


def test_a_missing_index_is_named(kontor: Kontor, here: Path) -> None:
    shutil.rmtree(here / "index")
    assert findings(kontor, healthy=False)["index"]["code"] == "doctor_index_missing"


def test_a_damaged_index_is_named_and_built_anew_when_it_is_asked(kontor: Kontor, here: Path) -> None:
    from kontor.observations import store
    from kontor.observations.queries import releases

    index = store.index_path(releases.as_of().published)
    for damage in (b"", index.read_bytes()[:-4096]):
        index.write_bytes(damage)
        assert findings(kontor, healthy=False)["index"]["code"] == "doctor_index_damaged"
        forget()
        assert kontor("compare", "road_death_rate").exit_code == 0
        assert findings(kontor, healthy=True)["index"]["ok"]


def test_a_definition_that_reads_differently_is_named(
    kontor: Kontor, here: Path, settings: Any, tmp_path: Path
) -> None:
    shutil.copytree(settings.DEFINITIONS, tmp_path / "definitions")
    settings.DEFINITIONS = tmp_path / "definitions"
    path = tmp_path / "definitions" / "indicators" / "road_death_rate" / "v1.toml"
    path.write_text(path.read_text().replace("decimals = ", "decimals = 1"))
    found = findings(kontor, healthy=False)["definitions"]
    assert (found["code"], found["facts"]["names"]) == ("doctor_definitions_changed", "road_death_rate/v1")


def test_a_stale_translation_is_named(kontor: Kontor, here: Path, settings: Any, tmp_path: Path) -> None:
    from kontor.cli import translations

    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr "b"\n'
    )
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    assert findings(kontor, healthy=False)["translations"]["facts"] == {"count": 1}
    assert translations.compile_stale() == 1
    assert translations.compile_stale() == 0
    assert findings(kontor, healthy=True)["translations"]["ok"]
    os.utime(source, (time.time() + 60,) * 2)
    assert translations.stale() == [source]


def test_demonstration_accounts_in_production_are_wrong(kontor: Kontor, here: Path, settings: Any) -> None:
    settings.DEBUG = False
    found = findings(kontor, healthy=False)
    assert found["accounts"]["code"] == "demonstration_accounts_open"


def test_settings_of_production_are_checked(kontor: Kontor, here: Path, settings: Any) -> None:
    settings.DEBUG, settings.SECURE_HSTS_SECONDS = False, 0
    found = findings(kontor, healthy=False)["settings"]
    assert found["code"] == "doctor_deploy_findings"
    assert "security.W004" in found["message"]


def test_a_full_disk_is_named(kontor: Kontor, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 400_000_000))
    assert "0.4 GB" in findings(kontor, healthy=False)["disk"]["message"]


def test_settings_of_a_right_production_start_are_no_finding(settings: Any) -> None:
    """HSTS without subdomains and preload is meant; what is silenced with a reason is not told."""
    from kontor.cli import doctor

    settings.DEBUG, settings.SECRET_KEY_IS_GENERATED = False, False
    settings.SECURE_HSTS_SECONDS = 3600
    found = doctor._settings()
    assert "W005" not in str(found.facts) and "W021" not in str(found.facts)
