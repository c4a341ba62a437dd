"""A release in the making: what was handed in, compared with what is published, in a DuckDB database of its own."""

from __future__ import annotations

import csv
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from kontor.engines.quality import Columns, Finding

from ..rules import Figure, number_of
from .findings import FINDINGS, write_findings
from .releases import COLUMNS, PARQUET, literal, manifest, releases_folder
from .rows import selects

MEMORY = "400MB"  # beyond that DuckDB works on the disk, in the folder of the draft

_HANDED = ", ".join(f"\"{name}\": '{'INTEGER' if name == 'row' else 'VARCHAR'}'" for name in Figure._fields)
# Digits after the point as the source wrote them; Python writes small numbers as 1E-7.
_DECIMALS = """CASE WHEN contains(value, 'E')
    THEN greatest(0, length(split_part(split_part(value, 'E', 1), '.', 2)) - CAST(split_part(value, 'E', 2) AS INTEGER))
    ELSE length(split_part(value, '.', 2)) END"""
# The wide cast is a hundred times as slow as the narrow one, which holds nearly every number.
_VALUE = f"""CASE WHEN length(value) <= 14 AND NOT contains(value, 'E') AND {_DECIMALS} <= 4
    THEN CAST(CAST(value AS DECIMAL(18,4)) AS DECIMAL(28,10)) ELSE CAST(value AS DECIMAL(28,10)) END"""
_SAME = "s.value IS NOT DISTINCT FROM f.value AND s.flags = f.flags"
_GONE = "s.area IS NULL OR s.status = 'W'"
# Texts go in as JSON: for each value of a list DuckDB would look for modules that are not installed.
_LISTED = """(SELECT unnest(from_json($1, '["VARCHAR"]')))"""
_KEYS = """(SELECT key[1] AS area, key[2] AS variable, key[3] AS period
            FROM (SELECT unnest(from_json($1, '[["VARCHAR"]]')) AS key)) key"""
_NEWEST = 2**31 - 1  # stands for the number of the release in the making
_WRITTEN = "kind IN ('added', 'revised', 'withdrawn')"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a release will hold, as its manifest states it; `left` figures came exactly as they had been withdrawn."""

    rows: int
    changes: dict[str, int]
    left: int
    cities: int
    variables: list[str]
    periods: list[str]
    sources: list[str]


class Draft:
    """Figures on their way into a release; made by `draft`. First hand in or call back, then compare, then write."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, *, demonstration: bool) -> None:
        self._connection, self._folder, self._demonstration = connection, folder, demonstration
        self._findings: list[Finding] | None = None

    def hand_in(self, figures: Iterable[Figure]) -> None:
        """Take the figures; of several for one cell the last holds."""
        lines = self._folder / "handed.csv"
        with lines.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows(figures)
        # Every column typed by hand: nothing is guessed from the content.
        self._connection.execute(
            f"""CREATE TABLE handed AS FROM read_csv({literal(lines)}, auto_detect = false, header = false,
                delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false, columns = {{{_HANDED}}})"""
        )
        lines.unlink()
        self._connection.execute(f"CREATE TABLE fresh ({COLUMNS})")
        self._connection.execute(
            f"""INSERT INTO fresh BY NAME
                SELECT * EXCLUDE (value), {_VALUE} AS value, {_DECIMALS} AS decimals,
                  'F' AS confidentiality, 'A' AS status, ? AS demonstration
                FROM handed
                QUALIFY row_number() OVER (PARTITION BY area, variable, period ORDER BY handed.rowid DESC) = 1""",
            [self._demonstration],
        )
        self._connection.execute("DROP TABLE handed")

    def call_back(self, cells: Iterable[tuple[str, str, str]], *, reason: str) -> None:
        """Take (area, variable, period) that are to be withdrawn: rows without a value, with the reason."""
        self._connection.execute(f"CREATE TABLE fresh ({COLUMNS})")
        listed = [list(cell) for cell in dict.fromkeys(cells)]
        self._connection.execute(
            f"""INSERT INTO fresh BY NAME
               SELECT area, variable, period, 0 AS decimals, '' AS flags, 'F' AS confidentiality, 'W' AS status,
                 '' AS file, 0 AS "row", $2 AS demonstration, $3 AS reason FROM {_KEYS}""",
            [json.dumps(listed), self._demonstration, reason],
        )

    def areas(self) -> set[str]:
        """The codes of the areas that the figures are about."""
        return {row[0] for row in self._ask("SELECT DISTINCT area FROM fresh")}

    def variables(self) -> set[str]:
        """The variables that the figures are of, those included that are published already exactly so."""
        return {row[0] for row in self._ask("SELECT DISTINCT variable FROM fresh")}

    def compare(
        self, published: Sequence[tuple[str, str]], *, reason: str = "", again: bool = False
    ) -> dict[str, int]:
        """Keep what differs from these (release, manifest hash): added, revised or withdrawn (kind -> count), and why.

        `reason` holds for every figure that has none of its own; without it a code of `rules.REASONS` says what
        happened. Counted too: unchanged; left (the very figure that was withdrawn, unless `again`); missing (to be
        withdrawn, but never published); gone (withdrawn already).
        """
        self._stand(published)
        self._connection.execute(
            f"""CREATE TABLE change AS
                SELECT f.* REPLACE (
                    CASE WHEN f.reason <> '' THEN f.reason WHEN $reason <> '' THEN $reason
                         WHEN f.conversion <> '' AND s.conversion IS DISTINCT FROM f.conversion THEN 'converted'
                         WHEN s.area IS NULL THEN 'new_in_source' WHEN s.status = 'W' THEN 'published_again'
                         ELSE 'revised_in_source' END AS reason,
                    CASE WHEN f.status = 'W' THEN s.source ELSE f.source END AS source),
                  CASE WHEN f.status = 'W' AND s.area IS NULL THEN 'missing'
                       WHEN f.status = 'W' AND s.status = 'W' THEN 'gone'
                       WHEN f.status = 'W' THEN 'withdrawn'
                       WHEN NOT $again AND s.status = 'W' AND w.value = f.value AND w.flags = f.flags THEN 'left'
                       WHEN {_GONE} THEN 'added' WHEN {_SAME} THEN 'unchanged' ELSE 'revised' END AS kind,
                  s.value AS old, s.decimals AS old_decimals, coalesce(s.flags, '') AS old_flags
                FROM fresh f LEFT JOIN standing s USING (area, variable, period)
                  LEFT JOIN withdrawn w USING (area, variable, period)""",
            {"reason": reason, "again": again},
        )
        return dict(self._ask("SELECT kind, count(*) FROM change GROUP BY kind ORDER BY kind"))

    def _stand(self, published: Sequence[tuple[str, str]]) -> None:
        """What is published for the cells handed in, of each the newest row; and the figure that was withdrawn last."""
        self._connection.execute(f"CREATE TABLE earlier ({COLUMNS}, release VARCHAR, number INTEGER)")
        for select in selects(self._beside(published)):
            self._connection.execute(
                f"INSERT INTO earlier BY NAME FROM ({select}) SEMI JOIN fresh USING (area, variable, period)"
            )
        newest = "QUALIFY row_number() OVER (PARTITION BY area, variable, period ORDER BY number DESC) = 1"
        self._connection.execute(f"CREATE TABLE standing AS FROM earlier {newest}")
        self._connection.execute(
            f"""CREATE TABLE withdrawn AS FROM earlier SEMI JOIN (FROM standing WHERE status = 'W')
                USING (area, variable, period) WHERE status = 'A' {newest}"""
        )
        self._connection.execute("DROP TABLE earlier")

    def _beside(self, published: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those of the releases that are on this draft's track."""
        return [entry for entry in published if number_of(entry[0])[0] == self._demonstration]

    def changes(self, kinds: Iterable[str], *, limit: int | None = None) -> list[tuple[Any, ...]]:
        """Rows of these kinds by variable, period, area: kind, area, variable, period, old value and decimals, value
        and decimals, old flags, flags, status, reason."""
        cut = f" LIMIT {int(limit)}" if limit is not None else ""
        return self._ask(
            f"""SELECT kind, area, variable, period, old, old_decimals, value, decimals, old_flags, flags, status, reason
                FROM change WHERE kind IN {_LISTED} ORDER BY variable, period, area{cut}""",
            [json.dumps(list(kinds))],
        )

    def contents(self) -> Contents:
        """What `write` will write, which is at least one row."""
        rows, cities, first, last = self._ask(
            f"SELECT count(*), count(DISTINCT area), min(period), max(period) FROM change WHERE {_WRITTEN}"
        )[0]
        return Contents(
            rows=rows,
            changes=dict(self._ask(f"SELECT kind, count(*) FROM change WHERE {_WRITTEN} GROUP BY kind")),
            left=self._ask("SELECT count(*) FROM change WHERE kind = 'left'")[0][0],
            cities=cities,
            variables=self._names("variable"),
            periods=[first, last],
            sources=self._names("source"),
        )

    def _names(self, column: str) -> list[str]:
        rows = self._ask(f"SELECT DISTINCT {column} FROM change WHERE {_WRITTEN} ORDER BY 1")
        return [row[0] for row in rows]

    def rows(self, published: Sequence[tuple[str, str]]) -> int:
        """How many rows there are on this track at most: those of the releases and of the draft."""
        beside = self._beside(published)
        stated = sum(manifest(release, digest)["rows"] for release, digest in beside)
        return int(stated + self._ask("SELECT count(*) FROM fresh")[0][0])

    def gather(self, published: Sequence[tuple[str, str]], variables: Iterable[str] | None = None) -> None:
        """Put together what will hold of these variables (of all) on this track: what is published, and in its place
        what was handed in or called back. `columns` reads it."""
        columns = "area, variable, period, value, flags, status"
        chosen = "" if variables is None else f"WHERE variable IN {_LISTED}"
        facts = None if variables is None else [json.dumps(sorted(variables))]
        self._connection.execute(f"CREATE TABLE ground AS SELECT {columns}, {_NEWEST} AS number FROM fresh")
        for select in selects(self._beside(published)):
            self._connection.execute(
                f"INSERT INTO ground SELECT {columns}, number FROM ({select}) {chosen}", facts
            )
        # Of each text one number here and one object in Python, however often it stands there.
        self._connection.execute(
            """CREATE TABLE word AS SELECT word, CAST(row_number() OVER () - 1 AS INTEGER) AS id FROM (
                 SELECT area AS word FROM ground UNION SELECT variable FROM ground
                 UNION SELECT period FROM ground UNION SELECT flags FROM ground)"""
        )
        self._connection.execute(
            """CREATE OR REPLACE TABLE ground AS
               SELECT a.id AS area, v.id AS variable, p.id AS period, CAST(value AS DOUBLE) AS value, f.id AS flags
               FROM (FROM ground QUALIFY row_number() OVER (PARTITION BY area, variable, period ORDER BY number DESC) = 1) g
               JOIN word a ON a.word = g.area JOIN word v ON v.word = g.variable
               JOIN word p ON p.word = g.period JOIN word f ON f.word = g.flags
               WHERE status <> 'W'"""
        )

    def gathered(self) -> dict[str, int]:
        """Variable -> how many figures of it were gathered."""
        return dict(
            self._ask(
                "SELECT word, count(*) FROM ground JOIN word ON word.id = ground.variable GROUP BY word"
            )
        )

    def columns(self, variables: Iterable[str]) -> Columns:
        """Of what was gathered, the figures of some variables, in no particular order."""
        words = np.array([row[0] for row in self._ask("SELECT word FROM word ORDER BY id")], dtype=object)
        found = self._connection.execute(
            f"FROM ground SEMI JOIN (FROM word WHERE word IN {_LISTED}) v ON v.id = ground.variable",
            [json.dumps(sorted(variables))],
        ).fetchnumpy()
        texts = {name: words[found[name]].tolist() for name in ("area", "variable", "period", "flags")}
        return Columns(value=np.asarray(found["value"]), **texts)

    def brought(self, findings: Iterable[Finding]) -> list[Finding]:
        """Those of the findings that are about a figure that was handed in."""
        listed = list(findings)
        keys = json.dumps([(one.area, one.variable, one.period) for one in listed])
        handed = set(
            self._ask(
                f"""SELECT DISTINCT area, variable, period FROM fresh
                    SEMI JOIN {_KEYS} USING (area, variable, period)""",
                [keys],
            )
        )
        return [one for one in listed if (one.area, one.variable, one.period) in handed]

    def keep(self, findings: list[Finding]) -> None:
        """Let `write` write these findings too."""
        self._findings = findings

    def write(self, folder: Path) -> None:
        """The files of the release: the same rows give the same bytes."""
        columns = "* EXCLUDE (kind, old, old_decimals, old_flags)"
        self._connection.execute(
            f"""COPY (SELECT {columns} FROM change WHERE {_WRITTEN} ORDER BY variable, period, area)
                TO {literal(folder / PARQUET)} (FORMAT parquet, COMPRESSION zstd)"""
        )
        if self._findings is not None:
            write_findings(self._connection, folder / FINDINGS, self._findings)

    def _ask(self, sql: str, facts: Any = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, facts).fetchall()


@contextmanager
def draft(*, demonstration: bool = False) -> Iterator[Draft]:
    """An empty draft; what it needs on the disk is gone afterwards."""
    folder = releases_folder() / f".draft-rows-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    # One thread: the order of rows in the file, and with it its bytes, never depends on chance.
    connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY, "temp_directory": str(folder)})
    try:
        yield Draft(connection, folder, demonstration=demonstration)
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
