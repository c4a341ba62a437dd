"""Releases of all kinds, one after the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cast import BERLIN, RIGA, text


class Kept:
    """Releases that were published once in a session: their rows in the database, and a copy of their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[tuple[Any, list[Any]]] = []

    def keep(self, data: Path, publish: Callable[[], None]) -> None:
        """Publish, and remember all rows that are new by it."""
        from kontor.events.models import Event
        from kontor.observations import models

        tables = (Event, models.Submission, models.Release, models.Release.submissions.through)
        before = [set(table.objects.values_list("pk", flat=True)) for table in tables]
        publish()
        self.rows = [
            (table, list(table.objects.exclude(pk__in=known)))
            for table, known in zip(tables, before, strict=True)
        ]
        shutil.copytree(data, self.folder)

    def put_back(self, data: Path) -> None:
        """The same rows in the database of a test, whose transaction is rolled back, and the files in its directory."""
        for table, rows in self.rows:
            table.objects.bulk_create(rows)
        shutil.rmtree(data)
        shutil.copytree(self.folder, data)


@pytest.fixture(scope="session")
def kept_four(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("four") / "data")


@pytest.fixture
def four(db: None, own_data: Path, publish: Callable[..., Any], kept_four: Kept) -> None:
    """r1 of the starter, r2 and r3 that add and revise, r4 that withdraws."""
    if kept_four.rows:
        kept_four.put_back(own_data)
    else:
        kept_four.keep(own_data, lambda: _publish_four(publish))


def _publish_four(publish: Callable[..., Any]) -> None:
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.rules import FigureKey

    publish(f"{BERLIN},road_deaths,2019,41,b", f"{BERLIN},road_deaths,2025,3,p")
    publish(f"{BERLIN},road_deaths,2019,42,", f"{RIGA},population,2026,600000,")
    operations.withdraw(
        cells=[FigureKey(BERLIN, "starter:road_deaths", "2019")],
        reason="Counted twice.",
        title=text(),
        by=OPERATOR,
        at=datetime.now(UTC),
    )
