"""All questions answer as a slow reference does that goes through the published rows one by one, on both indexes.

The real figures are read from the CSV as they came, the invented ones from their releases.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from django.conf import settings

from kontor.league.rules import OPERATOR
from kontor.observations import operations, store
from kontor.observations.queries import figures
from kontor.observations.queries.figures import Cell, Tombstone
from kontor.observations.queries.releases import AsOf, as_of, pairs
from kontor.observations.rules import FigureKey
from tests.cast import BERLIN, LINDHAFEN, RIGA, text
from tests.conftest import forget

WASTE, DEATHS = "starter:municipal_waste_kt", "starter:road_deaths"


@dataclass(frozen=True)
class Line:
    """A published row: what an answer is compared by. Without a value the figure was withdrawn."""

    area: str
    variable: str
    period: str
    value: Decimal | None
    flags: str
    release: str

    @property
    def cell(self) -> tuple[str, str, str]:
        return self.area, self.variable, self.period


Published = Sequence[Sequence[Line]]  # the rows of each release of a track, the oldest first


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


def rows(release: str) -> list[Line]:
    """The rows of a release as they lie in its file."""
    path = store.releases_folder() / release / store.PARQUET
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT area, variable, period, value, decimals, flags FROM read_parquet('{path}')"
        ).fetchall()
    return [
        Line(a, v, p, round(value, decimals), flags, release) for a, v, p, value, decimals, flags in found
    ]


def current(releases: Published) -> list[Line]:
    """Of each cell the newest figure, unless it was withdrawn."""
    newest = {line.cell: line for release in releases for line in release}
    return [line for line in newest.values() if line.value is not None]


def as_lines(cells: Iterable[Cell | Tombstone]) -> list[Line]:
    return [Line(c.area, c.variable, c.period, c.value, c.flags, c.release) for c in cells]


SECOND = (
    f"{BERLIN},road_deaths,2019,41,b",
    f"{BERLIN},road_deaths,2025,3,p",
    f"{RIGA},municipal_waste_kt,2020,206.34,",
    f"{RIGA},population,2026,600000,",
)
FOURTH = (f"{RIGA},municipal_waste_kt,2020,206.340,e",)
WITHDRAWN = ((BERLIN, DEATHS, "2019"), (RIGA, WASTE, "2020"))
INVENTED = (f"{LINDHAFEN},population,2025,300001,",)


@pytest.fixture(params=["extended", "anew"])
def both_tracks(
    request: pytest.FixtureRequest, publish: Callable[..., object], tmp_path: Path
) -> tuple[Published, Published]:
    """r1 to r4 (that withdraws figures, and publishes one of them again), and the invented releases.

    Asked of the index that grew with the releases, and of one that is built at once.
    """
    publish(*SECOND)
    operations.withdraw(
        cells=[FigureKey(*cell) for cell in WITHDRAWN],
        reason="Counted twice.",
        title=text(),
        by=OPERATOR,
        at=datetime.now(UTC),
    )
    publish(*FOURTH)
    publish(*INVENTED, layout="league", demonstration=True)
    real: list[list[Line]] = [list(lines(settings.STARTER / "figures.csv", "r1"))]
    for release, handed in (("r2", SECOND), ("r4", FOURTH)):
        path = tmp_path / f"{release}.csv"
        path.write_text("\n".join(["city_code,variable,period,value,flag", *handed]) + "\n")
        real.append(list(lines(path, release)))
    real.insert(2, [Line(*cell, None, "", "r3") for cell in WITHDRAWN])
    if request.param == "anew":
        forget()
        for file in (settings.DATA / "index").iterdir():
            file.unlink()
    return real, [rows("demo-1"), rows("demo-2"), rows("demo-3")]


def check_all(releases: Published, at: AsOf, *, invented: bool) -> None:
    """Every question about the cities of one track, as of a release of it."""
    listed = current(releases)
    check_export(listed, at, invented=invented)
    kept = [line.cell for line in random.Random(20261122).sample(sorted(listed, key=lambda x: x.cell), 5)]
    changed = [line.cell for release in releases[1:] for line in release[:4]]
    places = sorted({area for area, _, _ in kept + changed})
    for area, variable, period in dict.fromkeys(kept + changed):
        check_cell(releases, at, area, variable, period)
        check_lists(listed, at, area, variable, period, places)
        check_history(releases, at, variable, period, places)


def check_export(listed: list[Line], at: AsOf, *, invented: bool) -> None:
    everything = sorted(listed, key=lambda line: (line.variable, line.period, line.area))
    exported = [cell for cell in figures.export(known=at) if cell.demonstration == invented]
    assert as_lines(exported) == everything
    some = sorted({line.variable for line in listed})[:2]
    assert as_lines(figures.export(some, known=at)) == [line for line in everything if line.variable in some]
    for variable in some:
        in_floats = {
            (c.area, c.period): (float(c.value), c.flags, c.source, c.release, c.demonstration)
            for c in figures.export([variable], known=at)
        }
        assert figures.columns(variable, known=at).cells == in_floats


def check_cell(releases: Published, at: AsOf, area: str, variable: str, period: str) -> None:
    versions = [line for release in releases for line in release if line.cell == (area, variable, period)]
    found = figures.cell(variable, area, period, known=at)
    holds = [line for line in versions[-1:] if line.value is not None]
    assert as_lines([found] if found else []) == holds
    vintages = figures.vintages(variable, area, period, known=at)
    assert as_lines(vintages) == versions
    assert [cell.withdrawn for cell in vintages] == [line.value is None for line in versions]
    gone = figures.tombstone(variable, area, period, known=at)
    assert as_lines([gone] if gone else []) == [line for line in versions[-1:] if line.value is None]


def check_lists(
    listed: list[Line], at: AsOf, area: str, variable: str, period: str, places: list[str]
) -> None:
    assert as_lines(figures.series(variable, area, known=at)) == sorted(
        (line for line in listed if (line.area, line.variable) == (area, variable)),
        key=lambda line: line.period,
    )
    here = [line for line in listed if (line.variable, line.period) == (variable, period)]
    assert as_lines(figures.rank(variable, period, known=at)) == sorted(
        here, key=lambda line: (line.value, line.area)
    )
    assert as_lines(figures.peers(variable, places, period, known=at)) == sorted(
        (line for line in here if line.area in places), key=lambda line: line.area
    )
    assert as_lines(figures.profile(area, known=at)) == sorted(
        (line for line in listed if line.area == area), key=lambda line: (line.variable, line.period)
    )


def check_history(releases: Published, at: AsOf, variable: str, period: str, places: list[str]) -> None:
    """Sorting is stable: the versions of one cell stay in the order of their releases."""
    ever = [
        line for release in releases for line in release if line.variable == variable and line.area in places
    ]
    ever.sort(key=lambda line: (line.area, line.period))
    assert as_lines(figures.history(variable, places, known=at)) == ever
    periods = [period, "2018"]
    assert as_lines(figures.history(variable, places, periods, known=at)) == [
        line for line in ever if line.period in periods
    ]


def test_every_question_answers_as_the_reference_does(both_tracks: tuple[Published, Published]) -> None:
    real, invented = both_tracks
    for count in range(1, len(real) + 1):
        check_all(real[:count], as_of(f"r{count}"), invented=False)
    for count in range(1, len(invented) + 1):
        check_all(invented[:count], as_of(f"demo-{count}"), invented=True)
    assert [len(current(real[:count])) for count in (1, 2, 3, 4)] == [27_586, 27_588, 27_586, 27_587]
    assert figures.profile(BERLIN) == figures.profile(BERLIN, known=as_of("r4"))
    assert as_of().published == pairs() and len(pairs()) == 7


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
