"""Draws the series that are read and labelled as the yardstick of the plausibility engine.

Run: `python bench/quality/sample.py [FOLDER]`, where FOLDER holds `data/eurostat-cities` and `starter`
(default: `../shared` beside the repository). Writes `series.csv` and prints the frame sizes for the README.
"""

from __future__ import annotations

import csv
import gzip
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"
SEED = 20261122
FILES = ("ctran", "cenv", "ceduc", "cfermor", "starter")
RANDOM_SERIES, AGITATED_SERIES, CITY_YEARS = 140, 120, 20
FEWEST_VALUES = 4
AGITATED_RATIO, AGITATED_FLOOR = 2.5, 10.0
PERCENT_WORDS = ("%", "Share", "Proportion", "_share")
KNOWN = (
    ("cenv", "EN4008V", "LV001C"),
    ("cenv", "EN3003V", "DE011C"),
    ("ceduc", "TE1039V", "IE001C"),
    ("cfermor", "SA2019V", "BE001C"),
    ("ctran", "TT1003V", "HU001C"),
    ("ctran", "TT1003V", "HU004C"),
    ("starter", "municipal_waste_kt", "LV001C"),
)
OTHER_MODES = ("TT1010V", "TT1007V", "TT1008V")

Key = tuple[str, str, str]  # file, variable, area
Series = dict[Key, dict[str, float]]  # period -> value


def labels(shared: Path) -> dict[str, str]:
    """English label per Eurostat code; a starter variable is its own label."""
    path = shared / "data/eurostat-cities/ESTAT_INDIC_UR.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {row["CODE"]: row["Label - English"] for row in csv.DictReader(stream, delimiter=";")}


def rows(shared: Path, file: str) -> Iterator[tuple[str, str, str, str]]:
    """Variable, area, period and value as written, of one file."""
    if file == "starter":
        with (shared / "starter/figures.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield row["variable"], row["city_code"], row["period"], row["value"]
    else:
        path = shared / f"data/eurostat-cities/estat_urb_{file}_en.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter=";"):
                yield row["indic_ur"], row["cities"], row["TIME_PERIOD"], row["OBS_VALUE"]


def read(shared: Path) -> Series:
    """All series with their numeric values in the order of periods; countries (two letters) are left out."""
    found: Series = {}
    for file in FILES:
        for variable, area, period, value in rows(shared, file):
            if len(area) > 2 and value.strip():
                found.setdefault((file, variable, area), {})[period] = float(value)
    return {key: dict(sorted(values.items())) for key, values in sorted(found.items())}


def agitated(key: Key, values: Iterable[float], label: str) -> bool:
    """The crude criterion of stratum B; `per 1000` variables called a share are not percentages."""
    values = list(values)
    percent = any(word in label for word in PERCENT_WORDS) and "1000" not in label
    if percent and max(values) > 100:
        return True
    return any(
        min(left, right) >= AGITATED_FLOOR and max(left, right) > AGITATED_RATIO * min(left, right)
        for left, right in pairwise(values)
    )


def modal_sums(series: Series) -> dict[tuple[str, str], float]:
    """Sum of modal shares per (area, period): car and motor cycle, or their joint share, plus transit, bicycle, foot."""

    def share(variable: str, area: str, period: str) -> float | None:
        return series.get(("ctran", variable, area), {}).get(period)

    sums = {}
    for file, variable, area in series:
        if (file, variable) != ("ctran", "TT1010V"):
            continue
        for period in series[file, variable, area]:
            car, cycle, joint = (share(v, area, period) for v in ("TT1003V", "TT1006V", "TT1012V"))
            if car is None or cycle is None:
                motor = joint if joint is not None else car
            else:
                motor = car + cycle
            shares = [motor, *(share(v, area, period) for v in OTHER_MODES)]
            if None not in shares:
                sums[area, period] = sum(s for s in shares if s is not None)
    return sums


def proportional(sizes: dict[str, int], total: int) -> dict[str, int]:
    """`total` split over `sizes` by largest remainders (Hare quota)."""
    quota = {file: total * size / sum(sizes.values()) for file, size in sizes.items()}
    counts = {file: int(q) for file, q in quota.items()}
    by_remainder = sorted(sizes, key=lambda file: (counts[file] - quota[file], file))
    for file in by_remainder[: total - sum(counts.values())]:
        counts[file] += 1
    return counts


def halves(rng: random.Random, count: int) -> list[str]:
    """One half per series, as many open as held back (one more open when the count is odd)."""
    names = ["open"] * (count - count // 2) + ["held_back"] * (count // 2)
    rng.shuffle(names)
    return names


def draw(shared: Path) -> list[tuple[str, str, str, str, str]]:
    """(file, variable, area, period, stratum); period is given for the city-years of stratum C only."""
    rng, series, label = random.Random(SEED), read(shared), labels(shared)
    frame = [k for k, v in series.items() if len(v) >= FEWEST_VALUES and k not in KNOWN]
    lively = [k for k in frame if agitated(k, series[k].values(), label.get(k[1], k[1]))]
    sizes = {file: sum(k[0] == file for k in frame) for file in FILES}
    at_random: list[Key] = []
    for file, count in proportional(sizes, RANDOM_SERIES).items():
        at_random += rng.sample([k for k in frame if k[0] == file], count)
    rest = [k for k in lively if k not in at_random]
    restless = rng.sample(rest, AGITATED_SERIES)
    sums = modal_sums(series)
    anywhere = rng.sample(sorted(sums), CITY_YEARS // 2)
    off = [k for k, total in sorted(sums.items()) if not 98 <= total <= 102]
    outside = rng.sample([k for k in off if k not in anywhere], CITY_YEARS // 2)
    print(f"frame {len(frame)} series, by file {sizes}")
    print(f"agitated {len(lively)}, of them in A {len(lively) - len(rest)}")
    print(f"city-years with a whole modal split {len(sums)}, of them outside 98-102 {len(off)}")
    drawn = [(*k, "", "A") for k in at_random] + [(*k, "", "B") for k in restless]
    drawn += [("ctran", "modal_split", area, period, "C") for area, period in anywhere + outside]
    return drawn + [(*k, "", "K") for k in KNOWN]


def main() -> None:
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    drawn, rng = draw(shared), random.Random(SEED + 1)
    with (HERE / "series.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", "variable", "area", "period", "stratum", "half"])
        for stratum in "ABCK":
            members = sorted(row for row in drawn if row[4] == stratum)
            for row, half in zip(members, halves(rng, len(members)), strict=True):
                writer.writerow([*row, half])


if __name__ == "__main__":
    main()
