"""What a reading made of a file: for the terminal, for programs, and as a file with a line for every row not taken."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kontor.errors import Refused

from . import findings, terminal

if TYPE_CHECKING:
    from kontor.observations.rules import Reading, Reason

SHOWN = 50  # faults printed per file; --json and --report have them all
LONGEST = 40  # characters of row numbers in a line
COLUMNS = ("file", "row", "column", "code", "message", "repair")


def worded(reading: Reading) -> dict[str, Any]:
    """The reading's own report with a sentence for every fault, reason to pass over and note."""
    report = reading.report()
    for fault in report["faults"]:
        fault["message"] = terminal.words(fault["code"], **fault["facts"])
    for reason in (*report["skipped"], *report["notes"]):
        facts = {name: fact for name, fact in reason.items() if name not in ("code", "count", "rows")}
        reason["message"] = terminal.words(reason["code"], **facts)
    return {**report, "findings": findings.listed(reading.findings)}


def show(name: str, reading: Reading) -> None:
    """Counts, one line per reason to pass over, faults, notes, and what is not plausible about the figures taken."""
    report = worded(reading)
    counts = {"read": report["read"], "taken": report["taken"], "wrong": report["wrong"]}
    typer.echo(terminal.words("import_counted", file=name, skipped=report["passed_over"], **counts))
    for reason in reading.skipped.reasons():
        typer.echo(f"  {terminal.counted(len(reason.rows)):>7}  {told(reason, terminal.language())}")
    for fault in report["faults"][:SHOWN]:
        typer.echo(f"  {terminal.place_of(fault)}{fault['message']}")
    if len(report["faults"]) > SHOWN:
        typer.echo(terminal.words("more_bad_rows", count=len(report["faults"]) - SHOWN))
    for reason in reading.notes.reasons():
        typer.echo(terminal.words("import_noted", note=told(reason, terminal.language())))
    if reading.findings:
        findings.print_findings(reading.findings)


def told(reason: Reason, language: str) -> str:
    """A reason in one line: its sentence with the most frequent texts, how many texts there are, and where they stand."""
    from kontor.observations.rules import ranges
    from kontor.sentences import sentence

    facts = {"values": terminal.counted(len(reason.values)), "rows": _short(ranges(reason.rows))}
    where = sentence("reason_rows" if len(reason.values) == 1 else "reason_values", facts, language)
    return f"{sentence(reason.code, reason.facts(), language)}  ({where})"


@contextmanager
def opened(path: Path | None) -> Iterator[Callable[[str, Reading], None]]:
    """What takes (name of the file, reading) and writes a line per row that was not taken; nothing without a path.

    Refused("report_unwritable") before anything is read.
    """
    if path is None:
        yield lambda name, reading: None
        return
    try:
        file = path.open(
            "w", encoding="utf-8-sig", newline=""
        )  # with its mark, or spreadsheets show no umlauts
    except OSError as error:
        raise Refused("report_unwritable", file=path.name, reason=str(error.strerror)) from None
    with file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        yield lambda name, reading: writer.writerows(_lines(name, reading))


def _lines(name: str, reading: Reading) -> Iterator[list[str]]:
    from kontor.observations.rules import printable
    from kontor.tables.csv_text import cell

    @cache
    def message(code: str, facts: tuple[tuple[str, Any], ...]) -> str:
        return printable(terminal.words(code, **dict(facts)))

    rows = sorted([*reading.faults, *reading.skipped, *reading.notes], key=lambda bad: bad.row or 0)
    for bad in rows:
        text = message(bad.code, tuple(sorted(bad.facts.items())))
        repair = bad.facts.get("repair", "")
        yield [cell(part) for part in (name, bad.row, bad.column, bad.code, text, repair)]


def _short(rows: str) -> str:
    return rows if len(rows) <= LONGEST else rows[: LONGEST - 3].rsplit(",", 1)[0] + ", …"
