"""Releases as published, and observed figures with every digit and vintage."""

from __future__ import annotations

import csv
import hashlib
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

STARTER = Path(__file__).resolve().parents[2] / "starter" / "figures.csv"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_files_are_what_the_manifest_says_and_never_expire(api: Any) -> None:
    found = api("releases/r1").json()
    assert {entry["name"] for entry in found["files"]} == {
        "manifest.json",
        "observations.parquet",
        "findings.parquet",
    }
    for entry in found["files"]:
        response = api(f"releases/r1/{entry['name']}")
        content = body(response)
        assert hashlib.sha256(content).hexdigest() == entry["sha256"] and len(content) == entry["bytes"]
        assert response["ETag"] == f'"{entry["sha256"]}"'
        assert "immutable" in response["Cache-Control"]


def test_latest_redirects_to_the_newest_release_of_published_figures(api: Any) -> None:
    for rest in ("", "/diff?kind=added", "/observations.parquet", "/findings.parquet", "/manifest.json"):
        response = api(f"releases/latest{rest}")
        assert (response.status_code, response["Location"]) == (307, f"/api/v1/releases/r1{rest}")


def test_an_altered_file_is_refused_by_name(api: Any, own_data: Path) -> None:
    assert api("releases/r1/observations.parquet").status_code == 200
    with (own_data / "releases" / "r1" / "observations.parquet").open("ab") as file:
        file.write(b"x")
    refused = api("releases/r1/observations.parquet")
    assert (refused.status_code, refused.json()["code"]) == (500, "release_altered")
    assert "observations.parquet" in refused.json()["detail"]


def test_the_first_release_added_every_row_of_the_starter(api: Any) -> None:
    rows = STARTER.read_text(encoding="utf-8").splitlines()[1:]
    answer = api("releases/r1/diff").json()
    assert answer["counts"] == {"added": len(rows), "revised": 0, "withdrawn": 0}
    berlin = [row for row in rows if row.startswith("DE001C,")]
    listed = list(
        csv.DictReader(io.StringIO(api("releases/r1/diff?area=DE001C&format=csv").content.decode()))
    )
    written = {
        f"{r['area']},{r['variable'].removeprefix('starter:')},{r['period']},{r['after']},{r['flags_after']}"
        for r in listed
    }
    assert written == set(berlin)


def test_the_second_release_of_the_demonstration_revises(api: Any) -> None:
    answer = api("releases/demo-2/diff?kind=revised").json()
    assert answer["demonstration"] is True and answer["rows"]
    for row in answer["rows"]:
        assert row["demonstration"] is True and row["kind"] == "revised"
        assert (row["before"], row["flags_before"]) != (row["after"], row["flags_after"])


def test_series_keep_the_digits_of_the_source(api: Any, tmp_path: Path) -> None:
    with STARTER.open(encoding="utf-8") as file:
        wanted = {
            row["period"]: row["value"]
            for row in csv.DictReader(file)
            if row["city_code"] == "DE001C" and row["variable"] == "commute_bicycle_share"
        }
    query = "series/starter:commute_bicycle_share?area=DE001C"
    rows = api(query).json()["rows"]
    assert {row["period"]: row["value"] for row in rows} == wanted
    assert all(row["current"] and row["release"] == "r1" for row in rows)
    listed = csv.DictReader(io.StringIO(api(f"{query}&format=csv").content.decode()))
    assert {row["period"]: row["value"] for row in listed} == wanted
    path = tmp_path / "series.parquet"
    path.write_bytes(api(f"{query}&format=parquet").content)
    held = duckdb.sql(f"SELECT period, value FROM read_parquet('{path}')").fetchall()
    assert dict(held) == {period: Decimal(value) for period, value in wanted.items()}


def test_a_revised_figure_shows_both_vintages(api: Any) -> None:
    change = api("releases/demo-2/diff?kind=revised").json()["rows"][0]
    query = f"series/{change['variable']}?area={change['area']}&period={change['period']}"
    before, after = api(query).json()["rows"]
    assert (before["release"], before["value"], before["current"]) == ("demo-1", change["before"], False)
    assert (after["release"], after["value"], after["current"]) == ("demo-2", change["after"], True)
    assert before["demonstration"] is True
    (then,) = api(f"{query}&as_of=demo-1").json()["rows"]
    assert (then["value"], then["current"]) == (change["before"], True)


# ---- one figure, and what became of it


def withdraw(*cells: tuple[str, str, str], reason: str) -> None:
    from datetime import UTC, datetime

    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.rules import FigureKey
    from tests.cast import text

    operations.withdraw(
        cells=[FigureKey(*cell) for cell in cells],
        reason=reason,
        title=text("Withdrawn"),
        by=OPERATOR,
        at=datetime.now(UTC),
    )


FIGURE = "series/starter:road_deaths/DE001C/2019"


def test_one_figure_says_where_it_comes_from(api: Any) -> None:
    found = api(FIGURE).json()
    assert (found["value"], found["release"], found["current"], found["reason"]) == (
        "40.00",
        "r1",
        True,
        "new_in_source",
    )
    assert found == api("series/starter:road_deaths?area=DE001C&period=2019").json()["rows"][0]


def test_a_withdrawn_figure_is_gone_but_not_forgotten(api: Any, own_data: Path) -> None:
    withdraw(("DE001C", "starter:road_deaths", "2019"), reason="Counted twice.")
    response = api(FIGURE)
    assert (response.status_code, response["Content-Type"]) == (410, "application/problem+json")
    problem = response.json()
    assert (problem["code"], problem["status"]) == ("figure_withdrawn", 410)
    assert "r2" in problem["detail"] and "Counted twice." in problem["detail"]
    assert api(f"{FIGURE}?as_of=r1").json()["value"] == "40.00"
    before, after = api("series/starter:road_deaths?area=DE001C&period=2019").json()["rows"]
    assert (before["value"], before["withdrawn"], before["current"]) == ("40.00", False, False)
    assert (after["value"], after["withdrawn"], after["current"]) == (None, True, False)
    assert after["reason"] == "Counted twice."
    (row,) = api("releases/r2/diff?kind=withdrawn").json()["rows"]
    assert (row["before"], row["after"], row["reason"]) == ("40.00", "", "Counted twice.")
    listed = api("releases/r2/diff?format=csv").content.decode()
    assert "Counted twice." in listed


def test_a_code_as_reason_is_said_in_the_readers_language(api: Any, own_data: Path) -> None:
    withdraw(("DE001C", "starter:road_deaths", "2019"), reason="withdrawn_by_source")
    assert "Quelle hat diesen Wert zurückgezogen" in api(FIGURE, accept_language="de").json()["detail"]
    assert "来源已撤回该数据" in api(FIGURE, accept_language="zh-Hans").json()["detail"]


def test_a_figure_that_never_was(api: Any) -> None:
    for place, code in (
        ("series/starter:road_deaths/DE001C/1899", "period_unknown"),
        ("series/starter:road_deaths/XX001C/2019", "city_unknown"),
        ("series/starter:happiness/DE001C/2019", "variable_unknown"),
    ):
        response = api(place)
        assert (response.status_code, response.json()["code"]) == (404, code)


# ---- findings


def test_findings_with_their_sentence_in_three_languages(api: Any) -> None:
    query = "findings?variable=starter:municipal_waste_kt&area=LV001C&kind=unit_switch"
    found = {language: api(f"{query}&language={language}").json() for language in ("en", "de", "zh-hans")}
    assert [row["period"] for row in found["en"]["rows"]] == ["2020", "2023"] and found["en"]["as_of"] == "r1"
    messages = {language: answer["rows"][0]["message"] for language, answer in found.items()}
    assert len(set(messages.values())) == 3 and "Einheit" in messages["de"] and "单位" in messages["zh-hans"]
    listed = list(csv.DictReader(io.StringIO(api(f"{query}&format=csv").content.decode())))
    assert [row["message"] for row in listed] == [row["message"] for row in found["en"]["rows"]]


def test_findings_narrowed_and_refused(api: Any) -> None:
    every, asked = api("findings").json(), api("findings?treatment=ask").json()
    assert 0 < asked["count"] < every["count"] == len(every["rows"])
    assert {row["treatment"] for row in asked["rows"]} == {"ask"}
    assert [api(f"findings?{query}").status_code for query in ("kind=odd", "treatment=", "as_of=r9")] == [
        400,
        400,
        404,
    ]


# ---- archived


def test_an_archived_original_is_gone_but_everything_else_answers(
    api: Any, own_data: Path, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    before = {place: body(api(f"releases/demo-1/{place}")) for place in ("manifest.json", "findings.parquet")}
    diff = api("releases/demo-1/diff").content
    given: dict[str, Any] = {"by": OPERATOR, "at": datetime.now(UTC), "demonstration": True}
    operations.compact(**given)
    operations.archive(before="demo-2", file=tmp_path / "old.tar", **given)
    response = api("releases/demo-1/observations.parquet")
    assert (response.status_code, response.json()["code"]) == (410, "release_archived")
    assert "old.tar" in response.json()["detail"]
    listed = {entry["name"]: entry["archived"] for entry in api("releases/demo-1").json()["files"]}
    assert listed == {"manifest.json": False, "findings.parquet": False, "observations.parquet": True}
    assert {place: body(api(f"releases/demo-1/{place}")) for place in before} == before
    assert api("releases/demo-1/diff").content == diff
    assert api("releases/demo-2/observations.parquet").status_code == 200
