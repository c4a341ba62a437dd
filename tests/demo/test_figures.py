"""The invented figures: complete, possible, the same every time, and telling what they should."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from kontor.demo import figures

NEWEST = 2025
VARIABLES = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "definitions" / "variables.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def final() -> figures.Figures:
    return figures.final(NEWEST)


def series(final: figures.Figures, city: str, variable: str) -> list[float]:
    return [float(value) for (area, name, _), (value, _) in final.items() if (area, name) == (city, variable)]


def flags(final: figures.Figures, city: str, variable: str) -> dict[int, str]:
    return {
        year: flag
        for (area, name, year), (_, flag) in final.items()
        if (area, name) == (city, variable) and flag
    }


def test_every_variable_that_cities_report_is_made() -> None:
    asked = {code.removeprefix("league:") for code in VARIABLES if code.startswith("league:")}
    assert {recipe.variable for recipe in figures.RECIPES} == asked


def test_only_the_declared_figures_are_missing(final: figures.Figures) -> None:
    wanted = {
        (city["code"], recipe.variable, year)
        for city in figures.cities()
        for recipe in figures.RECIPES
        for year in range(2010, NEWEST + 1)
    }
    assert wanted - set(final) == {
        ("ZZ009D", "commute_bicycle_share", 2017),
        ("ZZ010D", "no2_annual_mean", 2012),
        ("ZZ005D", "registered_cars", 2016),
    }
    assert set(final) <= wanted


def test_made_twice_they_are_the_same_and_another_seed_gives_others(monkeypatch: pytest.MonkeyPatch) -> None:
    once = figures.as_csv(figures.final(NEWEST))
    assert figures.as_csv(figures.final(NEWEST)) == once
    monkeypatch.setattr(figures, "SEED", 1)
    assert figures.as_csv(figures.final(NEWEST)) != once


@pytest.mark.parametrize("newest", range(2025, 2037, 3))
def test_they_are_possible_in_any_year_of_loading(newest: int) -> None:
    made = figures.final(newest)
    whole = {code.removeprefix("league:") for code, entry in VARIABLES.items() if entry["integer"]}
    for (city, variable, year), (value, _) in made.items():
        assert value >= 0, (city, variable, year)
        assert variable not in whole or value == value.to_integral_value(), (city, variable, year)
    for place in figures.cities():
        for year in range(2010, newest + 1):
            shares = [
                made.get((place["code"], f"commute_{way}_share", year), (Decimal(0), ""))[0]
                for way in ("car", "transit", "bicycle", "foot")
            ]
            assert sum(shares) <= 100, (place["code"], year)
            births, deaths = (made[place["code"], name, year][0] for name in ("live_births", "infant_deaths"))
            assert deaths < births
    assert figures.first(newest)


def test_the_first_release_lacks_the_newest_year_and_three_corrections(final: figures.Figures) -> None:
    first = figures.first(NEWEST)
    assert {year for _, _, year in set(final) - set(first)} == {NEWEST}
    assert {cell for cell in first if first[cell] != final[cell]} == {
        ("ZZ001D", "road_deaths", 2024),
        ("ZZ003D", "municipal_waste_kt", 2023),
        ("ZZ005D", "dwellings_completed", 2024),
    }


def test_lindhafen_has_the_residents_it_is_known_for(final: figures.Figures) -> None:
    assert final["ZZ001D", "population", NEWEST] == (Decimal(312_400), "")


def test_lindhafen_made_its_streets_safe_and_its_houses_waste_energy(final: figures.Figures) -> None:
    deaths = series(final, "ZZ001D", "road_deaths")
    assert sum(deaths[-5:]) * 2 < sum(deaths[:5])
    residents, energy = (series(final, "ZZ001D", name)[-1] for name in ("population", "domestic_energy_kwh"))
    others = [
        series(final, city["code"], "domestic_energy_kwh")[-1] / series(final, city["code"], "population")[-1]
        for city in figures.cities()
    ]
    assert sum(other > energy / residents for other in others) <= 1  # only Nordvik, far in the north
    assert series(final, "ZZ001D", "commute_bicycle_share")[-1] > 15


@pytest.mark.parametrize(
    ("variable", "falls"),
    [
        ("road_deaths", True),
        ("no2_annual_mean", True),
        ("commute_car_share", True),
        ("cycle_network_km", False),
    ],
)
def test_karstheim_improves(final: figures.Figures, variable: str, falls: bool) -> None:
    found = series(final, "ZZ002D", variable)
    assert (sum(found[-4:]) < 0.8 * sum(found[:4])) if falls else (sum(found[-4:]) > 1.25 * sum(found[:4]))


def test_veldhaven_has_a_break_in_its_waste_series(final: figures.Figures) -> None:
    assert flags(final, "ZZ007D", "municipal_waste_kt") == {2018: "b"}
    found = series(final, "ZZ007D", "municipal_waste_kt")
    assert found[8] > 1.1 * found[7]


def test_flags_stand_where_they_are_declared(final: figures.Figures) -> None:
    assert flags(final, "ZZ008D", "road_deaths") == dict.fromkeys(range(2010, NEWEST + 1), "d")
    assert flags(final, "ZZ006D", "municipal_waste_kt") == {2019: "e"}
    assert flags(final, "ZZ011D", "municipal_waste_kt") == {2020: "e", 2021: "e"}
    assert flags(final, "ZZ004D", "road_deaths") == {NEWEST: "p"}
    assert sum(1 for _, flag in final.values() if flag) == 16 + 1 + 1 + 2 + 1
