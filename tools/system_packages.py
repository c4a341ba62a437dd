"""What the tests need of the system and pip cannot give: a browser, PostgreSQL's server, Chinese letters.

Installs what is missing where apt-get is at hand and we are root; otherwise names what will be skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def has_browser() -> bool:
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


def has_postgresql() -> bool:
    return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


def has_chinese_letters() -> bool:
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())


# Debian's package -> (is it there?, what is skipped without it)
NEEDED = {
    "chromium": (has_browser, "the tests in the browser"),
    "postgresql": (has_postgresql, "the tests on PostgreSQL"),
    "fonts-noto-cjk": (has_chinese_letters, "nothing, but Chinese shows as boxes in screenshots"),
}


def main() -> int:
    if sys.argv[1:2] == ["--has"]:
        return 0 if NEEDED[sys.argv[2]][0]() else 1
    missing = [name for name, (there, _) in NEEDED.items() if not there()]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        install(missing)
    for name in missing:
        there, skipped = NEEDED[name]
        if not there():
            print(f"{name} is not installed (`apt install {name}`). Skipped: {skipped}.", flush=True)
    return 0


def install(names: list[str]) -> None:
    """Best effort: whoever reads the output sees what failed, and the tests say what they skip."""
    print(f"Installing {', '.join(names)} ...", flush=True)
    quietly("apt-get", "update", "-qq")
    for name in names:  # one by one, so that one that is not to be had does not take the others along
        quietly("apt-get", "install", "-qq", "--no-install-recommends", name)


def quietly(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=environment)


if __name__ == "__main__":
    sys.exit(main())
