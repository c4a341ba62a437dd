"""REPORT.html: says what the safe file shows, in three languages, from nothing but itself."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from kontor.protection.recipe import (
    TOTAL,
    Alternative,
    Hierarchy,
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
from kontor.protection.report.contents import Contents, SafeFile
from kontor.protection.report.figures import Figures
from kontor.protection.report.picture import MOST_COLUMNS, MOST_ROWS, pictures
from kontor.protection.report.words import NARROW_SPACE, Words, templates
from kontor.protection.safe_file import SafeTable
from kontor.protection.safe_records import SafeRecords
from tests.page import Page

ROOT = Path(__file__).parents[2]
FOUND_NOTHING = {"attackers": {name: {"exact": 0, "cells": []} for name in "ABC"}, "narrow": 0, "safe": True}
RULES = Recipe(
    Path("accidents.toml"),
    "ab" * 32,
    "frequency",
    "records",
    ("district", "mode"),
    ("count",),
    hierarchies=(Hierarchy("district", "", {"a": "west", "b": "west", "c": "east"}),),
    primary=Primary(threshold=3),
)


def table(rows: dict[tuple[str, ...], str], variables: tuple[str, ...] = ("district", "mode")) -> SafeTable:
    """Rows by their codes; "" is a hidden cell."""
    codes = tuple(zip(*rows, strict=True))
    marks = tuple("F" if value else "C" for value in rows.values())
    return SafeTable(variables, codes, None, tuple(rows.values()), marks)


SMALL = table(
    {
        ("a", "car"): "40", ("a", "foot"): "", ("a", "_T"): "",
        ("b", "car"): "20", ("b", "foot"): "", ("b", "_T"): "",
        ("c", "car"): "1200", ("c", "foot"): "9", ("c", "_T"): "1209",
        ("west", "car"): "60", ("west", "foot"): "5", ("west", "_T"): "65",
        ("east", "car"): "1200", ("east", "foot"): "9", ("east", "_T"): "1209",
        ("_T", "car"): "1260", ("_T", "foot"): "14", ("_T", "_T"): "1274",
    }
)  # fmt: skip


def contents(safe: SafeTable | SafeRecords = SMALL, recipe: Recipe = RULES, **more: Any) -> Contents:
    return Contents((SafeFile(safe, recipe, "cd" * 32),), more.get("audit", FOUND_NOTHING))


class Elements(Page):
    """A report: the text of each language apart."""

    def __init__(self, html: str) -> None:
        self.language = ""
        self.said: dict[str, list[str]] = {}
        super().__init__(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag == "article":
            self.language = self.elements[-1][1]["lang"]

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.setdefault(self.language, []).append(data)

    def words_in(self, language: str = "en") -> str:
        return " ".join(" ".join(self.said[language]).split())


def page(*given: Any, **more: Any) -> Elements:
    return Elements(render(contents(*given, **more)).decode())


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


# ---- pictures


def test_hidden_cells_are_marked_and_read_aloud() -> None:
    found = page()
    hidden = [given for tag, given in found.elements if tag == "td" and given.get("class") == "h"]
    assert len(hidden) == 4 * len(LANGUAGES)
    assert "Hidden in this picture: 4 of 18 cells." in found.words_in()


def test_groups_stand_before_their_members_and_the_total_last() -> None:
    (picture,), _ = pictures(Figures(SMALL, RULES))
    assert [(block.first, block.depth) for block in picture.down] == [
        ("west", 0), ("a", 1), ("b", 1), ("east", 0), ("c", 1), (TOTAL, 0),
    ]  # fmt: skip


def test_three_variables_have_pages_and_a_picture_of_all_behind() -> None:
    axes = (("a", "b", "_T"), ("x", "y", "_T"), ("p", "q", "_T"))
    cube = table({codes: "" if codes[0] == "a" else "7" for codes in product(*axes)}, ("one", "two", "three"))
    shown, pages = pictures(Figures(cube, replace(RULES, variables=("one", "two", "three"), hierarchies=())))
    assert [picture.kind for picture in shown] == ["totals", "behind"]
    assert [(picture.cells, picture.hidden) for picture in shown] == [(9, 3), (27, 9)]
    assert len(pages) == 2
    assert sum(picture.cells for picture in pages) == 18


def test_a_large_table_is_drawn_in_blocks_with_every_cell_counted() -> None:
    rows = {
        (f"d{number:03}", mode): "" if number % 7 == 0 else "9"
        for number in range(300)
        for mode in ("x", "_T")
    }
    rows |= {("_T", "x"): "1", ("_T", "_T"): "1"}
    large = table(rows)
    (picture,), _ = pictures(Figures(large, replace(RULES, hierarchies=())))
    assert len(picture.down) <= MOST_ROWS and len(picture.across) <= MOST_COLUMNS
    assert picture.in_blocks
    assert (picture.cells, picture.hidden) == (602, 86)
    assert len(render(contents(large, replace(RULES, hierarchies=())))) < 200_000


def test_one_variable_is_a_list() -> None:
    one = table({("a",): "5", ("b",): "", ("_T",): "9"}, ("district",))
    (picture,), pages = pictures(Figures(one, replace(RULES, hierarchies=())))
    assert [len(line) for line in picture.fields] == [1, 1, 1]
    assert pages == []


# ---- other methods


@pytest.mark.parametrize(
    ("cells", "hidden", "advice"),
    [(1000, 299, "keep"), (1000, 300, "round"), (LARGE, LARGE // 2, "cellkey"), (10, 0, "keep")],
)
def test_the_advice_follows_from_size_and_share_hidden(cells: int, hidden: int, advice: str) -> None:
    assert advised(RULES, cells=cells, hidden=hidden) == advice
    assert advised(replace(RULES, kind="magnitude"), cells=cells, hidden=hidden) == "magnitude"


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
    assert "4 records are published. Each of them is like at least 2" in text
    assert "Smallest group 2" in text


def test_the_words_file_is_plain_toml() -> None:
    path = ROOT / "kontor/protection/report/words.toml"
    assert tomllib.loads(path.read_text(encoding="utf-8")) == templates()
