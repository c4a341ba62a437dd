"""2,000 cities x 200 indicators x 25 years, 5 % revised once: releases as the store writes them, in a data directory.

Nothing of it is random: the same sizes give the same figures.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
FIRST_YEAR = 2000
SOURCE = "eurostat"
# The columns of a release in their order. A figure has two decimals; every tenth is flagged as an estimate.
# They count through variables, years and cities, so that they are in order without being sorted.
ROWS = """
    SELECT printf('XX%05dC', c) AS area, printf('{source}:B%04dV', v) AS variable, CAST({first} + y AS VARCHAR) AS period,
        CAST(CAST(hash(i, {revision}) % 10000000 AS DECIMAL(7,0)) * 0.01 AS DECIMAL(28,10)) AS value,
        CAST(2 AS TINYINT) AS decimals, if(hash(i) % 10 = 0, 'e', '') AS flags, 'F' AS confidentiality,
        'A' AS status, '{source}' AS source,
        printf('table-%02d.csv', v // 10) AS file, CAST(1 + c * {years} + y AS INTEGER) AS "row",
        false AS demonstration, '' AS "column", '' AS conversion, '{reason}' AS reason
    FROM (SELECT i, i // ({years} * {cities}) AS v, (i // {cities}) % {years} AS y, i % {cities} AS c
          FROM range({figures}) AS figure(i) {where})"""


@dataclass(frozen=True, slots=True)
class Size:
    cities: int
    variables: int
    years: int = 25

    @property
    def figures(self) -> int:
        return self.cities * self.variables * self.years

    def city(self, number: int) -> str:
        return f"XX{number:05d}C"

    def variable(self, number: int) -> str:
        return f"{SOURCE}:B{number:04d}V"

    def period(self, number: int) -> str:
        return str(FIRST_YEAR + number)


SIZES = {10: Size(2_000, 200), 105: Size(10_000, 400)}  # millions of rows -> size; 5 % of them are revisions


def start(folder: Path, size: Size) -> None:
    """Django on an empty data directory, with the league's cities and the words of its variables; no figures yet."""
    (folder / "data").mkdir()
    definitions = folder / "definitions"
    shutil.copytree(ROOT / "definitions", definitions)
    entry = '\n["{code}"]\nunit = "person"\ntitle = {{ en = "{code}", de = "{code}", zh-hans = "{code}" }}\n'
    entry += f'source = "{SOURCE}"\norigin = "{{code}}"\ninteger = false\n'
    with (definitions / "variables.toml").open("a", encoding="utf-8") as file:
        file.writelines(entry.format(code=size.variable(number)) for number in range(size.variables))
    os.environ.update(
        KONTOR_DATA=str(folder / "data"),
        KONTOR_DEFINITIONS=str(definitions),
        KONTOR_API_LIMIT="1000000000",
        DEBUG="0",
        SSL_REDIRECT="0",
        SECRET_KEY="bench",
        DJANGO_SETTINGS_MODULE="kontor.config.settings",
    )
    import django

    django.setup()
    from django.core.management import call_command

    from kontor.league import operations
    from kontor.league.rules import OPERATOR

    call_command("migrate", interactive=False, verbosity=0)
    at = datetime.now(UTC)
    names = {"en": "League of thousands"}
    operations.found_league(
        names=names, languages=["en"], time_zone="UTC", contact="", demonstration=False, by=OPERATOR, at=at
    )
    cities = [
        operations.NewCity(
            code=size.city(number),
            names={"en": f"City {number}"},
            local_name=f"City {number}",
            country="XX",
            unit="city",
        )
        for number in range(size.cities)
    ]
    operations.admit_cities(cities=cities, by=OPERATOR, at=at)


def publish(size: Size, *, share: int = 1) -> None:
    """One release more: all figures the first time, then every `share`-th of them revised."""
    from django.db import transaction

    from kontor.events.operations import record
    from kontor.league.rules import OPERATOR
    from kontor.observations import models, store

    number = models.Release.objects.count() + 1
    sql = ROWS.format(
        source=SOURCE,
        first=FIRST_YEAR,
        revision=number,
        reason="new_in_source" if number == 1 else "revised_in_source",
        cities=size.cities,
        years=size.years,
        figures=size.figures,
        where=f"WHERE hash({number}, i) % {share} = 0" if share > 1 else "",
    )

    def write(folder: Path) -> None:
        with duckdb.connect(
            config={"memory_limit": "2GB", "temp_directory": str(folder / "spill")}
        ) as connection:
            path = folder / store.PARQUET
            connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
        shutil.rmtree(folder / "spill", ignore_errors=True)

    digest = store.write_release(release=f"r{number}", write=write, manifest={})
    facts = {"slug": f"r{number}", "number": number, "title": {}, "rows": 0, "manifest_sha256": digest}
    with transaction.atomic():
        models.Release.objects.create(**facts, published_at=datetime.now(UTC))
        record(
            kind="observations.released",
            by=OPERATOR.reference,
            subject=f"release:r{number}",
            at=datetime.now(UTC),
            facts={"manifest_sha256": digest},
        )
