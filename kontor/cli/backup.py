"""`kontor backup` and `kontor restore`: the database, the releases and submissions it names, key and accounts file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import terminal
from .terminal import AsJson


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="For example kontor-2026-11-22.tar.gz; never overwritten.")
    ],
    as_json: AsJson = False,
) -> None:
    """Save everything into one file, also while the platform is running."""
    terminal.open_league()
    from .backup_file import write

    manifest = write(file)
    if as_json:
        terminal.print_json({"file": str(file), "manifest": manifest})
        return
    counts = {
        "files": len(manifest["files"]),
        "releases": len(manifest["releases"]),
        "events": manifest["events"],
    }
    typer.echo(terminal.words("backup_made", file=file.name, **counts))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Made by `kontor backup`.")],
    as_json: AsJson = False,
) -> None:
    """Put a backup back where nothing is yet: all of it, verified, or nothing."""
    terminal.start_django()
    from .restoring import restore as put_back

    manifest = put_back(file)
    if as_json:
        terminal.print_json(
            {"file": str(file), "releases": manifest["releases"], "events": manifest["events"]}
        )
        return
    counts = {"releases": len(manifest["releases"]), "events": manifest["events"]}
    typer.echo(terminal.words("backup_restored", file=file.name, **counts))
