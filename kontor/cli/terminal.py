"""What every command needs of the terminal: its language, JSON, progress, errors as sentences, Django when it is needed."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Collection, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from kontor.errors import Invalid, Refused

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

COUNTS = frozenset(
    (
        "added",
        "count",
        "left",
        "new",
        "read",
        "revised",
        "rows",
        "skipped",
        "taken",
        "unchanged",
        "values",
        "wrong",
    )
)
ASKED: ContextVar[str] = ContextVar("language asked for", default="")
REFUSED, USAGE = 1, 2  # exit codes; 0 is success


def language() -> str:
    """The language of sentences: what the command was asked for, else KONTOR_LANGUAGE, else that of the terminal's locale,
    else English."""
    if asked := ASKED.get():
        return asked
    for name in ("KONTOR_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wanted := os.environ.get(name, "").lower():
            return spoken(wanted) or "en"
    return "en"


def spoken(wanted: str) -> str | None:
    """The language that is meant: zh, zh_CN.UTF-8 and zh-Hans are one. None where there are no sentences in it."""
    short = wanted.lower()[:2]
    return {"en": "en", "de": "de", "zh": "zh-hans"}.get(short)


def print_json(content: Any) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))


def say(line: str) -> None:
    """A line about the progress of long work; results alone go to standard output."""
    typer.echo(line, err=True)


def now() -> datetime:
    return datetime.now(UTC)


def near(path: Path) -> str:
    """A path as a person would type it here: relative where it lies below the working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Commands(TyperGroup):
    """The root command: says errors of the rules in words, or as JSON where `--json` was asked for."""

    def invoke(self, ctx: Any) -> Any:
        given = [*getattr(ctx, "_protected_args", ()), *ctx.args]
        as_json = any(word.split("=")[0] == "--json" for word in given)
        asked = ASKED.set("")
        try:
            return super().invoke(ctx)
        except (Refused, Invalid) as error:
            show_error(error, as_json=as_json)
            raise typer.Exit(REFUSED) from None
        except TyperException as error:
            if not as_json:
                raise
            content = {"code": "usage", "message": error.format_message(), "rows": []}
            typer.echo(json.dumps({"error": content}, ensure_ascii=False), err=True)
            raise typer.Exit(USAGE) from None
        finally:
            ASKED.reset(asked)


def show_error(error: Refused | Invalid, *, as_json: bool) -> None:
    """To standard error: one JSON object, or one sentence and a line for every bad row."""
    from kontor.sentences import explain

    explained = explain(error, language())
    if as_json:
        typer.echo(json.dumps({"error": explained}, ensure_ascii=False, default=str), err=True)
        return
    typer.echo(explained["message"], err=True)
    for row in explained["rows"]:
        typer.echo(f"  {place_of(row)}{row['message']}", err=True)


def place_of(row: dict[str, Any]) -> str:
    """Where a bad row is: `row 7, value: ` with row number and column as far as they are known."""
    number = words("at_row", row=row["row"]) if row.get("row") else ""
    parts = [str(part) for part in (number, row.get("column")) if part]
    return ", ".join(parts) + ": " if parts else ""


def start_django() -> None:
    """Load Django; not before a command needs it, so that `--help` is quick.

    Refused("folder_unwritable") where the data directory cannot be made or written to.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kontor.config.settings")
    try:
        django.setup()
    except OSError as error:
        raise Refused("folder_unwritable", folder=str(error.filename), reason=str(error.strerror)) from None


def open_league() -> None:
    """Load Django and make sure that there is a league to work on.

    Refused: database_unreachable, database_not_migrated, league_missing.
    """
    start_django()
    from django.conf import settings
    from django.db import DatabaseError

    from kontor.league import queries as league

    try:
        found = league.league()
    except DatabaseError as error:
        _refuse_database(error)
    if found is None:
        raise Refused("league_missing", folder=near(settings.DATA))


def _refuse_database(error: Exception) -> NoReturn:
    """Say why the database cannot be asked: it is away, empty, or of an older version."""
    from django.conf import settings
    from django.db import DatabaseError, connection

    try:
        tables = connection.introspection.table_names()
        behind = migrations_missing() if tables else 0
    except DatabaseError:
        tables, behind = ["?"], 0
    if not tables:
        raise Refused("league_missing", folder=near(settings.DATA)) from None
    if behind:
        raise Refused("database_not_migrated", count=behind) from None
    raise Refused("database_unreachable", reason=str(error).strip().splitlines()[0]) from None


def migrations_missing() -> int:
    """How many migrations the database is behind the program. DatabaseError where it cannot be reached."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def progress(label: str, total: int) -> Any:
    """A progress bar on standard error; silent where that is no terminal."""
    return typer.progressbar(length=total, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


def words(code: str, **facts: Any) -> str:
    """A sentence of the command line in the terminal's language; counts with separators of thousands."""
    from kontor.sentences import sentence

    shown = {
        name: counted(fact) if name in COUNTS and isinstance(fact, int) else fact
        for name, fact in facts.items()
    }
    return sentence(code, shown, language())


def counted(count: int) -> str:
    """342 448 with thin blanks, as on pages; rows of files and years are no counts."""
    return f"{count:,}".replace(",", "\u202f")


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()) -> None:
    """Columns of a terminal; wide characters (Chinese) take two places."""
    lines = [list(header), *[list(row) for row in rows]]
    widths = [max(width_of(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        cells = []
        for column, cell in enumerate(line):
            fill = " " * (widths[column] - width_of(cell))
            cells.append(fill + cell if header[column] in right else cell + fill)
        typer.echo("  ".join(cells).rstrip())


def width_of(text: str) -> int:
    """How many places of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
