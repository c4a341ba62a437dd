"""Requests per second of the interface against Datasette: one observed figure, and 30 cities in one year.

Both serve the same 10.5 million generated figures on this machine and are asked the same questions over four
connections that stay open, by one client that shares the two cores with them. Ours runs with two workers, and every
answer carries flags, release, licence and attribution, its ETag and what is left of the client's allowance.
Datasette (`-i`) reads our own SQLite file: the bare rows by their numbers, through its table view and through SQL.
Run: `make bench`, or `.venv/bin/python bench/api_load.py [--seconds 6]` on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import itertools
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from generated import league  # noqa: E402
from questions import Question, questions  # noqa: E402

HOST, CONNECTIONS, WORKERS = "127.0.0.1", 4, 2
QUESTIONS = 60_000
Path_ = Callable[[Question], str]


@dataclass(frozen=True, slots=True)
class Load:
    """What a server answered: requests per second, p50 and p95 of the waiting time in ms, bytes of one answer."""

    rate: float
    p50: float
    p95: float
    size: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[str], port: int) -> Iterator[None]:
    """A server until the block ends; it is waited for."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                socket.create_connection((HOST, port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError(f"no answer from {command[0]}") from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def load(port: int, addresses: Iterator[str], seconds: float) -> Load:
    """Ask over connections that stay open, on each the next question as soon as the last one is answered."""
    chosen, size = selectors.DefaultSelector(), 0
    begun: dict[socket.socket, float] = {}
    waits: list[float] = []

    def ask(connection: socket.socket) -> None:
        begun[connection] = time.perf_counter()
        connection.sendall(f"GET {next(addresses)} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())

    for _ in range(CONNECTIONS):
        connection = socket.create_connection((HOST, port))
        chosen.register(connection, selectors.EVENT_READ, bytearray())
        ask(connection)
    begin = time.perf_counter()
    while (now := time.perf_counter()) < begin + seconds:
        for key, _ in chosen.select():
            asker, received = key.fileobj, key.data
            assert isinstance(asker, socket.socket)
            received += asker.recv(1 << 18)
            length = answered(received)
            if length:
                waits.append(time.perf_counter() - begun[asker])
                size = length
                received.clear()
                ask(asker)
    for key in list(chosen.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    waits.sort()
    return Load(
        len(waits) / (now - begin),
        waits[len(waits) // 2] * 1000,
        waits[int(len(waits) * 0.95)] * 1000,
        size,
    )


def answered(received: bytearray) -> int:
    """The length of the answer once all of it has come, else 0. Anything but 200 ends the benchmark."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return 0
    if not received.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(received[:600].decode())
    lower = bytes(received[:head]).lower()
    if b"transfer-encoding: chunked" in lower:
        return len(received) if received.endswith(b"0\r\n\r\n") else 0
    length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
    return head + 4 + length if len(received) >= head + 4 + length else 0


OURS: dict[str, Path_] = {
    "point": lambda q: f"/api/v1/series/{quote(q[0])}?area={q[1]}&period={q[2]}",
    "peers of 30": lambda q: f"/api/v1/series/{quote(q[0])}?area={','.join(q[3])}&period={q[2]}",
}


def theirs() -> dict[str, dict[str, Path_]]:
    """Addresses of Datasette for the same questions, by its table view and by SQL."""
    shape = "_shape=array&_nocount=1&_nofacet=1&_nosuggest=1"

    def number(code: str) -> int:
        return int("".join(filter(str.isdigit, code))) + 1

    def listed(question: Question) -> str:
        return ",".join(str(number(code)) for code in question[3])

    def sql(where: str) -> str:
        return f"/cells.json?_shape=array&sql={quote(f'select * from figure where {where}')}"

    return {
        "point": {
            "table": lambda q: (
                f"/cells/figure.json?{shape}&area={number(q[1])}&variable={number(q[0])}&period={q[2]}"
            ),
            "SQL": lambda q: (
                sql("area = :a and variable = :v and period = :p")
                + f"&a={number(q[1])}&v={number(q[0])}&p={q[2]}"
            ),
        },
        "peers of 30": {
            "table": lambda q: (
                f"/cells/figure.json?{shape}&area__in={listed(q)}&variable={number(q[0])}&period={q[2]}"
            ),
            "SQL": lambda q: (
                sql("area in (select value from json_each(:a)) and variable = :v and period = :p")
                + f"&a={quote(f'[{listed(q)}]')}&v={number(q[0])}&p={q[2]}"
            ),
        },
    }


def measure(folder: Path, index: Path, size: league.Size, seconds: float) -> None:
    (folder / "cells.db").symlink_to(index.with_suffix(".sqlite"))
    port, other = free_port(), free_port()
    ours = [
        sys.executable,
        "-m",
        "kontor.cli.server",
        HOST,
        str(port),
        str(WORKERS),
        str(os.environ["KONTOR_DATA"]),
    ]
    limits = ["--setting", "sql_time_limit_ms", "20000"]
    datasette = [
        str(Path(sys.executable).parent / "datasette"),
        "-i",
        str(folder / "cells.db"),
        "-p",
        str(other),
    ]
    print(f"{'':<30}{'requests/s':>12}{'p50 ms':>9}{'p95 ms':>9}{'bytes':>8}{'ratio':>8}")
    with serving(ours, port), serving([*datasette, *limits], other):
        for name, forms in theirs().items():
            mine = run(port, OURS[name], size, seconds)
            print_row(f"{name}, kontor", mine, "")
            for form, address in forms.items():
                peer = run(other, address, size, seconds)
                print_row(f"{name}, Datasette ({form})", peer, f"{mine.rate / peer.rate:.1f}x")


def print_row(name: str, found: Load, ratio: str) -> None:
    print(f"{name:<30}{found.rate:>12,.0f}{found.p50:>9.2f}{found.p95:>9.2f}{found.size:>8,}{ratio:>8}")


def run(port: int, form: Path_, size: league.Size, seconds: float) -> Load:
    # Made beforehand: the client takes time from the servers.
    asked = itertools.cycle([form(question) for question in questions(size, QUESTIONS)])
    load(port, asked, seconds / 4)
    return load(port, asked, seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=6)
    seconds, size = parser.parse_args().seconds, league.SIZES[10]
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as name:
        league.start(Path(name), size)
        from kontor.observations import store
        from kontor.observations.queries import releases

        league.publish(size)
        league.publish(size, share=20)
        measure(Path(name), store.build_index(releases.pairs()), size, seconds)


if __name__ == "__main__":
    main()
