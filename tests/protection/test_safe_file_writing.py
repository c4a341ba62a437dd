"""Files that appear together or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kontor.errors import Refused
from kontor.protection.writing import PREFIX, Staging


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_has_its_name_before_all_are_whole(tmp_path: Path) -> None:
    with Staging() as staging:
        first, second = staging.place(tmp_path / "a"), staging.place(tmp_path / "b")
        first.write_text("1")
        second.write_text("2")
        assert [name for name in left(tmp_path) if not name.startswith(PREFIX)] == []
        staging.publish()
    assert left(tmp_path) == ["a", "b"]
    assert (tmp_path / "b").read_text() == "2"


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(KeyboardInterrupt), Staging() as staging:
        staging.place(tmp_path / "a").write_text("new")
        staging.place(staging.private_folder(tmp_path / "local") / "secret", private=True).write_text("7")
        raise KeyboardInterrupt
    assert left(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_what_is_under_way_is_for_its_owner_alone(tmp_path: Path) -> None:
    with Staging() as staging:
        path = staging.place(tmp_path / "a")
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        secret = staging.place(staging.private_folder(tmp_path / "local") / "secret", private=True)
        secret.write_text("7")
        staging.publish()
    assert stat.S_IMODE((tmp_path / "local").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "local" / "secret").stat().st_mode) == 0o600


def test_leftovers_of_a_killed_run_go_and_those_of_a_running_one_stay(tmp_path: Path) -> None:
    killed = tmp_path / f"{PREFIX}killed"
    killed.mkdir()
    (killed / ".lock").touch()
    (killed / "SAFE.csv").write_text("half")
    with Staging() as running:
        running.place(tmp_path / "a").write_text("1")
        assert not killed.exists()
        with Staging() as other:
            other.place(tmp_path / "b").write_text("2")
            other.publish()
        running.publish()
    assert left(tmp_path) == ["a", "b"]


def test_two_results_of_one_name_are_refused(tmp_path: Path) -> None:
    with Staging() as staging:
        staging.place(tmp_path / "a")
        with pytest.raises(Refused, match="outputs_coincide"):
            staging.place(tmp_path / "x" / ".." / "a")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with Staging() as staging, pytest.raises(Refused, match="folder_unwritable"):
        staging.place(tmp_path / "nowhere" / "a")


def test_a_folder_cannot_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with Staging() as staging, pytest.raises(Refused, match="file_is_folder"):
        staging.place(tmp_path / "a")
