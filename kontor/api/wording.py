"""The sentences that describe the interface, from words.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def words() -> Mapping[str, Any]:
    """words.toml: titles, rules, statuses, operations and parameters, each text in three languages."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def parameter(name: str, language: str = "en") -> str:
    """What a parameter means."""
    return str(words()["parameters"][name][language])


def operation(name: str, part: str, language: str = "en") -> str:
    """`title` or `text` of an operation."""
    return str(words()["operations"][name][part][language])


def status(number: int, language: str) -> str:
    """What an HTTP status means here."""
    return str(words()["statuses"].get(str(number), words()["statuses"]["400"])[language])
