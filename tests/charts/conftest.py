"""What every drawing must keep, checked on each drawing a test makes."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

Element = ElementTree.Element
Read = Callable[[str], list[Element]]

NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
PLACED = ("x", "x1", "x2", "cx"), ("y", "y1", "y2", "cy")


def read_drawings(markup: str) -> list[Element]:
    """The svg elements of the markup, checked: well-formed, no style or script, ids unique, all inside."""
    root = ElementTree.fromstring(f"<page>{markup}</page>")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"an id is used twice: {ids}"
    for element in root.iter():
        assert element.tag not in ("script", "style", "foreignObject")
        for name, value in element.attrib.items():
            assert name != "style" and not name.startswith("on")
            if name not in ("class", "id", "aria-labelledby"):
                assert not re.search(r"nan|inf", value, re.IGNORECASE)
    drawings = list(root)
    for drawing in drawings:
        assert drawing.tag == "svg"
        check_name(drawing)
        check_inside(drawing)
    return drawings


def check_name(drawing: Element) -> None:
    if drawing.get("aria-hidden") == "true":
        assert drawing.get("role") is None
        return
    assert drawing.get("role") == "img"
    inside = {element.get("id") for element in drawing}
    assert set(drawing.get("aria-labelledby", "").split()) <= inside
    assert drawing.find("title") is not None


def check_inside(drawing: Element, room: float = 9) -> None:
    """Positions lie in the view box, give or take the radius of a mark."""
    _, _, width, height = map(float, drawing.get("viewBox", "").split())
    for element in drawing.iter():
        for names, most in zip(PLACED, (width, height), strict=True):
            for name in names:
                if name in element.attrib:
                    assert -room <= float(element.attrib[name]) <= most + room, ElementTree.tostring(element)
        numbers = [float(number) for number in NUMBERS.findall(element.get("points", ""))]
        assert all(-room <= x <= width + room for x in numbers[::2])
        assert all(-room <= y <= height + room for y in numbers[1::2])


@pytest.fixture(name="read", scope="session")
def read_fixture() -> Read:
    return read_drawings


@pytest.fixture(scope="session")
def texts() -> Callable[[Element], list[str]]:
    return lambda drawing: [element.text or "" for element in drawing.iter("text")]


@pytest.fixture(scope="session")
def marks() -> Callable[[Element, str], list[Element]]:
    """Elements of a drawing that carry a class."""
    return lambda drawing, kind: [e for e in drawing.iter() if kind in (e.get("class") or "").split()]
