"""From figures and the league's checks to findings: what `engines.quality` needs, out of the code lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Protocol

import numpy as np

from kontor.engines.quality import Checks, Columns, Finding, Limits, Ratio, Sum, assess
from kontor.indicators import codelists

ENGINE = "quality/1"  # of which every release says that it was checked by it; raised when a rule changes
EUROSTAT_CODE = re.compile(r"[A-Z]{2}\d{4}[A-Z]")


class FigureLike(Protocol):
    """Whatever has these five; `value` is a number."""

    @property
    def area(self) -> str: ...
    @property
    def variable(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def flags(self) -> str: ...


def findings_of(figures: Iterable[FigureLike]) -> list[Finding]:
    """What is not plausible about the figures, each (area, variable, period) of which must stand there once.

    Sums and rates are checked where all their variables are handed in (see `closure`); the size of a city is told
    from all its counts, so that more variables tell it better.
    """
    given = list(figures)
    columns = Columns(
        area=[figure.area for figure in given],
        variable=[figure.variable for figure in given],
        period=[figure.period for figure in given],
        value=np.array([figure.value for figure in given], dtype=np.float64),
        flags=[figure.flags for figure in given],
    )
    return findings_in(columns)


def findings_in(columns: Columns) -> list[Finding]:
    """`findings_of` for figures that are columns already."""
    return assess(columns, checks())


def closure(variables: Iterable[str]) -> set[str]:
    """The variables together with all those that they are added up, divided or published with."""
    asked = set(variables)
    found = set(asked)
    for check in checks().sums:
        found |= _joined(asked, {*check.parts, *([check.total] if isinstance(check.total, str) else [])})
    for ratio in checks().ratios:
        found |= _joined(asked, {ratio.published, *ratio.numerators, *ratio.denominators})
    return found


def _joined(asked: set[str], members: set[str]) -> set[str]:
    return members if asked & members else set()


@cache
def checks() -> Checks:
    """The checks of `definitions/checks.toml` for every observed variable, by its full name."""
    listed = codelists.checks()
    limits = {}
    by_code: dict[str, dict[str, str]] = {}
    for variable, entry in codelists.variables().items():
        code = _code(variable)
        by_code.setdefault(variable.partition(":")[0], {})[code] = variable
        if entry["unit"] in listed["units"]:
            limits[variable] = Limits(**(listed["units"][entry["unit"]] | listed["variables"].get(code, {})))
    sums = [_sum(entry, names) for names in by_code.values() for entry in listed["sums"]]
    ratios = [_ratio(entry, names) for names in by_code.values() for entry in listed["ratios"]]
    return Checks(limits, [one for one in sums if one], [one for one in ratios if one])


def _code(variable: str) -> str:
    """The Eurostat code of a variable, also by way of its namesake in the starter; else its name."""
    listed = codelists.variables()
    name = variable.partition(":")[2]
    origin = listed.get(f"starter:{name}", listed[variable])["origin"]
    return origin if EUROSTAT_CODE.fullmatch(origin) else name


def _sum(entry: dict[str, Any], names: dict[str, str]) -> Sum | None:
    """The sum in the variables of one source; None where the source lacks one of them."""
    total = entry["total"]
    members = [*entry["parts"], *([total] if isinstance(total, str) else [])]
    if not all(code in names for code in members):
        return None
    return Sum(
        name=entry["name"],
        parts=tuple(names[code] for code in entry["parts"]),
        total=names[total] if isinstance(total, str) else float(total),
        below=entry.get("below"),
        above=entry.get("above"),
    )


def _ratio(entry: dict[str, Any], names: dict[str, str]) -> Ratio | None:
    members = [entry["published"], *entry["numerators"], *entry["denominators"]]
    if not all(code in names for code in members):
        return None
    return Ratio(
        published=names[entry["published"]],
        numerators=tuple(names[code] for code in entry["numerators"]),
        denominators=tuple(names[code] for code in entry["denominators"]),
        scale=float(entry["scale"]),
        decimals=entry["decimals"],
    )
