"""`kontor release`: what was published, what it changed, whether it is still what was published."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from kontor.errors import Refused

from . import terminal
from .terminal import AsJson

commands = typer.Typer(help="Releases of figures.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="ID", help="For example r1 or demo-1.")]


@commands.command("list")
def list_releases(as_json: AsJson = False) -> None:
    """All releases, the newest first."""
    terminal.open_league()
    from kontor.observations.queries import releases

    found = [_summary(record) for record in releases.releases()]
    if as_json:
        terminal.print_json(found)
        return
    rows = [
        [
            row["id"],
            row["published_at"][:19] + "Z",
            str(row["rows"]),
            row["title"].get(terminal.language(), ""),
        ]
        for row in found
    ]
    terminal.print_table(("id", "published", "rows", "title"), rows, right=("rows",))


def _summary(record: Any) -> dict[str, Any]:
    from kontor.events.rules import instant

    return {
        "id": record.id,
        "title": dict(record.title),
        "published_at": instant(record.published_at),
        "rows": record.rows,
        "manifest_sha256": record.manifest_sha256,
        "demonstration": record.demonstration,
    }


@commands.command("show")
def show(release: Id, as_json: AsJson = False) -> None:
    """One release: contents, sources, hashes."""
    terminal.open_league()
    from kontor.observations.queries import releases

    manifest = releases.manifest(release)
    if as_json:
        terminal.print_json({**_summary(releases.release(release)), "manifest": manifest})
        return
    language = terminal.language()
    typer.echo(f"{manifest['id']}  {manifest['title'].get(language, '')}")
    typer.echo(f"{manifest['published_at']}  {manifest['rows']} rows, {manifest['cities']} cities")
    typer.echo(f"{manifest['periods'][0]}–{manifest['periods'][1]}, {len(manifest['variables'])} variables")
    for source in manifest["sources"].values():
        typer.echo(f"  {_worded(source['attribution'], language)}")
    for name, entry in manifest["files"].items():
        typer.echo(f"  {entry['sha256']}  {name}  {entry['bytes']} bytes")


def _worded(text: Any, language: str) -> str:
    """A text that is the same in all languages, or in one of them."""
    return str(text.get(language) if isinstance(text, dict) else text)


@commands.command("diff")
def diff(release: Id, as_json: AsJson = False) -> None:
    """What a release added, revised or withdrew against everything before it."""
    terminal.open_league()
    from kontor.observations.queries import releases

    changes = releases.diff(release)
    if as_json:
        terminal.print_json({"release": release, "changes": [asdict(change) for change in changes]})
        return
    for change in changes:
        before = f"{change.before}{change.flags_before}" or "–"
        after = f"{change.after}{change.flags_after}" or "–"
        typer.echo(
            f"{change.kind:<9}  {change.variable}  {change.area}  {change.period}  {before} -> {after}"
        )


@commands.command("verify")
def verify(
    release: Annotated[str | None, typer.Argument(metavar="[ID]", help="Without it: all releases.")] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute hashes; exit 1 and the name of the file where one was altered."""
    terminal.open_league()
    from kontor.observations.queries import releases

    wanted = [release] if release else [record.id for record in releases.releases()]
    verified = [releases.verify(identifier) for identifier in wanted]
    if as_json:
        terminal.print_json([_summary(record) for record in verified])
        return
    for record in verified:
        typer.echo(f"{record.id}  {record.manifest_sha256}")
    typer.echo(terminal.words("releases_intact", count=len(verified)))


@commands.command("publish")
def publish(
    title: Annotated[str | None, typer.Option(help="Title of the release, in your language.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish what was handed in and not yet released."""
    terminal.open_league()
    from kontor.league.rules import OPERATOR
    from kontor.observations import operations
    from kontor.observations.queries import submissions

    waiting = submissions.unreleased(demonstration=False)
    if not waiting:
        raise Refused("nothing_to_publish")
    handed = [operations.handed_again(submission) for submission in waiting]
    names = ", ".join(submission.name for submission in waiting)
    record = operations.release(
        handed=handed, title=title_in_all_languages(title or names), by=OPERATOR, at=terminal.now()
    )
    if as_json:
        terminal.print_json(_summary(record))
    else:
        typer.echo(terminal.words("release_published", release=record.id, rows=record.rows))


def title_in_all_languages(title: str) -> dict[str, str]:
    """The one title that was given, for every language: better than an empty heading."""
    from kontor.observations.rules import printable

    title = printable(title)
    return {"en": title, "de": title, "zh-hans": title}
