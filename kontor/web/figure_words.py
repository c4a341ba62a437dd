"""Words about a single figure: where it stands in its source, how it was made, why it was revised or withdrawn."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from kontor import sentences
from kontor.indicators import codelists
from kontor.league.queries import CityRecord
from kontor.observations.queries.figures import Cell, Tombstone
from kontor.observations.queries.origins import Origin
from kontor.observations.queries.values import Value

from . import wording

_RECIPE = re.compile(
    r"(?P<scheme>\S+) (?P<old>\S+)>(?P<new>\S+) (?P<by>population|area|codes|municipalities): (?P<parts>.+)"
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Publisher, file with its hash, row and column, the row as it is written there, and how the figure was converted."""

    publisher: str
    attribution: str
    licence: str
    file: str
    sha256: str
    row: str
    column: str
    text: str
    conversion: str
    recipe: str


def provenance(cell: Cell | Tombstone, origin: Origin | None) -> Provenance:
    entry = codelists.sources()[cell.source]
    given = entry["attribution"]
    return Provenance(
        publisher=wording.text(entry["title"]),
        attribution=wording.text(given) if isinstance(given, dict) else str(given),
        licence=str(entry.get("licence", "")),
        file=cell.file,
        sha256=origin.sha256 if origin else "",
        row=str(cell.row) if cell.row else "",
        column=cell.column,
        text=origin.text if origin else "",
        conversion=conversion(cell.conversion),
        recipe=cell.conversion,
    )


@dataclass(frozen=True, slots=True)
class InputLink:
    """An observed figure that went into a value: its variable, its year, its page."""

    title: str
    period: str
    url: str


def inputs(city: CityRecord, value: Value) -> tuple[InputLink, ...]:
    """The figures that a value was made of."""
    return tuple(
        InputLink(
            title=wording.text(codelists.variables()[variable]["title"]),
            period=period,
            url=reverse("figure", args=[variable, city.slug, period]),
        )
        for variable, period in value.made_of
    )


def conversion(recipe: str) -> str:
    """The recipe by which a figure was made from figures of other areas, in words; one of another form as it is."""
    found = _RECIPE.fullmatch(recipe)
    if not found:
        return recipe
    parts = wording.listed(part.strip().replace("*", " × ") for part in found["parts"].split("+"))
    facts = {"old": found["old"], "new": found["new"], "parts": parts}
    if found["by"] == "codes":
        return (
            gettext("The same territory under its code of NUTS %(old)s, today NUTS %(new)s: %(parts)s")
            % facts
        )
    if found["by"] == "municipalities":
        return gettext("Added up from the municipalities of %(old)s: %(parts)s") % facts
    weights = {
        "population": gettext("by shares of population"),
        "area": gettext("by shares of area"),
    }
    facts["how"] = weights[found["by"]]
    return gettext("Converted from the territory of %(old)s to that of %(new)s, %(how)s: %(parts)s") % facts


def reason(kept: str) -> str:
    """Why a figure was published as it was: the sentence of a code, or the words that were given."""
    return sentences.reason(kept, wording.language())
