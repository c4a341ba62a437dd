import itertools
from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest

from kontor.charts.series import Line, is_flattened, runs, series, value_ticks
from kontor.charts.series_marks import Mark
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


def marked(*listed: Mark, points: list[tuple[int, float | None]], by_logarithm: bool = False) -> Svg:
    return series(
        lines=[Line(label="a", points=points, you=True)], marks=listed, by_logarithm=by_logarithm,
        id="s", title="t", desc="d", number="{:g}".format, size="large",
    )  # fmt: skip


def test_marks_stand_at_their_values(read: Read, marks: Marks, texts: Texts) -> None:
    points: list[tuple[int, float | None]] = [(2015, 2.0), (2016, 4.0), (2017, None)]
    listed = (Mark("error", 2016, 4.0), Mark("question", 2015, 2.0), Mark("earlier", 2016, 3.0),
              Mark("withdrawn", 2017), Mark("flag", 2015, 2.0, "be"))  # fmt: skip
    for drawing in read(marked(*listed, points=points)):
        asked, error = sorted(marks(drawing, "odd"), key=lambda ring: float(ring.get("cx", "")))
        assert float(asked.get("cy", "")) > float(error.get("cy", "")), "more is higher"
        assert "ask" in (asked.get("class") or "") and "ask" not in (error.get("class") or "")
        (earlier,) = marks(drawing, "past")
        assert float(error.get("cy", "")) < float(earlier.get("y1", "")) < float(asked.get("cy", ""))
        assert len(marks(drawing, "gone")) == 2 and "be" in texts(drawing)
        (letters,) = marks(drawing, "flag-t")
        assert float(letters.get("y", "")) < float(asked.get("cy", "")) - 8, "clear of the ring"


def test_a_withdrawn_figure_alone_is_drawn_on_an_empty_axis(read: Read, marks: Marks) -> None:
    assert read(marked(Mark("withdrawn", 2017), points=[(2017, None)]))


def test_on_a_logarithmic_axis_a_unit_switch_leaves_the_rest_readable(read: Read, texts: Texts) -> None:
    values = [218.0, 225.0, 206338.0, 230.0, 219.0]
    points: list[tuple[int, float | None]] = [(2015 + place, value) for place, value in enumerate(values)]
    assert is_flattened(values)
    drawing = read(marked(points=points, by_logarithm=True))[0]
    heights = [
        float(pair.split(",")[1])
        for path in drawing.iter("polyline")
        for pair in path.get("points", "").split()
    ]
    assert max(heights) - min(heights) > 200 and len(set(heights)) == 5
    assert {"200", "1000", "10000", "100000"} <= set(texts(drawing))


def test_a_logarithmic_axis_leaves_out_what_is_not_above_zero(read: Read, marks: Marks) -> None:
    points: list[tuple[int, float | None]] = [(2015, 0.0), (2016, 10.0), (2017, 1000.0), (2018, -1.0)]
    (drawing, _) = read(marked(Mark("error", 2015, 0.0), points=points, by_logarithm=True))
    assert not marks(drawing, "odd")
    assert sum(len(path.get("points", "").split()) for path in drawing.iter("polyline")) == 2


@pytest.mark.parametrize(
    ("values", "flat"),
    [
        ([218.0, 206338.0, 225.0], True),
        ([218.0, 0.2, 225.0], False),  # far below the others: seen on any axis
        ([1.0, 10.0, 19.0], False),
        ([0.0, 1.0, 1000.0], False),  # zero has no logarithm
        ([5.0, None, 5.0], False),
        ([], False),
    ],
)
def test_when_an_axis_is_better_logarithmic(values: list[float | None], flat: bool) -> None:
    assert is_flattened(values) == flat


def test_a_spark_has_gaps_and_dots(read: Read, marks: Marks) -> None:
    (drawing,) = read(spark([3, 2, None, 4, None, 3, 3.5]))
    assert len(list(drawing.iter("polyline"))) == 2
    (dot,) = marks(drawing, "dot")
    assert (dot.get("d") or "").count("h0") == 1
    assert drawing.get("viewBox") == "0 0 200 34" and drawing.get("preserveAspectRatio") == "none"


def test_only_the_own_spark_is_in_the_accent(read: Read, marks: Marks) -> None:
    assert marks(read(spark([1, 2]))[0], "y")
    assert not marks(read(spark([1, 2], you=False))[0], "y")


@pytest.mark.parametrize(("you", "kind"), [(True, "ln y hollow"), (False, "ln o hollow")])
def test_flagged_values_are_hollow_in_any_line(read: Read, you: bool, kind: str) -> None:
    line = Line(
        label="a", points=[(2015, 1.0), (2016, None), (2017, 3.0)], flagged=(2015, 2016, 2030), you=you
    )
    for drawing in read(draw(line, size="large")):
        plane = [c for c in drawing.iter("circle") if c.get("class") == kind]
        assert len(plane) == 1  # a period without a value has nothing to draw


def test_the_last_value_is_hollow_where_it_is_flagged(read: Read, marks: Marks) -> None:
    points = [(2015, 1.0), (2016, 2.0)]
    for flagged, kind in (((2015,), "you"), ((2016,), "you hollow")):
        drawing = read(draw(Line(label="a", points=points, flagged=flagged, you=True)))[0]
        assert [end.get("class") for end in marks(drawing, "you")] == [kind]


def test_a_spark_is_parted_at_a_break(read: Read) -> None:
    assert len(list(read(spark([1, 2, 3, 4]))[0].iter("polyline"))) == 1
    parted = read(spark([1, 2, 3, 4], breaks={2}))[0]
    first, second = (line.get("points") or "" for line in parted.iter("polyline"))
    assert len(first.split()) == len(second.split()) == 2
