"""Every write of definitions, reservations and derogations."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.db import transaction

from kontor.engines import units
from kontor.errors import BadRow, Invalid, Refused
from kontor.events.operations import record
from kontor.league import queries as league
from kontor.league.rules import Actor, check_order

from . import codelists, models, rules


@transaction.atomic
def load_definitions(*, folder: Path, by: Actor, at: datetime) -> list[str]:
    """Load every `<code>/v<n>.toml` below `folder`, all or none; returns the keys that were new.

    Invalid lists every fault with its file; a published version that reads differently now is Refused
    ("definition_changed"), because a change of wording is a new version.
    """
    rules.check_can_load_definitions(by)
    contents = _read(folder)
    _check(contents)
    factors = _factors(contents)
    fresh = [content for content in contents if _is_new(content)]
    for content in fresh:
        _insert(content, factor=factors[rules.key(content)], at=at)
    if fresh:
        record(
            kind="indicators.definitions_loaded",
            by=by.reference,
            subject="league:1",
            at=at,
            facts={"definitions": {rules.key(content): rules.digest(content) for content in fresh}},
        )
    return [rules.key(content) for content in fresh]


def _read(folder: Path) -> list[dict[str, Any]]:
    contents, faults = [], []
    for path in sorted(folder.glob("*/v*.toml")):
        where = f"{path.parent.name}/{path.name}"
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(BadRow("definition_unreadable", None, None, {"file": where, "reason": str(error)}))
            continue
        found = rules.wording_faults(content, schema=codelists.definition_schema(), where=where)
        if not found and f"{content['code']}/v{content['version']}.toml" != where:
            found = [BadRow("definition_misplaced", None, "code", {"file": where, "key": rules.key(content)})]
        faults += found
        contents.append(content)
    if faults:
        raise Invalid(faults)
    if not contents:
        raise Refused("definitions_missing", folder=folder.name)
    return contents


def _check(contents: list[dict[str, Any]]) -> None:
    newest = {
        content["code"]: content for content in sorted(contents, key=lambda content: content["version"])
    }
    known = set(codelists.variables()) | {f"indicator:{code}" for code in newest}
    faults = []
    for content in contents:
        faults += rules.formula_faults(content, known=known, where=rules.key(content))
        if content["topic"] not in codelists.topics():
            faults.append(
                BadRow(
                    "topic_unknown", None, "topic", {"file": rules.key(content), "value": content["topic"]}
                )
            )
    faults += rules.cycle_faults(newest) + _unit_faults()
    if faults:
        raise Invalid(faults)


def _unit_faults() -> list[BadRow]:
    """Observed variables whose unit is none, be they used by a definition or not."""
    faults = []
    for code, entry in codelists.variables().items():
        try:
            units.check(str(entry.get("unit", "")))
        except Refused as refusal:
            facts = {"file": "variables.toml", "variable": code, **refusal.facts}
            faults.append(BadRow("unit_of_variable_unknown", None, "unit", facts))
    return faults


def _factors(contents: list[dict[str, Any]]) -> dict[str, Fraction]:
    unit_of = {code: entry["unit"] for code, entry in codelists.variables().items()}
    for content in sorted(contents, key=lambda content: content["version"]):
        unit_of[f"indicator:{content['code']}"] = content["unit"]
    faults, factors = [], {}
    for content in contents:
        try:
            factors[rules.key(content)] = rules.factor(content, unit_of=unit_of)
        except Refused as refusal:
            faults.append(BadRow(refusal.code, None, "unit", {"file": rules.key(content), **refusal.facts}))
    if faults:
        raise Invalid(faults)
    return factors


def _is_new(content: Mapping[str, Any]) -> bool:
    known = models.Definition.objects.filter(
        indicator__code=content["code"], version=content["version"]
    ).first()
    if known and known.sha256 != rules.digest(content):
        raise Refused("definition_changed", key=rules.key(content))
    return known is None


def _insert(content: Mapping[str, Any], *, factor: Fraction, at: datetime) -> None:
    indicator, _ = models.Indicator.objects.get_or_create(
        code=content["code"], defaults={"topic": content["topic"]}
    )
    models.Definition.objects.create(
        indicator=indicator,
        version=content["version"],
        content=content,
        sha256=rules.digest(content),
        factor=str(factor),
        in_force_from=date.fromisoformat(content["in_force_from"]),
        loaded_at=at,
    )


@transaction.atomic
def enter_reservation(
    *,
    city: str,
    code: str,
    version: int,
    clause: int,
    reason: Mapping[str, str],
    effect: str,
    begins: date,
    ends: date | None,
    by: Actor,
    at: datetime,
) -> None:
    """Enter a member city's reservation to one clause; it marks the figures it touches."""
    place, definition = _member(city), _version(code, version)
    rules.check_can_enter_exception(by, demonstration=place.demonstration)
    if not 1 <= clause <= len(definition.content["clauses"]):
        raise Refused("clause_unknown", indicator=code, clause=clause)
    rules.check_effect(effect)
    check_order(begins=begins, ends=ends)
    models.Reservation.objects.create(
        city_id=place.id,
        definition=definition,
        clause=clause,
        reason=dict(reason),
        effect=effect,
        begins=begins,
        ends=ends,
        demonstration=place.demonstration,
    )
    record(
        kind="indicators.reservation_entered",
        by=by.reference,
        subject=f"indicator:{code}",
        at=at,
        facts={"city": city, "version": version, "clause": clause, "effect": effect},
        demonstration=place.demonstration,
    )


@transaction.atomic
def enter_derogation(
    *,
    city: str,
    code: str,
    version: int,
    reason: Mapping[str, str],
    first_period: str,
    last_period: str,
    by: Actor,
    at: datetime,
) -> None:
    """Let a member city off a definition for some periods."""
    place, definition = _member(city), _version(code, version)
    rules.check_can_enter_exception(by, demonstration=place.demonstration)
    check_order(begins=first_period, ends=last_period)
    models.Derogation.objects.create(
        city_id=place.id,
        definition=definition,
        reason=dict(reason),
        first_period=first_period,
        last_period=last_period,
        demonstration=place.demonstration,
    )
    record(
        kind="indicators.derogation_entered",
        by=by.reference,
        subject=f"indicator:{code}",
        at=at,
        facts={"city": city, "version": version, "first_period": first_period, "last_period": last_period},
        demonstration=place.demonstration,
    )


def _member(code: str) -> league.CityRecord:
    city = league.city(code)
    if city.status != "member":
        raise Refused("city_not_a_member", city=code)
    return city


def _version(code: str, version: int) -> models.Definition:
    row = models.Definition.objects.filter(indicator__code=code, version=version).first()
    if row is None:
        raise Refused("definition_version_unknown", indicator=code, version=version)
    return row
