"""Releases and their index: unchanged, or refused by name; a damaged index is built anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kontor.errors import Refused
from kontor.observations import models, store
from kontor.observations.queries import figures, releases
from tests.cast import BERLIN, NOON
from tests.conftest import forget

DEATHS = "starter:road_deaths"
REVISED = f"{BERLIN},road_deaths,2019,41,b"

Publish = Callable[..., releases.ReleaseRecord]


def folder(release: str) -> Path:
    return store.releases_folder() / release


def code_of(action: Callable[[], object]) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.code, refused.value.facts


@pytest.mark.parametrize("file", ["observations.parquet", "findings.parquet", "manifest.json"])
def test_an_altered_file_is_refused_by_name(db: None, own_data: Path, file: str) -> None:
    path = folder("r1") / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert code_of(lambda: releases.verify("r1")) == ("release_altered", {"release": "r1", "file": file})
    assert releases.verify("demo-1").id == "demo-1"


@pytest.mark.parametrize("file", ["observations.parquet", "findings.parquet", "manifest.json"])
def test_a_missing_file_is_refused_by_name(db: None, own_data: Path, file: str) -> None:
    (folder("r1") / file).unlink()
    assert code_of(lambda: releases.verify("r1")) == ("release_altered", {"release": "r1", "file": file})


def test_a_manifest_rewritten_to_fit_the_altered_figures_is_refused_too(db: None, own_data: Path) -> None:
    """The record holds the manifest's hash, so that changing both files together does not help."""
    path, manifest = folder("r1") / "observations.parquet", folder("r1") / "manifest.json"
    path.write_bytes(path.read_bytes() + b"x")
    content = json.loads(manifest.read_bytes())
    content["files"]["observations.parquet"]["sha256"] = store.sha256_of(path)
    manifest.write_text(json.dumps(content))
    assert code_of(lambda: releases.verify("r1"))[1]["file"] == "manifest.json"


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 7},
        {"title": {"en": "Another"}},
        {"published_at": NOON},
        {"demonstration": True, "number": 9},
    ],
)
def test_a_table_row_that_its_manifest_does_not_state_is_refused(
    db: None, own_data: Path, change: dict[str, Any]
) -> None:
    models.Release.objects.filter(slug="r1").update(**change)
    assert code_of(lambda: releases.verify("r1"))[0] == "release_altered"


def test_a_manifest_and_a_table_row_that_fit_but_are_not_the_recorded_ones(db: None, own_data: Path) -> None:
    path = folder("r1") / "manifest.json"
    path.write_bytes(path.read_bytes() + b" ")
    models.Release.objects.filter(slug="r1").update(manifest_sha256=store.sha256_of(path))
    assert code_of(lambda: releases.verify("r1"))[1]["file"] == "manifest.json"


def test_a_manifest_that_is_no_longer_json_is_refused(db: None, own_data: Path) -> None:
    (folder("r1") / "manifest.json").write_text("{")
    assert code_of(lambda: releases.manifest("r1"))[0] == "release_altered"


def test_nothing_is_published_beside_an_altered_release(publish: Publish) -> None:
    path = folder("demo-1") / "observations.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    assert code_of(lambda: publish(REVISED))[0] == "release_altered"
    assert [release.id for release in releases.releases(demonstration=False)] == ["r1"]


def test_an_index_that_is_there_is_not_built_again_and_drafts_are_left_alone(
    db: None, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = settings.DATA / "index" / ".draft-of-another.duckdb"
    draft.touch()
    store.index._forget_old(draft.parent, keep=draft.parent / "none.duckdb")
    assert draft.exists()

    def not_again(*_: object) -> None:
        raise AssertionError("built although it was there")

    monkeypatch.setattr(store.layout, "fill", not_again)
    assert store.build_index(releases.as_of().published).exists()


def test_no_index_is_built_over_an_altered_release(db: None, own_data: Path) -> None:
    published = releases.as_of().published
    store.index_path(published).unlink()
    path = folder("r1") / "observations.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert code_of(lambda: figures.cell(DEATHS, BERLIN, "2019"))[0] == "release_altered"
    assert not store.index_path(published).exists()


def test_the_index_is_rebuilt_from_the_releases_alone(db: None, own_data: Path) -> None:
    before = figures.profile(BERLIN)
    from tests.caches import clear

    clear()
    for file in (settings.DATA / "index").iterdir():
        file.unlink()
    assert figures.profile(BERLIN) == before


@pytest.mark.parametrize("keep", [0, 5000, -1])
def test_a_damaged_index_is_built_anew_when_it_is_asked(db: None, own_data: Path, keep: int) -> None:
    before = figures.cell(DEATHS, BERLIN, "2019")
    forget()
    path = store.index_path(releases.as_of().published)
    path.write_bytes(path.read_bytes()[:keep])
    assert store.index_rows(releases.as_of().published) is None
    assert figures.cell(DEATHS, BERLIN, "2019") == before
    assert store.index_rows(releases.as_of().published) == sum(one.rows for one in releases.releases())
