"""The match rule of tools/places.py: each doubt leads to a blank and is named."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PLACES = Path(__file__).resolve().parents[2] / "tools" / "places.py"


@pytest.fixture(scope="module")
def places() -> ModuleType:
    spec = importlib.util.spec_from_file_location("places", PLACES)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["places"] = module
    spec.loader.exec_module(module)
    return module


def place(places: ModuleType, geoname_id: int, population: int, latitude: float = 50.0) -> Any:
    return places.Place(
        geoname_id, "Saint-Étienne", ("圣艾蒂安", "聖艾蒂安"), population, latitude, 4.0, "Europe/Paris"
    )


def judged(places: ModuleType, found: list[Any], population: float, **changes: Any) -> Any:
    facts = {
        "city_code": "X",
        "names": ("SAINT ETIENNE",),
        "country": "FR",
        "unit": "city",
        "coordinates": None,
    }
    city = places.City(**(facts | changes), population=population)
    return places.judge(city, {("FR", "saint etienne"): {p.geoname_id: p for p in found}})


@pytest.mark.parametrize(
    ("unit", "found", "ours", "reason"),
    [
        ("city", 50_000, 100_000, ""),
        ("city", 49_999, 100_000, "population_differs"),
        ("city", 200_000, 100_000, ""),
        ("city", 200_001, 100_000, "population_differs"),
        ("borough", 49_999, 100_000, "population_differs"),
        ("greater city", 15_000, 100_000, ""),
        ("greater city", 14_999, 100_000, "population_differs"),
        ("greater city", 125_001, 100_000, "population_differs"),
    ],
)
def test_population_range(places: ModuleType, unit: str, found: int, ours: float, reason: str) -> None:
    judgement = judged(places, [place(places, 1, found)], ours, unit=unit)
    assert judgement.reason == reason
    assert (judgement.place is None) == bool(reason)


@pytest.mark.parametrize(
    ("populations", "chosen"),
    [
        ((100_000, 62_000), 1),  # Saint-Denis: one fits, the other does not
        ((100_000, 80_000), None),  # the other comes near
        ((93_000, 62_000), None),  # none fits closely
        ((70_000, 1_000), 1),  # the other is out of range
    ],
)
def test_several_places_of_one_name(
    places: ModuleType, populations: tuple[int, int], chosen: int | None
) -> None:
    judgement = judged(places, [place(places, i, p) for i, p in enumerate(populations, 1)], 100_000)
    assert (judgement.place and judgement.place.geoname_id) == chosen
    assert judgement.reason == ("" if chosen else "ambiguous")


@pytest.mark.parametrize(("latitude", "reason"), [(50.2, ""), (50.3, "far_from_given_coordinates")])
def test_given_coordinates_must_agree(places: ModuleType, latitude: float, reason: str) -> None:
    judgement = judged(places, [place(places, 1, 100_000, latitude)], 100_000, coordinates=(50.0, 4.0))
    assert judgement.reason == reason


def test_country_must_agree(places: ModuleType) -> None:
    assert judged(places, [place(places, 1, 100_000)], 100_000, country="BE").reason == "no_candidate"


def test_folding_and_halves(places: ModuleType) -> None:
    assert [places.fold(n) for n in ("Łódź", "Saint-Étienne", "L'Aquila")] == [
        "lodz",
        "saint etienne",
        "l aquila",
    ]
    assert places.name_parts(["A/B", "A/B", "C (D/E)"]) == ("A/B", "A", "B", "C (D/E)")


@pytest.mark.parametrize(
    ("reviewed", "expected"),
    [("圣艾蒂安", "圣艾蒂安"), ("圣埃蒂安", ""), ("", ""), ("罗马", "罗马"), ("圣-安", "")],
)
def test_a_chinese_name_needs_geonames_behind_it(places: ModuleType, reviewed: str, expected: str) -> None:
    found = places.Place(1, "X", ("圣艾蒂安", "罗马市", "圣-安"), 1, 0.0, 0.0, "Europe/Paris")
    assert places.chinese_name(found, reviewed) == expected
