"""Real and invented never mix: nothing said of an observed city changes by a byte when the story is told."""

from __future__ import annotations

from typing import Any


def test_every_comparison_of_observed_cities_is_the_same_to_the_byte(
    before: dict[str, str], after: dict[str, str]
) -> None:
    assert list(before) == list(after)
    assert [key for key in before if before[key] != after[key]] == []


def test_the_comparisons_are_many_and_full(before: dict[str, str]) -> None:
    """Otherwise the test above would compare nothing with nothing."""
    compared = [text for key, text in before.items() if "|" in key]
    assert len(compared) >= 150
    assert sum(text.count('"gap_low"') for text in compared) > 10_000
    assert any('"funnel": "above_998"' in text for text in compared)
    assert sum(key.startswith("peers of") and text != "[]" for key, text in before.items()) > 500


def test_years_that_only_invented_cities_report_say_nothing_about_real_ones(found: dict[str, Any]) -> None:
    assert "road_death_rate|2025" in found["new_keys"]
    for key, comparison in found["new_keys"].items():
        assert comparison["league"]["value"] is None and comparison["league"]["cities"] == 0, key
        assert {row["demonstration"] for row in comparison["cities"]} == {True}, key
        assert all(row["peers"] == [] and row["funnel"] is None for row in comparison["cities"]), key


def test_the_default_period_is_the_real_cities_one(before: dict[str, str], found: dict[str, Any]) -> None:
    for code, comparison in found["default"].items():
        assert f'"period": "{comparison["period"]}"' in before[f"{code}|"]


def test_no_invented_city_is_anybodys_peer(found: dict[str, Any]) -> None:
    invented = {city["code"] for city in found["cities"] if city["demonstration"]}
    for comparison in found["default"].values():
        for row in comparison["cities"]:
            assert not invented & set(row["peers"])


def test_invented_cities_are_compared_with_real_ones(found: dict[str, Any]) -> None:
    rows = {row["city"]: row for row in found["default"]["commute_active_transit_share"]["cities"]}
    assert len(rows["ZZ001D"]["peers"]) == 20
    assert rows["ZZ001D"]["verdict"] == "better"


def test_everything_invented_is_marked(found: dict[str, Any]) -> None:
    invented = [city for city in found["cities"] if city["demonstration"]]
    assert len(invented) == 12
    assert {(city["country"], city["status"]) for city in invented} == {("ZZ", "member")}
    assert not any(city["country"] == "ZZ" for city in found["cities"] if not city["demonstration"])
    assert found["resolution"] is True
    assert len(found["exceptions"]) == 4 and all(marked for _, marked in found["exceptions"])
    assert len(found["people"]) == 6 and all(person["demonstration"] for person in found["people"])
    for comparison in found["default"].values():
        for row in comparison["cities"]:
            assert row.get("demonstration", False) == row["city"].startswith("ZZ")


def test_every_row_of_every_release_is_marked(found: dict[str, Any]) -> None:
    marks = {(release, invented, mark) for release, invented, mark, _ in found["rows"]}
    assert marks == {("r1", False, False), ("demo-1", True, True), ("demo-2", True, True)}
    assert {release: manifest["demonstration"] for release, manifest in found["manifests"].items()} == {
        "r1": False,
        "demo-1": True,
        "demo-2": True,
    }


def test_every_event_of_the_story_is_marked(found: dict[str, Any]) -> None:
    untold = found["killed"]["before"]["head"][0]
    marks = {(position > untold, demonstration) for position, demonstration in found["events"]}
    assert marks == {(False, False), (True, True)}
    assert found["chain_broken_at"] is None
