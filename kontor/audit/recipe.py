"""The recipe of a table as an attacker reads it: what is published and by which rules; input keys are passed over."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kontor.errors import BadRow, Invalid

from .delimited import named, readable, records
from .recipe_faults import contradicting, malformed, not_a_variable

TOTAL = "_T"
COUNT = "count"
HIERARCHY = ("child", "parent")  # columns of a hierarchy's file

LARGEST, NEVER, LEAST_BASE = 5, 2, 3  # of cell keys and of rounding, where the recipe names none


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
    def base(self) -> int:
        """Of rounding: by default no count that the threshold names stays as it is."""
        return int(self.alternative.get("base", max(LEAST_BASE, self.threshold + 1)))

    @property
    def largest(self) -> int:
        """By how much cell keys change a count at most."""
        return int(self.alternative.get("largest", LARGEST))

    @property
    def never(self) -> int:
        """Cell keys leave no count from 1 to this one."""
        return int(self.alternative.get("never", NEVER))

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
    if faults := malformed(content, path.name):
        raise Invalid(faults)
    table = content["table"]
    rates = tuple(_rate(rate) for rate in content.get("rate", ()))
    publish, primary = content.get("publish", {}), content.get("primary", {})
    secondary = content.get("secondary", {})
    recipe = Recipe(
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
        known=_known(path, content) if follow else (),
        alternative=content.get("alternative", {}),
        microdata=content.get("microdata", {}),
    )
    if faults := list(contradicting(recipe)):
        raise Invalid(faults)
    return recipe


def _content(path: Path) -> dict[str, Any]:
    if fault := readable(path, "recipe_file_missing"):
        raise Invalid([fault])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise Invalid([BadRow("recipe_file_missing", None, None, {"file": path.name})]) from None
    except UnicodeDecodeError:
        raise Invalid([BadRow("encoding_wrong", 1, None, {"file": path.name, "expected": "UTF-8"})]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        facts = {"file": path.name, "reason": str(error)}
        raise Invalid([BadRow("recipe_unreadable", None, None, facts)]) from None


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
        content.get("decimals", 4),
        content.get("protect_denominator", False),
        content.get("proportion", True),
    )


def _margins(given: Any) -> tuple[frozenset[str], ...] | None:
    if given == "all":
        return None
    return () if given == "none" else tuple(frozenset(one) for one in given)


def _other(recipe: Path, name: str) -> Recipe:
    return read_recipe(recipe.parent / name, follow=False)


def _known(recipe: Path, content: Mapping[str, Any]) -> tuple[tuple[Path, Recipe], ...]:
    """Earlier tables in the order of the recipe, then those linked with them that it does not name: they lie beside.

    Invalid("known_linked_missing") where one of these lies elsewhere.
    """
    listed, beside = list[tuple[Path, Recipe]](), dict[Path, tuple[Path, Recipe]]()
    faults = []
    for one in content.get("known", ()):
        file, by = recipe.parent / one["file"], recipe.parent / one["recipe"]
        listed.append((file, _other(recipe, one["recipe"])))
        for link in _content(by).get("linked", ()):
            linked = _other(by, link["recipe"])
            other = file.with_name(f"{file.stem}.{linked.path.stem}.csv")
            beside.setdefault(other.resolve(), (other, linked))
            if not other.is_file():
                facts = {"file": other.name, "known": one["file"], "recipe": by.name}
                faults.append(BadRow("known_linked_missing", None, "known", facts))
    if faults:
        raise Invalid(faults)
    for file, _ in listed:
        beside.pop(file.resolve(), None)
    return (*listed, *beside.values())


def _hierarchies(content: Mapping[str, Any], path: Path) -> dict[str, tuple[Mapping[str, str], ...]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for variable, parents in content.get("hierarchy", {}).items():
        found.setdefault(variable, []).append(parents)
    for one in content.get("hierarchies", ()):
        found.setdefault(one["variable"], []).append(_pairs(path.parent / one["file"]))
    variables = content["table"]["variables"]
    faults = [
        not_a_variable(variables, f"hierarchy.{name}", name, path.name)
        for name in found
        if name not in variables
    ]
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
    if fault := readable(path, "recipe_file_missing"):
        raise Invalid([fault])
    header, rows = records(path)
    if set(header) != set(HIERARCHY):
        facts = {"file": path.name, "expected": "child,parent", "found": named(header, HIERARCHY)}
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
