"""Invented figures of the invented cities: declared trends, seeded noise, counts drawn from Poisson's
distribution, and the flaws of flaws.toml. The same year gives the same figures, to the digit."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FIRST_YEAR = 2010
SEED = 20_260_657
HEADER = ("city_code", "variable", "period", "value", "flag")

Cell = tuple[str, str, int]  # city, variable, year
Figures = dict[Cell, tuple[Decimal, str]]  # value, flags


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a declared rate becomes a figure: per how many of `base`, with what scatter, in what steps.

    `scatter` is a relative standard deviation. A count is drawn from Poisson's distribution around its
    expectation.
    """

    variable: str
    step: str
    scatter: float = 0.0
    base: str = ""
    per: float = 1.0
    count: bool = False


# A recipe stands after the one it takes its base from. New ones go to the end: the place is part of the seed.
RECIPES = (
    Recipe("population", "1", 0.0015),
    Recipe("land_area_km2", "0.01"),
    Recipe("road_deaths", "1", base="population", per=100_000, count=True),
    Recipe("live_births", "1", 0.01, base="population", per=1_000, count=True),
    Recipe("infant_deaths", "1", base="live_births", per=1_000, count=True),
    Recipe("registered_cars", "1", 0.006, base="population", per=1_000),
    Recipe("municipal_waste_kt", "0.01", 0.012, base="population", per=1_000_000),
    Recipe("domestic_energy_kwh", "1", 0.015, base="population"),
    Recipe("dwellings_completed", "1", 0.12, base="population", per=1_000, count=True),
    Recipe("cycle_network_km", "0.1"),
    Recipe("commute_car_share", "0.1", 0.015),
    Recipe("commute_transit_share", "0.1", 0.02),
    Recipe("commute_bicycle_share", "0.1", 0.03),
    Recipe("commute_foot_share", "0.1", 0.03),
    Recipe("monthly_ticket_eur", "0.50"),
    Recipe("no2_annual_mean", "0.1", 0.03),
    Recipe("daycare_per_1000_children", "0.1", 0.01),
    Recipe("tertiary_share_25_64", "0.1", 0.01),
)


@cache
def cities() -> tuple[Mapping[str, Any], ...]:
    """The invented cities as declared in cities.toml."""
    return tuple(_read("cities.toml")["city"])


@cache
def flaws() -> Mapping[str, Any]:
    """Flags, breaks, missing figures and revisions as declared in flaws.toml."""
    return _read("flaws.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def final(newest: int) -> Figures:
    """All figures from 2010 to `newest` as they stand after every correction."""
    figures: Figures = {}
    for number, city in enumerate(cities()):
        for place, recipe in enumerate(RECIPES):
            for year in range(FIRST_YEAR, newest + 1):
                base = figures[city["code"], recipe.base, year][0] if recipe.base else Decimal(1)
                expected = _trend(city["figures"][recipe.variable], year, newest) * float(base) / recipe.per
                last = recipe.variable == "population" and year == newest  # the declared number of residents
                scatter = 0.0 if last else recipe.scatter
                drawn = _drawn(expected, recipe, scatter, np.random.default_rng([SEED, number, place, year]))
                figures[city["code"], recipe.variable, year] = _in_steps(drawn, recipe.step), ""
    _break(figures, newest)
    _flag(figures, newest)
    for item in flaws()["missing"]:
        del figures[_cell(item, newest)]
    return figures


def first(newest: int) -> Figures:
    """What was known a year earlier: without the newest year, and before the revisions."""
    figures = {cell: figure for cell, figure in final(newest).items() if cell[2] < newest}
    step = {recipe.variable: recipe.step for recipe in RECIPES}
    for item in flaws()["revisions"]:
        cell = _cell(item, newest)
        value, flags = figures[cell]
        before = (float(value) + item["plus"]) * item["times"]
        figures[cell] = _in_steps(before, step[cell[1]]), "".join(sorted(set(flags + item["flag"])))
    return figures


def as_csv(figures: Figures) -> str:
    """The figures in the layout in which cities hand theirs in."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_rows(figures))
    return text.getvalue()


def _rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    for (city, variable, year), (value, flags) in sorted(figures.items()):
        yield city, variable, str(year), f"{value:f}", flags


def _trend(declared: float | Iterable[float], year: int, newest: int) -> float:
    """The declared value of a year: an even rate of change from the first to the newest year."""
    if isinstance(declared, int | float):
        return float(declared)
    start, end = declared
    way = (year - FIRST_YEAR) / (newest - FIRST_YEAR)
    return float(start * (end / start) ** way)


def _drawn(expected: float, recipe: Recipe, scatter: float, generator: np.random.Generator) -> float:
    scattered = expected * (1 + scatter * float(generator.standard_normal()))
    return float(generator.poisson(scattered)) if recipe.count else scattered


def _in_steps(value: float, step: str) -> Decimal:
    return Decimal(round(value / float(step))) * Decimal(step)


def _cell(item: Mapping[str, Any], newest: int) -> Cell:
    return item["city"], item["variable"], newest - item["years"]


def _break(figures: Figures, newest: int) -> None:
    """Before the break the series was counted in another way."""
    step = {recipe.variable: recipe.step for recipe in RECIPES}
    for item in flaws()["breaks"]:
        city, variable, year = _cell(item, newest)
        figures[city, variable, year] = figures[city, variable, year][0], "b"
        for earlier in range(FIRST_YEAR, year):
            value, flags = figures[city, variable, earlier]
            figures[city, variable, earlier] = _in_steps(float(value) * item["times"], step[variable]), flags


def _flag(figures: Figures, newest: int) -> None:
    for item in flaws()["flags"]:
        oldest = max(FIRST_YEAR, newest - item["from_years"])
        for year in range(oldest, newest - item["to_years"] + 1):
            value, flags = figures[item["city"], item["variable"], year]
            figures[item["city"], item["variable"], year] = value, "".join(sorted({*flags, *item["flag"]}))
