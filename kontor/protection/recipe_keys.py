"""Every key a recipe may have: what may stand there, and an example that is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .recipe import ALTERNATIVES, INPUTS, KINDS, METHODS


@dataclass(frozen=True, slots=True)
class Key:
    """fits: whether a value may stand there. example: the key with a value that may."""

    fits: Callable[[Any], bool]
    example: str
    needed: bool = False


def text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def path(value: Any) -> bool:
    """As the recipe names a file: something that the disk takes for a path."""
    return text(value) and "\0" not in value and all(len(part.encode()) <= 255 for part in value.split("/"))


def file_stem(value: Any) -> bool:
    """What a file in the folder of the recipe is called after."""
    return path(value) and not set(value) & {"/", "\\"}


def texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(text, value))


def different_texts(value: Any) -> bool:
    return texts(value) and len(set(value)) == len(value)


def some_texts(value: Any) -> bool:
    return value == [] or different_texts(value)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def whole(least: int, most: int = 10**9) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def number(above: float, most: float = 1e15) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and above < value <= most
    )


def one_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in words


def _margins(value: Any) -> bool:
    return value in ("all", "none") or (isinstance(value, list) and all(map(some_texts, value)))


def _dominance(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"n", "k"}
        and whole(1, 10)(value["n"])
        and number(0, 99.999)(value["k"])
    )


def _share(value: Any) -> bool:
    return value == 0 or number(0, 1)(value)


def _epsilon(value: Any) -> bool:
    """Of a privacy budget: a number, or its digits as text so that sums are exact."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return False
    return number(0, 1000)(value)


def _texts_or_one(value: Any) -> bool:
    return text(value) or different_texts(value)


SECTIONS: Mapping[str, Mapping[str, Key]] = {
    "table": {
        "kind": Key(one_of(*KINDS), 'kind = "frequency"', needed=True),
        "input": Key(one_of(*INPUTS), 'input = "records"'),
        "variables": Key(texts, 'variables = ["district", "severity"]', needed=True),
        "count": Key(text, 'count = "freq"'),
        "response": Key(_texts_or_one, 'response = "kwh"'),
        "contributor": Key(text, 'contributor = "owner_id"'),
        "holding": Key(text, 'holding = "group_id"'),
        "delimiter": Key(one_of(",", ";", "\t", "|"), 'delimiter = ";"'),
        "encoding": Key(one_of("utf-8", "latin-1", "utf-16"), 'encoding = "latin-1"'),
        "decimal": Key(one_of(",", "."), 'decimal = ","'),
        "decimals": Key(whole(0, 6), "decimals = 0"),
        "header": Key(different_texts, 'header = ["district", "severity"]'),
        "sheet": Key(text, 'sheet = "2019"'),
        "missing": Key(different_texts, 'missing = ["NA"]'),
        "title": Key(text, 'title = "Road accidents 2024"'),
    },
    "publish": {
        "zeros": Key(flag, "zeros = true"),
        "margins": Key(_margins, 'margins = "all"'),
        "codes": Key(flag, "codes = false"),
    },
    "primary": {
        "threshold": Key(whole(0), "threshold = 3"),
        "dominance": Key(_dominance, "dominance = {n = 2, k = 85}"),
        "p_percent": Key(number(0, 99.999), "p_percent = 15"),
        "holdings": Key(whole(0), "holdings = 3"),
    },
    "secondary": {
        "method": Key(one_of(*METHODS), 'method = "auto"'),
        "interval_width": Key(number(0, 1000), "interval_width = 2"),
        "coalition": Key(whole(1, 10), "coalition = 1"),
        "suspected": Key(flag, "suspected = false"),
        "time_limit": Key(number(0, 1e6), "time_limit = 60"),
    },
    "microdata": {
        "quasi": Key(different_texts, 'quasi = ["age", "sex"]', needed=True),
        "sensitive": Key(some_texts, 'sensitive = ["diagnosis"]'),
        "k": Key(whole(2), "k = 5", needed=True),
        "l": Key(whole(1), "l = 2"),
        "diversity": Key(one_of("distinct", "entropy"), 'diversity = "distinct"'),
        "suppression_limit": Key(_share, "suppression_limit = 0.02"),
        "metric": Key(one_of("granularity", "discernibility"), 'metric = "granularity"'),
    },
    "alternative": {
        "method": Key(one_of(*ALTERNATIVES), 'method = "round"', needed=True),
        "base": Key(whole(2, 1000), "base = 5"),
        "every": Key(flag, "every = false"),
        "secret": Key(path, 'secret = "league.key"'),
        "record": Key(text, 'record = "person_id"'),
        "largest": Key(whole(1, 50), "largest = 5"),
        "variance": Key(number(0, 100), "variance = 3"),
        "never": Key(whole(0, 50), "never = 2"),
        "epsilon": Key(_epsilon, "epsilon = 1.0"),
        "budget": Key(_epsilon, "budget = 3.0"),
        "contribution": Key(whole(1), "contribution = 1"),
        "data_set": Key(file_stem, 'data_set = "accidents"'),
        "release": Key(text, 'release = "2019"'),
        "ledger": Key(path, 'ledger = "accidents.privacy.json"'),
    },
}

LISTS: Mapping[str, Mapping[str, Key]] = {
    "hierarchies": {
        "variable": Key(text, 'variable = "district"', needed=True),
        "name": Key(text, 'name = "police"', needed=True),
        "file": Key(path, 'file = "police.csv"', needed=True),
    },
    "rate": {
        "numerator": Key(text, 'numerator = "deaths"', needed=True),
        "denominator": Key(text, 'denominator = "population"', needed=True),
        "name": Key(text, 'name = "death_rate"'),
        "per": Key(number(0), "per = 100000"),
        "decimals": Key(whole(0, 12), "decimals = 1"),
        "protect_denominator": Key(flag, "protect_denominator = false"),
        "proportion": Key(flag, "proportion = true"),
    },
    "linked": {"recipe": Key(path, 'recipe = "other.toml"', needed=True)},
    "known": {
        "file": Key(path, 'file = "last-year-SAFE.csv"', needed=True),
        "recipe": Key(path, 'recipe = "last-year.toml"', needed=True),
        "revised": Key(flag, "revised = false"),
    },
}

FREE = ("hierarchy", "identifiers", "headings", "labels")  # tables whose keys are the office's own words
