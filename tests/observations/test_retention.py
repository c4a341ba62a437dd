"""Compaction and archive: no published hash changes, every answer stays, and what is moved away comes back as it was."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from kontor.events import queries as events
from kontor.league.rules import Actor
from kontor.observations import models, operations, store
from kontor.observations.queries import releases, retention
from tests.cast import BERLIN
from tests.observations.keeping import (
    answers,
    archive,
    code_of,
    compact,
    parquet,
    published_files,
    unarchive,
)

Publish = Callable[..., releases.ReleaseRecord]


# ---- compact


def test_compaction_changes_nothing_that_was_published(four: None) -> None:
    before = published_files()
    found = compact()
    assert (found.id, found.releases, found.rows) == ("r4", ("r1", "r2", "r3", "r4"), 27_586 + 2 + 2 + 1)
    assert published_files() == before
    assert {one.state for one in releases.verify_all()} == {"intact"}
    event = events.newest()[0]
    assert (event.kind, event.subject) == ("observations.compacted", "release:r4")
    assert event.facts["manifest_sha256"] == found.manifest_sha256
    assert retention.verify_compactions() == [found]


def test_the_compacted_file_states_each_release_with_hash_number_and_hash_of_rows(four: None) -> None:
    compact("r4")
    folder = store.compact_folder() / "r3"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert [entry["id"] for entry in manifest["releases"]] == ["r1", "r2", "r3"]
    assert [entry["rows"] for entry in manifest["releases"]] == [27_586, 2, 2]
    assert [entry["manifest_sha256"] for entry in manifest["releases"]] == [
        releases.release(release).manifest_sha256 for release in ("r1", "r2", "r3")
    ]
    assert len({entry["rows_sha256"] for entry in manifest["releases"]}) == 3
    held = duckdb.sql(
        f"SELECT release, number, count(*) FROM read_parquet('{folder / 'observations.parquet'}') GROUP BY ALL ORDER BY 2"
    ).fetchall()
    assert held == [("r1", 1, 27_586), ("r2", 2, 2), ("r3", 3, 2)]


def test_a_later_compaction_takes_the_place_of_the_earlier_one(four: None) -> None:
    compact("r3")
    assert code_of(lambda: compact("r3"))[0] == code_of(lambda: compact("r2"))[0] == "nothing_to_compact"
    assert code_of(lambda: compact("r1"))[0] == "nothing_to_compact"
    first = json.loads((store.compact_folder() / "r2" / "manifest.json").read_bytes())["releases"]
    compact()
    assert [path.name for path in store.compact_folder().iterdir()] == ["r4"]
    second = json.loads((store.compact_folder() / "r4" / "manifest.json").read_bytes())["releases"]
    assert second[:2] == first
    assert models.Compaction.objects.count() == 1


def test_a_compaction_that_was_overtaken_never_goes_back(four: None, monkeypatch: pytest.MonkeyPatch) -> None:
    write = store.write_compaction

    def slowly(slug: str, chosen: list[tuple[str, str]]) -> str:
        digest = write(slug, chosen)
        if slug == "r2":
            compact()  # another process, meanwhile
        return digest

    monkeypatch.setattr(store, "write_compaction", slowly)
    assert code_of(lambda: compact("r3"))[0] == "nothing_to_compact"
    assert models.Compaction.objects.get().slug == "r4"


def test_each_track_has_a_compaction_of_its_own(four: None) -> None:
    compact()
    invented = compact(demonstration=True)
    assert (invented.id, invented.releases) == ("demo-2", ("demo-1", "demo-2"))
    assert [one.id for one in retention.verify_compactions()] == ["r4", "demo-2"]
    assert code_of(lambda: compact("demo-2"))[0] == "real_and_invented_never_mix"


# ---- archive


def test_archived_every_answer_stays_the_same(four: None, tmp_path: Path) -> None:
    before, manifests = answers(anew=False), {r.id: r.manifest_sha256 for r in releases.releases()}
    compact()
    found = archive("r4", tmp_path / "old.tar")
    assert (found.name, found.releases) == ("old.tar", ("r1", "r2", "r3"))
    assert [parquet(release).exists() for release in ("r1", "r2", "r3", "r4")] == [False, False, False, True]
    assert {one.release.id: one.state for one in releases.verify_all()} == {
        "r1": "archived",
        "r2": "archived",
        "r3": "archived",
        "r4": "intact",
        "demo-1": "intact",
        "demo-2": "intact",
    }
    assert answers() == before
    assert {r.id: r.manifest_sha256 for r in releases.releases()} == manifests
    assert [r.archive for r in releases.releases(demonstration=False)] == [
        "",
        "old.tar",
        "old.tar",
        "old.tar",
    ]


def test_publishing_goes_on_beside_an_archive(four: None, tmp_path: Path, publish: Publish) -> None:
    compact()
    archive("r4", tmp_path / "old.tar")
    assert publish(f"{BERLIN},road_deaths,2018,45.0,", f"{BERLIN},road_deaths,2025,4,").rows == 1
    assert [(change.before, change.after) for change in releases.diff("r5")] == [("3", "4")]
    compact()
    assert retention.compactions()[0].releases == ("r1", "r2", "r3", "r4", "r5")
    assert [one.id for one in retention.verify_compactions()] == ["r5"]
    archive("r5", tmp_path / "next.tar")
    with tarfile.open(tmp_path / "next.tar") as tar:
        assert tar.getnames() == ["archive.json", "r4/observations.parquet"]


def test_brought_back_they_are_identical(four: None, tmp_path: Path) -> None:
    before = published_files()
    compact()
    archive("r4", tmp_path / "old.tar")
    assert unarchive(tmp_path / "old.tar") == ["r1", "r2", "r3"]
    assert published_files() == before
    assert {one.state for one in releases.verify_all()} == {"intact"}
    assert models.Archive.objects.count() == 0
    assert events.newest()[0].kind == "observations.unarchived" and events.verify().broken_at is None
    again = archive("r4", tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == (tmp_path / "old.tar").read_bytes()
    assert again.sha256 == store.sha256_of(tmp_path / "again.tar")


def test_what_is_not_compacted_is_never_archived(four: None, tmp_path: Path) -> None:
    assert code_of(lambda: archive("r4", tmp_path / "a.tar")) == ("release_not_compacted", {"release": "r1"})
    compact("r3")
    assert code_of(lambda: archive("r4", tmp_path / "a.tar")) == ("release_not_compacted", {"release": "r3"})
    assert archive("r3", tmp_path / "a.tar").releases == ("r1", "r2")
    assert code_of(lambda: archive("r3", tmp_path / "b.tar"))[0] == "nothing_to_archive"
    assert code_of(lambda: archive("r1", tmp_path / "b.tar"))[0] == "nothing_to_archive"
    assert code_of(lambda: archive("r9", tmp_path / "b.tar"))[0] == "release_unknown"


def test_an_archive_never_overwrites_a_file(four: None, tmp_path: Path) -> None:
    compact()
    (tmp_path / "old.tar").write_text("mine")
    assert code_of(lambda: archive("r4", tmp_path / "old.tar"))[0] == "file_exists"
    assert (tmp_path / "old.tar").read_text() == "mine" and parquet("r1").exists()
    assert code_of(lambda: archive("r4", tmp_path / "none" / "old.tar"))[0] == "folder_unwritable"


def test_who_may_publish_may_keep_and_nobody_else(four: None, tmp_path: Path) -> None:
    stranger = Actor("person:e", ((BERLIN, "observations"),))
    assert code_of(lambda: compact(by=stranger))[0] == "not_permitted"
    compact(by=Actor("person:d", ((None, "observations"),)))
    assert code_of(lambda: archive("r4", tmp_path / "a.tar", by=stranger))[0] == "not_permitted"
    archive("r4", tmp_path / "a.tar")
    action = lambda: operations.unarchive(file=tmp_path / "a.tar", by=stranger, at=datetime.now(UTC))  # noqa: E731
    assert code_of(action)[0] == "not_permitted"
