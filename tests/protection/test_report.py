"""REPORT.html: says what the safe file shows, in three languages, from nothing but itself."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from kontor.protection.recipe import (
    Alternative,
    Known,
    Microdata,
    Primary,
    Publish,
    Rate,
    Recipe,
    Secondary,
)
from kontor.protection.report import LANGUAGES, render
from kontor.protection.report.choosing import LARGE, advised
from kontor.protection.report.figures import Figures
from kontor.protection.report.words import NARROW_SPACE, Words, templates
from kontor.protection.safe_records import SafeRecords
from tests.protection.reports import FOUND_NOTHING, RULES, SMALL, Elements, contents, page, table

ROOT = Path(__file__).parents[2]


# ---- the file


def test_one_file_without_script_or_anything_from_elsewhere() -> None:
    html = render(contents()).decode()
    found = Elements(html)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in found.elements}
    named = [name for _, given in found.elements for name in given]
    assert not [name for name in named if name in ("src", "href", "style") or name.startswith("on")]
    assert not re.findall(r"url\(|@import|https?://", html)


def test_all_three_languages_say_the_same_number_of_things() -> None:
    found = page()
    tags = dict.fromkeys(("en", "de", "zh-Hans"), 0)
    current = ""
    for tag, given in found.elements:
        current = given["lang"] if tag == "article" else current
        if current:
            tags[current] += 1
    assert len(set(tags.values())) == 1
    assert "75" not in found.words_in() and "Fallzahlen von 1 bis 3 sind gesperrt" in found.words_in("de")
    assert "隐藏1至3的计数" in found.words_in("zh-Hans")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_asked_for_comes_first(language: str) -> None:
    found = Elements(render(contents(), language=language).decode())
    checked = [given["id"] for tag, given in found.elements if tag == "input" and "checked" in given]
    assert checked == [f"l-{language}"]
    assert next(given["class"] for tag, given in found.elements if tag == "article") == f"wrap {language}"


def test_codes_are_text_and_never_markup() -> None:
    wild = table({("<b>&", "x"): "4", ("{0}", "x"): "5", ("_T", "x"): "9"})
    html = render(contents(wild, replace(RULES, hierarchies=()))).decode()
    assert "<b>" not in html.replace("<b>○", "")
    assert "&lt;b&gt;&amp;" in html and "{0}" in html


def test_the_tokens_are_those_of_the_platform() -> None:
    """Colours are taken from there, so that the report changes with it."""
    ours, theirs = (
        dict(re.findall(r"(--[a-z0-9-]+):(light-dark\([^)]*\))", (ROOT / path).read_text(encoding="utf-8")))
        for path in ("kontor/protection/report/style.css", "kontor/web/static/kontor/style.css")
    )
    assert len(ours) >= 15
    assert ours == {name: theirs[name] for name in ours}


# ---- words


@pytest.mark.parametrize("key", sorted(templates()))
def test_every_word_in_three_languages_with_the_same_facts(key: str) -> None:
    template = templates()[key]
    assert set(template) == set(LANGUAGES)
    facts = {language: sorted(set(re.findall(r"{(\w+)}", text))) for language, text in template.items()}
    assert len({tuple(names) for names in facts.values()}) == 1


def test_every_word_is_used() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "kontor").rglob("*.py"))
    stems = (
        "kind_",
        "method_",
        "choice_",
        "attackers_",
        "picture_",
        "local_rule_",
        "local_change_",
        "assumed_",
        "local_stage_",
        "anonymity_l_",
        "advice_",
    )
    code = code.replace("'", '"')
    unused = [
        key
        for key in templates()
        if f'"{key}"' not in code
        and not key.startswith(stems)
        and f'"{key.removesuffix("_why")}"' not in code
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("language", "share", "text"),
    [
        ("en", 0.9999, f"99.9{NARROW_SPACE}%"),
        ("de", 0.123, f"12,3{NARROW_SPACE}%"),
        ("zh-hans", 0.0001, "0.1%"),
        ("en", 1.0, f"100{NARROW_SPACE}%"),
        ("en", 0.0, f"0{NARROW_SPACE}%"),
    ],
)
def test_shares_are_never_rounded_to_all_or_nothing(language: str, share: float, text: str) -> None:
    assert Words(language).percent(share) == text


def test_numbers_have_narrow_groups_and_the_mark_of_the_language() -> None:
    assert Words("de").number("-1234567.5") == f"−1{NARROW_SPACE}234{NARROW_SPACE}567,5"
    assert Words("en").number(1000) == f"1{NARROW_SPACE}000"


# ---- facts


def test_shares_and_levels_are_counted_from_the_file() -> None:
    figures = Figures(SMALL, RULES)
    assert (figures.cells, int(figures.hidden.sum()), int(figures.inner.sum())) == (18, 4, 6)
    assert figures.share_of_total == pytest.approx((40 + 20 + 1200 + 9) / 1274)
    assert [(level.variables, level.cells, level.hidden) for level in figures.levels] == [
        ((), 1, 0),
        (("district",), 5, 2),
        (("mode",), 2, 0),
        (("district", "mode"), 10, 2),
    ]


def test_the_share_of_a_total_that_is_hidden_is_not_told() -> None:
    gone = table({("a", "x"): "4", ("b", "x"): "", ("_T", "x"): ""})
    assert Figures(gone, RULES).share_of_total is None
    assert "the total itself is not published" in page(gone).words_in()


def test_what_was_hidden_is_said_at_the_top() -> None:
    text = page().words_in()
    assert "4 of 18 cells are hidden. Three attackers who know the rules tried" in text
    assert "Found nothing" in text


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        (replace(RULES, primary=Primary(threshold=1)), "Counts of 1 are hidden"),
        (replace(RULES, publish=Publish(zeros=False)), "Zeros are hidden"),
        (replace(RULES, publish=Publish(codes=True)), "C: 4 cells that fall under a rule; D: 0 cells"),
        (replace(RULES, primary=Primary(holdings=3)), "Cells of fewer than 3 different contributors are hidden"),
        (replace(RULES, secondary=Secondary(coalition=2)), "D: 2 of them join what they know"),
        (replace(RULES, rates=(Rate("risk", "deaths", "people"),)), "The rate risk is hidden wherever deaths or people is"),
        (replace(RULES, known=(Known(Path("x.csv"), RULES),)), "Published before, and taken for known: 1"),
        (replace(RULES, linked=(RULES,)), "Protected together with other tables: 1"),
        (
            replace(RULES, kind="magnitude", primary=Primary(dominance=(2, 85.0), p_percent=15.0)),
            "An amount is hidden where its 2 largest contributors have more than 85 % of it",
        ),
    ],
)  # fmt: skip
def test_every_rule_of_the_recipe_is_named(recipe: Recipe, sentence: str) -> None:
    assert sentence in page(SMALL, recipe).words_in()


def test_what_an_attacker_found_is_not_hushed_up() -> None:
    found = {**FOUND_NOTHING, "attackers": {**FOUND_NOTHING["attackers"], "B": {"exact": 2, "cells": []}}}  # type: ignore[dict-item]
    assert "Cells found: 2" in page(audit=found).words_in()


def test_what_the_auditor_took_for_granted_is_told() -> None:
    met = [{"code": "revision_one_way", "tables": 1}, {"code": "attackers_know_zeros"}]
    text = page(audit={**FOUND_NOTHING, "assumptions": met}).words_in()
    assert "changed in one direction only" in text
    assert "changed in one direction only" not in page().words_in()


# ---- other methods


@pytest.mark.parametrize(
    ("cells", "hidden", "advice"),
    [
        (1000, 299, "keep"),
        (1000, 300, "round"),
        (1000, 600, "coarser"),
        (LARGE, LARGE // 2, "cellkey"),
        (10, 0, "keep"),
    ],
)
def test_the_advice_follows_from_size_and_share_hidden(cells: int, hidden: int, advice: str) -> None:
    assert advised(RULES, cells=cells, hidden=hidden) == advice
    assert advised(replace(RULES, kind="magnitude"), cells=cells, hidden=hidden) == "magnitude"


@pytest.mark.parametrize(
    ("recipe", "advice"),
    [
        (replace(RULES, linked=(RULES,)), "cellkey"),  # the same figure in both tables
        (replace(RULES, linked=(RULES,), input="table"), "coarser"),  # cell keys need the records
        (replace(RULES, known=(Known(Path("x.csv"), RULES),)), "known"),
        (replace(RULES, rates=(Rate("risk", "deaths", "people"),)), "rates"),
        (replace(RULES, responses=("deaths", "injured")), "rates"),
    ],
)
def test_nothing_is_advised_that_such_a_table_cannot_have(recipe: Recipe, advice: str) -> None:
    assert advised(recipe, cells=1000, hidden=400) == advice


def test_beside_earlier_tables_no_other_method_is_offered_however_little_is_hidden() -> None:
    recipe = replace(RULES, known=(Known(Path("x.csv"), RULES),))
    assert advised(recipe, cells=1000, hidden=10) == "known"
    assert "Rounding of small counts" not in page(recipe=recipe).words_in()


def test_the_breakdowns_with_most_hidden_cells_are_named() -> None:
    """4 of 18 cells in all, but 2 of the 5 totals by district; 2 of 10 in the full table is no more than on average."""
    assert "Most is hidden in: district (40 %)." in page().words_in().replace(NARROW_SPACE, " ")


def test_what_another_method_would_do_to_this_table_is_told_from_what_is_public() -> None:
    text = page().words_in()
    assert "it would change at most 2 of 6 counts at the finest level" in text
    assert "a count at the finest level would be off by about 1 on average, the grand total of all 6" in text


@pytest.mark.parametrize(
    ("alternative", "promise"),
    [
        (Alternative("round", {"base": 5}), "No cell shows a count from 1 to 4."),
        (Alternative("cellkey", {"largest": 4, "variance": 2}), "No figure is off by more than 4."),
        (Alternative("dp", {"epsilon": "0.5"}), "this one costs 0.5."),
    ],
)
def test_an_alternative_states_its_own_guarantee(alternative: Alternative, promise: str) -> None:
    text = page(SMALL, replace(RULES, alternative=alternative)).words_in()
    assert promise in text
    assert "Counts from 1 to 3 are hidden" not in text


@pytest.mark.parametrize("method", ["round", "cellkey", "dp"])
def test_an_alternative_has_no_picture_or_table_of_hiding(method: str) -> None:
    """All is shown, so shares shown and signs of hidden cells would say nothing."""
    shown = table({("a", "car"): "4", ("b", "car"): "5", ("_T", "car"): "9"})
    asked = replace(RULES, hierarchies=(), alternative=Alternative(method, {"epsilon": "1.0"}))
    found = page(shown, asked)
    assert "The table as it is published" in found.words_in()
    for words in ("Hidden", "Share shown", "none of them exactly", "The attackers", "100\u202f%", "100 %"):
        assert words not in found.words_in().split("The methods compared")[0]


def test_rounding_says_which_counts_it_rounds() -> None:
    some = page(SMALL, replace(RULES, alternative=Alternative("round", {"base": 4}))).words_in()
    assert "Counts of 1 to 3 at the finest level were rounded to 0 or 4" in some
    assert "what is above 4 is exact" in some and "multiple" not in some
    every = page(SMALL, replace(RULES, alternative=Alternative("round", {"base": 4, "every": True})))
    assert "Every count at the finest level was rounded to a multiple of 4" in every.words_in()


def test_what_is_not_guaranteed_has_no_tick() -> None:
    found = render(contents(SMALL, replace(RULES, alternative=Alternative("round", {})))).decode()
    items = re.findall(r"<li>(.*?)</li>", found, re.DOTALL)
    ticked = [item for item in items if "Guaranteed" in item]
    assert len(ticked) == 4
    assert not [item for item in ticked if "not bounded" in item or "elsewhere" in item]
    assert len([item for item in items if "not bounded beforehand" in item]) == 1


def test_records_are_reported_as_groups_of_alike_ones() -> None:
    rows = (("30-39", "f", "flu"), ("30-39", "f", "cold"), ("40-49", "m", "flu"), ("40-49", "m", "flu"))
    recipe = replace(
        RULES,
        kind="microdata",
        variables=("age", "sex", "diagnosis"),
        hierarchies=(),
        microdata=Microdata(quasi=("age", "sex"), sensitive=("diagnosis",), k=2, l=1),
    )
    text = page(SafeRecords(("age", "sex", "diagnosis"), rows), recipe, audit=None).words_in()
    assert "4 records are published. Each is one of at least 2 that are alike" in text
    assert "Smallest group 2" in text


def test_the_words_file_is_plain_toml() -> None:
    path = ROOT / "kontor/protection/report/words.toml"
    assert tomllib.loads(path.read_text(encoding="utf-8")) == templates()
