"""`kontor release compact`, `archive`, `unarchive`; and what verify, doctor, backup and restore say about them."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import Kontor, Place

HEADER = "city_code,variable,period,value,flag\n"


@pytest.fixture
def three(kontor: Kontor, place: Place, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """r2 and r3 beside r1; returns the data directory."""

    def publish() -> None:
        for year, value in (("2021", 31), ("2022", 35)):
            path = tmp_path / f"{year}.csv"
            path.write_text(f"{HEADER}DE001C,road_deaths,{year},{value},\n")
            assert kontor("import", "starter", path).exit_code == 0

    return place.prepared("three", publish, tmp_path_factory.mktemp("three") / "data")


@pytest.fixture
def archived(kontor: Kontor, three: Path, tmp_path: Path) -> Path:
    """r1 and r2 are in this archive."""
    assert kontor("release", "compact").exit_code == 0
    assert kontor("release", "archive", "--before", "r3", "--to", tmp_path / "old.tar").exit_code == 0
    return tmp_path / "old.tar"


def error(result: Any) -> str:
    assert result.exit_code == 1
    return str(json.loads(result.stderr)["error"]["code"])


def states(kontor: Kontor) -> dict[str, str]:
    result = kontor("release", "verify", "--json")
    assert result.exit_code == 0, result.stderr
    return {one["id"]: one["state"] for one in json.loads(result.stdout)}


def test_compacted_archived_and_back_in_three_sentences(kontor: Kontor, three: Path, tmp_path: Path) -> None:
    said = kontor("release", "compact", "--before", "r3").stdout
    assert said.startswith("Compacted up to r2: 2 releases, 27\u202f587 rows, each release proven")
    file = tmp_path / "old.tar"
    said = kontor("release", "archive", "--before", "r3", "--to", file).stdout
    assert said.startswith("old.tar: the original figures of 2 releases, SHA-256 ")
    lines = kontor("release", "verify").stdout.splitlines()
    assert any(line.startswith("r3") and line.endswith("intact") for line in lines)
    (second,) = [line for line in lines if line.startswith("r2")]
    assert second.endswith("  archived")
    assert "In the archive old.tar lie the original files of 2 of these releases" in lines[-2]
    assert "`kontor release unarchive old.tar`" in lines[-2]
    assert lines[-1] == "Releases that are what was published: 5."
    assert kontor("release", "unarchive", file).stdout.startswith("Put back from old.tar")
    assert set(states(kontor).values()) == {"intact"}


def test_every_command_answers_as_before(kontor: Kontor, three: Path, tmp_path: Path) -> None:
    asked = [
        ("release", "list", "--json"),
        ("release", "diff", "r2", "--json"),
        ("compare", "road_death_rate", "--period", "2021", "--as-of", "r1", "--json"),
        ("findings", "--as-of", "r2", "--json"),
    ]
    before = [kontor(*words).stdout for words in asked]
    kontor("release", "compact")
    kontor("release", "archive", "--before", "r3", "--to", tmp_path / "old.tar")
    after = [kontor(*words).stdout for words in asked]
    assert after[1:] == before[1:]
    listed = {one["id"]: one.pop("archive") for one in json.loads(after[0])}
    assert (listed["r1"], listed["r2"], listed["r3"]) == ("old.tar", "old.tar", "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("compact", "--before", "r1"), "nothing_to_compact"),
        (("compact", "--before", "r9"), "release_unknown"),
        (("compact", "--before", "latest"), "release_unknown"),
        (("archive", "--before", "r3", "--to", "a.tar"), "release_not_compacted"),
        (("unarchive", "none.tar"), "file_missing"),
    ],
)
def test_what_is_refused(kontor: Kontor, three: Path, words: tuple[str, ...], code: str) -> None:
    assert error(kontor("release", *words, "--json")) == code


def test_the_invented_releases_have_a_compaction_of_their_own(kontor: Kontor, here: Path) -> None:
    found = json.loads(kontor("release", "compact", "--before", "demo-2", "--json").stdout)
    assert (found["id"], found["releases"], found["demonstration"]) == ("demo-1", ["demo-1"], True)


def test_doctor_knows_an_altered_compaction_and_what_is_left_over(
    kontor: Kontor, archived: Path, three: Path, settings: Any
) -> None:
    import os

    from kontor.cli import doctor

    settings.DEBUG = True
    found = {one["check"]: one for one in json.loads(kontor("doctor", "--json").stdout)["checks"]}
    assert found["releases"]["ok"] and found["index"]["ok"] and found["leftovers"]["ok"]
    assert found["compactions"]["facts"] == {"count": 1}
    left = three / "compact" / "r2"
    left.mkdir()
    os.utime(left, (0, 0))
    assert doctor.leftovers() == [left]
    path = three / "compact" / "r3" / "observations.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    found = {one["check"]: one for one in json.loads(kontor("doctor", "--json").stdout)["checks"]}
    assert found["compactions"]["code"] == found["releases"]["code"] == "compaction_altered"
    assert error(kontor("release", "verify", "r1", "--json")) == "compaction_altered"


def test_a_backup_of_archived_releases_restores_and_answers(
    kontor: Kontor, archived: Path, three: Path, tmp_path: Path, place: Place
) -> None:
    compare = ("compare", "road_death_rate", "--period", "2021", "--json")
    before, file = kontor(*compare).stdout, tmp_path / "saved.tar.gz"
    assert kontor("backup", file).exit_code == 0
    with tarfile.open(file) as tar:
        names = set(tar.getnames())
    assert {
        "compact/r3/observations.parquet",
        "compact/r3/manifest.json",
        "releases/r1/manifest.json",
    } <= names
    assert "releases/r1/observations.parquet" not in names
    place.empty("other")
    result = kontor("restore", file)
    assert result.exit_code == 0, result.stderr
    assert kontor(*compare).stdout == before
    assert states(kontor)["r1"] == "archived"
    assert kontor("release", "unarchive", archived).exit_code == 0
    assert states(kontor)["r1"] == "intact"


def test_the_next_start_serves_archived_releases(kontor: Kontor, archived: Path, three: Path) -> None:
    from datetime import UTC, datetime

    from kontor.cli import first_start

    for file in (three / "index").iterdir():
        file.unlink()
    first_start.prepare(at=datetime.now(UTC), demonstration=True, public=False, say=lambda text: None)
    assert states(kontor)["r1"] == "archived"
