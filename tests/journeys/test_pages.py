"""Every public page in every language: complete, in one language, quick, and with a way on where something is unknown."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.journeys.pages import LANGUAGES, PAGES, address

ALL = [(page, language) for page in PAGES for language in LANGUAGES]


@pytest.mark.parametrize(("page", "language"), ALL)
def test_every_page_in_every_language(read: Any, page: str, language: str) -> None:
    found = read(address(page, language))
    assert found.html.startswith("<!doctype html>")
    assert found.all("html")[0]["lang"] == LANGUAGES[language]
    assert len(found.all("h1")) == 1 and len(found.all("main")) == 1
    titles = re.findall(r"<title>(.*?)</title>", found.html.split("</head>")[0], re.DOTALL)
    assert len(titles) == 1 and titles[0].count("·") >= 2 and not titles[0].startswith(" ·")
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert sorted(ids) == sorted(set(ids)), "an id is there twice"
    check_references(found, set(ids))
    check_words(found, language)


def check_references(found: Any, ids: set[str]) -> None:
    """What is named by id is there; every picture has its words, every field its label."""
    for tag, attributes in found.elements:
        for name in ("aria-labelledby", "aria-describedby", "for", "aria-controls"):
            assert set(attributes.get(name, "").split()) <= ids, f"{tag} {name}={attributes.get(name)}"
        if attributes.get("href", "").startswith("#") and tag == "a":
            assert attributes["href"][1:] in ids, attributes["href"]
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
        if tag == "img":
            assert "alt" in attributes
    assert found.all("script") == []


def check_words(found: Any, language: str) -> None:
    for leftover in (
        "{{",
        "}}",
        "{%",
        "%}",
        "%(",
        ")s ",
        "None",
        "&amp;amp;",
        "<bound",
        "SafeString",
        " nan",
        "Traceback",
    ):
        assert leftover not in found.text, leftover
    if language != "en":
        rest = re.sub(r"Source: [^·;]*|Greater London Authority|Office of [A-Z]\w+", "", found.text)
        assert not re.search(r"\b(the|which|with|and its|are|is not)\b", rest), re.findall(
            r".{60}\b(?:the|which|with|and its|are|is not)\b.{30}", rest
        )
    if language == "zh-hans":
        assert len(re.findall(r"[\u4e00-\u9fff]", found.text)) > 60


@pytest.mark.parametrize("page", PAGES)
def test_the_same_page_in_the_other_languages_is_one_step_away(read: Any, page: str) -> None:
    found = read(address(page, "en"))
    switch = {link["hreflang"]: link["href"] for link in found.all("a") if "hreflang" in link}
    assert set(switch) == set(LANGUAGES.values())
    for language, tag in LANGUAGES.items():
        assert switch[tag] == address(page, language)
    current = [link for link in found.all("a") if link.get("aria-current") == "true" and "hreflang" in link]
    assert [link["hreflang"] for link in current] == ["en"]
    alternates = {link["hreflang"] for link in found.all("link", rel="alternate") if "hreflang" in link}
    assert alternates == set(LANGUAGES.values())


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("de-AT,de;q=0.9", "de"), ("zh-CN", "zh-hans"), ("fr", "en"), ("", "en"), ("en-GB", "en")],
)
def test_the_door_opens_in_the_readers_language(client: Any, db: None, wanted: str, given: str) -> None:
    response = client.get("/", headers={"Accept-Language": wanted})
    assert (response.status_code, response["Location"]) == (302, f"/{given}/")


def test_every_link_of_every_page_leads_somewhere(client: Any, read: Any) -> None:
    seen: dict[str, str] = {}
    for page in PAGES:
        for link in read(address(page, "de")).links():
            seen.setdefault(link.split("#")[0], page)
    assert len(seen) > 300
    listed = [link for link in seen if link.startswith("/")]
    # Of very many alike (a link per city, a filter per country) a few stand for all.
    some = {re.sub(r"/cities/[a-z0-9-]+|country=\w+|/en/|/zh-hans/", "~", link): link for link in listed}
    for link in some.values():
        response = client.get(link)
        assert response.status_code in (200, 302), f"{link} on {seen[link]}: {response.status_code}"
    for link in seen:
        assert link == "" or link.startswith(("/", "?", "https://", "mailto:")), link


UNKNOWN = [
    "cities/atlantis/",
    "cities/atlantis/feed.atom",
    "cities/atlantis.csv",
    "cities/berlin/?as_of=r99",
    "cities/berlin/?as_of=first",
    "indicators/road_births/",
    "indicators/road_births/v/1/",
    "indicators/road_births/feed.atom",
    "indicators/road_births.csv",
    "indicators/road_death_rate/v/9/",
    "indicators/road_death_rate/?period=1899",
    "indicators/road_death_rate/?city=XX001C",
    "indicators/road_death_rate.csv?area=XX001C",
    "indicators/road_death_rate.csv?period=1899",
    "compare/?city=atlantis",
    "compare/?city=berlin&indicator=road_births",
    "series/starter:road_deaths/atlantis/",
    "series/starter:road_births/berlin/",
    "series/league:road_deaths/berlin/",
    "series/starter:road_deaths/berlin/?as_of=r99",
    "series/starter:road_deaths/berlin/1899/",
    "series/starter:road_deaths/berlin/1899.csv",
    "series/starter:road_deaths/atlantis.csv",
    "?as_of=r99",
    "method/?as_of=r99",
    "releases/r99/",
    "releases/r99/changes.csv",
    "resolutions/none/",
    "nowhere/",
    "cities/berlin/nowhere/",
    "account/signup/",
    "account/password/reset/",
    "account/email/",
]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("unknown", UNKNOWN)
def test_what_is_unknown_is_a_page_with_a_way_on(read: Any, settings: Any, unknown: str, debug: bool) -> None:
    settings.DEBUG = debug
    found = read(f"/de/{unknown}", status=404)
    assert found.all("html")[0]["lang"] == "de" and len(found.all("h1")) == 1
    assert {"/de/", "/de/cities/", "/de/indicators/"} <= set(found.links())
    for trace in ("Traceback", "DJANGO", "urlpatterns", "kontor.", "DEBUG", "Exception"):
        assert trace not in found.html


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("unknown", ["/fr/", "/fr/cities/", "/nowhere", "/healthz/x", "/en/cities/%00/"])
def test_an_address_outside_is_a_page_too(
    client: Any, db: None, settings: Any, unknown: str, debug: bool
) -> None:
    settings.DEBUG = debug
    response = client.get(unknown, follow=True)
    assert response.status_code == 404
    content = response.content.decode()
    assert 'href="/en/cities/"' in content
    assert "Traceback" not in content and "urlpatterns" not in content and "URLconf" not in content


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "short", ["/en", "/de/cities", "/zh-hans/cities/berlin", "/en/releases/r1?kind=added"]
)
def test_a_missing_last_slash_is_put_there(
    client: Any, db: None, settings: Any, short: str, debug: bool
) -> None:
    settings.DEBUG = debug
    response = client.get(short)
    path, _, question = short.partition("?")
    assert (response.status_code, response["Location"]) == (
        301,
        f"{path}/{'?' if question else ''}{question}",
    )


ODD = [
    ("cities/?q=" + "x" * 5000, 200),
    ("cities/?q=%00", 200),
    ("cities/?q=%F0%9F%8F%99", 200),
    ("cities/?country=%00", 400),
    ("cities/?status=x", 400),
    ("cities/?unit=%27", 400),
    ("cities/?country=DE&country=FR", 200),
    ("indicators/road_death_rate/?page=0", 200),
    ("indicators/road_death_rate/?page=-1&sort=-value&show=large", 200),
    ("indicators/road_death_rate/?sort=x", 400),
    ("indicators/road_death_rate/?show=y", 400),
    ("indicators/road_death_rate/?show=peers", 400),
    ("indicators/road_death_rate/?page=abc&show=%00", 400),
    ("indicators/road_death_rate/?page=99999999999999999999", 200),
    ("indicators/road_death_rate/?period=%00", 404),
    ("indicators/road_death_rate/v/99999999999999999999999/", 404),
    ("cities/berlin/?as_of=%00", 404),
    ("compare/?city=berlin&from=%C2%B2%C2%B2%C2%B2%C2%B2", 400),
    ("compare/?city=berlin&from=abcd", 400),
    ("compare/?city=berlin&from=2019&to=1900", 200),
    ("compare/?city=%00", 404),
    ("compare/?" + "&".join(f"city=DE00{n}C" for n in range(1, 9)), 400),
    ("compare/?city=berlin&" + "&".join(f"indicator=x{n}" for n in range(30)), 400),
    ("releases/r1/?page=x", 200),
    ("releases/r1/?kind=x", 400),
    ("releases/r1/?page=99999999999999999999&kind=added", 200),
    ("releases/r1/?kind=%00", 400),
    ("explore/?city=%00", 200),
    ("explore/?city=" + "x" * 5000, 200),
    ("explore/?variable=starter:road_births", 400),
    ("explore/?kind=x", 400),
    ("explore/?page=x&asked=-3", 200),
    ("series/starter:road_deaths/berlin/?from=x", 400),
    ("series/starter:road_deaths/berlin/?from=2019&to=1900", 200),
    ("series/starter:road_deaths/berlin/?from=2098", 200),
    ("series/starter:road_deaths/berlin.xls", 400),
    ("series/%00/berlin/", 404),
    ("cities/berlin.xls", 400),
    ("cities/berlin.csv/", 404),
]


@pytest.mark.parametrize(("odd", "status"), ODD)
def test_odd_questions_are_answered(client: Any, db: None, odd: str, status: int) -> None:
    response = client.get(f"/en/{odd}")
    assert response.status_code == status, response.content[:300]


def test_something_broken_is_a_page_in_the_readers_language(client: Any, monkeypatch: Any) -> None:
    """The page needs no database: that may be what is broken."""
    from kontor.league import queries

    def fail(*_: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr(queries, "city_by_slug", fail)
    client.raise_request_exception = False
    response = client.get("/de/cities/berlin/")
    assert response.status_code == 500
    content = response.content.decode()
    assert 'lang="de"' in content and 'href="/"' in content and "secret details" not in content


# ---- what every answer carries


def test_every_page_is_guarded_by_its_headers(client: Any, db: None) -> None:
    for page in PAGES:
        response = client.get(address(page))
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy and "http" not in policy
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert (
            "Strict-Transport-Security" not in response
        )  # switched off for tests alone: see the deploy check


def test_reading_leaves_no_cookie(client: Any, db: None) -> None:
    for page in PAGES:
        if page != "sign in":
            assert not client.get(address(page)).cookies, page


def test_health_tells_no_secrets(client: Any, db: None) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert set(response.json()) == {"status", "events", "release"}
    assert response.json()["release"] == "r1"


# ---- quick


def test_the_city_page_is_small(client: Any, db: None) -> None:
    for city in ("berlin", "lindhafen", "riga"):
        response = client.get(f"/en/cities/{city}/", headers={"Accept-Encoding": "gzip"})
        assert response["Content-Encoding"] == "gzip"
        assert len(response.content) < 100_000


@pytest.mark.parametrize(
    ("page", "most"),
    [("a city", 15), ("an indicator", 20), ("start", 25), ("compare", 40), ("cities", 10), ("a release", 15)],
)
def test_a_page_asks_the_database_seldom(
    client: Any, db: None, django_assert_max_num_queries: Any, page: str, most: int
) -> None:
    """Once warm; figures come from the index of releases."""
    client.get(address(page))
    with django_assert_max_num_queries(most):
        client.get(address(page))
