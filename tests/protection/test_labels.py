"""Title, headings and labels of a recipe: in report and local page, never in SAFE.csv, and always escaped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kontor.audit import audit
from kontor.protection import operations
from kontor.protection.operations import Places, protect
from kontor.protection.recipe import Labels, Rate
from kontor.protection.recipe_file import read_recipe
from tests.protection.inputs import codes, faults, prepared, recipe, rows
from tests.protection.offices import hide_all
from tests.protection.reports import RULES, SMALL, page

TEXT = """
[table]
kind = "frequency"
variables = ["BEZ", "KAT"]
title = "Accidents <2024>"
[primary]
threshold = 3
[headings]
BEZ = "District"
[labels.KAT]
1 = "killed & dead"
2 = "hurt"
"""
COUNTS = {("11", "1"): 2, ("11", "2"): 9, ("2", "1"): 4, ("2", "2"): 30, ("3", "1"): 2, ("3", "2"): 8}
RECORDS = rows(COUNTS, "BEZ,KAT")
WORDS = Labels(
    "Trips", {"district": "Where <b>"}, {"mode": {"car": "by car"}, "district": {"a": "Älpli", "_T": "All"}}
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(operations, "suppress", hide_all)
    (tmp_path / "input.csv").write_text(RECORDS)
    places = Places(tmp_path / "SAFE.csv", tmp_path / "REPORT.html", local=tmp_path / "office")
    protect(input=tmp_path / "input.csv", recipe=recipe(tmp_path, TEXT), places=places)
    return tmp_path


def test_report_and_local_page_say_them_and_the_table_does_not(office: Path) -> None:
    report, local = (office / name for name in ("REPORT.html", "office/LOCAL.html"))
    for file in (report, local):
        html = file.read_text()
        assert "Accidents &lt;2024&gt;" in html and "<2024>" not in html
        assert '1 <span class="label">killed &amp; dead</span>' in html
    assert "<dd>District (BEZ) × KAT</dd>" in report.read_text()
    assert 'District 11, KAT 1 <span class="label">killed' in local.read_text()
    safe = (office / "SAFE.csv").read_text()
    assert safe.startswith("BEZ,KAT,value") and "killed" not in safe and "Accidents" not in safe
    assert "killed" not in (office / "office/LOCAL.json").read_text()


def test_the_auditor_passes_over_them(office: Path) -> None:
    assert audit(office / "SAFE.csv", office / "recipe.toml").safe


def test_codes_come_first_then_their_labels() -> None:
    text = page(SMALL, replace(RULES, words=WORDS)).words_in()
    assert "Trips" in text and "What this table shows" not in text
    assert "Broken down by Where <b> (district) × mode" in text
    assert "Where <b> by mode" in text and "Where <b> \\ mode car by car foot Total" in text
    assert "west 65 a Älpli" not in text and " a Älpli " in text
    assert " All 1 260 14 1 274" in text


def test_rates_are_called_by_their_headings() -> None:
    rate = Rate("deaths_per_people", "deaths", "people")
    words = Labels("", {"deaths_per_people": "death rate"})
    assert (
        "The rate death rate is hidden wherever deaths or people is"
        in page(SMALL, replace(RULES, rates=(rate,), words=words)).words_in()
    )


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('1 = "killed & dead"', "1 = 3", "labels.KAT"),
        ('BEZ = "District"', 'BEZ = ""', "headings"),
        ("[labels.KAT]", "[labels]", "labels.1"),
        ('title = "Accidents <2024>"', "title = 3", "table.title"),
    ],
)
def test_a_label_is_a_text(tmp_path: Path, old: str, new: str, key: str) -> None:
    found = faults(lambda: read_recipe(recipe(tmp_path, TEXT.replace(old, new))))
    assert {row.code for row in found} == {"recipe_value_wrong"} and found[0].column == key


@pytest.mark.parametrize(("old", "new"), [("[labels.KAT]", "[labels.CAT]"), ("BEZ = ", "BZ = ")])
def test_only_what_stands_in_the_table_has_one(tmp_path: Path, old: str, new: str) -> None:
    assert codes(lambda: read_recipe(recipe(tmp_path, TEXT.replace(old, new)))) == ["recipe_not_a_variable"]


def test_a_label_of_a_code_that_is_none_is_refused(tmp_path: Path) -> None:
    [fault] = faults(lambda: prepared(tmp_path, TEXT.replace('2 = "hurt"', '22 = "hurt"'), RECORDS))
    assert (fault.code, fault.facts["value"], fault.facts["nearest"]) == ("label_of_no_code", "22", "2")


def test_a_code_of_a_hierarchy_without_cases_may_have_one(tmp_path: Path) -> None:
    text = TEXT.replace('2 = "hurt"', '2 = "hurt"\n3 = "slightly"\nall = "all hurt"')
    text += '[hierarchy.KAT]\n1 = "_T"\n2 = "all"\n3 = "all"\n'
    assert prepared(tmp_path, text, RECORDS).tables
