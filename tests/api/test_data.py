"""Values of an indicator: the same rows in every format, each with everything that must travel with it."""

from __future__ import annotations

import csv
import io
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kontor.comparison.queries.export import COLUMNS

BERLIN_AND_HAMBURG = "area=DE001C,DE002C"


def read_parquet(content: bytes, folder: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Rows and metadata of a Parquet file."""
    path = folder / f"{uuid.uuid4().hex}.parquet"
    path.write_bytes(content)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_parquet('{path}')")
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        held = connection.execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall()
    return rows, {key.decode(): value.decode() for key, value in held}


def test_a_known_value_with_its_numbers(api: Any) -> None:
    """Berlin 2019: 40 deaths among 3,644,798 residents; limits by chi-square (Ulm 1990)."""
    answer = api("data/road_death_rate?area=DE001C&period=2019").json()
    (row,) = answer["rows"]
    assert (row["numerator"], row["denominator"]) == (40, 3_644_798)
    assert row["value"] == pytest.approx(40 / 3_644_798 * 100_000, rel=1e-11)
    assert (row["low"], row["high"]) == (pytest.approx(0.784, abs=1e-3), pytest.approx(1.494, abs=1e-3))
    assert row["limits"] == "poisson" and row["definition"] == "road_death_rate/v1"
    assert row["source"] == "Source: Eurostat city statistics (Urban Audit), CC BY 4.0"
    assert row["demonstration"] is False and "demonstration" not in answer


@pytest.mark.parametrize("indicator", ["road_death_rate", "no2_annual_mean", "commute_active_transit_share"])
def test_csv_and_parquet_hold_the_rows_of_json(api: Any, tmp_path: Path, indicator: str) -> None:
    query = f"data/{indicator}?language=zh-hans"
    wanted = api(query).json()["rows"]
    assert len(wanted) > 300
    parquet, metadata = read_parquet(api(f"{query}&format=parquet").content, tmp_path)
    assert parquet == wanted
    assert list(parquet[0]) == list(COLUMNS)
    assert metadata["definition"] == f"{indicator}/v1" and metadata["licence_url"].startswith("https://")

    text = api(f"{query}&format=csv").content.decode("utf-8")
    assert text.startswith("area,area_name,") and "\r\n" in text
    listed = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(listed) == len(wanted)
    for cells, row in zip(listed, wanted, strict=True):
        assert typed(cells) == row


def typed(cells: dict[str, str]) -> dict[str, Any]:
    """A row of the CSV as JSON would write it."""
    row: dict[str, Any] = {}
    for column, text in cells.items():
        kind = COLUMNS[column]
        if kind == "VARCHAR[]":
            row[column] = text.split("; ") if text else []
        elif kind == "BOOLEAN":
            row[column] = text == "true"
        elif kind in ("DOUBLE", "INTEGER"):
            row[column] = float(text) if text else None
        else:
            row[column] = text
    return row


def test_area_and_period_narrow_the_answer(api: Any) -> None:
    rows = api(f"data/road_death_rate?{BERLIN_AND_HAMBURG}&period=2018,2019").json()["rows"]
    assert [(row["period"], row["area"]) for row in rows] == [
        ("2018", "DE001C"),
        ("2018", "DE002C"),
        ("2019", "DE001C"),
        ("2019", "DE002C"),
    ]
    assert rows == api("data/road_death_rate?area=DE002C&area=DE001C&period=2018&period=2019").json()["rows"]


def test_names_unit_and_source_in_the_language_asked_for(api: Any) -> None:
    row = api("data/road_death_rate?area=DE003C&period=2019&language=de").json()["rows"][0]
    assert (row["area_name"], row["unit"]) == ("München", "je 100.000 Einwohner")


def test_the_demonstration_is_marked_in_every_row_and_on_top(api: Any, tmp_path: Path) -> None:
    invented = api("cities?demonstration=true").json()["cities"]
    assert invented
    code = invented[0]["code"]
    query = f"data/road_death_rate?area={code},DE001C"
    answer = api(query).json()
    assert answer["demonstration"] is True
    marks = {row["area"]: row["demonstration"] for row in answer["rows"]}
    assert marks == {code: True, "DE001C": False}
    rows, metadata = read_parquet(api(f"{query}&format=parquet").content, tmp_path)
    assert {row["area"]: row["demonstration"] for row in rows} == marks and metadata[
        "demonstration"
    ] == "true"
    listed = csv.DictReader(io.StringIO(api(f"{query}&format=csv").content.decode()))
    assert {row["area"]: row["demonstration"] for row in listed} == {code: "true", "DE001C": "false"}


def test_the_comparison_is_the_contract_with_citation(api: Any) -> None:
    from kontor.comparison.queries import contract

    answer = api("compare/road_death_rate?period=2019&city=DE001C").json()
    assert answer.pop("citation").endswith("CC BY 4.0.")
    assert [entry["source"] for entry in answer.pop("attributions")] == ["eurostat"]
    assert answer == contract.comparison("road_death_rate", period="2019", cities=["DE001C"])


def test_as_of_an_early_release_knows_nothing_later(api: Any) -> None:
    """As of r1 the invented figures, published after it, are not known unless their release is named."""
    assert {row["as_of"] for row in api("data/road_death_rate?as_of=r1&period=2019").json()["rows"]} == {"r1"}
    assert {row["as_of"] for row in api("data/road_death_rate?as_of=demo-1&area=DE001C").json()["rows"]} == {
        "demo-1"
    }


def test_an_answer_beyond_the_limit_is_refused_before_it_is_made(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kontor.api import limits

    monkeypatch.setattr(limits, "ROWS", 5)
    refused = api("data/road_death_rate?area=DE001C")
    assert (refused.status_code, refused.json()["code"]) == (400, "answer_too_large")
    assert api("data/road_death_rate?area=DE001C&period=2019").status_code == 200
