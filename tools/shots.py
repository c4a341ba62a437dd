"""Screenshots of the main pages into `shots/`; with `--readme` also the picture of the README."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "start": "",
    "city": "cities/berlin/",
    "invented-city": "cities/lindhafen/",
    "indicator": "indicators/road_death_rate/?city=DE001C",
    "compare": "compare/?city=DE001C&city=IT002C&city=FR001C",
    "release": "releases/r1/",
}
LOOKS = {"wide": (1360, "light"), "phone": (390, "light"), "dark": (1360, "dark")}
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true", help="also write docs/pictures/city.png")
    readme = parser.parse_args().readme
    with served() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        shoot_all(browser, base)
        if readme:
            shoot(browser, f"{base}/en/cities/lindhafen/", ROOT / "docs/pictures/city.png", height=900)
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """A demonstration league of its own, in a folder that is thrown away."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "KONTOR_DATA": folder, "DEBUG": "1"}
        command = [sys.executable, "-m", "kontor.cli", "serve", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(address):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    sys.exit("the server did not answer within a minute")


def shoot_all(browser: Browser, base: str) -> None:
    folder = ROOT / "shots"
    folder.mkdir(exist_ok=True)
    for language in ("en", "de", "zh-hans"):
        for page, address in PAGES.items():
            for look, (width, scheme) in LOOKS.items():
                if language == "en" or look != "dark":
                    path = folder / f"{page}-{language}-{look}.png"
                    shoot(browser, f"{base}/{language}/{address}", path, width=width, scheme=scheme)


def shoot(
    browser: Browser,
    address: str,
    path: Path,
    *,
    width: int = 1360,
    scheme: str = "light",
    height: int | None = None,
) -> None:
    """The whole page, or its top where a height is given."""
    page = browser.new_page(
        viewport={"width": width, "height": height or 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(address)
    page.reload()  # fonts are optional: from the cache they are there at the first paint
    page.screenshot(path=path, full_page=height is None)
    page.close()
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
