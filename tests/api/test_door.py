"""What holds for every address: reading only, conditional, open to other origins, limited."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from kontor.api import limits
from kontor.config import cache

ADDRESSES = [
    "/api/config",
    "/api/v1/config",
    "/api/v1/openapi.json",
    "/api/v1/cities",
    "/api/v1/cities/DE001C",
    "/api/v1/indicators",
    "/api/v1/indicators/road_death_rate",
    "/api/v1/indicators/road_death_rate/v/1",
    "/api/v1/variables",
    "/api/v1/releases",
    "/api/v1/releases/r1",
    "/api/v1/releases/demo-2/diff",
    "/api/v1/releases/r1/observations.parquet",
    "/api/v1/releases/r1/manifest.json",
    "/api/v1/compare/road_death_rate?city=DE001C",
    "/api/v1/data/road_death_rate?area=DE001C",
    "/api/v1/data/road_death_rate?area=DE001C&format=csv",
    "/api/v1/data/road_death_rate?area=DE001C&format=parquet",
    "/api/v1/series/starter:road_deaths?area=DE001C",
    "/api/v1/events",
    "/api/v1/events/head",
    "/api/v1/resolutions",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_is_conditional_open_and_described(api: Any, client: Any, address: str) -> None:
    first = api(address)
    assert first.status_code == 200
    assert first["Access-Control-Allow-Origin"] == "*"
    assert '</api/v1/openapi.json>; rel="service-desc"' in first["Link"]
    tag = first["ETag"]
    for given in (tag, f"W/{tag.removeprefix('W/')}", f'"other", {tag}', "*"):
        again = api(address, if_none_match=given)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"].removeprefix("W/") == tag.removeprefix("W/")
    assert api(address, if_none_match='"other"').status_code == 200
    head = client.head(address)
    assert (head.status_code, head.content, head["Content-Type"]) == (200, b"", first["Content-Type"])
    assert head["ETag"].removeprefix("W/") == tag.removeprefix("W/")


def test_the_tag_follows_the_content(api: Any) -> None:
    one = api("data/road_death_rate?area=DE001C&period=2018")["ETag"]
    other = api("data/road_death_rate?area=DE001C&period=2019")["ETag"]
    assert one != other and one == api("data/road_death_rate?area=DE001C&period=2018")["ETag"]


@pytest.mark.parametrize("address", ["/api/v1/cities", "/api/config", "/api/v1/nowhere"])
def test_a_browser_may_ask_beforehand(api: Any, client: Any, address: str) -> None:
    response = client.options(address, headers={"origin": "https://other.example"})
    assert (response.status_code, response["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in response["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(api: Any, method: str) -> None:
    """Also with the cross-site check on: 405 is the answer, not a page about cookies."""
    from django.test import Client

    response = getattr(Client(enforce_csrf_checks=True), method)("/api/v1/cities")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.json()["code"] == "method_not_allowed"


def test_figures_name_their_licence(api: Any) -> None:
    link = api("data/household_energy_per_resident?area=E09000001")["Link"]
    assert (
        '<https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/>; rel="license"' in link
    )


@pytest.fixture
def counted(api: Any, settings: Any) -> Any:
    settings.KONTOR_API_LIMIT = 3
    nobody_has_asked(settings)
    yield api
    nobody_has_asked(settings)


def nobody_has_asked(settings: Any) -> None:
    places = limits._places(settings.DATA / "cache")
    places[:] = bytes(len(places))


def test_the_allowance_runs_out_and_says_when_it_returns(
    counted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "clock", lambda: 1_000_000_015.0)
    for left in (2, 1, 0):
        response = counted("events/head")
        assert (response.status_code, response["RateLimit"]) == (200, f'"default";r={left};t=5')
        assert response["RateLimit-Policy"] == '"default";q=3;w=60'
    refused = counted("events/head")
    assert (refused.status_code, refused["Retry-After"], refused["RateLimit"]) == (
        429,
        "5",
        '"default";r=0;t=5',
    )
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert counted("/api/config").status_code == 200
    monkeypatch.setattr(limits, "clock", lambda: 1_000_000_020.0)
    assert counted("events/head")["RateLimit"] == '"default";r=2;t=60'


def test_clients_are_counted_apart(counted: Any, client: Any, settings: Any) -> None:
    for _ in range(4):
        response = client.get("/api/v1/events/head", REMOTE_ADDR="192.0.2.1")
    assert response.status_code == 429
    assert client.get("/api/v1/events/head", REMOTE_ADDR="192.0.2.2").status_code == 200


def test_behind_the_proxy_its_word_counts_and_nobody_elses(counted: Any, client: Any, settings: Any) -> None:
    """A client can write what it likes into X-Forwarded-For; the last entry is the proxy's own."""
    settings.BEHIND_PROXY = True
    for number in range(4):
        response = client.get(
            "/api/v1/events/head", headers={"x-forwarded-for": f"10.0.0.{number}, 192.0.2.1"}
        )
    assert response.status_code == 429
    settings.BEHIND_PROXY = False
    assert client.get("/api/v1/events/head", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 200


@pytest.mark.parametrize(
    ("first", "second"),
    [("192.0.2.1:4711", "192.0.2.1:4712"), ("[2001:db8::1]:4711", "[2001:db8::1]:4712")],
)
def test_a_port_is_no_part_of_the_address(rf: Any, settings: Any, first: str, second: str) -> None:
    settings.BEHIND_PROXY = True
    seen = [limits.address(rf.get("/", headers={"x-forwarded-for": one}).META) for one in (first, second)]
    assert seen[0] == seen[1] == first[: first.rindex(":")].strip("[]")
    assert limits.without_port("2001:db8::1") == "2001:db8::1"


def test_the_folder_of_the_cache_is_looked_through_once_a_minute(monkeypatch: Any, tmp_path: Path) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(cache, "clock", lambda: now)
    monkeypatch.setattr(cache.SharedCache, "looked", None)
    shared = cache.SharedCache(str(tmp_path), {})
    shared.set("first", 1)
    shared.set("old", 1, timeout=-1)
    looked: list[int] = []
    listed = shared._list_cache_files
    monkeypatch.setattr(shared, "_list_cache_files", lambda: looked.append(1) or listed())
    expired = tmp_path / "expired.djcache"
    expired.write_bytes(pickle.dumps(0.0))
    shared.set("second", 2)
    assert looked == [] and expired.exists()
    now += 61
    shared.set("third", 3)
    assert looked and not expired.exists()
    assert [shared.get(key) for key in ("first", "second", "third")] == [1, 2, 3]
