"""The starter league's definitions: complete in three languages, sound in their units, bounded by the real figures."""

from __future__ import annotations

import csv
import json
import math
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from kontor.engines import formula, units

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "definitions"
FIGURES = ROOT / "starter" / "figures.csv"
LANGUAGES = {"en", "de", "zh-hans"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODES = [
    "road_death_rate",
    "road_deaths_per_10000_cars",
    "infant_mortality",
    "birth_rate",
    "cars_per_1000_residents",
    "municipal_waste_per_resident",
    "cycle_network_per_100000_residents",
    "cycle_network_per_km2",
    "commute_car_share",
    "commute_transit_share",
    "commute_bicycle_share",
    "commute_foot_share",
    "commute_active_transit_share",
    "monthly_ticket_price",
    "no2_annual_mean",
    "daycare_places_per_1000_children",
    "tertiary_education_share",
    "dwellings_completed_per_1000_residents",
    "household_energy_per_resident",
    "population_density",
]

Cell = tuple[str, int]


def read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


FILES = sorted(FOLDER.glob("indicators/*/v*.toml"))
DEFINITIONS = {path.parent.name: read(path) for path in FILES}
VARIABLES = read(FOLDER / "variables.toml")
SOURCES = read(FOLDER / "sources.toml")["sources"]
TOPICS = read(FOLDER / "topics.toml")
FLAGS = read(FOLDER / "flags.toml")
SCHEMA = json.loads((FOLDER / "indicator.schema.json").read_text(encoding="utf-8"))


def texts(node: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every table of translations below `node`, with the place where it stands."""
    if isinstance(node, dict):
        if LANGUAGES & node.keys():
            yield place, node
            return
        for key, child in node.items():
            yield from texts(child, f"{place}.{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from texts(child, f"{place}[{index}]")


def all_texts() -> list[tuple[str, dict[str, str]]]:
    """All texts but the attributions that a publisher prescribes word for word."""
    own = {"league", "demonstration"}
    sources = {
        key: entry if key in own else {name: value for name, value in entry.items() if name != "attribution"}
        for key, entry in SOURCES.items()
    }
    files = {**DEFINITIONS, "variables": VARIABLES, "sources": sources, "topics": TOPICS, "flags": FLAGS}
    return [found for name, content in files.items() for found in texts(content, name)]


def unit_of(origin: str) -> str:
    if origin.startswith("indicator:"):
        return str(DEFINITIONS[origin.removeprefix("indicator:")]["unit"])
    return str(VARIABLES[origin]["unit"])


def factors(definition: dict[str, Any]) -> set[Fraction]:
    """From the bare formula to the displayed value, once for each rank of `of`: they must agree."""
    parsed = formula.parse(definition["formula"])
    ranks = max(len(item["of"]) for item in definition["inputs"])
    choices = [
        {item["name"]: unit_of(item["of"][min(rank, len(item["of"]) - 1)]) for item in definition["inputs"]}
        for rank in range(ranks)
    ]
    return {units.factor(parsed, choice, definition["unit"]) * definition["scale"] for choice in choices}


@cache
def calculation(code: str) -> tuple[formula.Node, float]:
    (factor,) = factors(DEFINITIONS[code])
    return formula.parse(DEFINITIONS[code]["formula"]), float(factor)


def displayed(code: str, values: dict[str, float]) -> float:
    """The indicator as a reader sees it, from figures in the units of their variables."""
    parsed, factor = calculation(code)
    arrays = {name: np.array([value], dtype=float) for name, value in values.items()}
    return float(formula.evaluate(parsed, arrays)[0] * factor)


def plausible(code: str, value: float) -> bool:
    bounds = DEFINITIONS[code]["plausible"]
    return bool(bounds["low"] <= value <= bounds["high"])


@cache
def figures() -> dict[str, dict[Cell, float]]:
    found: dict[str, dict[Cell, float]] = {}
    with FIGURES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells = found.setdefault(f"starter:{row['variable']}", {})
            cells[row["city_code"], int(row["period"])] = float(row["value"] or "nan")
    return found


def nearest(series: dict[Cell, float], cell: Cell, offset: int) -> float:
    city, year = cell
    years = sorted(range(year - offset, year + offset + 1), key=lambda other: abs(other - year))
    return next((series[city, other] for other in years if (city, other) in series), math.nan)


@cache
def starter_values(code: str) -> dict[Cell, float]:
    """The indicator for every city and year of the starter figures in which all inputs exist."""
    definition = DEFINITIONS[code]
    series = {}
    for item in definition["inputs"]:
        origin = item["of"][-1]
        indicator = origin.removeprefix("indicator:")
        series[item["name"]] = starter_values(indicator) if indicator != origin else figures()[origin]
    first, *rest = definition["inputs"]
    values = {}
    for cell, value in series[first["name"]].items():
        row = {
            item["name"]: nearest(series[item["name"]], cell, item.get("max_year_offset", 0)) for item in rest
        }
        result = displayed(code, {first["name"]: value, **row})
        if math.isfinite(result):
            values[cell] = result
    return values


def test_the_starter_set_is_complete() -> None:
    assert sorted(DEFINITIONS) == sorted(CODES)


def test_the_schema_is_a_schema_that_gives_guidance_for_every_field() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert [name for name, field in SCHEMA["properties"].items() if not field.get("description")] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_definition_follows_the_schema(path: Path) -> None:
    content = read(path)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(content)] == []
    assert (content["code"], f"v{content['version']}") == (path.parent.name, path.stem)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", {"en": "A", "de": "B"}),
        ("short", {"en": "A", "de": " ", "zh-hans": "甲"}),
        ("ttle", "A"),
        ("kind", "rate"),
    ],
)
def test_the_schema_refuses_gaps_and_unknown_words(field: str, value: object) -> None:
    broken = {**DEFINITIONS["road_death_rate"], field: value}
    assert not Draft202012Validator(SCHEMA).is_valid(broken)


def test_every_text_stands_in_three_languages() -> None:
    found = all_texts()
    assert len(found) > 450
    faults = [
        place
        for place, text in found
        if text.keys() != LANGUAGES
        or not all(words.strip() == words and words for words in text.values())
        or text["de"] == text["en"]
        or not CHINESE.search(text["zh-hans"])
    ]
    assert faults == []


def test_chinese_uses_chinese_punctuation() -> None:
    wrong = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]|[\u4e00-\u9fff]\.")
    assert [place for place, text in all_texts() if wrong.search(text["zh-hans"])] == []


def test_german_has_no_english_quotation_marks_or_thousands() -> None:
    wrong = re.compile(r"\d,\d{3}\b|[\"”]|“\w")
    assert [place for place, text in all_texts() if wrong.search(text["de"])] == []


def test_every_source_exists_and_may_be_shown() -> None:
    named = {entry["source"] for entry in VARIABLES.values()}
    named |= {area["source"] for entry in VARIABLES.values() for area in entry.get("area_sources", [])}
    assert named <= SOURCES.keys()
    for source in SOURCES.values():
        assert source.keys() == {"title", "attribution", "licence", "licence_url", "url"}
        assert source["attribution"].keys() == LANGUAGES
        assert source["licence"] and source["licence_url"].startswith("https://")


@pytest.mark.parametrize(
    ("source", "attribution"),
    [
        ("eurostat", "Source: Eurostat city statistics (Urban Audit), CC BY 4.0"),
        ("destatis_regional", "Statistische Aemter des Bundes und der Laender, dl-de/by-2-0"),
        ("gla_leggi", "Greater London Authority, LEGGI, OGL v3"),
        ("mysociety", "mySociety, CC BY 4.0"),
    ],
)
def test_prescribed_attributions_are_verbatim_in_every_language(source: str, attribution: str) -> None:
    assert set(SOURCES[source]["attribution"].values()) == {attribution}


@pytest.mark.parametrize("code", CODES)
def test_formula_inputs_and_units_fit(code: str) -> None:
    definition = DEFINITIONS[code]
    names = [item["name"] for item in definition["inputs"]]
    assert sorted(names) == sorted(formula.names(formula.parse(definition["formula"])))
    known = VARIABLES.keys() | {f"indicator:{other}" for other in DEFINITIONS}
    assert {origin for item in definition["inputs"] for origin in item["of"]} <= known
    assert len(factors(definition)) == 1
    roles = {item["role"] for item in definition["inputs"]}
    assert roles == (
        {"numerator"} if definition["kind"] == "published_rate" else {"numerator", "denominator"}
    )


def test_no_indicator_is_computed_from_itself() -> None:
    edges = {
        code: [
            origin.removeprefix("indicator:")
            for item in definition["inputs"]
            for origin in item["of"]
            if origin.startswith("indicator:")
        ]
        for code, definition in DEFINITIONS.items()
    }
    assert any(edges.values())
    assert formula.cycle(edges) is None


@pytest.mark.parametrize("code", CODES)
def test_a_definition_was_checked_by_another_person_and_is_looked_at_again(code: str) -> None:
    definition = DEFINITIONS[code]
    assert definition["author"] != definition["checker"]
    assert definition["topic"] in TOPICS
    reviewed, again = (
        date.fromisoformat(definition["reviewed"]),
        date.fromisoformat(definition["next_review"]),
    )
    assert 0 < (again - reviewed).days <= 3 * 366
    assert definition["plausible"]["low"] < definition["plausible"]["high"]


def test_topics_are_ordered_and_used() -> None:
    assert sorted(topic["order"] for topic in TOPICS.values()) == list(range(1, len(TOPICS) + 1))
    assert {definition["topic"] for definition in DEFINITIONS.values()} == TOPICS.keys()


def test_flags_that_limit_comparability() -> None:
    assert {flag for flag, entry in FLAGS.items() if entry["limits_comparability"]} == set("bdeu")
    assert {"p", "m"} <= FLAGS.keys()
    assert all(len(flag) == 1 and flag.islower() for flag in FLAGS)


# Published figures that are wrong by their unit, in the units of the variables.
DEFECTS = [
    (
        "Riga 2020: tonnes for kilotonnes",
        "municipal_waste_per_resident",
        {"waste": 206338.61, "residents": 621120},
    ),
    ("Breda 2020: another definition", "municipal_waste_per_resident", {"waste": 997, "residents": 184068}),
    ("Berlin 2022: metres", "cycle_network_per_100000_residents", {"length": 1073473, "residents": 3664145}),
    ("Berlin 2022: metres", "cycle_network_per_km2", {"length": 1073473, "area": 891}),
    ("Mons 2023: births in thousands", "birth_rate", {"births": 1, "residents": 158100}),
    ("Brussels 2023: births in thousands", "birth_rate", {"births": 14, "residents": 1253184}),
    ("Brussels 2023: births in thousands", "infant_mortality", {"deaths": 36, "births": 14}),
    ("population in thousands", "road_death_rate", {"deaths": 40, "residents": 3664}),
    ("cars in thousands", "road_deaths_per_10000_cars", {"deaths": 40, "cars": 1237}),
    ("Trento 2022: fleets", "cars_per_1000_residents", {"cars": 499341, "residents": 117847}),
    ("share above 100", "commute_car_share", {"share": 973699}),
    ("fraction for percent", "commute_car_share", {"share": 0.48}),
    ("fraction for percent", "tertiary_education_share", {"share": 0.36}),
    ("split above 100", "commute_active_transit_share", {"bicycle": 17, "foot": 15, "transit": 72}),
    ("more children than there are", "daycare_places_per_1000_children", {"places": 1335}),
    ("MWh for kWh", "household_energy_per_resident", {"energy": 1.6e6, "residents": 260000}),
    ("square metres", "population_density", {"residents": 3664145, "area": 891e6}),
]
# Real extremes, which must stay comparable.
EXTREMES = [
    ("Mons 2016", "road_death_rate", {"deaths": 15, "residents": 95047}),
    ("no death in a year", "road_death_rate", {"deaths": 0, "residents": 100000}),
    ("Apeldoorn 2019", "cycle_network_per_100000_residents", {"length": 1471, "residents": 162444}),
    ("no cycle path", "cycle_network_per_km2", {"length": 0, "area": 300}),
    ("free public transport", "monthly_ticket_price", {"price": 0}),
    ("Helsinki 2017", "commute_active_transit_share", {"bicycle": 12, "foot": 13, "transit": 51}),
    ("Paris 2014", "birth_rate", {"births": 157472, "residents": 6754282}),
    (
        "Kensington and Chelsea 2017",
        "household_energy_per_resident",
        {"energy": 1277938856, "residents": 156864},
    ),
]


@pytest.mark.parametrize(("case", "code", "values"), DEFECTS)
def test_known_defects_are_outside_the_plausible_bounds(
    case: str, code: str, values: dict[str, float]
) -> None:
    assert not plausible(code, displayed(code, values)), case


@pytest.mark.parametrize(("case", "code", "values"), EXTREMES)
def test_real_extremes_are_inside(case: str, code: str, values: dict[str, float]) -> None:
    assert plausible(code, displayed(code, values)), case


def test_displayed_values_are_in_the_unit_that_readers_see() -> None:
    assert displayed("municipal_waste_per_resident", {"waste": 218.3, "residents": 632614}) == pytest.approx(
        345.08, abs=0.01
    )
    assert displayed("daycare_places_per_1000_children", {"places": 497}) == pytest.approx(497)
    assert displayed("commute_bicycle_share", {"share": 5.0}) == pytest.approx(5)
    assert displayed("road_death_rate", {"deaths": 40, "residents": 3644826}) == pytest.approx(
        1.0974, abs=1e-4
    )
    assert displayed("population_density", {"residents": 3644826, "area": 891.1}) == pytest.approx(
        4090.3, abs=0.1
    )
    assert math.isnan(displayed("population_density", {"residents": 3644826, "area": 0}))


@pytest.mark.parametrize("code", CODES)
def test_at_least_95_percent_of_the_published_figures_are_plausible(code: str) -> None:
    if not FIGURES.exists():
        pytest.skip("starter/figures.csv is missing: bounds not compared with published figures")
    values = starter_values(code)
    assert len(values) >= 30
    outside = {cell: value for cell, value in values.items() if not plausible(code, value)}
    assert len(outside) <= 0.05 * len(values), sorted(outside.items())[:10]
