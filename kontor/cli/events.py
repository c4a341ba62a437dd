"""`kontor events`: the record, read and verified."""

from __future__ import annotations

from typing import Annotated

import typer

from . import terminal
from .terminal import AsJson

commands = typer.Typer(help="The append-only record of everything that was done.", no_args_is_help=True)


@commands.command("list")
def list_events(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    subject: Annotated[
        list[str] | None, typer.Option(help="Only about this, for example city:DE001C.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The newest events."""
    terminal.open_league()
    from kontor.events import queries as events
    from kontor.events.rules import instant

    found = events.newest(limit=limit, subjects=subject or ())
    if as_json:
        terminal.print_json(
            [
                {
                    "position": event.position,
                    "at": instant(event.at),
                    "kind": event.kind,
                    "by": event.by,
                    "subject": event.subject,
                    "facts": event.facts,
                    "demonstration": event.demonstration,
                    "hash": event.hash,
                }
                for event in found
            ]
        )
        return
    for event in found:
        mark = " (demonstration)" if event.demonstration else ""
        typer.echo(
            f"{event.position:>7}  {instant(event.at)[:19]}Z  {event.kind}  {event.subject}  {event.by}{mark}"
        )


@commands.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Recompute every hash of the record; exit 1 where one does not fit."""
    terminal.open_league()
    from kontor.errors import Refused
    from kontor.events import queries as events

    found = events.verify()
    if found.broken_at is not None:
        raise Refused("events_altered", position=found.broken_at)
    if as_json:
        terminal.print_json({"events": found.events, "head": found.head, "broken_at": None})
    else:
        typer.echo(terminal.words("events_intact", count=found.events, head=found.head))
