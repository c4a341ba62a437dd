"""The Eurostat tables themselves: defects that are known, and rates that are right. Skipped without ../shared."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from kontor.engines.quality import Checks, Columns, Finding, Limits, Ratio, assess
from kontor.engines.quality.panel import panel_of
from kontor.engines.quality.ratios import agree, recomputed
from kontor.observations.plausibility import checks

ROOT = Path(__file__).parents[3]
TABLES = ROOT.parent / "shared/data/eurostat-cities"
TRANSPORT = TABLES / "estat_urb_ctran_en.csv.gz"

pytestmark = pytest.mark.skipif(not TRANSPORT.exists(), reason="no ../shared/data/eurostat-cities")

Rows = list[tuple[str, str, str, float, str]]  # area, variable, period, value, flags


def _table(path: Path) -> Rows:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter=";")
        next(rows)
        return [(r[1], f"eurostat:{r[0]}", r[2], float(r[3]), r[4]) for r in rows if r[3] and len(r[1]) > 2]


def _columns(rows: Rows) -> Columns:
    area, variable, period, value, flags = zip(*rows, strict=True)
    return Columns(area, variable, period, np.array(value), flags)


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    names = ("ctran", "cenv", "ceduc", "cfermor")
    rows = [row for name in names for row in _table(TABLES / f"estat_urb_{name}_en.csv.gz")]
    assert len(rows) == 330_184
    return assess(_columns(rows), checks())


@pytest.mark.parametrize(
    ("area", "code", "periods", "kind"),
    [
        ("LV001C", "EN4008V", {"2020", "2023"}, "unit_switch"),
        ("DE011C", "EN3003V", {"1992"}, "unit_switch"),
        ("DE001C", "TT1079V", {"2022"}, "unit_switch"),
        ("BE001C", "SA2019V", {"2023"}, "unit_switch"),
        ("NL010C", "EN4008V", {"2019", "2020"}, "unit_switch"),
        ("CZ001C", "EN3012V", {"2011"}, "unit_switch"),
        ("HU001C", "TT1003V", {"2001"}, "impossible_value"),
        ("IE001C", "TE1039V", {"2011"}, "impossible_value"),
        ("HR005C", "EN1002V", {"2001"}, "impossible_value"),
        ("HU006C", "SA2021V", {"2010"}, "impossible_value"),
        ("BE001C", "TT1080V", {"2020"}, "outlier"),
        ("RO005C", "SA2016V", {"2012"}, "level_shift"),
        ("DE077C", "TT1079V", set(), "break_flagged"),
        ("DE001C", "EN2026V", set(), "outlier"),
    ],
)
def test_known_defects(findings: list[Finding], area: str, code: str, periods: set[str], kind: str) -> None:
    assert {
        f.period for f in findings if (f.area, f.variable, f.kind) == (area, f"eurostat:{code}", kind)
    } == periods


def test_an_error_of_a_whole_country_names_its_cities(findings: list[Finding]) -> None:
    """Cycle networks in metres: 126 of 127 German cities in 2022 (one reported nothing in the years before)."""
    metres = [
        f
        for f in findings
        if (f.variable, f.period, f.kind) == ("eurostat:TT1079V", "2022", "unit_switch")
        and f.area[:2] == "DE"
    ]
    assert len(metres) == 126
    assert {f.facts["alike"] for f in metres} == {"125"}


def test_modal_splits_from_79_to_143(findings: list[Finding]) -> None:
    sums = {
        (f.area, f.period): float(f.facts["sum"])
        for f in findings
        if f.kind == "sum_off" and f.facts["name"] == "modal_split"
    }
    assert (min(sums.values()), max(sums.values())) == (79.1, 143.0)


def _agreeing(rows: Rows, ratio: Ratio) -> tuple[int, int]:
    names = {ratio.published, *ratio.numerators, *ratio.denominators}
    panel = panel_of(_columns(rows), {name: Limits("quantity") for name in names})
    places, exact = recomputed(panel, ratio)
    return int(agree(panel.value[places], exact, ratio.decimals).sum()), len(places)


def test_road_death_rates_agree_with_their_parts() -> None:
    """Deaths per 10,000 residents, to two decimals.

    With the population by which Eurostat divides (cars / cars per 1,000 residents) all rates agree. With populations
    of another vintage 98 % do: 2,697 of 2,744 with those of the starter; an earlier count with populations found by
    the labels of the cities had 3,731 of 3,801. What differs is the population, not the rate.
    """
    rows = _table(TRANSPORT)
    [ratio] = [ratio for ratio in checks().ratios if ratio.published == "eurostat:TT1060I"]
    assert _agreeing(rows, ratio) == (6896, 6896)
    with (ROOT / "starter/figures.csv").open(encoding="utf-8", newline="") as stream:
        population = [
            (r["city_code"], "population", r["period"], float(r["value"]), r["flag"])
            for r in csv.DictReader(stream)
            if r["variable"] == "population" and r["value"]
        ]
    by_starter = Ratio("eurostat:TT1060I", ("eurostat:TT1060V",), ("population",), 10_000, 2)
    assert _agreeing(rows + population, by_starter) == (2697, 2744)


def test_a_rate_that_is_changed_is_found() -> None:
    rows = [row for row in _table(TRANSPORT) if row[0] == "BE002C"]
    changed = [
        (a, v, p, x + 0.5, f) if (v, p) == ("eurostat:TT1060I", "2015") else (a, v, p, x, f)
        for a, v, p, x, f in rows
    ]
    disagree = Checks(checks().variables, ratios=checks().ratios)
    [finding] = [f for f in assess(_columns(changed), disagree) if f.kind == "rate_disagrees"]
    assert (finding.variable, finding.period) == ("eurostat:TT1060I", "2015")
