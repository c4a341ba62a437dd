"""The starter league and the demonstration, loaded once in a process and a database of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

HERE = Path(__file__).resolve().parent
TOLD = pytest.StashKey[Path]()


@pytest.fixture
def telling(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[[], dict[str, str]],
) -> Path:
    """The folder with what telling.py found; it runs for the first test that asks."""
    stash = request.config.stash
    if TOLD not in stash:
        folder = tmp_path_factory.mktemp("telling")
        run = subprocess.run(
            [sys.executable, str(HERE / "telling.py"), str(folder)],
            env={**os.environ, **new_database(), "PYTHONPATH": str(HERE.parents[1])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        stash[TOLD] = folder
    return stash[TOLD]


@cache
def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def found(telling: Path) -> dict[str, Any]:
    return cast(dict[str, Any], read(telling / "found.json"))


@pytest.fixture
def before(telling: Path) -> dict[str, str]:
    return cast(dict[str, str], read(telling / "before.json"))


@pytest.fixture
def after(telling: Path) -> dict[str, str]:
    return cast(dict[str, str], read(telling / "after.json"))
