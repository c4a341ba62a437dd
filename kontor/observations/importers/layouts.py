"""What the cells of a table mean: whose areas and variables, how numbers are written. Data, mostly from
definitions/layouts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from kontor.engines import flags
from kontor.errors import Refused

FORMS = ("long", "wide", "broad", "stacked")
KINDS = (  # why an area is passed over that is no city
    "country_row",
    "aggregate_row",
    "region_row",
    "functional_area_row",
    "greater_city_row",
    "district_row",
    "municipality_row",
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
    """The mapping definitions/layouts/<name>.toml. Refused: see `of_mapping`."""
    return _publications()[name]


def publications() -> Mapping[str, Publication]:
    """All mappings by name. Refused: see `of_mapping`."""
    return _publications()


@cache
def _publications() -> dict[str, Publication]:
    folder: Path = settings.DEFINITIONS / "layouts"
    return {path.stem: of_mapping(path.stem, _content(path)) for path in sorted(folder.glob("*.toml"))}


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused("definition_unreadable", file=f"layouts/{path.name}", reason=str(error)) from None


def of_mapping(name: str, mapping: Mapping[str, Any]) -> Publication:
    """The layouts that a mapping describes; see definitions/layouts/README.md for its keys.

    Refused: "layout_malformed" with the key that is missing or not allowed, and what is.
    """
    return _Mapping(f"{name}.toml", mapping).publication(name)


class _Mapping:
    """One file of definitions/layouts while it is read: every key of it is known, or named in the refusal."""

    def __init__(self, file: str, content: Mapping[str, Any]) -> None:
        self.file, self.content = file, content

    def publication(self, name: str) -> Publication:
        known = ("prefix", "dialect", "areas", "kinds", "layouts", "sdmx")
        self._check("", self.content, known, required=("prefix", "areas"))
        areas = self._table("areas")
        self._areas = {key: self._area_list(f"areas.{key}", given) for key, given in areas.items()}
        sdmx = dict(self._table("sdmx"))
        dataflows, dimensions, ignored = (sdmx.pop(key, ()) for key in ("dataflows", "dimensions", "ignored"))
        entries = self.content.get("layouts", ())
        return Publication(
            layouts=tuple(self._layout(f"layouts[{n}]", entry) for n, entry in enumerate(entries, start=1)),
            dataflows=tuple(dataflows),
            sdmx=self._layout("sdmx", {**sdmx, "name": name}) if sdmx else None,
            dimensions=dict(dimensions),
            ignored=tuple(ignored),
        )

    def _layout(self, place: str, entry: Any) -> Layout:
        known = [key for key in _keys(Layout) if key not in ("prefix", "others")]
        self._check(place, entry, known, required=("name", "areas", "columns"))
        roles = _keys(Columns)
        self._check(f"{place}.columns", entry["columns"], roles, required=roles[:4])
        self._one_of(f"{place}.form", entry.get("form", "long"), FORMS)
        for key in entry["areas"]:
            self._one_of(f"{place}.areas: {key}", key, self._areas)
        given = {
            **entry,
            "areas": tuple(self._areas[key] for key in entry["areas"]),
            "columns": Columns(**entry["columns"]),
            "dialect": self._dialect(place, entry.get("dialect", {})),
        }
        return Layout(prefix=self.content["prefix"], **given)

    def _dialect(self, place: str, own: Any) -> Dialect:
        """That of the file, in which the layout may say otherwise."""
        for where, given in (("dialect", self._table("dialect")), (f"{place}.dialect", own)):
            self._check(where, given, _keys(Dialect))
            self._one_of(f"{where}.flags", given.get("flags", "kontor"), flags.DIALECTS)
        both = {**self._table("dialect"), **own}
        sets = {key: frozenset(both[key]) for key in ("missing", "confidential") if key in both}
        return Dialect(**{**both, **sets})

    def _area_list(self, place: str, given: Any) -> AreaList:
        """`kinds` of a list names one of the tables of kinds; a list of words there stands for these words exactly."""
        self._check(place, given, _keys(AreaList))
        kinds, chosen = self._table("kinds"), {}
        if named := given.get("kinds"):
            self._one_of(f"{place}.kinds", named, kinds)
            self._check(f"kinds.{named}", kinds[named], KINDS)
            chosen = kinds[named]
        shapes = {
            code: shape if isinstance(shape, str) else "|".join(map(re.escape, shape))
            for code, shape in chosen.items()
        }
        for where, shape in ((f"{place}.shape", given.get("shape", "")), *shapes.items()):
            self._expression(where, shape)
        return AreaList(**{**given, "kinds": shapes, "ambiguous": frozenset(given.get("ambiguous", ()))})

    # ---- checks

    def _table(self, key: str) -> Mapping[str, Any]:
        found = self.content.get(key, {})
        if not isinstance(found, Mapping):
            raise self._refusal(key, [f"[{key}]"])
        return found

    def _check(
        self, place: str, given: Any, known: Collection[str], *, required: Collection[str] = ()
    ) -> None:
        """That `given` is a table with these keys and no others."""
        if not isinstance(given, Mapping):
            raise self._refusal(place, known)
        wrong = [key for key in given if key not in known] + [key for key in required if key not in given]
        if wrong:
            raise self._refusal(f"{place}.{wrong[0]}".lstrip("."), known)

    def _one_of(self, place: str, given: Any, known: Collection[str]) -> None:
        if not isinstance(given, str) or given not in known:
            raise self._refusal(place, known)

    def _expression(self, place: str, shape: Any) -> None:
        try:
            re.compile(shape)
        except (re.error, TypeError) as error:
            raise self._refusal(place, [f"a regular expression ({error})"]) from None

    def _refusal(self, key: str, known: Collection[str]) -> Refused:
        return Refused("layout_malformed", file=self.file, key=key, known=", ".join(known))


def _keys(of: type[Layout] | type[Columns] | type[Dialect] | type[AreaList]) -> list[str]:
    return [one.name for one in fields(of)]
