"""The tables of definitions/crosswalks/: German districts, NUTS codes and the cities of 2019 through time."""

from __future__ import annotations

import csv
import re
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
WHOLE = Decimal(1)
CODE = re.compile(r"\b[A-Z]{2}[0-9][0-9A-Z]{0,2}\b")
PART = " (part)"  # stands behind a code into which a region went together with others


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
    """A city, greater city or part of one by its old code; None where a municipality has no figure.

    `municipalities` by country and local code: "BE_21001".
    """

    code: str
    name: str
    kind: str
    population: Decimal | None
    area_km2: Decimal | None
    nuts3: tuple[str, ...]
    municipalities: tuple[str, ...]


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


class NutsChange(NamedTuple):
    """What became of a region from one edition to the next; `into` is empty where no code is named."""

    into: str
    kinds: frozenset[str]

    @property
    def same_territory(self) -> bool:
        return bool(self.into) and self.kinds <= SAME_TERRITORY


@cache
def _nuts_changes() -> Mapping[tuple[str, str], tuple[NutsChange, ...]]:
    """(code, edition) -> what it became in the next edition."""
    found: dict[tuple[str, str], list[NutsChange]] = defaultdict(list)
    for row in _rows("nuts_changes.csv"):
        if row["code_from"]:
            change = NutsChange(row["code_to"].removesuffix(PART), frozenset(row["kind"].split()))
            found[row["code_from"], row["edition_from"]].append(change)
    return {key: tuple(changes) for key, changes in found.items()}


@cache
def _nuts_successors() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(code, edition) -> new codes of the next edition of which a note says that they were made from this one."""
    found: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for row in _rows("nuts_changes.csv"):
        for named in re.findall(CODE, row["note"].upper()) if not row["code_from"] else ():
            found[named, row["edition_from"]] += (row["code_to"],)
    return found


@cache
def _nuts_beginnings() -> frozenset[tuple[str, str]]:
    """(code, edition) of the codes that their edition brought, by whatever change."""
    return frozenset(
        (row["code_to"].removesuffix(PART), row["edition_to"])
        for row in _rows("nuts_changes.csv")
        if row["code_to"] and (row["code_to"].removesuffix(PART), row["edition_from"]) not in _nuts_changes()
    )


def nuts_code(code: str, *, edition_from: str, edition_to: str) -> str:
    """The code that the same territory has in a later edition.

    Refused: "crosswalk_unknown" for an edition that is not listed or not later, "territory_changed" where the region
    was divided, merged, given other borders or given up on the way (`kinds`, and `into` which codes, both joined by
    blanks), "area_not_in_edition" where a later edition brought the code.
    """
    if edition_from not in NUTS_EDITIONS or edition_to not in NUTS_EDITIONS or edition_to < edition_from:
        raise Refused("crosswalk_unknown", scheme="nuts", edition=f"{edition_from}>{edition_to}")
    for before, after in pairwise(NUTS_EDITIONS):
        if not edition_from <= before < edition_to:
            continue
        changes = _nuts_changes().get((code, before), ())
        pieces = _nuts_changes().get((code + PART, before), ())
        if pieces or not all(change.same_territory for change in changes):
            successors = _nuts_successors().get((code, before), ())
            into = " ".join(filter(None, (*(change.into for change in (*changes, *pieces)), *successors)))
            kinds = " ".join(sorted({kind for change in (*changes, *pieces) for kind in change.kinds}))
            facts = {"area": code, "scheme": "nuts", "edition": after, "kinds": kinds, "into": into}
            raise Refused("territory_changed", **facts)
        if not changes and (code, after) in _nuts_beginnings():
            raise Refused("area_not_in_edition", area=code, scheme="nuts", edition=before)
        code = changes[-1].into if changes else code  # one code may have stood for several levels
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
            tuple(row["municipalities"].split()),
        )
        for row in _rows("cities_2019.csv")
    )
