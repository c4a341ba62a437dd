"""starter/codes.csv and the rule by which tools/codes.py made it: each doubt leads to no match and is named."""

from __future__ import annotations

import csv
import importlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTER, TOOLS = ROOT / "starter", ROOT / "tools"
LISTS = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def codes() -> Iterator[ModuleType]:
    sys.path.insert(0, str(TOOLS))
    yield importlib.import_module("codes")
    sys.path.remove(str(TOOLS))


def rows(name: str) -> list[dict[str, str]]:
    with (STARTER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(scheme: str, edition: str) -> dict[str, str]:
    return {
        row["code"]: row["city_code"]
        for row in rows("codes.csv")
        if (row["scheme"], row["edition"]) == (scheme, edition)
    }


def series(**years: float) -> dict[int, Decimal]:
    return {int(year[1:]): Decimal(str(count)) for year, count in years.items()}


def city(codes: ModuleType, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "code": "DE001C",
        "names": ("Flensburg",),
        "country": "DE",
        "unit": "city",
        "population": series(y2012=1000, y2013=1010, y2014=1020, y2019=1080),
    }
    return codes.City(**(facts | changes))


def unit(codes: ModuleType, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "code": "DE052C1",
        "label": "Flensburg",
        "names": ("Flensburg",),
        "country": "DE",
        "unit": "city",
        "population": series(y2012=1000, y2013=1010, y2014=1020),
    }
    return codes.Listed(**(facts | changes))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- the file


def test_a_region_is_a_city_only_where_it_is_exactly_the_city() -> None:
    regions = of("nuts", "2021")
    assert regions["DE300"] == "DE001C" and regions["BE100"] == "BE001C" and len(regions) == 100
    assert "DE91C" not in regions  # Göttingen is a part of its district
    units = {code: unit for unit, code in of("urban_audit", "2019").items()}
    places = {row["code"]: row for row in rows_of(ROOT / "definitions" / "crosswalks" / "cities_2019.csv")}
    for city_code in regions.values():
        assert len(places[units[city_code]]["nuts3"].split()) == 1


def test_what_cutting_off_the_version_digit_would_mix_up() -> None:
    """In 2019 DE021C1 was Göttingen and DE022C1 Mülheim; in 2024 DE021C is Mülheim."""
    old = of("urban_audit", "2019")
    assert old["DE022C1"] == "DE021C" and "DE021C1" not in old
    assert old["DE043C1"] == "DE040C"  # Rostock; DE043C is another city
    wrong = [code for code, found in old.items() if re.sub(r"\d$", "", code).replace("K", "C") != found]
    assert len(wrong) > 100 and len(old) > 230


def test_a_doubled_label_names_nobody() -> None:
    labels = of("urban_audit_label", "2018")
    doubled = {label for label, found in labels.items() if not found}
    assert len(doubled) == 18 and {"Madrid", "Liverpool", "Bilbao"} <= doubled
    assert labels["Riga"] == "LV001C" and labels["Lisboa (greater city)"] == "PT001C"


def test_cities_and_greater_cities_are_never_mixed() -> None:
    units = {row["city_code"]: row["unit"] for row in rows("cities.csv")}
    kinds = {"C": "city", "K": "greater city"}
    for edition in ("2016", "2019"):
        for code, found in of("urban_audit", edition).items():
            assert units[found] == kinds[code[5]], code
    for edition in ("2018", "2026"):
        for label, found in of("urban_audit_label", edition).items():
            if found and "greater city" in label:
                assert units[found] == "greater city", label


def test_district_codes_are_those_of_cities_alone() -> None:
    found = of("ags", "2020")
    assert found["02"] == found["02000"] == "DE002C" and found["11"] == found["11000"] == "DE001C"
    assert found["04011"] == "DE012C" and "04" not in found  # the state of Bremen is two cities
    assert found["03241001"] == "DE013C" and "03241" not in found  # Hannover is a part of its region
    assert found["10041100"] == "DE037C" and "10041" not in found
    german = {row["city_code"] for row in rows("cities.csv") if row["country"] == "DE"}
    reported = {row["city_code"] for row in rows("codes-report.csv") if row["scheme"] == "ags"}
    assert set(found.values()) | reported == german and not set(found.values()) & reported


def test_boroughs_go_by_several_names() -> None:
    names = of("uk_authority_name", "2023")
    assert {name for name, found in names.items() if found == "E09000033"} >= {
        "Westminster",
        "City of Westminster",
    }
    boroughs = {row["city_code"] for row in rows("cities.csv") if row["unit"] == "borough"}
    assert set(of("uk_authority", "2023").values()) == set(names.values()) == boroughs


def test_every_city_has_a_code_or_a_reason_in_every_list() -> None:
    eurostat = {row["city_code"] for row in rows("cities.csv") if row["unit"] != "borough"}
    report: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows("codes-report.csv"):
        report[row["scheme"], row["edition"]].add(row["city_code"])
    labels, audit = "urban_audit_label", "urban_audit"
    for key in ((audit, "2016"), (audit, "2019"), (labels, "2018"), (labels, "2026")):
        matched = set(of(*key).values()) - {""}
        assert matched | report[key] == eurostat and not matched & report[key]


@pytest.mark.skipif(not LISTS.is_dir(), reason="needs the published lists in ../shared/data")
def test_the_files_are_what_the_lists_give(codes: ModuleType) -> None:
    assert codes.main(["--check"]) == 0


# ---- the rule


def test_three_equal_years_decide(codes: ModuleType) -> None:
    assert codes.by_series([city(codes)], [unit(codes)]).keys() == {"DE001C"}


@pytest.mark.parametrize(
    "changes",
    [
        {"population": series(y2012=1000, y2013=1010)},
        {"population": series(y2012=1000, y2013=1010, y2014=1020, y2019=1300)},
        {"country": "DK"},
        {"unit": "greater city"},
    ],
)
def test_less_than_that_does_not(codes: ModuleType, changes: dict[str, Any]) -> None:
    assert codes.by_series([city(codes)], [unit(codes, **changes)]) == {}


def test_two_units_with_the_same_population_are_a_doubt(codes: ModuleType) -> None:
    assert codes.by_series([city(codes)], [unit(codes), unit(codes, code="DE053C1")]) == {}


def test_an_estimated_year_proves_nothing(codes: ModuleType) -> None:
    assert codes.by_series([city(codes, estimated={2014})], [unit(codes)]) == {}


@pytest.mark.parametrize(
    ("changes", "reason", "candidate"),
    [
        ({"population": series(y2019=1200)}, "population_differs", "DE052C1"),
        ({"population": {}}, "population_differs", "DE052C1"),
        ({"unit": "greater city", "population": series(y2019=1080)}, "kind_differs", "DE052C1"),
        ({"names": ("Neumünster",)}, "no_candidate", ""),
        ({"country": "DK"}, "no_candidate", ""),
    ],
)
def test_what_the_list_of_2019_does_not_confirm_is_a_doubt(
    codes: ModuleType, changes: dict[str, Any], reason: str, candidate: str
) -> None:
    judged = codes.judge_2019(city(codes), [unit(codes, **changes)], None)
    assert isinstance(judged, codes.Doubt)
    assert (judged.city_code, judged.reason, judged.candidate) == ("DE001C", reason, candidate)


@pytest.mark.parametrize("count", [1080, 1085, 1134, 1026])  # 5 % off at most
def test_the_list_of_2019_goes_by_name_and_population(codes: ModuleType, count: int) -> None:
    judged = codes.judge_2019(city(codes), [unit(codes, population=series(y2019=count))], None)
    assert judged == codes.Match("urban_audit", "2019", "DE052C1", "DE001C", "name_and_population")


def test_where_the_population_is_unknown_the_code_of_2016_confirms(codes: ModuleType) -> None:
    listed = unit(codes, population={})
    judged = codes.judge_2019(city(codes), [listed], unit(codes))
    assert (judged.code, judged.matched_by) == ("DE052C1", "name_and_code_of_2016")


def test_a_label_goes_by_name_and_population(codes: ModuleType) -> None:
    alone = {"Flensburg": [unit(codes, code="Flensburg")]}
    assert codes.judge_label(city(codes), alone).city_code == "DE001C"
    twice = {"Flensburg": [unit(codes, code="Flensburg"), unit(codes, code="Flensburg")]}
    assert codes.judge_label(city(codes), twice).reason == "ambiguous"
    other = {"Flensburg": [unit(codes, code="Flensburg", unit="greater city")]}
    assert codes.judge_label(city(codes), other).reason == "kind_differs"


def test_a_city_within_a_district_has_no_code(codes: ModuleType) -> None:
    listed = {
        "03159": {"name": "Göttingen, Landkreis", "dwellings": {}},
        "01001": {"name": "Flensburg, kreisfreie Stadt", "dwellings": {2019: Decimal(7)}},
    }
    within = unit(codes, municipalities=("03159016",))
    assert codes.judge_district(city(codes), within, listed)[0].reason == "part_of_district"
    alone = unit(codes, municipalities=("01001000",))
    assert codes.judge_district(city(codes), alone, listed)[0].code == "01001"
    off = city(codes, dwellings={2019: Decimal(8)})
    assert codes.judge_district(off, alone, listed)[0].reason == "dwellings_differ"
    named = city(codes, names=("Lübeck",))
    assert codes.judge_district(named, alone, listed)[0].reason == "name_differs"
