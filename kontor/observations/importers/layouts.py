"""What the cells of a table mean: whose areas and variables, how numbers are written. Data, mostly from
definitions/layouts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

KINDS = (  # why an area is passed over that is no city
    "country_row",
    "aggregate_row",
    "region_row",
    "functional_area_row",
    "greater_city_row",
    "district_row",
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a publisher writes numbers and the lack of them; `flags` is a dialect of `kontor.engines.flags`."""

    decimal: str = "."
    thousands: str = ""
    missing: frozenset[str] = frozenset()
    confidential: frozenset[str] = frozenset()
    flags: str = "kontor"
    flags_behind_values: bool = False


@dataclass(frozen=True, slots=True)
class AreaList:
    """Whose codes or labels name the areas: a code means something only together with its edition.

    `scheme` is empty where the league's own city codes are used. `shape` is what a code of the list looks like.
    `kinds`: what is no city, by the code that says so (`country_row`) and the shape of its code or label. `ambiguous`:
    what names two areas.
    """

    scheme: str = ""
    edition: str = ""
    shape: str = ".+"
    kinds: Mapping[str, str] = field(default_factory=dict)
    labels: bool = False
    ambiguous: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        return self.scheme, self.edition


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings under which the cells of a figure stand; also the names by which faults are placed."""

    area: str
    variable: str
    period: str
    value: str
    flag: str = ""
    confidentiality: str = ""

    def named(self) -> dict[str, str]:
        """Role -> heading, for the headings that the layout has."""
        roles = ("area", "variable", "period", "value", "flag", "confidentiality")
        return {role: heading for role in roles if (heading := getattr(self, role))}


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which tables come. `others`: rows of unknown cities and variables are passed over, not wrong.

    `prefix` is that of the observed variables. `form`: "long" has one figure per row, "wide" one column per period
    (`columns.area` is then the heading of the first column, `columns.variable` what the line with the variable
    begins with), "broad" one column per variable (`variables`: heading -> code without prefix; `year`: the period of a
    table that has none). `encoding` is tried where a text is not UTF-8. `end` begins the first row behind the table.
    """

    name: str
    prefix: str
    areas: tuple[AreaList, ...]
    columns: Columns
    form: str = "long"
    dialect: Dialect = Dialect()
    delimiter: str = ","
    encoding: str = ""
    end: str = ""
    others: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)
    year: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """The layouts of one publisher's tables, as one file of definitions/layouts lists them.

    `dataflows`: patterns of the SDMX artefacts that the file speaks for; `sdmx`: what the columns of an SDMX-CSV
    mean; `dimensions`: other columns, with the only values under which a row is a figure for us; `ignored`: columns
    that tell figures not apart.
    """

    layouts: tuple[Layout, ...]
    dataflows: tuple[str, ...] = ()
    sdmx: Layout | None = None
    dimensions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def publication(name: str) -> Publication:
    """The mapping definitions/layouts/<name>.toml; KeyError where a heading that must be there is missing."""
    return _publications()[name]


def publications() -> Mapping[str, Publication]:
    """All mappings by name."""
    return _publications()


@cache
def _publications() -> dict[str, Publication]:
    folder: Path = settings.DEFINITIONS / "layouts"
    return {
        path.stem: of_mapping(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.toml"))
    }


def of_mapping(name: str, mapping: Mapping[str, Any]) -> Publication:
    """The layouts that a mapping describes; see definitions/layouts/README.md for its keys."""
    kinds = mapping.get("kinds", {})
    areas = {key: _area_list(entry, kinds) for key, entry in mapping["areas"].items()}
    dialect = mapping.get("dialect", {})

    def layout(entry: Mapping[str, Any], **more: Any) -> Layout:
        given = {**entry, **more}
        given["areas"] = tuple(areas[key] for key in given["areas"])
        given["columns"] = Columns(**given["columns"])
        given["dialect"] = _dialect({**dialect, **given.pop("dialect", {})})
        return Layout(prefix=mapping["prefix"], **given)

    sdmx = dict(mapping.get("sdmx", {}))
    dataflows, dimensions, ignored = (sdmx.pop(key, ()) for key in ("dataflows", "dimensions", "ignored"))
    return Publication(
        layouts=tuple(layout(entry) for entry in mapping.get("layouts", ())),
        dataflows=tuple(dataflows),
        sdmx=layout(sdmx, name=name) if sdmx else None,
        dimensions=dict(dimensions),
        ignored=tuple(ignored),
    )


def _area_list(given: Mapping[str, Any], kinds: Mapping[str, Mapping[str, Any]]) -> AreaList:
    """`kinds` of a list names one of the tables of kinds; a list of words there stands for these words exactly."""
    chosen = kinds.get(given.get("kinds", ""), {})
    if unknown := chosen.keys() - set(KINDS):
        raise KeyError(f"kinds of areas: {', '.join(sorted(unknown))}")
    shapes = {
        code: shape if isinstance(shape, str) else "|".join(map(re.escape, shape))
        for code, shape in chosen.items()
    }
    return AreaList(**{**given, "kinds": shapes, "ambiguous": frozenset(given.get("ambiguous", ()))})


def _dialect(given: Mapping[str, Any]) -> Dialect:
    sets = {key: frozenset(given[key]) for key in ("missing", "confidential") if key in given}
    return Dialect(**{**given, **sets})
