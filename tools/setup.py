"""Make `.venv` with the locked dependencies and the command `kontor`; `--dev` adds what tests and linters need.

Standard library only, for any Python from 3.11 on. When nothing has changed since last time it does nothing.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"
LOG = ROOT / ".venv-setup.log"
UV = ROOT / "requirements-uv.lock"
LOCKS = {"core": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
OLDEST = (3, 11)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--dev", action="store_true", help="also what tests, linters and benchmarks need")
    wanted = "dev" if arguments.parse_args().dev else "core"
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Kontor needs Python 3.11 or newer and this is {found}: run `make PYTHON=python3.11 ...` with a newer one."
        )
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second start waits here for the first
        if standing() not in (stamp_of("dev"), stamp_of(wanted)):
            # An environment that has the tools of development keeps them.
            install("dev" if standing().startswith("dev ") else wanted)
        compile_translations()


def standing() -> str:
    """What is installed according to the last complete set-up; empty where there was none."""
    return STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""


def stamp_of(kind: str) -> str:
    """What the stamp says when this kind of environment is up to date at this place."""
    digest = hashlib.sha256()
    for path in (Path(__file__), UV, LOCKS[kind]):
        digest.update(path.read_bytes())
    return f"{kind} {digest.hexdigest()} {ROOT}"


def install(kind: str) -> None:
    print("Installing the locked dependencies ...", file=sys.stderr, flush=True)
    if standing().rpartition(" ")[2] not in ("", str(ROOT)) or not works():
        create()
    STAMP.unlink(missing_ok=True)
    LOG.write_text("")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    hashed = ["install", "--quiet", "--require-hashes", "--requirement"]
    if not run([*pip, *hashed, str(UV)]):
        give_up()
    # uv is many times faster; where it does not find the packages (its settings are not pip's), pip may.
    uv = [str(VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON)]
    if not run([*uv, str(LOCKS[kind])]) and not run([*pip, *hashed, str(LOCKS[kind])]):
        give_up()
    add_project()
    LOG.unlink()
    STAMP.write_text(stamp_of(kind))


def works() -> bool:
    """Whether `.venv` has an interpreter that starts and pip."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False).returncode == 0


def create() -> None:
    """A new `.venv`, replacing one that is incomplete or was moved here from elsewhere."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        sys.exit("Python's venv module is missing: run `apt install python3-venv` as root, then again.")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        reason = (made.stdout + made.stderr).strip()
        if "ensurepip" in reason:
            sys.exit(
                "Python's venv module is incomplete: run `apt install python3-venv` as root, then again."
            )
        sys.exit(
            f"The folder .venv could not be made: {reason.splitlines()[-1] if reason else 'no reason given'}"
        )


def run(command: list[str]) -> bool:
    """Run quietly; what it says goes to the log."""
    with LOG.open("a") as log:
        log.write("$ " + " ".join(command) + "\n")
        log.flush()
        return subprocess.run(command, stdout=log, stderr=log, check=False).returncode == 0


def give_up() -> None:
    sys.exit(
        "The dependencies could not be downloaded: check the network and the settings of pip "
        f"(proxy, package index), then run the same command again; details are in {LOG.name}."
    )


def add_project() -> None:
    """The checkout itself: on the path of `.venv`, with the command `kontor`; nothing needs to be built."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    (Path(site) / "kontor.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "kontor"
    command.write_text(f"#!/bin/sh\nexec '{PYTHON}' -P -m kontor.cli \"$@\"\n")
    command.chmod(0o755)


def compile_translations() -> None:
    """The pages' translations, where one is missing or older than its source: afterwards nothing here needs writing."""
    stale = []
    for source in sorted((ROOT / "kontor").glob("*/locale/*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < source.stat().st_mtime_ns:
            stale.append(str(source))
    if stale:
        code = "import sys, polib; [polib.pofile(f).save_as_mofile(f[:-2] + 'mo') for f in sys.argv[1:]]"
        subprocess.run([str(PYTHON), "-c", code, *stale], check=True)


if __name__ == "__main__":
    main()
