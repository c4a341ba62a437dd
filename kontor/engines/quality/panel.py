"""Figures as arrays sorted by variable, area and period, and medians by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .records import Columns, Limits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COUNTRY_LETTERS = 2
SHORT = 2**16


@dataclass(frozen=True, slots=True)
class Panel:
    """n figures in the order of variable, area and period.

    `variable`, `area` and `period` are places in the sorted names, `series` numbers the pairs of variable and area,
    `years` is the year of each period, `countries` the country of each area.
    """

    variables: list[str]
    areas: list[str]
    periods: list[str]
    years: Ints
    countries: Ints
    variable: Ints
    area: Ints
    period: Ints
    series: Ints
    value: Floats
    flags: NDArray[np.str_]

    def where(self, variable: str) -> slice:
        """Where the figures of a variable stand: an empty slice where there are none."""
        if variable not in self.variables:
            return slice(0, 0)
        code = self.variables.index(variable)
        first, last = np.searchsorted(self.variable, (code, code + 1))
        return slice(int(first), int(last))

    def keys(self, where: slice) -> Ints:
        """One number per area and period, ascending within a variable."""
        return self.area[where] * len(self.periods) + self.period[where]

    def names(self, figure: int) -> tuple[str, str, str]:
        """Area, variable and period of a figure."""
        return (
            self.areas[self.area[figure]],
            self.variables[self.variable[figure]],
            self.periods[self.period[figure]],
        )

    def only(self, chosen: Bools) -> Panel:
        """The chosen figures; series are numbered anew."""
        variable, area = self.variable[chosen], self.area[chosen]
        return replace(
            self,
            variable=variable,
            area=area,
            period=self.period[chosen],
            series=_series(variable, area, len(self.areas)),
            value=self.value[chosen],
            flags=self.flags[chosen],
        )


def panel_of(figures: Columns, limits: Mapping[str, Limits]) -> Panel:
    """Sorts the figures of the variables that have limits."""
    variables, variable = _numbered(figures.variable)
    areas, area = _numbered(figures.area)
    periods, period = _numbered(figures.period)
    known = np.array([name in limits for name in variables], dtype=np.bool_)
    order = np.argsort((variable * len(areas) + area) * len(periods) + period, kind="stable")
    order = order[known[variable[order]]]
    variable, area = variable[order], area[order]
    return Panel(
        variables=variables,
        areas=areas,
        periods=periods,
        years=_years(periods),
        countries=_numbered([name[:COUNTRY_LETTERS] for name in areas])[1],
        variable=variable,
        area=area,
        period=period[order],
        series=_series(variable, area, len(areas)),
        value=np.asarray(figures.value, dtype=np.float64)[order],
        flags=np.array(figures.flags, dtype=np.str_)[order],
    )


def _numbered(names: Sequence[str]) -> tuple[list[str], Ints]:
    known = sorted(set(names))
    place = {name: number for number, name in enumerate(known)}
    return known, np.fromiter(map(place.__getitem__, names), np.int64, len(names))


def _series(variable: Ints, area: Ints, areas: int) -> Ints:
    pair = variable * areas + area
    return np.cumsum(np.diff(pair, prepend=pair[:1]) != 0, dtype=np.int64)


def _years(periods: list[str]) -> Ints:
    """The year with which a period begins; where one begins otherwise, all are numbered in their order."""
    if all(period[:4].isdecimal() for period in periods):
        return np.array([int(period[:4]) for period in periods], dtype=np.int64)
    return np.arange(len(periods), dtype=np.int64)


def groups(numbers: Ints) -> int:
    """How many groups there are, when they are numbered from 0."""
    return int(numbers.max(initial=-1)) + 1


def medians(values: Floats, group: Ints, count: int, *, lower_up_to: int = 0) -> tuple[Floats, Ints]:
    """Median and size of each group 0 .. count - 1; the median of an empty one is nan.

    Groups of `lower_up_to` values or fewer take the lower of the two in the middle instead of their mean.
    """
    order = np.argsort(values)
    short = (
        np.uint16 if count <= SHORT else np.int64
    )  # numbers of 16 bits are sorted by their digits, five times faster
    order = order[np.argsort(group[order].astype(short), kind="stable")]
    size = np.bincount(group, minlength=count)
    first = np.cumsum(size) - size
    ordered = np.append(values[order], np.nan)
    low = np.where(size > 0, first + (size - 1) // 2, values.size)
    high = np.where(size > lower_up_to, first + size // 2, low)
    return (ordered[low] + ordered[high]) / 2, size
