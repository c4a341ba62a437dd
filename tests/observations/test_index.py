"""Generations of the index: extended or sorted anew, whole or not there, and never in the way of who reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import settings

from kontor.errors import Refused
from kontor.observations import store
from kontor.observations.queries import figures, releases
from kontor.observations.queries.releases import as_of, pairs
from kontor.observations.store import index, layout, readers
from tests.architecture.source import PROJECT
from tests.cast import BERLIN, RIGA
from tests.conftest import forget

DEATHS = "starter:road_deaths"
REVISED = f"{BERLIN},road_deaths,2019,41,b"
AGAIN = f"{BERLIN},road_deaths,2019,42,b"
NEW_NAMES = f"{RIGA},population,1987,600000,"

Publish = Callable[..., releases.ReleaseRecord]


def content(path: Path) -> set[tuple[Any, ...]]:
    """Every row of a generation with its names; both files hold the same ones."""
    with duckdb.connect(str(path), read_only=True) as connection:
        wide = connection.execute("SELECT * FROM by_variable").fetchall()
        narrow = connection.execute(f"SELECT {layout.ROW} FROM figure").fetchall()
    cells = readers.Index((), path).cells.execute(f"SELECT {layout.ROW} FROM figure").fetchall()
    assert len(wide) == len(narrow) == len(cells) == len(set(wide))
    assert set(narrow) == set(cells)
    return set(wide)


def files() -> list[str]:
    return sorted(path.name for path in (settings.DATA / "index").iterdir() if path.name != ".building.lock")


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Which releases were put into an index, call by call."""
    calls: list[list[str]] = []
    fill = layout.fill

    def counted(columns: Path, cells: Path, published: Any) -> None:
        calls.append([release for release, _ in published])
        fill(columns, cells, published)

    monkeypatch.setattr(layout, "fill", counted)
    return calls


# ---- built


def test_a_generation_extends_the_one_before_and_holds_what_one_built_at_once_does(
    publish: Publish, filled: list[list[str]]
) -> None:
    publish(REVISED, NEW_NAMES)
    publish(AGAIN)
    assert filled == [["r2"], ["r3"]]
    grown = content(store.index_path(pairs()))
    forget()
    for file in (settings.DATA / "index").iterdir():
        file.unlink()
    assert content(store.ensure_index(pairs())) == grown
    assert filled[2:] == [[release for release, _ in pairs()]]


def test_where_much_came_since_all_is_sorted_anew(
    publish: Publish, filled: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "ROW_GROUP", 1)
    monkeypatch.setattr(index, "UNSORTED", 0.0)
    publish(REVISED)
    assert filled == [[release for release, _ in pairs()]]
    listed = index._contents(store.index_path(pairs()))
    assert listed and listed.ordered == listed.rows
    publish(AGAIN)
    assert filled[1:] == [["r3"]], "one row more is not much"


@pytest.mark.parametrize("suffix", [index.COLUMNS, index.CELLS, index.LIST])
@pytest.mark.parametrize("damage", ["altered", "gone"])
def test_nothing_is_built_upon_a_damaged_generation(
    publish: Publish, filled: list[list[str]], suffix: str, damage: str
) -> None:
    before = store.index_path(pairs()).with_suffix(suffix)
    if damage == "gone":
        before.unlink()
    elif suffix == index.LIST:
        before.write_text("{}")
    else:
        altered = bytearray(before.read_bytes())
        altered[len(altered) // 2] ^= 1
        before.write_bytes(altered)
    publish(REVISED)
    assert filled == [["r2", "demo-2"]], "the one before it, without demo-2, was taken"
    assert store.index_rows(pairs()) == sum(one.rows for one in releases.releases())


@pytest.mark.parametrize("suffix", [index.COLUMNS, index.CELLS])
def test_a_single_altered_byte_is_found_and_mended(db: None, own_data: Path, suffix: str) -> None:
    before = figures.cell(DEATHS, BERLIN, "2019"), figures.rank(DEATHS, "2019")
    forget()
    path = store.index_path(pairs()).with_suffix(suffix)
    altered = bytearray(path.read_bytes())
    altered[len(altered) // 2] ^= 1
    path.write_bytes(altered)
    assert store.index_rows(pairs()) is None
    assert (figures.cell(DEATHS, BERLIN, "2019"), figures.rank(DEATHS, "2019")) == before
    assert store.index_rows(pairs()) == sum(one.rows for one in releases.releases())


BUILDER = """
import json, os, signal, sys
from pathlib import Path
import django
django.setup()
from kontor.observations.store import index, layout
place, name = sys.argv[2].split(".")
owner = {"index": index, "layout": layout, "Path": Path}[place]
step = getattr(owner, name)
def die(*arguments, **named):
    step(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, die)
index.build([tuple(pair) for pair in json.loads(sys.argv[1])])
"""


STEPS = ["layout._fill_columns", "layout._fill_cells", "index._write", "Path.replace", "index._name"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_it_is_there_or_not(
    publish: Publish, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """kill -9: no line of the program runs any more, drafts stay, and the next builder finds its way."""
    earlier, old = pairs(), store.index_path(pairs())
    monkeypatch.setattr(store, "build_index", lambda published: None)
    publish(REVISED)
    command = [sys.executable, "-c", BUILDER, json.dumps(pairs()), step]
    there = {"PYTHONPATH": str(PROJECT), "KONTOR_DATA": str(settings.DATA)}
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | there, check=False)
    assert done.returncode == -signal.SIGKILL
    assert index.is_built(pairs()) == (step == "index._name")
    assert index._whole(old), "the generation before is untouched"
    assert store.index_rows(earlier) is not None
    forget()
    found = figures.cell(DEATHS, BERLIN, "2019")
    assert found is not None and found.release == "r2"
    assert store.index_rows(pairs()) == sum(one.rows for one in releases.releases())


def test_two_builders_build_once(
    publish: Publish, filled: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "build_index", lambda published: None)
    publish(REVISED)
    wanted = pairs()
    with ThreadPoolExecutor(4) as pool:
        built = list(pool.map(lambda _: index.build(wanted), range(4)))
    assert set(built) == {store.index_path(wanted)} and filled == [["r2"]]
    assert [name for name in files() if name.startswith(".draft")] == []


# ---- read while the next one comes


@pytest.fixture
def elsewhere(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Publishes as another process does: the index is built, and nobody here is told."""
    monkeypatch.setattr(store, "build_index", index.build)
    assert figures.cell(DEATHS, BERLIN, "2019") is not None  # this process has the first generation open
    return publish


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Until it is set, nobody gets a new generation opened."""
    gate, ensure = threading.Event(), readers.ensure_index

    def waits(published: Any) -> Path:
        assert gate.wait(60)
        return ensure(published)

    monkeypatch.setattr(readers, "ensure_index", waits)
    yield gate
    gate.set()
    store.settle()


def asked(known: releases.AsOf) -> tuple[str, str, str]:
    """What is known and what both indexes answer: of one release, or somebody mixed two."""
    cell = figures.cell(DEATHS, BERLIN, "2019", known=known)
    ranked = next(one for one in figures.rank(DEATHS, "2019", known=known) if one.area == BERLIN)
    assert cell is not None and cell == ranked
    return known.label, cell.release, str(cell.value)


OLD, NEW = ("r1", "r1", "40.00"), ("r2", "r2", "41")


def test_readers_keep_the_generation_they_have_until_the_new_one_is_open(
    elsewhere: Publish, held: threading.Event
) -> None:
    elsewhere(REVISED)
    assert [release.id for release in releases.releases(demonstration=False)] == ["r2", "r1"]
    grounds = [as_of() for _ in range(20)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(asked, grounds))
    assert answers == [OLD] * 20, "answered while the new generation could not be opened"
    assert as_of("r1").published == as_of().published != pairs()
    held.set()
    store.settle()
    assert asked(as_of()) == NEW and as_of().published == pairs()
    assert [asked(ground) for ground in grounds[:3]] == [OLD] * 3, "who began before ends where he began"


def test_what_is_prepared_for_readers_comes_before_they_read(
    elsewhere: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, seen = pairs(), []
    prepare = lambda: seen.append((readers.shelf.current, list(readers.shelf.open)))  # noqa: E731
    monkeypatch.setattr(readers.shelf, "_preparing", [prepare])
    elsewhere(REVISED)
    as_of()
    store.settle()
    assert seen == [(earlier, [earlier, pairs()])] and asked(as_of()) == NEW


def test_who_asks_for_the_new_release_by_name_waits_and_nobody_else_does(
    elsewhere: Publish, held: threading.Event
) -> None:
    elsewhere(REVISED)
    known, done = as_of("r2"), []
    waiting = threading.Thread(target=lambda: done.append(asked(known)))
    waiting.start()
    assert asked(as_of()) == OLD
    assert done == [] and waiting.is_alive()
    held.set()
    waiting.join(60)
    assert done == [NEW]


def test_what_a_release_changed_is_never_answered_from_an_index_without_it(
    elsewhere: Publish, held: threading.Event
) -> None:
    elsewhere(REVISED)
    assert as_of().label == "r1"
    held.set()
    assert [change.kind for change in releases.diff("r2")] == ["revised"]
    assert releases.change_counts("r2") == {"revised": 1}


def test_a_publisher_reads_his_own_release_at_once(publish: Publish) -> None:
    assert asked(as_of()) == OLD
    publish(REVISED)
    assert asked(as_of()) == NEW


def test_a_release_that_cannot_be_opened_is_told_once_and_to_who_asks_for_it(
    elsewhere: Publish, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store, "build_index", lambda published: None)
    elsewhere(REVISED)
    path = store.releases_folder() / "r2" / store.PARQUET
    original = path.read_bytes()
    path.write_bytes(original[:-1] + b"?")
    for _ in range(3):
        assert asked(as_of()) == OLD
        store.settle()
    assert [record.name for record in caplog.records] == ["kontor.observations.store.readers"]
    with pytest.raises(Refused) as refused:
        asked(as_of("r2"))
    assert refused.value.code == "release_altered"
    path.write_bytes(original)
    index.build(pairs())  # somebody mends it
    as_of()
    store.settle()
    assert asked(as_of()) == NEW


def test_whose_files_are_forgotten_still_answers(elsewhere: Publish, held: threading.Event) -> None:
    for year in range(1960, 1966):
        elsewhere(f"{BERLIN},road_deaths,{year},1,")
    assert not store.index_path(as_of().published).exists()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(asked, [as_of()] * 8)) == [OLD] * 8


def test_many_threads_read_one_index(db: None) -> None:
    known = as_of()
    places = [(cell.variable, cell.area) for cell in figures.export([DEATHS], known=known)[:200]]
    expected = [figures.series(*place, known=known) for place in places]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(lambda place: figures.series(*place, known=known), places)) == expected
