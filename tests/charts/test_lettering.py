import itertools

from hypothesis import given
from hypothesis import strategies as st

from kontor.charts.lettering import shorten, text_width, wrap
from kontor.charts.placement import Box, best_spot, push_apart, spots_around


@given(st.text(max_size=60), st.floats(20, 300))
def test_a_shortened_text_fits(content: str, width: float) -> None:
    assert text_width(shorten(content, width)) <= width


@given(st.text(max_size=120), st.floats(20, 200), st.integers(1, 3))
def test_wrapped_lines_fit_and_are_not_too_many(content: str, width: float, lines: int) -> None:
    found = wrap(content, width, lines=lines)
    assert len(found) <= lines
    assert all(text_width(line) <= width for line in found)


def test_a_text_that_fits_stays_whole() -> None:
    assert wrap("Traffic deaths", 200) == ["Traffic deaths"]


def test_german_breaks_at_its_soft_hyphens() -> None:
    assert wrap("Verkehrs\u00adunfall\u00adtote", 70) == ["Verkehrs-", "unfalltote"]


def test_chinese_breaks_between_characters() -> None:
    assert wrap("公共交通月票价格", 13 * 4.5) == ["公共交通", "月票价格"]


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert wrap("one two three four five six seven", 60, lines=2)[-1].endswith("…")


def test_empty_text_has_no_lines() -> None:
    assert wrap("", 100) == []


@given(st.lists(st.floats(0, 200), max_size=8))
def test_pushed_positions_keep_order_distance_and_bounds(wanted: list[float]) -> None:
    placed = push_apart(wanted, gap=16, low=0, high=200)
    assert all(-1e-6 <= position <= 200 + 1e-6 for position in placed)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    rising = [placed[i] for i in order]
    assert all(b - a >= 16 - 1e-6 for a, b in itertools.pairwise(rising))


def test_positions_without_conflict_stay() -> None:
    assert push_apart([100, 20], gap=16, low=0, high=200) == [100, 20]


def test_more_labels_than_room_still_stay_inside() -> None:
    placed = push_apart([50.0] * 30, gap=16, low=0, high=100)
    assert min(placed) >= -1e-6 and max(placed) <= 100 + 1e-6


def test_a_label_goes_right_when_all_is_free_and_left_at_the_edge() -> None:
    frame = Box(0, 0, 300, 200)
    middle = best_spot(
        spots_around(x=100, y=100, reach=5, width=60, height=17), frame=frame, taken=[], marks=[]
    )
    edge = best_spot(
        spots_around(x=290, y=100, reach=5, width=60, height=17), frame=frame, taken=[], marks=[]
    )
    assert middle is not None and middle.anchor == "start"
    assert edge is not None and edge.anchor == "end"


def test_no_spot_when_everything_is_taken() -> None:
    frame = Box(0, 0, 300, 200)
    spots = spots_around(x=100, y=100, reach=5, width=60, height=17)
    assert best_spot(spots, frame=frame, taken=[frame], marks=[]) is None
