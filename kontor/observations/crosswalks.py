"""The tables of definitions/crosswalks/: German districts, NUTS codes and the cities of 2019 through time."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from kontor.engines.crosswalk import Crosswalk, Share
from kontor.errors import Refused

FIRST, LAST = 1990, 2020  # of the districts: years of the table, the last one being that to which it converts
NUTS_EDITIONS = ("1999", "2003", "2006", "2010", "2013", "2016", "2021")
SAME_TERRITORY = {"recoded", "renamed"}


class District(NamedTuple):
    """A German Kreis; `last` is None where it is today what it was in 2020."""

    code: str
    name: str
    first: int
    last: int | None

    def existed(self, year: int) -> bool:
        """On 31 December of the year, with the territory that its code stands for."""
        return self.first <= year and (self.last is None or year <= self.last)


class UnitOf2019(NamedTuple):
    """A city, greater city or part of one by its old code; None where a municipality has no figure."""

    code: str
    name: str
    kind: str
    population: Decimal | None
    area_km2: Decimal | None
    nuts3: tuple[str, ...]


def _rows(name: str) -> list[dict[str, str]]:
    path: Path = settings.DEFINITIONS / "crosswalks" / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _districts() -> tuple[District, ...]:
    return tuple(
        District(row["code"], row["name"], int(row["first"]), int(row["last"]) if row["last"] else None)
        for row in _rows("districts.csv")
    )


@cache
def districts(year: int) -> Mapping[str, str]:
    """Code -> name of the districts that existed on 31 December of the year, 1990 or later."""
    return {district.code: district.name for district in _districts() if district.existed(year)}


@cache
def districts_to_2020(year: int, by: str = "population") -> Crosswalk:
    """From the districts of 31 December of a year (1990 to 2019) to those of 2020, by "population" or "area".

    Refused("crosswalk_unknown") for another year.
    """
    if not FIRST <= year < LAST:
        raise Refused("crosswalk_unknown", scheme="kreise", edition=year)
    changed = [
        Share(row["code"], row["code_2020"], Decimal(row[by]))
        for row in _rows("district_shares.csv")
        if int(row["first"]) <= year <= int(row["last"])
        and Decimal(row[by])  # land where nobody lives gives nobody
    ]
    stayed = districts(year).keys() - {share.old for share in changed}
    shares = (*changed, *(Share(code, code, Decimal(1)) for code in sorted(stayed)))
    return Crosswalk("kreise", str(year), str(LAST), by, shares)


@cache
def _nuts_changes() -> Mapping[tuple[str, str], tuple[tuple[str, frozenset[str]], ...]]:
    """(code, edition) -> its (code in the next edition, kinds of change)."""
    found: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for row in _rows("nuts_changes.csv"):
        if row["code_from"]:
            key = row["code_from"], row["edition_from"]
            found[key].append((row["code_to"], frozenset(row["kind"].split())))
    return {key: tuple(changes) for key, changes in found.items()}


def nuts_code(code: str, *, edition_from: str, edition_to: str) -> str:
    """The code that the same territory has in a later edition.

    Refused: "crosswalk_unknown" for an edition that is not listed or not later, "territory_changed" where the region
    was divided, merged, given other borders or given up on the way.
    """
    if edition_from not in NUTS_EDITIONS or edition_to not in NUTS_EDITIONS or edition_to < edition_from:
        raise Refused("crosswalk_unknown", scheme="nuts", edition=f"{edition_from}>{edition_to}")
    for before, after in pairwise(NUTS_EDITIONS):
        if edition_from <= before < edition_to:
            for follower, kinds in _nuts_changes().get((code, before), ()):
                if not follower or not kinds <= SAME_TERRITORY:
                    raise Refused("territory_changed", area=code, scheme="nuts", edition=after)
                code = follower
    return code


@cache
def units_of_2019() -> tuple[UnitOf2019, ...]:
    """Every city, greater city and part of one in the table of municipalities 2019; one code stands there twice."""
    return tuple(
        UnitOf2019(
            row["code"],
            row["name"],
            row["kind"],
            Decimal(row["population"]) if row["population"] else None,
            Decimal(row["area_km2"]) if row["area_km2"] else None,
            tuple(row["nuts3"].split()),
        )
        for row in _rows("cities_2019.csv")
    )
