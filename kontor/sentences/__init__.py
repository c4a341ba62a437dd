"""What a stable code means to a person: one sentence per code and language, with the remedy where there is one.
For everything that shows errors: pages, API and command line say the same.
Neighbours: knows `errors` alone; `web`, `api` and `cli` ask it."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kontor.errors import BadRow, Invalid, Refused

FILES = (
    "refusals.toml",
    "rows.toml",
    "reasons.toml",
    "findings.toml",
    "terminal.toml",
    "protection_audit.toml",
    "protection_output.toml",
    "protection_input.toml",
    "protection_alternatives.toml",
)
DECIMAL = re.compile(r"-?\d+(\.\d+)?")
PERIODS = ("before",)  # facts of findings that are no numbers, though they look like them


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
    """What `code` means, in a language (`en`, `de`, `zh-hans`; any other is answered in English).

    Where the facts have a `repair`, the sentence ends with it.
    """
    template = sentences().get(code) or sentences()["code_without_sentence"]
    text = (template.get(language) or template["en"]).format_map(_Facts(facts, code=facts.get("code", code)))
    if facts.get("repair") and code != "perhaps_meant":
        text += sentence("perhaps_meant", {"repair": facts["repair"]}, language)
    return text


def reason(kept: str, language: str) -> str:
    """Why a figure was published anew or withdrawn: the sentence of a code, anything else as it was given."""
    return sentence(kept, {}, language) if kept in _reasons() else kept


@cache
def _reasons() -> frozenset[str]:
    return frozenset(tomllib.loads((Path(__file__).parent / "reasons.toml").read_text(encoding="utf-8")))


def finding(kind: str, facts: Mapping[str, str], language: str) -> str:
    """What is not plausible about a figure, for a finding of `engines.quality`; numbers as the language writes them.

    Facts may be replaced before, for instance the codes in `parts` by titles.
    """
    code = kind
    if kind == "impossible_value":
        code = "below_lowest" if "lowest" in facts else "above_highest"
    elif kind == "sum_off" and "most" in facts:
        code = "sum_too_large"
    shown = {name: fact if name in PERIODS else _number(fact, language) for name, fact in facts.items()}
    text = sentence(code, shown, language)
    if "alike" not in facts:
        return text
    return text + ("" if language == "zh-hans" else " ") + sentence("finding_alike", shown, language)


def _number(text: str, language: str) -> str:
    """A plain decimal with groups of three, a true minus and the decimal mark; any other text as it is."""
    if not DECIMAL.fullmatch(text):
        return text
    whole, _, fraction = text.removeprefix("-").partition(".")
    grouped = f"{int(whole):,}".replace(",", "\u202f")
    mark = "," if language == "de" else "."
    return ("−" if text.startswith("-") else "") + grouped + (f"{mark}{fraction}" if fraction else "")


def explain(error: Refused | Invalid, language: str) -> dict[str, Any]:
    """An error as plain values: `code`, `message` and, for bad input, `rows` of row, column, code, message."""
    if isinstance(error, Refused):
        return {"code": error.code, "message": sentence(error.code, error.facts, language), "rows": []}
    return {
        "code": error.code,
        "message": sentence(error.heading, {"count": len(error.rows)}, language),
        "rows": [
            {"row": row.row, "column": row.column, "code": row.code, "message": _of_row(row, language)}
            for row in error.rows
        ],
    }


def _of_row(row: BadRow, language: str) -> str:
    text = sentence(row.code, row.facts, language)
    file = str(row.facts.get("file", ""))
    return f"{file}: {text}" if file and file not in text else text
