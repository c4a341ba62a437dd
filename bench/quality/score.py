"""Precision and recall of the plausibility engine against the series that a person labelled (README.md).

Run: `.venv/bin/python bench/quality/score.py [--half open|held_back] [--list] [FOLDER]`; FOLDER as in sample.py.
Sure labels count as wrong, doubtful ones neither for nor against, all other points of a labelled series as right.
`weighted` stands for the whole frame: calm and agitated series (sample.py) weigh by how many of them there are.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE)]

from sample import FEWEST_VALUES, FILES, SHARED, agitated, labels  # noqa: E402

Point = tuple[str, str, str, str]  # file, variable, area, period
Row = tuple[str, str, str, str, str]  # variable, area, period, value, flags
SERIES_KINDS = ("impossible_value", "unit_switch", "outlier", "level_shift", "break_flagged")
LABELS = ("unit_switch", "impossible_value", "outlier", "level_shift")
MODES = ("TT1003V", "TT1006V", "TT1012V", "TT1007V", "TT1008V", "TT1010V")
BINS = (0.5, 0.65, 0.8, 0.9, 1.01)


def rows(shared: Path, file: str) -> Iterator[Row]:
    """All cells of a file that hold a number, without countries."""
    if file == "starter":
        with (shared / "starter/figures.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield row["variable"], row["city_code"], row["period"], row["value"], row["flag"]
        return
    path = shared / f"data/eurostat-cities/estat_urb_{file}_en.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        for cells in csv.reader(stream, delimiter=";"):
            if len(cells[1]) > 2 and cells[3] and cells[3] != "OBS_VALUE":
                yield cells[0], cells[1], cells[2], cells[3], cells[4]


def assessed(tables: dict[str, list[Row]]) -> dict[Point, dict[str, float]]:
    """Confidence by kind for every figure with a finding; the Eurostat tables are assessed together."""
    from kontor.engines.quality import Columns, assess
    from kontor.observations.plausibility import checks

    found: dict[Point, dict[str, float]] = {}
    for prefix, files in (("eurostat", FILES[:-1]), ("starter", FILES[-1:])):
        of = {row[0]: file for file in files for row in tables[file]}
        given = [row for file in files for row in tables[file]]
        columns = Columns(
            area=[row[1] for row in given],
            variable=[f"{prefix}:{row[0]}" for row in given],
            period=[row[2] for row in given],
            value=np.array([float(row[3]) for row in given]),
            flags=[row[4] for row in given],
        )
        begin = time.process_time()
        findings = assess(columns, checks())
        print(
            f"{prefix}: {len(given):,} figures, {len(findings):,} findings, {time.process_time() - begin:.2f} s CPU"
        )
        for finding in findings:
            code = finding.variable.partition(":")[2]
            point = (of[code], code, finding.area, finding.period)
            found.setdefault(point, {})[finding.kind] = finding.confidence
    return found


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Sample:
    """The labelled series of one half with their values, labels, findings and weights."""

    def __init__(self, half: str, tables: dict[str, list[Row]], shared: Path) -> None:
        chosen = [row for row in read("series.csv") if row["half"] == half]
        self.series = [(r["file"], r["variable"], r["area"], r["stratum"]) for r in chosen if not r["period"]]
        self.city_years = [(r["area"], r["period"]) for r in chosen if r["period"]]
        keys = {(r["file"], r["variable"], r["area"]) for r in chosen}
        self.labels: dict[Point, tuple[str, bool]] = {}
        for row in read("labels.csv"):
            if (row["file"], row["variable"], row["area"]) in keys:
                point = (row["file"], row["variable"], row["area"], row["period"])
                self.labels[point] = (row["kind"], row["certainty"] == "sure")
        self.values: dict[tuple[str, str, str], dict[str, tuple[float, str]]] = {}
        for file, table in tables.items():
            for variable, area, period, value, flags in table:
                series = self.values.setdefault((file, variable, area), {})
                series[period] = (float(value), flags)
        self._weigh(labels(shared))

    def _weigh(self, named: dict[str, str]) -> None:
        """Each series weighs as many of the frame as it stands for, K none."""

        def lively(key: tuple[str, str, str]) -> bool:
            values = [self.values[key][period][0] for period in sorted(self.values[key])]
            return agitated(key, values, named.get(key[1], key[1]))

        frame = Counter(lively(key) for key, points in self.values.items() if len(points) >= FEWEST_VALUES)
        drawn = Counter(
            lively(key) for *key_, stratum in self.series if (key := _key(key_)) and stratum != "K"
        )
        self.weight = {
            _key(key_): 0.0 if stratum == "K" else frame[lively(_key(key_))] / drawn[lively(_key(key_))]
            for *key_, stratum in self.series
        }

    def points(self) -> Iterator[Point]:
        for file, variable, area, _ in self.series:
            for period in sorted(self.values[file, variable, area]):
                yield file, variable, area, period


def _key(parts: Iterable[str]) -> tuple[str, str, str]:
    file, variable, area = parts
    return file, variable, area


def share(part: float, whole: float) -> str:
    return f"{part / whole:6.1%}" if whole else "     -"


def line(name: str, hits: list[tuple[bool, float]]) -> None:
    """A share, plain and weighted, with the number of cases it rests on."""
    weights = sum(weight for _, weight in hits)
    right = [weight for hit, weight in hits if hit]
    shares = f"{share(len(right), len(hits))}{share(sum(right), weights):>12}"
    print(f"  {name:<46}{shares}{len(right):>8} of {len(hits)}")


def kinds(found: dict[str, float] | None) -> dict[str, float]:
    return {kind: sure for kind, sure in (found or {}).items() if kind in SERIES_KINDS}


def by_point(sample: Sample, found: dict[Point, dict[str, float]]) -> None:
    print("\npoints: precision by kind of finding                 plain    weighted")
    everything: list[tuple[bool, float]] = []
    for kind in SERIES_KINDS:
        hits = []
        for point in sample.points():
            label = sample.labels.get(point)
            if kind in (found.get(point) or {}) and (label is None or label[1]):
                hits.append((label is not None, sample.weight[_key(point[:3])]))
        line(kind, hits)
        everything += hits if kind != "break_flagged" else []
    line("all but break_flagged", everything)
    print("points: recall by sure label (any finding; same kind)")
    for kind in LABELS:
        sure = [point for point in sample.points() if sample.labels.get(point) == (kind, True)]
        line(kind, [(bool(kinds(found.get(p))), sample.weight[_key(p[:3])]) for p in sure])
        same = {kind, "break_flagged"} if kind == "level_shift" else {kind}
        line(
            f"{kind}, same kind",
            [(bool(same & set(kinds(found.get(p)))), sample.weight[_key(p[:3])]) for p in sure],
        )


def by_series(sample: Sample, found: dict[Point, dict[str, float]]) -> None:
    precision, recall = [], []
    for *key_, _ in sample.series:
        key = _key(key_)
        marked = [label for point, label in sample.labels.items() if point[:3] == key]
        named = set().union(*(kinds(found.get((*key, period))) for period in sample.values[key]))
        told = bool(named - {"break_flagged"}) or bool(named and marked)
        if any(sure for _, sure in marked):
            recall.append((told, sample.weight[key]))
        if told and (not marked or any(sure for _, sure in marked)):
            precision.append((bool(marked), sample.weight[key]))
    print("series: at least one finding / one sure label")
    line("precision", precision)
    line("recall", recall)


def by_confidence(sample: Sample, found: dict[Point, dict[str, float]]) -> None:
    print("calibration: share of right findings by confidence")
    for low, high in pairwise(BINS):
        hits = []
        for point in sample.points():
            label = sample.labels.get(point)
            if label is None or label[1]:
                right = label is not None
                weight = sample.weight[_key(point[:3])]
                hits += [
                    (right, weight)
                    for kind, sure in kinds(found.get(point)).items()
                    if low <= sure < high and kind != "break_flagged"
                ]
        line(f"{low:.2f} to {min(high, 1.0):.2f}", hits)


def sums(sample: Sample, found: dict[Point, dict[str, float]]) -> None:
    precision, recall = [], []
    for area, period in sample.city_years:
        told = any("sum_off" in found.get(("ctran", mode, area, period), {}) for mode in MODES)
        label = sample.labels.get(("ctran", "modal_split", area, period))
        if label and label[1]:
            recall.append((told, 1.0))
        if told and (label is None or label[1]):
            precision.append((label is not None, 1.0))
    print("city-years of stratum C: sum_off")
    line("precision", precision)
    line("recall", recall)


def listing(sample: Sample, found: dict[Point, dict[str, float]]) -> None:
    """Every series in which findings and labels differ."""
    for *key_, stratum in sample.series:
        key, parts, differ = _key(key_), [], False
        for period in sorted(sample.values[key]):
            value, flags = sample.values[key][period]
            label, told = sample.labels.get((*key, period)), kinds(found.get((*key, period)))
            differ |= bool(told) != bool(label) and (label is None or label[1])
            mark = f"<{label[0]}{'' if label[1] else '?'}>" if label else ""
            mark += "".join(f"[{kind} {sure:.2f}]" for kind, sure in told.items())
            parts.append(f"{period}:{value:g}{flags}{mark}")
        if differ:
            print(stratum, *key, *parts)


def main() -> None:
    import os

    import django

    arguments = argparse.ArgumentParser()
    arguments.add_argument("--half", choices=("open", "held_back"), default="open")
    arguments.add_argument("--list", action="store_true", help="print the series in which the two differ")
    arguments.add_argument("folder", nargs="?", type=Path, default=SHARED)
    asked = arguments.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kontor.config.settings")
    django.setup()
    tables = {file: list(rows(asked.folder, file)) for file in FILES}
    found = assessed(tables)
    sample = Sample(asked.half, tables, asked.folder)
    print(f"half: {asked.half}; {len(sample.series)} series, {len(sample.city_years)} city-years")
    by_point(sample, found)
    by_series(sample, found)
    by_confidence(sample, found)
    sums(sample, found)
    if asked.list:
        listing(sample, found)


if __name__ == "__main__":
    main()
