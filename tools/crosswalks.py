"""Rebuild definitions/crosswalks/*.csv: how areas changed, from the published tables in ../shared/data/crosswalks.

Run `python tools/crosswalks.py`; with `--check` nothing is written and the exit code says whether the files are current.
Figures are carried over with the digits of the source; what did not change is left out (definitions/crosswalks/README.md).
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from city_lists import unit_of_code
from openpyxl import load_workbook
from places import as_csv

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "definitions" / "crosswalks"
SOURCES = ROOT.parent / "shared" / "data" / "crosswalks"

DISTRICT_COLUMNS = ("code", "name", "first", "last")
SHARE_COLUMNS = ("code", "code_2020", "first", "last", "population", "area")
NUTS_COLUMNS = ("level", "edition_from", "edition_to", "code_from", "code_to", "kind", "note")
CITY_COLUMNS = ("code", "name", "kind", "population", "area_km2", "nuts3", "municipalities")
NUTS_EDITIONS = ("1999", "2003", "2006", "2010", "2013", "2016", "2021")
# On 1 July 2021 Eisenach (16056) became a part of the Wartburgkreis (16063): neither is what it was in 2020.
ENDED_WITH_2020 = {"16056", "16063"}
# What a note of Eurostat says, by the words it uses; several may hold.
KINDS = {
    "merged": r"merge",
    "split": r"split|minus|parts of|part of|made from|made of",
    "boundary_shift": r"boundary",
    "recoded": r"recod|code|relabelled and recoded|identical|equals",
    "renamed": r"name|relabelled",
    "new": r"\bnew\b",
    "discontinued": r"discontinued|terminated",
}
Row = dict[str, str]


def plain(number: Any) -> str:
    """A number of a sheet with all its digits and no exponent."""
    return format(Decimal(repr(number)), "f")


def district(code: Any) -> str:
    """1001000 of the sheet, a number that lost its leading zero, is district 01001."""
    text = f"{int(code):08d}"
    assert text.endswith("000"), text
    return text[:5]


# ---- German districts


def sheets() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """(year, rows) of the workbook of the BBSR; headings are found by their words, their order changes in 1997."""
    book = load_workbook(SOURCES / "ref-kreise-umrech-2020-1990-2019.xlsx", read_only=True, data_only=True)
    for sheet in book.worksheets:
        year = int(sheet.title[:4])
        head, *rows = sheet.iter_rows(values_only=True)
        words = [re.sub(r"-?\s*\n\s*|\s+", " ", str(cell)).strip() for cell in head]
        old = next(i for i, word in enumerate(words) if word.startswith(f"Kreise 31.12.{year}"))
        new = next(i for i, word in enumerate(words) if word.startswith("Kreise 31.12.2020"))
        area = next(i for i, word in enumerate(words) if word.startswith("flächen"))
        people = next(i for i, word in enumerate(words) if word.startswith("bevölkerungs"))
        yield (
            year,
            [
                {
                    "code": district(row[old]),
                    "name": str(row[old + 1]),
                    "code_2020": district(row[new]),
                    "name_2020": str(row[new + 1]),
                    "population": plain(row[people]),
                    "area": plain(row[area]),
                }
                for row in rows
                if row[old] is not None
            ],
        )


def spans(years: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Unbroken runs of years as (first, last)."""
    run: list[int] = []
    for year in sorted(set(years)):
        if run and year != run[-1] + 1:
            yield run[0], run[-1]
            run = []
        run.append(year)
    if run:
        yield run[0], run[-1]


def unchanged(row: Mapping[str, str]) -> bool:
    return row["code"] == row["code_2020"] and row["population"] == row["area"] == "1"


def district_tables() -> tuple[list[Row], list[Row]]:
    """(districts with the years in which they existed, shares of those that are not what they were)."""
    existed: dict[str, set[int]] = defaultdict(set)
    names: dict[str, str] = {}
    shares: dict[tuple[str, str, str, str], set[int]] = defaultdict(set)
    for year, rows in sorted(sheets(), key=lambda sheet: sheet[0]):
        for row in rows:
            existed[row["code"]].add(year)
            names[row["code"]] = row["name"]
            existed[row["code_2020"]].add(2020)
            if not unchanged(row):
                shares[row["code"], row["code_2020"], row["population"], row["area"]].add(year)
        names |= {row["code_2020"]: row["name_2020"] for row in rows}
    districts = []
    for code, years in sorted(existed.items()):
        for first, last in spans(years):
            end = "" if last == 2020 and code not in ENDED_WITH_2020 else str(last)
            districts.append({"code": code, "name": names[code], "first": str(first), "last": end})
    parts = [
        dict(zip(SHARE_COLUMNS, (old, new, str(first), str(last), people, area), strict=True))
        for (old, new, people, area), years in shares.items()
        for first, last in spans(years)
    ]
    return districts, sorted(parts, key=lambda part: (part["code"], part["code_2020"], part["first"]))


# ---- NUTS


def kinds(note: str) -> str:
    return " ".join(kind for kind, words in KINDS.items() if re.search(words, note.casefold()))


def nuts_table() -> list[Row]:
    """One row per region and pair of editions in which anything changed."""
    with (SOURCES / "nuts_changes_1999_2021.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    changes: list[Row] = []
    for row in rows:
        level = {"country": "0"}.get(row["typology"], row["typology"][-1])
        for before, after in pairwise(NUTS_EDITIONS):
            old, new, note = row[f"code_{before}"], row[f"code_{after}"], row[f"change_{after}"]
            # A code that begins or ends without a word is a country that joined, or stands in another row.
            if note or (old and new and old != new):
                kind = kinds(note) or "recoded"
                changes.append(
                    dict(zip(NUTS_COLUMNS, (level, before, after, old, new, kind, note), strict=True))
                )
    return sorted(changes, key=lambda change: tuple(change.values()))


# ---- cities of 2019


def city_table() -> list[Row]:
    """Every city of the old codes, added up from its municipalities; a sum with a missing part stays empty."""
    with gzip.open(SOURCES / "lau_nuts2016_city_fua_2019.csv.gz", "rt", encoding="utf-8", newline="") as file:
        members: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in csv.DictReader(file):
            found = {row["greater_city_id"]: row["greater_city_name"], row["city_id"]: row["city_name"]}
            for code, name in found.items():
                if code:
                    members[code, name].append(row)
    # One code has two names: the municipality that was given it by mistake is named in the README.
    cities = []
    for (code, name), parts in sorted(members.items()):
        area = total(parts, "total_area_m2")
        cities.append(
            {
                "code": code,
                "name": name or (parts[0]["lau_name_national"] if len(parts) == 1 else ""),
                "kind": unit_of_code(code),
                "population": f"{total(parts, 'population'):f}" if total(parts, "population") else "",
                "area_km2": f"{(area / 1_000_000).normalize():f}" if area else "",
                "nuts3": " ".join(sorted({part["code_2016"] for part in parts})),
                "municipalities": " ".join(sorted(part["gisco_id"] for part in parts)),
            }
        )
    return cities


def total(rows: Iterable[Row], column: str) -> Decimal | None:
    cells = [row[column] for row in rows]
    return sum((Decimal(cell).quantize(Decimal(1)) for cell in cells), Decimal(0)) if all(cells) else None


def main(arguments: list[str]) -> int:
    districts, shares = district_tables()
    files = {
        "districts.csv": as_csv(DISTRICT_COLUMNS, districts),
        "district_shares.csv": as_csv(SHARE_COLUMNS, shares),
        "nuts_changes.csv": as_csv(NUTS_COLUMNS, nuts_table()),
        "cities_2019.csv": as_csv(CITY_COLUMNS, city_table()),
    }
    if "--check" in arguments:
        stale = [name for name, text in files.items() if (TABLES / name).read_text("utf-8") != text]
        print(f"stale: {', '.join(stale)}" if stale else "current")
        return 1 if stale else 0
    for name, text in files.items():
        (TABLES / name).write_text(text, "utf-8")
        print(f"{name}: {len(list(csv.reader(io.StringIO(text)))) - 1} rows, {len(text.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
