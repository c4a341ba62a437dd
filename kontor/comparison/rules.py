"""When figures may be compared, and what may be said about a difference. Pure: neither Django nor HTTP."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kontor.engines.gaps import Gap

LIMITING_FLAGS = "bdeu"  # break, differing definition, estimate, low reliability
PEERS = 20  # how many of the most similar cities that report a figure form its peer group
FEWEST_PEERS = 8  # with fewer than this nothing is said about a gap
FEWEST_FOR_FUNNEL = 10
SURE = 0.8  # from this confidence on, a finding about which the provider is asked limits a figure
CLASSES = {"city": "city", "greater city": "city", "borough": "borough"}  # boroughs are never peers of cities

# A structural variable describes the city; none of them is an indicator that the league compares.
STRUCTURE = ("population", "density", "growth")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a figure is comparable with limits or not at all: a stable code and what fills its sentence."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The reason in one machine-readable word, as the contract prints it."""
        detail = ":".join(str(value) for value in self.facts.values())
        return f"{self.code}:{detail}" if detail else self.code


@dataclass(frozen=True, slots=True)
class Comparability:
    grade: str  # full | limited | none
    reasons: tuple[Reason, ...] = ()


class Finding(Protocol):
    """Something that is not plausible about a figure: which, how surely, and what is to be done (exclude, ask, keep)."""

    @property
    def kind(self) -> str: ...
    @property
    def variable(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def treatment(self) -> str: ...


def prevailing_unit(units: Iterable[str]) -> str:
    """The most frequent kind of unit; of equally frequent ones the first by name. Empty for no units."""
    counted = Counter(units)
    return min(counted, key=lambda unit: (-counted[unit], unit)) if counted else ""


def comparability(
    *,
    value: float,
    flags: str,
    offset: int,
    unit: str,
    prevailing: str,
    plausible: tuple[float, float],
    reservations: Iterable[tuple[int, str]] = (),
    derogation: bool = False,
    findings: Iterable[Finding] = (),
) -> Comparability:
    """How far one figure may stand beside the others. `reservations` are (clause, effect) in force for its period.

    `findings` are those about the figures that went in: what is probably an error counts in nothing.
    """
    none: list[Reason] = []
    limited: list[Reason] = []
    if not plausible[0] <= value <= plausible[1]:
        none.append(Reason("implausible", {"low": plausible[0], "high": plausible[1]}))
    for finding in findings:
        reason = Reason("finding", {name: getattr(finding, name) for name in ("kind", "variable", "period")})
        if finding.treatment == "exclude":
            none.append(reason)
        elif finding.treatment == "ask" and finding.confidence >= SURE:
            limited.append(reason)
    if derogation:
        none.append(Reason("derogation"))
    for clause, effect in reservations:
        (none if effect == "none" else limited).append(Reason("reservation", {"clause": clause}))
    limited += [Reason("flag", {"flag": flag}) for flag in LIMITING_FLAGS if flag in flags]
    if unit != prevailing:
        limited.append(Reason("unit", {"unit": unit}))
    if offset:
        limited.append(Reason("year_offset", {"years": offset}))
    grade = "none" if none else "limited" if limited else "full"
    return Comparability(grade, tuple(none + limited))


def verdict(*, gap: Gap | None, value: float, direction: str, limits: str, grade: str) -> str:
    """What may be said: better, worse, above, below (a difference); unclear, middle (none); too_few, not_comparable.

    With limits, a difference is one whose interval leaves out zero. Without (means, published rates) it is a value
    outside the middle half of the group.
    """
    if grade == "none":
        return "not_comparable"
    if gap is None or gap.count < FEWEST_PEERS:
        return "too_few"
    if limits != "none":
        side = 1 if gap.low > 0 else -1 if gap.high < 0 else 0
        if math.isnan(gap.low) or side == 0:
            return "unclear"
    else:
        side = 1 if value > gap.quartile_high else -1 if value < gap.quartile_low else 0
        if side == 0:
            return "middle"
    if direction == "context":
        return "above" if side > 0 else "below"
    return "better" if (side > 0) == (direction == "higher") else "worse"


def newest_shared_period(coverage: Mapping[str, int]) -> str | None:
    """The newest period that has at least half as many cities as the best one; None for no periods."""
    if not coverage:
        return None
    enough = max(coverage.values()) / 2
    return max(period for period, cities in coverage.items() if cities >= enough)
