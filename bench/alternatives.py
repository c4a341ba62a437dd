"""The alternatives to suppression: what each does to generated tables, and how long it takes.

Errors and seconds of rounding, cell keys and noise for 100 to 100,000 published cells, two seeds each, and the search
for anonymous micro-data in Adult where ../shared/data holds it. The table of docs/adr/0017 comes from here.
Run: `make bench`, or `.venv/bin/python bench/alternatives.py`.
"""

from __future__ import annotations

import csv
import gzip
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from generated import skewed  # noqa: E402

from kontor.engines.disclosure import anonymity, cellkey, privacy, rounding  # noqa: E402
from kontor.engines.disclosure.incidence import incidence  # noqa: E402
from kontor.engines.disclosure.ladders import Ladder, ladder_of  # noqa: E402

SEEDS = (7, 8)
BASE, EPSILON = 3, 1.0
TABLE = cellkey.transitions(5, 3.0, 2)
ADULT = ROOT.parent / "shared" / "data" / "microdata"
COLUMNS = {
    "age": 0,
    "workclass": 1,
    "education": 3,
    "marital-status": 5,
    "occupation": 6,
    "race": 8,
    "sex": 9,
    "native-country": 13,
    "salary-class": 14,
}


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time, and the answer."""
    begin = time.process_time()
    answer = call()
    return time.process_time() - begin, answer


def table(cells: int, seed: int) -> None:
    made = skewed.table(skewed.SHAPES[cells], seed)
    sums = incidence(made.axes, made.codes)
    true = sums.T @ made.counts
    for every in (False, True):
        time_, found = seconds(lambda: rounding.rounded(made.counts, sums, BASE, seed, every=every))  # noqa: B023
        name = f"rounding to {BASE}" + (", every count" if every else "")
        proven = ", proven best" if found.optimal else ""
        print(
            f"{cells:>7,} {seed}  {name:<26}{time_:>7.2f} s  largest {found.largest}, mean {found.mean:.2f}{proven}"
        )
    ids = [str(number) for number in range(made.counts.size)]
    time_, made_ = seconds(
        lambda: cellkey.perturbed(true, cellkey.cell_keys(sums, cellkey.record_keys(ids, bytes(32))), TABLE)
    )
    error = np.abs(made_.changes[true > 0])
    print(
        f"{cells:>7,} {seed}  {'cell keys':<26}{time_:>7.2f} s  largest {error.max()}, mean {error.mean():.2f}"
    )
    time_, said = seconds(lambda: privacy.expected(made.counts, sums, EPSILON))
    print(
        f"{cells:>7,} {seed}  {f'noise, epsilon {EPSILON:g}':<26}{time_:>7.2f} s  expected: inner {said.inner:.2f}, "
        f"largest {said.largest:.0f}, relative for 1-9 {said.relative:.2f}"
    )


def adult() -> tuple[dict[str, list[str]], dict[str, Ladder]]:
    with gzip.open(ADULT / "adult.data.csv.gz", "rt", encoding="utf-8") as file:
        rows = [[value.strip() for value in row] for row in csv.reader(file) if row]
    columns = {name: [row[place] for row in rows] for name, place in COLUMNS.items()}
    ladders = {}
    for name, values in columns.items():
        text = (ADULT / "adult-hierarchies" / f"adult_hierarchy_{name}.csv").read_text(encoding="utf-8")
        steps = [line.split(";") for line in text.splitlines() if line]
        # What is missing belongs to no group but the coarsest.
        steps += [["?"] + ["*"] * (len(steps[0]) - 1)] if "?" in values else []
        ladders[name] = ladder_of(name, steps)
    return columns, ladders


def records(demand: anonymity.Demand, metric: anonymity.Metric, sensitive: str = "") -> None:
    columns, ladders = adult()
    hidden = {sensitive: columns.pop(sensitive)} if sensitive else {}
    time_, found = seconds(
        lambda: anonymity.anonymised(columns, ladders, hidden, demand, metric=metric),
    )
    wanted = f"k = {demand.k}, l = {demand.l:g} {demand.diversity}, {demand.limit:.0%} left out, {metric}"
    print(
        f"{wanted:<58}{time_:>6.2f} s  {found.looked_at:>5,} of {found.nodes:,} nodes, "
        f"{(~found.kept).sum():,} left out, granularity {found.granularity:.3f}, classes {found.classes}"
    )


def main() -> None:
    for cells in skewed.SHAPES:
        for seed in SEEDS:
            table(cells, seed)
    if not ADULT.is_dir():
        print("Adult: ../shared/data is not here")
        return
    for limit in (0.0, 0.02, 0.05):
        records(anonymity.Demand(5, limit=limit), "granularity")
    records(anonymity.Demand(5, limit=0.04), "discernibility")
    for kind in ("distinct", "entropy"):
        records(anonymity.Demand(5, 3, kind, 0.02), "granularity", "occupation")


if __name__ == "__main__":
    main()
