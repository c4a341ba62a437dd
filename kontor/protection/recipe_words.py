"""What a recipe calls its table, variables and codes in words: for report and local page, never for SAFE.csv."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .recipe import Labels
from .recipe_keys import text

Wrong = Callable[[str, Any, str], None]


def labels_of(whole: Mapping[str, Any], title: str, wrong: Wrong) -> Labels:
    """Headings and labels; `wrong` is told the key, its value and an example of what may not stand there."""
    headings = _words("headings", whole.get("headings", {}), 'district = "District"', wrong)
    given, labels = whole.get("labels", {}), dict[str, Mapping[str, str]]()
    if not isinstance(given, dict):
        wrong("labels", given, "[labels.district]")
        given = {}
    for variable, codes in given.items():
        if isinstance(codes, dict):
            labels[variable] = _words(f"labels.{variable}", codes, 'd001 = "Old town"', wrong)
        else:
            wrong(f"labels.{variable}", codes, f"[labels.{variable}]")
    return Labels(title, headings, labels)


def _words(key: str, given: Any, example: str, wrong: Wrong) -> Mapping[str, str]:
    if isinstance(given, dict) and all(map(text, given.values())):
        return given
    wrong(key, given, example)
    return {}
