"""What holds for all charts alike: hostile text, nothing to draw, one thing to draw, missing numbers."""

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, TypedDict
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontor.charts.change_bars import ChangeRow, change_bars
from kontor.charts.clock import ClockMark, clock
from kontor.charts.funnel import FunnelLimits, FunnelPoint, funnel
from kontor.charts.histogram import Marker, distribution
from kontor.charts.interval import interval_cell
from kontor.charts.map import MapPoint
from kontor.charts.map import draw_map as city_map
from kontor.charts.peer_dots import PeerRow, peer_dots
from kontor.charts.series import Line, series
from kontor.charts.series_marks import Kind, Mark
from kontor.charts.spark import spark
from kontor.charts.svg import Svg

Read = Callable[[str], list[ElementTree.Element]]
Values = Sequence[float | None]
HOSTILE = "</title><script>alert(1)</script>\"'&\x00\x1b\ud800<b>"


class Named(TypedDict):
    id: str
    title: str
    desc: str


def named(word: str) -> Named:
    return {"id": "a", "title": word, "desc": word}


def hostile_number(value: float) -> str:
    return f"<{value:.2f}&"


def draw_peer_dots(word: str, values: Values) -> Svg:
    better: list[Literal["low", "high"] | None] = ["low", "high", None]
    rows = [PeerRow(label=word, sublabel=word, value_text=word, you=v, peers=values, better=b)
            for v, b in zip(values, better * len(values), strict=False)]  # fmt: skip
    return peer_dots(rows=rows, weaker=word, stronger=word, number=hostile_number, **named(word))


def draw_funnel(word: str, values: Values) -> Svg:
    points = [FunnelPoint(x=v, y=v, label=word, you=not i, peer=i == 1) for i, v in enumerate(values)]
    bands = [FunnelLimits(v, v, v, v, v) for v in values]
    target = values[0] if values else None
    return funnel(
        points=points, bands=bands, target=target, target_label=word, x_label=word, y_label=word,
        number=hostile_number, x_number=hostile_number, **named(word),
    )  # fmt: skip


def draw_distribution(word: str, values: Values) -> Svg:
    marks = [Marker(v, word) for v in values[:3]]
    median = Marker(values[0], word) if values else None
    return distribution(
        values=values, you=marks, median=median, x_label=word, number=hostile_number, **named(word)
    )


def draw_series(word: str, values: Values) -> Svg:
    points = [(2000 + i, v) for i, v in enumerate(values)]
    band = [(2000 + i, v, v) for i, v in enumerate(values)]
    lines = [Line(label=word, points=points, band=band, you=True), Line(label=word, points=points)]
    return series(
        lines=lines, group=lines[1], breaks=[2001], number=hostile_number, size="large", **named(word)
    )


def draw_marked_series(word: str, values: Values) -> Svg:
    points = [(2000 + i, v) for i, v in enumerate(values)]
    kinds: list[Kind] = ["value", "earlier", "withdrawn", "error", "question", "flag"]
    marks = [Mark(kinds[i % 6], when, v, word) for i, (when, v) in enumerate(points * 2)]
    return series(
        lines=[Line(label=word, points=points, you=True)], marks=marks, by_logarithm=len(word) % 2 == 1,
        number=hostile_number, size="large", **named(word),
    )  # fmt: skip


def draw_small_series(word: str, values: Values) -> Svg:
    points = [(2000 + i, v) for i, v in enumerate(values)]
    return series(lines=[Line(label=word, points=points)], number=hostile_number, **named(word))


def draw_change_bars(word: str, values: Values) -> Svg:
    counts = [int(min(v, 1e6)) if v is not None and math.isfinite(v) else 0 for v in values]
    rows = [ChangeRow(label=word, better=n, unclear=n * 2, worse=n // 3) for n in counts]
    return change_bars(rows=rows, number=hostile_number, **named(word))


def draw_clock(word: str, values: Values) -> Svg:
    marks = [ClockMark(date(2026, 1 + i % 12, 1), word, "risk") for i, _ in enumerate(values)]
    return clock(
        start=date(2026, 6, 18), today=date(2026, 11, 22), end=date(2027, 6, 18), marks=marks,
        month_label=lambda _: word, today_label=word, end_label=word, **named(word),
    )  # fmt: skip


def draw_map(word: str, values: Values) -> Svg:
    points = [MapPoint(v, v, word, "you" if not i else "observed") for i, v in enumerate(values)]
    return city_map(view="world", points=points, **named(word))


CHARTS = [
    draw_peer_dots, draw_funnel, draw_distribution, draw_series, draw_marked_series, draw_small_series, draw_change_bars,
    draw_clock, draw_map,
]  # fmt: skip
INPUTS: dict[str, Values] = {
    "none": [],
    "one": [12.5],
    "missing": [None, math.nan, math.inf],
    "one among missing": [None, 7.0, math.nan],
    "all the same": [5.0, 5.0, 5.0, 5.0],
    "zeros": [0.0, 0.0, 0.0],
    "negative": [-3.0, -2.0, -7.5],
    "tiny and huge": [5e-324, 1e-9, 1.0, 1e12, 1e300],
    "almost the same": [1.0, 1.0 + 1e-13, 1.0 - 1e-13],
}


@pytest.mark.parametrize("values", INPUTS.values(), ids=INPUTS.keys())
@pytest.mark.parametrize("draw", CHARTS, ids=lambda draw: draw.__name__)
def test_whatever_comes_in_a_drawing_comes_out(
    read: Read, draw: Callable[[str, Values], Svg], values: Values
) -> None:
    drawings = read(draw("a label", values))
    assert [drawing.findtext("title") for drawing in drawings] == ["a label"] * len(drawings)
    assert drawings


@pytest.mark.parametrize("draw", CHARTS, ids=lambda draw: draw.__name__)
@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.floats(), max_size=8), st.text(max_size=40))
def test_any_numbers_and_any_text_give_a_drawing(
    read: Read, draw: Callable[[str, Values], Svg], values: Values, word: str
) -> None:
    assert read(draw(word, values))


@pytest.mark.parametrize("draw", CHARTS, ids=lambda draw: draw.__name__)
def test_hostile_text_stays_text(read: Read, draw: Callable[[str, Values], Svg]) -> None:
    markup = draw(HOSTILE, [1.0, 2.0, 3.0, 40.0])
    drawings = read(markup)
    assert drawings[0].findtext("title") == "</title><script>alert(1)</script>\"'&<b>"
    assert "<script" not in markup and "<b>" not in markup


@pytest.mark.parametrize("draw", CHARTS, ids=lambda draw: draw.__name__)
def test_the_same_records_give_the_same_drawing(draw: Callable[[str, Values], Svg]) -> None:
    assert draw("a", [3.0, 1.0, 2.0]) == draw("a", [3.0, 1.0, 2.0])


def test_charts_in_two_widths_return_both(read: Read) -> None:
    for draw in CHARTS:
        kinds = [drawing.get("class") for drawing in read(draw("a", [1.0, 2.0]))]
        assert kinds in (["chart wide", "chart narrow"], ["chart small"], ["map"])


def test_an_id_with_white_space_is_refused() -> None:
    with pytest.raises(ValueError):
        series(lines=[], id="a b", title="t", desc="", number=str)


def test_finished_markup_is_not_escaped_again_by_templates() -> None:
    drawn = spark([1, 2])
    assert drawn.__html__() == drawn


@pytest.mark.parametrize("values", INPUTS.values(), ids=INPUTS.keys())
def test_cells_are_hidden_from_assistive_technology(read: Read, values: Values) -> None:
    value = values[0] if values else None
    cells = spark(values) + interval_cell(value, value, value, domain=(0, 10), mean=value, you=True)
    assert [cell.get("aria-hidden") for cell in read(cells)] == ["true", "true"]
