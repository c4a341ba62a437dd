"""The story is told wholly or not at all, once, and shows what it is meant to show."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kontor.demo import figures

NEWEST = 2025  # telling.py loads in November 2026


def test_it_is_refused_outside_a_demonstration_league(found: dict[str, Any]) -> None:
    assert found["refused_without_league"] == "real_and_invented_never_mix"
    assert found["refused_in_a_real_league"] == "real_and_invented_never_mix"


def test_interrupted_anywhere_nothing_is_left(found: dict[str, Any]) -> None:
    assert len(found["killed"]["after"]) == 8
    for place, state in found["killed"]["after"].items():
        assert state == found["killed"]["before"], place


def test_told_twice_it_is_told_once(found: dict[str, Any]) -> None:
    told = found["told"]
    assert told["state"] != found["killed"]["before"]
    assert told["state_again"] == told["state"]
    assert told["again"] == []
    assert told["state"]["releases"] == ["demo-2", "demo-1", "r1"]


def test_everybody_can_sign_in_with_a_password_of_their_own(found: dict[str, Any]) -> None:
    accounts = found["told"]["accounts"]
    assert {account["email"] for account in accounts} == {person["email"] for person in found["people"]}
    assert len({account["password"] for account in accounts}) == len(accounts) == 6
    for account in accounts:
        assert account["email"].endswith(".demo.example")
        assert len(account["password"]) >= 20 and account["name"] and account["role"]
        assert not any(account["password"] in person["password"] for person in found["people"])
    assert all(person["password_usable"] and person["mandates"] for person in found["people"])


def test_cities_and_office_all_three_languages(found: dict[str, Any]) -> None:
    assert {person["language"] for person in found["people"]} == {"en", "de", "zh-hans"}
    mandates = {tuple(mandate) for person in found["people"] for mandate in person["mandates"]}
    assert {("ZZ001D", "observations"), ("ZZ003D", "observations"), (None, "secretariat")} <= mandates


def test_the_figures_are_the_same_in_every_process(found: dict[str, Any]) -> None:
    for release, made in (("demo-1", figures.first(NEWEST)), ("demo-2", figures.final(NEWEST))):
        handed = found["manifests"][release]["submissions"][0]
        assert handed["sha256"] == hashlib.sha256(figures.as_csv(made).encode()).hexdigest()
        assert handed["report"]["faults"] == [] and handed["report"]["taken"] == len(made)


def test_every_indicator_computes_for_lindhafen_in_every_year(found: dict[str, Any]) -> None:
    assert len(found["lindhafen"]) >= 14
    years = [str(year) for year in range(2010, NEWEST + 1)]
    for code, periods in found["lindhafen"].items():
        assert periods == years, code


def test_the_second_release_adds_a_year_and_revises_three_figures(found: dict[str, Any]) -> None:
    assert found["added_years"] == [str(NEWEST)]
    assert sorted((area, variable, period) for area, variable, period, _, _ in found["revised"]) == [
        ("ZZ001D", "league:road_deaths", "2024"),
        ("ZZ003D", "league:municipal_waste_kt", "2023"),
        ("ZZ005D", "league:dwellings_completed", "2024"),
    ]
    assert all(before != after for *_, before, after in found["revised"])


def test_as_of_the_first_release_the_revision_is_not_known(found: dict[str, Any]) -> None:
    rows = {
        release: next(row for row in cities if row["city"] == "ZZ001D")
        for release, cities in found["as_of"].items()
    }
    assert rows["demo-1"]["numerator"] == rows["demo-2"]["numerator"] + 2
    assert rows["demo-1"]["value"] > rows["demo-2"]["value"]
    assert (rows["demo-1"]["flags"], rows["demo-2"]["flags"]) == (["p"], [])
    assert (rows["demo-1"]["releases"], rows["demo-2"]["releases"]) == (["demo-1"], ["demo-2", "demo-1"])


def test_reservations_and_the_derogation_show_on_the_figures_they_touch(found: dict[str, Any]) -> None:
    rows = {row["city"]: row for row in found["road_2019"]["cities"]}
    assert (rows["ZZ002D"]["comparability"], rows["ZZ002D"]["comparability_reasons"]) == (
        "limited",
        ["reservation:1"],
    )
    assert rows["ZZ007D"]["comparability_reasons"] == ["reservation:3"]
    assert rows["ZZ008D"]["comparability"] == "none"
    assert rows["ZZ008D"]["comparability_reasons"] == ["reservation:2", "flag:d"]
    assert rows["ZZ001D"]["comparability"] == "full"
    waste = {row["city"]: row for row in found["default"]["municipal_waste_per_resident"]["cities"]}
    assert waste["ZZ011D"]["comparability_reasons"] == ["derogation", "flag:e"]


def test_the_clock_runs_from_the_founding_resolution(found: dict[str, Any]) -> None:
    place = ZoneInfo("Asia/Shanghai")
    adopted = datetime.fromisoformat(found["adopted"]).astimezone(place)
    due = datetime.fromisoformat(found["due"]).astimezone(place)
    assert (adopted.date(), due.date()) == (date(2026, 6, 18), date(2027, 6, 18))
    assert 9 <= adopted.hour <= 18
    assert found["days_left"] == 208


def test_the_clock_moves_with_the_day_of_loading(found: dict[str, Any]) -> None:
    assert found["clocks"] == {
        "2026-11-22T17:00:00+00:00": ["2026-06-19", "2027-06-19"],  # already the 23rd in Shanghai
        "2028-08-04T12:00:00+00:00": ["2028-02-29", "2029-02-28"],
        "2031-01-01T00:00:00+00:00": ["2030-07-28", "2031-07-28"],
    }
