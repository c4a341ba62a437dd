"""Server time and weight of the city page over the whole starter league, first visit and second visit.

Claim (README): p95 under 50 ms of server time and under 100 kB over the wire without fonts.
Run: `make bench`, or `.venv/bin/python bench/city_page.py` on an otherwise idle machine.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            KONTOR_DATA=folder,
            DEBUG="0",
            SSL_REDIRECT="0",
            SECRET_KEY="bench",
            DJANGO_SETTINGS_MODULE="kontor.config.settings",
        )
        begin = time.perf_counter()
        slugs = load()
        print(
            f"first start (migrate, load, release): {time.perf_counter() - begin:.1f} s, {len(slugs)} cities"
        )
        measure(slugs)


def load() -> list[str]:
    import django

    django.setup()
    from django.conf import settings

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    from django.utils import timezone

    from kontor.cli import first_start
    from kontor.league import queries as league

    first_start.prepare(at=timezone.now(), demonstration=True, public=False, say=lambda line: None)
    return [city.slug for city in league.cities()]


def measure(slugs: list[str]) -> None:
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1")
    client.get("/en/cities/berlin/")  # a running server has answered before
    weights = []
    for visit in ("first visit of each city", "second visit of each city"):
        times = []
        for slug in slugs:
            begin = time.perf_counter()
            answer = client.get(f"/en/cities/{slug}/")
            times.append((time.perf_counter() - begin) * 1000)
            assert answer.status_code == 200, slug
            weights.append(len(gzip.compress(answer.content)))
        times.sort()
        print(
            f"{visit}: p50 {quantile(times, 0.5):.1f} ms, p95 {quantile(times, 0.95):.1f} ms, max {times[-1]:.1f} ms"
        )
    style = gzip.compress((ROOT / "kontor/web/static/kontor/style.css").read_bytes())
    print(
        f"over the wire: page at most {max(weights) / 1000:.1f} kB, style sheet {len(style) / 1000:.1f} kB (gzip)"
    )


if __name__ == "__main__":
    main()
