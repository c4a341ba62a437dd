"""Releases: written whole or not at all, never changed, each holding only what is new; and what was known when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import settings

from kontor.errors import Refused
from kontor.events import queries as events
from kontor.league.rules import OPERATOR, Actor
from kontor.observations import models, operations, store
from kontor.observations.queries import figures, releases
from kontor.observations.queries.submissions import unreleased
from kontor.observations.rules import FigureKey
from tests.cast import BERLIN, LINDHAFEN, NOON, RIGA, text

DEATHS = "starter:road_deaths"
REVISED = f"{BERLIN},road_deaths,2019,41,b"
ADDED = f"{BERLIN},road_deaths,2025,3,p"
AS_BEFORE = f"{BERLIN},road_deaths,2018,45.00,"

Publish = Callable[..., releases.ReleaseRecord]


def folder(release: str) -> Path:
    return store.releases_folder() / release


def code_of(action: Callable[[], object]) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.code, refused.value.facts


# ---- what a release is


def test_the_first_release_is_the_starter_table(db: None) -> None:
    release = releases.verify("r1")
    assert (release.number, release.rows, release.demonstration) == (1, 27_586, False)
    manifest = releases.manifest("r1")
    assert (manifest["rows"], manifest["cities"], manifest["previous"]) == (27_586, 319, None)
    assert len(manifest["variables"]) == 18 and manifest["definitions"]
    submission = manifest["submissions"][0]
    assert submission["sha256"] == hashlib.sha256((settings.STARTER / "figures.csv").read_bytes()).hexdigest()
    assert (settings.DATA / "submissions" / submission["sha256"]).exists()
    assert {"eurostat", "mysociety"} <= set(manifest["sources"])


def test_the_hash_of_the_manifest_is_in_the_record(publish: Publish) -> None:
    release = publish(REVISED)
    event = events.newest()[0]
    assert (event.kind, event.subject) == ("observations.released", "release:r2")
    assert (
        event.facts["manifest_sha256"]
        == release.manifest_sha256
        == store.sha256_of(folder("r2") / "manifest.json")
    )
    assert events.verify().broken_at is None


def test_a_release_holds_sorted_parquet_whose_hash_the_manifest_states(publish: Publish) -> None:
    publish(ADDED, REVISED, f"{RIGA},population,2026,600000,")
    path = folder("r2") / "observations.parquet"
    manifest = json.loads((folder("r2") / "manifest.json").read_bytes())
    assert manifest["files"]["observations.parquet"] == {
        "sha256": store.sha256_of(path),
        "bytes": path.stat().st_size,
    }
    assert sorted(file.name for file in folder("r2").iterdir()) == [
        "findings.parquet",
        "manifest.json",
        "observations.parquet",
    ]
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT variable, period, area, value, decimals, flags, status, demonstration FROM read_parquet('{path}')"
        ).fetchall()
        codec = connection.execute(f"SELECT DISTINCT compression FROM parquet_metadata('{path}')").fetchall()
    assert [row[:3] for row in rows] == [
        ("starter:population", "2026", RIGA),
        (DEATHS, "2019", BERLIN),
        (DEATHS, "2025", BERLIN),
    ]
    assert codec == [("ZSTD",)]
    assert [(str(row[3]), *row[4:]) for row in rows[1:]] == [
        ("41.0000000000", 0, "b", "A", False),
        ("3.0000000000", 0, "p", "A", False),
    ]


def test_every_release_names_the_one_before(publish: Publish) -> None:
    first = releases.release("r1")
    second = publish(REVISED)
    third = publish(ADDED)
    assert releases.manifest("r2")["previous"] == first.manifest_sha256
    assert releases.manifest("r3")["previous"] == second.manifest_sha256
    assert third.id == releases.releases(demonstration=False)[0].id == "r3"
    newest = releases.newest()
    assert newest is not None and newest.id == "r3"


# ---- only what is new


def test_what_is_published_already_is_not_repeated(publish: Publish) -> None:
    assert publish(REVISED, AS_BEFORE, ADDED).rows == 2
    assert [(change.kind, change.period) for change in releases.diff("r2")] == [
        ("revised", "2019"),
        ("added", "2025"),
    ]


@pytest.mark.parametrize("written", ["45", "45.0", "45.00"])
def test_a_number_written_otherwise_is_no_new_figure(publish: Publish, written: str) -> None:
    before = events.head()
    assert code_of(lambda: publish(f"{BERLIN},road_deaths,2018,{written},"))[0] == "release_empty"
    assert [release.id for release in releases.releases(demonstration=False)] == ["r1"]
    assert not folder("r2").exists()
    assert events.newest()[0].kind == "observations.submitted" and events.head()[0] == before[0] + 1


def test_another_flag_is_a_revision(publish: Publish) -> None:
    assert publish(f"{BERLIN},road_deaths,2018,45,d").rows == 1
    (change,) = releases.diff("r2")
    assert (change.kind, change.before, change.after) == ("revised", "45.00", "45")
    assert (change.flags_before, change.flags_after) == ("", "d")


def test_of_two_submissions_the_later_holds(db: None, own_data: Path, tmp_path: Path) -> None:
    handed = []
    for value in (7, 8):
        path = tmp_path / f"{value}.csv"
        path.write_text(f"city_code,variable,period,value,flag\n{BERLIN},road_deaths,2025,{value},\n")
        handed.append(operations.submit(path=path, layout="starter", by=OPERATOR, at=NOON))
    release = operations.release(handed=handed, title=text(), by=OPERATOR, at=NOON)
    assert release.rows == 1
    found = figures.cell(DEATHS, BERLIN, "2025")
    assert found is not None and (found.value, found.file) == (8, "8.csv")
    assert [entry["file"] for entry in releases.manifest("r2")["submissions"]] == ["7.csv", "8.csv"]


# ---- what was known when


def test_as_of_a_release_knows_nothing_later(publish: Publish) -> None:
    before = releases.as_of("r1")
    publish(REVISED, ADDED)
    old, new = releases.as_of("r1"), releases.as_of("r2")
    assert (old.label, old.real, new.label, new.real) == ("r1", 1, "r2", 2)
    assert old.real == before.real

    def known(period: str, at: releases.AsOf) -> str | None:
        cell = figures.cell(DEATHS, BERLIN, period, known=at)
        return cell and f"{cell.value} {cell.flags} {cell.release}"

    assert [known("2019", old), known("2019", new)] == ["40.00  r1", "41 b r2"]
    assert [known("2025", old), known("2025", new)] == [None, "3 p r2"]
    assert known("2018", new) == "45.00  r1"
    assert releases.as_of().label == "r2"
    versions = figures.vintages(DEATHS, BERLIN, "2019")
    assert [(cell.release, str(cell.value)) for cell in versions] == [("r1", "40.00"), ("r2", "41")]


def test_a_revision_taken_back_is_one_more_version(publish: Publish) -> None:
    publish(REVISED)
    publish(f"{BERLIN},road_deaths,2019,40.00,")
    assert [str(cell.value) for cell in figures.vintages(DEATHS, BERLIN, "2019")] == ["40.00", "41", "40.00"]
    assert [(change.before, change.after) for change in releases.diff("r3")] == [("41", "40.00")]
    assert [(change.before, change.after) for change in releases.diff("r2")] == [("40.00", "41")]


def test_real_releases_and_invented_ones_are_numbered_apart(publish: Publish) -> None:
    before = {release.id for release in releases.releases(demonstration=True)}
    assert before == {"demo-1", "demo-2"}
    invented = publish(f"{LINDHAFEN},road_deaths,1960,1,", layout="league", demonstration=True)
    real = publish(ADDED)
    assert (invented.id, invented.after, real.id) == ("demo-3", 1, "r2")
    assert releases.as_of("r1").invented == 3
    publish(f"{LINDHAFEN},road_deaths,1961,1,", layout="league", demonstration=True)
    assert releases.as_of("r1").invented == 3, "what came to stand beside r2 is not there as of r1"
    assert releases.as_of("r2").invented == 4
    assert releases.as_of("demo-1") == releases.AsOf("demo-1", 1, 1, releases.as_of().published)


def test_real_and_invented_figures_never_share_a_release(publish: Publish) -> None:
    for rows, demonstration in (((ADDED, f"{LINDHAFEN},road_deaths,1960,1,"), False), ((ADDED,), True)):
        before = {release.id for release in releases.releases()}
        code, _ = code_of(lambda r=rows, d=demonstration: publish(*r, demonstration=d))
        assert code == "real_and_invented_never_mix"
        assert {release.id for release in releases.releases()} == before


def test_a_file_of_the_wrong_kind_is_kept_and_never_waits(db: None, own_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    rows = (ADDED, f"{LINDHAFEN},population,2025,1,")
    path.write_text("\n".join(["city_code,variable,period,value,flag", *rows]) + "\n")
    hand_in = lambda: operations.submit(path=path, layout="starter", by=OPERATOR, at=datetime.now(UTC))  # noqa: E731
    assert code_of(hand_in)[0] == "real_and_invented_never_mix"
    assert (settings.DATA / "submissions" / store.sha256_of(path)).exists()
    kept = models.Submission.objects.latest("id")
    assert kept.report["taken"] == 0
    assert [fault["code"] for fault in kept.report["faults"]] == ["real_and_invented_never_mix"]
    assert unreleased(demonstration=False) == []


def test_a_submission_of_the_other_kind_is_refused(db: None, own_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "real.csv"
    path.write_text(f"city_code,variable,period,value,flag\n{ADDED}\n")
    handed = operations.submit(path=path, layout="starter", by=OPERATOR, at=NOON)
    models.Submission.objects.filter(id=handed.submission).update(demonstration=True)
    action = lambda: operations.release(handed=[handed], title=text(), by=OPERATOR, at=NOON)  # noqa: E731
    assert code_of(action)[0] == "real_and_invented_never_mix"


def test_what_waits_is_newer_than_all_that_is_published(publish: Publish, tmp_path: Path) -> None:
    path = tmp_path / "waiting.csv"
    path.write_text(f"city_code,variable,period,value,flag\n{ADDED}\n")
    handed = operations.submit(path=path, layout="starter", by=OPERATOR, at=datetime.now(UTC))
    assert [one.id for one in unreleased(demonstration=False)] == [handed.submission]
    publish(REVISED)
    assert unreleased(demonstration=False) == []


def test_a_withdrawal_does_not_make_what_waits_forgotten(publish: Publish, tmp_path: Path) -> None:
    path = tmp_path / "waiting.csv"
    path.write_text(f"city_code,variable,period,value,flag\n{ADDED}\n")
    handed = operations.submit(path=path, layout="starter", by=OPERATOR, at=datetime.now(UTC))
    operations.withdraw(
        cells=[FigureKey(RIGA, "starter:road_deaths", "2019")],
        reason="Counted twice.",
        title=text(),
        by=OPERATOR,
        at=datetime.now(UTC),
    )
    assert [one.id for one in unreleased(demonstration=False)] == [handed.submission]


def test_what_was_handed_in_earlier_never_puts_old_values_back(publish: Publish, tmp_path: Path) -> None:
    path = tmp_path / "early.csv"
    path.write_text(f"city_code,variable,period,value,flag\n{REVISED}\n")
    early = operations.submit(path=path, layout="starter", by=OPERATOR, at=datetime.now(UTC))
    publish(ADDED)
    before = releases.releases()
    late = lambda: operations.release(handed=[early], title=text(), by=OPERATOR, at=datetime.now(UTC))  # noqa: E731
    assert code_of(late)[0] == "submission_overtaken"
    assert releases.releases() == before


@pytest.mark.parametrize("slug", ["r2", "r0", "r01", "R1", "1", "demo-9", "", "r1 ", "../r1", "\x00"])
def test_an_unknown_release(db: None, slug: str) -> None:
    assert code_of(lambda: releases.as_of(slug))[0] == "release_unknown"
    assert code_of(lambda: releases.release(slug))[0] == "release_unknown"


def test_the_cities_of_a_release(publish: Publish) -> None:
    publish(ADDED, f"{RIGA},population,2026,600000,")
    assert set(releases.rows_by_city("r2")) == {BERLIN, RIGA}
    assert len(releases.rows_by_city("r1")) == 319
    assert sum(releases.rows_by_city("r1").values()) == releases.release("r1").rows


# ---- killed in the middle


class Killed(BaseException):
    """Stands for the end of the process."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def state() -> tuple[object, ...]:
    return (
        events.head(),
        [release.id for release in releases.releases()],
        figures.cell(DEATHS, BERLIN, "2019"),
        models.Release.objects.count(),
    )


@pytest.mark.parametrize("where", ["Draft.write", "releases.settle", "releases.sync"])
def test_killed_before_the_files_are_whole_nothing_has_happened(
    publish: Publish, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(f"kontor.observations.store.{where}", killed)
        with pytest.raises(Killed):
            publish(REVISED)
    found = state()
    assert found[1:] == before[1:]
    assert store.drafts() == []
    assert publish(REVISED).id == "r2"


def test_killed_before_the_table_knows_the_orphan_is_replaced(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(models.Release.objects, "create", killed)
        with pytest.raises(Killed):
            publish(REVISED)
    assert folder("r2").exists(), "the process died after the folder had its name"
    assert state()[1:] == before[1:]
    assert code_of(lambda: releases.verify("r2"))[0] == "release_unknown"
    release = publish(ADDED)
    assert release.id == "r2" and releases.verify("r2").rows == 1
    assert [change.period for change in releases.diff("r2")] == ["2025"]
    found = figures.cell(DEATHS, BERLIN, "2019")
    assert found is not None and found.release == "r1"


def test_killed_before_the_index_is_built_the_release_is_there(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store, "build_index", killed)
        with pytest.raises(Killed):
            publish(REVISED)
    found = figures.cell(DEATHS, BERLIN, "2019")
    assert found is not None and found.release == "r2"
    assert releases.verify("r2").rows == 1


def test_draft_folders_are_no_releases(db: None, own_data: Path) -> None:
    draft = folder(".draft-r2-abcdef12")
    draft.mkdir()
    (draft / "observations.parquet").write_bytes(b"half")
    assert [release.id for release in releases.releases(demonstration=False)] == ["r1"]
    assert store.drafts() == [draft]
    assert figures.cell(DEATHS, BERLIN, "2019") is not None


def test_older_indexes_go_but_the_two_newest_stay_for_their_readers(publish: Publish) -> None:
    reader = store.reader(releases.as_of().published)
    for year in range(1960, 1966):
        publish(f"{BERLIN},road_deaths,{year},1,")
    assert len(list((settings.DATA / "index").glob("*.duckdb"))) == 3
    assert list((settings.DATA / "index").glob(".draft*")) == []
    count = reader.execute("SELECT count(*) FROM by_variable WHERE release = 'r1'").fetchone()
    assert count == (27_586,), "whoever still reads an old index is not disturbed"


# ---- who may, and what is kept


def test_a_file_is_kept_by_its_hash_with_its_report_whatever_it_says(
    db: None, own_data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("city_code,variable,period,value,flag\nXX,happiness,2019,5,\n")
    handed = operations.submit(path=path, layout="starter", by=OPERATOR, at=NOON)
    kept = settings.DATA / "submissions" / store.sha256_of(path)
    assert kept.read_bytes() == path.read_bytes()
    row = models.Submission.objects.get(id=handed.submission)
    assert [fault["code"] for fault in row.report["faults"]] == ["city_unknown", "variable_unknown"]
    assert events.newest()[0].facts["taken"] == 0


def test_the_office_alone_submits_and_releases(db: None, own_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"city_code,variable,period,value,flag\n{ADDED}\n")
    officer = Actor("person:d", ((None, "observations"),))
    stranger = Actor("person:e", ((BERLIN, "observations"), (None, "league")))
    invented = Actor("person:f", ((None, "observations"),), demonstration=True)
    for actor, expected in ((stranger, "not_permitted"), (invented, "real_and_invented_never_mix")):
        assert (
            code_of(lambda a=actor: operations.submit(path=path, layout="starter", by=a, at=NOON))[0]
            == expected
        )
    handed = operations.submit(path=path, layout="starter", by=officer, at=NOON)
    for actor, expected in ((stranger, "not_permitted"), (invented, "real_and_invented_never_mix")):
        action = lambda a=actor: operations.release(handed=[handed], title=text(), by=a, at=NOON)  # noqa: E731
        assert code_of(action)[0] == expected
    assert operations.release(handed=[handed], title=text(), by=officer, at=NOON).id == "r2"
