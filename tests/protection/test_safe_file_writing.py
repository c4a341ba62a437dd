"""Files that appear together or not at all."""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections.abc import Callable
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


def test_a_result_with_the_name_of_the_local_folder_is_refused(tmp_path: Path) -> None:
    with Staging() as staging:
        staging.private_folder(tmp_path / "a")
        with pytest.raises(Refused, match="outputs_coincide"):
            staging.place(tmp_path / "a")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with Staging() as staging, pytest.raises(Refused, match="output_folder_missing"):
        staging.place(tmp_path / "nowhere" / "a")


def test_a_folder_cannot_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with Staging() as staging, pytest.raises(Refused, match="file_is_folder"):
        staging.place(tmp_path / "a")


NAMES = ("REPORT.html", "PROOF.json", "SAFE.csv")
WAIT = 0.3  # seconds; another run needs far less


def published(folder: Path, text: str) -> None:
    with Staging() as staging:
        for name in NAMES:
            staging.place(folder / name).write_text(text)
        staging.publish()


def killed_at(step: int, folder: Path) -> bool:
    """Publish in a process of its own that is killed before its n-th change of a name; whether it came so far."""
    process = os.fork()
    if process == 0:
        left = [step]
        for name in ("replace", "unlink"):
            setattr(Path, name, counted(getattr(Path, name), left))
        published(folder, "new")
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL


def counted(change: Callable[..., object], left: list[int]) -> Callable[..., object]:
    def changed(*arguments: object, **more: object) -> object:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return change(*arguments, **more)

    return changed


def test_whoever_finds_a_safe_file_finds_the_report_of_the_same_run_wherever_it_was_killed(
    tmp_path: Path,
) -> None:
    states = set()
    for step in range(10):
        folder = tmp_path / str(step)
        folder.mkdir()
        published(folder, "old")
        killed = killed_at(step, folder)
        found = tuple(path.read_text() if (path := folder / name).exists() else "-" for name in NAMES)
        states.add(found)
        if found[-1] != "-":
            assert len(set(found)) == 1
        if not killed:
            break
    assert step == len(NAMES) + 1  # one more than there are changes: the last run was not killed
    assert {("old",) * 3, ("new",) * 3, ("new", "old", "-"), ("new", "new", "-")} <= states


@pytest.mark.parametrize("step", range(2))
def test_two_runs_into_the_same_files_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The second run gets all the time it could use between two steps of the first, and waits none the less."""
    second = threading.Thread(target=published, args=(tmp_path, "second"))
    with Staging() as first:
        for name in NAMES:
            first.place(tmp_path / name).write_text("first")
        settle, steps = first._settle, iter(range(3))

        def settled() -> None:
            settle()
            if next(steps) == step:
                second.start()
                second.join(WAIT)

        monkeypatch.setattr(first, "_settle", settled)
        first.publish()
    second.join()
    assert [(tmp_path / name).read_text() for name in NAMES] == ["second"] * 3
    assert left(tmp_path) == sorted(NAMES)


def test_a_run_that_is_killed_while_it_gives_names_stops_nobody(tmp_path: Path) -> None:
    killed_at(2, tmp_path)
    published(tmp_path, "new")
    assert left(tmp_path) == sorted(NAMES)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_what_comes_out_follows_the_umask_of_its_user(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        published(tmp_path, "new")
        with Staging() as staging:
            staging.place(staging.private_folder(tmp_path / "local") / "secret", private=True)
            staging.publish()
    finally:
        os.umask(before)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in NAMES} == {mode}
    assert stat.S_IMODE((tmp_path / "local" / "secret").stat().st_mode) == 0o600
