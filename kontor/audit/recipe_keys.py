"""What may stand under each key of a recipe, and an example that is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fits = Callable[[Any], bool]

KINDS = ("frequency", "magnitude", "microdata")
FREE = ("hierarchy", "identifiers", "headings", "labels")  # their keys are codes and columns of the office
FATES = ("drop", "year", "month", "decade", "keep")  # of a column with personal identifiers
MOST = 10**9
MOST_DECIMALS = 12  # of a rate


def anything(_value: Any) -> bool:
    """Of keys that tell how the input is read: an attacker has no use for them."""
    return True


def text(value: Any) -> bool:
    """A name or a path; no file has a NUL in its name."""
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(text, value)) and len(set(value)) == len(value)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def whole(least: int, most: int = MOST) -> Fits:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def number(most: float, *, zero: bool = True) -> Fits:
    """From 0, or above it; what is no number or endless does not fit."""
    return lambda value: (
        (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most)
        and (zero or value > 0)
    )


def one_of(*words: str) -> Fits:
    return lambda value: isinstance(value, str) and value in words


def _some_names(value: Any) -> bool:
    return value == [] or names(value)


def _one_or_names(value: Any) -> bool:
    return text(value) or names(value)


def _margins(value: Any) -> bool:
    return value in ("all", "none") or (isinstance(value, list) and all(map(_some_names, value)))


def _dominance(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"n", "k"}
        and whole(1)(value["n"])
        and number(100)(value["k"])
    )


SECTIONS: Mapping[str, Mapping[str, tuple[Fits, str]]] = {
    "table": {
        "kind": (one_of(*KINDS), 'kind = "frequency"'),
        "variables": (names, 'variables = ["district", "severity"]'),
        "count": (text, 'count = "freq"'),
        "response": (_one_or_names, 'response = "kwh"'),
        **dict.fromkeys(("input", "contributor", "holding", "delimiter", "encoding"), (anything, "")),
        **dict.fromkeys(("decimal", "decimals", "header", "sheet", "missing", "title"), (anything, "")),
    },
    "publish": {
        "zeros": (flag, "zeros = true"),
        "margins": (_margins, 'margins = "all"'),
        "codes": (flag, "codes = false"),
    },
    "primary": {
        "threshold": (whole(0), "threshold = 3"),
        "dominance": (_dominance, "dominance = {n = 2, k = 85}"),
        "p_percent": (number(100), "p_percent = 15"),
        "holdings": (whole(0), "holdings = 3"),
    },
    "secondary": {
        "method": (anything, ""),
        "interval_width": (number(1000), "interval_width = 2"),
        "coalition": (whole(1, 10), "coalition = 1"),
        "suspected": (flag, "suspected = false"),
        "time_limit": (anything, ""),
    },
    "microdata": {
        "quasi": (names, 'quasi = ["age", "sex"]'),
        "sensitive": (_some_names, 'sensitive = ["diagnosis"]'),
        "k": (whole(2), "k = 5"),
        "l": (whole(1), "l = 2"),
        "diversity": (one_of("distinct", "entropy"), 'diversity = "distinct"'),
        **dict.fromkeys(("suppression_limit", "metric"), (anything, "")),
    },
    "alternative": {
        "method": (one_of("round", "cellkey", "dp"), 'method = "round"'),
        "base": (whole(2, 1000), "base = 5"),
        "every": (flag, "every = false"),
        "largest": (whole(1, 50), "largest = 5"),
        "never": (whole(0, 50), "never = 2"),
        "variance": (number(100, zero=False), "variance = 3"),
        **dict.fromkeys(("secret", "record", "epsilon", "budget"), (anything, "")),
        **dict.fromkeys(("contribution", "data_set", "release", "ledger"), (anything, "")),
    },
}

LISTS: Mapping[str, Mapping[str, tuple[Fits, str]]] = {
    "hierarchies": {
        "variable": (text, 'variable = "district"'),
        "name": (text, 'name = "police"'),
        "file": (text, 'file = "police.csv"'),
    },
    "rate": {
        "numerator": (text, 'numerator = "deaths"'),
        "denominator": (text, 'denominator = "population"'),
        "name": (text, 'name = "death_rate"'),
        "per": (number(1e15, zero=False), "per = 100000"),
        "decimals": (whole(0, MOST_DECIMALS), "decimals = 1"),
        "protect_denominator": (flag, "protect_denominator = false"),
        "proportion": (flag, "proportion = true"),
    },
    "linked": {"recipe": (text, 'recipe = "other.toml"')},
    "known": {
        "file": (text, 'file = "last-year-SAFE.csv"'),
        "recipe": (text, 'recipe = "last-year.toml"'),
        "revised": (flag, "revised = false"),
    },
}

NEEDED: Mapping[str, tuple[str, ...]] = {
    "table": ("kind", "variables"),
    "alternative": ("method",),
    "microdata": ("quasi", "k"),
    "hierarchies": ("variable", "name", "file"),
    "rate": ("numerator", "denominator"),
    "linked": ("recipe",),
    "known": ("file", "recipe"),
}  # of a section or entry that is there
