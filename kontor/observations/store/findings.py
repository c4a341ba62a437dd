"""What the plausibility engine found, as each release holds it, and the two small tables of the index over all of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kontor.engines.quality import Finding

from ..rules import number_of
from .releases import literal, manifest, releases_folder

if TYPE_CHECKING:
    import duckdb

FINDINGS = "findings.parquet"
COLUMNS = "area VARCHAR, variable VARCHAR, period VARCHAR, kind VARCHAR, confidence DOUBLE, treatment VARCHAR, facts VARCHAR"


def write_findings(connection: duckdb.DuckDBPyConnection, path: Path, findings: Iterable[Finding]) -> None:
    """The findings as a Parquet file; the same ones give the same bytes."""
    lines = path.with_suffix(".csv")
    with lines.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(map(_line, findings))
    columns = ", ".join("'{}': '{}'".format(*column.split(" ")) for column in COLUMNS.split(", "))
    connection.execute(
        f"""COPY (FROM read_csv({literal(lines)}, auto_detect = false, header = false, delim = ',', quote = '"',
                  escape = '"', allow_quoted_nulls = false, columns = {{{columns}}})
                  ORDER BY variable, area, period, kind)
            TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)"""
    )
    lines.unlink()


def _line(finding: Finding) -> tuple[Any, ...]:
    facts = json.dumps(dict(finding.facts), ensure_ascii=False, sort_keys=True)
    return (
        finding.area,
        finding.variable,
        finding.period,
        finding.kind,
        finding.confidence,
        finding.treatment,
        facts,
    )


def fill_findings(connection: duckdb.DuckDBPyConnection, published: Sequence[tuple[str, str]]) -> None:
    """The tables `finding` and `checked` of an index, anew from the releases. Refused: release_altered."""
    connection.execute(
        f"CREATE OR REPLACE TABLE finding ({COLUMNS}, release VARCHAR, number INTEGER, demonstration BOOLEAN)"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE checked (variable VARCHAR, release VARCHAR, number INTEGER, demonstration BOOLEAN)"
    )
    for release, digest in published:
        invented, number = number_of(release)
        stated = manifest(release, digest)
        if FINDINGS not in stated["files"]:
            continue  # released before figures were checked
        connection.execute(
            """INSERT INTO checked SELECT unnest(from_json($1, '["VARCHAR"]')), $2, $3, $4""",
            [json.dumps(stated["checked"]), release, number, invented],
        )
        path = releases_folder() / release / FINDINGS
        connection.execute(
            f"INSERT INTO finding SELECT *, ?, ?, ? FROM read_parquet({literal(path)})",
            [release, number, invented],
        )
