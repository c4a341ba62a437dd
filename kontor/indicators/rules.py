"""When a definition is fit to be loaded: wording complete, formula safe, unit right, no cycle. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import jsonschema
import rfc8785

from kontor.engines import formula, units
from kontor.errors import BadRow, Refused
from kontor.league.rules import Actor, check_office

Content = Mapping[str, Any]
EFFECTS = ("limited", "none")


def check_can_load_definitions(by: Actor) -> None:
    """Definitions are loaded by the office, by a mandate for `indicators`."""
    check_office("load_definitions", capability="indicators", by=by)


def check_can_enter_exception(by: Actor, *, demonstration: bool) -> None:
    """Reservations and derogations are entered by the office, by a mandate for `indicators`."""
    check_office("enter_exception", capability="indicators", by=by, demonstration=demonstration)


def check_effect(effect: str) -> None:
    """How far a reservation leaves the figures comparable."""
    if effect not in EFFECTS:
        raise Refused("effect_unknown", value=effect, known=", ".join(EFFECTS))


def key(content: Content) -> str:
    """`road_death_rate/v1`: how a version is named everywhere."""
    return f"{content['code']}/v{content['version']}"


def digest(content: Content) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of the whole definition."""
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()


def wording_faults(content: Content, *, schema: Content, where: str) -> list[BadRow]:
    """What the schema finds: missing fields, missing translations, unknown values. `where` names the file."""
    validator = jsonschema.Draft202012Validator(schema)
    faults = []
    for error in sorted(
        validator.iter_errors(content), key=lambda error: list(map(str, error.absolute_path))
    ):
        place = ".".join(str(part) for part in error.absolute_path)
        facts = {"file": where, "place": place or "-", "reason": error.message}
        missing = error.validator == "required" and error.validator_value == ["en", "de", "zh-hans"]
        faults.append(
            BadRow(
                "definition_translation_missing" if missing else "definition_malformed", None, place, facts
            )
        )
    return faults


def formula_faults(content: Content, *, known: set[str], where: str) -> list[BadRow]:
    """Formula does not parse, names differ from the inputs, an input names nothing that exists."""
    try:
        used = formula.names(formula.parse(content["formula"]))
    except Refused as refusal:
        return [BadRow(refusal.code, None, "formula", {"file": where, **refusal.facts})]
    named = {item["name"] for item in content["inputs"]}
    faults = [
        BadRow("formula_name_without_input", None, "formula", {"file": where, "name": name})
        for name in sorted(used - named)
    ] + [
        BadRow("input_not_in_formula", None, "inputs", {"file": where, "name": name})
        for name in sorted(named - used)
    ]
    for item in content["inputs"]:
        faults += [
            BadRow("input_unknown", None, "inputs", {"file": where, "name": source})
            for source in item["of"]
            if source not in known
        ]
    return faults


def dependencies(content: Content) -> list[str]:
    """Codes of the indicators that this one is computed from."""
    return [
        source.removeprefix("indicator:")
        for item in content["inputs"]
        for source in item["of"]
        if source.startswith("indicator:")
    ]


def cycle_faults(contents: Mapping[str, Content]) -> list[BadRow]:
    """A definition may not be computed from itself, however long the way round. Keys are indicator codes."""
    ring = formula.cycle({code: dependencies(content) for code, content in contents.items()})
    return [BadRow("definition_cycle", None, "inputs", {"cycle": " → ".join(ring)})] if ring else []


def factor(content: Content, *, unit_of: Mapping[str, str]) -> Fraction:
    """By what the bare result of the formula is multiplied to be in the definition's unit, times its scale.

    `unit_of` maps what inputs are taken from (variables, `indicator:code`) to their units. Refused where the
    formula does not yield the unit, or where two sources of one input differ in unit.
    """
    parsed = formula.parse(content["formula"])
    first = {item["name"]: unit_of[item["of"][0]] for item in content["inputs"]}
    # One input at a time: differences of two inputs could cancel out and would still be wrong once mixed.
    factors = {
        units.factor(parsed, {**first, item["name"]: unit_of[source]}, content["unit"])
        for item in content["inputs"]
        for source in item["of"]
    }
    if len(factors) > 1:
        raise Refused(
            "input_units_differ", indicator=content["code"], factors=", ".join(map(str, sorted(factors)))
        )
    return factors.pop() * Fraction(str(content["scale"]))
