"""The starter league and the demonstration, loaded once in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]


@pytest.fixture(scope="session")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what telling.py found."""
    folder = tmp_path_factory.mktemp("telling")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    run = subprocess.run(
        [sys.executable, str(HERE / "telling.py"), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="session")
def found(telling: Path) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads((telling / "found.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def before(telling: Path) -> dict[str, str]:
    return cast(dict[str, str], json.loads((telling / "before.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def after(telling: Path) -> dict[str, str]:
    return cast(dict[str, str], json.loads((telling / "after.json").read_text(encoding="utf-8")))
