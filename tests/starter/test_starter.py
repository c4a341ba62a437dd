"""The starter's files agree with their README, with each other and with the rough shape of Europe."""

from __future__ import annotations

import csv
import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zoneinfo import available_timezones

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "starter"
MAY_BE_BLANK = ("name_zh", "latitude", "longitude", "time_zone", "geoname_id", "population_match")

# Rough boxes (south, west, north, east); a country of several parts has several.
BOXES: dict[str, list[tuple[float, float, float, float]]] = {
    "BE": [(49.4, 2.5, 51.6, 6.5)],
    "BG": [(41.2, 22.3, 44.3, 28.7)],
    "CH": [(45.8, 5.9, 47.9, 10.6)],
    "DE": [(47.2, 5.8, 55.1, 15.1)],
    "EE": [(57.5, 21.7, 59.8, 28.3)],
    "ES": [(35.9, -9.4, 43.9, 4.4), (27.6, -18.2, 29.5, -13.3)],
    "FI": [(59.7, 19.0, 70.1, 31.6)],
    "FR": [(41.3, -5.2, 51.2, 9.7), (-21.4, 55.2, -20.8, 55.9)],
    "GB": [(49.8, -8.7, 60.9, 1.8)],
    "HR": [(42.3, 13.4, 46.6, 19.5)],
    "HU": [(45.7, 16.1, 48.6, 22.9)],
    "IT": [(35.4, 6.6, 47.1, 18.6)],
    "LT": [(53.8, 20.9, 56.5, 26.9)],
    "LV": [(55.6, 20.9, 58.1, 28.3)],
    "MT": [(35.7, 14.1, 36.1, 14.6)],
    "NL": [(50.7, 3.3, 53.6, 7.3)],
    "PL": [(49.0, 14.1, 54.9, 24.2)],
    "PT": [(36.9, -9.6, 42.2, -6.1)],
    "SI": [(45.4, 13.3, 46.9, 16.7)],
    "SK": [(47.7, 16.8, 49.7, 22.6)],
}


def rows(name: str) -> list[dict[str, str]]:
    with (STARTER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def cities() -> list[dict[str, str]]:
    return rows("cities.csv")


@pytest.fixture(scope="module")
def figures() -> list[dict[str, str]]:
    return rows("figures.csv")


def test_319_cities_with_unique_codes_in_the_order_of_the_source(cities: list[dict[str, str]]) -> None:
    assert len(cities) == 319
    codes = [city["city_code"] for city in cities]
    assert len(set(codes)) == 319
    assert codes == [city["city_code"] for city in rows("cities-source.csv")]


def test_27586_figures_with_unique_keys_of_known_cities(
    cities: list[dict[str, str]], figures: list[dict[str, str]]
) -> None:
    keys = Counter((figure["city_code"], figure["variable"], figure["period"]) for figure in figures)
    assert len(figures) == len(keys) == 27_586
    assert {figure["city_code"] for figure in figures} == {city["city_code"] for city in cities}


def test_readme_states_the_hashes_of_both_files() -> None:
    readme = (STARTER / "README.md").read_text("utf-8")
    stated = dict(re.findall(r"^    ([0-9a-f]{64})  (\S+)$", readme, re.MULTILINE))
    actual = {
        hashlib.sha256((STARTER / n).read_bytes()).hexdigest(): n for n in ("cities.csv", "figures.csv")
    }
    assert stated == actual


def test_readme_states_the_counts_of_the_match(cities: list[dict[str, str]]) -> None:
    candidates = {row["city_code"]: row["candidate"] for row in rows("places-report.csv")}
    matched = sum(bool(city["geoname_id"]) for city in cities)
    doubtful = sum(bool(not city["geoname_id"] and candidates[city["city_code"]]) for city in cities)
    missing = len(cities) - matched - doubtful
    readme = (STARTER / "README.md").read_text("utf-8")
    assert f"| all (319) | {matched} | {doubtful} | {missing} |" in readme


def test_coordinates_come_in_pairs_and_lie_in_their_country(cities: list[dict[str, str]]) -> None:
    outside = []
    for city in cities:
        assert bool(city["latitude"]) == bool(city["longitude"])
        if city["latitude"]:
            lat, lon = float(city["latitude"]), float(city["longitude"])
            boxes = BOXES[city["country"]]
            if not any(s <= lat <= n and w <= lon <= e for s, w, n, e in boxes):
                outside.append(city["city_code"])
    assert outside == []


def test_given_coordinates_are_kept(cities: list[dict[str, str]]) -> None:
    kept = {city["city_code"]: (city["latitude"], city["longitude"]) for city in cities}
    given = [city for city in rows("cities-source.csv") if city["latitude"]]
    assert len(given) == 96
    assert all(kept[city["city_code"]] == (city["latitude"], city["longitude"]) for city in given)


def test_time_zones_are_the_places_own(cities: list[dict[str, str]]) -> None:
    zones = {city["city_code"]: city["time_zone"] for city in cities}
    assert set(zones.values()) - {""} <= available_timezones()
    assert {code for code, zone in zones.items() if zone == "Atlantic/Canary"} == {"ES008C", "ES024C"}
    assert {code for code, zone in zones.items() if zone == "Indian/Reunion"} == {"FR030C"}
    assert {zone for code, zone in zones.items() if code.startswith("E09")} == {"Europe/London"}


def test_chinese_names_are_han_characters_in_simplified_form(cities: list[dict[str, str]]) -> None:
    names = [city["name_zh"] for city in cities if city["name_zh"]]
    assert names
    assert [name for name in names if not re.fullmatch(r"[\u4e00-\u9fff]+(·[\u4e00-\u9fff]+)*", name)] == []
    for name in names:
        name.encode("gb2312")  # the mainland's character set: a traditional form raises UnicodeEncodeError


def test_every_blank_is_in_the_report_and_nothing_else(cities: list[dict[str, str]]) -> None:
    blanks = {
        city["city_code"]: " ".join(column for column in MAY_BE_BLANK if not city[column])
        for city in cities
        if not all(city[column] for column in MAY_BE_BLANK)
    }
    assert blanks == {row["city_code"]: row["blank"] for row in rows("places-report.csv")}


def test_all_other_cells_are_filled(cities: list[dict[str, str]]) -> None:
    assert [c["city_code"] for c in cities if not all(v for k, v in c.items() if k not in MAY_BE_BLANK)] == []


@pytest.mark.parametrize("name", ["exonyms.csv", "chinese-names.csv"])
def test_reviewed_tables_name_known_cities_once(name: str, cities: list[dict[str, str]]) -> None:
    codes = [row["city_code"] for row in rows(name)]
    assert len(codes) == len(set(codes))
    assert set(codes) <= {city["city_code"] for city in cities}


def test_every_reviewed_chinese_name_is_used(cities: list[dict[str, str]]) -> None:
    used = {city["city_code"]: city["name_zh"] for city in cities if city["name_zh"]}
    assert used == {row["city_code"]: row["name_zh"] for row in rows("chinese-names.csv")}


def test_built_files_are_current() -> None:
    command = [sys.executable, str(ROOT / "tools" / "places.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_local_name_has_a_language() -> None:
    with (STARTER / "languages.csv").open(encoding="utf-8", newline="") as file:
        prefixes = {row["prefix"]: row["language"] for row in csv.DictReader(file)}
    with (STARTER / "cities.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["city_code"] for row in csv.DictReader(file)]
    assert [code for code in codes if not any(code.startswith(prefix) for prefix in prefixes)] == []
    assert [prefix for prefix in prefixes if not any(code.startswith(prefix) for code in codes)] == []
