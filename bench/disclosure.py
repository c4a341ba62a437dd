"""Secondary suppression on generated skewed tables: what is hidden, how far from the proven bound, and what it costs.

Run: `.venv/bin/python bench/disclosure.py [--large] [--minutes N] [--seeds N]`. CPU seconds, so that a busy machine
tells the same.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from generated import skewed  # noqa: E402

from kontor.engines.disclosure import Budget, Problem, suppress  # noqa: E402
from kontor.engines.disclosure.checks import Component, components  # noqa: E402
from kontor.engines.disclosure.merging import merged  # noqa: E402

SECONDS = {100: 5.0, 1_012: 10.0, 9_966: 20.0, 99_660: 600.0}
"""CPU seconds that the engine may use."""
HEAD = f"{'cells':>7} {'seed':>4} {'primary':>8} {'secondary':>9} {'bound':>7} {'ratio':>6} {'optimal':>7}"
HEAD += f" {'B':>4} {'C':>4} {'CPU s':>7} {'MB':>6}"


def within(seconds: float) -> Budget:
    begin = time.process_time()
    return Budget(left=lambda: seconds - (time.process_time() - begin))


def open_demands(problem: Problem, hidden: np.ndarray) -> tuple[int, int]:
    """Narrow or exact classes (attacker B; A knows less), and classes that a single respondent finds (C)."""
    classes = merged(problem)
    pattern = np.zeros(classes.count, dtype=bool)
    pattern[classes.of[hidden & (classes.of >= 0)]] = True
    leaks = [leak for cells in components(classes, pattern) for leak in Component(classes, cells).leaks()]
    return sum(not leak.known for leak in leaks), sum(bool(leak.known) for leak in leaks)


def line(cells: int, seed: int, seconds: float) -> str:
    problem = skewed.problem(cells, seed)
    begin = time.process_time()
    pattern = suppress(problem, budget=within(seconds))
    used = time.process_time() - begin
    open_b, open_c = open_demands(problem, pattern.hidden) if cells < 20_000 else (-1, -1)
    secondary = int(pattern.secondary.sum())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{cells:>7} {seed:>4} {int(problem.primary.sum()):>8} {secondary:>9} {pattern.bound:>7.0f}"
        f" {pattern.cost / max(pattern.bound, 1):>6.3f} {pattern.optimal!s:>7} {open_b:>4} {open_c:>4}"
        f" {used:>7.1f} {memory:>6.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="99,660 cells too")
    parser.add_argument("--minutes", type=float, help="for every table instead of the usual seconds")
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    print(HEAD)
    for cells, seconds in SECONDS.items():
        if cells < 20_000 or asked.large:
            for seed in range(1, asked.seeds + 1):
                print(line(cells, seed, asked.minutes * 60 if asked.minutes else seconds), flush=True)


if __name__ == "__main__":
    main()
