"""`kontor import`: other people's published statistics into a release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontor.errors import Invalid, Refused

from . import terminal
from .release import title_in_all_languages
from .terminal import AsJson

if TYPE_CHECKING:
    from kontor.observations.operations import Handed
    from kontor.observations.queries.releases import ReleaseRecord
    from kontor.observations.rules import Reading

SHOWN = 50  # bad rows printed per file; --json has them all


def import_files(
    layout: Annotated[str, typer.Argument(help="starter, league or eurostat; see docs/guide/import.md.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="One or several files; .gz is unpacked.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only read and report; keep and publish nothing.")
    ] = False,
    title: Annotated[str | None, typer.Option(help="Title of the release.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read published statistics, report row by row, publish what is new as one release.

    Rows that are wrong are named and left out; the others are taken.
    """
    terminal.open_league()
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.rules import file_name

    readings: list[tuple[str, Reading]] = []
    handed = []
    with terminal.progress(layout, len(files)) as bar:
        for path in files:
            if dry_run:
                reading = operations.read(path, layout=layout, at=terminal.now())
                readings.append((file_name(path.name), reading))
            else:
                item = operations.submit(path=path, layout=layout, by=OPERATOR, at=terminal.now())
                handed.append(item)
                readings.append((file_name(path.name), item.reading))
            bar.update(1)
    if not as_json:
        for name, reading in readings:
            _print_report(name, reading)
    if not dry_run and not any(reading.figures for _, reading in readings):
        faults = [fault for _, reading in readings for fault in reading.faults]
        raise Invalid(faults) if faults else Refused("nothing_taken")
    names = ", ".join(name for name, _ in readings)
    record = None if dry_run else _publish(handed, title=title or names)
    if as_json:
        reports = [{"file": name, **_report(reading)} for name, reading in readings]
        terminal.print_json({"release": record.id if record else None, "files": reports})
    elif record:
        typer.echo(terminal.words("release_published", release=record.id, rows=record.rows))
    elif not dry_run:
        typer.echo(terminal.words("release_empty"))


def _publish(handed: Sequence[Handed], *, title: str) -> ReleaseRecord | None:
    """The release, or None where every figure is already published exactly so: nothing is wrong then."""
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    try:
        return operations.release(
            handed=handed, title=title_in_all_languages(title), by=OPERATOR, at=terminal.now()
        )
    except Refused as refusal:
        if refusal.code != "release_empty":
            raise
        return None


def _report(reading: Reading) -> dict[str, Any]:
    """The reading's own report with a sentence for every wrong row and every reason to pass over."""
    report = reading.report()
    for fault in report["faults"]:
        fault["message"] = terminal.words(fault["code"], **fault["facts"])
    for reason in report["skipped"]:
        reason["message"] = terminal.words(reason["code"], value=reason["value"])
    return report


def _print_report(name: str, reading: Reading) -> None:
    report = _report(reading)
    counts = {"read": report["read"], "taken": report["taken"], "faults": len(report["faults"])}
    skipped = sum(reason["count"] for reason in report["skipped"])
    typer.echo(terminal.words("import_counted", file=name, skipped=skipped, **counts))
    for reason in report["skipped"]:
        typer.echo(f"  {reason['count']:>7}  {reason['message']}  ({_short(reason['rows'])})")
    for fault in report["faults"][:SHOWN]:
        typer.echo(f"  {terminal.place_of(fault)}{fault['message']}")
    if len(report["faults"]) > SHOWN:
        typer.echo(terminal.words("more_bad_rows", count=len(report["faults"]) - SHOWN))


def _short(rows: str) -> str:
    return rows if len(rows) <= 60 else rows[:57].rsplit(",", 1)[0] + ", …"
