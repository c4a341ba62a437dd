"""How each language writes what report and local page say: numbers, lists, and what is not shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kontor.protection.local_page import local_page
from kontor.protection.recipe import Alternative, Microdata
from kontor.protection.report.words import Words
from kontor.protection.safe_records import SafeRecords
from tests.protection.reports import RULES, SMALL, page
from tests.protection.test_local_page import CONTENT

RECORDS = (("_T", "30", "flu"), ("_T", "30", "cold"), ("_T", "_T", "flu"), ("_T", "_T", "flu"))
GENERALISED = replace(
    RULES,
    kind="microdata",
    variables=("age", "income", "diagnosis"),
    hierarchies=(),
    microdata=Microdata(quasi=("age", "income"), sensitive=("diagnosis",), k=2, l=1),
)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("age not shown", "income 1 an", "_T stands where a value", "Records 4", "age, income")),
        ("de", ("age nicht gezeigt", "income 1 kann", "_T steht, wo", "Datensätze 4", "age, income")),
        ("zh-Hans", ("age 不公布", "income 1 攻", "_T表示不公布该值", "记录数 4", "age、income")),
    ],
)
def test_a_value_that_is_not_shown_is_no_value(language: str, said: tuple[str, ...]) -> None:
    text = page(SafeRecords(("age", "income", "diagnosis"), RECORDS), GENERALISED, audit=None).words_in(
        language
    )
    assert [words for words in said if words not in text] == []


def test_the_code_is_explained_only_where_it_stands() -> None:
    rows = tuple(("30", "1", diagnosis) for _, _, diagnosis in RECORDS)
    assert (
        "_T"
        not in page(SafeRecords(("age", "income", "diagnosis"), rows), GENERALISED, audit=None).words_in()
    )


@pytest.mark.parametrize(("language", "said"), [("en", "ε = 1.0"), ("de", "ε = 1,0"), ("zh-Hans", "ε=1.0")])
def test_epsilon_is_written_as_the_language_writes_numbers(language: str, said: str) -> None:
    noisy = replace(RULES, alternative=Alternative("dp", {"epsilon": "1.0"}))
    assert said in page(SMALL, noisy).words_in(language)


def test_a_number_is_the_shortest_decimal_that_it_can_be() -> None:
    assert Words("de").number(2527531421.102) == "2\u202f527\u202f531\u202f421,102"
    assert [Words("en").number(value) for value in (0.1, 1e-7, 1e16, 3.0, -2.5)] == [
        "0.1", "0.0000001", "10\u202f000\u202f000\u202f000\u202f000\u202f000", "3", "−2.5",
    ]  # fmt: skip


def test_hidden_values_have_as_many_decimals() -> None:
    cells = [
        {"cell": {"type": "a", "place": place}, "value": value, "rule": "dominance"}
        for place, value in (("1", 2527531421.102), ("2", 12.5), ("3", 7))
    ]
    text = local_page({**CONTENT, "pattern": None, "cells": cells}, "de").decode()
    assert [
        f">{value}</td>" in text for value in ("2\u202f527\u202f531\u202f421,102", "12,500", "7,000")
    ] == [True] * 3
    assert "type a、place 1" in text and "type a, place 1" in text


def test_the_cost_of_noise_is_written_as_the_language_writes_numbers() -> None:
    change = {"epsilon_left": "2.0", "levels": "age: 1, sex: 0"}
    text = local_page({**CONTENT, "pattern": None, "change": change}, "de").decode()
    assert ">2,0</td>" in text and "age: 1、sex: 0" in text
