"""Safe tables and recipes for tests of the report, and the report as a test reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kontor.protection.recipe import Hierarchy, Primary, Recipe
from kontor.protection.report import render
from kontor.protection.report.contents import Contents, SafeFile
from kontor.protection.safe_file import SafeTable
from kontor.protection.safe_records import SafeRecords
from tests.page import Page

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
