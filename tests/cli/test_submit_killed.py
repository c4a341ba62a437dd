"""`kontor import` killed by the system at every step: nothing has happened, or a whole file is kept."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, Kontor, Place

HEADER = "city_code,variable,period,value,flag\n"

# The program with one function that ends the process before (or after) it has done its work.
PROGRAM = """
import os, signal, sys
from pkgutil import resolve_name

target, when, *words = sys.argv[1:]
from kontor.cli import terminal
terminal.start_django()
owner, name = target.rsplit(".", 1)
owner = resolve_name(owner)
original = getattr(owner, name)

def fatal(*arguments, **named):
    if when == "after":
        original(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, fatal)
sys.argv = ["kontor", *words]
from kontor.cli.app import app
app()
"""

STEPS = [
    ("kontor.observations.operations.submitting._keep", "before"),
    ("kontor.observations.store.sync", "before"),
    ("pathlib.Path.replace", "before"),
    ("pathlib.Path.replace", "after"),
    ("kontor.observations.operations.submitting._keep", "after"),
    ("kontor.observations.operations.submitting.findings_about", "after"),
    ("kontor.observations.operations.submitting.record", "after"),
    ("kontor.observations.operations.submit", "after"),
    ("kontor.observations.store.write_release", "after"),
    ("kontor.observations.operations.publishing.record", "after"),
    ("kontor.observations.store.build_index", "before"),
]


@pytest.mark.parametrize(("step", "when"), STEPS, ids=[" ".join(step) for step in STEPS])
def test_killed_at_every_step(
    kontor: Kontor, here: Path, place: Place, tmp_path: Path, step: str, when: str
) -> None:
    path = tmp_path / "handed.csv"
    path.write_text(f"{HEADER}DE001C,road_deaths,2022,35,\n")
    program = tmp_path / "killed.py"
    program.write_text(PROGRAM)
    variables = {
        **place.variables(),
        "PYTHONPATH": str(ROOT),
        "DEBUG": "1",
        "KONTOR_LANGUAGE": "en",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, str(program), step, when, "import", "starter", str(path)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == -9, done.stderr
    check_what_is_there(here)
    assert kontor("import", "starter", path).exit_code == 0
    assert kontor("release", "diff", "r2").stdout.count("DE001C  2022") == 1
    check_what_is_there(here)


def check_what_is_there(data: Path) -> None:
    """Whole files under their hashes, a file for every submission, releases as published, a record that holds."""
    from kontor.events import queries as events
    from kontor.observations import models
    from kontor.observations.queries import releases

    kept = [path for path in (data / "submissions").iterdir() if ".draft-" not in path.name]
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in kept)
    assert {row.sha256 for row in models.Submission.objects.all()} <= {path.name for path in kept}
    releases.verify_all()
    assert events.verify().broken_at is None
