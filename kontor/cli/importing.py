"""`kontor import`: other people's published statistics into a release."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontor.errors import Invalid, Refused

from . import findings, import_report, terminal
from .import_report import SHOWN
from .release import (
    AGAIN,
    REASON,
    listed,
    overruled_by,
    print_changes,
    print_overruled,
    print_published,
    title_in_all_languages,
)
from .terminal import AsJson

if TYPE_CHECKING:
    from kontor.observations.operations import Handed, Preview
    from kontor.observations.queries.releases import ReleaseRecord
    from kontor.observations.rules import Reading

EDITION = "The edition of NUTS by whose regions the files name areas, for example 2016."


def import_files(
    layout: Annotated[
        str,
        typer.Argument(
            help="starter, league, eurostat, sdmx-csv, regionalstatistik, lau or uk; see docs/guide/import.md."
        ),
    ],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="One or several files; .gz is unpacked.")
    ],
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only read, and say what would change; keep and publish nothing."),
    ] = False,
    edition: Annotated[str | None, typer.Option(help=EDITION)] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Write a line for every row that was not taken, and why."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the release.")] = None,
    reason: Annotated[str | None, typer.Option(help=REASON)] = None,
    again: Annotated[bool, typer.Option("--again", help=AGAIN)] = False,
    as_json: AsJson = False,
) -> None:
    """Read published statistics, report row by row, publish what is new as one release.

    Rows that are wrong are named and left out; the others are taken.
    """
    terminal.open_league()
    with import_report.opened(report) as write_report:
        named = f"{layout}:{edition}" if edition else layout
        readings, handed = _read(named, files, dry_run=dry_run, write_report=write_report)
    if not as_json:
        for name, reading in readings:
            import_report.show(name, reading)
    if not dry_run and not any(reading.figures for _, reading in readings):
        faults = [fault for _, reading in readings for fault in reading.faults]
        raise Invalid(faults) if faults else Refused("nothing_taken")
    names = ", ".join(name for name, _ in readings)
    preview = _preview(readings, reason=reason, again=again) if dry_run else None
    record = None if dry_run else _publish(handed, title=title or names, reason=reason, again=again)
    if as_json:
        _print_json(readings, preview, record)
    elif preview:
        _show_preview(preview)
    elif isinstance(record, Refused):
        typer.echo(terminal.words(record.code, **record.facts))
    elif record:
        print_published(record)


def _read(
    layout: str, files: Sequence[Path], *, dry_run: bool, write_report: Callable[[str, Reading], None]
) -> tuple[list[tuple[str, Reading]], list[Handed]]:
    """Every file's reading, and the submissions unless nothing is to be kept."""
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.rules import Reading, file_name

    readings: list[tuple[str, Reading]] = []
    handed: list[Handed] = []
    size = sum(path.stat().st_size for path in files if path.is_file())
    with terminal.progress(layout, size) as bar:
        for path in files:
            name = file_name(path.name)
            try:
                if dry_run:
                    reading = operations.read(path, layout=layout, at=terminal.now(), progress=bar.update)
                else:
                    item = operations.submit(
                        path=path, layout=layout, by=OPERATOR, at=terminal.now(), progress=bar.update
                    )
                    handed.append(item)
                    reading = item.reading
            except Invalid as invalid:
                write_report(name, Reading(faults=invalid.rows))
                raise
            write_report(name, reading)
            readings.append((name, reading))
    return readings, handed


def _publish(
    handed: Sequence[Handed], *, title: str, reason: str | None, again: bool
) -> ReleaseRecord | Refused:
    """The release, or why there is none where nothing is new: every figure is published, or withdrawn, exactly so."""
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    try:
        return operations.release(
            handed=handed,
            title=title_in_all_languages(title),
            reason=reason,
            again=again,
            by=OPERATOR,
            at=terminal.now(),
        )
    except Refused as refusal:
        if refusal.code not in ("release_empty", "figures_stay_withdrawn"):
            raise
        return refusal


def _preview(readings: Sequence[tuple[str, Reading]], *, reason: str | None, again: bool) -> Preview:
    from kontor.observations import operations

    figures = (figure for _, reading in readings for figure in reading.figures)
    return operations.preview(figures, reason=reason, again=again, limit=SHOWN)


def _show_preview(preview: Preview) -> None:
    if preview.findings:
        findings.print_findings(preview.findings)
    print_changes(preview.changes)
    typer.echo(terminal.words("import_previewed", **preview.counts))
    print_overruled(preview.overruled)
    if left := preview.counts["left"]:
        typer.echo(terminal.words("figures_left_withdrawn", count=left))


def _print_json(
    readings: Sequence[tuple[str, Reading]], preview: Preview | None, record: ReleaseRecord | Refused | None
) -> None:
    published = None if isinstance(record, Refused) else record
    overruled = preview.overruled if preview else overruled_by(published) if published else ()
    content: dict[str, Any] = {
        "release": published.id if published else None,
        "nothing_new": record.code if isinstance(record, Refused) else None,
        "overruled": listed(overruled),
        "files": [{"file": name, **import_report.worded(reading)} for name, reading in readings],
    }
    if preview:
        content["preview"] = {**preview.counts, "findings": findings.listed(preview.findings)}
    terminal.print_json(content)
