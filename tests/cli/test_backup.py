"""`kontor backup` and `kontor restore`: consistent while running, verified, all or nothing."""

from __future__ import annotations

import io
import json
import shutil
import stat
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontor.cli.databases import member_name
from kontor.errors import Refused

from .conftest import Kontor, Place, Process

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def saved(kontor: Kontor, here: Path, tmp_path: Path) -> Path:
    file = tmp_path / "saved.tar.gz"
    assert kontor("backup", file).exit_code == 0
    return file


def repacked(source: Path, target: Path, *, change: dict[str, bytes | None]) -> Path:
    """A copy of a backup in which some members have other bytes, or (None) are missing."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for member in old.getmembers():
            content = old.extractfile(member)
            assert content is not None
            data = change.get(member.name, content.read())
            if data is not None:
                head = tarfile.TarInfo(member.name)
                head.size = len(data)
                new.addfile(head, io.BytesIO(data))
    return target


def test_a_backup_holds_the_database_and_what_it_names(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with tarfile.open(saved) as tar:
        names = tar.getnames()
    assert names[:2] == ["manifest.json", member_name()]
    assert {"releases/r1/observations.parquet", "releases/demo-2/manifest.json", "demo-accounts.txt"} <= set(
        names
    )
    assert sum(name.startswith("submissions/") for name in names) == 3
    assert not [name for name in names if name.startswith(("index", "cache", "static"))]
    assert not list(saved.parent.glob(".kontor-backup-*"))


def test_a_backup_never_overwrites(kontor: Kontor, here: Path, saved: Path) -> None:
    before = saved.read_bytes()
    result = kontor("backup", saved, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "file_exists"
    assert saved.read_bytes() == before


def test_restored_elsewhere_it_answers_the_same(
    kontor: Kontor, here: Path, saved: Path, tmp_path: Path, place: Place
) -> None:
    compare = ("compare", "road_death_rate", "--period", "2019", "--json")
    before = kontor(*compare).stdout
    place.empty("other")
    result = kontor("restore", saved)
    assert result.exit_code == 0, result.stderr
    assert "releases: 3" in result.stdout
    assert kontor(*compare).stdout == before
    assert kontor("events", "verify").exit_code == 0
    assert (tmp_path / "other" / "demo-accounts.txt").read_text() == (here / "demo-accounts.txt").read_text()
    assert stat.S_IMODE((tmp_path / "other" / "demo-accounts.txt").stat().st_mode) == 0o600
    assert not list((tmp_path / "other").glob(".restoring*"))


def test_a_backup_while_others_write_is_of_one_moment(
    kontor: Kontor, here: Path, tmp_path: Path, place: Place
) -> None:
    from django.db import connection, transaction

    from kontor.events.operations import record

    enough = threading.Event()
    database = connection.settings_dict["NAME"]
    written = 0

    def write() -> None:
        nonlocal written
        connection.settings_dict["NAME"] = database
        while not enough.is_set():
            with transaction.atomic():
                record(
                    kind="league.noted", by="operator:cli", subject="league:1", at=AT, facts={"n": written}
                )
            written += 1
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [tmp_path / f"{place}.tar.gz" for place in range(3)]
        heads = [json.loads(kontor("backup", file, "--json").stdout)["manifest"]["events"] for file in files]
    finally:
        enough.set()
        writer.join()
    assert heads == sorted(set(heads))  # it was written to in between, and nobody had to wait for the other
    place.empty("other")
    result = kontor("restore", files[1], "--json")
    assert result.exit_code == 0, result.stderr
    verified = json.loads(kontor("events", "verify", "--json").stdout)
    assert (verified["events"], verified["broken_at"]) == (heads[1], None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"releases/r1/observations.parquet": b"other figures"}, "backup_altered"),
        ({"DATABASE": b"another one"}, "backup_altered"),
        ({"releases/r1/manifest.json": None}, "backup_unreadable"),
        ({"manifest.json": b"{}"}, "backup_unreadable"),
        ({"manifest.json": None}, "backup_unreadable"),
    ],
)
def test_an_altered_backup_restores_nothing(
    kontor: Kontor,
    here: Path,
    saved: Path,
    tmp_path: Path,
    place: Place,
    change: dict[str, bytes | None],
    code: str,
) -> None:
    members = {name.replace("DATABASE", member_name()): content for name, content in change.items()}
    altered = repacked(saved, tmp_path / "altered.tar.gz", change=members)
    place.empty("other")
    result = kontor("restore", altered, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == code
    assert [path.name for path in (tmp_path / "other").iterdir() if path.name != "setup.lock"] == []


def test_a_release_that_was_altered_before_the_backup_is_found_by_the_restore(
    kontor: Kontor, here: Path, tmp_path: Path, place: Place
) -> None:
    """The archive is whole, but what it holds is not what was published."""
    path = here / "releases" / "r1" / "observations.parquet"
    path.write_bytes(path.read_bytes() + b"?")
    file = tmp_path / "bad.tar.gz"
    assert kontor("backup", file).exit_code == 0
    place.empty("other")
    result = kontor("restore", file, "--json")
    assert json.loads(result.stderr)["error"]["code"] == "release_altered"
    assert [path.name for path in (tmp_path / "other").iterdir() if path.name != "setup.lock"] == []


def test_half_a_file_is_refused(
    kontor: Kontor, here: Path, saved: Path, tmp_path: Path, place: Place
) -> None:
    half = tmp_path / "half.tar.gz"
    half.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    place.empty("other")
    result = kontor("restore", half, "--json")
    assert json.loads(result.stderr)["error"]["code"] == "backup_unreadable"


def test_a_member_outside_the_folder_is_refused(
    kontor: Kontor, here: Path, saved: Path, tmp_path: Path, place: Place
) -> None:
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(saved) as tar:
        source = tar.extractfile("manifest.json")
        assert source is not None
        manifest = json.loads(source.read())
    manifest["files"] = {"../../escaped": {"sha256": "0" * 64, "bytes": 1}}
    with tarfile.open(evil, "w:gz") as tar:
        for name, data in (("manifest.json", json.dumps(manifest).encode()), ("../../escaped", b"x")):
            head = tarfile.TarInfo(name)
            head.size = len(data)
            tar.addfile(head, io.BytesIO(data))
    place.empty("other")
    assert json.loads(kontor("restore", evil, "--json").stderr)["error"]["code"] == "backup_unreadable"
    assert not (tmp_path / "escaped").exists()


def test_a_restore_never_overwrites(kontor: Kontor, here: Path, saved: Path) -> None:
    result = kontor("restore", saved, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "not_empty"
    assert kontor("release", "verify").exit_code == 0


def test_a_restore_killed_before_the_database_has_its_place_begins_anew(
    kontor: Kontor, here: Path, saved: Path, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With SQLite the database comes last, with PostgreSQL the files do; the marker tells either way."""
    from kontor.cli import first_start, restoring

    class Killed(BaseException):
        pass

    def fatal(*_: object, **__: object) -> None:
        raise Killed

    data = place.empty("other")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if place.cluster:
            patch.setattr(restoring, "_move", fatal)
            once = iter([None])
            original = restoring._clear_interrupted
            patch.setattr(
                restoring, "_clear_interrupted", lambda folder: next(once, 0) is None and original(folder)
            )
        else:
            patch.setattr("kontor.cli.databases.sqlite_is_empty", lambda: True)
            patch.setattr("kontor.cli.databases.sqlite_file", fatal)
        kontor("restore", saved)
    assert (data / first_start.RESTORING).exists()
    with pytest.raises(Refused) as refusal:
        first_start.check_no_unfinished_restore()
    assert refusal.value.code == "restore_unfinished"
    again = kontor("restore", saved)
    assert again.exit_code == 0, again.stderr
    assert kontor("release", "verify").exit_code == 0
    first_start.check_no_unfinished_restore()


def test_on_the_database_under_test_from_process_to_process(
    environment: Callable[..., dict[str, str]], start: Callable[..., Process], tmp_path: Path, kontor: Kontor
) -> None:
    """The same on PostgreSQL: pg_dump, pg_restore and a database that was empty."""
    (tmp_path / "league.toml").write_text(
        'languages = ["en"]\ntime_zone = "Europe/Berlin"\ncontact = "office@league.example"\n'
        'base_url = "https://league.example"\nmembers = "members.csv"\n'
        '[name]\nen = "Rivers"\nde = "Flüsse"\nzh-hans = "河流"\n'
        '[first_officer]\nname = "Ada"\nemail = "ada@league.example"\nlanguage = "en"\n'
    )
    (tmp_path / "members.csv").write_text(
        "code,name_en,name_de,name_zh,country,unit,latitude,longitude,time_zone,member_since,urban_audit\n"
        "DE001C,Berlin,Berlin,柏林,DE,city,52.5,13.4,Europe/Berlin,2026-01-01,DE001C\n"
    )
    one, two = environment("one"), environment("two")
    assert start("league", "init", "league.toml", environment=one).end() == 0
    assert start("backup", "saved.tar.gz", environment=one).end() == 0
    restored = start("restore", "saved.tar.gz", environment=two)
    assert restored.end() == 0, restored.said()
    answers = [start("events", "verify", "--json", environment=here) for here in (one, two)]
    assert [answer.end() for answer in answers] == [0, 0]
    assert answers[0].said() == answers[1].said()
    shutil.rmtree(tmp_path / "two")  # the database alone is enough to count as not empty
    twice = start("restore", "saved.tar.gz", "--json", environment=two)
    if "DATABASE_URL" in two:
        assert twice.end() == 1
        assert '"not_empty"' in twice.said()
    else:
        assert twice.end() == 0
