"""Regions of NUTS in the edition that is named for a file: followed to that of the league, or passed over by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from kontor.errors import Invalid, Refused
from kontor.indicators import codelists
from kontor.observations.importers import Context, importer
from kontor.observations.rules import Reading
from kontor.web import figure_words

REGIONS = Path(__file__).parent / "fixtures" / "nuts-pjanaggr3.csv"
CITIES = {
    "DE300": "BER",
    "PL911": "WAW",
    "DE91C": "GOE",
    "NL33B": "DEL",
    "LV006": "RIX",
    "UKD62": "CHE",
}
SUM = "lau 2019>2019 municipalities: BE_52011*1 + BE_52012*1"
SAME = "nuts 2013>2021 codes: PL127*1"


def context(cities: dict[str, str] = CITIES, known_in: str = "2021") -> Context:
    return Context(
        areas=frozenset(cities.values()),
        codes={("nuts", known_in): cities, ("urban_audit", "2024"): {"DE271": "WRONG"}},
        variables=codelists.variables(),
        flags=frozenset(codelists.flags()),
        latest=2026,
        source_of=lambda variable, area: "eurostat_regions",
    )


def read(edition: str, path: Path = REGIONS, **more: Any) -> Reading:
    return importer(f"sdmx-csv:{edition}")(path, context(**more))


def codes(reading: Reading, row: int) -> list[tuple[str, dict[str, Any]]]:
    return [(bad.code, dict(bad.facts)) for bad in [*reading.skipped, *reading.faults] if bad.row == row]


def test_a_region_under_another_code_is_taken_with_its_conversion() -> None:
    found = read("2013")
    assert [(f.area, f.variable, f.period, str(f.value), f.flags, f.conversion) for f in found.figures] == [
        ("BER", "demo_r_pjanaggr3:T", "2014", "3421829", "", ""),
        ("BER", "demo_r_pjanaggr3:F", "2014", "1746682", "e", ""),
        ("WAW", "demo_r_pjanaggr3:T", "2014", "1724404", "p", SAME),
    ]
    assert found.read == len(found.figures) + len(found.skipped) + found.wrong == 12


def test_what_is_not_taken_says_why() -> None:
    found = read("2013")
    assert codes(found, 4)[0][0] == "dimension_other"
    assert codes(found, 5)[0][0] == "country_row" and codes(found, 6)[0][0] == "region_row"
    assert codes(found, 8) == [
        ("code_of_other_edition", {"value": "PL911", "edition": "2021", "expected": "2013"})
    ]
    assert codes(found, 9) == [("area_merged", {"value": "DE915", "edition": "2016", "into": "DE91C"})]
    assert codes(found, 10) == [
        ("area_boundaries_moved", {"value": "NL338", "edition": "2016", "into": "NL33B"})
    ]
    assert codes(found, 11)[0][0] == "city_not_in_league"
    assert codes(found, 12)[0][0] == "value_missing" and codes(found, 13)[0][0] == "value_not_whole"


def test_the_same_file_in_another_edition_is_another_one() -> None:
    """PL911 is what Warsaw is called since 2016; in that edition PL127 is nothing any more."""
    found = read("2016")
    assert [(f.area, f.row, f.conversion) for f in found.figures if f.area == "WAW"] == [("WAW", 8, "")]


@pytest.mark.parametrize(
    ("edition", "code", "verdict"),
    [
        ("2006", "UKD22", ("area_split", {"value": "UKD22", "edition": "2010", "into": "UKD62"})),
        ("1999", "DE301", ("area_merged", {"value": "DE301", "edition": "2003", "into": "DE300"})),
        (
            "1999",
            "DE300",
            ("code_of_other_edition", {"value": "DE300", "edition": "2021", "expected": "1999"}),
        ),
        ("2010", "UKH13", ("city_not_in_league", {"value": "UKH13"})),
    ],
)
def test_divided_and_joined_regions(tmp_path: Path, edition: str, code: str, verdict: object) -> None:
    path = tmp_path / "one.csv"
    head = REGIONS.read_text().splitlines()[:2]
    path.write_text("\n".join(head).replace("DE300", code) + "\n")
    found = read(edition, path)
    assert found.figures == [] and codes(found, 2) == [verdict]


def test_an_edition_must_be_named_and_known(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as missing:
        importer("sdmx-csv")(REGIONS, context())
    assert [row.code for row in missing.value.rows] == ["edition_missing"]
    with pytest.raises(Invalid) as unknown:
        read("2017")
    assert [row.code for row in unknown.value.rows] == ["edition_unknown"]
    cities = tmp_path / "cities.csv"
    cities.write_text(
        "DATAFLOW,freq,indic_ur,cities,TIME_PERIOD,OBS_VALUE\nESTAT:URB_CTRAN(1.0),A,TT1060V,DE001C,2019,3\n"
    )
    with pytest.raises(Invalid) as unused:
        read("2016", cities)
    assert [row.code for row in unused.value.rows] == ["edition_not_used"]
    with pytest.raises(Refused, match="edition_not_used"):
        importer("starter:2016")


def test_an_edition_that_only_the_league_knows_is_read_without_conversion() -> None:
    found = read("2024", known_in="2024", cities={"DE300": "BER"})
    assert [(f.area, f.conversion) for f in found.figures] == [("BER", "")] * 2


@pytest.mark.parametrize(
    ("recipe", "language", "words"),
    [
        (SAME, "en", "The same territory under its code of NUTS 2013, today NUTS 2021: PL127 × 1"),
        (SAME, "de", "Dasselbe Gebiet unter seinem Schlüssel nach NUTS 2013, heute NUTS 2021: PL127 × 1"),
        (SAME, "zh-hans", "同一地区，原用NUTS 2013版代码，现为NUTS 2021版：PL127 × 1"),
        (SUM, "en", "Added up from the municipalities of 2019: BE_52011 × 1, BE_52012 × 1"),
        (SUM, "de", "Summe der Gemeinden nach dem Stand von 2019: BE_52011 × 1, BE_52012 × 1"),
    ],
)
def test_the_recipe_in_words(recipe: str, language: str, words: str) -> None:
    with translation.override(language):
        assert figure_words.conversion(recipe).replace("\u202f", " ") == words
