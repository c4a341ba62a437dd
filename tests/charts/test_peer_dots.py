import math
from collections.abc import Callable
from typing import Literal
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontor.charts.peer_dots import REACH, PeerRow, distances, peer_dots
from kontor.charts.svg import Svg

Read = Callable[[str], list[Element]]
Marks = Callable[[Element, str], list[Element]]


def draw(*rows: PeerRow, stronger: str = "stronger →") -> Svg:
    return peer_dots(
        rows=rows, id="p", title="t", desc="d", weaker="← weaker", stronger=stronger, number="{:g}".format
    )


def test_distance_is_measured_in_interquartile_ranges_from_the_median() -> None:
    peers, you = distances(PeerRow(label="", you=9, peers=[1, 2, 3, 4, 5], better="high"))
    assert peers == [-1, -0.5, 0, 0.5, 1]
    assert you == 3


def test_less_is_stronger_where_the_indicator_says_so() -> None:
    peers, you = distances(PeerRow(label="", you=9, peers=[1, 2, 3, 4, 6], better="low"))
    assert you == -3
    assert peers == [-1.5, -0.5, 0, 0.5, 1]


def test_a_row_of_context_keeps_its_natural_order() -> None:
    assert distances(PeerRow(label="", you=9, peers=[1, 2, 3, 4, 5]))[1] == 3


def test_without_any_spread_what_differs_is_infinitely_far() -> None:
    assert distances(PeerRow(label="", you=9, peers=[4, 4, 4], better="low")) == ([0, 0, 0], -math.inf)


def test_without_spread_in_the_middle_half_the_range_is_the_unit() -> None:
    peers, _ = distances(PeerRow(label="", peers=[4, 4, 4, 4, 4, 4, 8], better="high"))
    assert peers[-1] == 2


def test_no_peers_no_place(read: Read, marks: Marks) -> None:
    assert distances(PeerRow(label="", you=9)) == ([], None)
    for drawing in read(draw(PeerRow(label="a", you=9, value_text="9"))):
        assert not marks(drawing, "you") and not marks(drawing, "med")


finite_values = st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=40)


@given(finite_values)
def test_turning_the_direction_mirrors_the_row(values: list[float]) -> None:
    low, _ = distances(PeerRow(label="", peers=values, better="low"))
    high, _ = distances(PeerRow(label="", peers=values, better="high"))
    assert low == [-value for value in reversed(high)]


def test_what_lies_beyond_the_reach_is_an_arrowhead_at_the_edge(read: Read, marks: Marks) -> None:
    for drawing in read(draw(PeerRow(label="a", you=100, peers=[1, 2, 3, 4, 5], better="low"))):
        (mark,) = marks(drawing, "you")
        assert mark.tag == "polygon"
        axis = marks(drawing, "ax")[0]
        assert float(mark.get("points", "").split(",")[0]) < float(axis.get("x1", ""))


def test_dots_stand_in_the_order_of_their_strength(read: Read, marks: Marks) -> None:
    drawing = read(draw(PeerRow(label="a", you=4.5, peers=[5, 1, 4, 2, 3], better="high")))[0]
    xs = [float(mark.get("cx", "")) for mark in marks(drawing, "p")]
    assert xs == sorted(xs) and len(set(xs)) == 5
    (tick,), (you,) = marks(drawing, "med"), marks(drawing, "you")
    assert float(tick.get("x1", "")) == pytest.approx(xs[2])
    assert xs[3] < float(you.get("cx", "")) < xs[4]


def test_rows_of_context_come_last_and_name_their_extremes(
    read: Read, texts: Callable[[Element], list[str]]
) -> None:
    rows = [
        PeerRow(label="context", peers=[10, 20, 30, 70]),
        PeerRow(label="rated", peers=[1, 2], better="low"),
    ]
    shown = texts(read(draw(*rows))[0])
    assert shown.index("rated") < shown.index("context")
    assert {"10", "70"} <= set(shown)
    assert "1" not in shown


def test_without_rated_rows_the_sides_have_no_names(
    read: Read, texts: Callable[[Element], list[str]]
) -> None:
    assert "← weaker" not in texts(read(draw(PeerRow(label="context", peers=[1, 2, 3])))[0])


def test_the_reach_is_three() -> None:
    assert REACH == 3


@pytest.mark.parametrize(("better", "order"), [("high", [0, 2, 1]), ("low", [1, 2, 0]), (None, [0, 2, 1])])
def test_the_flagged_peer_is_the_hollow_dot(
    read: Read, marks: Marks, better: Literal["high", "low"] | None, order: list[int]
) -> None:
    # The peers 1, 3 and 2 (one without a value between) in the order in which the row draws them.
    row = PeerRow(
        label="a", you=2, peers=[1.0, None, 3.0, 2.0], better=better, flagged_peers=[2], flagged=True
    )
    for drawing in read(draw(row)):
        drawn = [dot.get("class") for dot in marks(drawing, "p")]
        assert drawn.index("p hollow") == order.index(1) and drawn.count("p hollow") == 1
        assert [own.get("class") for own in marks(drawing, "you")] == ["you hollow"]
