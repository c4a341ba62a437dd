"""What is handed in is kept first and read from there, so that hash, report and figures are about the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kontor.errors import Invalid, Refused
from kontor.events import queries as events
from kontor.league.rules import OPERATOR
from kontor.observations import models, operations, store
from kontor.observations.operations import submitting
from tests.cast import BERLIN

HEADER = "city_code,variable,period,value,flag\n"


def submit(path: Path, layout: str = "starter") -> operations.Handed:
    return operations.submit(path=path, layout=layout, by=OPERATOR, at=datetime.now(UTC))


def kept() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (settings.DATA / "submissions").iterdir()}


def test_a_file_that_changes_while_it_is_read_cannot_lie(
    db: None, own_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "handed.csv"
    path.write_text(f"{HEADER}{BERLIN},road_deaths,2025,3,\n")
    first = store.sha256_of(path)
    original = submitting.importer

    def importer(layout: str) -> Any:
        path.write_text(f"{HEADER}{BERLIN},road_deaths,2025,99,\n")  # just before it is read
        return original(layout)

    monkeypatch.setattr(submitting, "importer", importer)
    handed = submit(path)
    row = models.Submission.objects.get(id=handed.submission)
    (figure,) = handed.reading.figures
    assert (row.sha256, str(figure.value), figure.file) == (first, "3", "handed.csv")
    assert b",3," in kept()[first]


def test_a_file_that_grows_while_it_is_copied_is_kept_as_it_was_copied(
    db: None, own_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "handed.csv"
    path.write_text(HEADER + f"{BERLIN},road_deaths,2025,3,\n")
    whole = store.sync

    def sync(draft: Path) -> None:
        with path.open("a") as file:
            file.write(f"{BERLIN},road_deaths,2024,99,\n")
        whole(draft)

    monkeypatch.setattr(store, "sync", sync)
    handed = submit(path)
    row = models.Submission.objects.get(id=handed.submission)
    assert len(handed.reading.figures) == 1 and row.sha256 != store.sha256_of(path)
    assert store.sha256_of(settings.DATA / "submissions" / row.sha256) == row.sha256


def test_the_same_file_again_is_kept_once(db: None, own_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "handed.csv"
    path.write_text(f"{HEADER}{BERLIN},road_deaths,2025,3,\n")
    submit(path)
    before = kept()
    submit(path)
    assert kept() == before


@pytest.mark.parametrize("content", [b"", b"city;variable\n", b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_kept_and_recorded(
    db: None, own_data: Path, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "handed.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid):
        submit(path)
    digest = store.sha256_of(path)
    assert kept()[digest] == content
    assert models.Submission.objects.latest("id").sha256 == digest
    assert events.newest()[0].facts["sha256"] == digest


@pytest.mark.parametrize(
    ("layout", "name"), [("odd", "handed.csv"), ("starter", "none.csv"), ("starter", "")]
)
def test_what_is_no_file_or_no_layout_leaves_nothing(
    db: None, own_data: Path, tmp_path: Path, layout: str, name: str
) -> None:
    (tmp_path / "handed.csv").write_text(HEADER)
    before = kept()
    with pytest.raises(Refused):
        submit(tmp_path / name, layout)
    assert kept() == before


def test_handed_again_is_read_from_what_was_kept(db: None, own_data: Path, tmp_path: Path) -> None:
    from kontor.observations.queries.submissions import unreleased

    path = tmp_path / "handed.csv"
    path.write_text(f"{HEADER}{BERLIN},road_deaths,2025,3,\n")
    handed = submit(path)
    path.unlink()
    (waiting,) = unreleased(demonstration=False)
    again = operations.handed_again(waiting)
    assert again.submission == handed.submission and again.reading.figures == handed.reading.figures
