"""Pages as of a release: every page says so, and no link of them forgets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kontor.web.as_of import kept
from tests.cast import BERLIN
from tests.journeys.pages import LANGUAGES, PAGES

FIGURES = [page for page in PAGES if page != "sign in"]
BAR = {
    "en": "As of release r1 of",
    "de": "Stand: Veröffentlichung r1 vom",
    "zh-hans": "版本r1，并非最新版本",
}


def question(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


@pytest.fixture
def later(publish: Callable[..., object]) -> None:
    """r1 is no longer the newest."""
    publish(f"{BERLIN},road_deaths,2019,1,")


def test_every_page_says_it_and_every_link_keeps_it(read: Any, later: None) -> None:
    looked_at = 0
    for page in FIGURES:
        joint = "&" if "?" in PAGES[page] else "?"
        asked = PAGES[page] if "as_of=" in PAGES[page] else f"{PAGES[page]}{joint}as_of=r1"
        for language in LANGUAGES if page == "a city" else ["en"]:
            found = read(f"/{language}/{asked}")
            assert BAR[language] in found.text, page
            looked_at += check_links(found, page)
            for form in re.findall(r"<form\b[^>]*>.{0,80}", found.html):
                assert 'name="as_of"' in form or "data-as-of" in form, (page, form)
    assert looked_at > 2000


def check_links(found: Any, page: str) -> int:
    """The number of links that were looked at."""
    count = 0
    for link in found.all("a"):
        address, path = link.get("href", ""), urlsplit(link.get("href", "")).path
        if (
            link.get("data-as-of") == "newest"
            or path.endswith(".atom")
            or re.search(r"/account/|/workspace/", path)
        ):
            assert "as_of" not in address, (page, address)
        elif address.startswith("?") or re.match(r"/(en|de|zh-hans)/", path):
            assert question(address).get("as_of"), (page, address)
            count += 1
    return count


def test_the_way_back_leads_to_the_same_page_without_a_release(read: Any, later: None) -> None:
    page = read("/en/indicators/road_death_rate/?period=2019&as_of=r1&city=DE001C")
    (back,) = page.all("a", **{"data-as-of": "newest"})
    assert back["href"] == "/en/indicators/road_death_rate/?period=2019&city=DE001C"
    assert "data-as-of" not in read(back["href"]).html


WITH_FIGURES = (
    "",
    "cities/",
    "cities/berlin/",
    "indicators/",
    "indicators/road_death_rate/?period=2019",
    "compare/?city=berlin&indicator=road_death_rate",
    "series/starter:road_deaths/berlin/",
    "explore/?city=berlin",
    "releases/r1/",
)


def test_as_of_the_first_release_a_page_is_what_it_was(read: Any, publish: Callable[..., object]) -> None:
    """All that a reader sees between header and footer, but for the record and the choice of releases."""

    def seen(page: str, release: str = "r1") -> str:
        html = read(f"/en/{page}{'&' if '?' in page else '?'}as_of={release}").html
        main = html.split("<main")[1].split("</main>")[0].split('id="h-news"')[0]
        return re.sub(r'<select[^>]*name="as_of".*?</select>', "", main)

    before = {page: seen(page) for page in WITH_FIGURES}
    publish(f"{BERLIN},road_deaths,2019,1,", f"{BERLIN},population,2025,3700000,")
    for page in WITH_FIGURES:
        assert seen(page) == before[page], page
    now = seen("cities/berlin/", "r2").replace("as_of=r2", "as_of=r1").replace("release r2", "release r1")
    assert now != before["cities/berlin/"], "what was published did change the page"


def test_the_newest_release_is_said_to_be_it(read: Any) -> None:
    page = read("/en/cities/?as_of=r1")
    assert "which is the newest" in page.text


def test_an_invented_release_stands_beside_a_published_one(read: Any) -> None:
    page = read("/en/cities/lindhafen/?as_of=demo-1")
    assert "As of release demo-1" in page.text and "not the newest" in page.text


def test_an_unknown_release_is_not_found_in_the_readers_language(read: Any) -> None:
    for page in ("", "cities/", "method/", "compare/", "releases/", "explore/"):
        found = read(f"/de/{page}?as_of=r99", status=404)
        assert found.all("html")[0]["lang"] == "de" and "r99" in found.text


LINKS = [
    ('<a href="/en/cities/">', '<a href="/en/cities/?as_of=r1">'),
    (
        '<a class="x" href="/de/cities/?q=a&amp;b=c#d">',
        '<a class="x" href="/de/cities/?q=a&amp;b=c&amp;as_of=r1#d">',
    ),
    ('<a href="?page=2#cities">', '<a href="?page=2&amp;as_of=r1#cities">'),
    ('<a href="?#questions">', '<a href="?as_of=r1#questions">'),
    ('<a href="/en/cities/berlin.csv">', '<a href="/en/cities/berlin.csv?as_of=r1">'),
    ('<a href="/api/v1/data/x?format=csv">', '<a href="/api/v1/data/x?format=csv&amp;as_of=r1">'),
    (
        '<form action="/en/cities/">',
        '<form action="/en/cities/"><input type="hidden" name="as_of" value="r1">',
    ),
]
LEFT = [
    '<a href="#law">',
    '<a href="/en/cities/?as_of=r2">',
    '<a data-as-of="newest" href="/en/cities/">',
    '<a href="/en/feed.atom">',
    '<a href="/en/account/login/">',
    '<a href="/en/workspace/">',
    '<a href="/api/v1/docs">',
    '<a href="/api/v1/releases/r1/manifest.json">',
    '<a href="https://ec.europa.eu/eurostat/">',
    '<a id="x">',
    '<abbr title="a">',
    '<form action="/x/" method="post">',
    '<form action="" data-as-of="own">',
    '<link rel="canonical" href="/en/cities/">',
]


@pytest.mark.parametrize(("given", "expected"), [*LINKS, *((tag, tag) for tag in LEFT)])
def test_which_links_keep_the_release(given: str, expected: str) -> None:
    assert kept(given, "r1") == expected


def test_a_release_is_never_markup() -> None:
    assert "<script" not in kept('<a href="/en/"><form>', '"><script>')


def test_a_redirect_keeps_the_release(client: Any, db: None) -> None:
    answer = client.get("/en/cities/?q=Riga&go=1&as_of=r1")
    assert (answer.status_code, answer["Location"]) == (302, "/en/cities/riga/?as_of=r1")
