"""Writers of rows: what goes in comes out again, and nothing in it is run by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kontor.tables import canonical_json, csv_text, parquet

COLUMNS = {
    "name": "VARCHAR",
    "rate": "DOUBLE",
    "exact": "DECIMAL(28,10)",
    "flags": "VARCHAR[]",
    "mark": "BOOLEAN",
}

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=12)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.none() | TEXT,
            "rate": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "exact": st.none() | st.decimals(-(10**15), 10**15, places=4),
            "flags": st.lists(st.sampled_from("bdeu"), max_size=3),
            "mark": st.booleans(),
        }
    ),
    max_size=6,
)


def ask(content: bytes, folder: Path, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of a table function over the file, in a connection and under a name of its own."""
    path = folder / f"{uuid.uuid4().hex}.parquet"
    path.write_bytes(content)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM {table}('{path}')")
        return [column[0] for column in found.description], found.fetchall()


def read(content: bytes, folder: Path) -> list[dict[str, Any]]:
    columns, rows = ask(content, folder, "read_parquet")
    return [dict(zip(columns, row, strict=True)) for row in rows]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_parquet_gives_back_the_rows_in_their_order(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert read(parquet.write(rows, COLUMNS, {}), tmp_path) == rows


def test_parquet_carries_metadata_and_is_the_same_each_time(tmp_path: Path) -> None:
    rows = [{"name": "Łódź", "rate": 0.1 + 0.2, "exact": Decimal("1.90"), "flags": ["e"], "mark": True}]
    metadata = {"citation": "It's a 'citation'; 城市"}
    content = parquet.write(rows, COLUMNS, metadata)
    assert content == parquet.write(rows, COLUMNS, metadata)
    assert read(content, tmp_path)[0]["rate"] == 0.1 + 0.2
    _, held = ask(content, tmp_path, "parquet_kv_metadata")
    assert {key.decode(): value.decode() for _, key, value in held} == metadata
    names, chunks = ask(content, tmp_path, "parquet_metadata")
    assert {chunk[names.index("compression")] for chunk in chunks} == {"ZSTD"}


def test_parquet_takes_no_other_types() -> None:
    with pytest.raises(ValueError, match="name"):
        parquet.write([], {"name": "VARCHAR); DROP TABLE x"}, {})


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_csv_gives_back_the_cells_and_starts_no_formula(rows: list[dict[str, Any]]) -> None:
    text = csv_text.write(rows, list(COLUMNS)).decode("utf-8")
    listed = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert listed[0] == list(COLUMNS) and len(listed) == len(rows) + 1
    for cells, row in zip(listed[1:], rows, strict=True):
        name = row["name"] or ""
        assert cells[0] in (name, f"'{name}") and not cells[0].startswith(csv_text.FORMULA_STARTS)
        assert cells[1] == "" if row["rate"] is None else float(cells[1]) == row["rate"]
        assert cells[2] == "" if row["exact"] is None else Decimal(cells[2]) == row["exact"]
        assert cells[3] == "; ".join(row["flags"]) and cells[4] == ("true" if row["mark"] else "false")


@pytest.mark.parametrize("text", ["=1+1", "+49", "-", "@SUM(A1)", "\tx", "＝1"])
def test_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert csv_text.cell(text) == f"'{text}" and csv_text.cell([text, "x"]).startswith("'")


def test_numbers_are_never_quoted_and_keep_their_digits() -> None:
    assert [csv_text.cell(value) for value in (-1, -0.5, Decimal("-1.50"), Decimal("0E-7"), True, None)] == [
        "-1",
        "-0.5",
        "-1.50",
        "0.0000000",
        "true",
        "",
    ]


def test_json_has_one_form_per_content() -> None:
    content = {"b": Decimal("1.90"), "a": datetime(2026, 11, 22, 9, 30, tzinfo=UTC), "c": "城"}
    assert canonical_json.write(content) == '{"b":"1.90","a":"2026-11-22T09:30:00.000000Z","c":"城"}'.encode()
    assert json.loads(canonical_json.write({"x": 0.1 + 0.2}))["x"] == 0.1 + 0.2
    with pytest.raises(ValueError, match=r"[Oo]ut of range"):
        canonical_json.write(float("nan"))
    with pytest.raises(TypeError):
        canonical_json.write({"x": object()})
