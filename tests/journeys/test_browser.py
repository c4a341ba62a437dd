"""The pages in a browser: for everybody, on every width, by keyboard, without scripts, and nothing moves or complains."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chromium import ALL_RULES, CHROMIUM, NEEDS_CHROMIUM, axe_api
from tests.journeys.pages import LANGUAGES, PAGES, address

# What can differ between light and dark; everything else is the same markup.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Pages that show the same with other words are looked at once.
ALIKE = {
    "cities",
    "cities, none found",
    "a city as of a release",
    "a greater city",
    "a borough",
    "a release, one kind",
    "an invented release",
    "an indicator",
    "an indicator of proportions",
    "figures of a variable",
    "figures, none found",
    "an invented series",
}
KINDS = [page for page in PAGES if page not in ALIKE]
PLAIN = {"viewport": {"width": 1360, "height": 900}, "reduced_motion": "reduce"}
WIDTHS = (320, 390, 1360)

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def look(request: pytest.FixtureRequest) -> None:
    """For what depends on markup and style alone."""
    if request.config.getoption("--database") != "sqlite":
        pytest.skip("pages look alike on every database: looked at on SQLite")


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The loaded league, served over HTTP from a thread of its own; reading leaves nothing behind in it."""
    from django.test.testcases import LiveServerThread

    with django_db_blocker.unblock():
        thread = LiveServerThread("127.0.0.1", static_handler=lambda application: application)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        yield f"http://127.0.0.1:{thread.port}"
        thread.terminate()


class Window:
    """A page of the browser that keeps what the browser complains about."""

    def __init__(self, browser: Any, site: str, **options: Any) -> None:
        self.context = browser.new_context(base_url=site, locale="en-GB", **options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("request", lambda request: self._ours(request.url, site))

    def _ours(self, url: str, site: str) -> None:
        if not url.startswith((site, "data:")):
            self.complaints.append(f"elsewhere: {url}")


@pytest.fixture
def window(browser: Any, site: str) -> Iterator[Any]:
    opened: list[Window] = []

    def make(**options: Any) -> Any:
        opened.append(Window(browser, site, **{**PLAIN, **options}))
        return opened[-1].page

    yield make
    for one in opened:
        one.context.close()
        assert one.complaints == []


def findings(page: Any, rules: Any = ALL_RULES) -> list[str]:
    """What axe finds on the page as it stands."""
    results = axe_api.Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response
    assert results["passes"], "axe did look"
    return [
        f"{page.url}: {violation['id']} {node['target']}: {node['failureSummary'][:160]}"
        for violation in results["violations"]
        for node in violation["nodes"][:3]
    ]


@pytest.mark.parametrize("page", KINDS)
def test_for_everybody_and_on_every_width(look: None, window: Any, page: str) -> None:
    """In every language axe finds nothing in light and in dark, and nothing is wider than the window."""
    view = window()
    for language in LANGUAGES:
        view.emulate_media(color_scheme="light")
        view.goto(address(page, language))
        found = findings(view)
        view.emulate_media(color_scheme="dark")
        found += findings(view, COLOURS)
        assert found == []
        for width in WIDTHS:
            view.set_viewport_size({"width": width, "height": 800})
            wide = view.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{view.url} is {wide} wide in a window of {width}: {widest(view, width)}"


def widest(view: Any, width: int) -> Any:
    """The elements that stick out, to find them."""
    return view.evaluate(
        """width => [...document.querySelectorAll('main *, header *, footer *')]
             .filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll'))
             .slice(0, 3).map(e => e.outerHTML.slice(0, 120))""",
        width,
    )


@pytest.mark.parametrize("unknown", ["/en/nowhere/", "/de/cities/atlantis/"])
def test_a_page_that_is_not_there_is_for_everybody_too(browser: Any, site: str, unknown: str) -> None:
    one = Window(browser, site)
    assert one.page.goto(unknown).status == 404
    assert findings(one.page) == []
    one.context.close()


# ---- by keyboard


FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  return {tag: e.tagName, href: e.getAttribute('href'), text: e.textContent.trim(),
          outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
          shadow: s.boxShadow !== 'none',
          visible: r.width > 0 && r.height > 0 && r.bottom > 0 && r.right > 0 && r.top < innerHeight,
          at: [r.top, r.bottom, scrollY]}
}"""


def test_the_first_step_skips_to_the_content(window: Any) -> None:
    page = window()
    page.goto(address("a city"))
    page.keyboard.press("Tab")
    first = page.evaluate(FOCUS)
    assert (first["href"], first["visible"]) == ("#main", True)
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["a city", "an indicator", "compare", "sign in"])
def test_where_one_is_can_be_seen_at_every_step(look: None, window: Any, page: str, scheme: str) -> None:
    view = window(color_scheme=scheme)
    view.goto(address(page))
    seen = set()
    for _ in range(40):
        view.keyboard.press("Tab")
        here = view.evaluate(FOCUS)
        if here["tag"] == "BODY":
            break
        assert here["visible"] and (here["outline"] or here["shadow"]), here
        seen.add((here["tag"], here["href"], here["text"][:40]))
    assert len(seen) > 8


# ---- without scripts, and to the end


def test_from_a_name_to_the_numbers_without_scripts(window: Any) -> None:
    """Search a city, open an indicator, compare with others, take the numbers away."""
    page = window(java_script_enabled=False, accept_downloads=True)
    page.goto("/")
    assert page.url.endswith("/en/")
    page.get_by_role("searchbox").first.fill("riga")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.split("?")[0].endswith("/en/cities/riga/")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Riga")
    page.get_by_role("main").get_by_role("link", name="Road deaths").first.click()
    assert "/indicators/road_death_rate/" in page.url
    page.get_by_role("link", name="Compare", exact=True).click()
    for name in ("Riga", "Berlin"):
        page.get_by_label("Add a city").select_option(label=name)
        compare(page)
    assert page.locator("main figure").count() > 1, "without a choice a selection is shown"
    for other in page.locator("input[name=indicator]:checked:not([value=road_death_rate])").all()[::-1]:
        other.uncheck()
    compare(page)
    assert page.url.count("city=") >= 2 and "indicator=road_death_rate" in page.url
    assert page.locator("main figure").count() == 1
    answer = page.request.get(page.get_by_role("link", name="CSV").first.get_attribute("href"))
    assert answer.ok and answer.text().startswith("area,area_name,country,indicator")
    rows = answer.text().splitlines()[1:]
    assert {row.split(",")[0] for row in rows} == {"LV001C", "DE001C"}
    assert {row.split(",")[3] for row in rows} == {"road_death_rate"}


def test_from_a_city_to_the_row_of_a_doubtful_figure_without_scripts(window: Any) -> None:
    """Choose a city, see what is asked about it, open the figure, read its row, go back in time and return."""
    page = window(java_script_enabled=False)
    page.goto("/en/")
    page.get_by_role("link", name="Figures", exact=True).click()
    page.get_by_label("City: name or code").fill("riga")
    page.get_by_role("button", name="Show").click()
    page.locator("#questions").get_by_role("link", name="Other unit").click()
    page.locator("#questions li", has_text="206").get_by_role("link", name="Riga").click()
    assert "/riga/2020/" in page.url
    assert "LV001C,municipal_waste_kt,2020,206338.61," in page.locator("main").inner_text()
    page.get_by_label("Breadcrumb").get_by_role("link", name="Municipal waste").click()
    row = page.get_by_role("row", name="2020", exact=False)
    assert not row.locator("pre").is_visible()
    row.locator("summary").click()
    assert row.locator("pre").is_visible()
    page.get_by_label("as of").select_option("r1")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_label("As of a release").is_visible() and "as_of=r1" in page.url
    page.get_by_role("link", name="Cities", exact=True).click()
    assert page.url.endswith("/en/cities/?as_of=r1")
    page.get_by_role("link", name="Show the newest").click()
    assert page.url.endswith("/en/cities/")


@pytest.mark.parametrize("page", ["a series", "a city", "figures"])
def test_no_number_is_out_of_sight_on_a_phone(look: None, window: Any, page: str) -> None:
    """The tables of figures fold: every cell lies within the window, none behind a scroll without a hint."""
    view = window(viewport={"width": 390, "height": 800})
    view.goto(address(page))
    outside = view.evaluate(
        """[...document.querySelectorAll('.fold :is(td, th)')]
             .filter(e => e.offsetParent && e.getBoundingClientRect().right > 390).length"""
    )
    assert outside == 0


def compare(page: Any) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Compare").click()


def test_the_language_changes_and_the_page_stays(window: Any) -> None:
    page = window()
    page.goto(address("an indicator for a city"))
    page.get_by_role("link", name="Deutsch").click()
    assert page.url.endswith(address("an indicator for a city", "de").removeprefix("/"))
    assert page.get_by_role("heading", level=1).inner_text() == "Verkehrstote"


# ---- nothing moves, everything prints


SHIFTS = """new Promise(done => {
  const moved = [];
  new PerformanceObserver(list => {
    for (const e of list.getEntries())
      for (const s of e.sources)
        moved.push([e.value, s.node && s.node.nodeName, s.node && s.node.textContent.trim().slice(0, 40)]);
  }).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(moved), 400);
})"""


@pytest.mark.parametrize("page", ["a city", "start", "an indicator"])
@pytest.mark.parametrize("width", [390, 1360])
def test_nothing_moves_while_a_page_loads(look: None, window: Any, page: str, width: int) -> None:
    view = window(viewport={"width": width, "height": 800})
    view.goto(address(page), wait_until="networkidle")
    assert view.evaluate(SHIFTS) == []


@pytest.mark.parametrize("page", ["a city", "an indicator", "a release"])
def test_a_page_prints_black_on_white_without_its_buttons(look: None, window: Any, page: str) -> None:
    view = window(color_scheme="dark", viewport={"width": 720, "height": 1000})
    view.goto(address(page))
    view.emulate_media(media="print", color_scheme="dark")
    background, ink = view.evaluate("(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))")
    assert brightness(background) > 230 and brightness(ink) < 90
    assert not view.locator("nav.nav").is_visible()
    assert view.get_by_role("heading", level=1).is_visible()
    assert len(view.pdf(format="A4")) > 20_000


def brightness(colour: str) -> float:
    """0 is black, 255 white; nothing at all (transparent) is the paper."""
    numbers = [float(part) for part in colour[colour.index("(") + 1 : -1].replace("/", ",").split(",")]
    return 255.0 if len(numbers) == 4 and numbers[3] == 0 else sum(numbers[:3]) / 3


def test_the_browser_is_the_one_that_is_named() -> None:
    assert shutil.which("chromium") == str(CHROMIUM)
