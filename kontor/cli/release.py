"""`kontor release`: what was published, what it changed, whether it is still what was published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontor.errors import Refused

from . import terminal
from .terminal import AsJson

if TYPE_CHECKING:
    from kontor.observations.queries.releases import Change, ReleaseRecord, Verified
    from kontor.observations.queries.siblings import Overruled

commands = typer.Typer(help="Releases of figures.", no_args_is_help=True)
AGAIN = "Publish also figures that come exactly as they had been withdrawn."
REASON = "Why the figures change, in one sentence; it stands beside every one of them."
Id = Annotated[str, typer.Argument(metavar="ID", help="For example r1 or demo-1.")]
SHOWN = 200  # changes printed one by one; --all and --json have the rest


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
            terminal.counted(row["rows"]),
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
        "archive": record.archive,
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
    typer.echo(
        f"{manifest['published_at']}  {terminal.counted(manifest['rows'])} rows, {manifest['cities']} cities"
    )
    typer.echo(f"{manifest['periods'][0]}–{manifest['periods'][1]}, {len(manifest['variables'])} variables")
    typer.echo(
        ", ".join(f"{kind}: {terminal.counted(count)}" for kind, count in manifest.get("changes", {}).items())
    )
    if "reason" in manifest:
        typer.echo(_reason(manifest["reason"], language))
    for source in manifest["sources"].values():
        typer.echo(f"  {_worded(source['attribution'], language)}")
    for name, entry in manifest["files"].items():
        typer.echo(f"  {entry['sha256']}  {name}  {entry['bytes']} bytes")


def _reason(kept: str, language: str) -> str:
    from kontor.sentences import reason

    return reason(kept, language)


def _worded(text: Any, language: str) -> str:
    """A text that is the same in all languages, or in one of them."""
    return str(text.get(language) if isinstance(text, dict) else text)


@commands.command("diff")
def diff(
    release: Id,
    everything: Annotated[bool, typer.Option("--all", help=f"More than the first {SHOWN} changes.")] = False,
    as_json: AsJson = False,
) -> None:
    """What a release added, revised or withdrew against everything before it, and why."""
    terminal.open_league()
    from kontor.observations.queries import releases

    changes = releases.diff(release, limit=None if everything or as_json else SHOWN)
    if as_json:
        terminal.print_json({"release": release, "changes": [asdict(change) for change in changes]})
        return
    counts = releases.change_counts(release)
    typer.echo(", ".join(f"{kind}: {terminal.counted(count)}" for kind, count in sorted(counts.items())))
    print_changes(changes)
    if rest := sum(counts.values()) - len(changes):
        typer.echo(terminal.words("more_changes", count=rest, release=release))


def print_changes(changes: Sequence[Change]) -> None:
    """A line for each change, its reason at the end."""
    from kontor.sentences import reason

    for change in changes:
        before = f"{change.before}{change.flags_before}" or "–"
        after = f"{change.after}{change.flags_after}" or "–"
        line = f"{change.kind:<9}  {change.variable}  {change.area}  {change.period}  {before} -> {after}"
        typer.echo(f"{line}  {reason(change.reason, terminal.language())}".rstrip())


@commands.command("verify")
def verify(
    release: Annotated[str | None, typer.Argument(metavar="[ID]", help="Without it: all releases.")] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute hashes: intact, archived, or exit 1 and the name of the file that was altered."""
    terminal.open_league()
    from kontor.observations.queries import releases

    found = [releases.verified(release)] if release else releases.verify_all()
    if as_json:
        terminal.print_json([{**_summary(one.release), "state": one.state} for one in found])
        return
    for one in found:
        typer.echo(f"{one.release.id}  {one.release.manifest_sha256}  {one.state}")
    _print_archives(found)
    typer.echo(terminal.words("releases_intact", count=len(found)))


def _print_archives(found: Sequence[Verified]) -> None:
    """Once for each archive: that the original files lie in it, and how they come back."""
    archives = Counter(one.release.archive for one in found if one.state == "archived")
    for archive, count in sorted(archives.items()):
        typer.echo(terminal.words("originals_archived", archive=archive, count=count))


@commands.command("publish")
def publish(
    title: Annotated[str | None, typer.Option(help="Title of the release, in your language.")] = None,
    reason: Annotated[str | None, typer.Option(help=REASON)] = None,
    again: Annotated[bool, typer.Option("--again", help=AGAIN)] = False,
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
        handed=handed,
        title=title_in_all_languages(title or names),
        reason=reason,
        again=again,
        by=OPERATOR,
        at=terminal.now(),
    )
    if as_json:
        terminal.print_json({**_summary(record), "overruled": listed(overruled_by(record))})
    else:
        print_published(record)


def print_published(record: ReleaseRecord) -> None:
    """What the new release holds, which indicators do not follow it, and what it left withdrawn."""
    from kontor.observations.queries import releases

    typer.echo(terminal.words("release_published", release=record.id, rows=record.rows))
    print_overruled(overruled_by(record))
    if left := releases.manifest(record.id).get("left_withdrawn"):
        typer.echo(terminal.words("figures_left_withdrawn", count=left))


def overruled_by(record: ReleaseRecord) -> list[Overruled]:
    """The indicators that read other variables than those which the release changed."""
    from kontor.observations.queries import releases, siblings

    return siblings.overruled(releases.diff(record.id), known=releases.as_of(record.id))


def print_overruled(found: Sequence[Overruled]) -> None:
    for one in found:
        typer.echo(terminal.words("indicator_reads_other", **asdict(one)))


def listed(found: Sequence[Overruled]) -> list[dict[str, Any]]:
    """As plain values, for JSON."""
    return [asdict(one) for one in found]


def title_in_all_languages(title: str) -> dict[str, str]:
    """The one title that was given, for every language: better than an empty heading."""
    from kontor.observations.rules import printable

    title = printable(title)
    return {"en": title, "de": title, "zh-hans": title}
