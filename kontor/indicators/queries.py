"""Every read of indicators and definitions, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from kontor.engines import formula as language
from kontor.engines.formula import Node
from kontor.errors import Refused

from . import codelists, models


@dataclass(frozen=True, slots=True)
class Input:
    """One name in the formula and, in order of preference, the variables or indicators it may be taken from."""

    name: str
    role: str
    of: tuple[str, ...]
    max_year_offset: int


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of an indicator. `factor` turns the bare result of the formula into the shown unit."""

    code: str
    version: int
    sha256: str
    topic: str
    kind: str
    formula: str
    node: Node = field(repr=False, compare=False)
    factor: float
    scale: float
    unit: str
    decimals: int
    direction: str
    small_counts: str
    inputs: tuple[Input, ...]
    plausible_low: float
    plausible_high: float
    in_force_from: date
    loaded_at: datetime
    content: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return f"{self.code}/v{self.version}"

    @property
    def ref(self) -> str:
        return f"indicator:{self.code}"

    def text(self, name: str, language: str) -> str:
        """A wording (`title`, `short`, `unit_label`, ...) in a language; every definition has all three."""
        return str(self.content[name][language])

    def input(self, role: str) -> Input | None:
        return next((item for item in self.inputs if item.role == role), None)


@dataclass(frozen=True, slots=True)
class ReservationRecord:
    city: str
    clause: int
    reason: Mapping[str, str]
    effect: str
    begins: date
    ends: date | None
    demonstration: bool

    def touches(self, period: str) -> bool:
        """Whether it is in force at any time of the period (a year)."""
        year = int(period[:4])
        return self.begins.year <= year and (self.ends is None or year <= self.ends.year)


@dataclass(frozen=True, slots=True)
class DerogationRecord:
    city: str
    reason: Mapping[str, str]
    first_period: str
    last_period: str
    demonstration: bool

    def touches(self, period: str) -> bool:
        return self.first_period <= period <= self.last_period


def _definition(row: models.Definition) -> Definition:
    return _parsed(row.indicator.code, row.version, row.sha256, row.factor, row.loaded_at, row.id)


@lru_cache(maxsize=512)
def _parsed(
    code: str, version: int, sha256: str, factor: str, loaded_at: datetime, row_id: int
) -> Definition:
    content = models.Definition.objects.values_list("content", flat=True).get(id=row_id)
    return Definition(
        code=code,
        version=version,
        sha256=sha256,
        topic=content["topic"],
        kind=content["kind"],
        formula=content["formula"],
        node=language.parse(content["formula"]),
        factor=float(Fraction(factor)),
        scale=float(content["scale"]),
        unit=content["unit"],
        decimals=content["decimals"],
        direction=content["direction"],
        small_counts=content["small_counts"],
        inputs=tuple(
            Input(item["name"], item["role"], tuple(item["of"]), item.get("max_year_offset", 0))
            for item in content["inputs"]
        ),
        plausible_low=float(content["plausible"]["low"]),
        plausible_high=float(content["plausible"]["high"]),
        in_force_from=date.fromisoformat(content["in_force_from"]),
        loaded_at=loaded_at,
        content=content,
    )


def _light() -> Any:
    return models.Definition.objects.select_related("indicator").defer("content")


def definitions() -> list[Definition]:
    """The newest version of every indicator, in the order of topics, then by code."""
    newest: dict[str, models.Definition] = {}
    for row in _light().order_by("indicator__code", "version"):
        newest[row.indicator.code] = row
    order = {topic: place for place, topic in enumerate(codelists.topics())}
    return sorted(map(_definition, newest.values()), key=lambda item: (order.get(item.topic, 99), item.code))


def definition(code: str, version: int | None = None) -> Definition:
    """One version, the newest without a number. Refused: indicator_unknown, definition_version_unknown."""
    rows = _light().filter(indicator__code=code)
    if not rows.exists():
        raise Refused("indicator_unknown", indicator=code)
    row = rows.filter(version=version).first() if version is not None else rows.order_by("-version").first()
    if row is None:
        raise Refused("definition_version_unknown", indicator=code, version=version)
    return _definition(row)


def versions(code: str) -> list[Definition]:
    """All versions of an indicator, the newest first."""
    return [_definition(row) for row in _light().filter(indicator__code=code).order_by("-version")]


def fingerprint() -> tuple[tuple[str, str], ...]:
    """(key, hash) of every loaded definition: changes when, and only when, the wording in use changes."""
    rows = models.Definition.objects.order_by("indicator__code", "version")
    return tuple(
        (f"{code}/v{version}", sha256)
        for code, version, sha256 in rows.values_list("indicator__code", "version", "sha256")
    )


def reservations(code: str, version: int) -> list[ReservationRecord]:
    """Reservations against one version, by city."""
    rows = models.Reservation.objects.filter(definition__indicator__code=code, definition__version=version)
    return [
        ReservationRecord(
            city=row.city.code,
            clause=row.clause,
            reason=row.reason,
            effect=row.effect,
            begins=row.begins,
            ends=row.ends,
            demonstration=row.demonstration,
        )
        for row in rows.select_related("city").order_by("city__slug", "clause")
    ]


def derogations(code: str, version: int) -> list[DerogationRecord]:
    """Derogations from one version, by city."""
    rows = models.Derogation.objects.filter(definition__indicator__code=code, definition__version=version)
    return [
        DerogationRecord(
            city=row.city.code,
            reason=row.reason,
            first_period=row.first_period,
            last_period=row.last_period,
            demonstration=row.demonstration,
        )
        for row in rows.select_related("city").order_by("city__slug", "first_period")
    ]


def exceptions_stamp() -> tuple[int, int]:
    """Counts of reservations and derogations: both are only ever added, so this changes with every new one."""
    return models.Reservation.objects.count(), models.Derogation.objects.count()
