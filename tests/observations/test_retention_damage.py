"""What is altered is noticed, what is killed in the middle can be done again, what is older is read."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kontor.observations import models, store
from kontor.observations.queries import figures, releases
from tests.cast import BERLIN
from tests.observations.keeping import (
    DEATHS,
    answers,
    archive,
    code_of,
    compact,
    parquet,
    published_files,
    unarchive,
)
from tests.observations.older import write_as_before

Publish = Callable[..., releases.ReleaseRecord]


# ---- altered


def test_an_altered_original_is_not_compacted(four: None) -> None:
    parquet("r2").write_bytes(parquet("r2").read_bytes() + b"x")
    assert code_of(compact)[0] == "release_altered"
    assert not store.compact_folder().exists()


@pytest.mark.parametrize("file", ["observations.parquet", "manifest.json"])
def test_an_altered_compaction_is_noticed_and_archives_nothing(four: None, tmp_path: Path, file: str) -> None:
    compact()
    path = store.compact_folder() / "r4" / file
    path.write_bytes(path.read_bytes() + b" ")
    assert code_of(lambda: archive("r4", tmp_path / "a.tar")) == (
        "compaction_altered",
        {"name": "r4", "file": file},
    )
    assert parquet("r1").exists() and not (tmp_path / "a.tar").exists()
    assert {one.state for one in releases.verify_all()} == {"intact"}


def test_an_altered_compaction_no_longer_proves_an_archived_release(four: None, tmp_path: Path) -> None:
    compact()
    archive("r4", tmp_path / "a.tar")
    path = store.compact_folder() / "r4" / "observations.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    assert code_of(lambda: releases.verify("r2"))[0] == "compaction_altered"
    assert releases.verified("r4").state == "intact"
    unarchive(tmp_path / "a.tar")
    assert releases.verified("r2").state == "intact", "the originals need no proof"


def test_a_compaction_that_was_rewritten_to_fit_is_not_the_recorded_one(four: None, tmp_path: Path) -> None:
    compact()
    archive("r4", tmp_path / "a.tar")
    path = store.compact_folder() / "r4" / "manifest.json"
    path.write_bytes(path.read_bytes() + b" ")
    models.Compaction.objects.update(manifest_sha256=store.sha256_of(path))
    assert code_of(lambda: releases.verify("r2"))[0] == "compaction_altered"


def test_an_original_that_is_gone_without_an_archive_is_altered(four: None) -> None:
    compact()
    parquet("r2").unlink()
    assert code_of(lambda: releases.verify("r2")) == (
        "release_altered",
        {"release": "r2", "file": "observations.parquet"},
    )


def test_rows_that_differ_from_the_original_are_refused(four: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where writing the compacted file went wrong without an error."""
    original = duckdb.connect

    class Forgetful:
        """A connection that loses a row on its way into the file."""

        def __init__(self, **given: Any) -> None:
            self.connection = original(**given)

        def execute(self, sql: str, *given: Any) -> Any:
            if sql.startswith("COPY"):
                sql = sql.replace("FROM gathered", "FROM gathered WHERE release <> 'r2' OR period <> '2025'")
            return self.connection.execute(sql, *given)

        def close(self) -> None:
            self.connection.close()

    monkeypatch.setattr(store.compacting.duckdb, "connect", Forgetful)
    code, facts = code_of(compact)
    assert (code, facts["release"]) == ("compaction_failed", "r2")
    assert list(store.compact_folder().iterdir()) == [] and models.Compaction.objects.count() == 0


@pytest.fixture
def invented_archive(db: None, own_data: Path, tmp_path: Path) -> Path:
    """Of the invented releases, which are small, the first is archived in this file."""
    compact(demonstration=True)
    archive("demo-2", tmp_path / "a.tar", demonstration=True)
    return tmp_path / "a.tar"


@pytest.mark.parametrize(
    "listed", [b'{"format":1,"files":[7]}', b'{"format":1,"files":{"demo-1":7}}', b"[]", b"7"]
)
def test_a_list_of_an_archive_that_is_none_is_unreadable_or_altered(
    invented_archive: Path, tmp_path: Path, listed: bytes
) -> None:
    made = tmp_path / "made.tar"
    with tarfile.open(made, "w") as tar:
        head = tarfile.TarInfo("archive.json")
        head.size = len(listed)
        tar.addfile(head, io.BytesIO(listed))
    assert code_of(lambda: unarchive(made))[0] in ("archive_unreadable", "archive_altered")


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda content: content[:-12_000], "archive_unreadable"),
        (lambda content: content[:700], "archive_unreadable"),
        (lambda content: b"no archive at all", "archive_unreadable"),
        (lambda content: content[:2500] + bytes([content[2500] ^ 1]) + content[2501:], "archive_altered"),
    ],
    ids=["cut off", "without figures", "something else", "one bit"],
)
def test_an_altered_archive_puts_nothing_back(
    invented_archive: Path, tmp_path: Path, alter: Callable[[bytes], bytes], code: str
) -> None:
    damaged = tmp_path / "b.tar"
    damaged.write_bytes(alter(invented_archive.read_bytes()))
    assert code_of(lambda: unarchive(damaged))[0] == code
    assert not parquet("demo-1").exists() and store.drafts() == []
    assert releases.verified("demo-1").state == "archived"


@pytest.mark.parametrize(
    ("release", "code"),
    [("../demo-1", "release_unknown"), ("r9", "release_unknown"), ("demo-1", "archive_altered")],
)
def test_an_archive_of_something_else_is_refused(
    invented_archive: Path, tmp_path: Path, release: str, code: str
) -> None:
    """Names in an archive never lead out of the releases, and only what was published goes in."""
    content = b"other figures"
    listed = {"format": 1, "files": {release: hashlib.sha256(content).hexdigest()}}
    with tarfile.open(tmp_path / "made.tar", "w") as tar:
        for name, data in (
            ("archive.json", json.dumps(listed).encode()),
            (f"{release}/observations.parquet", content),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    assert code_of(lambda: unarchive(tmp_path / "made.tar"))[0] == code
    assert releases.verified("demo-1").state == "archived"
    assert code_of(lambda: unarchive(tmp_path / "none.tar"))[0] == "file_missing"


# ---- killed


class Killed(BaseException):
    """Stands for the end of the process."""


def killed(*_: object, **__: object) -> None:
    raise Killed


STEPS = {
    "compact": [
        "kontor.observations.store.compacting.settle",
        "kontor.observations.store.compacting.check_rows",
        "kontor.observations.operations.retention.publish_alone",
        "kontor.observations.operations.retention.record",
    ],
    "archive": [
        "kontor.observations.store.archives.check_archive",
        "kontor.observations.store.archives._name",
        "kontor.observations.operations.retention.record",
        "kontor.observations.operations.retention._take_away",
    ],
    "unarchive": [
        "kontor.observations.store.unpack",
        "kontor.observations.store.put_back",
        "kontor.observations.operations.retention.record",
    ],
}


@pytest.mark.parametrize(
    ("action", "step"), [(action, step) for action, steps in STEPS.items() for step in steps]
)
def test_killed_anywhere_it_can_be_done_again(
    db: None, own_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, step: str
) -> None:
    """On the invented releases, which are small; they go the same ways."""
    before, files = invented(), published_files()
    actions: dict[str, Callable[[int], object]] = {
        "compact": lambda attempt: compact(demonstration=True),
        "archive": lambda attempt: archive("demo-2", tmp_path / f"{attempt}.tar", demonstration=True),
        "unarchive": lambda attempt: unarchive(next(tmp_path.glob("*.tar"))),
    }
    for name, run in actions.items():
        if name == action:
            with monkeypatch.context() as patch:
                patch.setattr(step, killed)
                with pytest.raises(Killed):
                    run(1)
            releases.verify_all()
        run(2)
        releases.verify_all()
        assert invented() == before
    assert published_files() == files
    assert list(store.releases_folder().glob(".draft*")) == []
    assert list(store.compact_folder().glob(".draft*")) == []


def invented() -> object:
    """The rows of the invented releases, from wherever they are."""
    pairs = [pair for pair in releases.pairs() if pair[0].startswith("demo-")]
    with duckdb.connect() as connection:
        return sorted(row for select in store.selects(pairs) for row in connection.execute(select).fetchall())


# ---- releases of earlier versions of the program


def test_a_release_without_the_later_columns_is_read_compacted_and_archived(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Column, conversion and reason came later; so did findings. Nothing of such a release is rewritten."""
    with monkeypatch.context() as patch:
        write_as_before(patch)
        publish(f"{BERLIN},road_deaths,2019,41,b", f"{BERLIN},road_deaths,2025,3,p")
    publish(f"{BERLIN},road_deaths,2019,42,")
    columns = duckdb.sql(f"DESCRIBE FROM read_parquet('{parquet('r2')}')").fetchall()
    assert "reason" not in [row[0] for row in columns] and "checked" not in releases.manifest("r2")
    answered = answers(anew=False)
    cell = figures.cell(DEATHS, BERLIN, "2025")
    assert cell is not None and (cell.release, cell.column, cell.conversion, cell.reason) == (
        "r2",
        "",
        "",
        "",
    )
    assert [change.reason for change in releases.diff("r2")] == ["", ""]
    before = published_files()
    compact()
    archive("r3", tmp_path / "a.tar")
    assert answers() == answered
    unarchive(tmp_path / "a.tar")
    assert published_files() == before
