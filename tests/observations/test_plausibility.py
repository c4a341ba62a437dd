"""The checks as data, and the starter's own figures looked at with them."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from kontor.engines.quality import Finding, Limits
from kontor.indicators import codelists
from kontor.observations.plausibility import checks, closure, findings_of
from kontor.sentences import finding as sentence

STARTER = Path(__file__).parents[2] / "starter/figures.csv"
KINDS = {"count", "quantity", "rate", "share", "degree", "erratic"}


class Row(NamedTuple):
    area: str
    variable: str
    period: str
    value: Decimal
    flags: str


@pytest.fixture(scope="module")
def starter() -> list[Finding]:
    with STARTER.open(encoding="utf-8", newline="") as stream:
        return findings_of(
            Row(r["city_code"], f"starter:{r['variable']}", r["period"], Decimal(r["value"]), r["flag"])
            for r in csv.DictReader(stream)
        )


def test_every_observed_variable_has_limits() -> None:
    assert set(checks().variables) == set(codelists.variables())
    assert {limits.kind for limits in checks().variables.values()} == KINDS


def test_every_code_of_the_checks_is_a_variable() -> None:
    listed = codelists.checks()
    names = {name.partition(":")[2] for name in codelists.variables()}
    used = set(listed["variables"])
    for check in listed["sums"]:
        used |= {*check["parts"], *([check["total"]] if isinstance(check["total"], str) else [])}
    for ratio in listed["ratios"]:
        used |= {ratio["published"], *ratio["numerators"], *ratio["denominators"]}
    assert used - names == set()
    assert {entry["unit"] for entry in codelists.variables().values()} >= set(listed["units"])


def test_starter_and_league_follow_the_eurostat_code() -> None:
    limits = checks().variables
    assert limits["eurostat:TT1003V"] == Limits("share", 0, 100)
    for name in ("commute_car_share", "population", "live_births"):
        assert limits[f"starter:{name}"] == limits[f"league:{name}"]
    assert limits["league:population"].least == 0.05
    assert limits["starter:live_births"] == limits["eurostat:SA2007V"]


def test_a_source_has_the_sums_whose_parts_it_has() -> None:
    named = {(check.name, check.parts[0].partition(":")[0]) for check in checks().sums}
    assert ("deaths_by_sex", "eurostat") in named
    assert {source for name, source in named if name == "modal_split"} == {"eurostat", "starter", "league"}
    assert {source for name, source in named if name == "deaths_by_sex"} == {"eurostat"}
    assert {ratio.published.partition(":")[0] for ratio in checks().ratios} == {"eurostat"}


def test_what_must_be_assessed_together() -> None:
    assert closure({"starter:monthly_ticket_eur"}) == {"starter:monthly_ticket_eur"}
    assert closure({"starter:infant_deaths"}) == {"starter:infant_deaths", "starter:live_births"}
    assert closure({"eurostat:TT1060V"}) == {
        f"eurostat:{code}" for code in ("TT1060I", "TT1060V", "TT1057I", "TT1057V")
    }


@pytest.mark.parametrize(
    ("area", "variable", "periods", "kind"),
    [
        ("LV001C", "municipal_waste_kt", {"2020", "2023"}, "unit_switch"),
        ("DE001C", "cycle_network_km", {"2022"}, "unit_switch"),
        ("BE001C", "live_births", {"2023"}, "unit_switch"),
        ("BE001C", "monthly_ticket_eur", {"2020"}, "outlier"),
        ("DE081C", "population", {"2012"}, "level_shift"),
        ("DE089C", "cycle_network_km", {"2017"}, "break_flagged"),
    ],
)
def test_known_defects_of_the_starter(
    starter: list[Finding], area: str, variable: str, periods: set[str], kind: str
) -> None:
    of_kind = {
        f.period for f in starter if (f.area, f.variable, f.kind) == (area, f"starter:{variable}", kind)
    }
    assert of_kind == periods


def test_most_of_the_starter_is_plausible(starter: list[Finding]) -> None:
    with STARTER.open(encoding="utf-8") as stream:
        figures = sum(1 for _ in stream) - 1
    assert 0.005 < len(starter) / figures < 0.02


def test_every_finding_has_its_sentence_in_three_languages(starter: list[Finding]) -> None:
    for language in ("en", "de", "zh-hans"):
        assert all("…" not in sentence(f.kind, f.facts, language) for f in starter)


def test_the_sentence_of_riga() -> None:
    facts = {"value": "206338.61", "expected": "220", "factor": "930"}
    assert sentence("unit_switch", facts, "en").startswith(
        "206\u202f338.61 where about 220 was to be expected"
    )
    assert sentence("unit_switch", facts, "de").startswith("206\u202f338,61, zu erwarten wäre etwa 220")
    assert sentence("unit_switch", facts, "zh-hans").startswith("数值为206\u202f338.61，预期约为220")


def test_sentences_tell_which_bound_and_which_side() -> None:
    assert "highest possible value is 100" in sentence(
        "impossible_value", {"value": "973699", "highest": "100"}, "en"
    )
    assert sentence("impossible_value", {"value": "-55", "lowest": "0"}, "en").startswith(
        "−55 is not possible"
    )
    parts = {"sum": "36", "parts": "infants"}
    assert "instead of 14" in sentence("sum_off", {**parts, "total": "14"}, "en")
    assert "at most 14" in sentence("sum_off", {**parts, "most": "14"}, "en")
    shift = {"value": "2019", "expected": "100", "before": "2019", "alike": "3"}
    assert "2\u202f019 after about 100 up to 2019" in sentence("level_shift", shift, "en")
    assert sentence("level_shift", shift, "en").endswith("in the same period: 3.")
