"""The six questions over 10.5 million generated figures, as of a release and without, and what readers feel when the
next one is published.

The peer is a plain DuckDB file with the same rows, sorted by variable, period and city: newest release wins, no as-of.
Milliseconds of CPU time (of wall time at the median in parentheses), over questions that are each asked once.
Run: `make bench`, or `.venv/bin/python bench/questions.py [--rows 105]` on an otherwise idle machine. 105 million
figures take about 15 minutes and 15 GB of disk.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from generated import league  # noqa: E402
from generated.league import Size  # noqa: E402

PEERS = 30
TIMES = {
    "point": 300,
    "series": 300,
    "peers of 30": 300,
    "rank all": 100,
    "city profile": 60,
    "export one": 12,
}
Question = tuple[str, str, str, list[str]]  # variable, city, period, cities


def endless(size: Size, seed: int) -> Iterator[Question]:
    """Questions by chance; the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        yield (
            size.variable(chance.randrange(size.variables)),
            size.city(chance.randrange(size.cities)),
            size.period(chance.randrange(size.years)),
            [size.city(number) for number in chance.sample(range(size.cities), PEERS)],
        )


def questions(size: Size, count: int) -> list[Question]:
    return list(itertools.islice(endless(size, count), count))


def ours(known: Any) -> dict[str, Callable[[Question], Any]]:
    from kontor.observations.queries import figures

    return {
        "point": lambda q: figures.cell(q[0], q[1], q[2], known=known),
        "series": lambda q: figures.series(q[0], q[1], known=known),
        "peers of 30": lambda q: figures.peers(q[0], q[3], q[2], known=known),
        "rank all": lambda q: figures.rank(q[0], q[2], known=known),
        "city profile": lambda q: figures.profile(q[1], known=known),
        "export one": lambda q: figures.export([q[0]], known=known),
    }


def plain(connection: duckdb.DuckDBPyConnection) -> dict[str, Callable[[Question], Any]]:
    """The peer: one sorted table, one query each."""
    newest = "QUALIFY row_number() OVER (PARTITION BY area, variable, period ORDER BY number DESC) = 1"

    def ask(where: str, facts: list[Any]) -> Any:
        return connection.execute(f"SELECT * FROM figure WHERE {where} {newest}", facts).fetchall()

    return {
        "point": lambda q: ask("variable = ? AND area = ? AND period = ?", [q[0], q[1], q[2]]),
        "series": lambda q: ask("variable = ? AND area = ?", [q[0], q[1]]),
        "peers of 30": lambda q: ask(
            "variable = ? AND period = ? AND area IN (SELECT unnest(?))", [q[0], q[2], q[3]]
        ),
        "rank all": lambda q: ask("variable = ? AND period = ?", [q[0], q[2]]),
        "city profile": lambda q: ask("area = ?", [q[1]]),
        "export one": lambda q: ask("variable = ?", [q[0]]),
    }


def timed(ask: Callable[[Question], Any], asked: list[Question]) -> tuple[float, float]:
    """CPU per question and median of the wall time, in ms. The first tenth warms up."""
    for question in asked[: max(1, len(asked) // 10)]:
        ask(question)
    walls, begin = [], time.process_time()
    for question in asked:
        at = time.perf_counter()
        ask(question)
        walls.append(time.perf_counter() - at)
    return (time.process_time() - begin) / len(asked) * 1000, sorted(walls)[len(walls) // 2] * 1000


def compare(size: Size, peer: dict[str, Callable[[Question], Any]]) -> None:
    from kontor.observations.queries import releases

    at = releases.as_of("r1")
    now = releases.as_of()
    print(
        f"{'ms CPU (wall)':<16}{'as of r1':>18}{'no as-of':>18}{'ratio':>8}{'plain DuckDB':>20}{'ratio':>8}"
    )
    for name, count in TIMES.items():
        asked = questions(size, count)
        # Taken in turns, twice, the better of each: another program's moment spoils at most one.
        rounds = [
            [timed(ask, asked) for ask in (ours(at)[name], ours(now)[name], peer[name])] for _ in range(2)
        ]
        before, without, theirs = (min(taken) for taken in zip(*rounds, strict=True))
        print(
            f"{name:<16}{before[0]:>10.3f} ({before[1]:.3f}){without[0]:>10.3f} ({without[1]:.3f})"
            f"{before[0] / without[0]:>8.2f}{theirs[0]:>12.2f} ({theirs[1]:.2f}){theirs[0] / before[0]:>7.1f}x"
        )


def watch(size: Size, rows: int) -> None:
    """Somebody asks on while another process publishes the next release: how long did the longest answer take?"""
    from kontor.observations import store
    from kontor.observations.queries import figures, releases

    store.prepare_with(lambda: None)  # as a server, which never lets a reader wait
    before = releases.as_of().label
    publisher = subprocess.Popen([sys.executable, __file__, "--rows", str(rows), "--publish"])
    begin, ended, changed = time.perf_counter(), 0.0, 0.0
    walls: list[float] = []
    for question in itertools.cycle(questions(size, 10_000)):
        at = time.perf_counter()
        known = releases.as_of()
        figures.peers(question[0], question[3], question[2], known=known)
        now = time.perf_counter()
        walls.append(now - at)
        if not ended and publisher.poll() is not None:
            ended = now
        if not changed and known.label != before:
            changed = now
        if changed and now > changed + 1:
            break
        time.sleep(0.0002)
    store.settle()
    walls.sort()
    print(
        f"next release of {size.figures // 1000:,} figures: index extended after {ended - begin:.1f} s, read here"
        f" {changed - ended:.2f} s later; meanwhile {len(walls):,} questions for peers:"
        f" p50 {walls[len(walls) // 2] * 1000:.2f} ms,"
        f" p99 {walls[int(len(walls) * 0.99)] * 1000:.2f} ms, longest {walls[-1] * 1000:.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, choices=league.SIZES, default=10, help="millions")
    parser.add_argument("--publish", action="store_true", help=argparse.SUPPRESS)  # as the other process
    given = parser.parse_args()
    size = league.SIZES[given.rows]
    if given.publish:
        publish_next(size)
        return
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as name:
        folder = Path(name)
        league.start(folder, size)
        build(folder, size)
        with duckdb.connect(str(folder / "plain.duckdb"), read_only=True) as connection:
            compare(size, plain(connection))
        watch(size, given.rows)


def publish_next(size: Size) -> None:
    import django

    django.setup()
    from kontor.observations import store
    from kontor.observations.queries import releases

    league.publish(size, share=1000)
    store.build_index(releases.pairs())


def build(folder: Path, size: Size) -> None:
    """Releases, index and the peer's table, with what they take."""
    from kontor.observations import store
    from kontor.observations.queries import releases

    gc.collect()
    gc.freeze()  # as the server does
    begin = time.perf_counter()
    league.publish(size)
    league.publish(size, share=20)
    written, begin = time.perf_counter() - begin, time.perf_counter()
    path = store.build_index(releases.pairs())
    built, begin = time.perf_counter() - begin, time.perf_counter()
    with duckdb.connect(str(folder / "plain.duckdb"), config={"memory_limit": "4GB"}) as connection:
        union = " UNION ALL BY NAME ".join(store.selects(releases.pairs()))
        for name in ("area", "variable"):  # numbers inside: text would make the peer slower by far
            connection.execute(
                f"CREATE TYPE {name} AS ENUM (SELECT DISTINCT {name} FROM ({union}) ORDER BY 1)"
            )
        connection.execute(
            f"""CREATE TABLE figure AS SELECT * REPLACE (area::area AS area, variable::variable AS variable)
                FROM ({union}) ORDER BY variable, period, area"""
        )
    plain_built = time.perf_counter() - begin
    sizes = [
        file.stat().st_size / 1e6 for file in (path, path.with_suffix(".sqlite"), folder / "plain.duckdb")
    ]
    print(
        f"{store.index_rows(releases.pairs()):,} figures: written in {written:.0f} s, index built in {built:.0f} s"
        f" ({sizes[0]:.0f} MB by variable, {sizes[1]:.0f} MB by area), plain DuckDB in {plain_built:.0f} s"
        f" ({sizes[2]:.0f} MB)"
    )


if __name__ == "__main__":
    main()
