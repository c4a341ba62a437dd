"""What is not plausible among the published figures, as each release stated it. Nothing is corrected by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import store
from .releases import AsOf, as_of

KINDS = (
    "impossible_value",
    "unit_switch",
    "outlier",
    "level_shift",
    "break_flagged",
    "sum_off",
    "rate_disagrees",
)
TREATMENTS = ("keep", "exclude", "ask")

_KNOWN = "(NOT demonstration AND number <= $real OR demonstration AND number <= $invented)"
# Of each variable, what the newest release says that checked it.
_CURRENT = f"""
    SELECT f.* FROM finding f JOIN (
        SELECT variable, demonstration, max(number) AS number FROM checked WHERE {_KNOWN} GROUP BY ALL
    ) USING (variable, demonstration, number)
"""


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """One finding about a figure; `release` is the one that states it. `facts` fill the sentence of its kind."""

    area: str
    variable: str
    period: str
    kind: str
    confidence: float
    treatment: str
    facts: Mapping[str, str]
    release: str
    demonstration: bool


def findings(
    variable: str | None = None,
    area: str | None = None,
    kind: str | None = None,
    treatment: str | None = None,
    *,
    known: AsOf | None = None,
) -> list[FindingRecord]:
    """What is not plausible, by variable, city, period and kind; each filter narrows it."""
    filters = {"variable": variable, "area": area, "kind": kind, "treatment": treatment}
    chosen = {name: value for name, value in filters.items() if value is not None}
    where = "".join(f" AND f.{name} = ${name}" for name in chosen)
    return _ask(where, chosen, known)


def counts(*, known: AsOf | None = None) -> dict[str, int]:
    """Kind -> how many findings there are."""
    at = known or as_of()
    rows = store.reader(at.published).execute(
        f"SELECT kind, count(*) FROM ({_CURRENT}) GROUP BY kind ORDER BY kind",
        {"real": at.real, "invented": at.invented},
    )
    return dict(rows.fetchall())


def of_release(release: str) -> list[FindingRecord]:
    """What a release states about the variables that it checked, those before it included."""
    rows = store.reader(as_of().published).execute(
        "SELECT * FROM finding WHERE release = ? ORDER BY variable, area, period, kind", [release]
    )
    return [_record(row) for row in rows.fetchall()]


def _ask(where: str, facts: Mapping[str, Any], known: AsOf | None) -> list[FindingRecord]:
    at = known or as_of()
    rows = store.reader(at.published).execute(
        f"{_CURRENT} WHERE true{where} ORDER BY f.variable, f.area, f.period, f.kind",
        {"real": at.real, "invented": at.invented, **facts},
    )
    return [_record(row) for row in rows.fetchall()]


def _record(row: tuple[Any, ...]) -> FindingRecord:
    area, variable, period, kind, confidence, treatment, facts, release, _, demonstration = row
    return FindingRecord(
        area, variable, period, kind, confidence, treatment, json.loads(facts), release, demonstration
    )
