"""Releases of one million figures: 1,000 cities x 40 variables x 25 years, then 5 % of them revised beside all others.

Seconds from what an importer hands over to the index that answers, and the peak memory of the process, its million
figures in Python included; each release in a process of its own.
Run: `make bench`, or `.venv/bin/python bench/release.py` on an otherwise idle machine; `--millions 10` for more.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from generated import league  # noqa: E402

YEARS, VARIABLES, CITIES = 25, 40, 1_000  # of a million
MOST_SECONDS, MOST_MEMORY = 30.0, 1.5  # of a million figures; gigabytes


def figures(size: league.Size, *, revised: bool) -> list[Any]:
    """Series that grow by a per cent and a half a year with noise; revised: every twentieth figure is another one."""
    from kontor.observations.rules import Figure

    rng = np.random.default_rng(20261122)
    level = rng.lognormal(8, 1.2, size=(size.variables, 1, size.cities))
    growth = 1.015 ** np.arange(size.years)[None, :, None]
    noise = rng.lognormal(0, 0.02, size=(size.variables, size.years, size.cities))
    values = np.round(level * growth * noise, 2)
    if revised:
        values.reshape(-1)[::20] *= 1.01
    texts = (f"{value:.2f}" for value in values.reshape(-1))
    places = (
        (size.city(city), size.variable(variable), size.period(year))
        for variable in range(size.variables)
        for year in range(size.years)
        for city in range(size.cities)
    )
    return [
        Figure(area, variable, period, Decimal(text), "", league.SOURCE, "table.csv", row)
        for row, ((area, variable, period), text) in enumerate(zip(places, texts, strict=True), start=2)
    ]


def resume(folder: Path) -> None:
    """Django on the league that the first release was published in."""
    os.environ.update(
        KONTOR_DATA=str(folder / "data"),
        KONTOR_DEFINITIONS=str(folder / "definitions"),
        DEBUG="0",
        SSL_REDIRECT="0",
        SECRET_KEY="bench",
        DJANGO_SETTINGS_MODULE="kontor.config.settings",
    )
    import django

    django.setup()


@contextmanager
def timed(parts: dict[str, float], owner: Any, name: str, word: str) -> Iterator[None]:
    """Adds up the seconds that calls of `owner.name` take."""
    original: Callable[..., Any] = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        begin = time.perf_counter()
        try:
            return original(*given, **named)
        finally:
            parts[word] = parts.get(word, 0.0) + time.perf_counter() - begin

    setattr(owner, name, call)
    yield
    setattr(owner, name, original)


def publish(folder: Path, size: league.Size, *, revised: bool) -> dict[str, Any]:
    """One release in this process: rows, seconds with their parts, gigabytes at the peak."""
    resume(folder) if revised else league.start(folder, size)
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations, store
    from kontor.observations.operations import publishing, releasing
    from kontor.observations.rules import Reading

    at = datetime.now(UTC)
    path = folder / "table.csv"
    path.write_text("city_code,variable,period,value,flag\n")
    submission = operations.submit(path=path, layout="starter", by=OPERATOR, at=at).submission
    handed = operations.Handed(submission, Reading(figures=figures(size, revised=revised)))
    parts: dict[str, float] = {}
    title = {"en": "A million", "de": "Eine Million", "zh-hans": "一百万"}
    with (
        timed(parts, store.Draft, "hand_in", "taken over"),
        timed(parts, releasing, "check_published", "hashes of what is published"),
        timed(parts, store.Draft, "compare", "compared"),
        timed(parts, publishing, "check", "plausibility"),
        timed(parts, store, "write_release", "written"),
        timed(parts, store, "build_index", "index"),
    ):
        begin = time.perf_counter()
        release = operations.release(handed=[handed], title=title, by=OPERATOR, at=at)
        seconds = time.perf_counter() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"rows": release.rows, "seconds": seconds, "parts": parts, "memory": memory}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, default=1)
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    size = league.Size(cities=CITIES * given.millions, variables=VARIABLES, years=YEARS)
    if given.inside:
        folder, which = given.inside
        print(json.dumps(publish(Path(folder), size, revised=which == "revised")))
        return 0
    print(f"{size.figures:,} figures handed in\n")
    slow = False
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as folder:
        for which, words in (
            ("first", "nothing published yet"),
            ("revised", "beside them, 5 % of them revised"),
        ):
            command = [sys.executable, __file__, "--millions", str(given.millions), "--inside", folder, which]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            show(words, found)
            limit = MOST_SECONDS * given.millions
            slow |= found["seconds"] > limit or (given.millions == 1 and found["memory"] > MOST_MEMORY)
    return int(slow)


def show(words: str, found: dict[str, Any]) -> None:
    print(
        f"{words}: {found['rows']:,} figures published in {found['seconds']:.1f} s, {found['memory']:.2f} GB at the peak"
    )
    for part, seconds in found["parts"].items():
        print(f"  {seconds:6.1f} s  {part}")
    print()


if __name__ == "__main__":
    sys.exit(main())
