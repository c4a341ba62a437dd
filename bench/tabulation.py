"""Two million records of a city to all cells of a table, against DuckDB counting the same file with GROUP BY CUBE.

Ours also looks for personal identifiers, slipped rows and totals among the codes, numbers the cells and their
equations and applies the rules. One process each; wall and CPU seconds, the best of three, and the ratio of CPU.
Run: `make bench`, or `.venv/bin/python bench/tabulation.py`.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kontor.protection.preparing import prepare  # noqa: E402
from kontor.protection.recipe_file import read_recipe  # noqa: E402

RECORDS = 2_000_000
RECIPE = """
[table]
kind = "frequency"
variables = ["district", "kind", "severity"]
[primary]
threshold = 3
"""


def write(path: Path, records: int, seed: int = 1) -> None:
    """Records with skewed codes, and two columns that no table uses."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        file.write("district,kind,severity,owner,kwh\n")
        for _ in range(records):
            district, kind = int(120 * draw.random() ** 2), int(30 * draw.random() ** 2)
            file.write(
                f"d{district:03d},k{kind},{int(6 * draw.random() ** 2)},o{draw.randrange(10**6)},{kind + 1}\n"
            )


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """(wall, CPU) seconds, the best of three by CPU."""
    found = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        found.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu, wall = min(found)
    return wall, cpu


def counted(path: Path) -> None:
    duckdb.execute(
        f"SELECT district, kind, severity, count(*) FROM read_csv('{path}', all_varchar = true) "
        "GROUP BY CUBE (district, kind, severity)"
    ).fetchall()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kontor-") as name:
        path, recipe = Path(name) / "records.csv", Path(name) / "recipe.toml"
        write(path, RECORDS)
        recipe.write_text(RECIPE)
        read = read_recipe(recipe)
        cells = len(prepare(path, read).problem.values)
        ours, theirs = timed(lambda: prepare(path, read)), timed(lambda: counted(path))
    print(f"{RECORDS:,} records to {cells:,} cells: {ours[0]:.1f} s wall, {ours[1]:.1f} s CPU")
    print(
        f"DuckDB, counts alone: {theirs[0]:.1f} s wall, {theirs[1]:.1f} s CPU; ratio of CPU {ours[1] / theirs[1]:.1f}"
    )


if __name__ == "__main__":
    main()
