"""The crosswalks that come along: complete, with the territories and the renamings that the sources tell of."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from kontor.errors import Refused
from kontor.observations import crosswalks

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT.parent / "shared" / "data" / "crosswalks"


@pytest.mark.parametrize("by", ["population", "area"])
@pytest.mark.parametrize("year", range(1990, 2020))
def test_every_year_leads_to_all_districts_of_2020(year: int, by: str) -> None:
    """That the shares of each district add up to 1 is what a crosswalk demands to be made."""
    crosswalk = crosswalks.districts_to_2020(year, by)
    assert crosswalk.areas == crosswalks.districts(year).keys()
    assert crosswalk.into.keys() == crosswalks.districts(2020).keys()
    assert len(crosswalk.into) == 401


def test_goettingen_and_osterode() -> None:
    until, since = crosswalks.districts_to_2020(2015), crosswalks.districts_to_2020(2016)
    assert until.recipe("03159") == "kreise 2015>2020 population: 03152*1 + 03156*1"
    assert since.recipe("03159") == ""
    assert "03152" in crosswalks.districts(2015) and "03152" not in crosswalks.districts(2016)


def test_leipzig_takes_in_parts_of_a_district() -> None:
    figures = dict.fromkeys(crosswalks.districts(1995), Decimal(0)) | {
        "14365": Decimal(2522),
        "14379": Decimal(3075),
    }
    found = crosswalks.districts_to_2020(1995).convert(figures).figures["14713"]
    assert (found.value, found.estimated) == (Decimal(3129), True)
    by_area = crosswalks.districts_to_2020(1995, "area").convert(figures).figures["14713"]
    assert by_area.value != found.value


def test_a_district_that_grew_after_2020_is_another_one() -> None:
    assert {"16056", "16063"} <= crosswalks.districts(2020).keys()
    assert not {"16056", "16063"} & crosswalks.districts(2021).keys()
    assert len(crosswalks.districts(2024)) == 399


@pytest.mark.parametrize("year", [1989, 2020])
def test_no_crosswalk_for_other_years(year: int) -> None:
    with pytest.raises(Refused) as refused:
        crosswalks.districts_to_2020(year)
    assert refused.value.code == "crosswalk_unknown"


@pytest.mark.parametrize(
    ("code", "start", "end", "found"),
    [
        ("GR", "2006", "2010", "EL"),
        ("DE21H", "1999", "2021", "DE21H"),
        ("FR24", "2013", "2016", "FRB0"),
        ("FI194", "2006", "2021", "FI194"),
    ],
)
def test_a_nuts_code_is_followed(code: str, start: str, end: str, found: str) -> None:
    assert crosswalks.nuts_code(code, edition_from=start, edition_to=end) == found


@pytest.mark.parametrize(
    ("code", "start", "end", "refusal"),
    [
        ("DE915", "2013", "2016", "territory_changed"),  # Göttingen, merged with Osterode
        ("HU10", "2013", "2016", "territory_changed"),  # split into HU11 and HU12
        ("DE915", "2016", "2013", "crosswalk_unknown"),
        ("DE915", "1995", "2016", "crosswalk_unknown"),
    ],
)
def test_another_territory_is_not_followed(code: str, start: str, end: str, refusal: str) -> None:
    with pytest.raises(Refused) as refused:
        crosswalks.nuts_code(code, edition_from=start, edition_to=end)
    assert refused.value.code == refusal


def test_the_cities_of_2019() -> None:
    units = {unit.code: unit for unit in crosswalks.units_of_2019()}
    assert (units["DE021C1"].name, units["DE021C1"].kind) == ("Göttingen", "city")
    assert units["DE052C1"].population == Decimal(89504)
    assert units["PT001K1"].kind == "greater city" and units["FR001P1"].kind == "part"
    assert units["FR025C1"].population is None
    codes = Counter(unit.code for unit in crosswalks.units_of_2019())
    assert [code for code, count in codes.items() if count > 1] == ["ES016C1"]


@pytest.mark.skipif(not SOURCES.is_dir(), reason="needs the published tables in ../shared/data")
def test_the_files_are_what_the_tables_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    assert importlib.import_module("crosswalks").main(["--check"]) == 0
