"""`kontor release compact`, `archive` and `unarchive`: what becomes of old files without changing what was published."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from . import terminal
from .locks import alone
from .terminal import AsJson

BEFORE = "Only the releases before this one, for example r7 (or demo-2: the invented ones)."
Before = Annotated[str | None, typer.Option(metavar="ID", help=BEFORE)]
Tar = Annotated[Path, typer.Argument(metavar="FILE", help="Written by `kontor release archive`.")]


def compact(before: Before = None, as_json: AsJson = False) -> None:
    """Gather the rows of many releases in one file that proves them; the originals stay."""
    terminal.open_league()
    from django.conf import settings

    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    with alone(settings.DATA / "setup.lock"):  # not while a backup is being made
        found = operations.compact(
            before=before, by=OPERATOR, at=terminal.now(), demonstration=_invented(before)
        )
    if as_json:
        terminal.print_json(asdict(found))
    else:
        counts = {"count": len(found.releases), "rows": found.rows}
        typer.echo(terminal.words("releases_compacted", name=found.id, **counts))


def archive(
    before: Annotated[str, typer.Option(metavar="ID", help=BEFORE)],
    to: Annotated[Path, typer.Option(metavar="FILE", help="For example old.tar; never overwritten.")],
    as_json: AsJson = False,
) -> None:
    """Move the original figures of compacted releases into a file; every page and question answers as before."""
    terminal.open_league()
    from django.conf import settings

    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    with alone(settings.DATA / "setup.lock"):
        found = operations.archive(
            before=before, file=to, by=OPERATOR, at=terminal.now(), demonstration=_invented(before)
        )
    if as_json:
        terminal.print_json(asdict(found))
    else:
        typer.echo(
            terminal.words(
                "releases_archived", count=len(found.releases), file=found.name, sha256=found.sha256
            )
        )


def unarchive(file: Tar, as_json: AsJson = False) -> None:
    """Put archived originals back, identical by their published hashes: all of them or none."""
    terminal.open_league()
    from django.conf import settings

    from kontor.league.rules import OPERATOR
    from kontor.observations import operations

    with alone(settings.DATA / "setup.lock"):
        found = operations.unarchive(file=file, by=OPERATOR, at=terminal.now())
    if as_json:
        terminal.print_json({"file": file.name, "releases": list(found)})
    else:
        typer.echo(terminal.words("releases_unarchived", count=len(found), file=file.name))


def _invented(release: str | None) -> bool:
    """Which track is meant. Refused("release_unknown") for what names no release at all."""
    from kontor.observations.rules import number_of

    return number_of(release)[0] if release else False
