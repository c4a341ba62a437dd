"""Reading and checking the four large Eurostat tables (342,448 rows) against DuckDB reading the same files.

The peer reads all columns as text and casts value and year with try_cast; it names no bad row and knows no city. Its
three lines: into a table with binary numbers, into a table with exact ones (what we keep: the digits of the source),
and the exact ones handed to the program. Each side runs in a process of its own; CPU seconds (user and system) without
start and imports, the best of three; peak memory of the process.
Without the tables beside the project, tables of the same size and shape are made up.
Run: `make bench`, or `.venv/bin/python bench/imports.py`.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

TABLES = {"ctran": 74_233, "cenv": 59_338, "ceduc": 78_957, "cfermor": 129_920}
REAL = ROOT.parent / "shared" / "data" / "eurostat-cities"
HEADER = (
    "indic_ur;cities;TIME_PERIOD;OBS_VALUE;OBS_FLAG;Observation status;CONF_STATUS;Confidentiality status\r\n"
)
Result = dict[str, Any]
T = TypeVar("T")


def tables(folder: Path) -> list[Path]:
    """The four files; made up where they are not there."""
    real = [REAL / f"estat_urb_{name}_en.csv.gz" for name in TABLES]
    if all(path.is_file() for path in real):
        return real
    made = []
    for name, rows in TABLES.items():
        path = folder / f"estat_urb_{name}_en.csv.gz"
        path.write_bytes(gzip.compress(made_up(name, rows).encode(), 6))
        made.append(path)
    return made


def made_up(name: str, rows: int) -> str:
    chance = random.Random(name)
    lines = [HEADER]
    for city, variable in itertools.product(range(1, 900), range(1060, 1080)):
        for year in range(1990, 1990 + chance.randint(4, 32)):
            value = chance.choice((str(chance.randint(0, 9999)), f"{chance.uniform(0, 100):.2f}"))
            flag = chance.choice(("", "", "", "e", "b"))
            lines.append(f"{name[1:3].upper()}{variable}V;DE{city:03d}C;{year};{value};{flag};;;\r\n")
    return "".join(lines[: rows + 1])


# ---- the sides, each run by a process of its own


def kontor(files: list[Path]) -> Result:
    """Every city and variable known, so that all rows are checked and become figures."""
    with tempfile.TemporaryDirectory() as data:
        os.environ.update(KONTOR_DATA=data, DJANGO_SETTINGS_MODULE="kontor.config.settings", DEBUG="1")
        import numpy  # noqa: F401 - imports do not count on either side

        from kontor.indicators import codelists
        from kontor.observations import plausibility
        from kontor.observations.importers import Context, eurostat

        texts = [gzip.decompress(path.read_bytes()).decode() for path in files]
        keys = {tuple(line.split(";")[:2]) for text in texts for line in text.splitlines()}
        cities = {city: city for _, city in keys if len(city) > 2 and city != "cities"}
        variables: dict[str, Any] = dict(codelists.variables())
        for variable, _ in keys:
            variables.setdefault(f"eurostat:{variable}", {})
        context = Context(
            areas=frozenset(cities),
            codes={("urban_audit", "2024"): cities},
            variables=variables,
            flags=frozenset(codelists.flags()),
            latest=2026,
            source_of=lambda variable, area: "eurostat",
        )
        del texts
        parts: Result = {}
        readings = _timed(parts, "read and check", lambda: [eurostat.read(path, context) for path in files])
        reports = _timed(parts, "report", lambda: [reading.report() for reading in readings])
        figures = [figure for reading in readings for figure in reading.figures]
        unknown = {figure.variable for figure in figures} - codelists.variables().keys()
        figures = [figure for figure in figures if figure.variable not in unknown]
        findings = _timed(parts, "plausibility", lambda: plausibility.findings_of(figures))
        return {
            "parts": parts,
            "rows": sum(report["read"] for report in reports),
            "taken": sum(report["taken"] for report in reports),
            "wrong": sum(len(report["faults"]) for report in reports),
            "findings": len(findings),
        }


def duckdb_table(files: list[Path], kind: str) -> Result:
    """All columns as text, value and year cast, into a table."""
    import duckdb

    parts: Result = {}
    connection = duckdb.connect()
    _timed(
        parts,
        "read and cast",
        lambda: [connection.execute(_select(path, kind, "CREATE OR REPLACE TABLE t AS ")) for path in files],
    )
    return {"parts": parts}


def duckdb_rows(files: list[Path], kind: str) -> Result:
    """The same, handed to the program row by row as we hand figures."""
    import duckdb

    parts: Result = {}
    connection = duckdb.connect()
    found = _timed(
        parts,
        "read and cast",
        lambda: [connection.execute(_select(path, kind, "")).fetchall() for path in files],
    )
    return {"parts": parts, "rows": sum(map(len, found))}


def _select(path: Path, kind: str, before: str) -> str:
    return (
        f"{before}SELECT *, try_cast(OBS_VALUE AS {kind}) AS value, try_cast(TIME_PERIOD AS INTEGER) AS year "
        f"FROM read_csv('{path}', delim = ';', header = true, all_varchar = true)"
    )


def _timed(parts: Result, name: str, call: Callable[[], T]) -> T:
    begin = time.process_time()
    answer = call()
    parts[name] = time.process_time() - begin
    return answer


SIDES: dict[str, Callable[[list[Path]], Result]] = {
    "kontor": kontor,
    "DuckDB, binary numbers, a table": lambda files: duckdb_table(files, "DOUBLE"),
    "DuckDB, exact numbers, a table": lambda files: duckdb_table(files, "DECIMAL(28, 10)"),
    "DuckDB, exact numbers, to the program": lambda files: duckdb_rows(files, "DECIMAL(28, 10)"),
}


def measured(side: str, files: list[Path]) -> Result:
    """The best of three processes."""
    runs = []
    for _ in range(3):
        command = [sys.executable, __file__, side, *map(str, files)]
        runs.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return min(runs, key=lambda run: sum(run["parts"].values()))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = tables(Path(folder))
        results = {side: measured(side, files) for side in SIDES}
    ours = results.pop("kontor")
    whole = sum(ours["parts"].values())
    print(
        f"{ours['rows']:,} rows: {ours['taken']:,} taken, {ours['wrong']} wrong, {ours['findings']} findings"
    )
    for part, seconds in ours["parts"].items():
        print(f"kontor, {part:<32}{seconds:>8.2f} s CPU")
    print(f"{'kontor, everything':<40}{whole:>8.2f} s CPU{ours['peak']:>8} MB")
    reading = ours["parts"]["read and check"]
    for side, result in results.items():
        seconds = sum(result["parts"].values())
        print(
            f"{side:<40}{seconds:>8.2f} s CPU{result['peak']:>8} MB"
            f"   kontor: {reading / seconds:.2f} x read and checked, {whole / seconds:.2f} x with everything"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        answer = SIDES[sys.argv[1]](list(map(Path, sys.argv[2:])))
        answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(answer))
    else:
        main()
