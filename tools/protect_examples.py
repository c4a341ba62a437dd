"""Run the worked examples of docs/guide/protect.md again: print the figures of its table, write the reports.

Run: `python tools/protect_examples.py [NAME ...]` where ../shared/data/microdata lies; the data are not part of the
repository. What hides least takes as long as the recipes allow, about two minutes for all.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RECIPES = ROOT / "docs" / "guide" / "protect"
DATA = ROOT.parent / "shared" / "data" / "microdata"
MANY = 100  # cells hidden beside those of the rules from which their number is rounded
INPUTS = {
    "accidents": DATA / "AfSBBB_BE_LOR_Strasse_Strassenverkehrsunfaelle_2019_Datensatz.csv.gz",
    "dominance": DATA / "EIA.csv",
    "buildings": DATA / "seattle_2016_Building_Energy_Benchmarking.csv.gz",
    "deaths": ROOT / "starter" / "figures.csv",
    "segments": DATA / "unfaelle_berlin_2018_abschnitte.geo.json.gz",
    "adult": DATA / "adult.data.csv.gz",
}


@dataclass(frozen=True, slots=True)
class Example:
    """What came out of one. by_rule: cells that a rule hides; bound: the least number of others; None for records."""

    cells: int
    hidden: int
    by_rule: int | None
    secondaries: int | None
    bound: int | None
    optimal: bool

    def row(self, name: str) -> str:
        """The figures as they stand in the table of the guide."""
        if self.by_rule is None:
            return f"| `{name}.toml` | {_spaced(self.cells)} | – | – | – |"
        proof, about = (", optimal", "") if self.optimal else ("", "about ")
        # What the time of a search decides differs from one machine to another.
        digits = -1 if about and (self.secondaries or 0) >= MANY else 0
        hidden, secondaries, bound = (
            _spaced(round(number or 0, digits)) for number in (self.hidden, self.secondaries, self.bound)
        )
        return (
            f"| `{name}.toml` | {_spaced(self.cells)} | {_spaced(self.by_rule)} | {about}{hidden} "
            f"| {about}{secondaries} / {bound}{proof} |"
        )


def run(name: str, folder: Path, *, seconds: float | None = None) -> Example:
    """Protect one example in a folder: SAFE.csv, REPORT.html, PROOF.json and office/ are there afterwards.

    seconds: instead of the recipe's limit.
    """
    from kontor.protection.operations import Places, protect

    recipe = folder / f"{name}.toml"
    text = (RECIPES / recipe.name).read_text(encoding="utf-8")
    if seconds is not None:
        text = re.sub(r"time_limit = \d+", f"time_limit = {seconds}", text)
    recipe.write_text(text, encoding="utf-8")
    places = Places(*(folder / file for file in ("SAFE.csv", "REPORT.html", "PROOF.json", "office")))
    outcome = protect(input=_input(name, folder), recipe=recipe, places=places)
    pattern = json.loads((folder / "office" / "LOCAL.json").read_text(encoding="utf-8"))["pattern"]
    if pattern is None:
        return Example(outcome.cells, outcome.hidden, None, None, None, optimal=True)
    by_rule = outcome.hidden - pattern["secondaries"]
    return Example(
        outcome.cells,
        outcome.hidden,
        by_rule,
        pattern["secondaries"],
        pattern["lower_bound"],
        pattern["optimal"],
    )


def _input(name: str, folder: Path) -> Path:
    """The file that is protected: as published, or what the guide says to take of it."""
    source = INPUTS[name]
    if name == "segments":
        with gzip.open(source, "rt", encoding="utf-8") as file:
            segments = [feature["properties"] for feature in json.load(file)["features"]]
        pairs = [(one["dn_id"], f"{one['bezirk']}: {one['oteil']}") for one in segments]
        pairs += sorted({(f"{one['bezirk']}: {one['oteil']}", one["bezirk"]) for one in segments})
        _write(folder / "segments.csv", [("child", "parent"), *pairs])
    if name != "deaths":
        return source
    header, *lines = source.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if re.search(r",road_deaths,201[5-9],", line)]
    target = folder / "road-deaths.csv"
    target.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    return target


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def main() -> None:
    """Run what is named, or all."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("names", nargs="*", choices=[[], *INPUTS], metavar="NAME")
    for name in reader.parse_args().names or INPUTS:
        with tempfile.TemporaryDirectory() as place:
            print(run(name, Path(place)).row(name), flush=True)
            shutil.copyfile(Path(place) / "REPORT.html", RECIPES / f"{name}.html")


if __name__ == "__main__":
    main()
