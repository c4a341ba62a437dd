"""What a stable code means to a person: one sentence per code and language, with the remedy where there is one.
For everything that shows errors: pages, API and command line say the same.
Neighbours: knows `errors` alone; `web`, `api` and `cli` ask it."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kontor.errors import BadRow, Invalid, Refused

FILES = ("refusals.toml", "rows.toml", "terminal.toml")


class _Facts(dict[str, Any]):
    """Facts of which one is missing: a gap in the sentence is better than none at all."""

    def __missing__(self, name: str) -> str:
        return "…"


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Code -> language -> template. A code stands in one file only."""
    found: dict[str, Mapping[str, str]] = {}
    for name in FILES:
        listed = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
        if twice := found.keys() & listed.keys():
            raise ValueError(f"in two files: {', '.join(sorted(twice))}")
        found |= listed
    return found


def placeholders(template: str) -> set[str]:
    """The names of the facts that a template shows."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def sentence(code: str, facts: Mapping[str, Any], language: str) -> str:
    """What `code` means, in a language (`en`, `de`, `zh-hans`; any other is answered in English)."""
    template = sentences().get(code) or sentences()["code_without_sentence"]
    return (template.get(language) or template["en"]).format_map(_Facts(facts, code=facts.get("code", code)))


def explain(error: Refused | Invalid, language: str) -> dict[str, Any]:
    """An error as plain values: `code`, `message` and, for bad input, `rows` of row, column, code, message."""
    if isinstance(error, Refused):
        return {"code": error.code, "message": sentence(error.code, error.facts, language), "rows": []}
    return {
        "code": error.code,
        "message": sentence("invalid", {"count": len(error.rows)}, language),
        "rows": [
            {"row": row.row, "column": row.column, "code": row.code, "message": _of_row(row, language)}
            for row in error.rows
        ],
    }


def _of_row(row: BadRow, language: str) -> str:
    text = sentence(row.code, row.facts, language)
    file = str(row.facts.get("file", ""))
    return f"{file}: {text}" if file and file not in text else text
