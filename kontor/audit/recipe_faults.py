"""What is wrong with a recipe: keys that there are not, values of another form, rules that contradict each other."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kontor.errors import BadRow

from .recipe_keys import FATES, FREE, LISTS, NEEDED, SECTIONS, Fits, text

if TYPE_CHECKING:
    from .recipe import Recipe

Keys = Mapping[str, tuple[Fits, str]]

RESERVED = ("response", "value", "confidentiality")  # columns of a safe file


def malformed(content: Mapping[str, Any], file: str) -> list[BadRow]:
    """Keys that are unknown or missing, and values that have another form than an attacker counts on."""
    faults = [*_unknown(content, file)]
    for name, keys in SECTIONS.items():
        given = content.get(name, {})
        if not isinstance(given, dict):
            faults.append(_wrong(name, given, f"[{name}]", file))
        elif name in content or name == "table":
            faults += _fields(name, given, keys, file)
    for name, keys in LISTS.items():
        entries = content.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            faults.append(_wrong(name, entries, f"[[{name}]]", file))
        else:
            faults += [fault for entry in entries for fault in _fields(name, entry, keys, file)]
    faults += _hierarchies(content.get("hierarchy", {}), file)
    faults += _fates(content.get("identifiers", {}), file)
    return list({(fault.code, *map(str, fault.facts.values())): fault for fault in faults}.values())


def _unknown(content: Mapping[str, Any], file: str) -> Iterator[BadRow]:
    every = {**SECTIONS, **LISTS}
    for name, section in content.items():
        if name not in every and name not in FREE:
            inner = [section for section in every if name in every[section]]
            yield _no_such_key(name, (*inner[:1],) or (*every, *FREE), file)
        for part in section if isinstance(section, list) else [section]:
            if name in every and isinstance(part, dict):
                for key in part:
                    if key not in every[name]:
                        yield _no_such_key(f"{name}.{key}", every[name], file)


def _no_such_key(place: str, known: Iterable[str], file: str) -> BadRow:
    nearest = difflib.get_close_matches(place.rpartition(".")[2], list(known), n=1, cutoff=0)[0]
    return BadRow("recipe_key_unknown", None, place, {"file": file, "key": place, "nearest": nearest})


def _fields(section: str, given: Mapping[str, Any], keys: Keys, file: str) -> Iterator[BadRow]:
    """Of one section or entry of a list."""
    for key, (fits, example) in keys.items():
        place = f"{section}.{key}"
        if key in given and not fits(given[key]):
            yield _wrong(place, given[key], example, file)
        elif key not in given and key in NEEDED.get(section, ()):
            yield _missing(place, example, file)


def _missing(place: str, example: str, file: str) -> BadRow:
    return BadRow("recipe_key_missing", None, place, {"file": file, "key": place, "example": example})


def _wrong(place: str, value: Any, example: str, file: str) -> BadRow:
    facts = {"file": file, "key": place, "value": str(value)[:60], "example": example}
    return BadRow("recipe_value_wrong", None, place, facts)


def _hierarchies(given: Any, file: str) -> Iterator[BadRow]:
    if not isinstance(given, dict):
        yield _wrong("hierarchy", given, "[hierarchy.district]", file)
        return
    for variable, parents in given.items():
        if not isinstance(parents, dict) or not all(map(text, parents.values())):
            yield _wrong(f"hierarchy.{variable}", parents, 'd001 = "dG01"', file)


def _fates(given: Any, file: str) -> Iterator[BadRow]:
    """What becomes of columns with personal identifiers; their names are the office's own."""
    if not isinstance(given, dict):
        yield _wrong("identifiers", given, 'birth_date = "year"', file)
        return
    for column, fate in given.items():
        if fate not in FATES:
            facts = {"file": file, "key": f"identifiers.{column}", "value": str(fate)[:60]}
            yield BadRow("identifier_fate_unknown", None, column, facts | {"known": ", ".join(FATES)})


def contradicting(recipe: Recipe) -> Iterator[BadRow]:
    """What no single key shows."""
    file = recipe.path.name
    yield from _names(recipe, file)
    if recipe.kind == "microdata" and not recipe.microdata:
        yield _missing("microdata.quasi", 'quasi = ["age", "sex"]', file)
    if recipe.kind == "magnitude" and not recipe.responses:
        yield _missing("table.response", 'response = "kwh"', file)
    for known, earlier in recipe.known:
        if recipe.alternative or earlier.alternative:
            yield BadRow("known_and_alternative", None, "known", {"file": known.name})
    if recipe.alternative:
        yield from _changed(recipe, file)


def _names(recipe: Recipe, file: str) -> Iterator[BadRow]:
    taken = Counter([*recipe.responses, *(rate.name for rate in recipe.rates)])
    double = [name for name, times in taken.items() if times > 1]
    double += [name for name in recipe.variables if name in RESERVED or name in taken]
    for name in double:
        yield BadRow("recipe_name_taken", None, name, {"file": file, "value": name})
    named = {"publish.margins": [name for margin in recipe.margins or () for name in sorted(margin)]}
    if recipe.kind == "microdata":
        named["microdata"] = [
            name for key in ("quasi", "sensitive") for name in recipe.microdata.get(key, ())
        ]
    for key, several in named.items():
        for name in dict.fromkeys(several):
            if name not in recipe.variables:
                yield not_a_variable(recipe.variables, key, name, file)


def not_a_variable(variables: Iterable[str], key: str, name: str, file: str) -> BadRow:
    """A name under `key` that no variable of the table has."""
    nearest = difflib.get_close_matches(name, list(variables), n=1, cutoff=0)[0]
    facts = {"key": key, "value": name, "nearest": nearest, "file": file}
    return BadRow("recipe_not_a_variable", None, key, facts)


def _changed(recipe: Recipe, file: str) -> Iterator[BadRow]:
    """Of a table that was changed instead of hidden."""
    method = recipe.alternative["method"]
    if recipe.kind != "frequency":
        facts = {"file": file, "method": method}
        yield BadRow("alternative_needs_counts", None, "alternative.method", facts)
    if recipe.linked or len(recipe.responses) + len(recipe.rates) > 1:
        yield BadRow("alternative_alone", None, "alternative.method", {"file": file})
    if method == "round" and recipe.base <= recipe.threshold:
        facts = {"base": recipe.base, "threshold": recipe.threshold, "least": recipe.threshold + 1}
        yield BadRow("rounding_base_in_threshold", None, "alternative.base", {"file": file, **facts})
    if method == "cellkey" and recipe.never >= recipe.largest:
        facts = {"largest": recipe.largest, "never": recipe.never}
        facts["variance"] = recipe.alternative.get("variance", 3)
        yield BadRow("ptable_parameters", None, "alternative.never", {"file": file, **facts})
