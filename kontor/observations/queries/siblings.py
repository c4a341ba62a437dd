"""Observed variables that hold the same thing: an input of a definition names them, the first with a figure counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kontor.indicators import queries as indicators

from . import figures
from .figures import Cell
from .releases import AsOf, Change, as_of

Place = tuple[str, str]  # area, period


@dataclass(frozen=True, slots=True)
class Overruled:
    """An indicator that reads another variable than the one that changed, for `count` of the changed figures."""

    indicator: str
    variable: str
    reads: str
    count: int


def overruled(changes: Iterable[Change], *, known: AsOf | None = None) -> list[Overruled]:
    """Which indicators do not follow these changes, be they published or still to be, since another variable has the
    same figures."""
    known, changes = known or as_of(), list(changes)
    brought: dict[str, set[Place]] = {}
    for change in changes:
        if change.kind != "withdrawn":
            brought.setdefault(change.variable, set()).add((change.area, change.period))

    @cache
    def held(variable: str) -> Container[Place]:
        return brought.get(variable, set()).union(figures.columns(variable, known=known).cells)

    return counted(changes, _inputs(), held)


def counted(
    changes: Iterable[Change],
    inputs: Mapping[str, Sequence[Sequence[str]]],
    held: Callable[[str], Container[Place]],
) -> list[Overruled]:
    """`overruled` by the variables of each indicator's inputs and the (area, period) that a variable holds."""
    reading: dict[str, list[tuple[str, Sequence[str]]]] = {}
    for indicator, listed in inputs.items():
        for of in listed:
            for variable in of:
                reading.setdefault(variable, []).append((indicator, of))
    found: Counter[tuple[str, str, str]] = Counter()
    for change in changes:
        for indicator, of in reading.get(change.variable, ()):
            reads = _read_instead(change, of, held)
            if reads:
                found[indicator, change.variable, reads] += 1
    return [Overruled(*key, count) for key, count in sorted(found.items())]


def _read_instead(change: Change, of: Sequence[str], held: Callable[[str], Container[Place]]) -> str:
    """The other variable that the input takes the figure from; empty where it takes the changed one, or none."""
    for variable in of:
        if variable != change.variable:
            if (change.area, change.period) in held(variable):
                return variable
        elif change.kind != "withdrawn":
            return ""
    return ""


def of_figure(variable: str, area: str, period: str, *, known: AsOf | None = None) -> list[Cell]:
    """The same figure where other variables hold it, in the order in which definitions prefer them."""
    known = known or as_of()
    cells = (figures.cell(other, area, period, known=known) for other in siblings(variable))
    return [cell for cell in cells if cell]


def siblings(variable: str) -> list[str]:
    """The other variables that an input takes where this one has no figure, or before it."""
    lists = [of for listed in _inputs().values() for of in listed if variable in of]
    return [other for other in dict.fromkeys(name for of in lists for name in of) if other != variable]


def _inputs() -> dict[str, list[Sequence[str]]]:
    """Indicator -> the observed variables of each of its inputs."""
    return {
        definition.code: [
            [variable for variable in item.of if not variable.startswith("indicator:")]
            for item in definition.inputs
        ]
        for definition in indicators.definitions()
    }
