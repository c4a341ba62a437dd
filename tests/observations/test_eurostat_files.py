"""The Eurostat files themselves, read by the starter league: counts, agreement between layouts and with the starter."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from kontor.observations import operations
from kontor.observations.rules import Reading

ROOT = Path(__file__).parents[2]
TABLES = ROOT.parent / "shared" / "data" / "eurostat-cities"
AT = datetime.fromisoformat("2026-11-22T12:00:00+00:00")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not TABLES.is_dir(), reason="needs the published tables in ../shared/data/eurostat-cities"
    ),
]


@cache
def reading_of(name: str, layout: str = "eurostat") -> Reading:
    return operations.read(TABLES / name, layout=layout, at=AT)


def values_of(name: str) -> dict[tuple[str, str, str], Decimal]:
    return {(f.area, f.variable, f.period): f.value for f in reading_of(name).figures}


# File -> rows (or cells) read, figures taken, what is wrong, what is passed over.
REPORTS = {
    "estat_urb_ctran_en.csv.gz": (
        74_233,
        32_354,
        [(44_995, "value_not_whole")],
        {"city_not_in_league": 39_946, "country_row": 1_816, "value_missing": 115, "confidential": 1},
    ),
    "estat_urb_cenv_en.csv.gz": (
        59_338,
        27_109,
        [],
        {"city_not_in_league": 31_661, "country_row": 568},
    ),
    "estat_urb_ceduc_en.csv.gz": (
        78_957,
        30_872,
        [],
        {"city_not_in_league": 45_051, "country_row": 2_933, "value_missing": 93, "confidential": 8},
    ),
    "estat_urb_cfermor_en.csv.gz": (
        129_920,
        47_063,
        [(113_779, "value_negative")],
        {"city_not_in_league": 77_127, "country_row": 5_703, "value_missing": 25, "confidential": 1},
    ),
    "estat_urb_ctran_filtered_en.csv.gz": (
        2_330,
        878,
        [],
        {"city_not_in_league": 1_424, "country_row": 12, "value_missing": 16},
    ),
    "urb_clivcon__custom_20168663_linear.csv.gz": (
        6_516,
        2_878,
        [],
        {
            "city_not_in_league": 2_396,
            "greater_city_row": 842,
            "country_row": 373,
            "confidential": 15,
            "value_missing": 11,
            "label_ambiguous": 1,
        },
    ),
    "urb_cpop1_1_Data.csv.gz": (
        53_500,
        9_007,
        [],
        {
            "city_not_in_league": 38_300,
            "value_missing": 2_243,
            "label_ambiguous": 1_800,
            "country_row": 1_400,
            "greater_city_row": 650,
            "code_of_other_edition": 100,
        },
    ),
    "urb_cpop1_wide.csv": (
        10_690,
        1_844,
        [],
        {
            "city_not_in_league": 7_650,
            "value_missing": 406,
            "label_ambiguous": 360,
            "country_row": 280,
            "greater_city_row": 130,
            "code_of_other_edition": 20,
        },
    ),
    "urb_cpop1_total_1990-2016_codes.xlsx": (
        26_130,
        3_433,
        [],
        {
            "city_not_in_league": 18_954,
            "value_missing": 2_261,
            "country_row": 780,
            "greater_city_row": 650,
            "code_of_other_edition": 52,
        },
    ),
}


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_row_is_taken_or_named(name: str) -> None:
    reading = reading_of(name)
    read, taken, faults, passed_over = REPORTS[name]
    assert (reading.read, len(reading.figures)) == (read, taken)
    assert [(fault.row, fault.code) for fault in reading.faults] == faults
    assert Counter(bad.code for bad in reading.skipped) == passed_over
    assert read == taken + len(faults) + sum(passed_over.values())
    assert len(values_of(name)) == taken


def test_all_files_have_a_report() -> None:
    """The two code lists beside the tables are no tables of figures."""
    lists = {"ESTAT_CITIES.csv", "ESTAT_INDIC_UR.csv"}
    assert {path.name for path in TABLES.iterdir()} == REPORTS.keys() | lists


def test_a_label_means_the_same_city_whatever_the_layout() -> None:
    """Long and wide agree in every figure that both have: the labels were matched to the same cities."""
    long, wide = values_of("urb_cpop1_1_Data.csv.gz"), values_of("urb_cpop1_wide.csv")
    both = long.keys() & wide.keys()
    assert len(both) == 1_641
    assert all(long[key] == wide[key] for key in both)


def test_old_codes_mean_the_same_cities_as_labels() -> None:
    """Between 2016 and 2018 Eurostat moved Finland by one year and revised Italy and Latvia after their censuses."""
    labels, codes = values_of("urb_cpop1_wide.csv"), values_of("urb_cpop1_total_1990-2016_codes.xlsx")
    both = labels.keys() & codes.keys()
    differing = {key for key in both if labels[key] != codes[key]}
    assert (len(both), len(differing)) == (1_392, 68)
    assert {area[:2] for area, _, _ in differing} == {"FI", "IT", "LV"}
    assert all(abs(labels[key] / codes[key] - 1) < Decimal("0.07") for key in differing)
    later = {key: (key[0], key[1], str(int(key[2]) + 1)) for key in differing if key[0].startswith("FI")}
    assert sum(labels[key] == codes.get(moved) for key, moved in later.items()) == 10


def test_sdmx_csv_holds_the_figures_of_the_bulk_download() -> None:
    message, bulk = values_of("estat_urb_ctran_filtered_en.csv.gz"), values_of("estat_urb_ctran_en.csv.gz")
    both = message.keys() & bulk.keys()
    assert len(both) == 856
    assert all(message[key] == bulk[key] for key in both)


def test_the_generic_importer_reads_the_same_from_a_message() -> None:
    for name in ("estat_urb_ctran_filtered_en.csv.gz", "urb_clivcon__custom_20168663_linear.csv.gz"):
        assert reading_of(name, "sdmx-csv") == reading_of(name)


# Starter variable -> Eurostat's code. All come from the tables read here.
STARTER = {
    "road_deaths": "TT1060V",
    "registered_cars": "TT1057V",
    "municipal_waste_kt": "EN4008V",
    "cycle_network_km": "TT1079V",
    "live_births": "SA2007V",
    "infant_deaths": "SA2004V",
    "commute_car_share": "TT1003V",
    "commute_transit_share": "TT1010V",
    "commute_bicycle_share": "TT1007V",
    "commute_foot_share": "TT1008V",
    "monthly_ticket_eur": "TT1080V",
    "no2_annual_mean": "EN2026V",
    "daycare_per_1000_children": "TE1001I",
    "tertiary_share_25_64": "TE2031I",
}


def test_the_starter_figures_are_what_the_importers_read() -> None:
    known = {
        key: value
        for name in ("ctran", "cenv", "ceduc", "cfermor")
        for key, value in values_of(f"estat_urb_{name}_en.csv.gz").items()
    }
    starter = operations.read(settings.STARTER / "figures.csv", layout="starter", at=AT)
    compared = [
        (figure.value, known.get((figure.area, f"eurostat:{STARTER[name]}", figure.period)))
        for figure in starter.figures
        if (name := figure.variable.partition(":")[2]) in STARTER
    ]
    assert len(compared) == 23_434
    assert all(ours == theirs for ours, theirs in compared)
