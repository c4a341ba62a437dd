import itertools
import math
import random
from collections.abc import Callable
from itertools import combinations
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hypothesis import given
from hypothesis import strategies as st

from kontor.charts.funnel import FunnelLimits, FunnelPoint, funnel, rate_domain
from kontor.charts.lettering import text_width
from kontor.charts.placement import Box
from kontor.charts.svg import Svg

Read = Callable[[str], list[Element]]
Marks = Callable[[Element, str], list[Element]]
Texts = Callable[[Element], list[str]]


def draw(
    points: list[FunnelPoint], bands: list[FunnelLimits] | None = None, target: float | None = 4.35
) -> Svg:
    return funnel(
        points=points, bands=bands or [], target=target, target_label="average", x_label="residents",
        y_label="deaths", id="f", title="t", desc="d", number="{:g}".format, x_number="{:,.0f}".format,
    )  # fmt: skip


def limits(rate: float = 4.35) -> list[FunnelLimits]:
    exposures = [10_000 * 1.2**step for step in range(40)]
    return [
        FunnelLimits(x, *(rate + z * math.sqrt(rate / x * 1e5) for z in (-1.96, 1.96, -3.09, 3.09)))
        for x in exposures
    ]


def cities(count: int) -> list[FunnelPoint]:
    chance = random.Random(7)
    return [
        FunnelPoint(x=math.exp(chance.gauss(12.4, 0.9)), y=max(0, chance.gauss(4.35, 1.8)), peer=i < 24)
        for i in range(count)
    ]


def test_nine_hundred_cities_stay_below_a_hundred_kilobytes(read: Read) -> None:
    markup = draw([*cities(900), FunnelPoint(x=312_400, y=3.1, label="Lindhafen", you=True)], limits())
    assert len(markup.encode()) < 100_000
    for drawing in read(markup):
        points = sum((path.get("d") or "").count("h0") for path in drawing.iter("path"))
        triangles = len(list(drawing.iter("polygon"))) - 2
        assert points + triangles == 900


def test_peers_are_drawn_apart_and_the_own_city_on_top(read: Read, marks: Marks) -> None:
    drawing = read(draw([*cities(60), FunnelPoint(x=312_400, y=3.1, label="Lindhafen", you=True)]))[0]
    (near,) = marks(drawing, "near")
    assert (near.get("d") or "").count("h0") == 24
    kinds = [element.get("class") or "" for element in drawing]
    assert kinds.index("you") > max(i for i, kind in enumerate(kinds) if kind.startswith("pt"))


def test_more_exposure_is_further_right_and_a_higher_rate_further_up(read: Read, marks: Marks) -> None:
    points = [FunnelPoint(x=x, y=y, label="a") for x, y in ((1e4, 1.0), (1e5, 2.0), (1e6, 3.0))]
    for drawing in read(draw(points)):
        spots = [(float(m.get("cx", "")), float(m.get("cy", ""))) for m in marks(drawing, "f1")]
        (x1, y1), (x2, y2), (x3, y3) = spots
        assert x1 < x2 < x3 and y1 > y2 > y3
        assert math.isclose(x2 - x1, x3 - x2, abs_tol=0.2), "tenfold exposure is the same distance everywhere"


def test_an_outlier_is_a_triangle_at_the_top(read: Read, marks: Marks) -> None:
    level = [FunnelPoint(x=1e5 + i, y=2 + i / 50) for i in range(200)]
    for drawing in read(draw([*level, FunnelPoint(x=60_000, y=90)])):
        (triangle,) = [m for m in marks(drawing, "f2") if m.tag == "polygon"]
        top = min(float(line.get("y1", "")) for line in marks(drawing, "g"))
        ys = [float(pair.split(",")[1]) for pair in triangle.get("points", "").split()]
        assert ys[0] < top < max(ys), "it points upwards from the upper edge"


def test_the_own_city_is_never_cut_off() -> None:
    points = [*cities(200), FunnelPoint(x=60_000, y=90, you=True)]
    assert rate_domain(points, [], None)[1] >= 90


def test_rates_far_above_zero_need_no_zero() -> None:
    points = [FunnelPoint(x=1e5, y=rate) for rate in (92.0, 95.0, 97.0)]
    assert rate_domain(points, [], 95)[0] > 80
    assert rate_domain([FunnelPoint(x=1e5, y=2.0)], [], 4)[0] == 0


def test_the_bands_stay_inside_the_plot_and_narrow_with_exposure(read: Read, marks: Marks) -> None:
    for drawing in read(draw(cities(100), limits())):
        (outer,), (inner,) = marks(drawing, "b3"), marks(drawing, "b2")
        lines = marks(drawing, "g")
        top, bottom = (pick(float(line.get("y1", "")) for line in lines) for pick in (min, max))
        for band in (outer, inner):
            pairs = [tuple(map(float, pair.split(","))) for pair in band.get("points", "").split()]
            assert all(top - 0.1 <= y <= bottom + 0.1 for _, y in pairs)
            assert abs(pairs[0][0] - pairs[-1][0]) < 0.2
            half = len(pairs) // 2
            assert pairs[-1][1] - pairs[0][1] > pairs[half][1] - pairs[half - 1][1]


def box_of(label: Element) -> Box:
    width, x, y = (
        text_width(label.text or "", 14, bold=True),
        float(label.get("x", "")),
        float(label.get("y", "")),
    )
    left = {"end": x - width, "middle": x - width / 2}.get(label.get("text-anchor", ""), x)
    return Box(left, y - 11, left + width, y + 3)


def test_labels_do_not_cover_each_other_but_the_own_one_always_stands(read: Read, marks: Marks) -> None:
    crowd = [FunnelPoint(x=1e5 * 1.02**i, y=3.0 + i / 50, label=f"city {i}") for i in range(20)]
    for drawing in read(draw([*crowd, FunnelPoint(x=1.2e5, y=3.1, label="Lindhafen", you=True)])):
        (own,) = marks(drawing, "you-t")
        boxes = [box_of(label) for label in [own, *marks(drawing, "lab")]]
        assert len(boxes) < 22
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_a_few_labels_far_apart_all_stand(read: Read, texts: Texts) -> None:
    points = [FunnelPoint(x=10.0**e, y=e - 3.0, label=f"city {e}") for e in (4, 5, 6)]
    for drawing in read(draw(points)):
        assert {"city 4", "city 5", "city 6"} <= set(texts(drawing))


def test_points_without_exposure_are_left_out(read: Read, marks: Marks) -> None:
    points = [
        FunnelPoint(x=0, y=1, label="zero"),
        FunnelPoint(x=-5, y=1, label="less"),
        FunnelPoint(x=9, y=1, label="a"),
    ]
    assert len(marks(read(draw(points))[0], "f1")) == 1


@given(st.lists(st.tuples(st.floats(1, 1e9), st.floats(0, 1e6)), max_size=12))
def test_exposure_labels_never_touch(pairs: list[tuple[float, float]]) -> None:
    root = ElementTree.fromstring(f"<page>{draw([FunnelPoint(x=x, y=y) for x, y in pairs])}</page>")
    for drawing in root:
        bottom = float(drawing.get("viewBox", "").split()[3]) - 28
        spots = sorted(
            (float(t.get("x", "")), len(t.text or ""))
            for t in drawing.iter("text")
            if t.get("y") == f"{bottom:g}"
        )
        for (x1, n1), (x2, n2) in itertools.pairwise(spots):
            assert x2 - x1 > (n1 + n2) / 2 * 5


def test_a_flagged_city_is_hollow_and_no_city_is_lost(read: Read, marks: Marks) -> None:
    points = [
        FunnelPoint(x=1e5, y=3.0),
        FunnelPoint(x=2e5, y=4.0, flagged=True),
        FunnelPoint(x=3e5, y=5.0, flagged=True, peer=True),
        FunnelPoint(x=4e5, y=4.5, flagged=True, label="Altstadt"),
        FunnelPoint(x=5e5, y=3.5, flagged=True, label="Lindhafen", you=True),
    ]
    for drawing in read(draw(points)):
        assert sorted(mark.get("class") or "" for mark in marks(drawing, "hollow")) == [
            "f1 hollow",
            "f1 hollow",
            "f2 hollow",
            "you hollow",
        ]
        assert sum((path.get("d") or "").count("h0") for path in drawing.iter("path")) == 1


def test_a_flagged_city_beyond_the_range_is_a_hollow_arrowhead(read: Read, marks: Marks) -> None:
    points = [*cities(100), FunnelPoint(x=3e5, y=500.0, flagged=True)]
    for drawing in read(draw(points)):
        assert [mark.tag for mark in marks(drawing, "hollow")] == ["polygon"]
