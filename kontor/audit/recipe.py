"""The recipe of a table as an attacker reads it: what is published and by which rules; input keys are passed over."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kontor.errors import BadRow, Invalid

from .delimited import records

TOTAL = "_T"
COUNT = "count"

KEYS: Mapping[str, tuple[str, ...]] = {
    "table": (
        *("kind", "input", "variables", "count", "response", "contributor", "holding"),
        *("delimiter", "encoding", "decimal", "decimals", "header", "sheet", "missing"),
    ),
    "publish": ("zeros", "margins", "codes"),
    "primary": ("threshold", "dominance", "p_percent", "holdings"),
    "secondary": ("method", "interval_width", "coalition", "suspected", "time_limit"),
    "microdata": ("quasi", "sensitive", "k", "l", "diversity", "suppression_limit", "metric"),
    "hierarchies": ("variable", "name", "file"),
    "rate": ("name", "numerator", "denominator", "per", "decimals", "protect_denominator", "proportion"),
    "linked": ("recipe",),
    "known": ("file", "recipe"),
    "alternative": (
        *("method", "base", "every", "secret", "record", "largest", "variance", "never"),
        *("epsilon", "budget", "contribution", "data_set", "release", "ledger"),
    ),
}
FREE = ("hierarchy", "identifiers")  # their keys are codes and columns of the office
FATES = ("drop", "year", "month", "decade", "keep")  # of a column with personal identifiers
KINDS = ("frequency", "magnitude", "microdata")
METHODS = ("round", "cellkey", "dp")


@dataclass(frozen=True, slots=True)
class Rate:
    """A published `numerator / denominator * per`, rounded to `decimals`.

    proportion: the numerator counts part of what the denominator counts, so it is never larger.
    """

    name: str
    numerator: str
    denominator: str
    per: float
    decimals: int
    protect_denominator: bool
    proportion: bool


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the attacker uses of a recipe.

    hierarchies: variable -> its hierarchies, child -> parent each. margins: None for all of them, else the sets of
    variables that are published beside the full cross table. threshold: 0 where there is no such rule. count: the column
    of counts, where it has a name.
    """

    path: Path
    kind: str
    variables: tuple[str, ...]
    responses: tuple[str, ...]
    count: str = ""
    hierarchies: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    zeros: bool = True
    margins: tuple[frozenset[str], ...] | None = None
    codes: bool = False
    threshold: int = 0
    holdings: int = 0
    p_percent: float = 0.0
    dominance: Mapping[str, float] = field(default_factory=dict)
    width: float = 2.0
    coalition: int = 1
    suspected: bool = False
    rates: tuple[Rate, ...] = ()
    linked: tuple[Recipe, ...] = ()
    known: tuple[tuple[Path, Recipe], ...] = ()
    alternative: Mapping[str, Any] = field(default_factory=dict)
    microdata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def public(self) -> frozenset[str]:
        """Responses that are not protected by themselves: the rates, and denominators like a population, if no other rate
        is of them and they are not what the table counts."""
        open_ = {rate.denominator for rate in self.rates if not rate.protect_denominator}
        counted = {self.count, *(rate.numerator for rate in self.rates)}
        return frozenset(open_ - counted | {rate.name for rate in self.rates})

    @property
    def columns(self) -> tuple[str, ...]:
        """The header of the safe file."""
        several = ("response",) if len(self.responses) + len(self.rates) > 1 else ()
        return (*self.variables, *several, "value", "confidentiality")


def read_recipe(path: Path, *, follow: bool = True) -> Recipe:
    """The recipe in `path`, with the linked and the earlier ones (whose own links are not followed).

    Raises Invalid with every fault of the file.
    """
    content = _content(path)
    faults = _unknown(content, path.name) + _malformed(content, path.name)
    if faults:
        raise Invalid(faults)
    table = content["table"]
    rates = tuple(_rate(rate) for rate in content.get("rate", ()))
    publish, primary = content.get("publish", {}), content.get("primary", {})
    secondary = content.get("secondary", {})
    return Recipe(
        path=path,
        kind=table["kind"],
        variables=tuple(table["variables"]),
        responses=_responses(table, rates),
        count=table.get("count", ""),
        hierarchies=_hierarchies(content, path),
        zeros=publish.get("zeros", True),
        margins=_margins(publish.get("margins", "all")),
        codes=publish.get("codes", False),
        threshold=primary.get("threshold", 0),
        holdings=primary.get("holdings", 0),
        p_percent=float(primary.get("p_percent", 0)),
        dominance=primary.get("dominance", {}),
        width=float(secondary.get("interval_width", 2)),
        coalition=secondary.get("coalition", 1),
        suspected=secondary.get("suspected", False),
        rates=rates,
        linked=tuple(_other(path, one["recipe"]) for one in content.get("linked", ()) if follow),
        known=tuple(
            (path.parent / one["file"], _other(path, one["recipe"]))
            for one in content.get("known", ())
            if follow
        ),
        alternative=content.get("alternative", {}),
        microdata=content.get("microdata", {}),
    )


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        code = "file_is_folder" if path.is_dir() else "recipe_file_missing"
        raise Invalid([BadRow(code, None, None, {"file": path.name})]) from None
    except UnicodeDecodeError:
        raise Invalid([BadRow("encoding_wrong", 1, None, {"file": path.name, "expected": "UTF-8"})]) from None
    except tomllib.TOMLDecodeError as error:
        facts = {"file": path.name, "reason": str(error)}
        raise Invalid([BadRow("recipe_unreadable", None, None, facts)]) from None


def _unknown(content: Mapping[str, Any], file: str) -> list[BadRow]:
    faults = []
    for name, section in content.items():
        if name not in (*KEYS, *FREE):
            inner = [section for section in KEYS if name in KEYS[section]]
            faults.append(_no_such_key(name, (*inner[:1],) or (*KEYS, *FREE), file))
        for part in section if isinstance(section, list) else [section]:
            if name in KEYS and isinstance(part, dict):
                faults += [
                    _no_such_key(f"{name}.{key}", KEYS[name], file) for key in part if key not in KEYS[name]
                ]
    return faults


def _no_such_key(place: str, known: tuple[str, ...], file: str) -> BadRow:
    nearest = difflib.get_close_matches(place.rpartition(".")[2], known, n=1, cutoff=0)[0]
    return BadRow("recipe_key_unknown", None, place, {"file": file, "key": place, "nearest": nearest})


def _malformed(content: Mapping[str, Any], file: str) -> list[BadRow]:
    """What has another form than the attacker counts on."""
    faults = []
    for place, example, needed, fits in _FORMS:
        section, _, key = place.partition(".")
        holder = content.get(section, {})
        if not isinstance(holder, dict) or (key not in holder and needed):
            facts = {"file": file, "key": place, "example": example}
            faults.append(BadRow("recipe_key_missing", None, place, facts))
        elif key in holder and not fits(holder[key]):
            facts = {"file": file, "key": place, "value": str(holder[key])[:60], "example": example}
            faults.append(BadRow("recipe_value_wrong", None, place, facts))
    faults += _fates(content.get("identifiers", {}), file)
    if content.get("alternative") and "method" not in content["alternative"]:
        facts = {"file": file, "key": "alternative.method", "example": 'method = "round"'}
        faults.append(BadRow("recipe_key_missing", None, "alternative.method", facts))
    for name, keys in _LISTS.items():
        parts = content.get(name, [])
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            facts = {"file": file, "key": name, "value": str(parts)[:60], "example": f"[[{name}]]"}
            faults.append(BadRow("recipe_value_wrong", None, name, facts))
            continue
        for place in (
            f"{name}.{key}" for part in parts for key in keys if not isinstance(part.get(key), str)
        ):
            facts = {"file": file, "key": place, "example": f'{place.partition(".")[2]} = "…"'}
            faults.append(BadRow("recipe_key_missing", None, place, facts))
    return faults


def _fates(given: Any, file: str) -> list[BadRow]:
    """What becomes of columns with personal identifiers; their names are the office's own."""
    if not isinstance(given, dict):
        facts = {
            "file": file,
            "key": "identifiers",
            "value": str(given)[:60],
            "example": 'birth_date = "year"',
        }
        return [BadRow("recipe_value_wrong", None, "identifiers", facts)]
    known = ", ".join(FATES)
    return [
        BadRow(
            "identifier_fate_unknown",
            None,
            column,
            {"file": file, "key": f"identifiers.{column}", "value": str(fate)[:60], "known": known},
        )
        for column, fate in given.items()
        if fate not in FATES
    ]


def _whole(least: int) -> Any:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, str) and one for one in value)
        and len(set(value)) == len(value)
    )


def _margins_fit(value: Any) -> bool:
    return value in ("all", "none") or (
        isinstance(value, list) and all(isinstance(one, list) for one in value)
    )


_FORMS: tuple[tuple[str, str, bool, Any], ...] = (
    ("table.kind", 'kind = "frequency"', True, lambda value: value in KINDS),
    ("table.variables", 'variables = ["district", "severity"]', True, _names),
    ("table.count", 'count = "freq"', False, lambda value: isinstance(value, str)),
    ("table.response", 'response = "kwh"', False, lambda value: isinstance(value, str) or _names(value)),
    ("publish.zeros", "zeros = true", False, _flag),
    ("publish.codes", "codes = false", False, _flag),
    ("publish.margins", 'margins = "all"', False, _margins_fit),
    ("primary.threshold", "threshold = 3", False, _whole(0)),
    ("primary.p_percent", "p_percent = 15", False, _number),
    ("primary.dominance", "dominance = {n = 2, k = 85}", False, lambda value: isinstance(value, dict)),
    ("secondary.interval_width", "interval_width = 2", False, _number),
    ("secondary.coalition", "coalition = 1", False, _whole(1)),
    ("secondary.suspected", "suspected = false", False, _flag),
    ("alternative.method", 'method = "round"', False, lambda value: value in METHODS),
    ("alternative.base", "base = 3", False, _whole(2)),
    ("microdata.k", "k = 5", False, _whole(2)),
    ("microdata.l", "l = 2", False, _whole(1)),
    ("microdata.quasi", 'quasi = ["age", "sex"]', False, _names),
)
_LISTS = {
    "hierarchies": ("variable", "name", "file"),
    "rate": ("numerator", "denominator"),
    "linked": ("recipe",),
    "known": ("file", "recipe"),
}


def _responses(table: Mapping[str, Any], rates: tuple[Rate, ...]) -> tuple[str, ...]:
    """As `table` says, then the numerators and denominators it does not name, in the order of the rates."""
    given = table.get("response", ())
    names = [given] if isinstance(given, str) else list(given)
    if not names and table["kind"] == "frequency":
        # A table of rates counts nothing beside their columns, unless it says so.
        names = [table["count"]] if "count" in table else [] if rates else [COUNT]
    for rate in rates:
        names += [rate.numerator, rate.denominator]
    return tuple(dict.fromkeys(names))


def _rate(content: Mapping[str, Any]) -> Rate:
    numerator, denominator = content["numerator"], content["denominator"]
    return Rate(
        content.get("name", f"{numerator}_per_{denominator}"),
        numerator,
        denominator,
        float(content.get("per", 1)),
        int(content.get("decimals", 4)),
        bool(content.get("protect_denominator", False)),
        bool(content.get("proportion", True)),
    )


def _margins(given: Any) -> tuple[frozenset[str], ...] | None:
    if given == "all":
        return None
    return () if given == "none" else tuple(frozenset(one) for one in given)


def _other(recipe: Path, name: str) -> Recipe:
    return read_recipe(recipe.parent / name, follow=False)


def _hierarchies(content: Mapping[str, Any], path: Path) -> dict[str, tuple[Mapping[str, str], ...]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for variable, parents in content.get("hierarchy", {}).items():
        found.setdefault(variable, []).append({str(child): str(parent) for child, parent in parents.items()})
    for one in content.get("hierarchies", ()):
        found.setdefault(one["variable"], []).append(_pairs(path.parent / one["file"]))
    variables = content["table"]["variables"]
    faults = []
    for name in found.keys() - set(variables):
        nearest = difflib.get_close_matches(name, variables, n=1, cutoff=0)[0]
        facts = {"key": f"hierarchy.{name}", "value": name, "nearest": nearest, "file": path.name}
        faults.append(BadRow("recipe_not_a_variable", None, f"hierarchy.{name}", facts))
    faults += [
        BadRow("hierarchy_cyclic", None, name, {"value": code, "file": path.name})
        for name, hierarchies in found.items()
        for parents in hierarchies
        for code in _cyclic(parents)
    ]
    if faults:
        raise Invalid(faults)
    return {name: tuple(hierarchies) for name, hierarchies in found.items()}


def _pairs(path: Path) -> dict[str, str]:
    """child -> parent from a file with these two columns."""
    header, rows = records(path)
    if set(header) != {"child", "parent"}:
        facts = {"file": path.name, "expected": "child,parent", "found": ",".join(header)}
        raise Invalid([BadRow("header_wrong", 1, None, facts)])
    child, parent = header.index("child"), header.index("parent")
    return {row[child]: row[parent] for _, row in rows if row[parent]}


def _cyclic(parents: Mapping[str, str]) -> list[str]:
    """The codes that are, over some steps, their own parents."""
    found = []
    for code in parents:
        at, steps = parents[code], 0
        while at != code and at in parents and steps <= len(parents):
            at, steps = parents[at], steps + 1
        if at == code:
            found.append(code)
    return found
