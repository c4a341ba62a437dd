"""The published lists from which tools/codes.py learns what a city is called elsewhere: one reader per list."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from places import name_parts

ROOT = Path(__file__).resolve().parent.parent
STARTER = ROOT / "starter"
LISTS = ROOT.parent / "shared" / "data"

# Eurostat writes two countries otherwise than ISO 3166.
COUNTRIES = {"UK": "GB", "EL": "GR"}
GREATER = re.compile(r"\((greater city|greater)\)|\bgreater city\b|^greater\b", re.IGNORECASE)
# The list of 2019 names the French cities "European City of Dijon".
DRESSING = re.compile(r"\(.*?\)|\bgreater( city)?\b|^European City of |, City of$", re.IGNORECASE)
ARTICLE_BEHIND = re.compile(r"(.+), (A|L'|Las|Los)")
EXTENT_CHANGES = Decimal("0.15")  # from one year to the next that is known
OLD_CODE = re.compile(r"([A-Z]{2})\d{3}([CKP])\d?")
POPULATION = "Population on the 1st of January, total"


@dataclass
class City:
    """A city of the starter. `population` begins after the last change of its extent, which `changed` describes.

    `estimated` are the years whose population was implied by other figures.
    """

    code: str
    names: tuple[str, ...]
    country: str
    unit: str
    population: dict[int, Decimal] = field(default_factory=dict)
    estimated: set[int] = field(default_factory=set)
    dwellings: dict[int, Decimal] = field(default_factory=dict)
    changed: str = ""


@dataclass
class Listed:
    """A unit of somebody's list: its code (or label) there, the names it may go by, country, kind and population."""

    code: str
    label: str
    names: tuple[str, ...]
    country: str
    unit: str
    population: dict[int, Decimal] = field(default_factory=dict)
    municipalities: tuple[str, ...] = ()


def plain_names(label: str) -> tuple[str, ...]:
    """The label and its halves, also without what says which kind of unit it is; "Coruña, A" is A Coruña."""
    plain = " ".join(DRESSING.sub(" ", label).split())
    behind = ARTICLE_BEHIND.fullmatch(plain)
    return name_parts((label, plain, f"{behind[2]} {behind[1]}" if behind else ""))


def unit_of_code(code: str) -> str:
    """Old codes: C is a city, K the "kernel" of a greater city, P a part of one."""
    letter = OLD_CODE.fullmatch(code)
    return {"C": "city", "K": "greater city"}.get(letter[2] if letter else "", "part")


def country_of_code(code: str) -> str:
    return COUNTRIES.get(code[:2], code[:2])


def open_text(path: Path, encoding: str = "utf-8") -> io.StringIO:
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return io.StringIO(text.decode(encoding), newline="")


def starter_cities() -> dict[str, City]:
    """Code -> city with its population and dwellings completed by year."""
    cities = {}
    for row in csv.DictReader(open_text(STARTER / "cities.csv")):
        names = name_parts((row["name_local"], row["name_en"], row["name_de"]))
        plain = tuple(part for name in names for part in plain_names(name))
        cities[row["city_code"]] = City(
            row["city_code"], tuple(dict.fromkeys(plain)), row["country"], row["unit"]
        )
    for row in csv.DictReader(open_text(STARTER / "figures.csv")):
        city, year = cities[row["city_code"]], int(row["period"])
        if row["variable"] == "population":
            city.population[year] = Decimal(row["value"])
            city.estimated |= {year} if "e" in row["flag"] else set()
        elif row["variable"] == "dwellings_completed":
            city.dwellings[year] = Decimal(row["value"])
    for city in cities.values():
        _keep_present_extent(city)
    return cities


def _keep_present_extent(city: City) -> None:
    """Drop the years before a jump that no population makes: they are about another extent of the city."""
    for before, after in pairwise(sorted(city.population)):
        if abs(city.population[after] / city.population[before] - 1) > EXTENT_CHANGES:
            city.changed = f"{city.population[before]:f} ({before}) -> {city.population[after]:f} ({after})"
            city.population = {y: count for y, count in city.population.items() if y >= after}


def list_of_2016() -> list[Listed]:
    """Old codes with their population of 1990-2015, nothing else: the workbook has neither names nor labels."""
    book = load_workbook(LISTS / "eurostat-cities" / "urb_cpop1_total_1990-2016_codes.xlsx", data_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    head = next(number for number, row in enumerate(rows) if row[0] == "City")
    years = [int(str(cell)) for cell in rows[head][1:]]
    units = []
    for row in rows[head + 1 :]:
        code = str(row[0])
        if OLD_CODE.fullmatch(code):
            series = zip(years, row[1:], strict=False)
            known = {year: Decimal(str(value)) for year, value in series if value not in (":", None)}
            units.append(Listed(code, code, (), country_of_code(code), unit_of_code(code), known))
    return units


def list_of_2019() -> list[Listed]:
    """Old codes of the table of municipalities 2019; population where all municipalities have one."""
    rows = csv.DictReader(open_text(LISTS / "crosswalks" / "lau_nuts2016_city_fua_2019.csv.gz"))
    members: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        # Some countries have the same code in both columns: one unit, not two.
        for code in {row["city_id"], row["greater_city_id"]} - {""}:
            members[code].append(row)
    return [_unit_of_2019(code, found) for code, found in sorted(members.items())]


def _unit_of_2019(code: str, rows: list[dict[str, str]]) -> Listed:
    column = "city" if rows[0]["city_id"] == code else "greater_city"
    label = rows[0][f"{column}_name"]
    if not label and len(rows) == 1:  # Hungary: the city has no name, its only municipality has
        label = rows[0]["lau_name_national"]
    counts = [row["population"] for row in rows]
    population = {2019: sum(map(Decimal, counts), Decimal(0))} if all(counts) else {}
    municipalities = tuple(sorted(row["lau_code"] for row in rows))
    names = plain_names(label) if label else ()
    return Listed(code, label, names, country_of_code(code), unit_of_code(code), population, municipalities)


def regions_of_2019() -> dict[str, set[str]]:
    """NUTS 3 region of 2016 -> the units of 2019 that are made of exactly its municipalities."""
    of_region: dict[str, set[str]] = defaultdict(set)
    of_unit: dict[str, set[str]] = defaultdict(set)
    for row in csv.DictReader(open_text(LISTS / "crosswalks" / "lau_nuts2016_city_fua_2019.csv.gz")):
        of_region[row["code_2016"]].add(row["gisco_id"])
        for code in {row["city_id"], row["greater_city_id"]} - {""}:
            of_unit[code].add(row["gisco_id"])
    return {
        region: {unit for unit, parts in of_unit.items() if parts == municipalities}
        for region, municipalities in of_region.items()
    }


def region_in_2021(region: str) -> str:
    """The code of 2021 of a region of 2016, or "" where it is another territory."""
    with (ROOT / "definitions" / "crosswalks" / "nuts_changes.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        changes = [
            row
            for row in csv.DictReader(file)
            if row["edition_from"] == "2016" and row["code_from"].partition(" ")[0] == region
        ]
    if any(not set(row["kind"].split()) <= {"recoded", "renamed"} or not row["code_to"] for row in changes):
        return ""
    return changes[0]["code_to"] if changes else region


def labels_of_2018() -> dict[str, list[Listed]]:
    """Label -> the units that go by it, from the long and the wide file (both list the same 1,070 units).

    A label of the long file that has two values for one year, or of the wide one that stands in two rows, names two.
    """
    units: dict[str, list[Listed]] = defaultdict(list)
    for label, population in _rows_of_wide_file():
        units[label].append(_labelled(label, population))
    values: dict[tuple[str, int], int] = defaultdict(int)
    for row in csv.DictReader(open_text(LISTS / "eurostat-cities" / "urb_cpop1_1_Data.csv.gz", "iso-8859-1")):
        if row["INDIC_UR"] == POPULATION:
            key = row["CITIES"], int(row["TIME"])
            values[key] += 1
            if key[0] not in units:
                units[key[0]].append(_labelled(key[0], {}))
            if len(units[key[0]]) == 1 and row["Value"] != ":":
                units[key[0]][0].population[key[1]] = _thousands(row["Value"])
    doubled = {label for (label, _), count in values.items() if count > 1}
    assert doubled == {label for label, found in units.items() if len(found) > 1}, "the two files disagree"
    return units


def _rows_of_wide_file() -> Iterator[tuple[str, dict[int, Decimal]]]:
    rows = list(csv.reader(open_text(LISTS / "eurostat-cities" / "urb_cpop1_wide.csv")))
    head = next(number for number, row in enumerate(rows) if row and row[0] == "CITIES/TIME")
    years = [int(cell) for cell in rows[head][1:]]
    for row in rows[head + 1 :]:
        if not row or not row[0]:
            return  # the footer follows
        known = {y: _thousands(cell) for y, cell in zip(years, row[1:], strict=True) if cell not in (":", "")}
        yield row[0], known


def _labelled(label: str, population: dict[int, Decimal]) -> Listed:
    unit = "greater city" if GREATER.search(label) else "city"
    return Listed(label, label, plain_names(label), "", unit, population)


def _thousands(cell: str) -> Decimal:
    return Decimal(cell.replace(",", ""))


def labels_of_2026() -> list[tuple[str, str]]:
    """(label, code) of the list of 2024: cities, greater cities and countries, not the functional urban areas.

    The tables of cities (urb_c...) hold no functional urban area, so "Gent" is the city although one is called so too.
    """
    rows = csv.DictReader(
        open_text(LISTS / "eurostat-cities" / "ESTAT_CITIES.csv", "utf-8-sig"), delimiter=";"
    )
    return [(row["Label - English"], row["CODE"]) for row in rows if not row["CODE"].endswith("F")]


def districts() -> dict[str, dict[str, Any]]:
    """Code of the Regionaldatenbank -> its name, and dwellings completed by year (table 31121-01-02-4)."""
    text = open_text(LISTS / "germany-kreise" / "31121-01-02-4_construction_kreis.csv.gz", "iso-8859-1")
    found: dict[str, dict[str, Any]] = {}
    for row in csv.reader(text, delimiter=";"):
        if len(row) == 12 and re.fullmatch(r"\d{4}", row[0]) and row[1].isdigit():
            entry = found.setdefault(row[1], {"name": row[2].strip(), "dwellings": {}})
            if row[7].isdigit():
                entry["dwellings"][int(row[0])] = Decimal(row[7])
    return found


def authorities() -> list[tuple[str, str, set[str]]]:
    """(scheme, code, GSS codes) of mySociety's lists of British authorities: their codes, and what they are called.

    A name of two authorities has two GSS codes, and so has an authority whose GSS code changed.
    """
    folder = LISTS / "uk"
    by_code: dict[str, set[str]] = defaultdict(set)
    for row in csv.DictReader(open_text(folder / "lookup_gss_to_registry.csv")):
        by_code[row["local-authority-code"]].add(row["gss-code"])
    by_name: dict[str, set[str]] = defaultdict(set)
    for row in csv.DictReader(open_text(folder / "lookup_name_to_registry.csv")):
        by_name[row["la-name"].strip()] |= by_code[row["local-authority-code"]]
    found = [("uk_authority", code, gss) for code, gss in by_code.items()]
    return found + [("uk_authority_name", name, gss) for name, gss in by_name.items()]
