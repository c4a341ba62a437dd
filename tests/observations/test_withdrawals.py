"""Withdrawn figures: gone from every answer, still there as of the releases before, and a tombstone that says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from kontor.errors import Invalid, Refused
from kontor.events import queries as events
from kontor.league.rules import OPERATOR, Actor
from kontor.observations import operations, store
from kontor.observations.queries import figures, releases
from kontor.observations.queries.figures import Cell, Tombstone
from kontor.observations.queries.releases import as_of
from kontor.observations.rules import REASON_CHARACTERS, FigureKey
from tests.cast import BERLIN, LINDHAFEN, RIGA, text

DEATHS = "starter:road_deaths"
OF_2019 = FigureKey(BERLIN, DEATHS, "2019")
REASON = "Counted twice by the police."

Publish = Callable[..., releases.ReleaseRecord]


def withdraw(
    *cells: FigureKey, reason: str = REASON, by: Actor = OPERATOR, demonstration: bool = False
) -> releases.ReleaseRecord:
    return operations.withdraw(
        cells=cells,
        reason=reason,
        title=text("Withdrawn"),
        by=by,
        at=datetime.now(UTC),
        demonstration=demonstration,
    )


def test_a_withdrawn_figure_is_gone_and_the_releases_before_still_hold_it(db: None, own_data: Path) -> None:
    release = withdraw(OF_2019)
    assert (release.id, release.rows) == ("r2", 1)
    assert figures.cell(DEATHS, BERLIN, "2019") is None
    before = figures.cell(DEATHS, BERLIN, "2019", known=as_of("r1"))
    assert before is not None and str(before.value) == "40.00"
    assert "2019" not in [cell.period for cell in figures.series(DEATHS, BERLIN)]
    assert "2019" not in [cell.period for cell in figures.profile(BERLIN) if cell.variable == DEATHS]
    assert figures.peers(DEATHS, [BERLIN], "2019") == []
    assert BERLIN not in [cell.area for cell in figures.rank(DEATHS, "2019")]
    assert (BERLIN, "2019") not in figures.columns(DEATHS, known=as_of()).cells


def test_its_tombstone_says_which_release_and_why_but_not_the_value(db: None, own_data: Path) -> None:
    withdraw(OF_2019)
    first, last = figures.vintages(DEATHS, BERLIN, "2019")
    assert isinstance(first, Cell) and (first.release, first.reason) == ("r1", "new_in_source")
    assert isinstance(last, Tombstone)
    assert (last.release, last.reason, last.value, last.source) == ("r2", REASON, None, "eurostat")
    assert figures.tombstone(DEATHS, BERLIN, "2019") == last
    assert figures.tombstone(DEATHS, BERLIN, "2019", known=as_of("r1")) is None
    assert figures.tombstone(DEATHS, BERLIN, "2018") is None
    assert figures.tombstone(DEATHS, BERLIN, "1899") is None
    path = store.releases_folder() / "r2" / store.PARQUET
    held = duckdb.sql(f"SELECT value, status, flags, file, reason FROM read_parquet('{path}')").fetchall()
    assert held == [(None, "W", "", "", REASON)]


def test_the_release_states_it_and_the_record_too(db: None, own_data: Path) -> None:
    withdraw(OF_2019, FigureKey(RIGA, DEATHS, "2019"))
    assert releases.verify("r2").rows == 2
    manifest = releases.manifest("r2")
    assert (manifest["changes"], manifest["reason"], manifest["submissions"]) == (
        {"withdrawn": 2},
        REASON,
        [],
    )
    assert set(manifest["sources"]) == {"eurostat"}
    assert [
        (change.kind, change.area, change.before, change.after, change.reason)
        for change in releases.diff("r2")
    ] == [("withdrawn", BERLIN, "40.00", "", REASON), ("withdrawn", RIGA, "14.00", "", REASON)]
    event = events.newest()[0]
    assert (event.kind, event.subject) == ("observations.withdrawn", "release:r2")
    assert event.facts["reason"] == REASON
    assert event.facts["manifest_sha256"] == releases.release("r2").manifest_sha256
    assert events.verify().broken_at is None


def test_what_comes_as_it_was_withdrawn_stays_withdrawn_until_it_is_wanted_again(
    publish: Publish, tmp_path: Path
) -> None:
    """The source goes on publishing it, and the next import must not undo the withdrawal in silence."""
    withdraw(OF_2019)
    with pytest.raises(Refused) as refused:
        publish(f"{BERLIN},road_deaths,2019,40,", f"{BERLIN},road_deaths,2018,45,")
    assert (refused.value.code, refused.value.facts) == ("figures_stay_withdrawn", {"count": 1})
    release = publish(f"{BERLIN},road_deaths,2019,40,", f"{BERLIN},road_deaths,2025,3,")
    assert release.rows == 1 and releases.manifest(release.id)["left_withdrawn"] == 1
    assert figures.tombstone(DEATHS, BERLIN, "2019") is not None
    path = tmp_path / "again.csv"
    path.write_text(f"city_code,variable,period,value,flag\n{BERLIN},road_deaths,2019,40.0,\n")
    at = datetime.now(UTC)
    handed = operations.submit(path=path, layout="starter", by=OPERATOR, at=at)
    assert operations.preview(handed.reading.figures).counts["left"] == 1
    again = operations.release(handed=[handed], title=text(), by=OPERATOR, at=at, again=True)
    assert [(change.kind, change.after, change.reason) for change in releases.diff(again.id)] == [
        ("added", "40.0", "published_again")
    ]


def test_another_value_of_a_withdrawn_figure_is_published(publish: Publish) -> None:
    withdraw(OF_2019)
    publish(f"{BERLIN},road_deaths,2019,38,")
    found = figures.cell(DEATHS, BERLIN, "2019")
    assert found is not None and (found.release, found.reason) == ("r3", "published_again")
    assert [(change.kind, change.before) for change in releases.diff("r3")] == [("added", "")]
    assert figures.tombstone(DEATHS, BERLIN, "2019") is None
    assert figures.tombstone(DEATHS, BERLIN, "2019", known=as_of("r2")) is not None
    withdraw(OF_2019)
    assert [version.withdrawn for version in figures.vintages(DEATHS, BERLIN, "2019")] == [
        False,
        True,
        False,
        True,
    ]
    assert publish(f"{BERLIN},road_deaths,2019,40,").rows == 1, "what was withdrawn last was 38"


def test_every_cell_that_cannot_be_withdrawn_is_named_and_nothing_is(db: None, own_data: Path) -> None:
    withdraw(OF_2019)
    with pytest.raises(Invalid) as invalid:
        withdraw(
            FigureKey(BERLIN, DEATHS, "2018", 2),
            FigureKey(*OF_2019[:3], 3),
            FigureKey(BERLIN, DEATHS, "1899", 4),
            FigureKey("XX001C", DEATHS, "2018", 5),
        )
    assert [(bad.code, bad.row) for bad in invalid.value.rows] == [
        ("withdrawn_already", 3),
        ("figure_unpublished", 4),
        ("figure_unpublished", 5),
    ]
    assert figures.cell(DEATHS, BERLIN, "2018") is not None
    assert releases.newest() == releases.release("r2")


@pytest.mark.parametrize(
    ("cells", "reason", "code"),
    [
        ([OF_2019], "", "reason_missing"),
        ([OF_2019], " \n\t", "reason_missing"),
        ([OF_2019], "x" * (REASON_CHARACTERS + 1), "reason_too_long"),
        ([], REASON, "nothing_to_withdraw"),
        ([FigureKey(LINDHAFEN, "league:road_deaths", "2024")], REASON, "real_and_invented_never_mix"),
    ],
)
def test_what_is_refused(db: None, own_data: Path, cells: list[FigureKey], reason: str, code: str) -> None:
    before = events.head()
    with pytest.raises(Refused) as refused:
        withdraw(*cells, reason=reason)
    assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        operations.preview_withdrawal(cells, reason=reason)
    assert refused.value.code == code
    assert events.head() == before and not (store.releases_folder() / "r2").exists()


def test_who_may_publish_may_withdraw_and_nobody_else(db: None, own_data: Path) -> None:
    stranger = Actor("person:e", ((BERLIN, "observations"), (None, "league")))
    with pytest.raises(Refused) as refused:
        withdraw(OF_2019, by=stranger)
    assert refused.value.code == "not_permitted"
    assert withdraw(OF_2019, by=Actor("person:d", ((None, "observations"),))).id == "r2"
    assert events.newest()[0].by == "person:d"


def test_an_invented_figure_is_withdrawn_on_its_own_track(db: None, own_data: Path) -> None:
    cell = figures.profile(LINDHAFEN)[0]
    release = withdraw(FigureKey(cell.area, cell.variable, cell.period), demonstration=True)
    assert release.id == "demo-3" and release.demonstration
    assert figures.cell(cell.variable, cell.area, cell.period) is None
    assert figures.cell(cell.variable, cell.area, cell.period, known=as_of("demo-2")) == cell


def test_a_preview_withdraws_nothing(db: None, own_data: Path) -> None:
    before = events.head()
    (change,) = operations.preview_withdrawal([OF_2019], reason=REASON)
    assert (change.kind, change.area, change.before, change.after) == ("withdrawn", BERLIN, "40.00", "")
    assert events.head() == before and figures.cell(DEATHS, BERLIN, "2019") is not None


def test_the_same_cell_twice_is_withdrawn_once(db: None, own_data: Path) -> None:
    assert withdraw(OF_2019, OF_2019).rows == 1


def test_killed_before_the_table_knows_nothing_is_withdrawn(
    db: None, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for the end of the process."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("kontor.observations.operations.publishing.record", killed)
        with pytest.raises(Killed):
            withdraw(OF_2019)
    assert figures.cell(DEATHS, BERLIN, "2019") is not None
    assert [release.id for release in releases.releases(demonstration=False)] == ["r1"]
    assert withdraw(OF_2019).id == "r2"
