import itertools
from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest

from kontor.charts.series import Line, runs, series, value_ticks
from kontor.charts.spark import spark
from kontor.charts.svg import Svg

Read = Callable[[str], list[Element]]
Marks = Callable[[Element, str], list[Element]]
Texts = Callable[[Element], list[str]]


def draw(*lines: Line, group: Line | None = None, breaks: tuple[int, ...] = (), size: str = "small") -> Svg:
    return series(
        lines=lines, group=group, breaks=breaks, id="s", title="t", desc="d", number="{:g}".format,
        size="large" if size == "large" else "small",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(2015, 1.0), (2016, 2.0), (2017, 3.0)], [[2015, 2016, 2017]]),
        ([(2015, 1.0), (2016, None), (2017, 3.0)], [[2015], [2017]]),
        ([(2015, 1.0), (2016, 2.0), (2019, 3.0)], [[2015, 2016], [2019]]),
        ([(2011, 1.0), (2013, 2.0), (2015, 3.0)], [[2011, 2013, 2015]]),
        ([(2017, 1.0), (2015, 2.0), (2016, 3.0)], [[2015, 2016, 2017]]),
        ([(2015, float("nan"))], []),
    ],
    ids=["whole", "missing value", "missing years", "every second year", "unordered", "nothing"],
)
def test_a_line_is_joined_only_over_its_own_shortest_step(
    points: list[tuple[int, float | None]], expected: list[list[int]]
) -> None:
    assert [[when for when, _ in run] for run in runs(points)] == expected


def test_a_break_parts_the_own_line(read: Read, marks: Marks) -> None:
    points = [(year, float(year - 2010)) for year in range(2015, 2021)]
    whole = read(draw(Line(label="a", points=points, you=True)))[0]
    parted = read(draw(Line(label="a", points=points, you=True), breaks=(2018,)))[0]
    assert len(list(whole.iter("polyline"))) == 1
    assert len(list(parted.iter("polyline"))) == 2
    assert len(marks(parted, "brk")) == 1


def test_a_break_outside_the_period_has_no_mark(read: Read, marks: Marks) -> None:
    line = Line(label="a", points=[(2015, 1.0), (2016, 2.0)])
    assert not marks(read(draw(line, breaks=(2015, 2030)))[0], "brk")


def test_a_value_between_gaps_is_a_dot(read: Read, marks: Marks) -> None:
    points = [(2015, 1.0), (2016, 2.0), (2017, None), (2018, 3.0), (2019, None), (2020, 4.0), (2021, 4.0)]
    (dot,) = marks(read(draw(Line(label="a", points=points)))[0], "dot")
    assert (dot.get("d") or "").count("h0") == 1


def test_time_runs_right_and_more_is_higher(read: Read) -> None:
    points = [(2015, 1.0), (2016, 2.0), (2017, 5.0)]
    (path,) = read(draw(Line(label="a", points=points)))[0].iter("polyline")
    spots = [tuple(map(float, pair.split(","))) for pair in path.get("points", "").split()]
    assert spots == sorted(spots)
    assert [y for _, y in spots] == sorted((y for _, y in spots), reverse=True)


def test_labels_at_the_ends_keep_apart(read: Read, marks: Marks) -> None:
    lines = [Line(label=f"city {i}", points=[(2015, 1.0), (2016, 2.0 + i / 100)]) for i in range(6)]
    for drawing in read(draw(*lines, size="large")):
        heights = sorted(float(label.get("y", "")) for label in marks(drawing, "lab"))
        assert len(heights) == 6
        assert all(b - a >= 15.8 for a, b in itertools.pairwise(heights))


def test_the_group_is_an_area_behind_the_own_line(read: Read, marks: Marks) -> None:
    group = Line(label="middle", points=[(2015, 2.0), (2016, 2.0)], band=[(2015, 1.0, 3.0), (2016, 1.0, 3.0)])
    drawing = read(draw(Line(label="a", points=[(2015, 1.0), (2016, 2.0)], you=True), group=group))[0]
    kinds = [element.get("class") or "" for element in drawing]
    assert kinds.index("area") < kinds.index("ln") < kinds.index("ln y") < kinds.index("you")


def test_first_and_last_period_are_named(read: Read, texts: Texts) -> None:
    line = Line(label="a", points=[(year, float(year)) for year in range(2004, 2024)])
    for drawing in read(draw(line, size="large")):
        assert {"2004", "2023"} <= set(texts(drawing))


def test_the_axis_starts_at_zero_where_values_come_near_it() -> None:
    assert value_ticks([2, 9], 5)[0] == 0
    assert value_ticks([94, 97], 5)[0] > 50


def test_a_spark_has_gaps_and_dots(read: Read, marks: Marks) -> None:
    (drawing,) = read(spark([3, 2, None, 4, None, 3, 3.5]))
    assert len(list(drawing.iter("polyline"))) == 2
    (dot,) = marks(drawing, "dot")
    assert (dot.get("d") or "").count("h0") == 1
    assert drawing.get("viewBox") == "0 0 200 34" and drawing.get("preserveAspectRatio") == "none"


def test_only_the_own_spark_is_in_the_accent(read: Read, marks: Marks) -> None:
    assert marks(read(spark([1, 2]))[0], "y")
    assert not marks(read(spark([1, 2], you=False))[0], "y")
