"""Indicator values: the definition's formula over the figures as of a release, with exact limits where counts allow."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kontor.engines import flags, formula, rates
from kontor.indicators import queries as indicators
from kontor.indicators.queries import Definition, Input

from . import figures
from .findings import FindingRecord, findings
from .releases import AsOf

LIMITS = {"count_over_exposure": "poisson", "proportion": "clopper_pearson"}


@dataclass(frozen=True, slots=True)
class Value:
    """One indicator value. `numerator`, `denominator`, `low` and `high` are None where the kind has none.

    `value`, `low` and `high` are in the definition's unit times its scale. `flags` are those of all figures that
    went in; `flags_of_inputs` says which of these carries which: (variable, flags), those without flags left out.
    `offset` is by how many years the denominator's period differs. `sources` are the publishers whose figures
    went in, `made_of` these figures as (variable, period), `findings` what is to be asked about them.
    """

    area: str
    period: str
    value: float
    numerator: float | None
    denominator: float | None
    low: float | None
    high: float | None
    flags: str
    flags_of_inputs: tuple[tuple[str, str], ...]
    offset: int
    sources: tuple[str, ...]
    releases: tuple[str, ...]
    demonstration: bool
    made_of: tuple[tuple[str, str], ...] = ()
    findings: tuple[FindingRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """All values of one definition as of a release."""

    definition: Definition
    limits: str
    values: tuple[Value, ...]
    by_cell: dict[tuple[str, str], Value]
    by_area: dict[str, tuple[Value, ...]]
    by_period: dict[str, tuple[Value, ...]]


class Taken(NamedTuple):
    """What goes into a value: a figure, or the value of another indicator."""

    value: float
    flags: tuple[tuple[str, str], ...]  # (variable, flags), where there are flags
    sources: tuple[str, ...]
    releases: tuple[str, ...]
    demonstration: bool
    made_of: tuple[tuple[str, str], ...]


# Releases never change, so a computed table holds for ever; only the number kept is limited.
_kept: OrderedDict[tuple[object, ...], Table] = OrderedDict()
_lock = threading.Lock()
_KEEP = 400


def table(definition: Definition, *, known: AsOf) -> Table:
    """All values of a definition as of a release."""
    key = (definition.sha256, known.real, known.invented, known.published)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    computed = _compute(definition, known=known)
    with _lock:
        _kept[key] = computed
        while len(_kept) > _KEEP:
            _kept.popitem(last=False)
    return computed


def _compute(definition: Definition, *, known: AsOf) -> Table:
    taken = [_take(item, known=known) for item in definition.inputs]
    lead = taken[0]
    cells = sorted(lead)
    rows: list[tuple[tuple[str, str], list[Taken], int]] = []
    for cell in cells:
        found = [lead[cell]]
        offset = 0
        for item, source in zip(definition.inputs[1:], taken[1:], strict=True):
            nearest = _nearest(source, cell, item.max_year_offset)
            if nearest is None:
                break
            found.append(source[nearest])
            offset = max(offset, abs(int(nearest[1][:4]) - int(cell[1][:4])))
        else:
            rows.append((cell, found, offset))
    return _finish(definition, rows, known=known)


def _take(item: Input, *, known: AsOf) -> dict[tuple[str, str], Taken]:
    """Figures of one input; where several sources have a figure, the one named first in the definition wins."""
    merged: dict[tuple[str, str], Taken] = {}
    for source in reversed(item.of):
        if source.startswith("indicator:"):
            part = indicators.definition(source.removeprefix("indicator:"))
            for value in table(part, known=known).values:
                merged[(value.area, value.period)] = Taken(
                    value.value / part.scale,
                    value.flags_of_inputs,
                    value.sources,
                    value.releases,
                    value.demonstration,
                    value.made_of,
                )
        else:
            for cell, (number, letters, origin, release, invented) in figures.columns(
                source, known=known
            ).cells.items():
                carried = ((source, letters),) if letters else ()
                merged[cell] = Taken(number, carried, (origin,), (release,), invented, ((source, cell[1]),))
    return merged


def _nearest(
    source: dict[tuple[str, str], Taken], cell: tuple[str, str], reach: int
) -> tuple[str, str] | None:
    """The cell itself, or the one of the nearest year within reach (the earlier of two equally near)."""
    if cell in source:
        return cell
    area, year = cell[0], int(cell[1][:4])
    for distance in range(1, reach + 1):
        for candidate in ((area, str(year - distance)), (area, str(year + distance))):
            if candidate in source:
                return candidate
    return None


def _finish(
    definition: Definition, rows: list[tuple[tuple[str, str], list[Taken], int]], *, known: AsOf
) -> Table:
    numbers = {
        item.name: np.array([found[place].value for _, found, _ in rows], dtype=float)
        for place, item in enumerate(definition.inputs)
    }
    result = formula.evaluate(definition.node, numbers) * definition.factor if rows else np.array([])
    counts, exposures, low, high = _limits(definition, numbers)
    values = []
    for place, (cell, found, offset) in enumerate(rows):
        number = float(result[place])
        if not np.isfinite(number):
            continue
        carried = _carried(found)
        made_of = tuple(dict.fromkeys(part for item in found for part in item.made_of))
        values.append(
            Value(
                area=cell[0],
                period=cell[1],
                value=number,
                numerator=_number(counts, place),
                denominator=_number(exposures, place),
                low=_number(low, place),
                high=_number(high, place),
                flags=flags.write(flags.merge(letters for _, letters in carried)),
                flags_of_inputs=carried,
                offset=offset,
                sources=tuple(dict.fromkeys(source for item in found for source in item.sources)),
                releases=tuple(dict.fromkeys(release for item in found for release in item.releases)),
                demonstration=any(item.demonstration for item in found),
                made_of=made_of,
                findings=tuple(
                    finding
                    for variable, period in made_of
                    for finding in _questions(variable, known).get((cell[0], period), ())
                ),
            )
        )
    return _grouped(definition, values)


@lru_cache(maxsize=1024)
def _questions(variable: str, known: AsOf) -> Mapping[tuple[str, str], list[FindingRecord]]:
    """(area, period) -> what is to be asked about its figure of a variable; what is kept with its flag is left out."""
    asked: dict[tuple[str, str], list[FindingRecord]] = {}
    for finding in findings(variable, known=known):
        if finding.treatment != "keep":
            asked.setdefault((finding.area, finding.period), []).append(finding)
    return asked


def _carried(found: list[Taken]) -> tuple[tuple[str, str], ...]:
    """Which variables carry which flags; one that enters in two places (another year, say) is named once."""
    by_variable: dict[str, flags.Flags] = {}
    for item in found:
        for variable, letters in item.flags:
            by_variable[variable] = flags.merge((by_variable.get(variable, frozenset()), letters))
    return tuple((variable, flags.write(letters)) for variable, letters in by_variable.items())


def _limits(
    definition: Definition, numbers: dict[str, np.ndarray]
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """Numerator, denominator and exact 95 % limits; all None for kinds that have no count."""
    numerator, denominator = definition.input("numerator"), definition.input("denominator")
    if definition.kind not in ("count_over_exposure", "proportion", "mean") or not (
        numerator and denominator
    ):
        return None, None, None, None
    counts, exposures = numbers[numerator.name], numbers[denominator.name]
    if definition.kind == "mean":
        return None, None, None, None
    limits = rates.poisson_limits if definition.kind == "count_over_exposure" else rates.binomial_limits
    low, high = limits(counts, exposures)
    return counts, exposures, low * definition.factor, high * definition.factor


def _number(column: np.ndarray | None, place: int) -> float | None:
    if column is None or not np.isfinite(column[place]):
        return None
    return float(column[place])


def _grouped(definition: Definition, values: list[Value]) -> Table:
    by_area: dict[str, list[Value]] = {}
    by_period: dict[str, list[Value]] = {}
    for value in values:
        by_area.setdefault(value.area, []).append(value)
        by_period.setdefault(value.period, []).append(value)
    return Table(
        definition=definition,
        limits=LIMITS.get(definition.kind, "none"),
        values=tuple(values),
        by_cell={(value.area, value.period): value for value in values},
        by_area={area: tuple(listed) for area, listed in by_area.items()},
        by_period={period: tuple(listed) for period, listed in by_period.items()},
    )
