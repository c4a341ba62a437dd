"""The report in a browser: for everybody, on every width, in light and dark, on paper, in each language."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from kontor.protection import operations
from kontor.protection.operations import Places, protect
from kontor.protection.report import LANGUAGES, render
from tests.chromium import ALL_RULES, NEEDS_CHROMIUM, axe_api
from tests.protection.offices import hide_all, recipe, records
from tests.protection.reports import RULES, contents, table

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report and the page for the office, made once."""
    folder = tmp_path_factory.mktemp("office")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "suppress", hide_all)
        places = Places(folder / "SAFE.csv", folder / "REPORT.html", local=folder / "local")
        protect(input=records(folder), recipe=recipe(folder), places=places)
    rounded = recipe(folder, more='[alternative]\nmethod = "round"\nbase = 4\n', name="rounded.toml")
    places = Places(folder / "ROUNDED.csv", folder / "ROUNDED.html", local=folder / "rounded")
    protect(input=folder / "accidents.csv", recipe=rounded, places=places)
    (folder / "BROAD.html").write_bytes(render(contents(BROAD, RULES)))
    return folder


PAGES = ["REPORT.html", "local/LOCAL.html", "ROUNDED.html", "rounded/LOCAL.html", "BROAD.html"]
MONTHS = (*map(str, range(1, 13)), "_T")
BROAD = table(
    {
        (place, month): "" if place == "b" and month in ("1", "2") else "171832021"
        for place in ("a", "b", "c", *(f"c{number}" for number in range(12)), "west", "east", "_T")
        for month in MONTHS
    }
)


def opened(browser: Any, file: Path, **options: Any) -> Any:
    context = browser.new_context(reduced_motion="reduce", **options)
    page = context.new_page()
    page.on("request", lambda request: None if request.url == file.as_uri() else pytest.fail(request.url))
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, office: Path, name: str, scheme: str) -> None:
    page = opened(browser, office / name, color_scheme=scheme, viewport={"width": 1200, "height": 900})
    for summary in page.locator("article.en summary").all():
        summary.click()
    options = {"runOnly": ALL_RULES, "resultTypes": ["violations"]}
    found = axe_api.Axe().run(page, options=options).response["violations"]
    page.context.close()
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_window(browser: Any, office: Path, name: str) -> None:
    page = opened(browser, office / name)
    wide = {}
    for width, language in product((320, 360, 768), LANGUAGES):
        page.set_viewport_size({"width": width, "height": 800})
        page.check(f"#l-{language}")
        wide[width, language] = page.evaluate("document.documentElement.scrollWidth") - width
    page.context.close()
    assert {over for over in wide.values() if over > 0} == set(), wide


READABLE = """[...document.querySelectorAll('article.en .broad tbody tr:first-child > *')].map(cell =>
    cell.getBoundingClientRect()).map(box => [box.left, box.right])"""


def test_figures_of_a_broad_table_can_be_read_on_a_phone(browser: Any, office: Path) -> None:
    """Whole ones, beside the codes and with nothing above them."""
    page = opened(browser, office / "BROAD.html", viewport={"width": 390, "height": 800})
    codes, *figures = page.evaluate(READABLE)
    page.context.close()
    assert sum(left >= codes[1] - 1 and right <= 390 for left, right in figures) >= 2


@pytest.mark.parametrize(("width", "told"), [(390, True), (1280, False)])
def test_what_lies_to_the_right_is_told_or_seen(browser: Any, office: Path, width: int, told: bool) -> None:
    page = opened(browser, office / "BROAD.html", viewport={"width": width, "height": 800})
    box = page.locator("article.en .broad .scroll")
    hint = box.locator(".more").evaluate("hint => hint.getBoundingClientRect().height > 10")
    goes_on = box.evaluate("box => box.scrollWidth > box.clientWidth")
    page.context.close()
    assert (hint, goes_on) == (told, told)


@pytest.mark.parametrize("width", [600, 718, 1020])
def test_paper_cuts_nothing_off(browser: Any, office: Path, width: int) -> None:
    page = opened(browser, office / "BROAD.html", viewport={"width": width, "height": 1050})
    page.emulate_media(media="print")
    table, room = page.evaluate(
        "(box => [box.querySelector('table').offsetWidth, box.clientWidth])"
        "(document.querySelector('article.en .broad .scroll'))"
    )
    page.context.close()
    assert table <= room


@pytest.mark.parametrize(("name", "across"), [("BROAD.html", True), ("REPORT.html", False)])
def test_paper_is_turned_for_a_broad_table(browser: Any, office: Path, name: str, across: bool) -> None:
    page = opened(browser, office / name)
    sheets = re.findall(rb"/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]", page.pdf(format="A4"))
    page.context.close()
    assert sheets and {float(width) > float(height) for width, height in sheets} == {across}


WHOLE = """[...document.querySelectorAll('article.en .pics .scroll')].filter(box => box.checkVisibility()).map(box =>
    [box.querySelector('table').offsetWidth, box.clientWidth, box.closest('.pics').clientWidth])"""


@pytest.mark.parametrize("width", [700, 1100, 1440])
def test_a_table_that_fits_the_page_is_seen_whole(browser: Any, office: Path, width: int) -> None:
    """Beside another one there is less room: then it stands below, and no total covers a number."""
    page = opened(browser, office / "REPORT.html", viewport={"width": width, "height": 800})
    found = page.evaluate(WHOLE)
    page.context.close()
    assert found and all(table <= room for table, room, most in found if table <= most)


@pytest.mark.parametrize(("scrolled", "opacity"), [(0, "1"), (5000, "0")])
def test_what_lies_below_the_totals_fades_out(
    browser: Any, office: Path, scrolled: int, opacity: str
) -> None:
    page = opened(browser, office / "BROAD.html", viewport={"width": 800, "height": 800})
    box = page.locator("article.en .scroll:has(.ends)").first
    box.evaluate("(box, left) => { box.scrollLeft = left }", scrolled)
    page.wait_for_timeout(50)
    style = "getComputedStyle(box.querySelector('.ends tr > :last-child'), '::after')"
    found = box.evaluate(f"box => [box.scrollWidth > box.clientWidth, {style}.opacity]")
    page.context.close()
    assert found == [True, opacity]


def test_one_language_is_shown_at_a_time_and_chosen_by_keyboard(browser: Any, office: Path) -> None:
    page = opened(browser, office / "REPORT.html")
    page.focus("#l-en")
    for language in LANGUAGES:
        assert [one for one in LANGUAGES if page.locator(f"article.{one}").is_visible()] == [language]
        page.keyboard.press("ArrowRight")
    page.context.close()


def test_on_paper_the_whole_table_is_seen(browser: Any, office: Path) -> None:
    page = opened(browser, office / "REPORT.html")
    page.emulate_media(media="print")
    assert not page.locator("fieldset.lang").is_visible()
    assert page.locator("article.en .mx").first.is_visible()
    assert (
        page.locator("article.en .scroll").first.evaluate("box => getComputedStyle(box).overflowX")
        == "visible"
    )
    page.context.close()
