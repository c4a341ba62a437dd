"""`kontor protect` and `kontor audit` on generated skewed tables: what is hidden, how far from the proven bound, what
the auditor finds, and what all that costs against the number of cells.

Run: `.venv/bin/python bench/disclosure.py [--large] [--seconds N] [--seeds N] [--cells N]`. CPU seconds of whole
commands, start included, so that a busy machine tells nearly the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from generated import skewed  # noqa: E402

SECONDS = {100: 5, 1_012: 10, 9_966: 20, 10_032: 20, 99_660: 400}
"""The time limit in the recipe."""
SEEDS = {100: 2, 1_012: 10, 9_966: 3, 10_032: 3, 99_660: 1}
HEAD = (
    f"{'cells':>7} {'seed':>4} {'primary':>8} {'secondary':>9} {'bound':>7} {'ratio':>6} {'optimal':>7}"
    f" {'A/B/C':>9} {'narrow':>6} {'protect':>8} {'audit':>7} {'local':>7} {'MB':>6}"
)


def run(folder: Path, *words: str) -> tuple[float, dict[str, Any]]:
    """CPU seconds of one command, and what it answers."""
    before = os.times()
    made = subprocess.run(
        [sys.executable, "-m", "kontor.cli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    if made.returncode > 1:
        raise SystemExit(made.stderr or made.stdout)
    return used, json.loads(made.stdout) if "--json" in words and words[0] == "audit" else {}


def line(cells: int, seed: int, seconds: int) -> str:
    """Protects one table, audits it from outside, and with the witnesses of the office."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        skewed.write(folder, cells, seed, seconds=seconds)
        outputs = ("--out", "SAFE.csv", "--report", "REPORT.html", "--json", "PROOF.json", "--local", "local")
        protecting, _ = run(folder, "protect", "inner.csv", "--recipe", "recipe.toml", *outputs)
        if not (folder / "SAFE.csv").exists():
            return f"{cells:>7} {seed:>4}  refused after {protecting:.1f} CPU s"
        auditing, found = run(folder, "audit", "SAFE.csv", "--recipe", "recipe.toml", "--json")
        local, _ = run(folder, "audit", "SAFE.csv", "--recipe", "recipe.toml", "--local", "local", "--json")
        pattern = json.loads((folder / "local" / "LOCAL.json").read_text(encoding="utf-8"))["pattern"]
    leaks = "/".join(str(found["attackers"][name]["exact"]) for name in "ABC")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return (
        f"{cells:>7} {seed:>4} {sum(pattern['primaries'].values()):>8} {pattern['secondaries']:>9}"
        f" {pattern['lower_bound']:>7} {pattern['ratio']:>6.3f} {pattern['optimal']!s:>7} {leaks:>9}"
        f" {found['narrow']:>6} {protecting:>8.1f} {auditing:>7.1f} {local:>7.1f} {memory:>6.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="99,660 cells too")
    parser.add_argument("--cells", type=int, help="only this size", choices=SECONDS)
    parser.add_argument("--seconds", type=int, help="for the search, instead of the usual limits")
    parser.add_argument("--seeds", type=int, help="seeds 1 to N instead of the usual ones")
    asked = parser.parse_args()
    print(HEAD)
    for cells, seconds in SECONDS.items():
        if cells == asked.cells or (asked.cells is None and (cells < 20_000 or asked.large)):
            for seed in range(1, (asked.seeds or SEEDS[cells]) + 1):
                print(line(cells, seed, asked.seconds or seconds), flush=True)


if __name__ == "__main__":
    main()
