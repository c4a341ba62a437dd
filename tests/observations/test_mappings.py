"""definitions/layouts: every mapping is understood, and says the same as the lists that it speaks of."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kontor.engines import flags
from kontor.errors import Refused
from kontor.indicators import codelists
from kontor.observations.importers import Context, layouts, sdmx_csv
from kontor.sentences import sentences

MAPPINGS = sorted((settings.DEFINITIONS / "layouts").glob("*.toml"))

# A dataflow of nobody: two dimensions make the variable, a third is fixed, flags are SDMX's own letters.
FISHERY: dict[str, Any] = {
    "prefix": "fishery",
    "areas": {"ports": {"scheme": "port", "edition": "2020", "shape": "[A-Z]{5}", "kinds": "ports"}},
    "kinds": {"ports": {"country_row": "[A-Z]{5}|XX"}},
    "sdmx": {
        "dataflows": ["FAO:CATCH(*)"],
        "areas": ["ports"],
        "columns": {
            "area": "PORT",
            "variable": "SPECIES GEAR",
            "period": "TIME_PERIOD",
            "value": "OBS_VALUE",
            "flag": "OBS_STATUS",
        },
        "dialect": {"flags": "sdmx"},
        "dimensions": {"FREQ": ["A"]},
        "ignored": ["UPDATED"],
    },
}
MESSAGE = """STRUCTURE[;],STRUCTURE_ID,ACTION,FREQ,SPECIES,GEAR,PORT,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UPDATED
dataflow,FAO:CATCH(1.0),M,A,COD,NET,NOBGO,2019,12.50,A,2021
dataflow,FAO:CATCH(1.0),M,A,COD,ROD,NOBGO,2019,3,"E,P",2021
dataflow,FAO:CATCH(1.0),M,A,EEL,ROD,NOBGO,2019,3,,2021
dataflow,FAO:CATCH(1.0),M,A,COD,NET,NOXXX,2019,3,,2021
dataflow,FAO:CATCH(1.0),M,Q,COD,NET,NOBGO,2018,3,,2021
"""


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_every_mapping_is_understood(path: Path) -> None:
    publication = layouts.publication(path.stem)
    every = [*publication.layouts, *filter(None, [publication.sdmx])]
    assert every
    known = {code.partition(":")[0] for code in codelists.variables()}
    for layout in every:
        assert layout.prefix in known
        assert layout.dialect.flags in flags.DIALECTS
        for listed in layout.areas:
            assert set(listed.kinds) <= sentences().keys() & set(layouts.KINDS)
    assert len({layout.name for layout in publication.layouts}) == len(publication.layouts)


def test_there_are_mappings() -> None:
    assert {"eurostat"} <= {path.stem for path in MAPPINGS}


def test_a_kind_of_area_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(Refused) as refused:
        layouts.of_mapping("x", {**FISHERY, "kinds": {"ports": {"village_row": ".*"}}})
    assert refused.value.facts["key"] == "kinds.ports.village_row"


LONG = {
    "name": "long",
    "areas": ["ports"],
    "columns": {"area": "PORT", "variable": "FISH", "period": "YEAR", "value": "TONNES"},
}
# What is wrong with a mapping -> the key that is named, and one of the values that would be right.
MALFORMED: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown key": ({"prefx": "x"}, "prefx", "prefix"),
    "no table": ({"areas": "ports"}, "areas", "[areas]"),
    "unknown key of a list": ({"areas": {"ports": {"schema": "port"}}}, "areas.ports.schema", "scheme"),
    "unknown kinds": ({"areas": {"ports": {"kinds": "towns"}}}, "areas.ports.kinds", "ports"),
    "shape": ({"areas": {"ports": {"shape": "[A-"}}}, "areas.ports.shape", "a regular expression"),
    "unknown list": ({"layouts": [{**LONG, "areas": ["towns"]}]}, "layouts[1].areas: towns", "ports"),
    "unknown form": ({"layouts": [LONG, {**LONG, "form": "tall"}]}, "layouts[2].form", "broad"),
    "unknown key of a layout": (
        {"layouts": [{**LONG, "delimeter": ";"}]},
        "layouts[1].delimeter",
        "delimiter",
    ),
    "unknown column": (
        {"layouts": [{**LONG, "columns": {**LONG["columns"], "city": "x"}}]},
        "layouts[1].columns.city",
        "area",
    ),
    "column missing": (
        {"layouts": [{**LONG, "columns": {"area": "x"}}]},
        "layouts[1].columns.variable",
        "value",
    ),
    "columns missing": ({"layouts": [{"name": "x", "areas": ["ports"]}]}, "layouts[1].columns", "columns"),
    "flags": ({"dialect": {"flags": "morse"}, "layouts": [LONG]}, "dialect.flags", "eurostat"),
    "sdmx": ({"sdmx": {**FISHERY["sdmx"], "flow": "x"}}, "sdmx.flow", "delimiter"),
}


@pytest.mark.parametrize("wrong", MALFORMED)
def test_a_mistake_in_a_mapping_names_file_key_and_what_is_allowed(wrong: str) -> None:
    content, key, known = MALFORMED[wrong]
    with pytest.raises(Refused) as refused:
        layouts.of_mapping("fishery", {**FISHERY, **content})
    assert refused.value.code == "layout_malformed"
    assert (refused.value.facts["file"], refused.value.facts["key"]) == ("fishery.toml", key)
    assert known in refused.value.facts["known"]


def test_a_mapping_that_is_no_toml_is_named(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "bad.toml").write_text("prefix = ")
    settings.DEFINITIONS = tmp_path
    layouts._publications.cache_clear()
    try:
        with pytest.raises(Refused, match="definition_unreadable") as refused:
            layouts.publications()
    finally:
        layouts._publications.cache_clear()
    assert refused.value.facts["file"] == "layouts/bad.toml"


def test_names_of_two_units_are_the_same_here_and_in_the_list_of_codes() -> None:
    listed: dict[tuple[str, str], set[str]] = {}
    with (settings.STARTER / "codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["matched_by"] == "ambiguous":
                listed.setdefault((row["scheme"], row["edition"]), set()).add(row["code"])
    publication = layouts.publication("eurostat")
    lists = {area.key: area for layout in publication.layouts for area in layout.areas}
    assert publication.sdmx is not None
    lists |= {area.key: area for area in publication.sdmx.areas}
    assert {key: set(area.ambiguous) for key, area in lists.items() if area.ambiguous} == listed


def test_any_dataflow_is_read_through_a_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = layouts.of_mapping("fishery", FISHERY)
    monkeypatch.setattr(layouts, "publications", lambda: {"fishery": mapping})
    context = Context(
        areas=frozenset({"BERGEN"}),
        codes={("port", "2020"): {"NOBGO": "BERGEN"}},
        variables={"fishery:COD NET": {}, "fishery:COD ROD": {"integer": True}},
        flags=frozenset(codelists.flags()),
        latest=2026,
        source_of=lambda variable, area: "fao",
    )
    path = tmp_path / "catch.csv"
    path.write_text(MESSAGE)
    reading = sdmx_csv.read(path, context)
    assert [(f.area, f.variable, f.period, str(f.value), f.flags) for f in reading.figures] == [
        ("BERGEN", "fishery:COD NET", "2019", "12.50", ""),
        ("BERGEN", "fishery:COD ROD", "2019", "3", "ep"),
    ]
    assert [(bad.row, bad.column, bad.code) for bad in reading.skipped] == [
        (4, "SPECIES GEAR", "variable_not_used"),
        (5, "PORT", "country_row"),
        (6, "FREQ", "dimension_other"),
    ]
    assert reading.faults == []
