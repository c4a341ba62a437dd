"""Cities, definitions, the record of events: what the site says, in full."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import rfc8785

STARTER = Path(__file__).resolve().parents[2] / "starter"


def test_all_cities_of_the_starter_and_the_filters(api: Any) -> None:
    with (STARTER / "cities.csv").open(encoding="utf-8") as file:
        wanted = {row["city_code"]: row for row in csv.DictReader(file)}
    real = api("cities?demonstration=false").json()
    assert {city["code"] for city in real["cities"]} == set(wanted) and real["count"] == len(wanted)
    assert real["attributions"][0]["attribution"] == "GeoNames, CC BY 4.0"
    assert {city["code"] for city in api("cities?country=de&demonstration=false").json()["cities"]} == {
        code for code, row in wanted.items() if row["country"] == "DE"
    }
    boroughs = api("cities?unit=borough").json()["cities"]
    assert boroughs and {city["unit"] for city in boroughs} == {"borough"}
    assert [city["code"] for city in api("cities?q=柏林").json()["cities"]] == ["DE001C"]
    assert [city["code"] for city in api("cities?q=MÜNCHEN").json()["cities"]] == ["DE003C"]
    assert {city["status"] for city in api("cities?status=member").json()["cities"]} == {"member"}


def test_invented_cities_are_marked_and_credited_to_nobody(api: Any) -> None:
    found = api("cities?demonstration=true").json()
    assert found["count"] and all(city["demonstration"] for city in found["cities"])
    assert found["attributions"] == []


def test_a_city_says_where_it_has_values(api: Any) -> None:
    berlin = api("cities/DE001C").json()
    assert {"scheme": "urban_audit", "edition": "2024", "code": "DE001C"} in berlin["external_codes"]
    available = {entry["indicator"]: entry["periods"] for entry in berlin["indicators"]}
    rows = api("data/road_death_rate?area=DE001C").json()["rows"]
    assert available["road_death_rate"] == [row["period"] for row in rows]


def test_every_definition_can_be_read_in_full_and_checked(api: Any) -> None:
    listed = api("indicators").json()
    assert listed["count"] == len(listed["indicators"]) >= 14
    for entry in listed["indicators"]:
        (version,) = api(f"indicators/{entry['code']}").json()["versions"]
        assert version == api(f"indicators/{entry['code']}/v/1").json()
        assert version["key"] == entry["key"]
        assert version["sha256"] == hashlib.sha256(rfc8785.dumps(version["content"])).hexdigest()
        for text in ("title", "short", "unit_label"):
            assert set(entry[text]) == {"en", "de", "zh-hans"}


def test_variables_name_their_source(api: Any) -> None:
    found = api("variables").json()
    known = {entry["source"] for entry in found["attributions"]}
    assert {entry["source"] for entry in found["variables"]} == known


def test_anyone_can_recompute_the_chain(api: Any) -> None:
    """Page by page, from nothing but the answers: SHA-256 over RFC 8785 of each event with the hash before it."""
    previous, after = "0" * 64, 0
    while events := api(f"events?after={after}&limit=3").json()["events"]:
        for event in events:
            digest = event.pop("hash")
            assert event["previous"] == previous
            assert digest == hashlib.sha256(rfc8785.dumps(event)).hexdigest()
            previous, after = digest, event["position"]
    assert api("events/head").json() == {"position": after, "hash": previous}
    assert after > 3


def test_after_the_head_there_is_nothing(api: Any) -> None:
    head = api("events/head").json()
    assert api(f"events?after={head['position']}").json() == {"head": head, "events": []}
    assert api(f"events?after={10**30}").json()["events"] == []


def test_resolutions_with_their_commitments(api: Any) -> None:
    found = api("resolutions").json()
    assert found["count"] == len(found["resolutions"]) >= 1
    resolution = found["resolutions"][0]
    assert resolution["demonstration"] is True and set(resolution["text"]) == {"en", "de", "zh-hans"}
    assert [commitment["purpose"] for commitment in resolution["commitments"]] == ["first_pilots"]
    assert api(f"resolutions/{resolution['slug']}").json() == resolution


def test_the_configuration_states_what_holds(api: Any, settings: Any) -> None:
    settings.KONTOR_API_LIMIT = 600
    found = api("/api/config").json()
    assert found == api("config").json()
    assert found["limits"]["requests"] == {"count": 600, "seconds": 60, "per": "address"}
    assert found["demonstration_loaded"] is True
    assert found["newest_release"]["id"] == "r1"
    assert found["events"] == api("events/head").json()
    assert {"eurostat", "mysociety", "geonames"} <= {entry["source"] for entry in found["attributions"]}
    assert "r1, " in found["citation"]
