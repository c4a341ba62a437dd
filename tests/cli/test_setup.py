"""`tools/setup.py`: quick when nothing changed, and one sentence where it cannot go on."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from .conftest import ROOT


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, working on a folder of the test's own with locks that name nothing."""
    spec = importlib.util.spec_from_file_location("kontor_setup", ROOT / "tools" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
        (tmp_path / name).write_text("# nothing\n")
    venv = tmp_path / ".venv"
    changed = {
        "ROOT": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / ".installed",
        "LOG": tmp_path / ".venv-setup.log",
        "UV": tmp_path / "requirements-uv.lock",
        "LOCKS": {"core": tmp_path / "requirements.lock", "dev": tmp_path / "requirements-dev.lock"},
    }
    for name, value in changed.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(sys, "argv", ["setup.py"])
    return module


def installed(setup: ModuleType, kind: str) -> None:
    (setup.VENV / "bin").mkdir(parents=True)
    setup.PYTHON.symlink_to(sys.executable)
    setup.STAMP.write_text(setup.stamp_of(kind))


def never(*_: object) -> None:
    raise AssertionError("must not be called")


def test_what_is_up_to_date_is_left_alone(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(setup, "core")
    monkeypatch.setattr(setup, "install", never)
    setup.main()


def test_the_tools_of_development_are_enough_to_serve_but_not_the_reverse(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(setup, "install", asked.append)
    installed(setup, "dev")
    setup.main()
    assert asked == []
    setup.STAMP.write_text(setup.stamp_of("core"))
    monkeypatch.setattr(sys, "argv", ["setup.py", "--dev"])
    setup.main()
    assert asked == ["dev"]


def test_a_changed_lock_is_installed_and_development_stays_development(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(setup, "install", asked.append)
    installed(setup, "dev")
    for lock in setup.LOCKS.values():
        lock.write_text("# something else\n")
    setup.main()
    assert asked == ["dev"]


def test_a_moved_environment_is_not_up_to_date(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(setup, "core")
    monkeypatch.setattr(setup, "ROOT", setup.ROOT / "elsewhere")
    assert setup.standing() != setup.stamp_of("core")


def test_an_old_python_is_one_sentence(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(SystemExit) as end:
        setup.main()
    assert str(end.value).startswith("Kontor needs Python 3.11 or newer and this is 3.9.2")


def test_a_python_without_venv_is_one_sentence(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    with pytest.raises(SystemExit) as end:
        setup.main()
    assert "apt install python3-venv" in str(end.value)
    assert not setup.STAMP.exists()


def test_no_network_is_one_sentence_and_the_next_time_starts_over(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(setup, "core")
    setup.LOCKS["core"].write_text("# changed\n")
    monkeypatch.setattr(setup, "run", lambda command: False)
    monkeypatch.setattr(setup, "works", lambda: True)
    with pytest.raises(SystemExit) as end:
        setup.main()
    assert "check the network" in str(end.value)
    assert not setup.STAMP.exists()


def test_where_uv_finds_nothing_pip_may(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str]) -> bool:
        commands.append(command)
        return not command[0].endswith("uv")

    installed(setup, "core")
    setup.LOCKS["core"].write_text("# changed\n")
    for name, value in {"run": run, "works": lambda: True, "add_project": lambda: None}.items():
        monkeypatch.setattr(setup, name, value)
    setup.main()
    assert [Path(command[0]).name for command in commands] == ["python", "uv", "python"]
    assert all("--require-hashes" in command for command in commands)
    assert setup.standing() == setup.stamp_of("core")


def test_translations_are_compiled_where_they_are_stale(setup: ModuleType) -> None:
    installed(setup, "core")
    folder = setup.ROOT / "kontor" / "web" / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (folder / "django.po").write_text(header + 'msgid "a"\nmsgstr "b"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "PYTHON", Path(sys.executable))
        setup.compile_translations()
    assert (folder / "django.mo").read_bytes()[:4] == b"\xde\x12\x04\x95"


def test_the_makefile_names_every_target() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    for target in phony.removeprefix(".PHONY:").split():
        assert f"make {target}" in helped
