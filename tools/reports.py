"""Read every published table of a folder into the starter league and write the reports as docs/reference/imports.md.

Run: `python tools/reports.py ../shared/data` where the files lie; they are not part of the repository.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "docs" / "reference" / "imports.md"
AT = datetime(2026, 11, 22, tzinfo=UTC)

FILES = {
    "eurostat": (
        "eurostat-cities/estat_urb_ctran_en.csv.gz",
        "eurostat-cities/estat_urb_cenv_en.csv.gz",
        "eurostat-cities/estat_urb_ceduc_en.csv.gz",
        "eurostat-cities/estat_urb_cfermor_en.csv.gz",
        "eurostat-cities/estat_urb_ctran_filtered_en.csv.gz",
        "eurostat-cities/urb_clivcon__custom_20168663_linear.csv.gz",
        "eurostat-cities/urb_cpop1_1_Data.csv.gz",
        "eurostat-cities/urb_cpop1_wide.csv",
        "eurostat-cities/urb_cpop1_total_1990-2016_codes.xlsx",
    ),
    "regionalstatistik": (
        "germany-kreise/31121-01-02-4_construction_kreis.csv.gz",
        "germany-kreise/31231-01-02-4_stock95.csv",
    ),
    "uk": ("uk/london_boroughs_energycons_df.tsv", "uk/uk_local_authorities_current.csv"),
}
HEAD = """# What the importers make of published files

Every published table that the importers were built for, read into the starter league: rows read, figures taken, rows
passed over and rows that are wrong, each with its reason. A row may hold several figures. A dash is none.
Made by `tools/reports.py` from the publishers' files, which are not part of the repository.

| file | layout | rows read | figures taken | rows or cells passed over | wrong | what a reader would ask about |
|---|---|---:|---:|---:|---:|---|
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    folder: Path = arguments.parse_args().folder
    with tempfile.TemporaryDirectory() as data:
        os.environ.update(KONTOR_DATA=data, DEBUG="1", DJANGO_SETTINGS_MODULE="kontor.config.settings")
        found_league()
        reports = list(read(folder))
    TARGET.write_text(HEAD + "".join(map(line, reports)) + "".join(map(section, reports)), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(reports)} files")


def found_league() -> None:
    import django

    django.setup()
    from kontor.cli import first_start

    first_start.prepare(at=AT, demonstration=False, public=False, say=lambda line: None)


def read(folder: Path) -> Iterator[tuple[str, str, dict[str, Any], dict[str, int]]]:
    """(file, layout, report, findings by kind) of each file."""
    from kontor.observations import operations, plausibility

    for layout, names in FILES.items():
        for name in names:
            reading = operations.read(folder / name, layout=layout, at=AT)
            kinds: dict[str, int] = {}
            for finding in plausibility.findings_of(reading.figures):
                kinds[finding.kind] = kinds.get(finding.kind, 0) + 1
            yield name, layout, reading.report(), kinds


def line(item: tuple[str, str, dict[str, Any], dict[str, int]]) -> str:
    name, layout, report, kinds = item
    passed = sum(reason["count"] for reason in report["skipped"])
    asked = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "–"
    wrong = len(report["faults"]) or "–"
    file = Path(name).name
    return (
        f"| {file} | {layout} | {report['read']:,} | {report['taken']:,} | {passed:,} | {wrong} | {asked} |\n"
    )


def section(item: tuple[str, str, dict[str, Any], dict[str, int]]) -> str:
    """The reasons of one file, the most frequent first; of many like ones (cities, variables) only the sum."""
    from kontor.sentences import sentence

    name, _, report, _ = item
    by_code: dict[str, list[dict[str, Any]]] = {}
    for reason in report["skipped"]:
        by_code.setdefault(reason["code"], []).append(reason)
    lines = [f"\n## {Path(name).name}\n\n"]
    for code, reasons in sorted(by_code.items(), key=lambda each: -sum(r["count"] for r in each[1])):
        total = sum(reason["count"] for reason in reasons)
        example = reasons[0]
        shown = sentence(code, {"value": example["value"]}, "en")
        kinds = "" if len(reasons) == 1 else f" ({len(reasons)} values; the most frequent is told)"
        lines.append(f"- {total:,} passed over, `{code}`{kinds}: {shown}\n")
    for fault in report["faults"][:20]:
        shown = sentence(fault["code"], fault["facts"], "en")
        lines.append(
            f"- wrong, row {fault['row']}, {fault['column'] or 'whole row'}, `{fault['code']}`: {shown}\n"
        )
    if len(lines) == 1:
        lines.append("Every row was taken.\n")
    return "".join(lines)


if __name__ == "__main__":
    main()
