"""Rebuild starter/codes.csv and starter/codes-report.csv: what the starter's cities are called in other lists.

Run `python tools/codes.py`; with `--check` nothing is written and the exit code says whether the files are current.
The lists themselves (Eurostat, GISCO, Regionaldatenbank) lie outside of the repository, in ../shared/data.

A code is matched only within its edition, and only when nothing speaks against it:

- `urban_audit` 2016 (workbook of population 1990-2015, no names): same country, same kind of unit, and in at least
  three years exactly the population of the city, estimated years left out, no other year further off than a census
  may revise. Where fewer years can be compared: the code of 2019 of the same city, and population within 2 % in
  at least three years.
- `urban_audit` 2019 (table of municipalities): same country, kind and name; then population within 5 %, or else
  the code that the city has in 2016 by its population.
- `urban_audit_label` 2018 (both label files): same kind and name, and population in at least three years, exactly or
  (estimated years) within 2 %. A label of two units is listed without a city: `ambiguous`.
- `urban_audit_label` 2026: the English label of the city's own code in the list of 2024.
- `ags` 2020: the city's only municipality of 2019, where it is a district of its own (`...000`) or listed in the
  Regionaldatenbank by its eight digits; name and dwellings completed must agree. A city within a district has none.
- `nuts` 2021: the NUTS 3 region whose municipalities of 2019 are those of the city's unit of 2019, all of them and no
  others, under the code that the same territory has in 2021.
- `uk_authority` and `uk_authority_name` 2023: codes and names of London's boroughs by their GSS code.

Names are compared without case, accents and punctuation; a greater city is never matched with a city, whatever agrees.
A population that changes by more than 15 % from one known year to the next tells of another extent: only the years
after the last such change count, so that a list of the former extent is not matched.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from city_lists import (
    STARTER,
    City,
    Listed,
    authorities,
    districts,
    labels_of_2018,
    labels_of_2026,
    list_of_2016,
    list_of_2019,
    plain_names,
    region_in_2021,
    regions_of_2019,
    starter_cities,
)
from places import as_csv, fold

LEAST_YEARS = 3
SEVERAL = ("ags", "uk_authority_name")  # lists in which a city may stand more than once
CLOSE, SAME_YEARS, CENSUS = Decimal("0.02"), Decimal("0.05"), Decimal("0.1")


class Match(NamedTuple):
    scheme: str
    edition: str
    code: str
    city_code: str
    matched_by: str


class Doubt(NamedTuple):
    """Why a city has no code in a list, or what is odd about the one it has."""

    scheme: str
    edition: str
    city_code: str
    name: str
    reason: str
    candidate: str = ""
    detail: str = ""


class Agreement(NamedTuple):
    """Years in common; of these: exactly equal, within 2 %; and the largest relative difference."""

    years: int
    equal: int
    close: int
    furthest: Decimal

    def __str__(self) -> str:
        return f"{self.equal} of {self.years} years equal, furthest {self.furthest:.1%}"


def agreement(city: City, unit: Listed) -> Agreement:
    """Two population series side by side. An estimated year is never counted as equal."""
    years = city.population.keys() & unit.population.keys()
    off = {year: abs(unit.population[year] / city.population[year] - 1) for year in years}
    equal = sum(off[year] == 0 and year not in city.estimated for year in years)
    close = sum(difference <= CLOSE for difference in off.values())
    return Agreement(len(years), equal, close, max(off.values(), default=Decimal(0)))


def same_name(city: City, names: Iterable[str]) -> bool:
    return bool({fold(name) for name in city.names} & {fold(name) for name in names})


def same_series(found: Agreement) -> bool:
    return found.equal >= LEAST_YEARS and found.furthest <= CENSUS


def close_series(found: Agreement) -> bool:
    return found.years >= LEAST_YEARS and found.close == found.years


def by_series(cities: Iterable[City], units: Iterable[Listed]) -> dict[str, Listed]:
    """City code -> the only unit of its country and kind with its population; none where two have."""
    found = {}
    for city in cities:
        fitting = [
            unit
            for unit in units
            if (unit.country, unit.unit) == (city.country, city.unit) and same_series(agreement(city, unit))
        ]
        if len(fitting) == 1:
            found[city.code] = fitting[0]
    return found


def near_2019(city: City) -> Decimal | None:
    """The city's population of the year nearest to 2019, two years off at most."""
    years = [year for year in city.population if abs(year - 2019) <= 2]
    return city.population[min(years, key=lambda year: (abs(year - 2019), year))] if years else None


def judge_2019(city: City, units: Iterable[Listed], old: Listed | None) -> Match | Doubt:
    """`old` is the city's unit in the list of 2016, if its population decided there."""
    place = ("urban_audit", "2019")
    named = [unit for unit in units if unit.country == city.country and same_name(city, unit.names)]
    of_kind = [unit for unit in named if unit.unit == city.unit]
    known = near_2019(city)
    confirmed: list[tuple[Listed, str]] = []
    for unit in of_kind:
        listed = unit.population.get(2019)
        if listed and known and abs(listed / known - 1) <= SAME_YEARS:
            confirmed.append((unit, "name_and_population"))
        elif old and unit.code == old.code:
            confirmed.append((unit, "name_and_code_of_2016"))
    if len(confirmed) == 1:
        return Match(*place, confirmed[0][0].code, city.code, confirmed[0][1])
    reason = "ambiguous" if confirmed else "population_differs" if of_kind else "kind_differs"
    shown = of_kind or named
    candidates = " ".join(unit.code for unit in shown)
    detail = f"{known} here, {' '.join(str(unit.population.get(2019, '?')) for unit in shown)} there"
    return Doubt(
        *place,
        city.code,
        city.names[0],
        reason if named else "no_candidate",
        candidates,
        detail if named else "",
    )


def judge_2016(
    city: City, units: dict[str, Listed], decided: Listed | None, later: Match | None
) -> Match | Doubt:
    place = ("urban_audit", "2016")
    if decided:
        return Match(*place, decided.code, city.code, "population_series")
    unit = units.get(later.code) if later else None
    if unit and unit.unit == city.unit and close_series(agreement(city, unit)):
        return Match(*place, unit.code, city.code, "code_of_2019_and_population")
    unit = unit or next((u for u in units.values() if u.country == city.country and like(city, u)), None)
    reason, detail = reason_against(city, [unit] if unit else [])
    return Doubt(*place, city.code, city.names[0], reason, unit.code if unit else "", detail)


def reason_against(city: City, units: Sequence[Listed]) -> tuple[str, str]:
    """Why none of these units is taken for the city, and the figures behind it."""
    found = [agreement(city, unit) for unit in units]
    detail = "; ".join(map(str, found))
    if not units:
        return ("extent_changes", city.changed) if city.changed else ("no_candidate", "")
    if all(unit.unit != city.unit for unit in units):
        return "kind_differs", detail
    if all(item.years < LEAST_YEARS for item in found):
        return ("extent_changes", city.changed) if city.changed else ("too_few_years", detail)
    return "population_differs", detail


def like(city: City, unit: Listed) -> bool:
    found = agreement(city, unit)
    return same_series(found) or close_series(found)


def judge_label(city: City, labels: dict[str, list[Listed]]) -> Match | Doubt:
    place = ("urban_audit_label", "2018")
    named = [unit for found in labels.values() for unit in found if same_name(city, unit.names)]
    alone = [unit for unit in named if len(labels[unit.label]) == 1]
    fitting = [unit for unit in alone if unit.unit == city.unit and like(city, unit)]
    if len(fitting) == 1:
        return Match(*place, fitting[0].label, city.code, "name_and_population")
    if named and not alone:
        return Doubt(*place, city.code, city.names[0], "ambiguous", named[0].label)
    reason, detail = reason_against(city, alone)
    return Doubt(*place, city.code, city.names[0], reason, " / ".join(unit.label for unit in alone), detail)


def label_matches(cities: dict[str, City]) -> list[Match | Doubt]:
    """2018: by name and population; 2026: what the code list of 2024 says, where the label names one unit."""
    labels = labels_of_2018()
    found: list[Match | Doubt] = [judge_label(city, labels) for city in cities.values()]
    doubled = sorted(label for label, units in labels.items() if len(units) > 1)
    found += [Match("urban_audit_label", "2018", label, "", "ambiguous") for label in doubled]
    listed = labels_of_2026()
    count = Counter(label for label, _ in listed)
    for label, code in listed:
        if code not in cities:
            continue
        place = ("urban_audit_label", "2026")
        if count[label] > 1:
            codes = " ".join(other for known, other in listed if known == label)
            found.append(Match(*place, label, "", "ambiguous"))
            found.append(Doubt(*place, code, cities[code].names[0], "ambiguous", label, codes))
        else:
            found.append(Match(*place, label, code, "code"))
    return found


def judge_district(
    city: City, unit: Listed | None, listed: dict[str, dict[str, object]]
) -> list[Match | Doubt]:
    """The city's codes in the directory of municipalities (AGS); two for a city that is a state as well."""
    place = ("ags", "2020")

    def doubt(reason: str, detail: str = "") -> list[Match | Doubt]:
        return [Doubt(*place, city.code, city.names[0], reason, code, detail)]

    if unit is None or len(unit.municipalities) != 1:
        code = ""
        return doubt("no_candidate")
    municipality = unit.municipalities[0]
    district = municipality.endswith("000")
    state = municipality.endswith("000000") and municipality[:2] in listed
    code = municipality[:2] if state else municipality[:5] if district else municipality
    if code not in listed:
        return doubt("part_of_district")
    name = str(listed[code]["name"]).split(",")[0]
    if not same_name(city, plain_names(spelled_out(name))):
        return doubt("name_differs", name)
    dwellings = listed[code]["dwellings"]
    assert isinstance(dwellings, dict)
    off = [year for year in sorted(city.dwellings) if dwellings.get(year) != city.dwellings[year]]
    if off:
        return doubt("dwellings_differ", " ".join(map(str, off)))
    by = "municipality_and_dwellings" if city.dwellings else "municipality_and_name"
    codes = (code, municipality[:5]) if state else (code,)
    return [Match(*place, code, city.code, by) for code in codes]


def spelled_out(name: str) -> str:
    """As the starter spells it: "Halle (Saale)" -> "Halle an der Saale", "Mülheim an der Ruhr" -> "a.d."."""
    name = re.sub(r"^Halle \(Saale\)$", "Halle an der Saale", name)
    return name.replace("Mülheim an der Ruhr", "Mülheim a.d.Ruhr")


def region_matches(codes: dict[str, Match]) -> list[Match]:
    """Cities that are a NUTS 3 region of their own. `codes`: city -> its unit in the list of 2019."""
    regions = {unit: region for region, units in regions_of_2019().items() for unit in units}
    return [
        Match("nuts", "2021", now, city, "all_municipalities")
        for city, match in codes.items()
        if (now := region_in_2021(regions.get(match.code, "")))
    ]


def borough_matches(boroughs: Collection[str]) -> list[Match]:
    """What London's boroughs are called in the British lists, by their GSS code."""
    return [
        Match(scheme, "2023", code, next(iter(gss)), "gss")
        for scheme, code, gss in authorities()
        if len(gss) == 1 and gss <= set(boroughs)
    ]


def build() -> tuple[list[Match], list[Doubt]]:
    everything = starter_cities()
    cities = {code: city for code, city in everything.items() if city.unit != "borough"}
    of_2016 = {unit.code: unit for unit in list_of_2016()}
    of_2019 = list_of_2019()
    decided = by_series(cities.values(), of_2016.values())
    later = {code: judge_2019(city, of_2019, decided.get(code)) for code, city in cities.items()}
    codes = {code: found for code, found in later.items() if isinstance(found, Match)}
    found: list[Match | Doubt] = [
        judge_2016(city, of_2016, decided.get(code), codes.get(code)) for code, city in cities.items()
    ]
    found += later.values()
    found += label_matches(cities)
    listed, units = districts(), {unit.code: unit for unit in of_2019}
    for code, city in cities.items():
        if city.country == "DE":
            found += judge_district(city, units[codes[code].code] if code in codes else None, listed)
    found += region_matches(codes)
    found += borough_matches(everything.keys() - cities.keys())
    matches = sorted(item for item in found if isinstance(item, Match))
    doubts = [item for item in found if isinstance(item, Doubt)]
    check_one_each(matches)
    return matches, sorted(doubts)


def check_one_each(matches: Iterable[Match]) -> None:
    """A code names one city, and (but for states that are cities, and names) a city has one code per edition."""
    matches = [match for match in matches if match.city_code]
    twice = [key for key, count in Counter(match[:3] for match in matches).items() if count > 1]
    cities = Counter((*match[:2], match.city_code) for match in matches if match.scheme not in SEVERAL)
    twice += [key for key, count in cities.items() if count > 1]
    assert not twice, twice


def main(arguments: list[str]) -> int:
    matches, doubts = build()
    files = {
        "codes.csv": as_csv(Match._fields, [match._asdict() for match in matches]),
        "codes-report.csv": as_csv(Doubt._fields, [doubt._asdict() for doubt in doubts]),
    }
    if "--check" in arguments:
        stale = [name for name, text in files.items() if (STARTER / name).read_text("utf-8") != text]
        print(f"stale: {', '.join(stale)}" if stale else "current")
        return 1 if stale else 0
    for name, text in files.items():
        (STARTER / name).write_text(text, "utf-8")
    for (scheme, edition), count in sorted(
        Counter((m.scheme, m.edition) for m in matches if m.city_code).items()
    ):
        print(f"{scheme} {edition}: {count}")
    for (edition, reason), count in sorted(
        Counter((d.scheme + " " + d.edition, d.reason) for d in doubts).items()
    ):
        print(f"  {edition} {reason}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
