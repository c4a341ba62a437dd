"""Findings are part of a release: of each variable, what the newest release says that checked it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from kontor.engines.quality import Columns, Finding
from kontor.league.rules import OPERATOR
from kontor.observations import operations, plausibility, store
from kontor.observations.operations import checking
from kontor.observations.queries import figures, findings, releases
from kontor.observations.queries.releases import as_of
from kontor.observations.rules import FigureKey
from tests.cast import BERLIN, LINDHAFEN, RIGA, text
from tests.conftest import forget

DEATHS, POPULATION = "starter:road_deaths", "starter:population"
ODD = 98765.0

Publish = Callable[..., releases.ReleaseRecord]


@pytest.fixture(autouse=True)
def odd_is_98765(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """An engine that finds the value 98765; deaths and population hang together. Keeps what it was asked about."""
    asked: list[set[str]] = []

    def findings_in(columns: Columns) -> list[Finding]:
        asked.append(set(columns.variable))
        return [
            Finding(area, variable, period, "outlier", 0.9, "ask", {"value": f"{value:.0f}"})
            for area, variable, period, value in zip(
                columns.area, columns.variable, columns.period, columns.value, strict=True
            )
            if value == ODD
        ]

    def closure(variables: Iterable[str]) -> set[str]:
        found = set(variables)
        return found | {DEATHS, POPULATION} if found & {DEATHS, POPULATION} else found

    monkeypatch.setattr(plausibility, "findings_in", findings_in)
    monkeypatch.setattr(plausibility, "closure", closure)
    return asked


def keys(found: Iterable[findings.FindingRecord]) -> list[tuple[str, str, str, str]]:
    return [(one.area, one.variable, one.period, one.release) for one in found]


def of(variable: str, at: str | None = None) -> list[tuple[str, str, str, str]]:
    return keys(findings.findings(variable, known=as_of(at)))


@pytest.fixture
def too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where more is published than the engine looks at together."""
    monkeypatch.setattr(checking, "PANEL", 0)


def test_a_release_states_what_it_checked_and_what_was_found(
    publish: Publish, odd_is_98765: list[set[str]]
) -> None:
    publish(f"{BERLIN},road_deaths,2025,98765,", f"{RIGA},no2_annual_mean,2025,20,")
    manifest = releases.manifest("r2")
    assert manifest["checked"] == releases.manifest("r1")["variables"], "everything is looked at together"
    assert odd_is_98765[-1] == set(manifest["checked"])
    assert (manifest["findings"], manifest["engine"]) == ({"outlier": 1}, plausibility.ENGINE)
    path = store.releases_folder() / "r2" / "findings.parquet"
    assert manifest["files"]["findings.parquet"]["sha256"] == store.sha256_of(path)
    held = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
    assert held == [(BERLIN, DEATHS, "2025", "outlier", 0.9, "ask", '{"value": "98765"}')]


def test_findings_are_those_of_the_newest_release(publish: Publish) -> None:
    publish(f"{BERLIN},road_deaths,2025,98765,")
    publish(f"{RIGA},no2_annual_mean,2025,20,")
    publish(f"{BERLIN},road_deaths,2025,30,")
    standing = (BERLIN, DEATHS, "2025")
    assert [of(DEATHS, at) for at in ("r2", "r3", "r4")] == [[(*standing, "r2")], [(*standing, "r3")], []]
    assert of(DEATHS) == []


def test_of_many_figures_what_hangs_together_is_looked_at_together_and_nothing_else(
    publish: Publish, too_many: None, odd_is_98765: list[set[str]]
) -> None:
    publish(f"{BERLIN},road_deaths,2025,98765,", f"{RIGA},no2_annual_mean,2025,20,")
    assert releases.manifest("r2")["checked"] == ["starter:no2_annual_mean", POPULATION, DEATHS]
    assert odd_is_98765[-2:] == [{"starter:no2_annual_mean"}, {DEATHS, POPULATION}]


def test_a_finding_stays_until_a_release_that_looked_again_drops_it(publish: Publish, too_many: None) -> None:
    publish(f"{BERLIN},road_deaths,2025,98765,")
    publish(f"{RIGA},no2_annual_mean,2025,20,")
    assert of(DEATHS) == [(BERLIN, DEATHS, "2025", "r2")], "r3 did not look at it"
    publish(f"{RIGA},population,2026,600000,")
    assert of(DEATHS) == [(BERLIN, DEATHS, "2025", "r4")], "population and deaths are looked at together"
    publish(f"{BERLIN},road_deaths,2025,30,")
    assert of(DEATHS) == []
    assert [of(DEATHS, at) for at in ("r1", "r2", "r3", "r4", "r5")] == [
        [],
        [(BERLIN, DEATHS, "2025", "r2")],
        [(BERLIN, DEATHS, "2025", "r2")],
        [(BERLIN, DEATHS, "2025", "r4")],
        [],
    ]
    assert [len(findings.of_release(release)) for release in ("r2", "r3", "r4", "r5")] == [1, 0, 1, 0]


def test_what_is_withdrawn_is_looked_at_no_more(publish: Publish) -> None:
    publish(f"{BERLIN},road_deaths,2025,98765,")
    operations.withdraw(
        cells=[FigureKey(BERLIN, DEATHS, "2025")],
        reason="Typing error",
        title=text(),
        by=OPERATOR,
        at=datetime.now(UTC),
    )
    assert of(DEATHS) == []
    assert of(DEATHS, "r2") == [(BERLIN, DEATHS, "2025", "r2")]


def test_invented_figures_have_findings_of_their_own(publish: Publish) -> None:
    publish(f"{LINDHAFEN},road_deaths,1960,98765,", layout="league", demonstration=True)
    publish(f"{BERLIN},road_deaths,2025,98765,")
    (invented,) = findings.findings("league:road_deaths")
    assert (invented.area, invented.release, invented.demonstration) == (LINDHAFEN, "demo-3", True)
    assert [one.demonstration for one in findings.findings(DEATHS)] == [False]
    assert findings.findings("league:road_deaths", known=as_of("demo-2")) == []


def test_filters_and_counts(publish: Publish) -> None:
    publish(
        f"{BERLIN},road_deaths,2025,98765,",
        f"{RIGA},road_deaths,2025,98765,",
        f"{RIGA},population,2026,98765,",
    )
    assert keys(findings.findings(area=RIGA)) == [
        (RIGA, POPULATION, "2026", "r2"),
        (RIGA, DEATHS, "2025", "r2"),
    ]
    assert keys(findings.findings(DEATHS, BERLIN)) == [(BERLIN, DEATHS, "2025", "r2")]
    assert findings.findings(kind="sum_off") == findings.findings(treatment="exclude") == []
    odd = findings.findings(kind="outlier", treatment="ask")
    assert len([one for one in odd if one.release == "r2"]) == 3
    assert findings.counts() == Counter(one.kind for one in findings.findings())
    before = findings.findings(known=as_of("r1"))
    assert findings.counts(known=as_of("r1")) == Counter(one.kind for one in before)
    published = [one for one in before if not one.demonstration]
    assert Counter(one.kind for one in published) == releases.manifest("r1")["findings"]
    (one,) = findings.findings(DEATHS, BERLIN)
    assert (one.kind, one.confidence, one.treatment, one.facts) == ("outlier", 0.9, "ask", {"value": "98765"})


def test_a_file_handed_in_is_told_what_is_odd_about_its_own_figures_and_they_are_taken(
    publish: Publish, tmp_path: Path
) -> None:
    publish(f"{BERLIN},road_deaths,2025,98765,")
    path = tmp_path / "more.csv"
    path.write_text(
        f"city_code,variable,period,value,flag\n{RIGA},road_deaths,2025,98765,\n{RIGA},population,2026,7,\n"
    )
    handed = operations.submit(path=path, layout="starter", by=OPERATOR, at=datetime.now(UTC))
    assert [(one.area, one.variable) for one in handed.reading.findings] == [(RIGA, DEATHS)]
    assert handed.reading.report()["findings"] == {"outlier": 1}
    release = operations.release(handed=[handed], title=text(), by=OPERATOR, at=datetime.now(UTC))
    assert release.rows == 2, "nothing is held back"
    assert releases.manifest(release.id)["submissions"][0]["report"]["findings"] == {"outlier": 1}


def test_a_preview_says_what_would_change_and_what_is_odd(publish: Publish) -> None:
    reading_of = figures.series(DEATHS, BERLIN)
    from decimal import Decimal

    from kontor.observations.rules import Figure

    def figure(period: str, value: str) -> Figure:
        return Figure(BERLIN, DEATHS, period, Decimal(value), "", "eurostat", "a.csv", 2)

    before = releases.releases()
    found = operations.preview(
        [figure("2018", "45.0"), figure("2019", "41"), figure("1960", "1"), figure("1961", "98765")]
    )
    assert found.counts == {"added": 2, "revised": 1, "unchanged": 1, "left": 0}
    assert [(change.kind, change.period, change.before, change.after) for change in found.changes] == [
        ("added", "1960", "", "1"),
        ("added", "1961", "", "98765"),
        ("revised", "2019", "40.00", "41"),
    ]
    assert [one.period for one in found.findings] == ["1961"]
    cut = operations.preview([figure("1960", "1"), figure("1961", "2")], limit=1)
    assert (cut.counts["added"], len(cut.changes)) == (2, 1)
    assert operations.preview([]).counts == {"added": 0, "revised": 0, "unchanged": 0, "left": 0}
    assert releases.releases() == before and figures.series(DEATHS, BERLIN) == reading_of
    assert store.drafts() == []


def test_findings_outlive_the_index(publish: Publish) -> None:
    publish(f"{BERLIN},road_deaths,2025,98765,")
    before = findings.findings()
    forget()
    for path in (store.releases_folder().parent / "index").iterdir():
        path.unlink()
    assert findings.findings() == before != []


def test_a_release_from_before_figures_were_checked_has_no_findings(publish: Publish) -> None:
    """Its manifest names no findings; what came later is as it was."""
    publish(f"{BERLIN},road_deaths,2025,98765,")
    with duckdb.connect() as connection:
        from kontor.observations.store.findings import fill_findings

        published = as_of().published
        monkey = store.findings.manifest
        try:
            store.findings.manifest = lambda release, digest: (  # type: ignore[assignment]
                {"files": {}} if release == "r1" else monkey(release, digest)
            )
            fill_findings(connection, published)
        finally:
            store.findings.manifest = monkey
        checked = connection.execute("SELECT DISTINCT release FROM checked ORDER BY 1").fetchall()
    assert checked == [("demo-1",), ("demo-2",), ("r2",)]
