"""The six questions answer as a slow reference does that reads the CSV line by line."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from kontor.observations.queries import figures
from kontor.observations.queries.figures import Cell
from kontor.observations.queries.releases import AsOf, as_of
from tests.cast import BERLIN, LINDHAFEN, RIGA


@dataclass(frozen=True)
class Line:
    """A published figure: what an answer is compared by."""

    area: str
    variable: str
    period: str
    value: Decimal
    flags: str
    release: str


Known = dict[tuple[str, str, str], Line]


def lines(path: Path, release: str) -> Iterator[Line]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Line(
                row["city_code"],
                f"starter:{row['variable']}",
                row["period"],
                Decimal(row["value"]),
                "".join(sorted(row["flag"])),
                release,
            )


def known(*releases: Iterable[Line]) -> Known:
    """What is known after these releases, in their order: of each cell the newest figure."""
    cells: Known = {}
    for release in releases:
        for line in release:
            cells[(line.area, line.variable, line.period)] = line
    return cells


def as_lines(cells: Iterable[Cell]) -> list[Line]:
    return [Line(c.area, c.variable, c.period, c.value, c.flags, c.release) for c in cells]


def real(cells: Iterable[Cell]) -> list[Line]:
    return as_lines(cell for cell in cells if not cell.demonstration)


SECOND = (
    f"{BERLIN},road_deaths,2019,41,b",
    f"{BERLIN},road_deaths,2025,3,p",
    f"{RIGA},municipal_waste_kt,2020,206.34,",
    f"{RIGA},population,2026,600000,",
)


@pytest.fixture
def two_releases(publish: Callable[..., object], tmp_path: Path) -> tuple[Known, Known]:
    """The reference as of r1 and as of r2."""
    publish(*SECOND)
    path = tmp_path / "second.csv"
    path.write_text("\n".join(["city_code,variable,period,value,flag", *SECOND]) + "\n")
    first = list(lines(settings.STARTER / "figures.csv", "r1"))
    return known(first), known(first, lines(path, "r2"))


def check_all_six(reference: Known, at: AsOf) -> None:
    check_export(reference, at)
    chosen = random.Random(20261122).sample(sorted(reference), 6)
    places = {BERLIN, RIGA, *(area for area, _, _ in chosen)}
    for area, variable, period in [*chosen, (RIGA, "starter:municipal_waste_kt", "2020")]:
        cell = figures.cell(variable, area, period, known=at)
        assert cell is not None and as_lines([cell]) == [reference[(area, variable, period)]]
        check_one(reference, at, area, variable, period, places)


def check_export(reference: Known, at: AsOf) -> None:
    everything = sorted(reference.values(), key=lambda line: (line.variable, line.period, line.area))
    assert real(figures.export(known=at)) == everything
    some = ["starter:no2_annual_mean", "starter:road_deaths"]
    assert real(figures.export(some, known=at)) == [line for line in everything if line.variable in some]


def check_one(reference: Known, at: AsOf, area: str, variable: str, period: str, places: set[str]) -> None:
    listed = list(reference.values())
    assert real(figures.series(variable, area, known=at)) == sorted(
        (line for line in listed if (line.area, line.variable) == (area, variable)),
        key=lambda line: line.period,
    )
    here = [line for line in listed if (line.variable, line.period) == (variable, period)]
    assert real(figures.rank(variable, period, known=at)) == sorted(
        here, key=lambda line: (line.value, line.area)
    )
    assert real(figures.peers(variable, sorted(places), period, known=at)) == sorted(
        (line for line in here if line.area in places), key=lambda line: line.area
    )
    assert real(figures.profile(area, known=at)) == sorted(
        (line for line in listed if line.area == area), key=lambda line: (line.variable, line.period)
    )


def test_the_six_questions_answer_as_the_reference_does(two_releases: tuple[Known, Known]) -> None:
    old, new = two_releases
    assert len(new) == len(old) + 2
    check_all_six(old, as_of("r1"))
    check_all_six(new, as_of("r2"))
    assert figures.profile(BERLIN) == figures.profile(BERLIN, known=as_of("r2"))


def test_columns_are_the_export_in_floats(two_releases: tuple[Known, Known]) -> None:
    at = as_of("r2")
    found = figures.columns("starter:municipal_waste_kt", known=at).cells
    exported = figures.export(["starter:municipal_waste_kt"], known=at)
    assert {
        (c.area, c.period): (float(c.value), c.flags, c.source, c.release, c.demonstration) for c in exported
    } == found
    assert found[(RIGA, "2020")][0] == 206.34


@pytest.mark.parametrize(
    "answer",
    [
        lambda: figures.series("starter:happiness", BERLIN),
        lambda: figures.series("starter:road_deaths", "XX001C"),
        lambda: figures.peers("starter:road_deaths", [], "2019"),
        lambda: figures.rank("starter:road_deaths", "1899"),
        lambda: figures.profile("' OR 1=1 --"),
        lambda: figures.vintages("starter:road_deaths", BERLIN, "1899"),
    ],
)
def test_of_nothing_there_is_an_empty_answer(db: None, answer: Callable[[], list[Cell]]) -> None:
    assert answer() == []
    assert figures.cell("starter:road_deaths", BERLIN, "1899") is None


def test_a_cell_says_where_it_comes_from(db: None) -> None:
    cell = figures.cell("starter:road_deaths", BERLIN, "2019")
    assert cell is not None
    assert (str(cell.value), cell.source, cell.file, cell.row) == ("40.00", "eurostat", "figures.csv", 1824)
    assert not cell.demonstration and not cell.withdrawn


def test_an_invented_citys_figures_are_marked_in_every_row(db: None) -> None:
    listed = figures.profile(LINDHAFEN)
    assert listed and all(cell.demonstration and cell.release.startswith("demo-") for cell in listed)
    assert {cell.source for cell in listed} == {"demonstration"}
    assert {cell.variable.split(":")[0] for cell in listed} == {"league"}


def test_a_withdrawn_figure_is_gone_and_its_history_stays(db: None, own_data: Path) -> None:
    """Withdrawing is written by the store; the operation for it comes with the review of figures."""
    from datetime import UTC, datetime

    from kontor.observations import models, store
    from kontor.observations.queries import releases
    from kontor.observations.rules import Figure

    gone = Figure(
        BERLIN, "starter:road_deaths", "2019", Decimal("40.00"), "", "eurostat", "figures.csv", 1824
    )
    digest = store.write_release(release="r2", figures=[], withdrawn=[gone], demonstration=False, manifest={})
    models.Release.objects.create(
        slug="r2", number=2, title={}, rows=1, manifest_sha256=digest, published_at=datetime.now(UTC)
    )
    assert figures.cell("starter:road_deaths", BERLIN, "2019") is None
    assert figures.cell("starter:road_deaths", BERLIN, "2019", known=as_of("r1")) is not None
    assert "2019" not in [cell.period for cell in figures.series("starter:road_deaths", BERLIN)]
    assert (BERLIN, "2019") not in figures.columns("starter:road_deaths", known=as_of()).cells
    assert [cell.withdrawn for cell in figures.vintages("starter:road_deaths", BERLIN, "2019")] == [
        False,
        True,
    ]
    assert [(change.kind, change.before, change.after) for change in releases.diff("r2")] == [
        ("withdrawn", "40.00", "")
    ]
