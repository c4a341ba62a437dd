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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kontor.observations.rules import Reading

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

Every published table that the importers were built for, read into the starter league: figures read, taken, passed
over and wrong, each with its reason. A row may hold several figures. A dash is none.
Made by `tools/reports.py` from the publishers' files, which are not part of the repository.

| file | layout | figures read | taken | passed over | wrong | what a reader would ask about |
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


def read(folder: Path) -> Iterator[tuple[str, str, Reading, dict[str, int]]]:
    """(file, layout, reading, findings by kind) of each file."""
    from kontor.observations import operations, plausibility

    for layout, names in FILES.items():
        for name in names:
            reading = operations.read(folder / name, layout=layout, at=AT)
            kinds: dict[str, int] = {}
            for finding in plausibility.findings_of(reading.figures):
                kinds[finding.kind] = kinds.get(finding.kind, 0) + 1
            yield name, layout, reading, kinds


def line(item: tuple[str, str, Reading, dict[str, int]]) -> str:
    name, layout, reading, kinds = item
    read, taken, passed = reading.read, len(reading.figures), len(reading.skipped)
    asked = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "–"
    wrong = reading.wrong or "–"
    file = Path(name).name
    return f"| {file} | {layout} | {read:,} | {taken:,} | {passed:,} | {wrong} | {asked} |\n"


def section(item: tuple[str, str, Reading, dict[str, int]]) -> str:
    """The reasons of one file, the most frequent first, then faults and notes."""
    from kontor.cli.import_report import told
    from kontor.sentences import sentence

    name, _, reading, _ = item
    lines = [f"\n## {Path(name).name}\n\n"]
    for reason in reading.skipped.reasons():
        lines.append(f"- {len(reason.rows):,} passed over, `{reason.code}`: {told(reason, 'en')}\n")
    for fault in reading.faults[:20]:
        shown = sentence(fault.code, fault.facts, "en")
        lines.append(f"- wrong, row {fault.row}, {fault.column or 'whole row'}, `{fault.code}`: {shown}\n")
    for reason in reading.notes.reasons():
        lines.append(f"- note, `{reason.code}`: {told(reason, 'en')}\n")
    if len(lines) == 1:
        lines.append("Every figure was taken.\n")
    return "".join(lines)


if __name__ == "__main__":
    main()
