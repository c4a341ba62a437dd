import itertools
from collections.abc import Callable
from datetime import date
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontor.charts.change_bars import ChangeRow, change_bars
from kontor.charts.clock import ClockMark, clock, months
from kontor.charts.histogram import Marker, bin_edges, distribution
from kontor.charts.interval import interval_cell
from kontor.charts.map import MapPoint, View, view_size
from kontor.charts.map import draw_map as city_map
from kontor.charts.svg import Svg

Read = Callable[[str], list[Element]]
Marks = Callable[[Element, str], list[Element]]
Texts = Callable[[Element], list[str]]


def bars(*rows: ChangeRow) -> Svg:
    return change_bars(rows=rows, id="c", title="t", desc="d", number="{:g}".format)


def widths(drawing: Element, marks: Marks, kind: str) -> list[float]:
    return [float(mark.get("width", "")) for mark in marks(drawing, kind)]


def test_parts_are_as_long_as_their_counts_on_one_scale(read: Read, marks: Marks) -> None:
    rows = [
        ChangeRow(label="a", better=50, unclear=100, worse=50),
        ChangeRow(label="b", better=10, unclear=20, worse=10),
    ]
    for drawing in read(bars(*rows)):
        better, worse = widths(drawing, marks, "f1"), widths(drawing, marks, "fw")
        assert better[0] == pytest.approx(worse[0], abs=0.1)
        assert better[0] == pytest.approx(5 * better[1], abs=0.6)


def test_a_count_without_room_stands_left_of_below_or_right_of_the_bar(read: Read, marks: Marks) -> None:
    for drawing in read(
        bars(*(ChangeRow(label="a", better=b, unclear=u, worse=w) for b, u, w in ((2, 3, 400), (400, 3, 2))))
    ):
        counts = {
            (text.text, float(text.get("x", "")), float(text.get("y", ""))) for text in marks(drawing, "num")
        }
        first, last = marks(drawing, "f1")[0], marks(drawing, "fw")[-1]
        end = float(last.get("x", "")) + float(last.get("width", ""))
        assert any(name == "2" and x < float(first.get("x", "")) for name, x, _ in counts)
        assert any(name == "2" and x > end for name, x, _ in counts)
        bottoms = [float(bar.get("y", "")) + 22 for bar in marks(drawing, "f0")]
        assert sorted(y for name, _, y in counts if name == "3") == [bottom + 13 for bottom in bottoms]


def test_a_part_of_none_is_not_drawn(read: Read, marks: Marks) -> None:
    (wide, _) = read(bars(ChangeRow(label="a", better=0, unclear=10, worse=5)))
    assert not marks(wide, "f1") and len(marks(wide, "fw")) == 1


START, END = date(2026, 6, 18), date(2027, 6, 18)


def run_clock(today: date, *marks: ClockMark, end: date = END) -> Svg:
    return clock(
        start=START, today=today, end=end, marks=marks, month_label="{:%b}".format, today_label="today",
        end_label="end", id="k", title="t",
    )  # fmt: skip


def test_the_bar_is_filled_up_to_today(read: Read, marks: Marks) -> None:
    for share, today in ((0.0, START), (0.5, date(2026, 12, 17)), (1.0, END)):
        drawing = read(run_clock(today))[0]
        (full,), (done,) = widths(drawing, marks, "f0"), widths(drawing, marks, "f3")
        assert done / full == pytest.approx(share, abs=0.005)


def test_a_day_outside_the_span_sits_at_its_end(read: Read, marks: Marks) -> None:
    drawing = read(run_clock(date(2030, 1, 1)))[0]
    assert widths(drawing, marks, "f3") == widths(drawing, marks, "f0")


def test_state_shows_in_shape_and_colour(read: Read, marks: Marks) -> None:
    day = date(2026, 9, 1)
    kinds = [ClockMark(day, kind, kind) for kind in ("done", "planned", "risk", "missed")]
    drawing = read(run_clock(day, *kinds))[0]
    assert [
        (m.tag, (m.get("class") or "").split()[0], m.findtext("title")) for m in marks(drawing, "rim")
    ] == [
        ("circle", "fg", "done"),
        ("circle", "f1", "planned"),
        ("polygon", "fw", "risk"),
        ("polygon", "fb", "missed"),
    ]


def test_months_inside_the_span() -> None:
    assert months(date(2026, 11, 2), date(2027, 2, 1)) == [
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]
    assert months(date(2026, 11, 1), date(2026, 11, 1)) == [date(2026, 11, 1)]
    assert months(date(9999, 11, 5), date.max) == [date(9999, 12, 1)]


def test_a_span_of_one_day_and_one_turned_round(read: Read) -> None:
    for end in (START, date(2026, 1, 1)):
        assert len(read(run_clock(START, end=end))) == 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_bins_cover_all_values_with_equal_widths(values: list[float]) -> None:
    edges = bin_edges(values)
    assert edges[0] <= min(values) and max(values) <= edges[-1]
    steps = [b - a for a, b in itertools.pairwise(edges)]
    assert len(steps) <= 45
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)


def draw_distribution(values: list[float], you: list[Marker], median: Marker | None) -> Svg:
    return distribution(
        values=values, you=you, median=median, id="h", title="t", desc="d", x_label="x", number="{:g}".format
    )


def test_bars_are_as_high_as_their_counts(read: Read, marks: Marks) -> None:
    values = [1.5] * 10 + [2.5] * 20 + [3.5] * 5 + [9.5]
    for drawing in read(draw_distribution(values, [], None)):
        heights = [float(bar.get("height", "")) for bar in marks(drawing, "f2")]
        assert heights[1] == pytest.approx(2 * heights[0], abs=0.2) == pytest.approx(4 * heights[2], abs=0.4)


def test_markers_outside_the_values_are_still_inside_the_drawing(
    read: Read, marks: Marks, texts: Texts
) -> None:
    for drawing in read(draw_distribution([1, 2, 3], [Marker(50, "far away")], Marker(2, "middle"))):
        assert {"far away", "middle"} <= set(texts(drawing))
        assert len(marks(drawing, "med")) == 1 and len(marks(drawing, "iv")) == 1


@pytest.mark.parametrize(("own", "middle"), [(0.5, 5), (4.9, 5), (5.1, 5), (0.6, 0.9), (9.6, 9.3)])
def test_no_marker_runs_through_the_label_of_another(
    read: Read, marks: Marks, own: float, middle: float
) -> None:
    values = [float(i % 11) for i in range(110)]
    for drawing in read(
        draw_distribution(values, [Marker(own, "Frankfurt am Main 1.9")], Marker(middle, "middle 2.1"))
    ):
        for label, line in (
            (marks(drawing, "lab")[0], marks(drawing, "iv")[0]),
            (marks(drawing, "you-t")[0], marks(drawing, "med")[0]),
        ):
            x, y, at = float(label.get("x", "")), float(label.get("y", "")), float(line.get("x1", ""))
            room = 6 * len(label.text or "")
            left = x - room if label.get("text-anchor") == "end" else x
            assert not left < at < left + room or float(line.get("y1", "")) > y


def test_a_label_keeps_clear_of_a_line_without_label(read: Read, marks: Marks) -> None:
    values = [float(i % 11) for i in range(110)]
    (wide, _) = read(draw_distribution(values, [Marker(4.9, "Frankfurt")], Marker(5, "")))
    (label,), (line,) = marks(wide, "you-t"), marks(wide, "med")
    assert label.get("text-anchor") == "end" and float(label.get("x", "")) < float(line.get("x1", ""))


def test_an_interval_spans_its_limits_and_ends_at_the_domain(read: Read, marks: Marks) -> None:
    (inside,) = read(interval_cell(5, 2, 8, domain=(0, 10), mean=4))
    (line,) = marks(inside, "iv")
    (dot,) = marks(inside, "f1")
    assert float(line.get("x1", "")) < float(dot.get("cx", "")) < float(line.get("x2", ""))
    (outside,) = read(interval_cell(15, 8, 30, domain=(0, 10), mean=4))
    assert marks(outside, "f1")[0].tag == "polygon"


def test_the_own_interval_is_in_the_accent(read: Read, marks: Marks) -> None:
    (cell,) = read(interval_cell(5, 2, 8, domain=(0, 10), mean=4, you=True))
    assert marks(cell, "you") and marks(cell, "y")


VIEWS: tuple[View, View] = ("world", "europe")


def draw_map(*points: MapPoint, view: View = "europe") -> Svg:
    return city_map(view=view, points=points, id="m", title="t", desc="d")


BERLIN = (13.4, 52.5)


def test_north_is_up_and_east_is_right(read: Read, marks: Marks) -> None:
    for view in VIEWS:
        places = {}
        for name, lon, lat in (("Berlin", *BERLIN), ("Lisboa", -9.1, 38.7)):
            (mark,) = marks(read(draw_map(MapPoint(lon, lat, name, "you"), view=view))[0], "me")
            places[name] = float(mark.get("cx", "")), float(mark.get("cy", ""))
        assert places["Berlin"][0] > places["Lisboa"][0]
        assert places["Berlin"][1] < places["Lisboa"][1]


def test_what_is_outside_the_view_or_without_coordinates_is_left_out(read: Read, marks: Marks) -> None:
    points = [
        MapPoint(116.4, 39.9, "Beijing"),
        MapPoint(None, 50, "nowhere"),
        MapPoint(float("nan"), 50, "nowhere"),
    ]
    (drawing,) = read(draw_map(*points))
    assert not marks(drawing, "c-dot") and not list(drawing.iter("text"))


def test_hundreds_of_observed_cities_are_one_path_without_labels(read: Read, marks: Marks) -> None:
    points = [MapPoint(lon / 10, 50, "city", "observed") for lon in range(300)]
    (drawing,) = read(draw_map(*points, MapPoint(*BERLIN, "Berlin", "you")))
    (path,) = marks(drawing, "seen")
    assert (path.get("d") or "").count("h0") == 300
    assert [text.text for text in drawing.iter("text")] == ["Berlin"]


def test_each_view_has_its_own_size(read: Read) -> None:
    for view in VIEWS:
        (drawing,) = read(draw_map(view=view))
        width, height = view_size(view)
        assert drawing.get("viewBox") == f"0 0 {width:g} {height:g}"


def test_a_flagged_interval_has_a_hollow_dot(read: Read, marks: Marks) -> None:
    for you, kind in ((False, "f1 hollow"), (True, "you hollow")):
        (cell,) = read(interval_cell(5, 2, 8, domain=(0, 10), mean=4, you=you, flagged=True))
        assert [dot.get("class") for dot in marks(cell, "hollow")] == [kind]
