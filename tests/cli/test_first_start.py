"""From nothing to a league that can be served; killed anywhere, the next start continues; altered, it refuses."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kontor.errors import Refused

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Killed(BaseException):
    """What stands for SIGKILL inside this process: nothing may catch it and go on."""


def prepare(*, demonstration: bool = True, public: bool = False) -> list[str]:
    from kontor.cli import first_start

    said: list[str] = []
    first_start.prepare(at=AT, demonstration=demonstration, public=public, say=said.append)
    return said


def release_ids() -> list[str]:
    from kontor.observations.queries import releases

    return sorted(record.id for record in releases.releases())


def folders(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "releases").iterdir())


def test_the_first_start_loads_the_starter_league_and_the_demonstration(empty_database: Path) -> None:
    from django.contrib.auth import authenticate

    from kontor.events import queries as events
    from kontor.league import queries as league
    from kontor.observations.queries import releases

    prepare()
    cities = league.cities()
    assert sum(city.status == "observed" for city in cities) == 319
    assert league.codes_of_scheme(scheme="gss", edition="2023")["E09000007"] == "E09000007"
    assert "E09000007" not in league.codes_of_scheme(scheme="urban_audit", edition="2024")
    newest = releases.newest()
    assert newest is not None
    assert (newest.id, newest.rows) == ("r1", 27_586)
    assert set(newest.title) == {"en", "de", "zh-hans"}
    assert release_ids() == ["demo-1", "demo-2", "r1"]
    assert events.verify().broken_at is None

    accounts = empty_database / "demo-accounts.txt"
    assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
    rows = [line.split() for line in accounts.read_text().splitlines()]
    assert len(rows) == league.demonstration_accounts_that_can_sign_in() >= 4
    for email, password, *_ in rows:
        assert authenticate(None, email=email, password=password) is not None

    before, content = events.head(), accounts.read_bytes()
    prepare()
    assert events.head() == before
    assert accounts.read_bytes() == content


STEPS = {
    "cities admitted": "kontor.league.operations.admit_cities",
    "definitions loaded": "kontor.indicators.operations.load_definitions",
    "submission kept": "kontor.observations.operations.submit",
    "release folder written": "kontor.observations.store.write_release",
    "release published": "kontor.observations.operations.release",
    "index built": "kontor.observations.store.build_index",
}


def die(monkeypatch: pytest.MonkeyPatch, target: str, *, after: bool) -> None:
    """From now on the process is killed where `target` begins or has just ended."""
    from pkgutil import resolve_name

    original: Callable[..., Any] = resolve_name(target)

    def fatal(*arguments: Any, **named: Any) -> Any:
        if after:
            original(*arguments, **named)
        raise Killed

    monkeypatch.setattr(target, fatal)


@pytest.mark.parametrize("step", STEPS)
def test_a_first_start_killed_after_any_step_is_continued(
    empty_database: Path, small_starter: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    from kontor.events import queries as events
    from kontor.league import queries as league

    with monkeypatch.context() as patch:
        die(patch, STEPS[step], after=True)
        with pytest.raises(Killed):
            prepare(demonstration=False)
    prepare(demonstration=False)
    assert len(league.cities()) == 12
    assert release_ids() == folders(empty_database) == ["r1"]
    assert events.verify().broken_at is None
    assert len(events.newest(kinds=["league.founded"])) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_demonstration_killed_at_its_end_is_told_anew(
    empty_database: Path, small_starter: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Accounts without known passwords would be of no use: either both are there or neither."""
    from django.contrib.auth import authenticate

    from kontor.league import queries as league

    with monkeypatch.context() as patch:
        die(patch, "kontor.cli.first_start.write_accounts", after=after)
        with pytest.raises(Killed):
            prepare()
    assert league.demonstration_accounts_that_can_sign_in() == 0
    prepare()
    assert release_ids() == folders(empty_database) == ["demo-1", "demo-2", "r1"]
    email, password = (empty_database / "demo-accounts.txt").read_text().split()[:2]
    assert authenticate(None, email=email, password=password) is not None


def test_a_release_is_before_or_after_and_never_half(
    here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.queries import figures

    file = tmp_path / "more.csv"
    file.write_text("city_code,variable,period,value,flag\nDE001C,road_deaths,2022,35,\n")
    handed = operations.submit(path=file, layout="starter", by=OPERATOR, at=AT)
    title = {"en": "More", "de": "Mehr", "zh-hans": "更多"}
    with monkeypatch.context() as patch:
        die(patch, "kontor.observations.store.write_release", after=True)
        with pytest.raises(Killed):
            operations.release(handed=[handed], title=title, by=OPERATOR, at=AT)
    assert "r2" in folders(here)  # the files are there, but no reader is told of them
    assert "r2" not in release_ids()
    before = figures.cell("starter:road_deaths", "DE001C", "2022")
    assert before is not None
    assert before.release == "r1"

    operations.release(handed=[handed], title=title, by=OPERATOR, at=AT)
    after = figures.cell("starter:road_deaths", "DE001C", "2022")
    assert after is not None
    assert (after.release, str(after.value)) == ("r2", "35")


@pytest.mark.parametrize("name", ["observations.parquet", "manifest.json"])
def test_an_altered_release_is_refused_by_name(here: Path, name: str) -> None:
    path = here / "releases" / "r1" / name
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(Refused) as refusal:
        prepare()
    assert refusal.value.code == "release_altered"
    assert refusal.value.facts == {"release": "r1", "file": name}


def test_a_missing_file_of_a_release_is_refused_by_name(here: Path) -> None:
    (here / "releases" / "demo-2" / "observations.parquet").unlink()
    with pytest.raises(Refused) as refusal:
        prepare()
    assert refusal.value.facts == {"release": "demo-2", "file": "observations.parquet"}


def test_the_demonstration_cannot_be_taken_out_later(here: Path) -> None:
    with pytest.raises(Refused) as refusal:
        prepare(demonstration=False)
    assert refusal.value.code == "demonstration_already_decided"


def test_without_the_demonstration_it_never_comes(empty_database: Path, small_starter: Path) -> None:
    from kontor.league import queries as league

    prepare(demonstration=False)
    prepare(demonstration=True)
    assert not any(city.demonstration for city in league.cities())
    assert release_ids() == ["r1"]
    assert not (empty_database / "demo-accounts.txt").exists()


def test_a_first_public_start_does_not_load_the_demonstration(
    empty_database: Path, small_starter: Path
) -> None:
    from kontor.league import queries as league

    with pytest.raises(Refused) as refusal:
        prepare(public=True)
    assert refusal.value.code == "demonstration_not_public"
    assert league.league() is None
    prepare(public=True, demonstration=False)
    assert league.league() is not None


def test_an_index_that_was_deleted_is_built_again(here: Path) -> None:
    for path in (here / "index").iterdir():
        path.unlink()
    prepare()
    assert len(list((here / "index").glob("*.duckdb"))) == 1
