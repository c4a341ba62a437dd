"""A recipe from its file: all that is wrong with it at once, each fault with the key and what may stand there."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kontor.errors import BadRow, Invalid

from .missing import missing
from .publishing import linked_path
from .recipe import (
    COUNT,
    FATES,
    Alternative,
    Hierarchy,
    Known,
    Microdata,
    Primary,
    Publish,
    Rate,
    Recipe,
    Secondary,
)
from .recipe_checking import faults_of
from .recipe_keys import FREE, LISTS, SECTIONS, Key, text
from .recipe_syntax import syntax_fault
from .recipe_words import labels_of

Values = Mapping[str, Any]

LEAST_BASE = 3  # of rounding, where the recipe names none


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file, with the recipes of its linked and known tables; what was linked with a known one is known.

    Raises Invalid with every fault at once; the facts name the recipe's file.
    """
    if not path.is_file():  # given by hand, so it starts from where we are and not from another recipe
        raise Invalid([missing(path, "input_missing")])
    return _Reader(path).recipe(follow=True)


class _Reader:
    """One recipe file and what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self.path, self.faults = path, list[BadRow]()
        self.links, self.others = list[Path](), set[Path]()
        self.raw = self._bytes(path)

    def recipe(self, *, follow: bool) -> Recipe:
        whole = self._toml()
        self._check_top(whole)
        known = {name: self._section(name, whole.get(name, {}), SECTIONS[name]) for name in SECTIONS}
        for name in ("table", *({"microdata", "alternative"} & whole.keys())):
            self._needed(name, known[name])
        lists = {name: self._entries(name, whole.get(name, [])) for name in LISTS}
        folder = self.path.parent
        self.links = [folder / entry["recipe"] for entry in lists["linked"] if "recipe" in entry]
        files = [folder / entry["file"] for entry in lists["known"] if "file" in entry]
        self.others = {path.resolve() for path in (*self.links, *files)}
        hierarchies = self._hierarchies(whole.get("hierarchy", {}), lists["hierarchies"])
        identifiers = self._identifiers(whole.get("identifiers", {}))
        words = labels_of(whole, known["table"].get("title", ""), self._wrong)
        self._stop()
        recipe = _recipe(self.path, self.raw, known, lists["rate"], hierarchies, identifiers)
        recipe = replace(recipe, words=words)
        self.faults += [self._in_file(fault) for fault in faults_of(recipe)]
        if follow:
            recipe = self._followed(recipe, lists["known"])
        self._stop()
        return recipe

    # ---- the file

    def _bytes(self, path: Path) -> bytes:
        try:
            if path.is_file():  # a pipe or a device may have no end
                return path.read_bytes()
        except OSError:
            pass
        raise Invalid([missing(path, "recipe_file_missing")])

    def _toml(self) -> Values:
        try:
            written = self.raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Invalid(
                [BadRow("encoding_wrong", 1, None, {"file": self.path.name, "expected": "UTF-8"})]
            ) from None
        try:
            return tomllib.loads(written)
        except tomllib.TOMLDecodeError as error:
            raise Invalid([syntax_fault(error, written, self.path.name)]) from None

    def _stop(self) -> None:
        if self.faults:
            raise Invalid(self.faults)

    def _in_file(self, fault: BadRow) -> BadRow:
        return BadRow(fault.code, fault.row, fault.column, {"file": self.path.name, **fault.facts})

    # ---- keys

    def _check_top(self, whole: Values) -> None:
        allowed = [*SECTIONS, *LISTS, *FREE]
        for name in whole:
            if name not in allowed:
                inner = next((section for section in SECTIONS if name in SECTIONS[section]), "")
                self._unknown(name, [inner] if inner else allowed)

    def _unknown(self, key: str, allowed: Iterable[str]) -> None:
        folded = {name.casefold(): name for name in allowed}
        written = key.rsplit(".", 1)[-1].casefold()
        nearest = [folded[name] for name in difflib.get_close_matches(written, list(folded), n=1, cutoff=0.0)]
        facts = {"file": self.path.name, "key": key, "nearest": "".join(nearest)}
        self.faults.append(BadRow("recipe_key_unknown", None, key, facts))

    def _wrong(self, key: str, value: Any, example: str) -> None:
        shown = _written(value)
        shown = shown if len(shown) <= 60 else shown[:57] + "…"
        facts = {"file": self.path.name, "key": key, "value": shown, "example": example}
        self.faults.append(BadRow("recipe_value_wrong", None, key, facts))

    def _section(self, name: str, given: Any, keys: Mapping[str, Key]) -> Values:
        """The values of a section that may stand there; what may not is a fault."""
        if not isinstance(given, dict):
            self._wrong(name, given, f"[{name}]")
            return {}
        kept = {}
        for key, value in given.items():
            if key not in keys:
                self._unknown(f"{name}.{key}", keys)
            elif not keys[key].fits(value):
                rounded = isinstance(value, float) and value.is_integer() and keys[key].fits(int(value))
                self._wrong(f"{name}.{key}", value, f"{key} = {int(value)}" if rounded else keys[key].example)
            else:
                kept[key] = value
        return kept

    def _needed(self, name: str, values: Values) -> None:
        wrong = {fault.column for fault in self.faults}
        for key, rule in {**SECTIONS, **LISTS}[name].items():
            if rule.needed and key not in values and f"{name}.{key}" not in wrong:
                facts = {"file": self.path.name, "key": f"{name}.{key}", "example": rule.example}
                self.faults.append(BadRow("recipe_key_missing", None, f"{name}.{key}", facts))

    def _entries(self, name: str, given: Any) -> list[Values]:
        if not isinstance(given, list):
            self._wrong(name, given, f"[[{name}]]")
            return []
        found = [self._section(name, entry, LISTS[name]) for entry in given]
        for entry in found:
            self._needed(name, entry)
        return found

    # ---- hierarchies

    def _hierarchies(self, short: Any, long: list[Values]) -> tuple[Hierarchy, ...]:
        found = []
        if not isinstance(short, dict):
            self._wrong("hierarchy", short, "[hierarchy.district]")
            short = {}
        for variable, parents in short.items():
            if dotted := _dotted(parents):
                facts = {"file": self.path.name, "key": dotted}
                self.faults.append(BadRow("recipe_key_dotted", None, f"hierarchy.{variable}", facts))
            elif not isinstance(parents, dict) or not all(map(text, parents.values())):
                self._wrong(f"hierarchy.{variable}", parents, 'd001 = "dG01"')
            else:
                found.append(Hierarchy(variable, "", parents))
        for entry in long:
            if LISTS["hierarchies"].keys() <= entry.keys():
                parents, file = self._parents(entry["file"]), self.path.parent / entry["file"]
                found.append(Hierarchy(entry["variable"], entry["name"], parents, file))
        return tuple(found)

    def _parents(self, name: str) -> dict[str, str]:
        """A file with the columns child and parent."""
        path = self.path.parent / name
        try:
            if not path.is_file():  # a pipe or a device may have no end
                raise FileNotFoundError
            rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
        except OSError:
            self.faults.append(missing(path, "recipe_file_missing", name))
            return {}
        except (UnicodeDecodeError, csv.Error):
            self.faults.append(BadRow("encoding_wrong", 1, None, {"file": name, "expected": "UTF-8"}))
            return {}
        if not rows or rows[0] != ["child", "parent"]:
            self.faults.append(BadRow("hierarchy_header_wrong", 1, None, {"file": name}))
            return {}
        parents: dict[str, str] = {}
        for number, row in enumerate(rows[1:], start=2):
            if not row:
                continue
            if len(row) != 2 or not all(map(str.strip, row)):
                self.faults.append(BadRow("hierarchy_row_wrong", number, None, {"file": name}))
            elif parents.get(row[0], row[1]) != row[1]:
                facts = {"file": name, "value": row[0], "first": parents[row[0]], "second": row[1]}
                self.faults.append(BadRow("hierarchy_two_parents", number, "child", facts))
            else:
                parents[row[0]] = row[1]
        return parents

    def _identifiers(self, given: Any) -> Mapping[str, str]:
        if not isinstance(given, dict):
            self._wrong("identifiers", given, 'birth_date = "year"')
            return {}
        for column, fate in given.items():
            if dotted := _dotted({column: fate}):
                facts = {"file": self.path.name, "key": dotted}
                self.faults.append(BadRow("recipe_key_dotted", None, "identifiers", facts))
            elif fate not in FATES:
                facts = {"file": self.path.name, "key": f"identifiers.{column}", "value": str(fate)[:60]}
                self.faults.append(
                    BadRow("identifier_fate_unknown", None, column, facts | {"known": ", ".join(FATES)})
                )
        return given

    # ---- other recipes

    def _followed(self, recipe: Recipe, known: list[Values]) -> Recipe:
        group = {path.resolve() for path in (self.path, *self.links)}
        others = tuple(self._other(path, group)[0] for path in self.links)
        tables = self._earlier(known)
        for table in tables:
            if recipe.alternative or table.recipe.alternative:
                self.faults.append(BadRow("known_and_alternative", None, "known", {"file": table.file.name}))
        for other in others:
            if other is not None and (other.kind, other.input) != (recipe.kind, recipe.input):
                facts = {"file": self.path.name, "other": other.path.name}
                self.faults.append(BadRow("linked_of_other_kind", None, "linked", facts))
        return replace(
            recipe,
            linked=tuple(other for other in others if other is not None),
            known=tuple(tables),
        )

    def _earlier(self, given: list[Values]) -> list[Known]:
        """The tables published before as the recipe names them, then those that were published with them."""
        named, beside = list[Known](), list[Known]()
        for entry in given:
            file = self.path.parent / entry["file"]
            if not file.is_file():
                self.faults.append(missing(file, "recipe_file_missing", entry["file"]))
            recipe, links = self._other(self.path.parent / entry["recipe"])
            if recipe is None:
                continue
            named.append(Known(file, recipe, bool(entry.get("revised", False))))
            for other in filter(None, (self._other(link, earlier=True)[0] for link in links)):
                beside.append(replace(named[-1], file=linked_path(file, other), recipe=other))
                if not beside[-1].file.is_file():
                    facts = {"file": beside[-1].file.name, "known": entry["file"], "recipe": recipe.path.name}
                    self.faults.append(BadRow("known_linked_missing", None, "known", facts))
        seen = {known.file.resolve() for known in named}
        apart = {known.file.resolve(): known for known in beside}
        return named + [known for file, known in apart.items() if file not in seen]

    def _other(
        self, path: Path, group: set[Path] | None = None, *, earlier: bool = False
    ) -> tuple[Recipe | None, list[Path]]:
        """Another recipe, and those linked with it; with `group` (the linked ones) it must not name any beyond: that
        would not be read. earlier: it was linked with a table published before, as this one may have been."""
        if not earlier and path.resolve() == self.path.resolve():
            self.faults.append(BadRow("recipe_links_itself", None, None, {"file": path.name}))
            return None, []
        try:
            reader = _Reader(path)
            recipe = reader.recipe(follow=False)
        except Invalid as error:
            self.faults += error.rows
            return None, []
        if group is not None and not reader.others <= group:
            self.faults.append(BadRow("linked_names_others", None, "linked", {"file": path.name}))
        return recipe, reader.links


def _recipe(
    path: Path,
    raw: bytes,
    sections: Mapping[str, Values],
    rates: list[Values],
    hierarchies: tuple[Hierarchy, ...],
    identifiers: Mapping[str, str],
) -> Recipe:
    table, publish, alternative = sections["table"], sections["publish"], sections["alternative"]
    named = tuple(_rate(entry) for entry in rates)
    options = {key: value for key, value in alternative.items() if key != "method"}
    if alternative.get("method") == "round":  # by default no count that the threshold names stays as it is
        options.setdefault("base", max(LEAST_BASE, sections["primary"].get("threshold", 0) + 1))
    return Recipe(
        path=path,
        sha256=hashlib.sha256(raw).hexdigest(),
        kind=table["kind"],
        input=table.get("input", "records"),
        variables=tuple(table["variables"]),
        responses=_responses(table, named),
        count=table.get("count", ""),
        counts_records=_counts_records(table, _responses(table, named)),
        contributor=table.get("contributor", ""),
        holding=table.get("holding", ""),
        hierarchies=hierarchies,
        publish=Publish(publish.get("zeros", True), _margins(publish), publish.get("codes", False)),
        primary=_primary(sections["primary"]),
        secondary=Secondary(**sections["secondary"]),
        identifiers=identifiers,
        rates=named,
        alternative=Alternative(alternative["method"], options) if alternative else None,
        microdata=_microdata(sections["microdata"]),
        delimiter=table.get("delimiter", ""),
        encoding=table.get("encoding", ""),
        decimal=table.get("decimal", ""),
        decimals=table.get("decimals"),
        header=tuple(table.get("header", ())),
        sheet=table.get("sheet", ""),
        missing=tuple(table.get("missing", ())),
    )


def _responses(table: Values, rates: tuple[Rate, ...]) -> tuple[str, ...]:
    given = table.get("response", [])
    own = [given] if isinstance(given, str) else list(given)
    if table["kind"] == "frequency" and not own:
        own = [table["count"]] if "count" in table else [] if rates else [COUNT]
    sides = [side for rate in rates for side in (rate.numerator, rate.denominator)]
    return tuple(dict.fromkeys([*own, *sides]))


def _counts_records(table: Values, responses: tuple[str, ...]) -> bool:
    named = table.get("response", [])
    of_records = table["kind"] == "frequency" and table.get("input", "records") == "records"
    return of_records and COUNT in responses and "count" not in table and COUNT not in (named, *named)


def _rate(entry: Values) -> Rate:
    return Rate(**{"name": f"{entry['numerator']}_per_{entry['denominator']}", **entry})


def _primary(given: Values) -> Primary:
    rule = given.get("dominance")
    return Primary(**{**given, "dominance": (rule["n"], float(rule["k"])) if rule else None})


def _microdata(given: Values) -> Microdata:
    lists: dict[str, Any] = {key: tuple(given[key]) for key in ("quasi", "sensitive") if key in given}
    return Microdata(**{**given, **lists})


def _margins(publish: Values) -> tuple[tuple[str, ...], ...] | None:
    given = publish.get("margins", "all")
    if given == "all":
        return None
    return () if given == "none" else tuple(dict.fromkeys(tuple(margin) for margin in given))


def _dotted(values: Any) -> str:
    """The first key that a dot has split, "" where there is none: TOML takes it for a table in a table."""
    for key, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, dict) and value:
            return f"{key}.{_dotted(value) or next(iter(value))}"
    return ""


def _written(value: Any) -> str:
    """A value nearly as a recipe writes it: a text is told from a number by its quotation marks."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("NaN", "nan").replace("Infinity", "inf")
