"""A definition as people read it: clauses with reasons, inputs, crosswalk, exceptions, versions."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from kontor.indicators import codelists
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition
from kontor.league import queries as league

from . import wording


def kind_words(kind: str) -> str:
    return {
        "count_over_exposure": gettext("count over exposure, exact Poisson limits"),
        "proportion": gettext("proportion, exact binomial limits"),
        "mean": gettext("ratio of full counts, no chance limits"),
        "published_rate": gettext("published value, no limits known"),
    }[kind]


def direction_words(direction: str) -> str:
    return {
        "lower": gettext("Lower is better"),
        "higher": gettext("Higher is better"),
        "context": gettext("Neither high nor low is better"),
    }[direction]


def words(definition: Definition) -> dict[str, object]:
    """Everything that a definition's page says, as the template's context."""
    content = definition.content
    return {
        "definition": definition,
        "title": wording.text(content["title"]),
        "short": wording.text(content["short"]),
        "unit": wording.text(content["unit_label"]),
        "why": wording.text(content["why"]),
        "numerator": wording.text(content["numerator"]),
        "denominator": wording.text(content["denominator"]),
        "small_counts_reason": wording.text(content["small_counts_reason"]),
        "plausible": (
            wording.axis(definition.plausible_low),
            wording.axis(definition.plausible_high),
            wording.text(content["plausible"]["reason"]),
        ),
        "topic": wording.text(codelists.topics()[definition.topic]["title"]),
        "kind": kind_words(definition.kind),
        "direction": direction_words(definition.direction),
        "in_force": wording.day(definition.in_force_from),
        "clauses": [
            (wording.text(item["text"]), wording.text(item["reason"])) for item in content["clauses"]
        ],
        "traps": [wording.text(item["text"]) for item in content["traps"]],
        "inputs": [_input(item) for item in content["inputs"]],
        "crosswalk": [_equivalent(item) for item in content["crosswalk"]],
        "versions": [
            (
                item.version,
                wording.day(item.in_force_from),
                item.sha256,
                reverse("definition", args=[item.code, item.version]),
            )
            for item in indicators.versions(definition.code)
        ],
        **_exceptions(definition),
    }


def _equivalent(item: dict[str, Any]) -> tuple[str, str, str, str, bool, str]:
    """One line of the crosswalk: standard, edition, code, how near, whether verified, note."""
    match, note = _match_words(item["match"]), wording.text(item["note"])
    return item["standard"], item["edition"], item["code"], match, item["verified"], note


def _exceptions(definition: Definition) -> dict[str, object]:
    """Reservations and derogations, with the city's name."""
    cities = {city.code: city for city in league.cities()}
    reservations = indicators.reservations(definition.code, definition.version)
    derogations = indicators.derogations(definition.code, definition.version)
    return {
        "reservations": [
            (
                cities[item.city],
                cities[item.city].name(wording.language()),
                item.clause,
                wording.text(item.reason),
                item.ends.year if item.ends else "",
                item.effect,
                item.demonstration,
            )
            for item in reservations
        ],
        "derogations": [
            (
                cities[item.city],
                cities[item.city].name(wording.language()),
                wording.text(item.reason),
                item.first_period,
                item.last_period,
                item.demonstration,
            )
            for item in derogations
        ],
    }


def _match_words(match: str) -> str:
    return {
        "exact": gettext("the same"),
        "close": gettext("nearly the same"),
        "broad": gettext("wider than ours"),
        "narrow": gettext("narrower than ours"),
        "related": gettext("related"),
    }[match]


def _input(item: dict[str, object]) -> tuple[str, int, list[str]]:
    """An input's name, its reach in years, and in order the titles of what it is taken from."""
    taken = []
    for source in item["of"]:  # type: ignore[attr-defined]
        if source.startswith("indicator:"):
            taken.append(
                wording.text(indicators.definition(source.removeprefix("indicator:")).content["title"])
            )
        else:
            entry = codelists.variables()[source]
            publisher = codelists.sources()[entry["source"]]
            taken.append(f"{wording.text(entry['title'])} ({wording.text(publisher['title'])}, {source})")
    return str(item["name"]), int(str(item.get("max_year_offset", 0))), taken
