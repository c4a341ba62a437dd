"""The command `kontor`: every capability adds its commands here."""

from __future__ import annotations

from typing import Annotated

import typer

from . import (
    audit,
    backup,
    compare,
    doctor,
    events,
    findings,
    importing,
    league,
    protect,
    release,
    retention,
    serve,
    withdrawal,
)
from .terminal import Commands

app = typer.Typer(
    name="kontor",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The operating platform of a league of cities.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from kontor import __version__

        typer.echo(f"kontor {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Exit codes: 0 done, 1 refused or invalid, 2 wrong usage."""


app.command("serve")(serve.serve)
app.add_typer(league.commands, name="league")
app.command("import")(importing.import_files)
app.command("compare")(compare.compare)
app.command("audit")(audit.audit)
app.command("findings")(findings.findings)
app.command("protect")(protect.protect)
app.add_typer(release.commands, name="release")
release.commands.command("withdraw")(withdrawal.withdraw)
release.commands.command("compact")(retention.compact)
release.commands.command("archive")(retention.archive)
release.commands.command("unarchive")(retention.unarchive)
app.add_typer(events.commands, name="events")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("doctor")(doctor.doctor)
