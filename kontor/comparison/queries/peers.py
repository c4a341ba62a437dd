"""Which cities are alike: nearest on structural variables, for every city, as of a release."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kontor.engines import peers as engine
from kontor.observations.queries import figures

from .. import rules
from .basis import Basis

POPULATION = ("starter:population", "league:population")  # later names win
AREA = ("starter:land_area_km2", "league:land_area_km2")


@dataclass(frozen=True, slots=True)
class Structure:
    """What peers are chosen by. Population in persons, density per km2, growth in % a year; nan where unknown."""

    population: float
    population_period: str
    population_flags: str
    density: float
    growth: float


@dataclass(frozen=True, slots=True)
class Similar:
    """A city like another one: its distance in standard deviations and each variable's share of the square of it."""

    city: str
    distance: float
    shares: Mapping[str, float]


@lru_cache(maxsize=64)
def structures(basis: Basis) -> Mapping[str, Structure]:
    """Structural variables of every city that has a population figure."""
    population, flags = _by_city(basis, POPULATION)
    area, _ = _by_city(basis, AREA)
    found = {}
    for city, series in population.items():
        last = max(series)
        first = min((year for year in series if int(last) - int(year) <= 10), default=last)
        years = int(last) - int(first)
        growth = (
            ((series[last] / series[first]) ** (1 / years) - 1) * 100
            if years >= 3 and series[first] > 0
            else math.nan
        )
        extent = max(area.get(city, {"": 0.0}).items())[1]
        density = series[last] / extent if extent > 0 else math.nan
        found[city] = Structure(series[last], last, flags[city, last], density, growth)
    return found


def _by_city(
    basis: Basis, variables: tuple[str, ...]
) -> tuple[dict[str, dict[str, float]], dict[tuple[str, str], str]]:
    """City -> period -> value, and (city, period) -> flags."""
    merged: dict[str, dict[str, float]] = {}
    flags: dict[tuple[str, str], str] = {}
    for variable in variables:
        for (area, period), cell in figures.columns(variable, known=basis.known).cells.items():
            if area in basis.cities:
                merged.setdefault(area, {})[period] = cell[0]
                flags[area, period] = cell[1]
    return merged, flags


@lru_cache(maxsize=64)
def similar(basis: Basis) -> Mapping[str, tuple[Similar, ...]]:
    """For every city all real cities of its class, the most similar first."""
    known = structures(basis)
    result: dict[str, tuple[Similar, ...]] = {}
    for kind in sorted(set(rules.CLASSES.values())):
        codes = sorted(code for code in known if rules.CLASSES[basis.cities[code].unit] == kind)
        # real cities first, so that invented ones cannot move a tie
        codes.sort(key=lambda code: not basis.real(code))
        if codes:
            result.update(_ordered(codes, basis))
    return result


def _ordered(codes: list[str], basis: Basis) -> dict[str, tuple[Similar, ...]]:
    known = structures(basis)
    rows = np.array([_row(known[code]) for code in codes])
    eligible = np.array([basis.real(code) for code in codes])
    found = engine.nearest(rows, eligible=eligible, k=max(1, int(eligible.sum())))
    ordered = {}
    for place, code in enumerate(codes):
        ordered[code] = tuple(
            Similar(
                city=codes[peer],
                distance=float(found.distance[place, rank]),
                shares={
                    name: float(found.contribution[place, rank, column])
                    for column, name in enumerate(rules.STRUCTURE)
                    if not math.isnan(found.contribution[place, rank, column])
                },
            )
            for rank, peer in enumerate(found.index[place])
            if peer >= 0
        )
    return ordered


def _row(structure: Structure) -> list[float]:
    logarithm = math.log(structure.population) if structure.population > 0 else math.nan
    density = math.log(structure.density) if structure.density > 0 else math.nan
    return [logarithm, density, structure.growth]


def group(basis: Basis, city: str, reporting: frozenset[str] | None = None) -> tuple[Similar, ...]:
    """The peer group of a city: the 20 most similar real cities, of those that report a figure where it is given."""
    chosen = [peer for peer in similar(basis).get(city, ()) if reporting is None or peer.city in reporting]
    return tuple(chosen[: rules.PEERS])
