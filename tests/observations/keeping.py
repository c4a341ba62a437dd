"""What the tests of compaction and archive do again and again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kontor.errors import Refused
from kontor.league.rules import OPERATOR
from kontor.observations import operations, store
from kontor.observations.queries import figures, findings, releases, retention
from kontor.observations.queries.releases import as_of
from tests.cast import BERLIN
from tests.conftest import forget

DEATHS = "starter:road_deaths"


def compact(before: str | None = None, **other: Any) -> retention.CompactionRecord:
    return operations.compact(before=before, **{"by": OPERATOR, "at": datetime.now(UTC), **other})


def archive(before: str, file: Path, **other: Any) -> retention.ArchiveRecord:
    return operations.archive(before=before, file=file, **{"by": OPERATOR, "at": datetime.now(UTC), **other})


def unarchive(file: Path) -> object:
    return operations.unarchive(file=file, by=OPERATOR, at=datetime.now(UTC))


def parquet(release: str) -> Path:
    return store.releases_folder() / release / store.PARQUET


def published_files() -> dict[str, bytes]:
    return {
        str(path.relative_to(store.releases_folder())): path.read_bytes()
        for path in sorted(store.releases_folder().rglob("*"))
        if path.is_file()
    }


def answers(*, anew: bool = True) -> dict[str, object]:
    """Everything that can be asked, as of every release; `anew` from an index that is built for it."""
    if anew:
        forget()
        for path in (settings.DATA / "index").iterdir():
            path.unlink()
    found: dict[str, object] = {}
    for release in releases.releases():
        known = as_of(release.id)
        found[f"{release.id} export"] = figures.export(
            ["starter:road_deaths", "league:road_deaths"], known=known
        )
        found[f"{release.id} diff"] = releases.diff(release.id)[:500]
        found[f"{release.id} manifest"] = releases.manifest(release.id)
        found[f"{release.id} findings"] = findings.findings(known=known)
    found["vintages"] = figures.vintages(DEATHS, BERLIN, "2019")
    found["profile"] = figures.profile(BERLIN)
    return found


def code_of(action: Callable[[], object]) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.code, refused.value.facts
