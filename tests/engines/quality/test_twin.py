"""Generated tables: the engine agrees with its slow twin, and small counts never alarm."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.engines.quality import Checks, Ratio, Sum, assess
from kontor.engines.reference.quality import assess as twin
from tests.engines.quality.figures import LIMITS, Cell, columns, found

CHECKS = Checks(
    LIMITS,
    [
        Sum("modes", ("car", "transit", "foot"), 100, 5, 2),
        Sum("part", ("deaths",), "births", None, 0),
        Sum("whole", ("births", "deaths"), "cars", 1, 1),
    ],
    [Ratio("price", ("deaths",), ("cars",), 1000, 2)],
)
LEVEL = {"share": (1, 40), "degree": (-10, 30), "rate": (5, 80)}
DEFECTS = (1.0, 1.0, 1.0, 1.0, 0.0, 0.001, 1000.0, 12.0, 2.3, 0.4)


@st.composite
def tables(draw: st.DrawFn) -> dict[tuple[str, str], dict[int | str, Cell]]:
    """Series around a level with noise of their own; figures are missing, flagged, in other units, or shifted."""
    table: dict[tuple[str, str], dict[int | str, Cell]] = {}
    areas = [f"{country}{n:03}C" for country in ("DE", "FR") for n in range(draw(st.integers(1, 6)))]
    for variable in draw(st.lists(st.sampled_from(sorted(LIMITS)), min_size=1, max_size=4, unique=True)):
        low, high = LEVEL.get(LIMITS[variable].kind, (3, 30_000))
        for area in areas:
            level = draw(st.floats(low, high))
            spread = draw(st.sampled_from((0.0, 0.01, 0.1, 0.6)))
            shift = draw(st.sampled_from((1.0, 1.0, 1.4, 3.0, 1000.0)))
            periods = sorted(draw(st.sets(st.integers(2000, 2016), min_size=1, max_size=9)))
            table[area, variable] = {
                year: (
                    _value(draw, variable, level * (shift if place >= len(periods) / 2 else 1), spread),
                    draw(st.sampled_from(("", "", "", "b", "e", "bep"))),
                )
                for place, year in enumerate(periods)
            }
    return table


def _value(draw: Any, variable: str, level: float, spread: float) -> float:
    value = level * math.exp(spread * draw(st.floats(-2, 2))) * draw(st.sampled_from(DEFECTS))
    return float(round(value)) if LIMITS[variable].kind == "count" else round(value, 2)


@settings(max_examples=150, deadline=None)
@given(tables())
def test_the_slow_twin_agrees(table: dict[tuple[str, str], dict[int | str, Cell]]) -> None:
    given_ = columns(table)
    fast = {(f.variable, f.area, f.period, f.kind): f.confidence for f in assess(given_, CHECKS)}
    slow = {finding[:4]: finding[4] for finding in twin(given_, CHECKS)}
    assert fast.keys() == slow.keys()
    assert all(abs(fast[key] - slow[key]) < 0.011 for key in fast)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 15), min_size=1, max_size=15))
def test_small_counts_never_alarm(counts: list[int]) -> None:
    """From 0 to 15 in one year is less than five standard deviations of a Poisson count."""
    assert (
        found({("XX001C", "deaths"): {2000 + year: float(count) for year, count in enumerate(counts)}}) == []
    )


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_finding_is_about_a_figure_that_was_given(
    table: dict[tuple[str, str], dict[int | str, Cell]],
) -> None:
    for finding in assess(columns(table), CHECKS):
        assert int(finding.period) in table[finding.area, finding.variable]
        assert 0.5 <= finding.confidence <= 1
        assert finding.treatment in ("keep", "exclude", "ask")
        assert all(isinstance(fact, str) and "e" not in fact for fact in (finding.facts["value"],))
