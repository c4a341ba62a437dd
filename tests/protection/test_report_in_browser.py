"""The report in a browser: for everybody, on every width, in light and dark, on paper, in each language."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from kontor.protection import operations
from kontor.protection.operations import Places, protect
from kontor.protection.report import LANGUAGES
from tests.chromium import ALL_RULES, NEEDS_CHROMIUM, axe_api
from tests.protection.offices import hide_all, recipe, records

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
    return folder


PAGES = ["REPORT.html", "local/LOCAL.html", "ROUNDED.html", "rounded/LOCAL.html"]


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


def test_totals_are_in_sight_on_a_phone(browser: Any, office: Path) -> None:
    """However far the codes between them are scrolled."""
    page = opened(browser, office / "REPORT.html", viewport={"width": 390, "height": 800})
    places = page.evaluate(
        "[...document.querySelectorAll('article.en figure:first-child .mx.ends tr > :last-child')]"
        ".map(cell => cell.getBoundingClientRect().right)"
    )
    page.context.close()
    assert len(places) > 3 and max(places) <= 390


WHOLE = """[...document.querySelectorAll('article.en .pics .scroll')].filter(box => box.checkVisibility()).map(box =>
    [box.firstChild.offsetWidth, box.clientWidth, box.closest('.pics').clientWidth])"""


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
    page = opened(browser, office / "REPORT.html", viewport={"width": 260, "height": 800})
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
