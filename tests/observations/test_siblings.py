"""Variables that hold the same thing: which indicators do not follow a change, since they read another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontor.league.rules import OPERATOR
from kontor.observations import operations
from kontor.observations.queries import releases, siblings
from kontor.observations.queries.releases import Change
from kontor.observations.queries.siblings import Overruled
from kontor.observations.rules import FigureKey
from tests.cast import BERLIN, text

INPUTS = {
    "rate": [["league:a", "eurostat:a", "starter:a"], ["starter:people"]],
    "people": [["starter:people"]],
}
HELD = {"eurostat:a": {("X", "2019"), ("X", "2020")}, "starter:a": {("X", "2019"), ("X", "2021")}}
DEATHS = "starter:road_deaths"


def change(variable: str, period: str, kind: str = "revised") -> Change:
    return Change(kind, "X", variable, period, "1", "2", "", "")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            [change("starter:a", "2019"), change("starter:a", "2020", "added")],
            [("starter:a", "eurostat:a", 2)],
        ),
        ([change("starter:a", "2021")], []),
        ([change("eurostat:a", "2019")], []),
        ([change("eurostat:a", "2019", "withdrawn")], [("eurostat:a", "starter:a", 1)]),
        ([change("eurostat:a", "2020", "withdrawn")], []),
        ([change("starter:a", "2019", "withdrawn")], [("starter:a", "eurostat:a", 1)]),
        ([change("starter:people", "2019"), change("starter:none", "2019")], []),
    ],
)
def test_the_first_variable_that_has_the_figure_is_read(
    changes: list[Change], expected: list[tuple[str, str, int]]
) -> None:
    found = siblings.counted(changes, INPUTS, lambda variable: HELD.get(variable, set()))
    assert found == [Overruled("rate", *one) for one in expected]


def publish_eurostat(folder: Path, *rows: str) -> None:
    path = folder / "eurostat.csv"
    path.write_text("\n".join(["indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG;;CONF_STATUS;", *rows]) + "\n")
    at = datetime.now(UTC)
    handed = operations.submit(path=path, layout="eurostat", by=OPERATOR, at=at)
    operations.release(handed=[handed], title=text(), by=OPERATOR, at=at)


def test_a_revision_of_the_starter_changes_no_indicator_where_eurostat_has_the_figure(
    publish: Callable[..., releases.ReleaseRecord], tmp_path: Path
) -> None:
    publish_eurostat(tmp_path, "TT1060V;DE001C;2019;42;;;;")
    release = publish(f"{BERLIN},road_deaths,2019,39,", f"{BERLIN},road_deaths,2018,39,")
    assert siblings.overruled(releases.diff(release.id)) == [
        Overruled(indicator, DEATHS, "eurostat:TT1060V", 1)
        for indicator in ("road_death_rate", "road_deaths_per_10000_cars")
    ]
    (same,) = siblings.of_figure(DEATHS, BERLIN, "2019")
    assert (same.variable, str(same.value)) == ("eurostat:TT1060V", "42")
    assert siblings.of_figure(DEATHS, BERLIN, "2019", known=releases.as_of("r1")) == []
    assert siblings.of_figure(DEATHS, BERLIN, "2018") == []
    before = operations.preview_withdrawal([FigureKey(BERLIN, "eurostat:TT1060V", "2019")], reason="Wrong.")
    assert {one.reads for one in siblings.overruled(before)} == {DEATHS}


def test_no_indicator_reads_another_indicator_as_a_sibling(db: None) -> None:
    assert siblings.siblings("starter:municipal_waste_kt") == [
        "league:municipal_waste_kt",
        "eurostat:EN4008V",
    ]
    assert siblings.siblings("eurostat:EN5200V") == []
