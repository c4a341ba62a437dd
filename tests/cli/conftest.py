"""Commands in this process on a copy of the loaded league, and real processes in directories of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from typer.testing import CliRunner, Result

from tests.cluster import Cluster
from tests.conftest import CLUSTER, forget

ROOT = Path(__file__).parents[2]
KEY = "only-for-tests-0123456789-0123456789-0123456789-0123456789"
Kontor = Callable[..., Result]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTOR_LANGUAGE", "en")


@pytest.fixture
def kontor() -> Kontor:
    """Runs a command in this process: kontor("release", "list")."""
    from kontor.cli.app import app

    def run(*words: str | Path) -> Result:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


Original = tuple[str, Path]  # name of a database, data directory


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest) -> Iterator[dict[str, Original]]:
    """Leagues in which something has happened, each made once."""
    originals: dict[str, Original] = {}
    yield originals
    cluster = request.config.stash[CLUSTER]
    for database, _ in originals.values() if cluster else ():
        cluster.drop(database)


class Place:
    """Points this process to other databases and data directories, which may be committed to and are thrown away."""

    def __init__(
        self, cluster: Cluster | None, settings: Any, folder: Path, kept: dict[str, Original]
    ) -> None:
        self.cluster, self.settings, self.folder, self.kept = cluster, settings, folder, kept
        self.loaded = str(connections.settings["default"]["NAME"])
        self.made: list[str] = []

    def copy(self, name: str, original: Original | None = None) -> Path:
        """A copy of the loaded league, or of another one."""
        database, source = original or (self.loaded, self.settings.DATA)
        data = self.folder / name
        connections.close_all()
        shutil.copytree(source, data, ignore=shutil.ignore_patterns("static", "cache", "*.lock"))
        copied = str(data / "kontor.sqlite3")
        if self.cluster:
            copied = self.cluster.copy(database)
            self.made.append(copied)
        self.go(copied, data)
        return data

    def prepared(self, key: str, prepare: Callable[[], None], keep: Path) -> Path:
        """A copy of the loaded league after `prepare`, which is called once in a session; `keep` is where it stays."""
        if key in self.kept:
            return self.copy("data", self.kept[key])
        data = self.copy("data")
        prepare()
        connections.close_all()
        shutil.copytree(data, keep)
        database = str(connections.settings["default"]["NAME"])
        self.kept[key] = (self.cluster.copy(database) if self.cluster else database, keep)
        return data

    def empty(self, name: str) -> Path:
        """An empty data directory and a database without any table."""
        data = self.folder / name
        data.mkdir()
        database = str(data / "kontor.sqlite3")
        if self.cluster:
            database = self.cluster.fresh_name()
            self.cluster.create(database)
            self.made.append(database)
        self.go(database, data)
        return data

    def go(self, database: str, data: Path) -> None:
        connections.close_all()
        connections.settings["default"]["NAME"] = connection.settings_dict["NAME"] = database
        self.settings.DATA = data
        forget()

    def variables(self) -> dict[str, str]:
        """What a program needs to work on the same place."""
        connections.close_all()
        database = {"DATABASE_URL": self.cluster.url(self.made[-1])} if self.cluster else {}
        return {"KONTOR_DATA": str(self.settings.DATA), **database}


@pytest.fixture
def place(
    request: pytest.FixtureRequest,
    loaded: Any,
    django_db_blocker: Any,
    settings: Any,
    tmp_path: Path,
    kept: dict[str, Original],
) -> Iterator[Place]:
    original = settings.DATA
    with django_db_blocker.unblock():
        made = Place(request.config.stash[CLUSTER], settings, tmp_path, kept)
        yield made
        made.go(made.loaded, original)
        for name in made.made:
            assert made.cluster is not None
            made.cluster.drop(name)


@pytest.fixture
def here(place: Place) -> Path:
    """The data directory of a copy of the loaded league, in which this process works and may commit."""
    return place.copy("data")


@pytest.fixture
def small_starter(settings: Any, tmp_path: Path) -> Path:
    """The starter league with its first dozen cities alone, where what counts is the order of steps."""
    folder = tmp_path / "starter"
    shutil.copytree(settings.STARTER, folder)
    cities = (settings.STARTER / "cities.csv").read_text(encoding="utf-8").splitlines()[:13]
    codes = {line.split(",")[0] for line in cities[1:]}
    figures = (settings.STARTER / "figures.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in figures[1:] if line.split(",")[0] in codes]
    (folder / "cities.csv").write_text("\n".join(cities) + "\n", encoding="utf-8")
    (folder / "figures.csv").write_text("\n".join([figures[0], *kept]) + "\n", encoding="utf-8")
    settings.STARTER = folder
    return folder


# ---- real processes


@pytest.fixture
def environment(tmp_path: Path, new_database: Callable[[], dict[str, str]]) -> Callable[..., dict[str, str]]:
    """Variables of a trial in a data directory and a database of its own."""

    def make(name: str = "trial", **other: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
        mine = {
            "DEBUG": "1",
            "KONTOR_DATA": str(tmp_path / name),
            "PYTHONPATH": str(ROOT),
            "KONTOR_LANGUAGE": "en",
        }
        return {**kept, **mine, **new_database(), **other}

    return make


class Process:
    """A running `kontor serve`, or whatever `words` say, with its output in files."""

    def __init__(self, words: list[str], environment: dict[str, str], folder: Path) -> None:
        self.out, self.err = folder / f"{id(self)}.out", folder / f"{id(self)}.err"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kontor.cli", *words],
                env=environment,
                stdout=out,
                stderr=err,
                cwd=folder,
            )

    def wait_for(self, text: str, *, seconds: float = 60) -> None:
        """Until `text` appears in its output or errors; fails where it ends before."""
        deadline = time.monotonic() + seconds
        while text not in self.said():
            assert time.monotonic() < deadline, f"{text!r} never came: {self.said()}"
            assert self.process.poll() is None or text in self.said(), self.said()
            time.sleep(0.02)

    def said(self) -> str:
        return self.out.read_text() + self.err.read_text()

    def end(self, seconds: float = 60) -> int:
        return self.process.wait(timeout=seconds)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts processes and makes sure that none survives the test."""
    started: list[Process] = []

    def run(*words: str, environment: dict[str, str]) -> Process:
        started.append(Process(list(words), environment, tmp_path))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            try:
                one.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()


@pytest.fixture
def port() -> int:
    """A port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
