"""The data beside each page, and the feeds: well-formed, marked, and the same in every shape."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from kontor.comparison.queries import export
from kontor.events import queries as events
from tests.cast import BERLIN, LINDHAFEN, admit, new_city

FILES = [
    "cities/berlin",
    "cities/lindhafen",
    "indicators/road_death_rate",
    "indicators/municipal_waste_per_resident",
    "releases/demo-2/changes",
]
ATOM = "{http://www.w3.org/2005/Atom}"


def both(client: Any, address: str, question: str = "") -> tuple[list[dict[str, str]], dict[str, Any]]:
    """The rows of the CSV and the document of the JSON."""
    table, document = client.get(f"/en/{address}.csv{question}"), client.get(f"/en/{address}.json{question}")
    assert table.status_code == document.status_code == 200
    assert table["Content-Type"] == "text/csv; charset=utf-8"
    assert document["Content-Type"] == "application/json"
    for response in (table, document):
        assert response["Access-Control-Allow-Origin"] == "*"
    return list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))), json.loads(document.content)


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)


@pytest.mark.parametrize("address", FILES)
def test_csv_and_json_hold_the_same_rows(client: Any, db: None, address: str) -> None:
    table, document = both(client, address)
    assert len(table) == len(document["rows"]) > 5
    assert list(table[0]) == list(document["rows"][0])
    for line, row in zip(table, document["rows"], strict=True):
        for name, value in row.items():
            if isinstance(value, float | int) and not isinstance(value, bool):
                assert float(line[name]) == value
            elif isinstance(value, list):
                assert [part for part in line[name].replace(";", " ").replace(",", " ").split() if part] == [
                    part for item in value for part in str(item).replace(";", " ").replace(",", " ").split()
                ]
            else:
                assert line[name] == as_text(value)


@pytest.mark.parametrize("address", ["cities/berlin", "indicators/road_death_rate"])
def test_every_row_carries_what_it_needs_elsewhere(client: Any, db: None, address: str) -> None:
    table, document = both(client, address)
    assert list(table[0]) == list(export.COLUMNS)
    for line in table:
        assert line["definition"] and line["source"] and line["licence"] and line["as_of"] == "r1"
        assert line["releases"] and line["comparability"] in ("full", "limited", "none")
    assert document["attributions"] and document["as_of"] == "r1"


def test_invented_rows_are_marked_and_so_is_their_document(client: Any, db: None) -> None:
    table, document = both(client, "cities/lindhafen")
    assert document["demonstration"] is True and {line["demonstration"] for line in table} == {"true"}
    table, document = both(client, "cities/berlin")
    assert "demonstration" not in document and {line["demonstration"] for line in table} == {"false"}
    table, _ = both(client, "indicators/road_death_rate", "?period=2019")
    assert {line["area"][:2] == "ZZ": line["demonstration"] for line in table} == {
        True: "true",
        False: "false",
    }


def test_a_question_narrows_the_rows(client: Any, db: None) -> None:
    question = f"?period=2018,2019&area={BERLIN},{LINDHAFEN}"
    table, _ = both(client, "indicators/road_death_rate", question)
    assert {(line["area"], line["period"]) for line in table} == {
        (area, period) for area in (BERLIN, LINDHAFEN) for period in ("2018", "2019")
    }


def test_the_page_and_the_file_say_the_same(read: Any, client: Any) -> None:
    """What a person reads in the table of the page stands in the file beside it."""
    found = read("/en/indicators/road_death_rate/?period=2019")
    table, _ = both(client, "indicators/road_death_rate", "?period=2019")
    berlin = next(line for line in table if line["area"] == BERLIN)
    assert f"{float(berlin['value']):.1f}" in found.text
    assert any("road_death_rate.csv" in link for link in found.links())


@pytest.mark.parametrize("language", ["en", "de", "zh-hans"])
def test_names_are_in_the_language_of_the_address(client: Any, db: None, language: str) -> None:
    response = client.get(f"/{language}/cities/berlin.csv")
    line = next(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert line["area_name"] == {"en": "Berlin", "de": "Berlin", "zh-hans": "柏林"}[language]


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@SUM(A1)", "\tx"])
def test_a_name_is_never_a_formula_of_a_spreadsheet(client: Any, publish: Any, name: str) -> None:
    """Who opens the file in a spreadsheet must not run what somebody called a city."""
    admit(new_city("X1", name))
    publish("X1,road_deaths,2019,4,", "X1,population,2019,100000,")
    text = client.get("/en/indicators/road_death_rate.csv?period=2019&area=X1").content.decode("utf-8-sig")
    line = next(csv.DictReader(io.StringIO(text)))
    assert line["area_name"][0] not in "=+-@\t", line["area_name"]


# ---- feeds


FEEDS = [
    "feed.atom",
    "cities/berlin/feed.atom",
    "cities/lindhafen/feed.atom",
    "indicators/road_death_rate/feed.atom",
]


@pytest.mark.parametrize("language", ["en", "de", "zh-hans"])
@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_is_valid_atom(client: Any, db: None, address: str, language: str) -> None:
    """RFC 4287: what a feed and its entries must have."""
    response = client.get(f"/{language}/{address}")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    for name in ("id", "title", "updated", "author"):
        assert len(feed.findall(f"{ATOM}{name}")) == 1, name
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"http://testserver/{language}/{address}"
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    for entry in entries:
        for name in ("id", "title", "updated", "published", "link", "summary"):
            assert len(entry.findall(f"{ATOM}{name}")) == 1, name
        instant = datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "")
        assert instant.tzinfo is not None
        assert entry.find(f"{ATOM}link").get("href", "").startswith(f"http://testserver/{language}/")  # type: ignore[union-attr]
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))


def test_an_entry_keeps_its_id_in_every_feed(client: Any, db: None) -> None:
    def ids(address: str) -> dict[str, str]:
        feed = ElementTree.fromstring(client.get(address).content)
        return {
            e.findtext(f"{ATOM}id", ""): e.findtext(f"{ATOM}title", "") for e in feed.findall(f"{ATOM}entry")
        }

    everything = ids("/en/feed.atom")
    assert set(ids("/de/feed.atom")) == set(everything)
    assert set(ids("/en/cities/berlin/feed.atom").items()) < set(everything.items())


def test_a_citys_feed_tells_of_the_city_alone(client: Any, publish: Any) -> None:
    def titles(city: str) -> str:
        return client.get(f"/en/cities/{city}/feed.atom").content.decode()

    publish(f"{BERLIN},road_deaths,2025,4,", title="Berlin alone")
    assert "Berlin alone" in titles("berlin") and "Berlin alone" not in titles("riga")
    assert "demo-" not in titles("berlin") and "demo-" in titles("lindhafen")


def test_the_newest_event_is_the_first_entry(client: Any, publish: Any) -> None:
    publish(f"{BERLIN},road_deaths,2025,4,", title="The newest of all")
    feed = ElementTree.fromstring(client.get("/en/feed.atom").content)
    first = feed.find(f"{ATOM}entry")
    assert first is not None and "The newest of all" in first.findtext(f"{ATOM}title", "")
    position, digest = events.head()
    assert first.findtext(f"{ATOM}id", "").endswith(f"/events/{position}/{digest[:12]}")


def test_invented_news_are_marked(client: Any, db: None) -> None:
    feed = ElementTree.fromstring(client.get("/en/cities/lindhafen/feed.atom").content)
    for entry in feed.findall(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}title", "").startswith("[Demonstration]")
