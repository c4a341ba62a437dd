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
    assert {entry["name"] for entry in found["files"]} == {"manifest.json", "observations.parquet"}
    for entry in found["files"]:
        response = api(f"releases/r1/{entry['name']}")
        content = body(response)
        assert hashlib.sha256(content).hexdigest() == entry["sha256"] and len(content) == entry["bytes"]
        assert response["ETag"] == f'"{entry["sha256"]}"'
        assert "immutable" in response["Cache-Control"]


def test_latest_redirects_to_the_newest_release_of_published_figures(api: Any) -> None:
    for rest in ("", "/diff?kind=added", "/observations.parquet", "/manifest.json"):
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
